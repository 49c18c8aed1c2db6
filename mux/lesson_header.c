/* The first 4096 bytes of a lesson: text that a person can read, one "key value" per line. */
#include "mux/lesson_store.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECONDS_MAX 10000000
#define FRAMES_MAX 1000000000
#define AUDIO_KEY "track-audio"
#define SUBTITLES_KEY "track-subtitles"
#define NO_LANGUAGE "-" /* not said */

struct writing {
    char *text;
    size_t length; /* larger than LESSON_HEADER: does not fit */
};

static void __attribute__((format(printf, 2, 3))) add(struct writing *writing, const char *format, ...)
{
    va_list arguments;
    if (writing->length >= LESSON_HEADER)
        return;
    va_start(arguments, format);
    writing->length += (size_t)vsnprintf(writing->text + writing->length, LESSON_HEADER - writing->length,
                                         format, arguments);
    va_end(arguments);
}

static void add_tracks(struct writing *writing, const char *key, const struct track *tracks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        add(writing, "%s %s%s\n", key, *tracks[i].language ? tracks[i].language : NO_LANGUAGE,
            tracks[i].for_impaired ? " impaired" : "");
}

bool lesson_header_build(const struct lesson_info *info, const struct lesson_layout *layout, char *text)
{
    struct writing writing = {.text = text};
    const struct tracks *tracks = &info->tracks;
    add(&writing, LESSON_MAGIC "\nvideo %s\naudio %s\nseconds %" PRIu32 "\naudio-frames %" PRIu32 "\n",
        info->video, info->audio, info->seconds, layout->audio_frames);
    add_tracks(&writing, AUDIO_KEY, tracks->audio, tracks->audio_count);
    add_tracks(&writing, SUBTITLES_KEY, tracks->subtitles, tracks->subtitle_count);
    add(&writing, "audio-at %" PRIu64 "\noffsets-at %" PRIu64 "\nlength %" PRIu64 "\n", layout->audio_at,
        layout->offsets_at, layout->length);
    add(&writing, "source %s\nsource-size %" PRIu64 "\nsource-mtime-ns %" PRId64 "\nsource-hash %s\n",
        info->source, info->source_size, info->source_mtime_ns, info->source_hash);
    add(&writing, "encode-key %s\nprepared-at %" PRId64 "\n", info->encode_key, info->prepared_at);
    if (writing.length >= LESSON_HEADER)
        return false;
    memset(text + writing.length, '\n', LESSON_HEADER - writing.length);
    return true;
}

/* Copies the value of `key` (as "\nkey ") into to; empty when it is not there. */
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

/* "chi" or "chi impaired" to the end of the line. */
static bool parse_track(const char *text, struct track *track)
{
    char language[4] = "";
    int length = 0;
    *track = (struct track){0};
    if (sscanf(text, "%3[a-z-]%n", language, &length) != 1)
        return false;
    text += length;
    track->for_impaired = strncmp(text, " impaired\n", 10) == 0;
    if (!track->for_impaired && *text != '\n')
        return false;
    if (strcmp(language, NO_LANGUAGE) != 0)
        memcpy(track->language, language, sizeof language);
    return strcmp(language, NO_LANGUAGE) == 0 || (strlen(language) == 3 && !strchr(language, '-'));
}

/* The lines of one key, in their order; false when there are too many or one is wrong. */
static bool parse_tracks(const char *text, const char *key, uint32_t room, struct track *tracks,
                         uint32_t *count)
{
    size_t length = strlen(key);
    for (const char *line = text; (line = strstr(line, key)); line += length) {
        if (*count == room || !parse_track(line + length, &tracks[*count]))
            return false;
        ++*count;
    }
    return true;
}

static void parse_info(const char *text, struct lesson_info *info)
{
    memset(info, 0, sizeof *info);
    get_text(text, "\nvideo ", info->video, sizeof info->video);
    get_text(text, "\naudio ", info->audio, sizeof info->audio);
    get_text(text, "\nsource ", info->source, sizeof info->source);
    get_text(text, "\nsource-hash ", info->source_hash, sizeof info->source_hash);
    get_text(text, "\nencode-key ", info->encode_key, sizeof info->encode_key);
    info->source_size = get_number(text, "\nsource-size ");
    info->source_mtime_ns = get_number(text, "\nsource-mtime-ns ");
    info->prepared_at = get_number(text, "\nprepared-at ");
}

enum lesson_error lesson_header_parse(const char *header, struct lesson_info *info,
                                      struct lesson_layout *layout)
{
    char text[LESSON_HEADER + 1];
    struct tracks *tracks = &info->tracks;
    memcpy(text, header, LESSON_HEADER);
    text[LESSON_HEADER] = '\0';
    bool old = strncmp(text, LESSON_MAGIC_OLD "\n", strlen(LESSON_MAGIC_OLD) + 1) == 0;
    if (!old && strncmp(text, LESSON_MAGIC "\n", strlen(LESSON_MAGIC) + 1) != 0)
        return LESSON_NOT_A_LESSON;
    parse_info(text, info);
    if (old)
        return LESSON_OLD;
    int64_t seconds = get_number(text, "\nseconds "), frames = get_number(text, "\naudio-frames ");
    info->seconds = seconds;
    layout->audio_frames = frames;
    layout->audio_at = get_number(text, "\naudio-at ");
    layout->offsets_at = get_number(text, "\noffsets-at ");
    layout->length = get_number(text, "\nlength ");
    bool good =
        parse_tracks(text, "\n" AUDIO_KEY " ", HOUSE_AUDIO_TRACKS, tracks->audio, &tracks->audio_count) &&
        parse_tracks(text, "\n" SUBTITLES_KEY " ", HOUSE_SUBTITLE_TRACKS, tracks->subtitles,
                     &tracks->subtitle_count) &&
        seconds >= 1 && seconds <= SECONDS_MAX && frames >= 0 && frames <= FRAMES_MAX &&
        layout->audio_at < INT64_MAX / 2 && layout->offsets_at < INT64_MAX / 2 &&
        layout->length < INT64_MAX / 2;
    return good ? LESSON_OK : LESSON_NOT_A_LESSON;
}
