/* A stretch of a multiplex rendered and measured at once, faster than it will be on air, over all cores.
 *
 * The stretch is cut into pieces, which purity allows: any slice of a stream can be rendered alone. Each
 * piece begins a run-in early, so that every interval that is judged has its beginning, and ends a little
 * late, so that the last join has its other side; what is found there belongs to the neighbours and is not
 * counted. */
#ifndef PLAYOUT_MEASURE_REHEARSAL_H
#define PLAYOUT_MEASURE_REHEARSAL_H

#include "mux/measure/finding.h"
#include "playout/channel.h"
#include "playout/measure/joins.h"
#include "playout/reader.h"

struct rehearsal_job {
    const struct channel *channels; /* that hold one after the other */
    size_t channel_count;
    int64_t begin, end; /* whole seconds */
    unsigned threads;
    reader_report *report; /* lessons that cannot be read; called by one thread at a time */
    /* About ten times a second, from the calling thread: seconds of stream done of those to do. Returning
     * false stops. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *context; /* of report and progress */
};

struct rehearsal {
    struct finding *findings; /* the worst first; times in ticks since `begin` */
    size_t finding_count;
    struct joins joins;
    uint64_t packets, nulls;
    bool constant; /* every piece was of constant rate */
};

enum rehearsal_result { REHEARSAL_DONE, REHEARSAL_STOPPED, REHEARSAL_NO_MEMORY };

/* rehearsal_fini() in either case. */
enum rehearsal_result rehearsal_run(const struct rehearsal_job *job, struct rehearsal *rehearsal);
void rehearsal_fini(struct rehearsal *rehearsal);

#endif
