/* The tables of levels and the arithmetic of buffer sizes. Sizes are rounded down to whole bytes. */
#include "mux/tstd_limits.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#define TB_BYTES 512         /* 2.4.2.3: BTS */
#define MUX_RATE_MIN 2000000 /* 2.14.3.1: BSmux and BSoh of low levels */
#define DELAY_MS 1000        /* TR 101 290 3.10 */
#define SYSTEM_RB_MIN 80000  /* 2.4.2.3: Rsys */

struct level {
    uint32_t idc, br, cpb; /* in 1000 bits */
};

/* BSmux + BSoh = (0.004 s + 1/750 s) * rate, in bytes. */
static uint32_t multiplex_bytes(uint64_t rate)
{
    return (uint32_t)((rate > MUX_RATE_MIN ? rate : MUX_RATE_MIN) / 1500);
}

bool tstd_avc_level(uint32_t level_idc, bool level_1b, uint64_t *max_br, uint64_t *max_cpb)
{
    static const struct level levels[] = {
        {9, 128, 350},        {10, 64, 175},      {11, 192, 500},       {12, 384, 1000},
        {13, 768, 2000},      {20, 2000, 2000},   {21, 4000, 4000},     {22, 4000, 4000},
        {30, 10000, 10000},   {31, 14000, 14000}, {32, 20000, 20000},   {40, 20000, 25000},
        {41, 50000, 62500},   {42, 50000, 62500}, {50, 135000, 135000}, {51, 240000, 240000},
        {52, 240000, 240000},
    };

    if (level_1b && level_idc == 11)
        level_idc = 9;
    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (levels[i].idc == level_idc) {
            *max_br = levels[i].br * UINT64_C(1200);
            *max_cpb = levels[i].cpb * UINT64_C(1200);
            return true;
        }
    return false;
}

struct tstd_limits tstd_limits_avc(uint64_t max_br, uint64_t max_cpb, uint64_t hrd_rate, uint64_t hrd_cpb)
{
    uint64_t cpb = hrd_cpb ? hrd_cpb : max_cpb, rate = hrd_rate ? hrd_rate : max_br;
    uint64_t spare = max_cpb > cpb ? max_cpb - cpb : 0; /* High profile may have a CPB above factor 1200 */
    struct tstd_limits limits = {.path = TSTD_VIDEO,
                                 .tb_size = TB_BYTES,
                                 .rx = rate * 6 / 5,
                                 .rb = max_br,
                                 .mb_size = multiplex_bytes(max_br) + (uint32_t)(spare / 8),
                                 .unit_size = (uint32_t)(cpb / 8),
                                 .delay_ms = DELAY_MS};

    snprintf(limits.by, sizeof limits.by, "%s", hrd_rate ? "NAL HRD" : "level");
    return limits;
}

bool tstd_limits_hevc(uint32_t level_idc, bool high_tier, struct tstd_limits *limits)
{
    static const struct level main_tier[] = {
        {30, 128, 350},        {60, 1500, 1500},    {63, 3000, 3000},    {90, 6000, 6000},
        {93, 10000, 10000},    {120, 12000, 12000}, {123, 20000, 20000}, {150, 25000, 25000},
        {153, 40000, 40000},   {156, 60000, 60000}, {180, 60000, 60000}, {183, 120000, 120000},
        {186, 240000, 240000},
    };
    static const struct level high[] = {
        {120, 30000, 30000},   {123, 50000, 50000},   {150, 100000, 100000}, {153, 160000, 160000},
        {156, 240000, 240000}, {180, 240000, 240000}, {183, 480000, 480000}, {186, 800000, 800000},
    };
    const struct level *table = high_tier ? high : main_tier;
    size_t count = high_tier ? sizeof high / sizeof *high : sizeof main_tier / sizeof *main_tier;

    for (size_t i = 0; i < count; i++)
        if (table[i].idc == level_idc) {
            uint64_t rate = table[i].br * UINT64_C(1100); /* CpbNalFactor of the Main profiles */
            *limits = (struct tstd_limits){.path = TSTD_VIDEO,
                                           .tb_size = TB_BYTES,
                                           .rx = rate,
                                           .rb = rate,
                                           .mb_size = multiplex_bytes(rate),
                                           .unit_size = (uint32_t)(table[i].cpb * UINT64_C(1100) / 8),
                                           .delay_ms = DELAY_MS};
            snprintf(limits->by, sizeof limits->by, "level %u.%u%s", level_idc / 30, level_idc % 30 / 3,
                     high_tier ? " high tier" : "");
            return true;
        }
    return false;
}

bool tstd_limits_mpeg2(uint32_t profile_level, uint64_t bit_rate, uint64_t vbv, struct tstd_limits *limits)
{
    static const struct {
        uint8_t code;
        bool high; /* MB does not grow by what VBV leaves, and Rbx follows the stream */
        uint32_t rate, vbv;
        const char *name;
    } levels[] = {
        {0x4A, false, 4000000, 475136, "MP@LL"},     {0x48, false, 15000000, 1835008, "MP@ML"},
        {0x58, false, 15000000, 1835008, "SP@ML"},   {0x46, true, 60000000, 7340032, "MP@H-14"},
        {0x44, true, 80000000, 9781248, "MP@HL"},    {0x85, false, 50000000, 9437184, "422@ML"},
        {0x82, true, 300000000, 47185920, "422@HL"},
    };

    for (size_t i = 0; i < sizeof levels / sizeof *levels; i++)
        if (levels[i].code == profile_level) {
            uint64_t rate = levels[i].rate, most = levels[i].vbv, near = bit_rate * 21 / 20;
            if (!vbv || vbv > most)
                vbv = most;
            *limits = (struct tstd_limits){.path = TSTD_VIDEO,
                                           .tb_size = TB_BYTES,
                                           .rx = rate * 6 / 5,
                                           .rb = levels[i].high && bit_rate && near < rate ? near : rate,
                                           .mb_size = multiplex_bytes(rate),
                                           .unit_size = (uint32_t)(vbv / 8),
                                           .delay_ms = DELAY_MS};
            if (!levels[i].high)
                limits->mb_size += (uint32_t)((most - vbv) / 8);
            snprintf(limits->by, sizeof limits->by, "%s", levels[i].name);
            return true;
        }
    return false;
}

struct tstd_limits tstd_limits_house(const struct video_format *video)
{
    struct tstd_limits limits = tstd_limits_avc(video->max_br, video->cpb, 0, 0);
    if (video->codec == VIDEO_HEVC)
        tstd_limits_hevc(video->level_idc, false, &limits);
    else if (video->codec == VIDEO_MPEG2)
        tstd_limits_mpeg2(video->level_idc, video->max_br, video->cpb, &limits);
    return limits;
}

static struct tstd_limits one_buffer(enum tstd_path path, uint32_t tb, uint64_t rx, uint32_t b,
                                     const char *by)
{
    struct tstd_limits limits = {
        .path = path, .tb_size = tb, .rx = rx, .rb = rx, .unit_size = b, .delay_ms = DELAY_MS};

    snprintf(limits.by, sizeof limits.by, "%s", by);
    return limits;
}

struct tstd_limits tstd_limits_mpeg_audio(void)
{
    return one_buffer(TSTD_FRAMES, TB_BYTES, 2000000, 3584, "13818-1 2.4.2.3");
}

struct tstd_limits tstd_limits_aac(uint32_t channels)
{
    struct tstd_limits limits = channels <= 2    ? tstd_limits_mpeg_audio()
                                : channels <= 8  ? one_buffer(TSTD_FRAMES, TB_BYTES, 5529600, 8976, "")
                                : channels <= 12 ? one_buffer(TSTD_FRAMES, TB_BYTES, 8294400, 12804, "")
                                                 : one_buffer(TSTD_FRAMES, TB_BYTES, 33177600, 51216, "");

    limits.format = AUDIO_FORMAT_ADTS;
    snprintf(limits.by, sizeof limits.by, "13818-1 2.4.2.3, %u channels", channels % 100);
    return limits;
}

struct tstd_limits tstd_limits_ac3(void)
{
    struct tstd_limits limits = one_buffer(TSTD_FRAMES, TB_BYTES, 2000000, 5696, "TS 101 154");

    limits.format = AUDIO_FORMAT_AC3;
    return limits;
}

struct tstd_limits tstd_limits_subtitles(void)
{
    return one_buffer(TSTD_PES, TB_BYTES, 192000, 24576, "EN 300 743");
}

struct tstd_limits tstd_limits_teletext(void)
{
    return one_buffer(TSTD_PES, 480, 6750000, 1504, "EN 300 472");
}

struct tstd_limits tstd_limits_sections(uint64_t transport_rate)
{
    struct tstd_limits limits = one_buffer(TSTD_SECTIONS, TB_BYTES, 1000000, 1536, "13818-1 2.4.2.3");

    limits.rb = transport_rate / 500 > SYSTEM_RB_MIN ? transport_rate / 500 : SYSTEM_RB_MIN;
    return limits;
}
