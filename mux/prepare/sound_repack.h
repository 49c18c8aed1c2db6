/* Sound that is in the house's audio format already, at the house's loudness, is not encoded again: its
 * frames become the lesson's as they are. */
#ifndef MUX_PREPARE_SOUND_REPACK_H
#define MUX_PREPARE_SOUND_REPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/prepare/sound.h"

/* Is this so, from the first frame to the last, without a gap, and at most 1 LU from the house's loudness?
 * False as well after work_fail(). */
bool sound_repack_is_possible(struct work *work, const struct sound_source *source,
                              const struct sound *sound);
/* Writes the frames of `seconds` of lesson as audio track `track`. False after work_fail(). */
bool sound_repack(struct work *work, const struct sound_source *source, uint32_t track, uint32_t seconds,
                  struct lesson_writer *writer);

#endif
