/* What a revision of the timetables changes, as a person reads it: per service the items that come, go or
 * change behind its second, and what viewers see of them; and the outputs that are switched. */
#ifndef PLAYOUT_EFFECT_H
#define PLAYOUT_EFFECT_H

#include <stddef.h>
#include <stdint.h>

#include "playout/studio.h"
#include "playout/terminal.h"

struct effect {
    size_t added, removed, changed; /* items, also by another lesson */
    size_t cut;                     /* services on which something else is seen at that very second */
    size_t unprepared; /* items, of those that are added or changed, without or with too short a lesson */
    size_t silenced;   /* multiplexes that lose the last of their outputs */
};

/* Prints what is different from second `from` on when `after` follows `before`, which may be of another
 * station; a long list is shortened. */
struct effect effect_print(const struct studio *before, const struct studio *after, int64_t from,
                           const struct terminal *terminal);

#endif
