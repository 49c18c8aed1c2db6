/* Encoding of sound: 48 kHz stereo samples become frames of the house's audio format.
 *
 * Frame n decodes to the samples n * audio->samples ... of what was put in: the delay of the codec is taken
 * out. No frame is ever larger than audio->bytes. */
#ifndef MUX_PREPARE_SOUND_CODER_H
#define MUX_PREPARE_SOUND_CODER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <libavutil/frame.h>

#include "mux/house.h"

struct sound_coder;

/* NULL when memory is out or FFmpeg lacks the encoder. */
struct sound_coder *sound_coder_new(const struct audio_format *audio);
void sound_coder_free(struct sound_coder **coder);

/* The sample format that sound_coder_put() takes, as the aformat filter calls it. */
const char *sound_coder_sample_format(const struct audio_format *audio);
bool sound_coder_put(struct sound_coder *coder, const AVFrame *samples);
/* Are there samples for another block? */
bool sound_coder_is_ready(const struct sound_coder *coder);
/* Encodes the next block; what is missing to its end is silence. *length: of the frame that came out, 0 when
 * there is none yet. False when the encoder does not do what the house needs. */
bool sound_coder_next(struct sound_coder *coder, uint8_t *frame, uint32_t *length);

/* A frame of a file as it is sent: AAC without an ADTS header gets one. False when it is none of the format.
 */
bool sound_coder_pack(const struct audio_format *audio, const uint8_t *bytes, size_t size, uint8_t *frame,
                      uint32_t *length);

#endif
