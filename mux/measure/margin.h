/* The margin between a stream's time stamps and its programme's clock over time: how much, and whether it
 * moves slowly but always the same way until the decoder runs dry hours later. Ticks of 27 MHz. */
#ifndef MUX_MEASURE_MARGIN_H
#define MUX_MEASURE_MARGIN_H

#include <stdbool.h>
#include <stdint.h>

#define MARGIN_BINS 16

struct margin { /* all zero at first */
    uint64_t count;
    int64_t min, max, first, last;
    int64_t begins_at;                  /* of the first */
    double time, time2, value, product; /* sums, relative to the first: seconds, ticks */
    int64_t bin_for;                    /* length of a bin */
    uint32_t bins;                      /* full ones */
    int64_t bin[MARGIN_BINS + 1];       /* the least margin in each; the one after the last is being filled */
};

void margin_note(struct margin *margin, int64_t at, int64_t value);
/* Ticks per second. */
double margin_slope(const struct margin *margin);
/* Whether the least margin of each stretch of time is below (or above) that of the one before. */
bool margin_drifts(const struct margin *margin);

#endif
