/* A notice: a text as a lesson of one second, silent, on the board that lessons without picture have. It is
 * made by whoever enters the action, never by who is on air. */
#ifndef PLAYOUT_NOTICE_H
#define PLAYOUT_NOTICE_H

#include <stdbool.h>
#include <stddef.h>

#include "playout/studio.h"

#define NOTICE_COLUMNS 26 /* of a line, as a terminal counts: 13 Chinese letters, seen from the last row */
#define NOTICE_LINES 6

/* The source of a text, to be freed: the same text has the same. */
char *notice_source(const char *text);
/* The text in lines, to be freed; NULL when it needs more than there are. */
char *notice_wrap(const char *text);
/* Makes its lessons, in every format of the station in which the library lacks one, and the sound file below
 * sources/ that they are of. False with *error, to be freed. */
bool notice_prepare(const struct studio *station, const struct library *library, const char *text,
                    char **error);

#endif
