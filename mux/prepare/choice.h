/* Which streams become the lesson's tracks: of the source, and of the files beside it. */
#ifndef MUX_PREPARE_CHOICE_H
#define MUX_PREPARE_CHOICE_H

#include <stdbool.h>

#include "mux/lesson.h"
#include "mux/prepare/sound_reader.h"
#include "mux/prepare/work.h"

struct choice {
    struct tracks tracks; /* what the lesson will have */
    struct sound_source audio[HOUSE_AUDIO_TRACKS], subtitles[HOUSE_SUBTITLE_TRACKS];
};

/* Chooses for work->job. False after work_fail(). */
bool choice_make(struct work *work, struct choice *choice);

#endif
