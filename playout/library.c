#include "playout/library.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define HASH_DIGITS (LESSON_HASH_MAX - 1)
#define PREFIX_DIGITS 6 /* least that name a lesson by hand */

struct library {
    const struct plan *plan;
    const struct formats *formats;
    GPtrArray *lessons;                   /* struct library_lesson, by source and then the best first */
    bool starved;                         /* memory was out when one was opened */
    const struct library_lesson **chosen; /* [source of the plan * formats + format] */
    const struct library_lesson **next;   /* likewise: the best of the others */
};

static void lesson_entry_free(gpointer pointer)
{
    struct library_lesson *lesson = pointer;
    g_free(lesson->path);
    g_free(lesson);
}

/* Is this the name of a lesson: 64 hexadecimal digits and the suffix? */
static bool is_lesson_name(const char *name)
{
    return strspn(name, "0123456789abcdef") == HASH_DIGITS && strcmp(name + HASH_DIGITS, LESSON_SUFFIX) == 0;
}

static bool is_current(const struct library_lesson *lesson, struct keys *const *keys)
{
    bool wanted = keys && lesson->source != PLAN_SLATE && lesson->format != FORMATS_NONE;
    const char *key = wanted ? keys_get_known(keys[lesson->format], lesson->info.source) : NULL;
    return key && strcmp(key, lesson->info.encode_key) == 0;
}

static void add_lesson(struct library *library, const char *folder, const char *name,
                       struct keys *const *keys)
{
    struct library_lesson *lesson = g_new0(struct library_lesson, 1);
    lesson->path = g_build_filename(folder, name, NULL);
    memcpy(lesson->hash, name, HASH_DIGITS);
    lesson->fault = lesson_read_info(lesson->path, &lesson->info);
    library->starved = library->starved || (lesson->fault == LESSON_CANNOT_OPEN && errno == ENOMEM);
    lesson->source =
        lesson->fault == LESSON_OK ? plan_find_source(library->plan, lesson->info.source) : PLAN_SLATE;
    lesson->format = formats_find(library->formats, lesson->info.video, lesson->info.audio);
    lesson->current = is_current(lesson, keys);
    g_ptr_array_add(library->lessons, lesson);
}

static size_t place_of(const struct library *library, size_t source, size_t format)
{
    return source * library->formats->count + format;
}

static int compare(gconstpointer left, gconstpointer right)
{
    const struct library_lesson *a = *(const struct library_lesson *const *)left;
    const struct library_lesson *b = *(const struct library_lesson *const *)right;
    int order = (a->source > b->source) - (a->source < b->source);
    if (order == 0)
        order = b->current - a->current;
    if (order == 0)
        order = (a->info.prepared_at < b->info.prepared_at) - (a->info.prepared_at > b->info.prepared_at);
    return order ? order : strcmp(a->hash, b->hash);
}

/* Opens the best two lessons of each source and format that can be opened; the worse ones are left alone. */
static void choose(struct library *library)
{
    g_ptr_array_sort(library->lessons, compare);
    for (guint i = 0; i < library->lessons->len; i++) {
        struct library_lesson *lesson = library->lessons->pdata[i];
        struct lesson *opened;
        if (lesson->source == PLAN_SLATE || lesson->format == FORMATS_NONE)
            continue;
        const size_t place = place_of(library, lesson->source, lesson->format);
        const struct library_lesson **chosen =
            library->chosen[place] ? &library->next[place] : &library->chosen[place];
        if (*chosen)
            continue;
        lesson->fault = lesson_open(lesson->path, &library->formats->list[lesson->format].house, &opened);
        library->starved = library->starved || (lesson->fault == LESSON_CANNOT_OPEN && errno == ENOMEM);
        if (lesson->fault != LESSON_OK)
            continue;
        lesson_free(&opened);
        *chosen = lesson;
    }
}

static void report_faults(const struct library *library, const char *folder, struct diagnostics *diagnostics)
{
    size_t old = 0;
    for (guint i = 0; i < library->lessons->len; i++) {
        const struct library_lesson *lesson = library->lessons->pdata[i];
        if (lesson->fault == LESSON_OLD)
            old++;
        if (lesson->fault == LESSON_OK || lesson->fault == LESSON_OLD)
            continue;
        bool named = *lesson->info.source != '\0';
        diagnostics_add(diagnostics, SEVERITY_WARNING, lesson->path, 0, "%s%s%s cannot be used: %s; %s",
                        named ? "this lesson of \"" : "this file", lesson->info.source, named ? "\"" : "",
                        lesson_error_text(lesson->fault),
                        lesson->fault == LESSON_CANNOT_OPEN ? "check the disk, and who may read it"
                                                            : "`chalkcast prepare --prune` removes it");
    }
    if (old > 0)
        diagnostics_add(diagnostics, SEVERITY_WARNING, folder, 0,
                        "%zu lesson%s prepared by an earlier version of chalkcast and cannot be used: "
                        "`chalkcast prepare --prune` makes them again and removes the old ones",
                        old, old == 1 ? " was" : "s were");
}

/* NULL when it is not there, which is an empty library, or cannot be read, which is told. */
static GDir *open_folder(const char *folder, struct diagnostics *diagnostics)
{
    GError *error = NULL;
    GDir *listing = g_dir_open(folder, 0, &error);
    if (error && !g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
        diagnostics_add(diagnostics, SEVERITY_ERROR, folder, 0, "no lesson can be read: %s", error->message);
    g_clear_error(&error);
    return listing;
}

struct library *library_new(const char *folder, const struct formats *formats, const struct plan *plan,
                            struct keys *const *keys, struct diagnostics *diagnostics)
{
    struct library *library = calloc(1, sizeof *library);
    if (!library)
        return NULL;
    library->plan = plan;
    library->formats = formats;
    library->lessons = g_ptr_array_new_with_free_func(lesson_entry_free);
    library->chosen = g_new0(const struct library_lesson *, plan_source_count(plan) * formats->count);
    library->next = g_new0(const struct library_lesson *, plan_source_count(plan) * formats->count);
    GDir *listing = open_folder(folder, diagnostics);
    for (const char *name; listing && (name = g_dir_read_name(listing));)
        if (is_lesson_name(name))
            add_lesson(library, folder, name, keys);
    if (listing)
        g_dir_close(listing);
    choose(library);
    report_faults(library, folder, diagnostics);
    if (library->starved)
        diagnostics_add(diagnostics, SEVERITY_ERROR, folder, 0, "memory is out: not all lessons were read");
    return library;
}

void library_free(struct library **library)
{
    if (!*library)
        return;
    g_ptr_array_free((*library)->lessons, TRUE);
    g_free((*library)->chosen);
    g_free((*library)->next);
    free(*library);
    *library = NULL;
}

const struct library_lesson *library_get(const struct library *library, size_t source, size_t format)
{
    bool known = source < plan_source_count(library->plan) && format < library->formats->count;
    return known ? library->chosen[place_of(library, source, format)] : NULL;
}

const char *library_path(const struct library *library, size_t source, size_t format)
{
    const struct library_lesson *lesson = library_get(library, source, format);
    return lesson ? lesson->path : NULL;
}

const struct library_lesson *library_get_substitute(const struct library *library, size_t source,
                                                    size_t format)
{
    return library_get(library, source, format) ? library->next[place_of(library, source, format)] : NULL;
}

/* In the first format that has it. */
static const struct library_lesson *get_any(const struct library *library, size_t source)
{
    const struct library_lesson *lesson = NULL;
    for (size_t i = 0; !lesson && i < library->formats->count; i++)
        lesson = library_get(library, source, i);
    return lesson;
}

uint32_t library_seconds(const struct library *library, size_t source)
{
    const struct library_lesson *lesson = get_any(library, source);
    return lesson ? lesson->info.seconds : 0;
}

size_t library_count(const struct library *library)
{
    return library->lessons->len;
}

const struct library_lesson *library_lesson(const struct library *library, size_t index)
{
    return library->lessons->pdata[index];
}

static const struct library_lesson *find_hash(const struct library *library, const char *prefix)
{
    const struct library_lesson *found = NULL;
    if (strlen(prefix) < PREFIX_DIGITS)
        return NULL;
    for (guint i = 0; i < library->lessons->len; i++) {
        const struct library_lesson *lesson = library->lessons->pdata[i];
        if (lesson->fault != LESSON_OK || !g_str_has_prefix(lesson->hash, prefix))
            continue;
        if (found)
            return NULL;
        found = lesson;
    }
    return found;
}

const struct library_lesson *library_find(const struct library *library, const char *name)
{
    const struct library_lesson *chosen = get_any(library, plan_find_source(library->plan, name));
    if (chosen)
        return chosen;
    for (guint i = 0; i < library->lessons->len; i++) { /* the newest comes first */
        const struct library_lesson *lesson = library->lessons->pdata[i];
        if (lesson->fault == LESSON_OK && strcmp(lesson->info.source, name) == 0)
            return lesson;
    }
    return find_hash(library, name);
}
