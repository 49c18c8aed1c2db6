/* A prepared lesson: a file of cells and audio frames, ready but for the date.
 *
 * Layout, little-endian, every record at a multiple of 8 bytes:
 *   bytes 0..4095     text, one "key value" per line, padded with newlines (`head -c 4096` reads it); the
 *                     first line is "chalkcast-lesson 2"; a line per track
 *   cells             each: u64 XXH3 of the rest, u32 count, bitmap of the lane's slots, count * 188 bytes
 *   audio frames      track after track, each: u64 XXH3 of the rest, house->audio.packets * 188 bytes
 *   subtitle cells    track after track, like cells
 *   offsets           u64 each, one per second, of the cells, then of each track of subtitles
 * The file is named by the SHA-256 of its bytes. Only whole, finished files carry the name: the writer works
 * on a temporary name beside it. Reading checks every hash, so a damaged part is never sent. */
#ifndef MUX_LESSON_H
#define MUX_LESSON_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/cell.h"
#include "mux/house.h"

#define LESSON_SUFFIX ".lesson"
#define LESSON_HASH_MAX 65 /* 64 hexadecimal digits and NUL */
#define LESSON_SOURCE_MAX 1024

enum lesson_error {
    LESSON_OK = 0,
    LESSON_CANNOT_OPEN = -1, /* errno tells why */
    LESSON_NOT_A_LESSON = -2,
    LESSON_OTHER_HOUSE = -3,  /* made for another house format */
    LESSON_DAMAGED = -4,      /* short, or a hash does not match */
    LESSON_CANNOT_WRITE = -5, /* errno tells why */
    LESSON_OLD = -6,          /* by an earlier version of chalkcast: to be prepared again */
    LESSON_MISNAMED = -7      /* whole, but its bytes are not those of its name */
};
const char *lesson_error_text(enum lesson_error error);

/* What a service carries, and what a lesson has: the first audio is the main one. */
struct track {
    char language[4];  /* ISO 639-2/B, "chi"; "" in a lesson: not said */
    bool for_impaired; /* audio description, or subtitles for the hard of hearing */
};
struct tracks {
    struct track audio[HOUSE_AUDIO_TRACKS], subtitles[HOUSE_SUBTITLE_TRACKS];
    uint32_t audio_count, subtitle_count;
};
/* Which track of a lesson a service's track shows: the one of the same language and kind; an audio that the
 * lesson lacks repeats its first; -1 for subtitles that it lacks. */
int tracks_find_audio(const struct tracks *lesson, const struct track *wanted);
int tracks_find_subtitles(const struct tracks *lesson, const struct track *wanted);

struct lesson_info {
    char video[HOUSE_NAME_MAX], audio[HOUSE_NAME_MAX];
    struct tracks tracks;
    uint32_t seconds;                  /* cells in the file, at least 1 */
    char source[LESSON_SOURCE_MAX];    /* as the timetable names it; UTF-8, no newline */
    uint64_t source_size;              /* bytes */
    int64_t source_mtime_ns;           /* of the file when it was read */
    char source_hash[LESSON_HASH_MAX]; /* SHA-256 of the source */
    char encode_key[LESSON_HASH_MAX];  /* SHA-256 of source hash, house, preset, loudness, logo, encoder
                                          version */
    int64_t prepared_at;               /* Unix seconds */
};

/* One second of a lesson, in memory: what the lanes of a service need. The packets are as they are in the
 * file: PID, PCR and the counters and PTS of audio unset, PTS and DTS of cells relative. multiplex_fill()
 * sets them while it copies, so the same packets may be shown at any time and at several times. */
struct lesson_second {
    int64_t second; /* the whole second of the stream's time scale at which its first frame is presented */
    struct cell *cell;
    int64_t first_frame; /* grid number of the first audio frame */
    uint32_t frames;     /* audio frames, at most HOUSE_FRAMES_MAX */
    /* per track of the service: frames * house->audio.packets * 188 bytes, from the first frame on */
    uint8_t *audio[HOUSE_AUDIO_TRACKS];
    struct cell *subtitles[HOUSE_SUBTITLE_TRACKS];

    uint32_t number; /* which second of the lesson it is */
    /* per track: every frame that belongs to that second, wherever the lesson begins on the grid */
    uint8_t *frames_room[HOUSE_AUDIO_TRACKS];
};
/* Room for one second of a service with these tracks; the rest of the pointers are NULL. */
struct lesson_second *lesson_second_new(const struct house *house, const struct tracks *tracks);
void lesson_second_free(struct lesson_second **second);
/* Bytes that it takes. */
size_t lesson_second_size(const struct house *house, const struct tracks *tracks);
/* Says when what was read is shown. A copy of the struct may be dated: it shares the packets, and lasts as
 * long as they do. */
void lesson_second_date(struct lesson_second *second, const struct audio_format *audio, int64_t at);

struct lesson;

/* Opens a file for reading and checks its header and size. *lesson is set only on LESSON_OK; free it with
 * lesson_free(). The descriptor stays open, so a file that is unlinked still plays. */
enum lesson_error lesson_open(const char *path, const struct house *house, struct lesson **lesson);
/* The same for a lesson in memory (the compiled-in picture); `bytes` must outlive it. */
enum lesson_error lesson_open_memory(const uint8_t *bytes, size_t length, const struct house *house,
                                     struct lesson **lesson);
/* A lesson of one second without sound, its picture this cell (not dated yet). NULL when memory is out. */
struct lesson *lesson_of_cell(const struct cell *cell, const struct house *house);
/* Reads only the header text, whatever the house. *info is also set on LESSON_OLD. */
enum lesson_error lesson_read_info(const char *path, struct lesson_info *info);
const struct lesson_info *lesson_info(const struct lesson *lesson);
/* Of the open file, which stays the lesson's; -1 when it is in memory. */
int lesson_get_descriptor(const struct lesson *lesson);
void lesson_free(struct lesson **lesson);

/* Reads cell `cell` (< seconds) and its audio into *out, to be shown at `second`. The audio belongs to a run
 * of the lesson that began at `second - cell`. LESSON_OK or LESSON_DAMAGED (then *out is not meaningful). No
 * allocation. */
enum lesson_error lesson_read(const struct lesson *lesson, const struct tracks *service, uint32_t cell,
                              int64_t second, struct lesson_second *out);

/* The same with silence of this house instead of the lesson's sound: the compiled-in picture goes with any
 * sound. */
enum lesson_error lesson_read_silent(const struct lesson *lesson, const struct tracks *service, uint32_t cell,
                                     int64_t second, const struct house *house, struct lesson_second *out);

struct lesson_writer;

/* Begins a lesson in `directory` under a temporary name that starts with ".partial-". A lesson without audio
 * tracks can only be read silent. NULL with errno set. */
struct lesson_writer *lesson_writer_new(const char *directory, const struct house *house,
                                        const struct tracks *tracks);
/* Adds the next video cell, the next frame of an audio track (at most house->audio.bytes), or the next cell
 * of a subtitle track; each track may run ahead of the others. LESSON_OK or LESSON_CANNOT_WRITE. */
enum lesson_error lesson_writer_add_cell(struct lesson_writer *writer, const struct cell *cell);
enum lesson_error lesson_writer_add_audio(struct lesson_writer *writer, uint32_t track, const uint8_t *frame,
                                          uint32_t length);
enum lesson_error lesson_writer_add_subtitles(struct lesson_writer *writer, uint32_t track,
                                              const struct cell *cell);
/* Finishes: pads the audio with silence and the subtitles with nothing to the end of the last cell, writes
 * the header (info->seconds, video, audio and tracks are set by the writer), syncs, names the file by its
 * hash, which is returned in hash[LESSON_HASH_MAX]. Frees the writer whatever happens and nulls it. */
enum lesson_error lesson_writer_finish(struct lesson_writer **writer, struct lesson_info *info, char *hash);
/* Gives up: removes the temporary file. */
void lesson_writer_free(struct lesson_writer **writer);

/* SHA-256 of a file as 64 hexadecimal digits. LESSON_OK or LESSON_CANNOT_OPEN. */
enum lesson_error lesson_hash_file(const char *path, char *hash);
/* The same of an open file, from its beginning. `goes_on`, which may be NULL, is asked behind every 64 KiB;
 * false gives up, which is LESSON_CANNOT_OPEN too. */
enum lesson_error lesson_hash_descriptor(int descriptor, bool (*goes_on)(void *context), void *context,
                                         char *hash);

#endif
