#include "playout/asrun_log.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "playout/asrun_verify.h"

#define WAITING_MAX (4u << 20) /* bytes: half a day of a multiplex; then seconds wait in their ring */

struct asrun_log {
    const char *folder, *station, *multiplex;
    const struct zone *zone;
    int descriptor;   /* -1: none is open */
    int64_t day;      /* of the open file */
    char *name;       /* of the file that was written last; NULL: none */
    size_t length;    /* bytes of the open file that are lines */
    GString *waiting; /* lines behind them */
    size_t lines;     /* all of these */
    uint8_t chain[ASRUN_CHAIN];
    bool anchored; /* the head is behind all that is written */
    char *cut;     /* the head that it did not reach when it was opened, "-": it was gone; NULL: it did */
    bool cut_told; /* in a line */
};

/* --- names */

static bool is_name(const char *name, const char *multiplex)
{
    const size_t length = strlen(multiplex);
    return strlen(name) == length + ASRUN_DAY && strncmp(name, multiplex, length) == 0 &&
           name[length] == '-' && strspn(name + length, "-0123456789") == ASRUN_DAY;
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
    } else if (line->kind == ASRUN_CUT && !end->cut) {
        end->cut = end->lines;
    } else if (line->kind == ASRUN_SHOW) {
        end->newest = MAX(end->newest, line->shown.revision);
    } else if (line->kind == ASRUN_GUIDE) {
        end->newest = MAX(end->newest, line->count);
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

/* Does the log that is to be gone on with reach its head? A new one gets its first head before its first
 * file, so that from now on a log without one has lost it. False with errno set. */
static bool check_head(struct asrun_log *log, bool new)
{
    struct asrun_head head = {.file = "-"};
    if (asrun_head_read(log->folder, log->multiplex, &head)) {
        char *fault = asrun_verify_reaches(log->folder, &head);
        log->cut = fault ? asrun_head_text(&head) : NULL;
        g_free(fault);
        return true;
    }
    if (errno == ENOENT && new)
        return asrun_head_write(log->folder, log->multiplex, &head);
    log->cut = errno == ENOENT || errno == EBADMSG ? g_strdup("-") : NULL;
    return log->cut;
}

/* How the newest of the files ends that has a line; *name is NULL when none has: a file may have been made,
 * and then the power was cut. False with errno set. */
static bool read_end(const char *folder, char *const *names, const char **name, struct asrun_end *end)
{
    bool good = true;
    *name = NULL;
    *end = (struct asrun_end){0};
    for (guint i = g_strv_length((char **)names); good && !*name && i-- > 0;) {
        char *path = g_build_filename(folder, names[i], NULL);
        good = asrun_read(path, NULL, NULL, end);
        *name = end->lines > 0 ? names[i] : NULL;
        const int error = errno;
        g_free(path);
        errno = error;
    }
    return good;
}

struct asrun_log *asrun_log_new(const char *folder, const char *station, const char *multiplex,
                                const struct zone *zone, struct asrun_end *end)
{
    *end = (struct asrun_end){0};
    if (g_mkdir_with_parents(folder, 0777) != 0)
        return NULL;
    char **names = asrun_names(folder, multiplex);
    const char *name;
    struct asrun_log *log = NULL;
    if (read_end(folder, names, &name, end)) {
        log = g_new(struct asrun_log, 1);
        *log = (struct asrun_log){.folder = folder,
                                  .station = station,
                                  .multiplex = multiplex,
                                  .zone = zone,
                                  .descriptor = -1,
                                  .name = g_strdup(name),
                                  .waiting = g_string_new(NULL)};
        memcpy(log->chain, end->chain, sizeof log->chain);
        if (!check_head(log, !names[0]))
            asrun_log_free(&log);
    }
    const int error = errno;
    g_strfreev(names);
    errno = error;
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
    g_free((*log)->cut);
    g_free(*log);
    *log = NULL;
}

void asrun_log_add(struct asrun_log *log, const struct asrun_line *line)
{
    asrun_line_append(line, log->waiting, log->chain);
    log->lines++;
    log->anchored = false;
}

bool asrun_log_was_cut(const struct asrun_log *log)
{
    return log->cut;
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

static void tell_cut(struct asrun_log *log, int64_t second)
{
    if (!log->cut || log->cut_told)
        return;
    asrun_log_add(log, &(struct asrun_line){.kind = ASRUN_CUT, .second = second, .text = log->cut});
    log->cut_told = true;
}

/* The name of a file that was just made is safe only when its folder is. */
static bool sync_folder(const char *folder)
{
    const int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return false;
    const bool good = fsync(descriptor) == 0;
    const int error = errno;
    close(descriptor);
    errno = error;
    return good;
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
    if (descriptor < 0 || (!there && !sync_folder(log->folder))) {
        if (descriptor >= 0)
            close(descriptor);
        g_free(name);
        return false;
    }
    log->descriptor = descriptor;
    log->day = calendar_day(second, log->zone);
    log->length = end.length;
    log->lines = end.lines;
    if (end.lines > 0)
        memcpy(log->chain, end.chain, sizeof log->chain);
    else
        begin(log, name + strlen(log->multiplex) + 1);
    g_free(log->name);
    log->name = name;
    tell_cut(log, second);
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

/* All of the open file is safe on the disk. */
static bool set_head(struct asrun_log *log)
{
    struct asrun_head head = {.lines = log->lines};
    g_strlcpy(head.file, log->name, sizeof head.file);
    memcpy(head.chain, log->chain, sizeof head.chain);
    log->anchored = log->anchored || asrun_head_write(log->folder, log->multiplex, &head);
    return log->anchored;
}

bool asrun_log_flush(struct asrun_log *log, bool sync)
{
    if (log->descriptor < 0)
        return true;
    if (!write_all(log->descriptor, log->waiting->str, log->waiting->len, log->length))
        return false;
    log->length += log->waiting->len;
    g_string_truncate(log->waiting, 0);
    return !sync || (fdatasync(log->descriptor) == 0 && set_head(log));
}
