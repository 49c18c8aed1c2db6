/* The sound of a lesson: 48 kHz stereo at the house's loudness, in frames on the lesson's own grid, a track
 * a language.
 *
 * Two readings of the file: the first measures loudness (ITU-R BS.1770, gated, as GY/T 282 and EBU R128 ask),
 * the second brings it to the target and encodes. Gaps become silence; the encoder's delay is taken out, so
 * that the first decoded sample is the file's time zero. */
#ifndef MUX_PREPARE_SOUND_H
#define MUX_PREPARE_SOUND_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/prepare/sound_reader.h"
#include "mux/prepare/work.h"

struct sound {
    bool present;    /* the file has sound that can be decoded */
    double seconds;  /* from time zero to its end */
    double loudness; /* LKFS, -HUGE_VAL for silence */
    double peak;     /* largest sample, 1.0 is full scale */
    uint32_t damages;
};

/* Measures the sound of a file. False after work_fail(). */
bool sound_measure(struct work *work, const struct sound_source *source, struct sound *sound);
/* Writes the sound of `seconds` of lesson as audio track `track`. False after work_fail(). */
bool sound_encode(struct work *work, const struct sound_source *source, const struct sound *sound,
                  uint32_t track, uint32_t seconds, struct lesson_writer *writer);

#endif
