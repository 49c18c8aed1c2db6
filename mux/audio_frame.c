/* Headers of audio frames, and the chain of frames that they make: each says where the next begins. */
#include "mux/audio_frame.h"

#include <string.h>

static bool parse_mpeg(const uint8_t *header, struct audio_frame *frame)
{
    /* kb/s by bit_rate_index: Layer I, II, III of MPEG-1, then Layer I and II or III of MPEG-2 */
    static const uint16_t rates[5][16] = {
        {0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448, 0},
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384, 0},
        {0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 0},
        {0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256, 0},
        {0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160, 0},
    };
    static const uint32_t frequencies[4] = {44100, 48000, 32000, 0};
    uint32_t version = header[1] >> 3 & 3, layer = 4 - (header[1] >> 1 & 3); /* version 3: MPEG-1 */
    bool lower = version != 3;

    if (header[0] != 0xFF || (header[1] & 0xE0) != 0xE0 || version == 1 || layer == 4)
        return false;
    uint32_t kilobits = rates[lower ? (layer == 1 ? 3 : 4) : layer - 1][header[2] >> 4];
    frame->rate = frequencies[header[2] >> 2 & 3] >> (lower ? (version == 2 ? 1 : 2) : 0);
    if (!kilobits || !frame->rate)
        return false;
    frame->samples = layer == 1 ? 384 : layer == 3 && lower ? 576 : 1152;
    frame->bytes = layer == 1 ? (12000 * kilobits / frame->rate + (header[2] >> 1 & 1)) * 4
                              : frame->samples * 125 * kilobits / frame->rate + (header[2] >> 1 & 1);
    frame->channels = header[3] >> 6 == 3 ? 1 : 2;
    return true;
}

static bool parse_adts(const uint8_t *header, struct audio_frame *frame)
{
    static const uint32_t frequencies[16] = {96000, 88200, 64000, 48000, 44100, 32000, 24000,
                                             22050, 16000, 12000, 11025, 8000,  7350};
    static const uint8_t channels[8] = {0, 1, 2, 3, 4, 5, 5, 7};

    if (header[0] != 0xFF || (header[1] & 0xF6) != 0xF0)
        return false;
    frame->rate = frequencies[header[2] >> 2 & 15];
    frame->bytes = (header[3] & 3u) << 11 | (uint32_t)header[4] << 3 | header[5] >> 5;
    frame->samples = 1024 * ((header[6] & 3u) + 1);
    frame->channels = channels[(header[2] & 1) << 2 | header[3] >> 6];
    return frame->rate > 0;
}

static bool parse_ac3(const uint8_t *header, struct audio_frame *frame)
{
    static const uint16_t rates[19] = {32,  40,  48,  56,  64,  80,  96,  112, 128, 160,
                                       192, 224, 256, 320, 384, 448, 512, 576, 640};
    static const uint32_t frequencies[4] = {48000, 44100, 32000, 0};
    static const uint8_t channels[8] = {2, 1, 2, 3, 3, 4, 4, 5};
    uint32_t code = header[4] & 0x3F;

    if (header[0] != 0x0B || header[1] != 0x77 || header[5] >> 3 > 8 || code >= 38)
        return false;
    frame->rate = frequencies[header[4] >> 6];
    if (!frame->rate)
        return false;
    uint32_t words = rates[code / 2] * 96000u / frame->rate;
    frame->bytes = 2 * (words + (frame->rate == 44100 && code % 2));
    frame->samples = 1536;
    frame->channels = channels[header[6] >> 5];
    return true;
}

bool audio_frame_parse(enum audio_framing format, const uint8_t header[AUDIO_FRAME_HEADER],
                       struct audio_frame *frame)
{
    bool good = format == AUDIO_FORMAT_MPEG   ? parse_mpeg(header, frame)
                : format == AUDIO_FORMAT_ADTS ? parse_adts(header, frame)
                                              : parse_ac3(header, frame);

    return good && frame->bytes > AUDIO_FRAME_HEADER;
}

void audio_framer_lose(struct audio_framer *framer)
{
    framer->synced = false;
    framer->got = framer->left = 0;
}

/* How far it is to what may be a frame, or the end. */
static uint32_t distance(const struct audio_framer *framer, const uint8_t *bytes, uint32_t count)
{
    struct audio_frame frame;
    uint32_t i = 0;

    while (i + AUDIO_FRAME_HEADER <= count && !audio_frame_parse(framer->format, bytes + i, &frame))
        i++;
    return i + AUDIO_FRAME_HEADER <= count ? i : count;
}

struct audio_piece audio_framer_take(struct audio_framer *framer, const uint8_t *bytes, uint32_t count)
{
    struct audio_piece piece = {0};

    if (framer->got == AUDIO_FRAME_HEADER) {
        piece.bytes = framer->left < count ? framer->left : count;
        framer->left -= piece.bytes;
        piece.ends = framer->left == 0;
        if (piece.ends)
            framer->got = 0;
        return piece;
    }
    if (!framer->synced) {
        piece.bytes = distance(framer, bytes, count);
        piece.skipped = piece.bytes > 0;
        framer->synced = piece.bytes == 0;
        if (piece.skipped)
            return piece;
    }
    uint32_t wanted = AUDIO_FRAME_HEADER - framer->got;
    piece.bytes = wanted < count ? wanted : count;
    piece.begins = framer->got == 0;
    memcpy(framer->header + framer->got, bytes, piece.bytes);
    framer->got += piece.bytes;
    if (framer->got == AUDIO_FRAME_HEADER) {
        piece.skipped = !audio_frame_parse(framer->format, framer->header, &framer->frame);
        if (piece.skipped)
            audio_framer_lose(framer);
        else
            framer->left = framer->frame.bytes - AUDIO_FRAME_HEADER;
    }
    return piece;
}
