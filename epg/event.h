/* An event of the guide, encoded once: the bytes between event_id and the last descriptor that every EIT
 * section repeats (EN 300 468 5.2.4).
 *
 * Its descriptors, in order: a short_event in each language that fits, content, parental_rating,
 * content_identifier, private data; and apart from them, so that they can be left out, the extended_events.
 * Short events stand in the reverse order of the timetable: of several, a receiver that knows no languages
 * (VLC, for one) keeps the one that it reads last. It lists all extended_events, which stand in order. */
#ifndef EPG_EVENT_H
#define EPG_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/wording.h"
#include "schedules/timetable.h"

#define EVENT_SIZE_MAX 1085 /* bytes: a section with one event fits in six packets ... */
#define EVENT_MORE_MAX 72   /* ... though event_build() adds as many to present and following */

struct event_policy { /* how the events of a multiplex are written; what it points to is the station's */
    enum text_policy text;
    const char *country;             /* of the parental rating, ISO 3166 */
    const char *authority;           /* of the CRIDs, a DNS name; NULL: no content_identifier */
    const struct zone *zone;         /* of the school terms */
    bool extended;                   /* extended_events: not where receivers stumble over them */
    uint32_t private_data_specifier; /* 0: no private data */
};

struct event {
    const struct item *item;
    int64_t start, end;       /* Unix seconds; on air while start <= now < end */
    uint32_t ordinal;         /* changes of present and following up to its start, this one included */
    uint16_t length;          /* of bytes */
    uint16_t extended_length; /* of extended; 0 when there are none */
    uint8_t *bytes;           /* as event_build() completes them */
    const uint8_t *extended;  /* the extended_event descriptors, in the same piece of memory */
};

struct event_policy event_policy_get(const struct station *station, const struct multiplex_plan *multiplex);

/* Encodes an item. All of it and EVENT_MORE_MAX bytes more are no longer than EVENT_SIZE_MAX: languages and
 * the ends of extended_events that find no room are left out and reported. The ordinal is left 0. False when
 * memory is out. The item must outlive the event. */
bool event_init(struct event *event, const struct item *item, const struct event_policy *policy,
                struct diagnostics *diagnostics);
void event_fini(struct event *event);

/* The bytes that event_build() writes without any more descriptors. */
size_t event_size(const struct event *event, bool extended);

/* Copies the event to out, with or without its extended_events, with a running_status of 0-7 and more_length
 * bytes of more descriptors; returns its length. */
size_t event_build(const struct event *event, uint8_t running_status, bool extended, const uint8_t *more,
                   size_t more_length, uint8_t *out);

#endif
