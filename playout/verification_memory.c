#include "playout/verification_memory.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#define FIRST_LINE "chalkcast-verified-lessons 1\n"
#define LAST_LINE "end %016" PRIx64 "\n"
#define LAST_LENGTH 21

/* The lines between the first and the last; NULL when the file is not whole. */
static char *find_lines(char *text, size_t length)
{
    char last[LAST_LENGTH + 1];
    if (length < strlen(FIRST_LINE) + LAST_LENGTH || strncmp(text, FIRST_LINE, strlen(FIRST_LINE)) != 0)
        return NULL;
    char *end = text + length - LAST_LENGTH;
    g_snprintf(last, sizeof last, LAST_LINE, (uint64_t)XXH3_64bits(text, (size_t)(end - text)));
    if (strcmp(end, last) != 0)
        return NULL;
    *end = '\0';
    return text + strlen(FIRST_LINE);
}

/* By hand: a start reads a line for every lesson. False when it is none. */
static bool parse(char **at, struct verification_line *line)
{
    uint64_t *const numbers[] = {&line->stamp.device, &line->stamp.inode, &line->stamp.size};
    int64_t *const times[] = {&line->stamp.mtime_ns, &line->stamp.ctime_ns};
    const size_t digits = LESSON_HASH_MAX - 1;
    if (strspn(*at, "0123456789abcdef") != digits)
        return false;
    memcpy(line->hash, *at, digits);
    *at += digits;
    line->right = g_str_has_prefix(*at, " right ");
    if (!line->right && !g_str_has_prefix(*at, " wrong "))
        return false;
    *at += strlen(" right ");
    for (size_t i = 0; i < G_N_ELEMENTS(numbers); i++)
        *numbers[i] = strtoull(*at, at, 10);
    for (size_t i = 0; i < G_N_ELEMENTS(times); i++)
        *times[i] = strtoll(*at, at, 10);
    return *(*at)++ == '\n';
}

void verification_memory_read(const char *path,
                              void (*take)(void *context, const struct verification_line *line),
                              void *context)
{
    char *text;
    gsize length;
    if (!g_file_get_contents(path, &text, &length, NULL))
        return;
    struct verification_line line = {0};
    char *at = find_lines(text, length);
    while (at && *at && parse(&at, &line))
        take(context, &line);
    g_free(text);
}

GString *verification_memory_begin(void)
{
    return g_string_new(FIRST_LINE);
}

void verification_memory_add(GString *text, const struct verification_line *line)
{
    const struct verification_stamp *stamp = &line->stamp;
    g_string_append_printf(text, "%s %s %" PRIu64 " %" PRIu64 " %" PRIu64 " %" PRId64 " %" PRId64 "\n",
                           line->hash, line->right ? "right" : "wrong", stamp->device, stamp->inode,
                           stamp->size, stamp->mtime_ns, stamp->ctime_ns);
}

bool verification_memory_write(const char *path, GString *text)
{
    g_string_append_printf(text, LAST_LINE, (uint64_t)XXH3_64bits(text->str, text->len));
    const bool good = g_file_set_contents(path, text->str, (gssize)text->len, NULL);
    g_string_free(text, TRUE);
    return good;
}
