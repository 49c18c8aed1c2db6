/* Frames of coded sound in an elementary stream: where one begins and ends, how many samples it holds.
 * ISO/IEC 11172-3 and 13818-3 (MPEG audio), ISO/IEC 13818-7 (AAC in ADTS), ETSI TS 102 366 (AC-3). */
#ifndef MUX_AUDIO_FRAME_H
#define MUX_AUDIO_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#define AUDIO_FRAME_HEADER 7 /* bytes that say everything, whatever the format */

enum audio_framing { AUDIO_FORMAT_MPEG, AUDIO_FORMAT_ADTS, AUDIO_FORMAT_AC3 };

struct audio_frame {
    uint32_t bytes, samples, rate; /* rate: samples per second */
    uint32_t channels;             /* full ones, a low frequency channel not counted; 0: not said */
};

/* False where no frame begins, and for MPEG audio of free format. frame->bytes > AUDIO_FRAME_HEADER. */
bool audio_frame_parse(enum audio_framing format, const uint8_t header[AUDIO_FRAME_HEADER],
                       struct audio_frame *frame);

/* Follows frame after frame through bytes as they come. All zero but the format at first. */
struct audio_framer {
    enum audio_framing format;
    bool synced; /* a frame has ended where the next one began */
    uint8_t header[AUDIO_FRAME_HEADER];
    uint32_t got, left; /* bytes of the header that are there, of the frame that are to come after it */
    struct audio_frame frame;
};

struct audio_piece {
    uint32_t bytes;
    bool skipped; /* they belong to no frame; if they follow a beginning, that was none */
    bool begins, ends;
};

/* The first of the next bytes: up to the end of a frame, its header or what was given. count > 0. */
struct audio_piece audio_framer_take(struct audio_framer *framer, const uint8_t *bytes, uint32_t count);
/* Bytes are missing: the next frame is looked for. */
void audio_framer_lose(struct audio_framer *framer);

#endif
