/* The house formats: a table of pictures, one of bit rates, and the lane geometry that follows from them. */
#include "mux/house.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mux/cell.h"
#include "mux/packet.h"
#include "mux/slot.h"

#define NS INT64_C(1000000000)
#define AUDIO_BUFFER 3584    /* ISO/IEC 13818-1 2.4.2.3: B of audio up to two channels */
#define AUDIO_LEAD_MAX_MS 96 /* short enough to zap well, long enough for any place of the slots */
#define SAMPLE_RATE 48000
/* The cell's first slot leaves this long before its first DTS, unless EB holds less: an IDR picture may take
 * four fifths of the second, and a box that just missed one shows the next within 2 s. */
#define VIDEO_AHEAD_NS 800000000
#define PCR_A_SECOND 32 /* 31.25 ms apart */

struct picture { /* a row of the table */
    struct video_format format;
    uint32_t least_kbps, most_kbps; /* of the lane: what still looks like a lesson, what the level takes */
};

#define AVC .codec = VIDEO_AVC, .stream_type = 0x1B
#define PROGRESSIVE .aspect_num = 1, .aspect_den = 1
#define FIELDS_576 .width = 720, .height = 576, .aspect_num = 64, .aspect_den = 45, .interlaced = true
/* Limits of H.264 Table A-1 with cpbBrVclFactor 1200 for High too: the T-STD counts so (ISO/IEC 13818-1
 * 2.14.3.1). */
#define AVC_LEVEL(idc, br, cpb_) .level_idc = (idc), .max_br = (br)*1200, .cpb = (cpb_)*1200

/* 720p25: 1664 packets are 2.5 Mb/s: twelve such services with sound and tables fit into 64QAM at 6.875 MBd.
 * HEVC 4.1 Main tier: H.265 Table A.9 with factor 1100 (2.17.2). MPEG-2 MP@ML: ISO/IEC 13818-2 Table 8-13,
 * 8-14. */
static const struct picture pictures[] = {
    {{"h264-576i25", AVC, FIELDS_576, .fps = 25, .slots = 1184, AVC_LEVEL(30, 10000, 10000)}, 700, 8000},
    {{"h264-720p25", AVC, PROGRESSIVE, .width = 1280, .height = 720, .fps = 25, .slots = 1664,
      AVC_LEVEL(31, 14000, 14000)},
     1000,
     12000},
    {{"h264-720p50", AVC, PROGRESSIVE, .width = 1280, .height = 720, .fps = 50, .slots = 2368,
      AVC_LEVEL(32, 20000, 20000)},
     1500,
     16000},
    {{"h264-1080i25", AVC, PROGRESSIVE, .width = 1920, .height = 1080, .fps = 25, .interlaced = true,
      .slots = 2976, AVC_LEVEL(40, 20000, 25000)},
     2000,
     18000},
    {{"h264-1080p25", AVC, PROGRESSIVE, .width = 1920, .height = 1080, .fps = 25, .slots = 2976,
      AVC_LEVEL(40, 20000, 25000)},
     2000,
     18000},
    {{"hevc-1080p50", .codec = VIDEO_HEVC, .stream_type = 0x24, PROGRESSIVE, .width = 1920, .height = 1080,
      .fps = 50, .slots = 3296, .level_idc = 123, .max_br = 20000 * 1100, .cpb = 20000 * 1100},
     1500,
     18000},
    {{"mpeg2-576i25", .codec = VIDEO_MPEG2, .stream_type = 0x02, FIELDS_576, .fps = 25, .slots = 2656,
      .level_idc = 0x48, .max_br = 15000000, .cpb = 1835008},
     2000,
     9000},
};

/* Bit rates for two channels, kb/s; of Layer II from bitrate_index 6 on (ISO/IEC 11172-3 2.4.2.3). */
static const uint32_t layer2_rates[] = {96, 112, 128, 160, 192, 224, 256, 320, 384, 0};
static const uint32_t aac_rates[] = {64, 96, 128, 160, 192, 256, 0};

/* "-1800k" at the end of a name; 0 when it is anything else. */
static uint32_t parse_kbps(const char *text)
{
    uint32_t kbps;
    char again[HOUSE_NAME_MAX];
    if (sscanf(text, "-%7" SCNu32 "k", &kbps) != 1)
        return 0;
    snprintf(again, sizeof again, "-%" PRIu32 "k", kbps);
    return strcmp(text, again) == 0 ? kbps : 0;
}

/* No byte may come so early that EB could overflow: it holds what the lane brings in that time, wherever its
 * slots really lie. */
static int64_t derive_delay(const struct video_format *video)
{
    int64_t held = video->cpb / 8 * NS / (video->slots * PACKET_PAYLOAD) - 2 * CELL_JITTER_NS;
    return held < CELL_DELAY_MAX_NS ? held : CELL_DELAY_MAX_NS;
}

static void derive_video_lane(struct video_format *video)
{
    video->frame_pts = video->reorder_pts = PTS_PER_SECOND / video->fps;
    video->pcr_every = video->slots / PCR_A_SECOND;
    video->delay_max_ns = derive_delay(video);
    int64_t ahead = video->delay_max_ns < VIDEO_AHEAD_NS ? video->delay_max_ns : VIDEO_AHEAD_NS;
    video->lead = ((ahead + NS / video->fps) * video->slots + NS / 2) / NS;
}

static bool parse_video(const char *name, struct video_format *video)
{
    for (size_t i = 0; i < sizeof pictures / sizeof *pictures; i++) {
        const struct picture *picture = &pictures[i];
        size_t length = strlen(picture->format.name);
        if (strncmp(name, picture->format.name, length) != 0)
            continue;
        uint32_t kbps = parse_kbps(name + length);
        if (name[length] && (kbps < picture->least_kbps || kbps > picture->most_kbps))
            continue;
        *video = picture->format;
        snprintf(video->name, sizeof video->name, "%s", name);
        if (kbps)
            video->slots = kbps * 1000 / (TS_PACKET * 8) / PCR_A_SECOND * PCR_A_SECOND;
        derive_video_lane(video);
        return true;
    }
    return false;
}

static void derive_audio_lane(struct audio_format *audio)
{
    uint32_t pes = CELL_PES_AUDIO + audio->bytes;
    audio->frame_pts = audio->samples * PTS_PER_SECOND / SAMPLE_RATE;
    uint32_t room_ms = (AUDIO_BUFFER - pes) * (audio->frame_pts / 2) / (pes * 45);
    uint32_t lead_ms = room_ms < AUDIO_LEAD_MAX_MS ? room_ms : AUDIO_LEAD_MAX_MS;
    audio->packets = (pes + PACKET_PAYLOAD - 1) / PACKET_PAYLOAD;
    audio->slots = (audio->packets * audio->grid_frames + audio->grid_seconds - 1) / audio->grid_seconds;
    audio->lead = lead_ms * audio->slots / 1000;
}

static void build_layer2(uint32_t kbps, struct audio_format *audio)
{
    *audio = (struct audio_format){.codec = AUDIO_LAYER2,
                                   .stream_type = 0x03,
                                   .rate = kbps * 1000,
                                   .samples = 1152,
                                   .grid_frames = 125,
                                   .grid_seconds = 3};
    audio->bytes = audio->rate / 8 * audio->samples / SAMPLE_RATE;
}

/* Frames of AAC differ in size: there is room for a quarter more than the rate says, to the end of the last
 * packet. */
static void build_aac(uint32_t kbps, struct audio_format *audio)
{
    *audio = (struct audio_format){.codec = AUDIO_AAC,
                                   .stream_type = 0x0F,
                                   .rate = kbps * 1000,
                                   .samples = 1024,
                                   .grid_frames = 375,
                                   .grid_seconds = 8};
    uint32_t usual = audio->rate / 8 * audio->samples / SAMPLE_RATE, most = usual + usual / 4;
    uint32_t packets = (CELL_PES_AUDIO + most + PACKET_PAYLOAD - 1) / PACKET_PAYLOAD;
    audio->bytes = packets * PACKET_PAYLOAD - CELL_PES_AUDIO;
}

static bool parse_audio(const char *name, struct audio_format *audio)
{
    bool aac = strncmp(name, "aac", 3) == 0;
    if (!aac && strncmp(name, "mp2", 3) != 0)
        return false;
    uint32_t kbps = parse_kbps(name + 3);
    const uint32_t *rate = aac ? aac_rates : layer2_rates;
    while (*rate && *rate != kbps)
        rate++;
    if (!*rate)
        return false;
    if (aac)
        build_aac(kbps, audio);
    else
        build_layer2(kbps, audio);
    snprintf(audio->name, sizeof audio->name, "%s", name);
    derive_audio_lane(audio);
    return true;
}

bool house_parse(const char *video, const char *audio, struct house *house)
{
    struct house found;
    if (!parse_video(video, &found.video) || !parse_audio(audio, &found.audio))
        return false;
    *house = found;
    return true;
}

const char *house_video_name(size_t nth)
{
    return nth < sizeof pictures / sizeof *pictures ? pictures[nth].format.name : NULL;
}

int64_t audio_first_frame(const struct audio_format *audio, int64_t second)
{
    return (second * PTS_PER_SECOND + audio->frame_pts / 2) / audio->frame_pts;
}
