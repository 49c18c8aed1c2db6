/* The items of one service in order, as the plan asks for them: each is parted into entries where an action
 * gives it another source. Every question takes the logarithm of their number. */
#ifndef SCHEDULES_ENTRIES_H
#define SCHEDULES_ENTRIES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/timetable.h"

struct entry { /* an item while it has one source */
    const struct item *item;
    int64_t from, until;
    size_t source;          /* the plan's index of it */
    size_t index;           /* of the item among the items */
    uint32_t revision;      /* of the action that changed the source while the item was on air, 0: none */
    size_t row;             /* for the plan: which service's this is ... */
    struct entry *next_use; /* ... and another one of the same source */
};

struct entries { /* {0}: none. They never overlap, and are in order of time once they are sorted */
    struct entry *list;
    size_t count;
    const struct item **items;
    size_t item_count;
    size_t *last; /* [2 * count]: last[count + i] is i + 1 when entry i shows anything of its own, else 0;
                     last[n] is the greater of last[2 n] and last[2 n + 1] */
};

/* Makes room for so many. */
void entries_reserve(struct entries *entries, size_t count);
/* Adds one, whose index is not known yet; there must be room. */
void entries_add(struct entries *entries, struct entry entry);
/* When all are there: puts them in order, none showing anything. */
void entries_sort(struct entries *entries);
void entries_fini(struct entries *entries);

/* Whether an entry shows anything of its own source. */
void entries_set_shown(struct entries *entries, const struct entry *entry, bool shown);
/* The last of the first `count` that does, or NULL. */
const struct entry *entries_last_shown(const struct entries *entries, size_t count);
/* How many have begun by a second. */
size_t entries_begun(const struct entries *entries, int64_t second);
/* The one that holds a second, or NULL. */
const struct entry *entries_at(const struct entries *entries, int64_t second);
/* Index of the first item that ends after `at`; item_count when none does. */
size_t entries_next_item(const struct entries *entries, int64_t at);

#endif
