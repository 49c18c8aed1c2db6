/* Builds descriptors: libdvbpsi where it can, bytes of our own for the rest. */
#include "epg/descriptor.h"

#include <string.h>

#include <dvbpsi/dr_48.h>
#include <dvbpsi/dr_4d.h>
#include <dvbpsi/dr_54.h>
#include <dvbpsi/dr_55.h>

#include "epg/text.h"

#define NAME_MAX_BYTES                                                                                       \
    120 /* of a name or title: what a receiver's list can show, and two fit in a descriptor */
#define BODY_MAX 255
#define SERVICE_LIST_MAX 84

static bool append(dvbpsi_descriptor_t **list, dvbpsi_descriptor_t *descriptor)
{
    if (!descriptor)
        return false;
    *list = dvbpsi_AddDescriptor(*list, descriptor);
    return true;
}

bool descriptor_add(dvbpsi_descriptor_t **list, uint8_t tag, uint8_t *body, size_t length)
{
    return append(list, dvbpsi_NewDescriptor(tag, (uint8_t)length, body));
}

size_t descriptor_list_size(const dvbpsi_descriptor_t *list)
{
    size_t size = 0;
    for (; list; list = list->p_next)
        size += 2u + list->i_length;
    return size;
}

/* A multilingual name (EN 300 468 6.2.23, 6.2.24): languages that find no room are left out. */
static bool add_multilingual(dvbpsi_descriptor_t **list, uint8_t tag, const char *what,
                             const struct texts *texts, const struct wording *wording)
{
    uint8_t body[BODY_MAX], name[NAME_MAX_BYTES];
    size_t used = 0, share = BODY_MAX / texts->count;

    for (size_t i = 0; i < texts->count && share > 6; i++) {
        size_t limit = share - 4 < sizeof name ? share - 4 : sizeof name;
        size_t length = wording_build(wording, what, texts->list[i].utf8, name, limit);
        memcpy(body + used, texts->list[i].language, 3);
        body[used + 3] = (uint8_t)length;
        memcpy(body + used + 4, name, length);
        used += 4 + length;
    }
    return descriptor_add(list, tag, body, used);
}

/* A descriptor that is nothing but a name, and the same in every language. */
static bool add_names(dvbpsi_descriptor_t **list, uint8_t tag, uint8_t multilingual_tag, const char *what,
                      const struct texts *texts, const struct wording *wording)
{
    uint8_t name[NAME_MAX_BYTES];
    size_t length = wording_build(wording, what, texts->list[0].utf8, name, sizeof name);
    return descriptor_add(list, tag, name, length) &&
           (texts->count == 1 || add_multilingual(list, multilingual_tag, what, texts, wording));
}

bool descriptor_add_network(dvbpsi_descriptor_t **list, const struct texts *network,
                            const struct wording *wording)
{
    return add_names(list, 0x40, 0x5B, "network name", network, wording);
}

bool descriptor_add_bouquet(dvbpsi_descriptor_t **list, const struct texts *bouquet,
                            const struct wording *wording)
{
    return add_names(list, 0x47, 0x5C, "bouquet name", bouquet, wording);
}

bool descriptor_add_services(dvbpsi_descriptor_t **list, const struct multiplex_plan *multiplex,
                             const uint8_t *service_types)
{
    for (size_t i = 0; i < multiplex->service_count; i += SERVICE_LIST_MAX) {
        uint8_t body[BODY_MAX];
        size_t used = 0;
        for (size_t j = i; j < multiplex->service_count && j < i + SERVICE_LIST_MAX; j++, used += 3) {
            body[used] = multiplex->services[j].service_id >> 8;
            body[used + 1] = multiplex->services[j].service_id & 0xFF;
            body[used + 2] = service_types[j];
        }
        if (!append(list, dvbpsi_NewDescriptor(0x41, (uint8_t)used, body)))
            return false;
    }
    return true;
}

/* Length byte and words. */
static size_t put_words(const struct wording *wording, const char *what, const char *utf8, uint8_t *out,
                        size_t limit)
{
    out[0] =
        (uint8_t)wording_build(wording, what, utf8, out + 1, limit < NAME_MAX_BYTES ? limit : NAME_MAX_BYTES);
    return 1u + out[0];
}

/* The multilingual service_name descriptor (EN 300 468 6.2.25). */
static bool add_multilingual_service(dvbpsi_descriptor_t **list, const struct texts *name,
                                     const struct texts *network, const struct wording *wording)
{
    const struct wording silent = {.policy = wording->policy}; /* the network's name is reported by the NIT */
    uint8_t body[BODY_MAX];
    size_t used = 0, share = BODY_MAX / name->count;

    for (size_t i = 0; i < name->count && share > 9; i++) {
        const char *language = name->list[i].language, *provider = wording_get(network, language);
        size_t limit = (share - 5) / 2;
        memcpy(body + used, language, 3);
        used += 3;
        used += put_words(&silent, "network name", provider ? provider : network->list[0].utf8, body + used,
                          limit);
        used += put_words(wording, "service name", name->list[i].utf8, body + used, limit);
    }
    return append(list, dvbpsi_NewDescriptor(0x5D, (uint8_t)used, body));
}

bool descriptor_add_service(dvbpsi_descriptor_t **list, uint8_t service_type, const struct texts *name,
                            const struct texts *network, const struct wording *wording)
{
    const struct wording silent = {.policy = wording->policy};
    dvbpsi_service_dr_t body = {.i_service_type = service_type};

    body.i_service_provider_name_length = (uint8_t)wording_build(
        &silent, "network name", network->list[0].utf8, body.i_service_provider_name, NAME_MAX_BYTES);
    body.i_service_name_length = (uint8_t)wording_build(wording, "service name", name->list[0].utf8,
                                                        body.i_service_name, NAME_MAX_BYTES);
    return append(list, dvbpsi_GenServiceDr(&body, false)) &&
           (name->count == 1 || add_multilingual_service(list, name, network, wording));
}

/* What has room of a description. What viewers see of it otherwise is reported, unless it is not whole and
 * stands whole elsewhere: `whole`, when not NULL, then says so. */
static size_t put_description(const char *utf8, const struct wording *wording, uint8_t *out, size_t room,
                              bool *whole)
{
    size_t length;
    const unsigned fate = text_encode(utf8, wording->policy, out, room, &length, NULL, 0);
    const bool cut = fate & TEXT_CUT;
    if (fate != TEXT_EXACT && !(cut && whole))
        wording_build(wording, "description", utf8, out, room);
    if (whole)
        *whole = !cut;
    return length;
}

bool descriptor_add_short_event(dvbpsi_descriptor_t **list, const struct text *title, const char *description,
                                size_t limit, const struct wording *wording, bool *whole)
{
    dvbpsi_short_event_dr_t body = {0};
    size_t room = limit - 7; /* tag, length, language and the two lengths */

    memcpy(body.i_iso_639_code, title->language, 3);
    size_t name = wording_build(wording, "title", title->utf8, body.i_event_name,
                                room < NAME_MAX_BYTES ? room : NAME_MAX_BYTES);
    size_t text = 0;
    if (whole)
        *whole = true;
    if (description)
        text = put_description(description, wording, body.i_text, room - name, whole);
    body.i_event_name_length = (int)name;
    body.i_text_length = (int)text;
    return append(list, dvbpsi_GenShortEventDr(&body, false));
}

bool descriptor_add_content(dvbpsi_descriptor_t **list, uint8_t genre, uint8_t user_byte)
{
    dvbpsi_content_dr_t body = {.i_contents_number = 1, .p_content = {{genre, user_byte}}};
    return append(list, dvbpsi_GenContentDr(&body, false));
}

bool descriptor_add_parental_rating(dvbpsi_descriptor_t **list, const char *country, int minimum_age)
{
    const uint8_t *code = (const uint8_t *)country;
    dvbpsi_parental_rating_dr_t body = {.i_ratings_number = 1};

    body.p_parental_rating[0].i_country_code = (uint32_t)(code[0] << 16 | code[1] << 8 | code[2]);
    body.p_parental_rating[0].i_rating = (uint8_t)(minimum_age > 3 ? minimum_age - 3 : 0);
    return append(list, dvbpsi_GenParentalRatingDr(&body, false));
}
