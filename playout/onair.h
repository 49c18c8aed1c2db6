/* On air: the one loop that sleeps. It sends a multiplex, slot by slot, when the clock says so, whatever
 * happens around it: it opens no file, allocates nothing, waits for nobody. */
#ifndef PLAYOUT_ONAIR_H
#define PLAYOUT_ONAIR_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/ahead.h"
#include "playout/channel.h"
#include "playout/clock.h"
#include "playout/outputs/udp.h"

struct onair;

struct onair_job {
    const struct channel *channel;
    struct udp_output **outputs;
    size_t output_count;
    struct clock clock;
    reader_report *report; /* from the reading thread */
    void *context;
};

struct onair_state {            /* what was so far; read at any time */
    uint64_t first_slot, slots; /* sent */
    uint64_t late_max_ns;       /* worst time between a deadline and its send */
    uint64_t lost;              /* datagrams that an output did not take */
    int lost_errno;             /* why, the last time */
    uint64_t unready;           /* seconds of services that were not in memory in time */
    int64_t clock_step_ns;      /* steps of the system clock that were not followed, added up */
    bool realtime;              /* runs with real-time priority */
};

/* Goes on air in a thread of its own. NULL when memory or threads are out. The job's parts must outlive it.
 */
struct onair *onair_new(const struct onair_job *job);
/* Stops after the datagram that is being sent. */
void onair_free(struct onair **onair);
struct onair_state onair_get_state(struct onair *onair);

#endif
