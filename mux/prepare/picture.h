/* The picture of a lesson: frames of any kind become pictures of the house's raster on its grid.
 *
 * Decoded frames are dated to ticks: the house's pictures, or in the interlaced formats its fields. Of
 * several in one tick the last is shown, a tick without one shows the frame before. Between, a filter graph
 * treats the fields, scales with the sample aspects, turns by the display matrix, pads, and lays the logo
 * over; it is made anew when the frames change their form.
 *
 * To an interlaced house, fields of its own rate stay what they are, films of up to 30 pictures a second
 * become whole frames, everything faster becomes fields. To a progressive house of 50 pictures every field
 * becomes a picture. Film that was coded with repeated fields (soft pulldown) comes as its own pictures out
 * of the decoder. */
#ifndef MUX_PREPARE_PICTURE_H
#define MUX_PREPARE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/frame.h>

#include "mux/house.h"

struct picture;

/* Is given every picture of the house in order, without a gap, from the first. `frame` stays the caller's.
 * False stops. */
typedef bool picture_take(void *context, const AVFrame *frame);

enum picture_fields { PICTURE_AS_FLAGGED, PICTURE_TOP_FIRST, PICTURE_BOTTOM_FIRST };

/* What is known about the frames before they come. */
struct picture_source {
    const AVFrame *logo;        /* an image or NULL */
    const int32_t *matrix;      /* the display matrix or NULL */
    double rate;                /* frames a second, about; 0: not known */
    enum picture_fields fields; /* the frames are interlaced though they may not say so */
};

/* *source is read only now. NULL when memory is out. */
struct picture *picture_new(const struct house *house, const struct picture_source *source,
                            picture_take *take, void *context);
void picture_free(struct picture **picture);

/* Adds a frame, shown from `at` microseconds on; the frame is moved. False when `take` stopped or the frame
 * cannot be conformed. */
bool picture_add(struct picture *picture, AVFrame *frame, int64_t at);
/* Ends: the last picture is held up to `count` pictures. False as before, or when there was no frame. */
bool picture_finish(struct picture *picture, int64_t count);
/* Was light of high dynamic range mapped? */
bool picture_is_tone_mapped(const struct picture *picture);

#endif
