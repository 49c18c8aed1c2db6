/* The picture of a lesson: frames of any kind become pictures of the house's raster on its 25 fps grid.
 *
 * Decoded frames are dated to ticks of the grid; of several in one tick the last is shown, a tick without one
 * shows the frame before. Between, a filter graph deinterlaces (interlaced frames only), scales with the
 * sample aspect, turns by the display matrix, pads, and lays the logo over; it is made anew when the frames
 * change their form. */
#ifndef MUX_PREPARE_PICTURE_H
#define MUX_PREPARE_PICTURE_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/frame.h>

#include "mux/house.h"

struct picture;

/* Is given every picture of the grid in order, without a gap, from tick 0. `frame` stays the caller's. False
 * stops. */
typedef bool picture_take(void *context, const AVFrame *frame);

/* `logo`: an image or NULL; `matrix`: the display matrix or NULL; both are read only now. NULL when memory is
 * out. */
struct picture *picture_new(const struct house *house, const AVFrame *logo, const int32_t *matrix,
                            picture_take *take, void *context);
void picture_free(struct picture **picture);

/* Adds a frame, shown from `at` microseconds on; the frame is moved. False when `take` stopped or the frame
 * cannot be conformed. */
bool picture_add(struct picture *picture, AVFrame *frame, int64_t at);
/* Ends: the last picture is held up to `ticks`. False as before, or when there was no frame. */
bool picture_finish(struct picture *picture, int64_t ticks);

#endif
