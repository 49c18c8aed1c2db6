/* Where a service changes from one thing to another: each is a place where a stream could break. */
#ifndef PLAYOUT_MEASURE_JOINS_H
#define PLAYOUT_MEASURE_JOINS_H

#include "playout/channel.h"

struct join {
    size_t service;
    int64_t second;          /* the first of what follows */
    const char *from, *to;   /* paths of the sources; NULL: the compiled-in picture */
    const struct item *item; /* that begins, or NULL in empty time */
    uint64_t faults;         /* there: steps of DTS or PTS that are not one unit, and what is grave */
};

struct joins {
    struct join *list; /* by time, then service */
    size_t count, room;
    uint64_t loops; /* a source begun again or left out of turn: joins as well, too many to list */
};

/* Those in [begin, end), in which these channels hold one after the other. False when memory is out;
 * joins_fini() in either case. */
bool joins_find(struct joins *joins, const struct channel *channels, size_t channel_count, int64_t begin,
                int64_t end);
void joins_fini(struct joins *joins);

#endif
