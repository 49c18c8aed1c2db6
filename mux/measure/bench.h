/* What the parts of the laboratory share: all that is known of the stream so far, and of each PID. */
#ifndef MUX_MEASURE_BENCH_H
#define MUX_MEASURE_BENCH_H

#include "mux/measure/collector.h"
#include "mux/measure/elementary.h"
#include "mux/measure/laboratory.h"
#include "mux/measure/pcr.h"
#include "mux/measure/programme.h"
#include "mux/measure/sync.h"
#include "mux/measure/timeline.h"

#define USER_PERIOD (5 * TIMELINE_SECOND) /* 1.6 */
#define HALF_SECOND (TIMELINE_SECOND / 2) /* 1.3, 1.5, 3.4 */

struct record { /* of one PID */
    uint64_t packets, sections;
    int64_t last_at, spacing_min, spacing_max; /* units */
    int64_t unreferenced_since;                /* units; INT64_MAX: referred to; -1: noted */
    uint32_t run, run_max;
    uint8_t counter;
    bool counted;    /* `counter` is known */
    bool repeated;   /* the last packet was sent twice */
    uint64_t losses; /* of the laboratory, when its PCR was last seen */
    struct elementary *elementary;
    struct collector *collector;
    struct pcr_clock *clock;
};

struct laboratory {
    struct findings *findings;
    struct laboratory_listener listener;
    struct sync sync;
    struct timeline *timeline;
    uint64_t packets, nulls, next_number;
    uint64_t losses; /* times that packets were missing: positions before and after do not lie on one line */
    uint16_t last_pid;
    uint32_t streams, clocks; /* that are followed */
    int64_t now;              /* the packet in hand, units */
    uint64_t skipped;         /* bytes since sync was lost */
    bool fed, ever_locked;
    int64_t pat_at[256];  /* by section_number, units; -1: never */
    int64_t scrambled_at; /* the first scrambled packet; -1: none */
    bool cat_seen;
    int64_t arrival_ns; /* of the datagram in hand; INT64_MIN: not live */
    uint32_t arrived;   /* packets of it so far */
    struct programmes programmes;
    struct record record[PIDS];
};

/* table.c: a packet of PSI or SI, not scrambled. */
void laboratory_tables(struct laboratory *laboratory, uint16_t pid, const struct timed_packet *packet,
                       bool again);
/* The end of the stream, units: tables that have stopped. */
void laboratory_tables_finish(struct laboratory *laboratory, int64_t at);

/* packet.c: every packet comes here in order, dated; `context` is the laboratory. */
void laboratory_packet(void *context, const struct timed_packet *packet);
/* NULL when there are too many. */
struct pcr_clock *laboratory_clock(struct laboratory *laboratory, uint16_t pid);

#endif
