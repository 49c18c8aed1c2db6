/* One GOP: 25 pictures become H.264 access units and then a cell.
 *
 * Every GOP is encoded by an encoder of its own, so any number may be at work at once, and a GOP depends on
 * no neighbour. Whatever the preset, all have the same SPS and PPS and one frame of reordering: any cell may
 * follow any other. */
#ifndef MUX_PREPARE_ENCODE_H
#define MUX_PREPARE_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/frame.h>

#include "mux/cell.h"
#include "mux/house.h"

#define ENCODE_CRF 22.0
/* Part of every key: to be raised when the code here or in the steps before it makes other lessons. */
#define ENCODE_VERSION 1

enum encode_fault {
    ENCODE_OK = 0,
    ENCODE_REFUSED,   /* x264 does not open or does not answer */
    ENCODE_OTHER_SET, /* other parameter sets than the house's */
    ENCODE_TOO_LARGE  /* not even the coarsest quantiser makes it fit */
};
/* What is wrong and what to do. */
const char *encode_fault_text(enum encode_fault fault);

struct encode_result {
    enum encode_fault fault;
    double crf;     /* with which the GOP did fit */
    uint32_t again; /* times it was encoded again */
};

/* Encodes HOUSE_FPS pictures of the house's raster, yuv420p, into *cell; begins with `crf` and goes on with
 * larger ones until it fits. */
struct encode_result encode_gop(const struct house *house, const char *preset, double crf,
                                AVFrame *const *pictures, struct cell *cell);

#endif
