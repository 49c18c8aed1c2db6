/* One GOP: a second of pictures becomes access units and then a cell.
 *
 * Every GOP is encoded by an encoder of its own, so any number may be at work at once, and a GOP depends on
 * no neighbour. Whatever the preset, all GOPs of a format have the same parameter sets and one frame of
 * reordering: any cell may follow any other. */
#ifndef MUX_PREPARE_ENCODE_H
#define MUX_PREPARE_ENCODE_H

#include <stdbool.h>
#include <stdint.h>

#include <libavcodec/packet.h>
#include <libavutil/frame.h>

#include "mux/cell.h"
#include "mux/house.h"

#define ENCODE_CRF 22.0
/* Part of every key: to be raised when the code here or in the steps before it makes other lessons. */
#define ENCODE_VERSION 2

enum encode_fault {
    ENCODE_OK = 0,
    ENCODE_REFUSED,   /* the encoder does not open or does not answer */
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

/* Encodes house->video.fps pictures of the house's raster, yuv420p, into *cell; begins with `crf` and goes on
 * with larger ones until it fits. Pictures of the interlaced formats say by interlaced_frame which they are.
 */
struct encode_result encode_gop(const struct house *house, const char *preset, double crf,
                                AVFrame *const *pictures, struct cell *cell);

/* Makes house->video.fps packets in decoding order, whose pts count pictures from 0, the units of a cell;
 * they are cleaned in place. `progressive`: per picture, in the order they are shown; NULL: leave the marks.
 * False when they are no closed GOP of the house with the house's own parameter sets. */
bool encode_build_units(const struct house *house, AVPacket *const *packets, const bool *progressive,
                        struct access_unit *units, size_t *bytes);

#endif
