#include "playout/progress.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <time.h>

#define REDRAW_FOR (NS / 10)
#define LINE_FOR (10 * NS)    /* between plain lines of a log */
#define ESTIMATE_FOR (2 * NS) /* before it a time left would be a guess */
#define NS INT64_C(1000000000)
#define BAR_MAX 40
#define WHAT_COLUMNS 36

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * NS + time.tv_nsec;
}

const char *progress_time(int64_t seconds, char text[PROGRESS_TIME])
{
    if (seconds >= 3600)
        snprintf(text, PROGRESS_TIME, "%" PRId64 ":%02d:%02d", seconds / 3600, (int)(seconds / 60 % 60),
                 (int)(seconds % 60));
    else
        snprintf(text, PROGRESS_TIME, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
    return text;
}

void progress_begin(struct progress *progress, const char *what, uint64_t total)
{
    *progress = (struct progress){.total = total, .begun_at = now()};
    progress->shown_at = progress->begun_at;
    terminal_init(&progress->terminal, stderr);
    progress_rename(progress, what);
}

void progress_rename(struct progress *progress, const char *what)
{
    const char *end;
    size_t length = strlen(what);
    g_utf8_validate(what, length < sizeof progress->what ? (gssize)length : (gssize)sizeof progress->what - 1,
                    &end);
    snprintf(progress->what, sizeof progress->what, "%.*s", (int)(end - what), what);
}

static double share_of(const struct progress *progress)
{
    if (progress->total == 0)
        return 0;
    return progress->done < progress->total ? (double)progress->done / (double)progress->total : 1;
}

/* " 43 %  0:12 left" */
static void describe(const struct progress *progress, int64_t at, char *text, size_t size)
{
    char left[PROGRESS_TIME];
    double share = share_of(progress), elapsed = (double)(at - progress->begun_at) / (double)NS;
    size_t used = (size_t)snprintf(text, size, "%3.0f %%", share * 100);
    if (share > 0.005 && at - progress->begun_at >= ESTIMATE_FOR)
        snprintf(text + used, size - used, "  %s left",
                 progress_time((int64_t)(elapsed * (1 - share) / share + 0.5), left));
}

static void draw(struct progress *progress, const char *state)
{
    const struct terminal *terminal = &progress->terminal;
    int what = terminal_columns(progress->what);
    if (what > WHAT_COLUMNS || what > terminal->width / 3)
        what = terminal->width / 3 < WHAT_COLUMNS ? terminal->width / 3 : WHAT_COLUMNS;
    int room = terminal->width - what - 24;
    int bar = room < 0 ? 0 : room > BAR_MAX ? BAR_MAX : room;
    int full = (int)(share_of(progress) * bar + 0.5);
    fputs("\r\033[K", terminal->file);
    terminal_cell(terminal, STYLE_PLAIN, what, progress->what);
    fprintf(terminal->file, " %s", terminal_style(terminal, STYLE_GREEN));
    for (int i = 0; i < bar; i++) {
        if (i == full)
            fprintf(terminal->file, "%s%s", terminal_style(terminal, STYLE_PLAIN),
                    terminal_style(terminal, STYLE_DIM));
        fputs(i < full ? "━" : "─", terminal->file);
    }
    fprintf(terminal->file, "%s %s", terminal_style(terminal, STYLE_PLAIN), state);
    fflush(terminal->file);
    progress->drawn = true;
}

void progress_set(struct progress *progress, uint64_t done)
{
    char state[64];
    int64_t at = now();
    progress->done = done;
    if (at - progress->shown_at < (progress->terminal.interactive ? REDRAW_FOR : LINE_FOR))
        return;
    progress->shown_at = at;
    describe(progress, at, state, sizeof state);
    if (progress->terminal.interactive)
        draw(progress, state);
    else
        fprintf(progress->terminal.file, "%s: %s\n", progress->what, state + strspn(state, " "));
}

void progress_clear(struct progress *progress)
{
    if (progress->drawn) {
        fputs("\r\033[K", progress->terminal.file);
        fflush(progress->terminal.file);
    }
    progress->drawn = false;
}

void progress_end(struct progress *progress)
{
    progress_clear(progress);
}
