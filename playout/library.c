#include "playout/library.h"

#include <errno.h>
#include <glib.h>
#include <stdlib.h>
#include <string.h>

#define HASH_DIGITS (LESSON_HASH_MAX - 1)
#define PREFIX_DIGITS 6 /* least that name a lesson by hand */

struct pick {                                   /* of the lessons of a source in a format */
    const struct library_lesson *aired;         /* the best, or the one that is bound */
    const struct library_lesson *best, *second; /* that can be opened */
};

struct library {
    char *folder;
    const struct plan *plan;
    const struct formats *formats;
    const struct verification *verification;
    GPtrArray *lessons; /* struct library_lesson, by source and then the best first */
    bool starved;       /* memory was out when one was opened */
    struct pick *picks; /* [source of the plan * formats + format] */
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
    if (lesson->fault == LESSON_OK &&
        verification_is_wrong(library->verification, lesson->hash, lesson->path))
        lesson->fault = LESSON_MISNAMED;
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

/* Looks whether it can be opened and, as far as is known, is what it should be. */
static bool try_open(struct library *library, struct library_lesson *lesson, size_t format)
{
    struct lesson *opened;
    if (lesson->fault == LESSON_MISNAMED)
        return false;
    lesson->fault = lesson_open(lesson->path, &library->formats->list[format].house, &opened);
    library->starved = library->starved || (lesson->fault == LESSON_CANNOT_OPEN && errno == ENOMEM);
    if (lesson->fault != LESSON_OK)
        return false;
    lesson_free(&opened);
    return true;
}

/* Opens the best two lessons of each source and format that can be opened; the worse ones are left alone. */
static void choose(struct library *library)
{
    g_ptr_array_sort(library->lessons, compare);
    for (guint i = 0; i < library->lessons->len; i++) {
        struct library_lesson *lesson = library->lessons->pdata[i];
        if (lesson->source == PLAN_SLATE || lesson->format == FORMATS_NONE)
            continue;
        struct pick *pick = &library->picks[place_of(library, lesson->source, lesson->format)];
        if (pick->second || !try_open(library, lesson, lesson->format))
            continue;
        if (pick->best)
            pick->second = lesson;
        else
            pick->aired = pick->best = lesson;
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
                            struct keys *const *keys, const struct verification *verification,
                            struct diagnostics *diagnostics)
{
    struct library *library = calloc(1, sizeof *library);
    if (!library)
        return NULL;
    library->plan = plan;
    library->formats = formats;
    library->verification = verification;
    library->lessons = g_ptr_array_new_with_free_func(lesson_entry_free);
    library->folder = g_strdup(folder);
    library->picks = g_new0(struct pick, plan_source_count(plan) * formats->count);
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
    g_free((*library)->picks);
    g_free((*library)->folder);
    free(*library);
    *library = NULL;
}

/* --- what revisions bind */

static GHashTable *list_hashes(const struct library *library)
{
    GHashTable *lessons = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < library->lessons->len; i++) {
        struct library_lesson *lesson = library->lessons->pdata[i];
        g_hash_table_insert(lessons, lesson->hash, lesson);
    }
    return lessons;
}

/* One that is bound and not there: it is read as soon as it is. */
static struct library_lesson *add_absent(struct library *library, const struct binding *binding,
                                         size_t source, size_t format)
{
    struct library_lesson *lesson = g_new0(struct library_lesson, 1);
    char *name = g_strconcat(binding->hash, LESSON_SUFFIX, NULL);
    lesson->path = g_build_filename(library->folder, name, NULL);
    memcpy(lesson->hash, binding->hash, sizeof lesson->hash);
    lesson->source = source;
    lesson->format = format;
    lesson->fault = LESSON_CANNOT_OPEN;
    g_ptr_array_add(library->lessons, lesson);
    g_free(name);
    return lesson;
}

static void bind(struct library *library, GHashTable *lessons, const struct binding *binding, size_t source,
                 size_t format)
{
    struct pick *pick = &library->picks[place_of(library, source, format)];
    struct library_lesson *lesson = g_hash_table_lookup(lessons, binding->hash);
    if (!lesson)
        lesson = add_absent(library, binding, source, format);
    else if (lesson != pick->best && lesson != pick->second)
        try_open(library, lesson, format);
    /* Whatever the header of a damaged file, or of another lesson, says. */
    lesson->info.seconds = binding->seconds;
    g_strlcpy(lesson->info.source, plan_source(library->plan, source)->path, sizeof lesson->info.source);
    pick->aired = lesson;
}

void library_bind(struct library *library, const struct bindings *bindings)
{
    GHashTable *lessons = list_hashes(library);
    for (size_t source = 0; source < plan_source_count(library->plan); source++)
        for (size_t format = 0; format < library->formats->count; format++) {
            const struct binding *binding = bindings_get(bindings, plan_source(library->plan, source)->path,
                                                         &library->formats->list[format].house);
            library->picks[place_of(library, source, format)].aired = NULL;
            if (binding)
                bind(library, lessons, binding, source, format);
        }
    g_hash_table_unref(lessons);
}

void library_tell_absent(const struct library *library, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < plan_source_count(library->plan) * library->formats->count; i++) {
        const struct library_lesson *lesson = library->picks[i].aired;
        if (lesson && lesson->fault != LESSON_OK)
            diagnostics_add(
                diagnostics, SEVERITY_WARNING, lesson->path, 0,
                "this lesson of \"%s\" is to air and cannot be read: %s; copy it from the machine "
                "that has it, or `chalkcast prepare` makes another",
                lesson->info.source, lesson_error_text(lesson->fault));
    }
}

/* --- what is asked */

static const struct pick *get_pick(const struct library *library, size_t source, size_t format)
{
    static const struct pick none;
    const bool known = source < plan_source_count(library->plan) && format < library->formats->count;
    return known ? &library->picks[place_of(library, source, format)] : &none;
}

const struct library_lesson *library_get(const struct library *library, size_t source, size_t format)
{
    return get_pick(library, source, format)->aired;
}

const struct library_lesson *library_get_best(const struct library *library, size_t source, size_t format)
{
    return get_pick(library, source, format)->best;
}

const char *library_path(const struct library *library, size_t source, size_t format)
{
    const struct library_lesson *lesson = library_get(library, source, format);
    return lesson ? lesson->path : NULL;
}

const struct library_lesson *library_get_substitute(const struct library *library, size_t source,
                                                    size_t format)
{
    const struct pick *pick = get_pick(library, source, format);
    if (!pick->aired)
        return NULL;
    return pick->best == pick->aired ? pick->second : pick->best;
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
