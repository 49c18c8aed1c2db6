/* The house formats: a table of one row today, and the arithmetic of the Layer II grid. */
#include "mux/house.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LAYER2_FRAME_MS 24
#define AUDIO_PES_HEADER 14
#define AUDIO_BUFFER 3584    /* ISO/IEC 13818-1 2.4.2.3: B of audio up to two channels */
#define AUDIO_LEAD_MAX_MS 96 /* short enough to zap well, long enough for any place of the slots */
#define PAYLOAD 184

/* 720p25 High, level 3.1: MaxBR 14 000, MaxCPB 14 000 (H.264 Table A-1), factor 1200. 1664 packets are 2.5
 * Mb/s: twelve such services with sound and tables fit into 64QAM at 6.875 MBd. The cell leaves 0.84 s before
 * its second: 0.8 s before its first DTS, so that an IDR picture may take four fifths of the second and a box
 * that just missed one shows the next within 2 s. 32 PCRs a second are 31.25 ms apart. */
static const struct house h264_720p25 = {
    .video = "h264-720p25",
    .width = 1280,
    .height = 720,
    .video.slots = 1664,
    .video.lead = 1398,
    .video.pcr_every = 52,
    .video.max_br = 14000 * 1200,
    .video.cpb = 14000 * 1200,
};

/* Layer II bit rates for two channels, kb/s, from the one of bitrate_index 6 (ISO/IEC 11172-3 2.4.2.3). */
static const uint32_t layer2_rates[] = {96, 112, 128, 160, 192, 224, 256, 320, 384};

static bool parse_audio(const char *audio, struct house *house)
{
    for (size_t i = 0; i < sizeof layer2_rates / sizeof *layer2_rates; i++) {
        char name[HOUSE_NAME_MAX];
        snprintf(name, sizeof name, "mp2-%uk", layer2_rates[i]);
        if (strcmp(name, audio) != 0)
            continue;
        memcpy(house->audio, name, sizeof name);
        house->audio.rate = layer2_rates[i] * 1000;
        house->audio.bytes = layer2_rates[i] * LAYER2_FRAME_MS / 8;
        return true;
    }
    return false;
}

static void derive_audio_lane(struct house *house)
{
    uint32_t pes = AUDIO_PES_HEADER + house->audio.bytes;
    uint32_t room_ms = (AUDIO_BUFFER - pes) * LAYER2_FRAME_MS / pes;
    uint32_t lead_ms = room_ms < AUDIO_LEAD_MAX_MS ? room_ms : AUDIO_LEAD_MAX_MS;
    house->audio.packets = (pes + PAYLOAD - 1) / PAYLOAD;
    house->audio.slots = (house->audio.packets * 1000 + LAYER2_FRAME_MS - 1) / LAYER2_FRAME_MS;
    house->audio.lead = lead_ms * house->audio.slots / 1000;
}

bool house_parse(const char *video, const char *audio, struct house *house)
{
    struct house found = h264_720p25;
    if (strcmp(video, found.video) != 0 || !parse_audio(audio, &found))
        return false;
    derive_audio_lane(&found);
    *house = found;
    return true;
}

int64_t house_first_frame(int64_t second)
{
    return (second * 1000 + LAYER2_FRAME_MS / 2) / LAYER2_FRAME_MS;
}
