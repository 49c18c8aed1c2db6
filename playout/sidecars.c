#include "playout/sidecars.h"

#include <glib.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <xxhash.h>

#include "schedules/texts.h"

static const char *const audio_suffixes[] = {"m4a", "mp3", "wav", "ogg", "flac", "aac", "mka", NULL};
static const char *const subtitle_suffixes[] = {"srt", "ass", "vtt", NULL};

/* "bo.m4a", "chi.ad.mp3", "ug.sdh.srt": what follows the source's name and its dot. */
static bool parse_name(const char *rest, struct prepare_sidecar *sidecar)
{
    char **parts = g_strsplit(rest, ".", 4);
    const guint count = g_strv_length(parts);
    const char *suffix = count >= 2 ? parts[count - 1] : "", *word = count == 3 ? parts[1] : NULL;
    const bool audio = g_strv_contains(audio_suffixes, suffix);
    bool good = (count == 2 || count == 3) && (audio || g_strv_contains(subtitle_suffixes, suffix)) &&
                strlen(parts[0]) <= 3 && language_parse(parts[0], sidecar->language) &&
                (!word || strcmp(word, audio ? "ad" : "sdh") == 0);
    sidecar->kind = audio ? PREPARE_AUDIO : PREPARE_SUBTITLES;
    sidecar->for_impaired = word;
    g_strfreev(parts);
    return good;
}

static bool has_track(const struct sidecars *sidecars, const struct prepare_sidecar *sidecar)
{
    for (size_t i = 0; i < sidecars->count; i++) {
        const struct prepare_sidecar *other = &sidecars->list[i];
        if (other->kind == sidecar->kind && other->for_impaired == sidecar->for_impaired &&
            strcmp(other->language, sidecar->language) == 0)
            return true;
    }
    return false;
}

static void add(struct sidecars *sidecars, const char *folder, const char *name,
                struct prepare_sidecar sidecar)
{
    struct stat status;
    char *path = g_build_filename(folder, name, NULL);
    if (stat(path, &status) != 0 || !S_ISREG(status.st_mode) || has_track(sidecars, &sidecar)) {
        g_free(path);
        return;
    }
    const int64_t numbers[] = {status.st_size, status.st_mtim.tv_sec, status.st_mtim.tv_nsec};
    sidecars->stamp = XXH3_64bits_withSeed(name, strlen(name), sidecars->stamp);
    sidecars->stamp = XXH3_64bits_withSeed(numbers, sizeof numbers, sidecars->stamp);
    sidecar.path = path;
    sidecars->list = g_renew(struct prepare_sidecar, sidecars->list, sidecars->count + 1);
    sidecars->list[sidecars->count++] = sidecar;
}

static gint compare(gconstpointer left, gconstpointer right)
{
    return strcmp(*(const char *const *)left, *(const char *const *)right);
}

void sidecars_init(struct sidecars *sidecars, const char *path)
{
    char *folder = g_path_get_dirname(path), *base = g_path_get_basename(path);
    const char *dot = strrchr(base, '.');
    const size_t length = dot ? (size_t)(dot - base) : strlen(base);
    GDir *listing = g_dir_open(folder, 0, NULL);
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    *sidecars = (struct sidecars){0};
    for (const char *name; listing && (name = g_dir_read_name(listing));)
        if (strncmp(name, base, length) == 0 && name[length] == '.' && strcmp(name, base) != 0)
            g_ptr_array_add(names, g_strdup(name));
    g_ptr_array_sort(names, compare);
    for (guint i = 0; i < names->len; i++) {
        struct prepare_sidecar sidecar = {0};
        const char *name = names->pdata[i];
        if (parse_name(name + length + 1, &sidecar))
            add(sidecars, folder, name, sidecar);
    }
    g_ptr_array_free(names, TRUE);
    if (listing)
        g_dir_close(listing);
    g_free(folder);
    g_free(base);
}

void sidecars_fini(struct sidecars *sidecars)
{
    for (size_t i = 0; i < sidecars->count; i++)
        g_free((char *)sidecars->list[i].path);
    g_free(sidecars->list);
    *sidecars = (struct sidecars){0};
}
