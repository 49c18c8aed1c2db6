/* Two pictures become one frame of two fields. */
#ifndef MUX_PREPARE_WEAVE_H
#define MUX_PREPARE_WEAVE_H

#include <libavutil/frame.h>

/* A frame whose top field is of `top` and whose bottom field is of `bottom` (both yuv420p, of one size), a
 * field's time apart. Details that would flicker in every other line are softened. NULL when memory is out;
 * free with av_frame_free(). */
AVFrame *weave(const AVFrame *top, const AVFrame *bottom);

#endif
