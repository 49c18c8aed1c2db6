/* The slate: a calm chalkboard with a few lines of text, shown where there is no picture. */
#ifndef MUX_PREPARE_SLATE_H
#define MUX_PREPARE_SLATE_H

#include <libavutil/frame.h>

#include "mux/house.h"

struct slate_line {
    const char *text; /* UTF-8; a line is left out when no font on this machine can draw it */
    int size;         /* of the letters, pixels; made smaller when the line is too long */
    int y;            /* of their middle, pixels from the top of the raster */
    const char *colour;
};

/* Draws the slate for the house's raster, yuv420p, with lines as the eye sees them in a raster of square
 * pixels. Never fails for want of a font. NULL when memory is out. Free with av_frame_free(). */
AVFrame *slate_new(const struct house *house, const struct slate_line *lines, int count);

#endif
