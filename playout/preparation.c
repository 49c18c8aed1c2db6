#include "playout/preparation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "playout/report.h"

struct task {
    char *path, *source;
    size_t format;     /* of the station */
    const char *title; /* of the plan */
    uint64_t bytes;
    int64_t due; /* when its next item begins, INT64_MAX: none does */
};

static void task_free(gpointer pointer)
{
    struct task *task = pointer;
    g_free(task->path);
    g_free(task->source);
    g_free(task);
}

static void note_due(GHashTable *due, const struct item *item)
{
    const int64_t *known = g_hash_table_lookup(due, item->source);
    if (!known || *known > item->start)
        g_hash_table_insert(due, item->source, g_memdup2(&item->start, sizeof item->start));
}

/* Of items that are on air or to come. */
static GHashTable *list_due(const struct plan *plan, int64_t now)
{
    const struct station *station = plan_station(plan);
    GHashTable *due = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++)
            for (size_t i = plan_next_item(plan, m, s, now); i < plan_item_count(plan, m, s); i++)
                note_due(due, plan_item(plan, m, s, i));
    return due;
}

static int compare_due(gconstpointer left, gconstpointer right)
{
    const struct task *a = *(const struct task *const *)left, *b = *(const struct task *const *)right;
    return (a->due > b->due) - (a->due < b->due);
}

void preparation_init(struct preparation *preparation, struct studio *studio, unsigned threads,
                      const sigset_t *stop_on)
{
    *preparation = (struct preparation){.studio = studio, .threads = threads, .stop_on = *stop_on};
    preparation->folder = studio_file(studio, "lessons", NULL);
    preparation->tasks = g_ptr_array_new_with_free_func(task_free);
    preparation->due = list_due(studio->plan, time(NULL));
    terminal_init(&preparation->out, stdout);
    terminal_init(&preparation->err, stderr);
}

void preparation_fini(struct preparation *preparation)
{
    g_free(preparation->folder);
    g_ptr_array_free(preparation->tasks, TRUE);
    g_hash_table_unref(preparation->due);
    *preparation = (struct preparation){0};
}

/* Signals stay pending, so that whoever asks next is told as well. */
static bool must_stop(struct preparation *preparation)
{
    sigset_t pending;
    sigpending(&pending);
    for (int number = 1; number < NSIG; number++)
        if (sigismember(&preparation->stop_on, number) == 1 && sigismember(&pending, number) == 1)
            preparation->stopped = true;
    return preparation->stopped;
}

static void say_fault(struct preparation *preparation, enum severity severity, const char *path,
                      const char *text)
{
    struct diagnostics one = {0};
    progress_clear(&preparation->progress);
    diagnostics_add(&one, severity, path, 0, "%s", text);
    report_diagnostics(&one, &preparation->err);
    diagnostics_fini(&one);
}

static void fail(struct preparation *preparation, const char *path, const char *text)
{
    preparation->failed++;
    say_fault(preparation, SEVERITY_ERROR, path, text);
}

static bool has_lesson(const struct preparation *preparation, const char *source, const char *key)
{
    const struct library *library = preparation->studio->library;
    for (size_t i = 0; i < library_count(library); i++) {
        const struct library_lesson *lesson = library_lesson(library, i);
        if (lesson->fault == LESSON_OK && strcmp(lesson->info.encode_key, key) == 0 &&
            strcmp(lesson->info.source, source) == 0)
            return true;
    }
    return false;
}

/* What is drawn where a lesson has no picture: the title of its first item, or the name of its service. */
static const char *title_of(const struct studio *studio, const char *source)
{
    const struct station *station = studio->station;
    size_t index = plan_find_source(studio->plan, source);
    const struct item *item = index == PLAN_SLATE ? NULL : plan_source(studio->plan, index)->first;
    if (item)
        return item->title.count ? item->title.list[0].utf8 : NULL;
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++) {
            const struct service *service = &station->multiplexes[i].services[k];
            if (service->fallback && strcmp(service->fallback, source) == 0)
                return service->name.list[0].utf8;
        }
    return NULL;
}

static void add_task(struct preparation *preparation, const char *path, const char *source, size_t format)
{
    struct stat status = {0};
    struct task *task = g_new0(struct task, 1);
    stat(path, &status);
    task->path = g_strdup(path);
    task->source = g_strdup(source);
    task->format = format;
    task->title = title_of(preparation->studio, source);
    task->bytes = (uint64_t)status.st_size;
    const int64_t *due = g_hash_table_lookup(preparation->due, source);
    task->due = due ? *due : INT64_MAX;
    preparation->bytes_total += task->bytes;
    g_ptr_array_add(preparation->tasks, task);
}

static void add_source(struct preparation *preparation, size_t index, size_t format)
{
    struct studio *studio = preparation->studio;
    const char *source = plan_source(studio->plan, index)->path, *key;
    char *path = studio_file(studio, "sources", source);
    char error[256];
    struct stat status;
    if (stat(path, &status) != 0) {
        if (library_get(studio->library, index, format)) {
            preparation->present++; /* copied from another machine */
        } else {
            preparation->missing++;
            say_fault(preparation, SEVERITY_WARNING, path, "this source of the timetables is missing");
        }
    } else if (!(key = keys_get(studio->keys[format], source, error))) {
        fail(preparation, path, error);
    } else if (has_lesson(preparation, source, key)) {
        preparation->present++;
    } else {
        add_task(preparation, path, source, format);
    }
    g_free(path);
}

void preparation_add_plan(struct preparation *preparation)
{
    const struct studio *studio = preparation->studio;
    size_t count = plan_source_count(studio->plan), formats = studio->formats.count;
    progress_begin(&preparation->progress, "reading the sources", count);
    for (size_t i = 0; i < count && !must_stop(preparation); i++) {
        for (size_t k = 0; k < formats; k++)
            if (studio_uses(studio, i, k))
                add_source(preparation, i, k);
        progress_set(&preparation->progress, i + 1);
    }
    progress_end(&preparation->progress);
    for (size_t k = 0; k < formats; k++)
        keys_save(studio->keys[k]); /* else the next run reads them again */
}

/* The name of a file as timetables have it. */
static char *source_of(const struct studio *studio, const char *path)
{
    char *folder = studio_file(studio, "sources", NULL);
    char *root = g_canonicalize_filename(folder, NULL), *full = g_canonicalize_filename(path, NULL);
    size_t length = strlen(root);
    bool below = strncmp(full, root, length) == 0 && full[length] == '/';
    char *source = below ? g_strdup(full + length + 1) : g_path_get_basename(full);
    g_free(folder);
    g_free(root);
    g_free(full);
    return source;
}

/* Takes the file in this format, unless it is there. */
static void add_file(struct preparation *preparation, const char *path, const char *source, size_t format)
{
    struct sidecars sidecars;
    struct prepare_result result;
    sidecars_init(&sidecars, path);
    struct prepare_job job = keys_job(preparation->studio->keys[format], path, &sidecars);
    job.source = source;
    if (!prepare_key(&job, &result))
        fail(preparation, path, result.error);
    else if (has_lesson(preparation, source, result.info.encode_key))
        preparation->present++;
    else
        add_task(preparation, path, source, format);
    sidecars_fini(&sidecars);
}

/* Is it to be made in this format: one that shows it, or the station's own when none does? */
static bool wants_format(const struct studio *studio, const char *source, size_t format)
{
    size_t index = plan_find_source(studio->plan, source);
    return index == PLAN_SLATE ? format == 0 : studio_uses(studio, index, format);
}

void preparation_add_file(struct preparation *preparation, const char *file)
{
    const struct studio *studio = preparation->studio;
    char *path = studio_file(studio, "sources", file);
    if (g_file_test(file, G_FILE_TEST_EXISTS) || !g_file_test(path, G_FILE_TEST_EXISTS)) {
        g_free(path);
        path = g_strdup(file);
    }
    char *source = source_of(studio, path);
    if (strlen(source) >= LESSON_SOURCE_MAX || strchr(source, '\n'))
        fail(preparation, path, "The name is too long or has a line break. Rename the file.");
    else
        for (size_t i = 0; i < studio->formats.count; i++)
            if (wants_format(studio, source, i))
                add_file(preparation, path, source, i);
    g_free(source);
    g_free(path);
}

static bool note_progress(void *context, double done, double total)
{
    struct preparation *preparation = context;
    double share = total > 0 ? done / total : 0;
    progress_set(&preparation->progress,
                 preparation->bytes_done +
                     (uint64_t)((share < 1 ? share : 1) * (double)preparation->task_bytes));
    return !must_stop(preparation);
}

static void say_made(struct preparation *preparation, const struct task *task,
                     const struct prepare_result *result)
{
    char length[PROGRESS_TIME];
    const struct terminal *out = &preparation->out;
    progress_clear(&preparation->progress);
    terminal_print(out, STYLE_GREEN, "prepared");
    fprintf(out->file, "  %8s  %s", progress_time(result->info.seconds, length), task->source);
    if (preparation->studio->formats.count > 1)
        terminal_print(out, STYLE_DIM, "  %s %s", result->info.video, result->info.audio);
    terminal_print(out, STYLE_DIM, "%s%s", *result->error ? "  " : "", result->error);
    fputc('\n', out->file);
    fflush(out->file);
}

/* Its hash was taken from the file itself. */
static void note_verified(const struct preparation *preparation, const char *hash)
{
    struct verification_stamp stamp;
    char *name = g_strconcat(hash, LESSON_SUFFIX, NULL);
    char *path = g_build_filename(preparation->folder, name, NULL);
    if (verification_stamp_path(path, &stamp))
        verification_add(preparation->studio->verification, hash, &stamp, true);
    g_free(path);
    g_free(name);
}

static void run_task(struct preparation *preparation, const struct task *task, const char *what)
{
    struct prepare_result result;
    struct sidecars sidecars;
    sidecars_init(&sidecars, task->path);
    struct prepare_job job = keys_job(preparation->studio->keys[task->format], task->path, &sidecars);
    job.source = task->source;
    job.title = task->title;
    job.directory = preparation->folder;
    job.threads = preparation->threads;
    job.progress = note_progress;
    job.context = preparation;
    progress_rename(&preparation->progress, what);
    preparation->task_bytes = task->bytes;
    if (prepare_lesson(&job, &result)) {
        preparation->made++;
        preparation->made_seconds += result.info.seconds;
        note_verified(preparation, result.hash);
        say_made(preparation, task, &result);
        if (preparation->made_due && task->due < time(NULL) + PREPARATION_SOON)
            preparation->made_due(preparation);
    } else if (!preparation->stopped) {
        fail(preparation, task->path, result.error);
    }
    preparation->bytes_done += task->bytes;
    sidecars_fini(&sidecars);
}

void preparation_run(struct preparation *preparation)
{
    GPtrArray *tasks = preparation->tasks;
    g_ptr_array_sort(tasks, compare_due); /* which keeps the order of those that air at once */
    progress_begin(&preparation->progress, "preparing", preparation->bytes_total);
    for (guint i = 0; i < tasks->len && !must_stop(preparation); i++) {
        const struct task *task = tasks->pdata[i];
        char *what = g_strdup_printf("%u/%u %s", i + 1, tasks->len, task->source);
        run_task(preparation, task, what);
        g_free(what);
    }
    progress_end(&preparation->progress);
}
