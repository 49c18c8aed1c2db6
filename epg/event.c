/* Encodes a lesson, break or titled filler as an event of the EIT. */
#include "epg/event.h"

#include <stdlib.h>
#include <string.h>

#include "epg/descriptor.h"
#include "epg/genre.h"
#include "epg/mjd.h"

#define HEADER_BYTES 12
#define CONTENT_BYTES 4
#define SHORT_EVENT_MAX 257
#define SHORT_EVENT_MIN 64 /* below that a title is no longer readable */
#define RUNNING_STATUS_BYTE 10

static bool add_languages(dvbpsi_descriptor_t **list, const struct item *item, const struct wording *wording)
{
    for (size_t i = 0; i < item->title.count; i++) {
        const struct text *title = &item->title.list[i];
        size_t left = EVENT_SIZE_MAX - HEADER_BYTES - CONTENT_BYTES - descriptor_list_size(*list);
        if (left < SHORT_EVENT_MIN) {
            diagnostics_add(
                wording->diagnostics, SEVERITY_WARNING, wording->file, wording->line,
                "title \"%s\": viewers do not see it, an event holds about %d bytes in all languages",
                title->utf8, EVENT_SIZE_MAX);
            return true;
        }
        if (!descriptor_add_short_event(list, title, wording_get(&item->description, title->language),
                                        left < SHORT_EVENT_MAX ? left : SHORT_EVENT_MAX, wording))
            return false;
    }
    return true;
}

/* The timetable's first language comes last: of several short_event_descriptors a receiver that knows no
 * languages (VLC, for one) keeps the one it reads last. */
static void reverse(dvbpsi_descriptor_t **list)
{
    dvbpsi_descriptor_t *reversed = NULL;
    for (dvbpsi_descriptor_t *next; *list; *list = next) {
        next = (*list)->p_next;
        (*list)->p_next = reversed;
        reversed = *list;
    }
    *list = reversed;
}

/* All but running_status and the length of the descriptors. */
static void put_header(const struct item *item, uint8_t *out)
{
    out[0] = item->event_id >> 8;
    out[1] = item->event_id & 0xFF;
    mjd_build_time(item->start, out + 2);
    mjd_build_length(item->length, out + 7);
}

static bool encode(struct event *event, const struct item *item, const dvbpsi_descriptor_t *list)
{
    size_t length = HEADER_BYTES + descriptor_list_size(list);
    uint8_t *out = malloc(length);

    if (!out)
        return false;
    *event = (struct event){item, item->start, item->start + item->length, 0, (uint16_t)length, out};
    put_header(item, out);
    out += HEADER_BYTES;
    for (; list; list = list->p_next, out += 2 + out[1]) {
        out[0] = list->i_tag;
        out[1] = list->i_length;
        memcpy(out + 2, list->p_data, list->i_length);
    }
    return true;
}

bool event_init(struct event *event, const struct item *item, enum text_policy policy,
                struct diagnostics *diagnostics)
{
    const struct wording wording = {policy, diagnostics, item->file, item->line};
    dvbpsi_descriptor_t *list = NULL;
    bool done = add_languages(&list, item, &wording);
    reverse(&list);
    done = done && descriptor_add_content(&list, genre_get(item), (uint8_t)item->grade) &&
           encode(event, item, list);
    dvbpsi_DeleteDescriptors(list);
    return done;
}

void event_fini(struct event *event)
{
    free(event->bytes);
    event->bytes = NULL;
}

size_t event_build(const struct event *event, uint8_t running_status, const uint8_t *more, size_t more_length,
                   uint8_t *out)
{
    const size_t length = event->length + more_length, descriptors = length - HEADER_BYTES;
    memcpy(out, event->bytes, event->length);
    if (more_length > 0)
        memcpy(out + event->length, more, more_length);
    out[RUNNING_STATUS_BYTE] = (uint8_t)(running_status << 5 | descriptors >> 8); /* free_CA_mode 0 */
    out[RUNNING_STATUS_BYTE + 1] = (uint8_t)descriptors;
    return length;
}
