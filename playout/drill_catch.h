/* What a receiver of the rehearsal gets: every datagram with the instant at which it came, caught by a thread
 * of its own; afterwards held against what should have come. */
#ifndef PLAYOUT_DRILL_CATCH_H
#define PLAYOUT_DRILL_CATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/drill_station.h"
#include "playout/programme.h"

struct drill_catch;

struct drill_verdict {               /* of a stretch of time */
    uint64_t datagrams, lost, other; /* that came, that did not, and of those that did not as planned */
    /* Arrivals; 0: there was none. */
    int64_t first_good_ns, first_other_ns, last_other_ns;
    int64_t last_bad_ns; /* of the last that was other, or that came behind one that did not */
    bool good;           /* the last one was as planned */
};

/* Joins the group of the rehearsal and begins. NULL with errno set. The station must outlive it. */
struct drill_catch *drill_catch_new(const struct drill_station *station);
void drill_catch_free(struct drill_catch **catch);
/* When the last datagram came; 0: none did. */
int64_t drill_catch_last(struct drill_catch *catch);

/* Renders what should have come from one monotonic instant to another, and compares. False when memory is
 * out. */
bool drill_catch_judge(struct drill_catch *catch, const struct programme *programme, int64_t from_ns,
                       int64_t until_ns, struct drill_verdict *verdict);

#endif
