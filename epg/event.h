/* An event of the guide, encoded once: the bytes between event_id and the last descriptor that every EIT
 * section repeats (EN 300 468 5.2.4). */
#ifndef EPG_EVENT_H
#define EPG_EVENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/wording.h"
#include "schedules/timetable.h"

#define EVENT_SIZE_MAX 1085 /* bytes: a schedule section with one event fits in six packets */

struct event {
    const struct item *item;
    int64_t start, end; /* Unix seconds; on air while start <= now < end */
    uint32_t ordinal;   /* changes of present and following up to its start, this one included */
    uint16_t length;
    uint8_t *bytes; /* as event_build() completes them */
};

/* Encodes an item: a short event descriptor for each language that fits, and its genre. The ordinal is left
 * 0. False when memory is out. The item must outlive the event. */
bool event_init(struct event *event, const struct item *item, enum text_policy policy,
                struct diagnostics *diagnostics);
void event_fini(struct event *event);

/* Copies the event to out, with a running_status of 0-7 and more_length bytes of more descriptors; returns
 * its length. */
size_t event_build(const struct event *event, uint8_t running_status, const uint8_t *more, size_t more_length,
                   uint8_t *out);

#endif
