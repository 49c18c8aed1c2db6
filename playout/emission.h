/* What left the machine, second by second: told by the thread on air to those who log it, compare it with a
 * partner's, or prove it later.
 *
 * A ring has one teller, the thread on air, and one listener; who else wants to know gets a ring of its own
 * (onair_job). Neither waits: when the listener is EMISSION_SECONDS behind, seconds are left out of its ring,
 * and the slots of the next one show that they are missing. An entry needs nothing but itself: no plan, no
 * revision has to be alive. */
#ifndef PLAYOUT_EMISSION_H
#define PLAYOUT_EMISSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/shown.h"

#define EMISSION_SECONDS 48 /* that a listener may be behind: a disk stalls for 30 s and is forgiven */

struct emission { /* a multiplex in a second of the stream */
    int64_t second;
    uint64_t first, last; /* slots of it that were sent; all of its superframe, but at the start */
    bool switched_off;    /* no output was on: they were not, but for the end of a datagram begun before */
    uint64_t digest;      /* XXH3-64 of the bytes of these slots */
    uint32_t lost;        /* datagrams that an output did not take since the entry before ... */
    int lost_errno;       /* ... and why, the last time */
    uint32_t held;        /* datagrams of these that were left to the partner to send (partner_line.h) */
    bool rejoined;        /* the slots before `first` were not sent: their time was over */
    uint32_t revision;    /* of the tables and the guide, and ... */
    int64_t pages_second; /* ... the second whose pages they were: an earlier one when they came too late */
    size_t services;
    struct shown *here; /* per service: what was presented in this second ... */
    struct shown *next; /* ... and in the next one, whose cells and frames begin to leave in this */
};

struct emission_ring;

/* NULL when memory is out. */
struct emission_ring *emission_ring_new(size_t services);
void emission_ring_free(struct emission_ring **ring);

/* For the thread on air. The entry to be filled, NULL when there is no room; it is listened to only after
 * emission_ring_publish(). No allocation, no lock. */
struct emission *emission_ring_room(struct emission_ring *ring);
void emission_ring_publish(struct emission_ring *ring);

/* For the listener. The oldest entry, NULL when there is none; valid until emission_ring_drop(). */
const struct emission *emission_ring_peek(struct emission_ring *ring);
void emission_ring_drop(struct emission_ring *ring);

#endif
