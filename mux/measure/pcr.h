/* The PCRs of one PID (TR 101 290 2.3a, 2.3b, 2.4 and its annex I): how often, whether they jump, how far off
 * they are, how their rate drifts.
 *
 * For a stream of constant rate PCRs lie on a line by position. Lines are laid through windows of PCRs by
 * least squares, in integers; a few that are far off a line on which the rest lie are errors, not part of it.
 * All are errors when they lie near a line for long, but not on it. A window whose PCRs lie on no line is of
 * variable rate and not judged (2.4 is for constant rate only). */
#ifndef MUX_MEASURE_PCR_H
#define MUX_MEASURE_PCR_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/measure/finding.h"
#include "mux/measure/laboratory.h"
#include "mux/measure/timeline.h"

#define PCR_WINDOW 32

struct pcr_point {
    int64_t x, y; /* position in bytes, or arrival in ns; PCR in 1/1000 tick */
    int64_t at;   /* units of the timeline */
};

struct pcr_window {
    uint32_t count;
    struct pcr_point point[PCR_WINDOW];
};

/* A line by least squares: y rises by rise / run for each x; sums over the points that it is laid through. */
struct pcr_line {
    __int128 rise, run;
    int64_t count, x, y, sum_x, sum_y; /* sums relative to x and y */
    uint32_t outliers;                 /* points that it is not laid through */
    int64_t off[PCR_WINDOW];           /* each point of the window off the line, 1/1000 tick */
    bool good;                         /* the points lie on it, but for a few */
};

/* Points further off than `limit` (1/1000 tick) are outliers. */
struct pcr_line pcr_line_lay(const struct pcr_window *window, int64_t limit);

struct pcr_epoch { /* the middle of a window, for the drift from one to one long after */
    bool set, sloped;
    double x, y, seconds, slope;
};

struct pcr_clock {
    uint16_t pid;
    bool seen;        /* a PCR */
    int64_t pcr;      /* the last, ticks */
    int64_t at;       /* when it came, units of the timeline */
    int64_t ahead;    /* the clock shows the instant of the timeline plus this, units */
    int64_t elapsed;  /* ticks since the first */
    bool lined;       /* some window lay on a line */
    bool broken;      /* some PCR or window did not lie on the line of the others */
    uint32_t windows; /* good ones on end */
    struct pcr_window positions, arrivals;
    int64_t arrival_pcr, arrival_elapsed; /* the same as pcr and elapsed, when packets arrive */
    struct pcr_line line;                 /* the last good one, by position */
    struct pcr_epoch epoch;
    struct pcr_statistics statistics;
};

void pcr_clock_init(struct pcr_clock *clock, uint16_t pid);
/* A packet with a PCR. */
void pcr_clock_packet(struct pcr_clock *clock, const struct timed_packet *packet, struct findings *findings);
/* When it arrived, ns; in order, before or after pcr_clock_packet(). */
void pcr_clock_arrival(struct pcr_clock *clock, const uint8_t *packet, int64_t arrival_ns);
/* Packets are missing: positions from here on lie on another line. */
void pcr_clock_lose(struct pcr_clock *clock);
/* The stream goes on without a PCR up to `at`. */
void pcr_clock_finish(struct pcr_clock *clock, int64_t at, struct findings *findings);

#endif
