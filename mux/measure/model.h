/* The decoder model of one stream in the laboratory: its faults become findings (TR 101 290 3.3, 3.9, 3.10).
 */
#ifndef MUX_MEASURE_MODEL_H
#define MUX_MEASURE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/measure/finding.h"
#include "mux/measure/laboratory.h"
#include "mux/measure/timeline.h"
#include "mux/tstd.h"

struct model { /* all zero: not begun */
    uint16_t pid;
    struct tstd *tstd;
    struct tstd_limits limits;
    struct tstd_report seen;
    int64_t badness; /* of its buffers so far */
};

/* False when memory is out; the stream is then not judged. */
bool model_begin(struct model *model, uint16_t pid, const struct tstd_limits *limits);
void model_fini(struct model *model);
/* `ahead`: what the programme's clock shows is the instant of the timeline plus this, units. */
void model_packet(struct model *model, const struct timed_packet *packet, int64_t ahead,
                  struct findings *findings);
/* At the end of the stream, at `at` ticks. */
void model_finish(struct model *model, int64_t at, struct findings *findings);
struct tstd_statistics model_statistics(const struct model *model);

#endif
