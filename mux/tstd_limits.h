/* What the decoder model holds a stream to: sizes and rates of its buffers, by codec and level. ISO/IEC
 * 13818-1 2.4.2 (MPEG-2 video, MPEG audio, AAC, sections), 2.14.3.1 (AVC), 2.17.2 (HEVC); ETSI TS 101 154
 * annex for AC-3; EN 300 743 (subtitles); EN 300 472 (teletext). */
#ifndef MUX_TSTD_LIMITS_H
#define MUX_TSTD_LIMITS_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/audio_frame.h"
#include "mux/house.h"

enum tstd_path {                /* how bytes pass, and what decoding takes out */
                 TSTD_SECTIONS, /* TB -rx-> B -rb-> : nothing is decoded at an instant */
                 TSTD_VIDEO, /* TB -rx-> MB -rb-> EB: the bytes from one PES header with a time stamp to the
                                next */
                 TSTD_PES,   /* TB -rx-> B: PES packets with their headers */
                 TSTD_FRAMES /* TB -rx-> B: audio frames, with the PES headers before or in them */
};

struct tstd_limits {
    enum tstd_path path;
    enum audio_framing format;            /* of TSTD_FRAMES */
    uint32_t tb_size, mb_size, unit_size; /* bytes; unit_size: EB, or B */
    uint64_t rx, rb;                      /* bits per second */
    uint32_t delay_ms;                    /* no byte stays longer */
    char by[32];                          /* what says rx: "NAL HRD", "level 3.1", "13818-1 2.4.2.3" */
};

/* Bits per second and bits of a level, cpbBrNalFactor 1200 (H.264 Table A-1). level_1b: constraint_set3_flag
 * of level_idc 11 below High profile. False for a level that is not in the table. */
bool tstd_avc_level(uint32_t level_idc, bool level_1b, uint64_t *max_br, uint64_t *max_cpb);

/* max_br and max_cpb: of the level, bits. hrd_rate and hrd_cpb: of the NAL HRD, 0 where none is sent. */
struct tstd_limits tstd_limits_avc(uint64_t max_br, uint64_t max_cpb, uint64_t hrd_rate, uint64_t hrd_cpb);
/* False for a level that is not in the table. HEVC: level_idc is general_level_idc. */
bool tstd_limits_hevc(uint32_t level_idc, bool high_tier, struct tstd_limits *limits);
/* profile_and_level_indication, the rate and vbv size of the sequence header, bits. */
bool tstd_limits_mpeg2(uint32_t profile_level, uint64_t bit_rate, uint64_t vbv, struct tstd_limits *limits);
/* Of a house format, whose level is known. */
struct tstd_limits tstd_limits_house(const struct video_format *video);
struct tstd_limits tstd_limits_mpeg_audio(void);
struct tstd_limits tstd_limits_aac(uint32_t channels);
struct tstd_limits tstd_limits_ac3(void);
struct tstd_limits tstd_limits_subtitles(void);
struct tstd_limits tstd_limits_teletext(void);
/* Of all PSI of one programme. transport_rate: bits per second of the multiplex. */
struct tstd_limits tstd_limits_sections(uint64_t transport_rate);

#endif
