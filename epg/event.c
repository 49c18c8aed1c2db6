/* Encodes a lesson, break or titled filler as an event of the EIT. */
#include "epg/event.h"

#include <stdlib.h>
#include <string.h>

#include "epg/content_identifier.h"
#include "epg/descriptor.h"
#include "epg/extended_event.h"
#include "epg/genre.h"
#include "epg/lesson_data.h"
#include "epg/mjd.h"

#define HEADER_BYTES 12
#define SHORT_EVENT_MAX 257
#define SHORT_EVENT_MIN 64 /* below that a title is no longer readable */
#define LANGUAGES_MAX 32   /* of an event: more than anybody writes */
#define RUNNING_STATUS_BYTE 10

struct encoding {
    const struct item *item;
    const struct event_policy *policy;
    struct wording wording;
    dvbpsi_descriptor_t *languages, *rest, *extended; /* in this order */
    size_t room;                                      /* bytes left */
    size_t shown;                                     /* languages that found room, at most LANGUAGES_MAX */
    bool whole[LANGUAGES_MAX];                        /* whose description did as well */
};

/* --- what is the same in every language */

static bool add_rest(struct encoding *encoding)
{
    const struct item *item = encoding->item;
    const struct event_policy *policy = encoding->policy;
    const bool lesson = item->kind == ITEM_LESSON;
    const enum subject subject = genre_subject(item);
    const bool done =
        descriptor_add_content(&encoding->rest, genre_get(subject), genre_user_byte(item->grade, subject)) &&
        descriptor_add_parental_rating(&encoding->rest, policy->country, item->minimum_age) &&
        (!lesson || !policy->authority || content_identifier_add(&encoding->rest, item, policy->authority)) &&
        (!lesson || !policy->private_data_specifier ||
         lesson_data_add(&encoding->rest, item, policy->private_data_specifier, policy->zone));
    encoding->room -= descriptor_list_size(encoding->rest);
    return done;
}

/* --- languages */

/* The languages behind those that found room. */
static void report_left_out(const struct encoding *encoding)
{
    const struct texts *titles = &encoding->item->title;
    for (size_t i = encoding->shown; i < titles->count && encoding->wording.diagnostics; i++)
        diagnostics_add(encoding->wording.diagnostics, SEVERITY_WARNING, encoding->wording.file,
                        encoding->wording.line,
                        "title \"%s\": viewers do not see it, an event holds about %d bytes in all languages",
                        titles->list[i].utf8, EVENT_SIZE_MAX);
}

/* Descriptions in a language that has no title, which a guide has no place for. */
static void report_untitled(const struct encoding *encoding)
{
    const struct texts *descriptions = &encoding->item->description;
    for (size_t i = 0; i < descriptions->count && encoding->wording.diagnostics; i++)
        if (!wording_get(&encoding->item->title, descriptions->list[i].language))
            diagnostics_add(encoding->wording.diagnostics, SEVERITY_WARNING, encoding->wording.file,
                            encoding->wording.line,
                            "description \"%s\": viewers do not see it, there is no title in language \"%s\"",
                            descriptions->list[i].utf8, descriptions->list[i].language);
}

static bool add_languages(struct encoding *encoding)
{
    const struct item *item = encoding->item;
    report_untitled(encoding);
    while (encoding->shown < item->title.count && encoding->shown < LANGUAGES_MAX &&
           encoding->room >= SHORT_EVENT_MIN) {
        const struct text *title = &item->title.list[encoding->shown];
        const size_t limit = encoding->room < SHORT_EVENT_MAX ? encoding->room : SHORT_EVENT_MAX;
        bool *whole = &encoding->whole[encoding->shown];
        dvbpsi_descriptor_t *first = NULL;
        if (!descriptor_add_short_event(&first, title, wording_get(&item->description, title->language),
                                        limit, &encoding->wording, encoding->policy->extended ? whole : NULL))
            return false;
        encoding->room -= descriptor_list_size(first);
        first->p_next = encoding->languages;
        encoding->languages = first;
        encoding->shown++;
    }
    report_left_out(encoding);
    return true;
}

/* The description again where the short event has only its beginning. */
static bool add_extended(struct encoding *encoding)
{
    const struct item *item = encoding->item;
    struct extended_details details;
    if (!encoding->policy->extended)
        return true;
    extended_details_init(&details, item, &encoding->wording);
    for (size_t i = 0; i < encoding->shown; i++) {
        const char *language = item->title.list[i].language;
        const char *text = encoding->whole[i] ? NULL : wording_get(&item->description, language);
        const size_t before = descriptor_list_size(encoding->extended);
        if (!extended_event_add(&encoding->extended, item, &details, language, text, encoding->room,
                                &encoding->wording))
            return false;
        encoding->room -= descriptor_list_size(encoding->extended) - before;
    }
    return true;
}

/* --- bytes */

/* All but running_status and the length of the descriptors. */
static void put_header(const struct item *item, uint8_t *out)
{
    out[0] = item->event_id >> 8;
    out[1] = item->event_id & 0xFF;
    mjd_build_time(item->start, out + 2);
    mjd_build_length(item->length, out + 7);
}

static uint8_t *put_descriptors(const dvbpsi_descriptor_t *list, uint8_t *out)
{
    for (; list; list = list->p_next, out += 2 + out[1]) {
        out[0] = list->i_tag;
        out[1] = list->i_length;
        memcpy(out + 2, list->p_data, list->i_length);
    }
    return out;
}

static bool encode(struct event *event, const struct encoding *encoding)
{
    const struct item *item = encoding->item;
    const size_t extended = descriptor_list_size(encoding->extended);
    const size_t length =
        HEADER_BYTES + descriptor_list_size(encoding->languages) + descriptor_list_size(encoding->rest);
    uint8_t *bytes = malloc(length + extended);

    if (!bytes)
        return false;
    *event = (struct event){.item = item,
                            .start = item->start,
                            .end = item->start + item->length,
                            .length = (uint16_t)length,
                            .extended_length = (uint16_t)extended,
                            .bytes = bytes,
                            .extended = bytes + length};
    put_header(item, bytes);
    uint8_t *out = put_descriptors(encoding->languages, bytes + HEADER_BYTES);
    out = put_descriptors(encoding->rest, out);
    put_descriptors(encoding->extended, out);
    return true;
}

bool event_init(struct event *event, const struct item *item, const struct event_policy *policy,
                struct diagnostics *diagnostics)
{
    struct encoding encoding = {.item = item,
                                .policy = policy,
                                .wording = {policy->text, diagnostics, item->file, item->line},
                                .room = EVENT_SIZE_MAX - EVENT_MORE_MAX - HEADER_BYTES};
    const bool done = add_rest(&encoding) && add_languages(&encoding) && add_extended(&encoding) &&
                      encode(event, &encoding);
    dvbpsi_DeleteDescriptors(encoding.languages);
    dvbpsi_DeleteDescriptors(encoding.rest);
    dvbpsi_DeleteDescriptors(encoding.extended);
    return done;
}

void event_fini(struct event *event)
{
    free(event->bytes);
    event->bytes = NULL;
}

struct event_policy event_policy_get(const struct station *station, const struct multiplex_plan *multiplex)
{
    const struct guide_policy *guide = &station->guide;
    return (struct event_policy){.text = multiplex->text,
                                 .country = station->country,
                                 .authority = guide->authority,
                                 .zone = station->zone,
                                 .extended = guide->extended_events,
                                 .private_data_specifier = guide->lesson_data_specifier};
}

size_t event_size(const struct event *event, bool extended)
{
    return event->length + (extended ? (size_t)event->extended_length : 0);
}

size_t event_build(const struct event *event, uint8_t running_status, bool extended, const uint8_t *more,
                   size_t more_length, uint8_t *out)
{
    const size_t size = event_size(event, extended), length = size + more_length;
    const size_t descriptors = length - HEADER_BYTES;
    memcpy(out, event->bytes, size); /* extended follows bytes */
    if (more_length > 0)
        memcpy(out + size, more, more_length);
    out[RUNNING_STATUS_BYTE] = (uint8_t)(running_status << 5 | descriptors >> 8); /* free_CA_mode 0 */
    out[RUNNING_STATUS_BYTE + 1] = (uint8_t)descriptors;
    return length;
}
