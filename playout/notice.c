/* The sound file makes a source of it like any other: `prepare` makes the lesson again where the house format
 * has changed. */
#include "playout/notice.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "playout/terminal.h"

#define RATE 8000 /* samples a second */
#define DIGITS 16 /* of the text's hash in a file name */

char *notice_source(const char *text)
{
    char *hash = g_compute_checksum_for_string(G_CHECKSUM_SHA256, text, -1);
    char *source = g_strdup_printf("notices/%.*s.wav", DIGITS, hash);
    g_free(hash);
    return source;
}

/* --- lines */

/* The bytes of what fits into a line: up to a space, or anywhere between letters that are as wide as high. */
static size_t fit(const char *text)
{
    size_t length = 0, good = 0;
    for (const char *c = text; *c; c = g_utf8_next_char(c)) {
        char *head = g_strndup(text, (gsize)(g_utf8_next_char(c) - text));
        const bool fits = terminal_columns(head) <= NOTICE_COLUMNS;
        g_free(head);
        if (!fits)
            return good ? good : length;
        length = (size_t)(g_utf8_next_char(c) - text);
        if (*c == ' ' || g_unichar_iswide(g_utf8_get_char(c)))
            good = length;
    }
    return length;
}

char *notice_wrap(const char *text)
{
    GString *lines = g_string_new(NULL);
    int count = 0;
    for (; *text; count++) {
        const size_t length = fit(text);
        char *line = g_strndup(text, length);
        g_string_append_printf(lines, "%s%s", count ? "\n" : "", g_strstrip(line));
        g_free(line);
        text += length;
    }
    const bool good = count > 0 && count <= NOTICE_LINES;
    return g_string_free(lines, !good);
}

/* --- the lesson */

/* A second of silence, RIFF WAVE, 16 bits, mono. */
static GByteArray *build_silence(void)
{
    const uint32_t bytes = RATE * 2, riff = GUINT32_TO_LE(36 + bytes), data = GUINT32_TO_LE(bytes);
    const uint32_t rates[] = {GUINT32_TO_LE(RATE), GUINT32_TO_LE(RATE * 2)};
    static const guint8 format[] = {'W', 'A', 'V', 'E', 'f', 'm', 't', ' ', 16, 0, 0, 0, 1, 0, 1, 0},
                        sample[] = {2, 0, 16, 0, 'd', 'a', 't', 'a'};
    GByteArray *file = g_byte_array_new();
    g_byte_array_append(file, (const guint8 *)"RIFF", 4);
    g_byte_array_append(file, (const guint8 *)&riff, sizeof riff);
    g_byte_array_append(file, format, sizeof format);
    g_byte_array_append(file, (const guint8 *)rates, sizeof rates);
    g_byte_array_append(file, sample, sizeof sample);
    g_byte_array_append(file, (const guint8 *)&data, sizeof data);
    const guint at = file->len;
    g_byte_array_set_size(file, at + bytes);
    memset(file->data + at, 0, bytes);
    return file;
}

static bool write_silence(const char *path, char **error)
{
    GError *fault = NULL;
    char *folder = g_path_get_dirname(path);
    GByteArray *file = build_silence();
    const bool good = g_mkdir_with_parents(folder, 0777) == 0 &&
                      g_file_set_contents(path, (const char *)file->data, (gssize)file->len, &fault);
    if (!good)
        *error = g_strdup_printf("%s: %s", path, fault ? fault->message : g_strerror(errno));
    g_clear_error(&fault);
    g_byte_array_unref(file);
    g_free(folder);
    return good;
}

static bool make(const struct studio *station, size_t format, const char *path, const char *source,
                 const char *lines, char **error)
{
    struct sidecars sidecars;
    struct prepare_result result;
    sidecars_init(&sidecars, path);
    struct prepare_job job = keys_job(station->keys[format], path, &sidecars);
    char *folder = studio_file(station, "lessons", NULL);
    job.source = source;
    job.title = lines;
    job.directory = folder;
    job.threads = 1;
    const bool good = prepare_lesson(&job, &result);
    if (!good)
        *error = g_strdup(result.error);
    sidecars_fini(&sidecars);
    g_free(folder);
    return good;
}

/* In this format. */
static bool has_lesson(const struct library *library, const char *source, size_t format)
{
    for (size_t i = 0; i < library_count(library); i++) {
        const struct library_lesson *lesson = library_lesson(library, i);
        if (lesson->fault == LESSON_OK && lesson->format == format &&
            strcmp(lesson->info.source, source) == 0)
            return true;
    }
    return false;
}

bool notice_prepare(const struct studio *station, const struct library *library, const char *text,
                    char **error)
{
    char *lines = notice_wrap(text), *source = notice_source(text);
    char *path = studio_file(station, "sources", source);
    bool good = lines != NULL;
    if (!lines)
        *error = g_strdup_printf("the text does not fit in %d lines of %d Chinese letters", NOTICE_LINES,
                                 NOTICE_COLUMNS / 2);
    if (good && !g_file_test(path, G_FILE_TEST_EXISTS))
        good = write_silence(path, error);
    for (size_t i = 0; good && i < station->formats.count; i++)
        good = has_lesson(library, source, i) || make(station, i, path, source, lines, error);
    g_free(path);
    g_free(source);
    g_free(lines);
    return good;
}
