/* The memory is a text file: "chalkcast-encode-keys 2", the house's key, then a line per source: key, size,
 * mtime in nanoseconds, stamp of the sidecars, name. */
#include "playout/keys.h"

#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_LINE "chalkcast-encode-keys 2"

struct known {
    uint64_t size;
    int64_t mtime_ns;
    uint64_t sidecars;
    char key[LESSON_HASH_MAX];
};

struct keys {
    const struct station *station;
    const struct format *format;
    char *directory, *logo;
    char house_key[LESSON_HASH_MAX];
    char fault[256];
    GHashTable *known; /* source -> struct known */
};

static char *memory_path(const struct keys *keys)
{
    const struct house *house = &keys->format->house;
    char *name = g_strdup_printf("encode-keys-%s-%s", house->video.name, house->audio.name);
    char *path = g_build_filename(keys->directory, "state", name, NULL);
    g_free(name);
    return path;
}

struct prepare_job keys_job(const struct keys *keys, const char *path, const struct sidecars *sidecars)
{
    return (struct prepare_job){.house = &keys->format->house,
                                .tracks = &keys->format->tracks,
                                .path = path,
                                .sidecars = sidecars->list,
                                .sidecar_count = sidecars->count,
                                .logo = keys->logo,
                                .preset = keys->station->preset,
                                .loudness = keys->station->loudness,
                                .threads = 1};
}

/* The key of an empty file, which lies in memory. */
static void set_house_key(struct keys *keys)
{
    char path[64];
    int empty = memfd_create("empty", MFD_CLOEXEC);
    snprintf(path, sizeof path, "/proc/self/fd/%d", empty);
    struct prepare_result result;
    struct prepare_job job = keys_job(keys, path, &(struct sidecars){0});
    job.source = "";
    if (prepare_key(&job, &result))
        memcpy(keys->house_key, result.info.encode_key, sizeof keys->house_key);
    else
        snprintf(keys->fault, sizeof keys->fault, "%s", result.error);
    close(empty);
}

static void read_line(struct keys *keys, const char *line)
{
    struct known known;
    int name = 0;
    if (sscanf(line, "%64[0-9a-f] %" SCNu64 " %" SCNd64 " %" SCNx64 " %n", known.key, &known.size,
               &known.mtime_ns, &known.sidecars, &name) == 4 &&
        name > 0 && line[name])
        g_hash_table_replace(keys->known, g_strdup(line + name), g_memdup2(&known, sizeof known));
}

static void read_memory(struct keys *keys)
{
    char *path = memory_path(keys), *text = NULL;
    if (*keys->house_key && g_file_get_contents(path, &text, NULL, NULL)) {
        char **lines = g_strsplit(text, "\n", -1);
        bool ours = lines[0] && strcmp(lines[0], FIRST_LINE) == 0 && lines[1] &&
                    strcmp(lines[1], keys->house_key) == 0;
        for (char **line = lines + 2; ours && *line; line++)
            read_line(keys, *line);
        g_strfreev(lines);
    }
    g_free(text);
    g_free(path);
}

struct keys *keys_new(const char *directory, const struct station *station, const struct format *format)
{
    struct keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return NULL;
    keys->station = station;
    keys->format = format;
    keys->directory = g_strdup(directory);
    keys->logo = station->logo ? g_build_filename(directory, station->logo, NULL) : NULL;
    keys->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    set_house_key(keys);
    read_memory(keys);
    return keys;
}

void keys_free(struct keys **keys)
{
    if (!*keys)
        return;
    g_hash_table_destroy((*keys)->known);
    g_free((*keys)->directory);
    g_free((*keys)->logo);
    free(*keys);
    *keys = NULL;
}

const char *keys_fault(const struct keys *keys)
{
    return keys->fault;
}

static char *source_path(const struct keys *keys, const char *source)
{
    return g_build_filename(keys->directory, "sources", source, NULL);
}

static bool is_as_known(const struct keys *keys, const char *source, const struct known *known)
{
    struct stat status;
    struct sidecars sidecars;
    char *path = source_path(keys, source);
    sidecars_init(&sidecars, path);
    bool same = stat(path, &status) == 0 && known->size == (uint64_t)status.st_size &&
                known->mtime_ns == status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec &&
                known->sidecars == sidecars.stamp;
    sidecars_fini(&sidecars);
    g_free(path);
    return same;
}

const char *keys_get_known(const struct keys *keys, const char *source)
{
    const struct known *known = g_hash_table_lookup(keys->known, source);
    return known && is_as_known(keys, source, known) ? known->key : NULL;
}

const char *keys_get(struct keys *keys, const char *source, char error[256])
{
    const char *key = keys_get_known(keys, source);
    if (key)
        return key;
    struct prepare_result result;
    struct sidecars sidecars;
    char *path = source_path(keys, source);
    sidecars_init(&sidecars, path);
    struct prepare_job job = keys_job(keys, path, &sidecars);
    job.source = source;
    bool good = prepare_key(&job, &result);
    uint64_t stamp = sidecars.stamp;
    sidecars_fini(&sidecars);
    g_free(path);
    if (!good) {
        snprintf(error, 256, "%s", result.error);
        return NULL;
    }
    struct known *known = g_new0(struct known, 1);
    known->size = result.info.source_size;
    known->mtime_ns = result.info.source_mtime_ns;
    known->sidecars = stamp;
    memcpy(known->key, result.info.encode_key, sizeof known->key);
    g_hash_table_replace(keys->known, g_strdup(source), known);
    return known->key;
}

bool keys_save(const struct keys *keys)
{
    GHashTableIter iterator;
    gpointer source, value;
    GString *text = g_string_new(FIRST_LINE "\n");
    g_string_append_printf(text, "%s\n", keys->house_key);
    g_hash_table_iter_init(&iterator, keys->known);
    while (g_hash_table_iter_next(&iterator, &source, &value)) {
        const struct known *known = value;
        if (is_as_known(keys, source, known))
            g_string_append_printf(text, "%s %" PRIu64 " %" PRId64 " %" PRIx64 " %s\n", known->key,
                                   known->size, known->mtime_ns, known->sidecars, (const char *)source);
    }
    char *path = memory_path(keys);
    bool good = g_file_set_contents(path, text->str, (gssize)text->len, NULL);
    g_free(path);
    g_string_free(text, TRUE);
    return good;
}
