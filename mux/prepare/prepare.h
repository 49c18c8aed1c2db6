/* Preparation: any file that FFmpeg reads becomes a lesson of the house (the only user of FFmpeg on the way
 * to air).
 *
 * Encode: decode, deinterlace, rotate, scale and pad to the raster, 25 fps, logo, loudness, closed GOPs of
 * one second by x264 and Layer II frames; silence where there is no sound, a slate where there is no picture.
 * Lay out: each GOP into its cell; one that does not fit is encoded again, smaller. The decoder model is
 * verified; the lesson appears whole, under its hash, or not at all. */
#ifndef MUX_PREPARE_PREPARE_H
#define MUX_PREPARE_PREPARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mux/house.h"
#include "mux/lesson.h"

/* A file beside the source that holds one more track. */
enum prepare_kind { PREPARE_AUDIO, PREPARE_SUBTITLES };
struct prepare_sidecar {
    const char *path;
    enum prepare_kind kind;
    char language[4]; /* ISO 639-2/B */
    bool for_impaired;
};

struct prepare_job {
    const struct house *house;
    const char *path;      /* the file to read */
    const char *source;    /* its name in timetables */
    const char *logo;      /* path of an image with transparency or NULL */
    const char *title;     /* drawn on the slate when there is no picture, in up to 6 lines; may be NULL */
    const char *preset;    /* x264 preset */
    double loudness;       /* LKFS */
    const char *directory; /* lessons/ */
    unsigned threads;      /* encoders at work at once, at least 1 */
    /* What the service carries; NULL: one sound in any language. A track is taken from a sidecar of its
     * language and kind, else from a stream of the source; the first sound, which every lesson has, from
     * the best stream when neither has its language. A lesson that lacks another has no such track. */
    const struct tracks *tracks;
    const struct prepare_sidecar *sidecars;
    size_t sidecar_count;
    /* Called from the calling thread now and then: seconds done, seconds expected (0: not known). Returning
     * false gives up. May be NULL. */
    bool (*progress)(void *context, double done, double total);
    void *context;
};

struct prepare_result {
    struct lesson_info info;
    char hash[LESSON_HASH_MAX]; /* of the lesson, when it was made */
    char error[256];            /* what is wrong and what to do, when it was not; else a remark or "" */
    uint32_t again;             /* GOPs that were encoded again to fit */
};

/* The key under which an encode of this file is known (lesson_info.encode_key), and the file's size, mtime
 * and hash in result->info. False with result->error when the file or the logo cannot be read. */
bool prepare_key(const struct prepare_job *job, struct prepare_result *result);

/* Makes the lesson. False with result->error; nothing is then left behind. */
bool prepare_lesson(const struct prepare_job *job, struct prepare_result *result);

/* Removes what a killed run left in lessons/ (".partial-*" files whose process is gone). */
void prepare_clean(const char *directory);

#endif
