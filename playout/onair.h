/* A multiplex on air: it knows its next datagram and when that leaves. Whatever happens around it, it opens
 * no file, allocates nothing and waits for nobody; what is not there in time is the compiled-in picture.
 *
 * The thread that sleeps is the sender's (sender.h). */
#ifndef PLAYOUT_ONAIR_H
#define PLAYOUT_ONAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/ahead.h"
#include "playout/channel.h"
#include "playout/clock.h"
#include "playout/emission.h"
#include "playout/outputs/udp.h"
#include "playout/partner_line.h"

/* A datagram that is later than this is not sent, nor what else is late: what a receiver can buffer has run
 * empty, and a burst would not fill it but overflow it. The machine was suspended, or the process stopped. */
#define ONAIR_LATE_NS 500000000

struct onair;

struct onair_job {
    const struct channel *channel; /* that holds at the start; later those that follow it in `ahead` */
    struct ahead *ahead;
    struct udp_output **outputs; /* those of the multiplex, in the order of station.xml */
    size_t output_count;
    struct clock clock;
    struct emission_ring **rings; /* that are told every second when it has left */
    size_t ring_count;
    struct partner_line *partner; /* with the machine that sends the same; NULL: there is none */
};

struct onair_state {            /* what was so far; read at any time */
    uint64_t first_slot, slots; /* sent */
    uint64_t late_max_ns;       /* worst time between a deadline and its send */
    uint64_t lost;              /* datagrams that an output did not take */
    int lost_errno;             /* why, the last time */
    uint64_t held;              /* datagrams that the partner was left to send */
    uint64_t skipped;           /* slots that were not sent because their time was over */
    uint64_t unready;           /* seconds of services that were not in memory in time */
    int64_t clock_step_ns;      /* steps of the system clock that were not followed, added up */
};

#define ONAIR_NEVER INT64_MAX

/* Not on air yet. NULL when memory is out. The job's parts must outlive it. */
struct onair *onair_new(const struct onair_job *job);
void onair_free(struct onair **onair);

/* Gives it another clock, before it is started. */
void onair_set_clock(struct onair *onair, struct clock clock);
/* Its clock as it is now; from any thread. */
struct clock onair_get_clock(const struct onair *onair);
/* From any thread: nothing of this second leaves, nor a datagram that reaches into it; at least two seconds
 * before. */
void onair_stop_at(struct onair *onair, int64_t second);

/* Sees that two seconds are in the rings, and fills the first datagram, which is due at `monotonic_ns` or as
 * soon after it as a datagram is. */
void onair_start(struct onair *onair, int64_t monotonic_ns);
/* When the datagram that is ready is due, monotonic; ONAIR_NEVER when it has stopped. */
int64_t onair_due(const struct onair *onair);
/* Sends it on all outputs that are on in the second in which it begins, unless it is too late, and makes the
 * next one ready that is not. `monotonic_ns` is now. */
void onair_send(struct onair *onair, int64_t monotonic_ns);

/* Tells the second that is not over, when nothing will be sent any more. */
void onair_end(struct onair *onair);

struct onair_state onair_get_state(struct onair *onair);

#endif
