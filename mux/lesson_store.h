/* Where the bytes of a lesson lie: a file or memory. Internal to mux/lesson*.c. */
#ifndef MUX_LESSON_STORE_H
#define MUX_LESSON_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "mux/lesson.h"

#define LESSON_HEADER 4096
#define LESSON_HEAD_HASH 8 /* every record begins with the XXH3 of its rest */
#define LESSON_MAGIC "chalkcast-lesson 2"
#define LESSON_MAGIC_OLD "chalkcast-lesson 1"

#define LESSON_ALIGN 8
#define LESSON_BITMAP_MAX (UINT16_MAX / 8)

/* The header's text, as numbers. */
struct lesson_layout {
    uint64_t audio_at, offsets_at, length; /* bytes from the start of the file */
    uint32_t audio_frames;                 /* of each track */
};

static inline uint64_t lesson_aligned(uint64_t bytes)
{
    return (bytes + LESSON_ALIGN - 1) / LESSON_ALIGN * LESSON_ALIGN;
}

/* Bytes of the record of a cell of a lane with these slots. */
static inline uint64_t lesson_cell_record(uint32_t slots, uint32_t count)
{
    return lesson_aligned(LESSON_HEAD_HASH + sizeof count + slots / 8 + count * UINT64_C(188));
}

static inline uint64_t lesson_audio_record(const struct audio_format *audio)
{
    return lesson_aligned(LESSON_HEAD_HASH + audio->packets * 188);
}

struct lesson {
    int descriptor;        /* -1: in memory */
    const uint8_t *memory; /* not ours, unless ... */
    uint8_t *owned;        /* ... these are the same bytes */
    struct house house;
    struct lesson_info info;
    struct lesson_layout layout;
    /* [1 + subtitle tracks][seconds + 1], of the cells of each; the last of a row is where they end */
    uint64_t *offsets;
};

/* Fills the vectors from `offset`; false when not all of it is there. */
bool lesson_store_read(const struct lesson *lesson, uint64_t offset, struct iovec *parts, int count);

/* Writes the record of a cell; `record` has room for it. Returns its bytes. */
uint64_t lesson_cell_build(const struct cell *cell, uint32_t slots, uint8_t *record);

/* Header text to and from its values. parse is LESSON_OK, LESSON_NOT_A_LESSON or LESSON_OLD. */
enum lesson_error lesson_header_parse(const char *text, struct lesson_info *info,
                                      struct lesson_layout *layout);
bool lesson_header_build(const struct lesson_info *info, const struct lesson_layout *layout, char *text);

#endif
