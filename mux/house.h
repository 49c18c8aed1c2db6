/* The house format: what lessons are conformed to, and the lane geometry that follows from it.
 *
 * A service has one video lane that carries one cell per second, one or more audio lanes of the same format,
 * one a language, that carry a grid of audio frames, and a lane for each language of its subtitles. All
 * numbers are constants of the format's name, so that any cell may follow any other. Services of one
 * multiplex may have different formats. */
#ifndef MUX_HOUSE_H
#define MUX_HOUSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOUSE_NAME_MAX 32
#define HOUSE_FRAMES_PER_SECOND_MAX 50 /* pictures in a cell */
#define HOUSE_AUDIO_TRACKS 4           /* three languages and an audio description */
#define HOUSE_SUBTITLE_TRACKS 4

enum video_codec { VIDEO_AVC, VIDEO_HEVC, VIDEO_MPEG2 };
enum audio_codec { AUDIO_LAYER2, AUDIO_AAC };

struct video_format {
    char name[HOUSE_NAME_MAX]; /* "h264-720p25", "h264-720p25-1800k" */
    enum video_codec codec;
    uint8_t stream_type;             /* ISO/IEC 13818-1 Table 2-34: 0x1B, 0x24, 0x02 */
    uint16_t width, height;          /* of the coded picture */
    uint16_t aspect_num, aspect_den; /* of a sample; 64:45 for 576 lines shown 16:9 */
    uint32_t fps;                    /* pictures (frames, not fields) a second and in a cell: 25 or 50 */
    bool interlaced;                 /* two fields a frame, the top field first */
    uint32_t frame_pts;              /* 90 kHz: 3600 or 1800 */
    uint32_t reorder_pts;            /* PTS - DTS of a first picture: one frame */
    uint32_t slots;                  /* packets per second of the video lane, a multiple of 16 */
    uint32_t lead;        /* lane slots from the cell's first slot to the whole second it is named after */
    uint32_t pcr_every;   /* every so many video lane slots carry a PCR, at most 35 ms apart; divides slots */
    int64_t delay_max_ns; /* no byte enters the decoder earlier than this before its DTS: 1 s (TR 101
                             290 3.10) less room, or what the codec's EB holds at this rate */
    uint32_t level_idc;   /* as coded: 31, 40; HEVC 123; MPEG-2 profile_and_level_indication */
    uint32_t
        max_br; /* of the level, bits/s, as the T-STD counts it (H.264 factor 1200, HEVC 1100, MPEG-2 Rmax) */
    uint32_t cpb; /* of the level, bits, as the T-STD counts it (MPEG-2: VBV) */
};

struct audio_format {
    char name[HOUSE_NAME_MAX]; /* "mp2-128k", "aac-96k" */
    enum audio_codec codec;
    uint8_t stream_type;                /* 0x03, 0x0F */
    uint32_t rate;                      /* bits/s */
    uint32_t samples;                   /* in a frame at 48 kHz: 1152, 1024 */
    uint32_t frame_pts;                 /* 90 kHz: 2160, 1920 */
    uint32_t bytes;                     /* of the largest frame; Layer II frames all have it */
    uint32_t packets;                   /* P: transport packets that hold one frame, whatever its size */
    uint32_t grid_frames, grid_seconds; /* the grid repeats: 125 frames in 3 s, 375 in 8 s */
    uint32_t slots;                     /* packets per second of an audio lane */
    uint32_t lead;                      /* lane slots from a frame's first slot to its PTS */
};

struct house {
    struct video_format video;
    struct audio_format audio;
};

/* A lane of DVB subtitles (EN 300 743): one cell a second, like video, of display sets that need no earlier
 * one. 96 packets a second are 144 kb/s of the 192 kb/s that the decoder model takes. The cell leaves 0.54 s
 * before its second: a display set of any instant in its first nine tenths may then have 48 packets, and none
 * waits for longer than a second (ISO/IEC 13818-1 2.4.2.6), nor more than 24 576 bytes at once. */
#define HOUSE_SUBTITLE_SLOTS 96
#define HOUSE_SUBTITLE_LEAD 52

/* Reads the two names. False when a format is not known; *house is then untouched.
 *   video  h264-576i25 h264-720p25 h264-720p50 h264-1080i25 h264-1080p25 hevc-1080p50 mpeg2-576i25, each with
 *          the rate of its lane when it is not the usual one: h264-720p25-1800k (kb/s of transport packets,
 *          rounded down to a multiple of 32 packets; refused outside of what the format can carry)
 *   audio  mp2-Nk, N one of 96 112 128 160 192 224 256 320 384; aac-Nk, N one of 64 96 128 160 192 256 */
bool house_parse(const char *video, const char *audio, struct house *house);
/* The name of the nth video format at its usual rate; NULL when there are no more. */
const char *house_video_name(size_t nth);
/* The names, for messages: "h264-576i25, h264-720p25, ...". */
#define HOUSE_VIDEO_NAMES                                                                                    \
    "h264-576i25, h264-720p25, h264-720p50, h264-1080i25, h264-1080p25, hevc-1080p50, mpeg2-576i25, or one " \
    "of these "                                                                                              \
    "with another rate, such as h264-720p25-1800k"
#define HOUSE_AUDIO_NAMES "mp2-96k to mp2-384k, aac-64k to aac-256k"

/* The grid frame whose PTS is nearest to the whole second (at most half a frame away): the first audio frame
 * of an item that starts there. Frames [audio_first_frame(s), audio_first_frame(s + 1)) belong to second s.
 */
int64_t audio_first_frame(const struct audio_format *audio, int64_t second);

#define HOUSE_AUDIO_BYTES_MAX 1152 /* a Layer II frame at 384 kb/s */
#define HOUSE_AUDIO_PACKETS_MAX 7  /* and the packets that hold it */
#define HOUSE_FRAMES_MAX 48        /* most audio frames that a second of a lesson touches */

#endif
