/* What an encode depends on, as one hash; and the rubbish of killed runs. */
#include "mux/prepare/prepare.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "mux/prepare/encode.h"
#include "mux/prepare/preset.h"
#include "mux/prepare/work.h"

#define PARTIAL ".partial-"

static bool hash_source(struct work *work)
{
    const char *path = work->job->path;
    struct lesson_info *info = &work->result->info;
    struct stat status;
    if (stat(path, &status) != 0 || (S_ISREG(status.st_mode) && access(path, R_OK) != 0))
        return work_fail(work, "The file cannot be opened (%s). Check its name and who may read it.",
                         strerror(errno));
    if (!S_ISREG(status.st_mode))
        return work_fail(work, "This is not a file. Name a video or sound file.");
    info->source_size = status.st_size;
    info->source_mtime_ns = status.st_mtim.tv_sec * INT64_C(1000000000) + status.st_mtim.tv_nsec;
    if (lesson_hash_file(path, info->source_hash) != LESSON_OK)
        return work_fail(work, "The file cannot be read (%s). Check the disk, or copy the file again.",
                         strerror(errno));
    return true;
}

/* What a key is made of, one line a thing. */
struct recipe {
    EVP_MD_CTX *digest;
    bool good;
};

__attribute__((format(printf, 2, 3))) static void add_line(struct recipe *recipe, const char *format, ...)
{
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    recipe->good = recipe->good && length >= 0 && (size_t)length < sizeof line &&
                   EVP_DigestUpdate(recipe->digest, line, (size_t)length);
}

static void add_tracks(struct recipe *recipe, const char *kind, const struct track *tracks, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        add_line(recipe, "%s %s %d\n", kind, tracks[i].language, tracks[i].for_impaired);
}

/* A sidecar counts with its bytes; whether its track is wanted is told by the tracks. */
static bool add_sidecars(struct work *work, struct recipe *recipe)
{
    const struct prepare_job *job = work->job;
    for (size_t i = 0; i < job->sidecar_count; i++) {
        const struct prepare_sidecar *sidecar = &job->sidecars[i];
        char hash[LESSON_HASH_MAX];
        if (lesson_hash_file(sidecar->path, hash) != LESSON_OK)
            return work_fail(work, "The file %.150s beside the lesson cannot be read (%s).", sidecar->path,
                             strerror(errno));
        add_line(recipe, "sidecar %d %s %d %s\n", sidecar->kind, sidecar->language, sidecar->for_impaired,
                 hash);
    }
    return true;
}

static bool add_job(struct work *work, struct recipe *recipe, const char *logo)
{
    const struct prepare_job *job = work->job;
    add_line(recipe, "chalkcast encode %d\n%s\n%s\n%s\n%s\n%.2f\n%s\n", ENCODE_VERSION,
             work->result->info.source_hash, job->house->video.name, job->house->audio.name, job->preset,
             job->loudness, logo);
    if (job->tracks) {
        add_tracks(recipe, "audio", job->tracks->audio, job->tracks->audio_count);
        add_tracks(recipe, "subtitles", job->tracks->subtitles, job->tracks->subtitle_count);
    }
    return add_sidecars(work, recipe);
}

static bool hash_key(struct work *work, const char *logo, char *key)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    struct recipe recipe = {.digest = EVP_MD_CTX_new()};
    recipe.good = recipe.digest && EVP_DigestInit_ex(recipe.digest, EVP_sha256(), NULL);
    bool good = add_job(work, &recipe, logo);
    recipe.good = recipe.good && EVP_DigestFinal_ex(recipe.digest, digest, &length);
    EVP_MD_CTX_free(recipe.digest);
    for (unsigned i = 0; i < length; i++)
        snprintf(key + 2 * i, 3, "%02x", digest[i]);
    return good && (recipe.good || work_fail(work, "The lesson's key cannot be made: memory is out."));
}

bool prepare_key(const struct prepare_job *job, struct prepare_result *result)
{
    char logo[LESSON_HASH_MAX] = "";
    memset(result, 0, sizeof *result);
    struct work work = {.job = job, .result = result};
    if (!preset_is_known(job->preset))
        return work_fail(&work, "The preset \"%.32s\" is not known. Known are " PRESET_NAMES ".",
                         job->preset);
    if (!hash_source(&work))
        return false;
    if (job->logo && lesson_hash_file(job->logo, logo) != LESSON_OK)
        return work_fail(&work, "The logo %.100s cannot be read (%s). Check the logo that station.xml names.",
                         job->logo, strerror(errno));
    snprintf(result->info.source, sizeof result->info.source, "%s", job->source);
    memcpy(result->info.video, job->house->video.name, sizeof result->info.video);
    memcpy(result->info.audio, job->house->audio.name, sizeof result->info.audio);
    return hash_key(&work, logo, result->info.encode_key);
}

void prepare_clean(const char *directory)
{
    DIR *listing = opendir(directory);
    if (!listing)
        return;
    for (const struct dirent *entry; (entry = readdir(listing));) {
        if (strncmp(entry->d_name, PARTIAL, strlen(PARTIAL)) != 0)
            continue;
        int process = atoi(entry->d_name + strlen(PARTIAL));
        if (process > 0 && kill(process, 0) != 0 && errno == ESRCH)
            unlinkat(dirfd(listing), entry->d_name, 0);
    }
    closedir(listing);
}
