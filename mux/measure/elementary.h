/* One elementary stream: its PES headers, time stamps, units, margin and decoder model (TR 101
 * 290 2.5, 3.3, 3.9, 3.10, and the jumps and drifts of time stamps that it does not name). */
#ifndef MUX_MEASURE_ELEMENTARY_H
#define MUX_MEASURE_ELEMENTARY_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/audio_frame.h"
#include "mux/measure/finding.h"
#include "mux/measure/laboratory.h"
#include "mux/measure/margin.h"
#include "mux/measure/model.h"
#include "mux/measure/pcr.h"
#include "mux/measure/timeline.h"

#define ELEMENTARY_HEAD 1024 /* bytes of a unit in which parameter sets are looked for */
#define ELEMENTARY_STEPS 8   /* steps of time stamps from which the usual ones are learned */

struct elementary {
    uint16_t pid;
    enum stream_codec codec;
    bool framed;          /* audio of which frames can be told apart */
    bool inside;          /* a PES packet whose beginning was seen is coming in */
    uint32_t header_left; /* bytes of its header that are to come */
    bool scrambled;
    /* time stamps, 90 kHz */
    bool stamped, compared; /* there was one; the next one can be held against it */
    int64_t stamp;
    int64_t stamped_at; /* when a PTS came last, units; -1: never */
    bool pending;       /* of a PES packet in which no frame has begun yet */
    int64_t pending_stamp;
    uint64_t samples; /* since the frame with the last time stamp */
    uint32_t starts;  /* PES packets since then */
    uint32_t steps;   /* learned */
    int64_t step[ELEMENTARY_STEPS];
    struct audio_framer framer;
    struct margin margin;
    uint64_t units, jumps;
    bool looking; /* for parameter sets, in this unit */
    bool known;
    uint32_t head_got;
    uint8_t head[ELEMENTARY_HEAD];
    struct tstd_limits limits;
    struct model model;
};

/* NULL when memory is out. */
struct elementary *elementary_new(uint16_t pid, enum stream_codec codec);
void elementary_free(struct elementary **elementary);
/* An undamaged packet, with or without payload. `again`: it repeats the one before. clock: of its programme,
 * NULL before that is known. */
void elementary_packet(struct elementary *elementary, const struct timed_packet *packet, bool again,
                       const struct pcr_clock *clock, struct findings *findings);
/* A packet is missing. */
void elementary_lose(struct elementary *elementary);
/* At the end of the stream, units. */
void elementary_finish(struct elementary *elementary, int64_t at, struct findings *findings);
/* The step from unit to unit, 90 kHz; 0: none. */
int64_t elementary_step(const struct elementary *elementary);

#endif
