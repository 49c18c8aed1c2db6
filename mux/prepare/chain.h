/* The filters that bring frames of one form onto the house's raster, as FFmpeg writes filter graphs. */
#ifndef MUX_PREPARE_CHAIN_H
#define MUX_PREPARE_CHAIN_H

#include <stdbool.h>
#include <stddef.h>

#include <libavutil/frame.h>

#include "mux/house.h"

#define CHAIN_MAX 1536

/* What is done with a frame of two fields. */
enum chain_fields {
    CHAIN_PROGRESSIVE, /* it has none */
    CHAIN_DEINTERLACE, /* it becomes one picture */
    CHAIN_BOB,         /* it becomes two pictures, one after the other */
    CHAIN_KEEP         /* they stay fields, the top one first */
};

/* What a chain is made for. */
struct chain_form {
    int width, height, format;
    AVRational aspect;
    enum AVColorSpace space;
    enum AVColorRange range;
    enum AVColorTransferCharacteristic transfer;
    enum chain_fields fields;
    int quarters;  /* clockwise quarter turns that show the frame upright ... */
    bool mirrored; /* ... and then it is mirrored left to right */
};

bool chain_is_same_form(const struct chain_form *a, const struct chain_form *b);
/* Is this light of high dynamic range (ITU-R BT.2100) that is mapped to BT.709? */
bool chain_is_tone_mapped(const struct chain_form *form);
/* Writes "[in]...", from a frame of this form to the raster, yuv420p; with "[logo]" laid over. */
void chain_build(const struct video_format *video, const struct chain_form *form, const AVFrame *logo,
                 char *chain, size_t size);

#endif
