/* The house format: what every lesson is conformed to, and the lane geometry that follows from it.
 *
 * One video lane per service carries one cell per second; one audio lane carries a grid of Layer II frames
 * of 24 ms (1152 samples at 48 kHz, ISO/IEC 11172-3), frame f presented at f * 24 ms since the epoch of the
 * stream's time scale. All numbers are constants of the format, so that any cell may follow any other. */
#ifndef MUX_HOUSE_H
#define MUX_HOUSE_H

#include <stdbool.h>
#include <stdint.h>

#define HOUSE_FPS 25
#define HOUSE_FRAME_PTS (90000 / HOUSE_FPS)
#define HOUSE_REORDER_PTS HOUSE_FRAME_PTS /* PTS - DTS of an IDR: one frame of reordering */
#define HOUSE_AUDIO_PTS 2160              /* one Layer II frame, 24 ms */
#define HOUSE_NAME_MAX 24

struct house {
    char video[HOUSE_NAME_MAX], audio[HOUSE_NAME_MAX]; /* "h264-720p25", "mp2-128k" */
    uint16_t width, height;
    uint32_t video_slots; /* packets per second of the video lane, a multiple of 16 */
    uint32_t video_lead;  /* lane slots from the cell's first slot to the whole second it is named after */
    uint32_t pcr_every;   /* every so many video lane slots carry a PCR; divides video_slots */
    uint32_t video_level_max_br; /* MaxBR of the level, bits/s, cpbBrNalFactor 1200 (H.264 Table A-1) */
    uint32_t video_level_cpb;    /* MaxCPB of the level, bits, factor 1200 */
    uint32_t audio_rate;         /* bits/s */
    uint32_t audio_bytes;        /* bytes of one Layer II frame */
    uint32_t audio_packets;      /* P: transport packets that hold one frame */
    uint32_t audio_slots;        /* packets per second of the audio lane */
    uint32_t audio_lead;         /* audio lane slots from a frame's first slot to its PTS */
};

/* Reads the two attribute values of <house>. False when a format is not known; *house is then untouched.
 * Accepted: video "h264-720p25"; audio "mp2-Nk", N one of 96 112 128 160 192 224 256 320 384. */
bool house_parse(const char *video, const char *audio, struct house *house);

/* The grid frame whose PTS is nearest to the whole second (at most 12 ms away): the first audio frame of an
 * item that starts there. Frames [house_first_frame(s), house_first_frame(s + 1)) belong to second s. */
int64_t house_first_frame(int64_t second);

#define HOUSE_AUDIO_BYTES_MAX 1152 /* a Layer II frame at 384 kb/s */
#define HOUSE_AUDIO_PACKETS_MAX 7  /* and the packets that hold it */
#define HOUSE_FRAMES_MAX 42        /* most audio frames that belong to one second */

#endif
