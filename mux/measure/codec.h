/* What the beginning of an access unit says of the decoder that it needs: parameter sets and sequence headers
 * (H.264 7.3.2.1 and Annex E, H.265 7.3.2.2, ISO/IEC 13818-2 6.2.2, ADTS). Bytes may be anything. */
#ifndef MUX_MEASURE_CODEC_H
#define MUX_MEASURE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mux/measure/laboratory.h"
#include "mux/tstd_limits.h"

/* By stream_type and the descriptors of the PMT's second loop (ISO/IEC 13818-1 table 2-34, EN 300 468 6.2).
 */
enum stream_codec codec_of(uint8_t stream_type, const uint8_t *descriptors, size_t length);
bool codec_is_video(enum stream_codec codec);
bool codec_is_audio(enum stream_codec codec);
/* Whether it is an audio codec of which frames can be told apart, and then how. */
bool codec_format(enum stream_codec codec, enum audio_framing *format);

/* Finds the decoder model's limits in the first bytes of an access unit. False when they are not there, or
 * the codec has no model. */
bool codec_limits(enum stream_codec codec, const uint8_t *bytes, size_t length, struct tstd_limits *limits);

#endif
