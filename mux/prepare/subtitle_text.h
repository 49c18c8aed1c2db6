/* The words of a lesson's subtitles: any text form that FFmpeg reads (SRT, ASS, WebVTT, a text stream of the
 * source) as ASS events, which libass draws.
 *
 * Events lie on the frame grid of the house and within the lesson, whose last frame they leave empty, so that
 * nothing stays on the screen when an item without subtitles follows. A file need not be UTF-8: UTF-16 is
 * known by its mark, and what is neither is read as GB 18030, of which GBK and GB 2312 are parts. */
#ifndef MUX_PREPARE_SUBTITLE_TEXT_H
#define MUX_PREPARE_SUBTITLE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mux/prepare/work.h"

#define SUBTITLE_FPS 25 /* frames a second of the grid, whatever the house's: those of 50 have it too */

struct subtitle_event {
    uint32_t begin, end; /* frames of the grid; begin < end */
    char *line;          /* ReadOrder,Layer,Style,Name,MarginL,MarginR,MarginV,Effect,Text */
};

struct subtitle_text {
    char *header; /* [Script Info] and styles of an ASS file, NULL when the form has no styles of its own */
    struct subtitle_event *events;
    size_t count;
};

/* Reads the file, or the stream with this index of the work's source (path NULL), for `seconds` of lesson.
 * False after work_fail(). Free with subtitle_text_free(). */
bool subtitle_text_read(struct work *work, const char *path, int stream, uint32_t seconds,
                        struct subtitle_text **text);
void subtitle_text_free(struct subtitle_text **text);

/* The words of an event: what follows its eighth comma. */
const char *subtitle_event_words(const struct subtitle_event *event);

/* Moves on behind the next letter that is drawn and returns it; 0 at the end. Skips override blocks and the
 * escapes \N, \n, \h, which it returns as a line feed or a space. */
uint32_t subtitle_next_letter(const char **words);

#endif
