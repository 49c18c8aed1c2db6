/* Breaking lines of subtitles in scripts that are written without spaces, which libass does not do. */
#ifndef MUX_PREPARE_SUBTITLE_WRAP_H
#define MUX_PREPARE_SUBTITLE_WRAP_H

#include <glib.h>

/* The words of an event, with \N where lines are wider than `ems` (widths of a Chinese letter, about), in
 * lines of about equal width. Override blocks stay. Free with g_free(). */
char *subtitle_wrap(const char *words, double ems);

#endif
