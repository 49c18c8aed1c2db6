/* Drawing subtitles on the raster of the house, by libass. */
#ifndef MUX_PREPARE_SUBTITLE_DRAW_H
#define MUX_PREPARE_SUBTITLE_DRAW_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/house.h"
#include "mux/prepare/subtitle_font.h"
#include "mux/prepare/subtitle_segments.h"
#include "mux/prepare/subtitle_text.h"

struct subtitle_drawer;

/* What may be spent on a page. */
struct subtitle_effort {
    uint32_t colours; /* besides transparency */
    double scale;     /* of the letters */
};

/* NULL when memory is out. The text must stay. Free with subtitle_drawer_free(). */
struct subtitle_drawer *subtitle_drawer_new(const struct video_format *video,
                                            const struct subtitle_text *text,
                                            const struct subtitle_fonts *fonts);
void subtitle_drawer_free(struct subtitle_drawer **drawer);

/* Draws what is visible at the middle of frames [begin, end) of the text's grid. The page belongs to the
 * drawer and holds until the next call. */
const struct subtitle_page *subtitle_draw(struct subtitle_drawer *drawer, uint32_t begin, uint32_t end,
                                          struct subtitle_effort effort);

void subtitle_drawer_get_raster(const struct subtitle_drawer *drawer, uint16_t *width, uint16_t *height);

/* The text has no styles of its own: size and place were chosen here. */
bool subtitle_drawer_is_plain(const struct subtitle_drawer *drawer);

#endif
