/* Subtitles of a lesson: SRT or ASS, drawn by libass with a font that has the script, as DVB subtitles (EN
 * 300 743).
 *
 * Each second that shows something gets display sets of its own that need no earlier one (page_state "mode
 * change"), so that a cell of subtitles depends on no neighbour; the first second of a lesson begins with an
 * empty page. */
#ifndef MUX_PREPARE_SUBTITLE_H
#define MUX_PREPARE_SUBTITLE_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/lesson.h"
#include "mux/prepare/work.h"

/* Writes the cells of subtitle track `track` for `seconds` of lesson from a subtitle file or from the stream
 * of the source with this index (path NULL). False after work_fail(). */
bool subtitle_encode(struct work *work, const char *path, int stream, uint32_t track, uint32_t seconds,
                     struct lesson_writer *writer);

#endif
