/* From colours to a CLUT: a drawn raster becomes a page of at most 16 colours and the bands that hold
 * letters. */
#ifndef MUX_PREPARE_SUBTITLE_IMAGE_H
#define MUX_PREPARE_SUBTITLE_IMAGE_H

#include <stdint.h>

#include "mux/prepare/subtitle_segments.h"

/* Fills the page's pixels, colours and bands from `raster`, width * height pixels of premultiplied red,
 * green, blue and alpha, with at most `colours` colours besides transparency (1 to 15). */
void subtitle_image_reduce(const uint8_t *raster, uint32_t colours, struct subtitle_page *page);

#endif
