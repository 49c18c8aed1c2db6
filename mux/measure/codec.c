/* Reads of bits stop at the end of what is there: zeros come after it, and `over` says so. */
#include "mux/measure/codec.h"

#include <stdio.h>
#include <string.h>

#define NAL_BYTES 512
#define HRD_RATE_MAX 2000000000 /* no level allows more; beyond, it is damage */
#define NAL_AVC_SPS 7
#define NAL_HEVC_SPS 33
#define MPEG2_SEQUENCE 0xB3
#define MPEG2_EXTENSION 0xB5

const char *stream_codec_name(enum stream_codec codec)
{
    static const char *const names[] = {"unknown",       "sections",   "MPEG-2 video", "H.264",
                                        "HEVC",          "MPEG audio", "AAC",          "AC-3",
                                        "DVB subtitles", "teletext",   "E-AC-3",       "AAC LATM"};

    return (size_t)codec < sizeof names / sizeof *names ? names[codec] : names[0];
}

enum stream_codec codec_of(uint8_t stream_type, const uint8_t *descriptors, size_t length)
{
    switch (stream_type) {
    case 0x01:
    case 0x02:
        return CODEC_MPEG2_VIDEO;
    case 0x03:
    case 0x04:
        return CODEC_MPEG_AUDIO;
    case 0x05: /* private sections */
    case 0x0B: /* DSM-CC U-N messages */
    case 0x0C:
    case 0x0D:
    case 0x86: /* SCTE 35 */
        return CODEC_SECTIONS;
    case 0x0F:
        return CODEC_AAC;
    case 0x11:
        return CODEC_LATM;
    case 0x1B:
        return CODEC_AVC;
    case 0x24:
        return CODEC_HEVC;
    case 0x81: /* ATSC */
        return CODEC_AC3;
    case 0x87: /* ATSC */
        return CODEC_EAC3;
    case 0x06:
        break;
    default:
        return CODEC_UNKNOWN;
    }
    for (size_t i = 0; i + 2 <= length; i += 2u + descriptors[i + 1])
        switch (descriptors[i]) {
        case 0x56:
        case 0x46: /* VBI teletext */
            return CODEC_TELETEXT;
        case 0x59:
            return CODEC_SUBTITLES;
        case 0x6A:
            return CODEC_AC3;
        case 0x7A:
            return CODEC_EAC3;
        }
    return CODEC_UNKNOWN;
}

bool codec_is_video(enum stream_codec codec)
{
    return codec == CODEC_MPEG2_VIDEO || codec == CODEC_AVC || codec == CODEC_HEVC;
}

bool codec_is_audio(enum stream_codec codec)
{
    return codec == CODEC_MPEG_AUDIO || codec == CODEC_AAC || codec == CODEC_AC3 || codec == CODEC_EAC3 ||
           codec == CODEC_LATM;
}

bool codec_format(enum stream_codec codec, enum audio_framing *format)
{
    *format = codec == CODEC_MPEG_AUDIO ? AUDIO_FORMAT_MPEG
              : codec == CODEC_AAC      ? AUDIO_FORMAT_ADTS
                                        : AUDIO_FORMAT_AC3;
    return codec == CODEC_MPEG_AUDIO || codec == CODEC_AAC || codec == CODEC_AC3;
}

/* ---- bits ---- */

struct bits {
    const uint8_t *bytes;
    size_t length, at; /* bits */
    bool over;
};

static uint32_t read_bits(struct bits *bits, uint32_t count)
{
    uint32_t value = 0;

    for (; count; count--, bits->at++) {
        bits->over |= bits->at >= bits->length;
        uint32_t bit = bits->over ? 0 : bits->bytes[bits->at / 8] >> (7 - bits->at % 8) & 1u;
        value = value << 1 | bit;
    }
    return value;
}

static uint32_t read_ue(struct bits *bits)
{
    uint32_t zeros = 0;

    while (!bits->over && !read_bits(bits, 1))
        zeros++;
    if (zeros > 31)
        bits->over = true;
    return bits->over ? 0 : (1u << zeros) - 1 + read_bits(bits, zeros);
}

/* A NAL unit without its emulation prevention bytes. Returns its length. */
static size_t unescape(const uint8_t *bytes, size_t length, uint8_t *nal)
{
    size_t n = 0;
    uint32_t zeros = 0;

    for (size_t i = 0; i < length && n < NAL_BYTES; i++) {
        if (zeros >= 2 && bytes[i] == 3) {
            zeros = 0;
            continue;
        }
        zeros = bytes[i] ? 0 : zeros + 1;
        nal[n++] = bytes[i];
    }
    return n;
}

/* ---- H.264 ---- */

struct hrd {
    uint64_t rate, cpb; /* bits per second, bits; 0: none */
};

static void skip_scaling_lists(struct bits *bits, uint32_t count)
{
    for (uint32_t i = 0; i < count && !bits->over; i++) {
        int32_t last = 8, next = 8;
        if (!read_bits(bits, 1))
            continue;
        for (uint32_t j = 0; j < (i < 6 ? 16 : 64) && next && !bits->over; j++) {
            uint32_t code = read_ue(bits);
            next = (last + (int32_t)(code % 2 ? (code + 1) / 2 : 256 - code / 2 % 256)) % 256;
            last = next ? next : last;
        }
    }
}

static void skip_chroma(struct bits *bits, uint32_t profile)
{
    static const uint8_t with[] = {100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135};

    if (!memchr(with, (int)profile, sizeof with))
        return;
    uint32_t chroma = read_ue(bits);
    if (chroma == 3)
        read_bits(bits, 1);
    read_ue(bits); /* bit depths */
    read_ue(bits);
    read_bits(bits, 1);
    if (read_bits(bits, 1))
        skip_scaling_lists(bits, chroma == 3 ? 12 : 8);
}

static void skip_order_count(struct bits *bits)
{
    uint32_t type = read_ue(bits);

    if (type == 0) {
        read_ue(bits);
    } else if (type == 1) {
        read_bits(bits, 1);
        read_ue(bits);
        read_ue(bits);
        for (uint32_t i = read_ue(bits); i && !bits->over; i--)
            read_ue(bits);
    }
}

/* The largest rate of the NAL HRD in the VUI (E.1.1, E.1.2). */
static struct hrd read_vui(struct bits *bits)
{
    struct hrd hrd = {0};

    if (read_bits(bits, 1) && read_bits(bits, 8) == 255)
        read_bits(bits, 32);
    if (read_bits(bits, 1))
        read_bits(bits, 1);
    if (read_bits(bits, 1)) {
        read_bits(bits, 4);
        if (read_bits(bits, 1))
            read_bits(bits, 24);
    }
    if (read_bits(bits, 1)) {
        read_ue(bits);
        read_ue(bits);
    }
    if (read_bits(bits, 1)) {
        read_bits(bits, 32);
        read_bits(bits, 32);
        read_bits(bits, 1);
    }
    if (!read_bits(bits, 1))
        return hrd;
    uint32_t count = read_ue(bits) + 1, rate_scale = read_bits(bits, 4), cpb_scale = read_bits(bits, 4);
    for (uint32_t i = 0; i < count && i < 32 && !bits->over; i++) {
        hrd.rate = (read_ue(bits) + UINT64_C(1)) << (6 + rate_scale);
        hrd.cpb = (read_ue(bits) + UINT64_C(1)) << (4 + cpb_scale);
        read_bits(bits, 1);
    }
    return bits->over || hrd.rate > HRD_RATE_MAX || hrd.cpb / 8 > UINT32_MAX ? (struct hrd){0} : hrd;
}

static struct hrd read_avc_hrd(struct bits *bits, uint32_t profile)
{
    read_ue(bits); /* seq_parameter_set_id */
    skip_chroma(bits, profile);
    read_ue(bits); /* log2_max_frame_num */
    skip_order_count(bits);
    read_ue(bits); /* reference frames */
    read_bits(bits, 1);
    read_ue(bits); /* width, height */
    read_ue(bits);
    if (!read_bits(bits, 1)) /* frame_mbs_only_flag */
        read_bits(bits, 1);
    read_bits(bits, 1);
    if (read_bits(bits, 1)) /* cropping */
        for (int i = 0; i < 4; i++)
            read_ue(bits);
    return read_bits(bits, 1) ? read_vui(bits) : (struct hrd){0};
}

static bool avc_limits(const uint8_t *nal, size_t length, struct tstd_limits *limits)
{
    struct bits bits = {nal, length * 8, 8, false};
    uint32_t profile = read_bits(&bits, 8), constraints = read_bits(&bits, 8), level = read_bits(&bits, 8);
    bool is_1b = constraints & 0x10 && profile < 100;
    uint64_t br, cpb;

    if (bits.over || !tstd_avc_level(level, is_1b, &br, &cpb))
        return false;
    struct hrd hrd = read_avc_hrd(&bits, profile);
    *limits = tstd_limits_avc(br, cpb, hrd.rate, hrd.cpb);
    if (hrd.rate)
        return true;
    if (level == 9 || (is_1b && level == 11))
        snprintf(limits->by, sizeof limits->by, "level 1b");
    else
        snprintf(limits->by, sizeof limits->by, "level %u.%u", level / 10, level % 10);
    return true;
}

/* ---- the others ---- */

static bool hevc_limits(const uint8_t *nal, size_t length, struct tstd_limits *limits)
{
    struct bits bits = {nal, length * 8, 16 + 8 + 2, false};
    bool high_tier = read_bits(&bits, 1);

    bits.at += 5 + 32 + 48;
    uint32_t level = read_bits(&bits, 8);
    return !bits.over && tstd_limits_hevc(level, high_tier, limits);
}

static bool mpeg2_limits(const uint8_t *sequence, size_t length, struct tstd_limits *limits)
{
    struct bits head = {sequence, length * 8, 8 + 32, false};
    uint64_t rate = read_bits(&head, 18);

    read_bits(&head, 1);
    uint64_t vbv = read_bits(&head, 10);
    for (size_t i = 8; i + 10 < length; i++) {
        if (memcmp(sequence + i, "\0\0\1", 3) != 0 || sequence[i + 3] != MPEG2_EXTENSION ||
            sequence[i + 4] >> 4 != 1)
            continue;
        struct bits bits = {sequence, length * 8, (i + 4) * 8 + 4, false};
        uint32_t profile_level = read_bits(&bits, 8);
        bits.at += 1 + 2 + 2 + 2;
        rate |= (uint64_t)read_bits(&bits, 12) << 18;
        bits.at++;
        vbv |= (uint64_t)read_bits(&bits, 8) << 10;
        return !bits.over && tstd_limits_mpeg2(profile_level, rate * 400, vbv * 16384, limits);
    }
    return false;
}

/* What follows a start code. */
static bool unit_limits(enum stream_codec codec, const uint8_t *bytes, size_t length,
                        struct tstd_limits *limits)
{
    uint8_t nal[NAL_BYTES];

    if (codec == CODEC_MPEG2_VIDEO)
        return bytes[0] == MPEG2_SEQUENCE && mpeg2_limits(bytes, length, limits);
    if (codec == CODEC_AVC && (bytes[0] & 0x1F) == NAL_AVC_SPS)
        return avc_limits(nal, unescape(bytes, length, nal), limits);
    if (codec == CODEC_HEVC && (bytes[0] >> 1 & 0x3F) == NAL_HEVC_SPS)
        return hevc_limits(nal, unescape(bytes, length, nal), limits);
    return false;
}

bool codec_limits(enum stream_codec codec, const uint8_t *bytes, size_t length, struct tstd_limits *limits)
{
    struct audio_frame frame;

    switch (codec) {
    case CODEC_MPEG_AUDIO:
        *limits = tstd_limits_mpeg_audio();
        return true;
    case CODEC_AC3:
        *limits = tstd_limits_ac3();
        return true;
    case CODEC_SUBTITLES:
        *limits = tstd_limits_subtitles();
        return true;
    case CODEC_TELETEXT:
        *limits = tstd_limits_teletext();
        return true;
    case CODEC_AAC:
        for (size_t i = 0; i + AUDIO_FRAME_HEADER <= length; i++)
            if (audio_frame_parse(AUDIO_FORMAT_ADTS, bytes + i, &frame)) {
                *limits = tstd_limits_aac(frame.channels);
                return true;
            }
        return false;
    case CODEC_MPEG2_VIDEO:
    case CODEC_AVC:
    case CODEC_HEVC:
        for (size_t i = 0; i + 4 < length; i++)
            if (memcmp(bytes + i, "\0\0\1", 3) == 0 &&
                unit_limits(codec, bytes + i + 3, length - i - 3, limits))
                return true;
        return false;
    default:
        return false;
    }
}
