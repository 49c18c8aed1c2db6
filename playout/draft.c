#include "playout/draft.h"

#include <glib.h>
#include <string.h>

#include "playout/revisions.h"
#include "schedules/compiled.h"
#include "schedules/folder.h"
#include "schedules/xml.h"

static int compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* NULL when the folder cannot be read. */
static GPtrArray *list_names(const char *folder, struct diagnostics *diagnostics)
{
    GError *error = NULL;
    GDir *dir = g_dir_open(folder, 0, &error);
    if (!dir) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, folder, 0, "cannot be read: %s", error->message);
        g_error_free(error);
        return NULL;
    }
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(dir));)
        if (g_str_has_suffix(name, ".xml") && name[0] != '.')
            g_ptr_array_add(names, g_strdup(name));
    g_dir_close(dir);
    g_ptr_array_sort(names, compare_names);
    if (names->len == 0)
        diagnostics_add(diagnostics, SEVERITY_ERROR, folder, 0,
                        "there is no timetable (NAME.xml) in it: every service would show its fallback all "
                        "day");
    return names;
}

static bool read_file(struct draft *draft, const char *folder, const char *name,
                      struct diagnostics *diagnostics)
{
    struct journal_file *file = &draft->files[draft->count];
    GError *error = NULL;
    char *path = g_build_filename(folder, name, NULL), *bytes;
    bool good = g_file_get_contents(path, &bytes, &file->length, &error);
    if (good) {
        file->name = g_strdup(name);
        file->bytes = bytes;
        draft->count++;
    } else {
        diagnostics_add(diagnostics, SEVERITY_ERROR, path, 0, "cannot be read: %s", error->message);
        g_error_free(error);
    }
    if (good && file->length > XML_FILE_MAX) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, path, 0, "is larger than the %d MB that are read",
                        XML_FILE_MAX >> 20);
        good = false;
    }
    g_free(path);
    return good;
}

/* When all files are there. */
static void end_files(struct draft *draft)
{
    while (draft->timetables < draft->count && draft->files[draft->timetables].name[0] != '.')
        draft->timetables++;
    journal_hash_content(draft->files, draft->count, draft->content);
    journal_hash_content(draft->files, draft->timetables, draft->timetables_content);
}

bool draft_init(struct draft *draft, const struct studio *studio, struct diagnostics *diagnostics)
{
    *draft = (struct draft){.studio = studio};
    char *folder = studio_file(studio, "timetables", NULL);
    GPtrArray *names = list_names(folder, diagnostics);
    bool good = names && names->len > 0;
    draft->files = g_new0(struct journal_file, (names ? names->len : 0) + DRAFT_COMPANIONS);
    for (guint i = 0; names && i < names->len; i++)
        good = read_file(draft, folder, names->pdata[i], diagnostics) && good;
    end_files(draft);
    draft_set_companion(draft, DRAFT_STATION, g_memdup2(studio->bytes, studio->length), studio->length);
    if (names)
        g_ptr_array_unref(names);
    g_free(folder);
    return good;
}

bool draft_init_revision(struct draft *draft, const struct studio *studio, struct journal *journal,
                         uint32_t number, struct diagnostics *diagnostics)
{
    char **names = NULL, *bytes;
    *draft = (struct draft){.studio = studio};
    bool good = journal_get_names(journal, number, &names);
    const guint count = good ? g_strv_length(names) : 0;
    draft->files = g_new0(struct journal_file, count + DRAFT_COMPANIONS);
    for (guint i = 0; good && i < count; i++) {
        struct journal_file *file = &draft->files[i];
        good = journal_get_file(journal, number, i, &bytes, &file->length);
        file->bytes = bytes;
        file->name = g_strdup(names[i]);
        draft->count++;
    }
    end_files(draft);
    if (!good)
        diagnostics_add(diagnostics, SEVERITY_ERROR, studio->station->file, 0, "%s", journal_fault(journal));
    g_strfreev(names);
    return good;
}

static void clear_file(struct journal_file *file)
{
    g_free((char *)file->name);
    g_free((char *)file->bytes);
    *file = (struct journal_file){0};
}

/* Where a companion is or would be. */
static size_t find_companion(const struct draft *draft, const char *name)
{
    size_t place = draft->timetables;
    while (place < draft->count && strcmp(draft->files[place].name, name) < 0)
        place++;
    return place;
}

const struct journal_file *draft_get_companion(const struct draft *draft, const char *name)
{
    const size_t place = find_companion(draft, name);
    const bool there = place < draft->count && strcmp(draft->files[place].name, name) == 0;
    return there ? &draft->files[place] : NULL;
}

void draft_set_companion(struct draft *draft, const char *name, char *bytes, size_t length)
{
    const size_t place = find_companion(draft, name);
    struct journal_file *file = &draft->files[place];
    const size_t behind = (draft->count - place) * sizeof *file;
    const bool there = draft_get_companion(draft, name) != NULL;
    if (there)
        clear_file(file);
    if (there && !bytes) {
        memmove(file, file + 1, behind - sizeof *file);
        draft->files[--draft->count] = (struct journal_file){0};
    }
    if (!there && bytes) {
        memmove(file + 1, file, behind);
        draft->count++;
    }
    if (bytes)
        *file = (struct journal_file){.name = g_strdup(name), .bytes = bytes, .length = length};
    journal_hash_content(draft->files, draft->count, draft->content);
}

void draft_set_actions(struct draft *draft, const struct actions *actions)
{
    size_t length = 0;
    char *bytes = actions->count > 0 ? actions_build(actions, &length) : NULL;
    draft_set_companion(draft, DRAFT_ACTIONS, bytes, length);
}

void draft_set_bindings(struct draft *draft, const struct bindings *bindings)
{
    size_t length;
    char *bytes = bindings_build(bindings, &length);
    draft_set_companion(draft, DRAFT_BINDINGS, bytes, length);
}

void draft_fini(struct draft *draft)
{
    for (size_t i = 0; i < draft->count; i++)
        clear_file(&draft->files[i]);
    g_free(draft->files);
    *draft = (struct draft){0};
}

static bool get_file(void *context, size_t index, char **bytes, size_t *length)
{
    const struct draft *draft = context;
    *length = draft->files[index].length;
    *bytes = g_malloc(*length + 1);
    memcpy(*bytes, draft->files[index].bytes, *length);
    return true;
}

struct plan *draft_parse(const struct draft *draft, struct diagnostics *diagnostics)
{
    const char **names = g_new0(const char *, draft->timetables + 1);
    for (size_t i = 0; i < draft->timetables; i++)
        names[i] = draft->files[i].name;
    char *folder = studio_file(draft->studio, "timetables", NULL);
    char *compiled = revision_compiled_path(draft->studio, draft->timetables_content);
    struct draft readable = *draft;
    const struct journal_file *actions = draft_get_companion(draft, DRAFT_ACTIONS);
    const struct timetable_files files = {
        .folder = folder,
        .compiled = compiled,
        .names = names,
        .count = draft->timetables,
        .identity = draft->timetables_content,
        .identity_length = sizeof draft->timetables_content,
        .read = get_file,
        .context = &readable,
        .actions = actions ? revision_parse_actions(draft->studio, actions->bytes, actions->length,
                                                    draft->entering, diagnostics)
                           : NULL};
    struct plan *plan = plan_parse_files(&files, draft->studio->station, diagnostics);
    g_free(compiled);
    g_free(folder);
    g_free(names);
    return plan;
}

bool draft_is_of(const struct draft *draft, const struct plan *plan)
{
    struct compiled_key *key = compiled_key_new(plan_station(plan));
    for (size_t i = 0; i < draft->timetables; i++)
        compiled_key_add(key, draft->files[i].name, draft->files[i].bytes, draft->files[i].length);
    return compiled_key_end(&key) == plan_key(plan);
}
