/* A multiplex of a broadcast: its outputs, what is read ahead for it, what sends it, and what the operator is
 * told of it. */
#ifndef PLAYOUT_TRANSMITTER_H
#define PLAYOUT_TRANSMITTER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/announcer.h"
#include "playout/onair.h"
#include "playout/studio.h"

struct transmitter {
    const struct studio *studio;
    const struct multiplex_plan *plan;
    struct announcer *announcer;
    struct partner_line *line; /* with the partner; NULL: there is none */
    struct udp_output **outputs;
    size_t output_count;
    struct ahead *ahead;
    struct emission_ring *ring; /* of the as-run log */
    struct onair *onair;
    struct emission_ring *rings[2]; /* whose listeners are told what left */
    size_t ring_count;
    struct onair_state told;
    uint64_t lost_before; /* datagrams, while outputs took all; and ... */
    int64_t lost_at;      /* ... when they last did not: a second, 0 while they do */
    int64_t *fault_until; /* per service: last second that was not as planned, to tell a fault once */
    atomic_ullong faults; /* seconds of services that were not as planned */
};

/* Opens the outputs of a multiplex; of a rehearsal only those that may carry one. The transmitter is zeros,
 * but for studio, announcer and line, which must outlive it. False with a message in error, or when memory is
 * out. transmitter_fini() in either case. */
bool transmitter_open(struct transmitter *transmitter, size_t multiplex, bool rehearsal, char *error,
                      size_t size);
/* Makes all that sends a channel of it, which is empty. False when memory is out. */
bool transmitter_make(struct transmitter *transmitter, const struct channel *channel, struct clock clock);
void transmitter_fini(struct transmitter *transmitter);

/* Is one of its outputs to be paced by spinning? */
bool transmitter_spins(const struct transmitter *transmitter);

/* For the thread that tells: what has happened since it was last called. */
void transmitter_tell(struct transmitter *transmitter, int64_t second);
/* Prints what there was. True when every slot left as planned. */
bool transmitter_sum_up(const struct transmitter *transmitter, bool realtime, FILE *file);

#endif
