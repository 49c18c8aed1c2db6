/* Which fonts draw subtitles: those that have their scripts, found by fontconfig. A script that no font has
 * is refused with the package that brings it, a letter that none has is remarked: nothing is silently drawn
 * as boxes. */
#ifndef MUX_PREPARE_SUBTITLE_FONT_H
#define MUX_PREPARE_SUBTITLE_FONT_H

#include <stdbool.h>
#include <stddef.h>

#include "mux/prepare/subtitle_text.h"
#include "mux/prepare/work.h"

#define SUBTITLE_SCRIPTS 8

struct subtitle_font {
    int script; /* GUnicodeScript */
    char family[128];
    double size; /* what libass calls the size, for letters that look as large as Chinese ones of 1 */
};

struct subtitle_fonts {
    struct subtitle_font usual;                    /* has most of the letters */
    struct subtitle_font others[SUBTITLE_SCRIPTS]; /* of scripts that another font draws better */
    size_t count;
};

/* The fonts of a text. False after work_fail(). */
bool subtitle_fonts_find(struct work *work, const struct subtitle_text *text, struct subtitle_fonts *fonts);

/* The words with an override of ASS wherever another font begins, letters of 1 being `em` high. Free with
 * g_free(). */
char *subtitle_fonts_dress(const struct subtitle_fonts *fonts, const char *words, double em);

#endif
