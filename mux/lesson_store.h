/* Where the bytes of a lesson lie: a file or memory. Internal to mux/lesson*.c. */
#ifndef MUX_LESSON_STORE_H
#define MUX_LESSON_STORE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "mux/lesson.h"

#define LESSON_HEADER 4096
#define LESSON_HEAD_HASH 8 /* every record begins with the XXH3 of its rest */
#define LESSON_MAGIC "chalkcast-lesson 1"

/* The header's text, as numbers. */
struct lesson_layout {
    uint64_t audio_at, offsets_at, length; /* bytes from the start of the file */
    uint32_t audio_frames;
};

/* Bytes of a cell's bitmap. */
static inline uint32_t lesson_bitmap_size(const struct house *house)
{
    return house->video.slots / 8;
}

static inline uint32_t lesson_audio_record(const struct house *house)
{
    return LESSON_HEAD_HASH + house->audio.packets * 188;
}

/* Header text to and from its values. parse is false when it is not the header of a lesson. */
bool lesson_header_parse(const char *text, struct lesson_info *info, struct lesson_layout *layout);
bool lesson_header_build(const struct lesson_info *info, const struct lesson_layout *layout, char *text);

#endif
