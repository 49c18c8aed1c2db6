/* The lock covers what waits, and is never held while printing, which may block. */
#include "playout/announcer.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define WAITING 32
#define TEXT 512

struct line { /* of a fault */
    int64_t second;
    char text[TEXT];
};

struct announcer {
    struct terminal terminal;
    const struct zone *zone;
    pthread_mutex_t lock;
    struct line waiting[WAITING];
    size_t count;
    uint64_t untold; /* there was no room for */
    struct line telling[WAITING];
};

struct announcer *announcer_new(const struct zone *zone)
{
    struct announcer *announcer = calloc(1, sizeof *announcer);
    if (!announcer)
        return NULL;
    announcer->zone = zone;
    terminal_init(&announcer->terminal, stdout);
    pthread_mutex_init(&announcer->lock, NULL);
    return announcer;
}

void announcer_free(struct announcer **announcer)
{
    if (*announcer)
        pthread_mutex_destroy(&(*announcer)->lock);
    free(*announcer);
    *announcer = NULL;
}

const struct terminal *announcer_get_terminal(const struct announcer *announcer)
{
    return &announcer->terminal;
}

void announcer_tell(struct announcer *announcer, int64_t second, enum style style, const char *what,
                    const char *format, ...)
{
    FILE *file = announcer->terminal.file;
    char time[CALENDAR_TEXT];
    va_list arguments;
    fprintf(file, "%s  ", calendar_format(second, announcer->zone, "%H:%M:%S", time));
    terminal_print(&announcer->terminal, style, "%s", what);
    fprintf(file, "  ");
    va_start(arguments, format);
    vfprintf(file, format, arguments);
    va_end(arguments);
    fprintf(file, "\n");
}

void announcer_leave(struct announcer *announcer, int64_t second, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    pthread_mutex_lock(&announcer->lock);
    if (announcer->count == WAITING) {
        announcer->untold++;
    } else {
        struct line *line = &announcer->waiting[announcer->count++];
        line->second = second;
        vsnprintf(line->text, sizeof line->text, format, arguments);
    }
    pthread_mutex_unlock(&announcer->lock);
    va_end(arguments);
}

void announcer_turn(struct announcer *announcer, int64_t second)
{
    pthread_mutex_lock(&announcer->lock);
    const size_t count = announcer->count;
    const uint64_t untold = announcer->untold;
    memcpy(announcer->telling, announcer->waiting, count * sizeof *announcer->telling);
    announcer->count = announcer->untold = 0;
    pthread_mutex_unlock(&announcer->lock);
    for (size_t i = 0; i < count; i++)
        announcer_tell(announcer, announcer->telling[i].second, STYLE_RED, "fault", "%s",
                       announcer->telling[i].text);
    if (untold)
        announcer_tell(announcer, second, STYLE_RED, "fault", "and %" PRIu64 " more", untold);
}
