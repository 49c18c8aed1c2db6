/* Subtitles of a lesson: SRT, ASS or WebVTT, drawn by libass with a font that has the script, as DVB
 * subtitles (EN 300 743).
 *
 * A cell of subtitles depends on no neighbour: every second begins with a display set that needs no earlier
 * one (page_state "mode change"), of the text that is visible, or of an empty page where none is. So after
 * any cut the screen is right from the next whole second on; where no cell follows at all, page_time_out
 * clears it. Text that comes or goes within a second has its display set at that frame of 1/25 s. The first
 * and the last frame of a lesson are empty pages.
 *
 * A text keeps its page_version_number for as long as it stays, so that a decoder which has it need not draw
 * it again; a text has another one than its neighbours, and the empty page one of its own. */
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
