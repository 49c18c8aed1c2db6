/* What the three video codecs differ in, for the encoder of GOPs and for repacking: how their encoder is set
 * so that any GOP is a stranger's good neighbour, and what an access unit looks like. */
#ifndef MUX_PREPARE_CODEC_H
#define MUX_PREPARE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libavcodec/avcodec.h>

#include "mux/house.h"

#define CODEC_SETS_MAX 512 /* bytes of all parameter sets of a format */

struct codec {
    const char *encoder; /* libavcodec's name of it */
    enum AVCodecID id;
    /* Sets what is the codec's own; raster, rates and colours are set already. `preset` is one that
     * preset_is_known() knows, `crf` on the scale of x264. */
    void (*set_options)(AVCodecContext *context, const struct video_format *video, const char *preset,
                        double crf);
    /* Takes out of an access unit, in place, what varies without need (the settings that x264 writes), and
     * marks a picture of the interlaced formats as `progressive` when it is. Copies the parameter sets to
     * sets[CODEC_SETS_MAX]. Returns their length: 0 for none; more than CODEC_SETS_MAX when the unit is not
     * what a house GOP may hold there. */
    size_t (*clean)(AVPacket *unit, bool progressive, uint8_t *sets);
    /* May a decoder start here, and does nothing after it in decoding order refer to what was before? */
    bool (*is_closed_start)(const AVPacket *unit);
};

const struct codec *codec_get(enum video_codec codec);

extern const struct codec codec_avc, codec_hevc, codec_mpeg2;

/* The next start code prefix 00 00 01 at or after `at`; `end` when there is none (H.264 Annex B, H.265 Annex
 * B, ISO/IEC 13818-2 5.2.3). */
const uint8_t *codec_find_start(const uint8_t *at, const uint8_t *end);

/* A walk over the units of an access unit that start with a start code, keeping some of them in place. */
struct codec_walk {
    AVPacket *packet;
    const uint8_t *at, *end;                  /* the unit's start code prefix, and the packet's end */
    const uint8_t *begin, *next_begin, *next; /* with the zero_byte before the prefix; the unit after it */
    uint8_t *to;
};
struct codec_walk codec_walk_begin(AVPacket *packet);
/* Goes to the next unit; walk->at + 3 is its first byte. False at the end. */
bool codec_walk_next(struct codec_walk *walk);
/* Keeps this unit; those that are not kept are gone after codec_walk_end(). */
void codec_walk_keep(struct codec_walk *walk);
void codec_walk_end(struct codec_walk *walk);

/* Appends the unit at the walk to `sets`, which hold `length` bytes; returns the new length. */
size_t codec_add_set(const struct codec_walk *walk, uint8_t *sets, size_t length);

#endif
