/* The whole laboratory: the transport stream judged by mux/measure/, its service information by epg/measure/,
 * all that they find in one list. */
#ifndef PLAYOUT_MEASURE_MEASUREMENT_H
#define PLAYOUT_MEASURE_MEASUREMENT_H

#include "epg/measure/si_check.h"
#include "mux/measure/laboratory.h"

struct measurement {
    struct findings *findings;
    struct si_check *si;
    struct laboratory *laboratory;
};

/* False when memory is out. measurement_fini() in either case. */
bool measurement_init(struct measurement *measurement);
void measurement_fini(struct measurement *measurement);

void measurement_feed(struct measurement *measurement, const uint8_t *bytes, size_t length);
/* Ends the stream; everything may be read then. */
void measurement_finish(struct measurement *measurement);

/* Were there two PCRs? Without them nothing has a time, and most rules judge times. */
bool measurement_is_timed(const struct measurement *measurement);

/* Does this finding decide the verdict: priority 1 or 2, or the T-STD? */
bool measurement_is_grave(const struct finding *finding);

#endif
