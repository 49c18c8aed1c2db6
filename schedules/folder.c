/* Only files of which nothing was reported are compiled, so that what is reported is the same whichever way
 * they are taken. */
#include "schedules/folder.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>

#include "schedules/compiled.h"
#include "schedules/ledger.h"
#include "schedules/xml.h"

struct folder {
    const struct station *station;
    const struct timetable_files *source; /* while it is parsed; NULL: the folder itself */
    char *path;                           /* DIR/timetables */
    char *compiled_path;                  /* DIR/state/plan */
    GPtrArray *names;                     /* of the files, in order */
    GPtrArray *files;                     /* their paths */
    GPtrArray *timetables;                /* those that hold */
    char *bytes;  /* the compiled ones, in which the strings are; NULL: read from the files */
    uint64_t key; /* of what was read */
    bool sound;   /* nothing was reported of them */
};

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Finds the names of timetables; none when the folder cannot be read, which is reported. */
static void list_files(struct folder *folder, struct diagnostics *diagnostics)
{
    GError *error = NULL;
    GDir *dir = g_dir_open(folder->path, 0, &error);
    for (const char *name; dir && (name = g_dir_read_name(dir));)
        if (g_str_has_suffix(name, ".xml") && name[0] != '.')
            g_ptr_array_add(folder->names, g_strdup(name));
    g_ptr_array_sort(folder->names, compare_names);
    for (guint i = 0; i < folder->names->len; i++)
        g_ptr_array_add(folder->files, g_build_filename(folder->path, folder->names->pdata[i], NULL));

    const bool missing = error && g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    if (error && !missing)
        diagnostics_add(diagnostics, SEVERITY_ERROR, folder->path, 0, "cannot be read: %s", error->message);
    else if (folder->names->len == 0)
        diagnostics_add(diagnostics, SEVERITY_WARNING, folder->path, 0,
                        "%s; every service shows its fallback all day",
                        missing ? "there is no such folder" : "there is no timetable (NAME.xml) in it");
    g_clear_error(&error);
    g_clear_pointer(&dir, g_dir_close);
}

static void list_source(struct folder *folder)
{
    for (size_t i = 0; i < folder->source->count; i++) {
        g_ptr_array_add(folder->names, g_strdup(folder->source->names[i]));
        g_ptr_array_add(folder->files, g_build_filename(folder->path, folder->source->names[i], NULL));
    }
}

static bool may_be_read(const char *path)
{
    GStatBuf status;
    return g_stat(path, &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= XML_FILE_MAX;
}

/* The bytes of a file, to be freed with g_free(). */
static bool get_bytes(const struct folder *folder, guint index, char **bytes, size_t *length)
{
    const char *file = folder->files->pdata[index];
    if (folder->source)
        return folder->source->read(folder->source->context, index, bytes, length);
    return may_be_read(file) && g_file_get_contents(file, bytes, length, NULL);
}

/* --- as they were compiled */

/* The key of all files as they are now; false when one cannot be read. */
static bool find_key(const struct folder *folder, uint64_t *hash)
{
    struct compiled_key *key = compiled_key_new(folder->station);
    bool good = true;
    if (folder->source)
        compiled_key_add(key, "", folder->source->identity, folder->source->identity_length);
    for (guint i = 0; i < folder->files->len && good && !folder->source; i++) {
        char *bytes;
        size_t length;
        good = get_bytes(folder, i, &bytes, &length);
        if (!good)
            break;
        compiled_key_add(key, folder->names->pdata[i], bytes, length);
        g_free(bytes);
    }
    *hash = compiled_key_end(&key);
    return good;
}

static bool take_compiled(struct folder *folder)
{
    size_t length, count = folder->files->len;
    char *bytes = NULL;
    uint64_t key = 0;
    if (!folder->compiled_path || !g_file_get_contents(folder->compiled_path, &bytes, &length, NULL))
        return false;
    struct timetable **taken = g_new0(struct timetable *, count + 1);
    const bool good =
        find_key(folder, &key) && compiled_parse(bytes, length, key, folder->station,
                                                 (const char *const *)folder->files->pdata, taken, count);
    for (size_t i = 0; good && i < count; i++)
        g_ptr_array_add(folder->timetables, taken[i]);
    g_free(taken);
    folder->key = key;
    if (good)
        folder->bytes = bytes;
    else
        g_free(bytes);
    return good;
}

bool folder_save(const struct folder *folder)
{
    if (folder->bytes || !folder->sound || folder->timetables->len == 0 || !folder->compiled_path)
        return true;
    size_t length;
    char *state = g_path_get_dirname(folder->compiled_path);
    char *bytes = compiled_build((const struct timetable *const *)folder->timetables->pdata,
                                 folder->timetables->len, folder->station, folder->key, &length);
    g_mkdir(state, 0777);
    const bool good = g_file_set_contents(folder->compiled_path, bytes, (gssize)length, NULL);
    g_free(bytes);
    g_free(state);
    return good;
}

/* --- from the files */

/* Whole or not at all: no item is entered before all are accepted. */
static bool enter_timetable(struct ledger *ledger, const struct timetable *timetable,
                            struct diagnostics *diagnostics)
{
    bool accepted = true;
    for (size_t i = 0; i < timetable->count; i++)
        accepted = ledger_accepts(ledger, &timetable->items[i], diagnostics) && accepted;
    for (size_t i = 0; i < timetable->count && accepted; i++)
        ledger_enter(ledger, &timetable->items[i]);
    return accepted;
}

/* The key of a folder is of the very bytes that are parsed. */
static struct timetable *read_file(const struct folder *folder, guint index, struct compiled_key *key,
                                   struct diagnostics *diagnostics)
{
    const char *file = folder->files->pdata[index];
    char *bytes;
    size_t length;
    if (!get_bytes(folder, index, &bytes, &length)) {
        if (!folder->source)
            return timetable_parse(file, folder->station, diagnostics); /* says why it cannot be read */
        diagnostics_add(diagnostics, SEVERITY_ERROR, file, 0, "cannot be read any more; its time falls back");
        return NULL;
    }
    if (!folder->source)
        compiled_key_add(key, folder->names->pdata[index], bytes, length);
    struct timetable *timetable = timetable_parse_bytes(bytes, length, file, folder->station, diagnostics);
    g_free(bytes);
    return timetable;
}

static void read_files(struct folder *folder, struct diagnostics *diagnostics)
{
    struct ledger *ledger = ledger_new(folder->station);
    struct compiled_key *key = compiled_key_new(folder->station);
    if (folder->source)
        compiled_key_add(key, "", folder->source->identity, folder->source->identity_length);
    const size_t before = diagnostics->errors + diagnostics->warnings;
    for (guint i = 0; i < folder->files->len; i++) {
        struct timetable *timetable = read_file(folder, i, key, diagnostics);
        if (timetable && enter_timetable(ledger, timetable, diagnostics))
            g_ptr_array_add(folder->timetables, timetable);
        else
            timetable_free(&timetable);
    }
    folder->sound = diagnostics->errors + diagnostics->warnings == before;
    folder->key = compiled_key_end(&key);
    ledger_free(&ledger);
}

/* --- the folder */

static void free_timetable(void *pointer)
{
    struct timetable *timetable = pointer;
    timetable_free(&timetable);
}

static struct folder *folder_new(const struct station *station, char *path, char *compiled_path)
{
    struct folder *folder = g_new(struct folder, 1);
    *folder = (struct folder){.station = station,
                              .path = path,
                              .compiled_path = compiled_path,
                              .names = g_ptr_array_new_with_free_func(g_free),
                              .files = g_ptr_array_new_with_free_func(g_free),
                              .timetables = g_ptr_array_new_with_free_func(free_timetable)};
    return folder;
}

struct folder *folder_parse(const char *directory, const struct station *station,
                            struct diagnostics *diagnostics)
{
    const char *base = strcmp(directory, ".") == 0 ? "" : directory;
    struct folder *folder =
        folder_new(station, *base ? g_build_filename(base, "timetables", NULL) : g_strdup("timetables"),
                   *base ? g_build_filename(base, "state", "plan", NULL) : g_strdup("state/plan"));
    list_files(folder, diagnostics);
    if (!take_compiled(folder))
        read_files(folder, diagnostics);
    return folder;
}

struct folder *folder_parse_files(const struct timetable_files *source, const struct station *station,
                                  struct diagnostics *diagnostics)
{
    struct folder *folder = folder_new(station, g_strdup(source->folder), g_strdup(source->compiled));
    folder->source = source;
    list_source(folder);
    if (!take_compiled(folder))
        read_files(folder, diagnostics);
    folder->source = NULL;
    return folder;
}

void folder_free(struct folder **pointer)
{
    struct folder *folder = *pointer;
    *pointer = NULL;
    if (!folder)
        return;
    g_ptr_array_unref(folder->timetables);
    g_ptr_array_unref(folder->files);
    g_ptr_array_unref(folder->names);
    g_free(folder->bytes);
    g_free(folder->compiled_path);
    g_free(folder->path);
    g_free(folder);
}

size_t folder_count(const struct folder *folder)
{
    return folder->timetables->len;
}

const struct timetable *folder_timetable(const struct folder *folder, size_t index)
{
    return folder->timetables->pdata[index];
}

uint64_t folder_key(const struct folder *folder)
{
    return folder->key;
}
