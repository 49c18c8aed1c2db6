/* The first 4096 bytes of a lesson: text that a person can read, one "key value" per line. */
#include "mux/lesson_store.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

bool lesson_header_build(const struct lesson_info *info, const struct lesson_layout *layout, char *text)
{
    int length = snprintf(text, LESSON_HEADER,
                          LESSON_MAGIC "\nvideo %s\naudio %s\nseconds %" PRIu32 "\naudio-frames %" PRIu32
                                       "\naudio-at %" PRIu64 "\noffsets-at %" PRIu64 "\nlength %" PRIu64
                                       "\nsource %s\nsource-size %" PRIu64 "\nsource-mtime-ns %" PRId64
                                       "\nsource-hash %s\nencode-key %s\nprepared-at %" PRId64 "\n",
                          info->video, info->audio, info->seconds, layout->audio_frames, layout->audio_at,
                          layout->offsets_at, layout->length, info->source, info->source_size,
                          info->source_mtime_ns, info->source_hash, info->encode_key, info->prepared_at);
    if (length < 0 || length >= LESSON_HEADER)
        return false;
    memset(text + length, '\n', LESSON_HEADER - length);
    return true;
}

/* Copies the value of `key` (as " key ") into to; empty when it is not there. */
static void get_text(const char *text, const char *key, char *to, size_t size)
{
    *to = '\0';
    const char *found = strstr(text, key);
    if (!found)
        return;
    found += strlen(key);
    size_t length = strcspn(found, "\n");
    if (length < size) {
        memcpy(to, found, length);
        to[length] = '\0';
    }
}

static int64_t get_number(const char *text, const char *key)
{
    char value[24];
    int64_t number = -1;
    get_text(text, key, value, sizeof value);
    return sscanf(value, "%" SCNd64, &number) == 1 ? number : -1;
}

bool lesson_header_parse(const char *header, struct lesson_info *info, struct lesson_layout *layout)
{
    char text[LESSON_HEADER + 1];
    memcpy(text, header, LESSON_HEADER);
    text[LESSON_HEADER] = '\0';
    if (strncmp(text, LESSON_MAGIC "\n", strlen(LESSON_MAGIC) + 1) != 0)
        return false;
    memset(info, 0, sizeof *info);
    get_text(text, "\nvideo ", info->video, sizeof info->video);
    get_text(text, "\naudio ", info->audio, sizeof info->audio);
    get_text(text, "\nsource ", info->source, sizeof info->source);
    get_text(text, "\nsource-hash ", info->source_hash, sizeof info->source_hash);
    get_text(text, "\nencode-key ", info->encode_key, sizeof info->encode_key);
    int64_t seconds = get_number(text, "\nseconds "), frames = get_number(text, "\naudio-frames ");
    info->seconds = seconds;
    info->source_size = get_number(text, "\nsource-size ");
    info->source_mtime_ns = get_number(text, "\nsource-mtime-ns ");
    info->prepared_at = get_number(text, "\nprepared-at ");
    layout->audio_frames = frames;
    layout->audio_at = get_number(text, "\naudio-at ");
    layout->offsets_at = get_number(text, "\noffsets-at ");
    layout->length = get_number(text, "\nlength ");
    return seconds >= 1 && seconds <= 10000000 && frames >= 1 && frames <= 1000000000 &&
           layout->audio_at < INT64_MAX / 2 && layout->offsets_at < INT64_MAX / 2 &&
           layout->length < INT64_MAX / 2;
}
