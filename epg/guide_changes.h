/* How often the sub_tables of a service's EIT schedule have changed up to a day: the part of their
 * version_numbers that follows from the plan.
 *
 * At midnight UTC every number shifts by a day (TR 101 211 4.1.4.2.1): a sub_table that holds an event before
 * or after has changed, and so has every one when another table_id becomes the last. A sub_table that was
 * empty and stays so has not. */
#ifndef EPG_GUIDE_CHANGES_H
#define EPG_GUIDE_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/event.h"

struct guide_changes {
    int64_t first_day; /* since 1970-01-01 UTC: the first that is counted; none has changed before */
    size_t days;       /* after the last of them nothing changes any more */
    uint8_t *counts;   /* [GUIDE_TABLES * days], modulo 32 */
};

/* Counts for schedules of each of these depths in days, of which one or another multiplex sends one: what
 * changes in any has changed. False when memory is out. */
bool guide_changes_init(struct guide_changes *changes, const struct event *events, size_t count,
                        const int *depths, size_t depth_count);
void guide_changes_fini(struct guide_changes *changes);

/* The number of changes of a table (0: 0x50 and 0x60) up to and with the midnight that begins this day. */
uint8_t guide_changes_get(const struct guide_changes *changes, int table, int64_t day);

#endif
