/* A growing list of faults. Texts may quote what the user wrote, so control characters are made spaces: one
 * diagnostic is one line wherever it is printed. */
#include "schedules/diagnostics.h"

#include <glib.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void make_one_line(char *text)
{
    for (char *c = text; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7F)
            *c = ' ';
    for (size_t end = strlen(text); end > 0 && text[end - 1] == ' '; end--)
        text[end - 1] = '\0';
}

/* Room for one more; the list grows at powers of two. */
static struct diagnostic *next_place(struct diagnostics *diagnostics)
{
    size_t count = diagnostics->count;
    if ((count & (count - 1)) == 0) {
        size_t room = count ? 2 * count : 1;
        struct diagnostic *list = reallocarray(diagnostics->list, room, sizeof *list);
        if (!list)
            return NULL;
        diagnostics->list = list;
    }
    return &diagnostics->list[count];
}

void diagnostics_add(struct diagnostics *diagnostics, enum severity severity, const char *file, int line,
                     const char *format, ...)
{
    if (severity == SEVERITY_ERROR)
        diagnostics->errors++;
    else
        diagnostics->warnings++;

    va_list arguments;
    va_start(arguments, format);
    char *text = NULL;
    int written = vasprintf(&text, format, arguments);
    va_end(arguments);
    if (written < 0)
        return;
    make_one_line(text);

    char *name = strdup(file);
    struct diagnostic *place = name ? next_place(diagnostics) : NULL;
    if (!place) {
        free(name);
        free(text);
        return;
    }
    *place = (struct diagnostic){severity, name, line, text};
    diagnostics->count++;
}

void diagnostics_append(struct diagnostics *diagnostics, const struct diagnostics *more)
{
    for (size_t i = 0; i < more->count; i++)
        diagnostics_add(diagnostics, more->list[i].severity, more->list[i].file, more->list[i].line, "%s",
                        more->list[i].text);
}

static int by_line(const void *a, const void *b, void *unused)
{
    (void)unused;
    const struct diagnostic *left = a, *right = b;
    return (left->line > right->line) - (left->line < right->line);
}

void diagnostics_sort(struct diagnostics *diagnostics, size_t first)
{
    if (first < diagnostics->count) /* of GLib because it is stable */
        g_qsort_with_data(diagnostics->list + first, (int)(diagnostics->count - first),
                          sizeof *diagnostics->list, by_line, NULL);
}

void diagnostics_fini(struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++) {
        free(diagnostics->list[i].file);
        free(diagnostics->list[i].text);
    }
    free(diagnostics->list);
    *diagnostics = (struct diagnostics){0};
}
