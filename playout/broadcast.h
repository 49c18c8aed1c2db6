/* The station on air: all its multiplexes on all their outputs, and what the operator is told meanwhile. */
#ifndef PLAYOUT_BROADCAST_H
#define PLAYOUT_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/revisions.h"

struct broadcast_job {
    struct revisions *revisions; /* its own until it ends */
    bool rehearsal;              /* the clock is shifted: it is `at` now */
    int64_t at;
    uint32_t at_ns;
};

struct broadcast;

/* Goes on air and prints what is on. NULL with a message in error, or with diagnostics printed and error
 * empty. */
struct broadcast *broadcast_new(const struct broadcast_job *job, char *error, size_t size);
/* Prints what has happened since the last call: changes of item, faults, edited files. Call a few times a
 * second. */
void broadcast_tell(struct broadcast *broadcast);
/* Ends, prints a summary, frees and nulls. True when every slot left as planned. */
bool broadcast_end(struct broadcast **broadcast);

#endif
