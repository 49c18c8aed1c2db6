/* A sorted map from "VIDEO AUDIO SOURCE", the tail of a line, to the rest of it. */
#include "playout/bindings.h"

#include <glib.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define FIRST_LINE "chalkcast-bindings 1"

struct bindings {
    uint32_t stream_format;
    GTree *lessons; /* char to struct binding */
};

static int compare(gconstpointer a, gconstpointer b, gpointer context)
{
    (void)context;
    return strcmp(a, b);
}

struct bindings *bindings_new(void)
{
    struct bindings *bindings = g_new0(struct bindings, 1);
    bindings->stream_format = BINDINGS_STREAM_FORMAT;
    bindings->lessons = g_tree_new_full(compare, NULL, g_free, g_free);
    return bindings;
}

void bindings_free(struct bindings **bindings)
{
    if (*bindings)
        g_tree_unref((*bindings)->lessons);
    g_clear_pointer(bindings, g_free);
}

/* --- the file */

static bool parse_line(struct bindings *bindings, const char *line)
{
    struct binding binding;
    int behind = 0;
    if (sscanf(line, "%64[0-9a-f] %" SCNu32 " %n", binding.hash, &binding.seconds, &behind) != 2 ||
        strlen(binding.hash) != LESSON_HASH_MAX - 1 || binding.seconds == 0 || !behind || !line[behind])
        return false;
    g_tree_replace(bindings->lessons, g_strdup(line + behind), g_memdup2(&binding, sizeof binding));
    return true;
}

static bool parse_lines(struct bindings *bindings, char **lines)
{
    if (!lines[0] || strcmp(lines[0], FIRST_LINE) != 0 || !lines[1] ||
        sscanf(lines[1], "stream-format %" SCNu32, &bindings->stream_format) != 1)
        return false;
    for (char **line = lines + 2; *line; line++)
        if (**line && !parse_line(bindings, *line))
            return false;
    return true;
}

struct bindings *bindings_parse(const char *bytes, size_t length)
{
    struct bindings *bindings = bindings_new();
    char *text = g_strndup(bytes, length), **lines = g_strsplit(text, "\n", -1);
    if (!parse_lines(bindings, lines))
        bindings_free(&bindings);
    g_strfreev(lines);
    g_free(text);
    return bindings;
}

static gboolean write_line(gpointer key, gpointer value, gpointer context)
{
    const struct binding *binding = value;
    g_string_append_printf(context, "%s %" PRIu32 " %s\n", binding->hash, binding->seconds, (char *)key);
    return FALSE;
}

char *bindings_build(const struct bindings *bindings, size_t *length)
{
    GString *text = g_string_new(FIRST_LINE "\n");
    g_string_append_printf(text, "stream-format %" PRIu32 "\n", bindings->stream_format);
    g_tree_foreach(bindings->lessons, write_line, text);
    *length = text->len;
    return g_string_free(text, FALSE);
}

/* --- what it says */

uint32_t bindings_get_stream_format(const struct bindings *bindings)
{
    return bindings->stream_format;
}

static char *key_of(const char *source, const struct house *house)
{
    return g_strdup_printf("%s %s %s", house->video.name, house->audio.name, source);
}

const struct binding *bindings_get(const struct bindings *bindings, const char *source,
                                   const struct house *house)
{
    char *key = key_of(source, house);
    const struct binding *binding = bindings ? g_tree_lookup(bindings->lessons, key) : NULL;
    g_free(key);
    return binding;
}

void bindings_set(struct bindings *bindings, const char *source, const struct house *house,
                  const struct binding *binding)
{
    g_tree_replace(bindings->lessons, key_of(source, house), g_memdup2(binding, sizeof *binding));
}

static gboolean add_missing(gpointer key, gpointer value, gpointer context)
{
    GTree *lessons = context;
    if (!g_tree_lookup(lessons, key))
        g_tree_insert(lessons, g_strdup(key), g_memdup2(value, sizeof(struct binding)));
    return FALSE;
}

void bindings_complete(struct bindings *bindings, const struct bindings *others)
{
    if (others)
        g_tree_foreach(others->lessons, add_missing, bindings->lessons);
}
