#include "playout/asrun_log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#define WAITING_MAX (4u << 20) /* bytes: half a day of a multiplex; then seconds wait in their ring */

struct asrun_log {
    const char *folder, *station, *multiplex;
    const struct zone *zone;
    int descriptor;   /* -1: none is open */
    int64_t day;      /* of the open file */
    char *name;       /* of the file that was written last; NULL: none */
    size_t length;    /* bytes of the open file that are lines */
    GString *waiting; /* lines behind them */
    uint8_t chain[ASRUN_CHAIN];
};

/* --- names */

static bool is_name(const char *name, const char *multiplex)
{
    const size_t length = strlen(multiplex);
    return strlen(name) == length + ASRUN_DAY && strncmp(name, multiplex, length) == 0 && name[length] == '-';
}

static int compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

char **asrun_names(const char *folder, const char *multiplex)
{
    GPtrArray *names = g_ptr_array_new();
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (is_name(name, multiplex))
            g_ptr_array_add(names, g_strdup(name));
    if (dir)
        g_dir_close(dir);
    g_ptr_array_sort(names, compare);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

char *asrun_name(const char *multiplex, int64_t second, const struct zone *zone)
{
    char day[CALENDAR_TEXT];
    return g_strdup_printf("%s-%s", multiplex, calendar_format(second, zone, "%Y-%m-%d", day));
}

/* --- reading */

static void note(struct asrun_end *end, const struct asrun_line *line)
{
    if (line->kind == ASRUN_BEGIN && end->lines == 1) {
        end->begun = true;
        g_strlcpy(end->before, line->file, sizeof end->before);
        memcpy(end->before_chain, line->chain, ASRUN_CHAIN);
    } else if (line->kind == ASRUN_SENT || line->kind == ASRUN_HOLE || line->kind == ASRUN_OFF) {
        end->sent = true;
        end->off = line->kind == ASRUN_OFF;
        end->second = line->second;
        end->last = line->last;
    }
}

bool asrun_read(const char *path, asrun_visit *visit, void *context, struct asrun_end *end)
{
    char *text;
    gsize length;
    *end = (struct asrun_end){0};
    errno = 0;
    if (!g_file_get_contents(path, &text, &length, NULL))
        return false;
    for (char *next = text, *stop; (stop = memchr(next, '\n', (size_t)(text + length - next)));
         next = stop + 1) {
        struct asrun_line line;
        bool linked;
        *stop = '\0';
        const bool good = asrun_line_parse(next, &line, end->chain, &linked);
        end->lines++;
        end->length = (size_t)(stop + 1 - text);
        if (good)
            note(end, &line);
        if ((!good || !linked || !end->begun) && !end->broken)
            end->broken = end->lines;
        if (good && visit)
            visit(context, &line, end->chain);
    }
    g_free(text);
    return true;
}

/* --- adding */

struct asrun_log *asrun_log_new(const char *folder, const char *station, const char *multiplex,
                                const struct zone *zone, struct asrun_end *end)
{
    *end = (struct asrun_end){0};
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return NULL;
    char **names = asrun_names(folder, multiplex);
    const guint count = g_strv_length(names);
    char *path = count ? g_build_filename(folder, names[count - 1], NULL) : NULL;
    struct asrun_log *log = NULL;
    if (!path || asrun_read(path, NULL, NULL, end)) {
        log = g_new(struct asrun_log, 1);
        *log = (struct asrun_log){.folder = folder,
                                  .station = station,
                                  .multiplex = multiplex,
                                  .zone = zone,
                                  .descriptor = -1,
                                  .name = count ? g_strdup(names[count - 1]) : NULL,
                                  .waiting = g_string_new(NULL)};
        memcpy(log->chain, end->chain, sizeof log->chain);
    }
    g_free(path);
    g_strfreev(names);
    return log;
}

void asrun_log_free(struct asrun_log **log)
{
    if (!*log)
        return;
    if ((*log)->descriptor >= 0)
        close((*log)->descriptor);
    g_string_free((*log)->waiting, TRUE);
    g_free((*log)->name);
    g_free(*log);
    *log = NULL;
}

void asrun_log_add(struct asrun_log *log, const struct asrun_line *line)
{
    asrun_line_append(line, log->waiting, log->chain);
}

static void begin(struct asrun_log *log, const char *day)
{
    struct asrun_line line = {.kind = ASRUN_BEGIN,
                              .station = log->station,
                              .multiplex = log->multiplex,
                              .day = day,
                              .file = log->name ? log->name : "-"};
    memcpy(line.chain, log->chain, sizeof line.chain);
    memset(log->chain, 0, sizeof log->chain);
    asrun_log_add(log, &line);
}

/* For this process alone, without what a kill left of a line; -1 when that cannot be. */
static int open_locked(const char *path, size_t length)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return -1;
    if (flock(descriptor, LOCK_EX | LOCK_NB) == 0 && ftruncate(descriptor, (off_t)length) == 0)
        return descriptor;
    close(descriptor);
    return -1;
}

static bool open_file(struct asrun_log *log, int64_t second)
{
    char *name = asrun_name(log->multiplex, second, log->zone);
    char *path = g_build_filename(log->folder, name, NULL);
    struct asrun_end end = {0};
    const bool there = asrun_read(path, NULL, NULL, &end);
    const int descriptor = there || errno == ENOENT ? open_locked(path, end.length) : -1;
    g_free(path);
    if (descriptor < 0) {
        g_free(name);
        return false;
    }
    log->descriptor = descriptor;
    log->day = calendar_day(second, log->zone);
    log->length = end.length;
    if (end.lines > 0)
        memcpy(log->chain, end.chain, sizeof log->chain);
    else
        begin(log, name + strlen(log->multiplex) + 1);
    g_free(log->name);
    log->name = name;
    return true;
}

enum asrun_turn asrun_log_turn(struct asrun_log *log, int64_t second)
{
    if (log->descriptor >= 0 && calendar_day(second, log->zone) == log->day)
        return log->waiting->len < WAITING_MAX ? ASRUN_SAME_DAY : ASRUN_LATER;
    if (log->descriptor >= 0) {
        if (!asrun_log_flush(log, true))
            return ASRUN_LATER;
        close(log->descriptor);
        log->descriptor = -1;
    }
    return open_file(log, second) ? ASRUN_NEW_DAY : ASRUN_LATER;
}

/* All or nothing counts: what a full disk took of it is written again. */
static bool write_all(int descriptor, const char *bytes, size_t length, size_t at)
{
    while (length > 0) {
        const ssize_t written = pwrite(descriptor, bytes, length, (off_t)at);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0)
            return false;
        bytes += written;
        length -= (size_t)written;
        at += (size_t)written;
    }
    return true;
}

bool asrun_log_flush(struct asrun_log *log, bool sync)
{
    if (log->descriptor < 0)
        return true;
    if (!write_all(log->descriptor, log->waiting->str, log->waiting->len, log->length))
        return false;
    log->length += log->waiting->len;
    g_string_truncate(log->waiting, 0);
    return !sync || fdatasync(log->descriptor) == 0;
}
