/* Which font draws subtitles: one that has their script, found by fontconfig. A script that no font has is
 * refused with the package that brings it, a letter that none has is remarked: nothing is silently drawn as
 * boxes. */
#ifndef MUX_PREPARE_SUBTITLE_FONT_H
#define MUX_PREPARE_SUBTITLE_FONT_H

#include <stdbool.h>

#include "mux/prepare/subtitle_text.h"
#include "mux/prepare/work.h"

struct subtitle_font {
    char family[128];
    double size; /* what libass calls the size, for letters that look as large as Chinese ones of 1 */
};

/* The font that has most of the letters. False after work_fail(). */
bool subtitle_font_find(struct work *work, const struct subtitle_text *text, struct subtitle_font *font);

#endif
