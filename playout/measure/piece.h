/* One piece of a rehearsal: rendered into a laboratory of its own, on any thread. */
#ifndef PLAYOUT_MEASURE_PIECE_H
#define PLAYOUT_MEASURE_PIECE_H

#include <stdatomic.h>

#include "mux/measure/finding.h"
#include "playout/channel.h"
#include "playout/measure/joins.h"
#include "playout/rendering.h"

#define PIECE_RUN_IN 35 /* seconds: the longest interval that is judged (TDT, 30 s) and some */
#define PIECE_RUN_OUT 2 /* seconds: a join is judged up to a second behind it */

struct piece {
    const struct channel *channels; /* that hold one after the other */
    size_t channel_count;
    int64_t begin, end; /* whole seconds, without run-in and run-out */
    const struct joins *joins;
    atomic_bool *stop;
    atomic_uint_fast64_t *done; /* seconds rendered, of all pieces */
    reader_report *report;
    void *context;

    struct finding *findings; /* of [begin, end), times in ticks since the piece's `begin` */
    size_t finding_count;
    uint64_t *faults;        /* [second - begin + 2][service]: so many so far; kept around joins only */
    uint64_t packets, nulls; /* of the whole rendering */
    bool constant;
    enum rendering_result result;
};

/* Fills the lower half. piece_fini() in either case. */
void piece_run(struct piece *piece);
void piece_fini(struct piece *piece);

/* Steps of time stamps and grave findings on a service from two seconds before a join until one behind it. */
uint64_t piece_faults(const struct piece *piece, size_t service, int64_t second);

#endif
