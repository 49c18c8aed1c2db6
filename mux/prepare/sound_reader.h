/* The sound of a file as one gapless run of 48 kHz stereo samples from time zero. */
#ifndef MUX_PREPARE_SOUND_READER_H
#define MUX_PREPARE_SOUND_READER_H

#include <stdbool.h>

#include <libavutil/frame.h>

#include "mux/prepare/work.h"

#define SOUND_RATE 48000

/* Where a track's sound is. */
struct sound_source {
    const char *path;
    int stream; /* negative: the best */
};

struct sound_reader;

/* `chain`: filters to pass through, then "aformat" decides the sample format; both as FFmpeg writes filter
 * graphs. True with *reader NULL when the file has no sound. False after work_fail(). */
bool sound_reader_open(struct work *work, const struct sound_source *source, const char *chain,
                       struct sound_reader **reader);
void sound_reader_free(struct sound_reader **reader);
/* The next samples, until the end. */
bool sound_reader_next(struct sound_reader *reader, AVFrame *samples);
/* What the file claims, and what could not be decoded; see media.h. */
double sound_reader_seconds(const struct sound_reader *reader);
uint32_t sound_reader_damages(const struct sound_reader *reader);

#endif
