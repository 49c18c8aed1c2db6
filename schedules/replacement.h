/* Other sources that actions give an item, each from a second on. They belong to the item: they move, end and
 * are repeated with it, and are seen only where it is. */
#ifndef SCHEDULES_REPLACEMENT_H
#define SCHEDULES_REPLACEMENT_H

#include <stdint.h>

#include "schedules/timetable.h"

struct replacement {
    int64_t from;
    const char *source;               /* the action's */
    uint32_t revision;                /* of the action */
    const struct replacement *before; /* entered before it, whatever its second; NULL: none */
};

/* The one that holds in a second: of those from it or earlier the last that was entered; NULL when none does.
 */
const struct replacement *replacement_at(const struct item *item, int64_t second);
/* The path of the item's source in a second. */
const char *replacement_source(const struct item *item, int64_t second);
/* The first second behind `second` from which another one may hold; the end of the item when none does. */
int64_t replacement_next(const struct item *item, int64_t second);

#endif
