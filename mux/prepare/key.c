/* What an encode depends on, as one hash; and the rubbish of killed runs. */
#include "mux/prepare/prepare.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
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

static void hash_key(const struct prepare_job *job, const char *source, const char *logo, char *key)
{
    char text[512];
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    int size = snprintf(text, sizeof text, "chalkcast encode %d\n%s\n%s\n%s\n%s\n%.2f\n%s\n", ENCODE_VERSION,
                        source, job->house->video, job->house->audio, job->preset, job->loudness, logo);
    EVP_Digest(text, size, digest, &length, EVP_sha256(), NULL);
    for (unsigned i = 0; i < length; i++)
        snprintf(key + 2 * i, 3, "%02x", digest[i]);
}

bool prepare_key(const struct prepare_job *job, struct prepare_result *result)
{
    char logo[LESSON_HASH_MAX] = "";
    memset(result, 0, sizeof *result);
    struct work work = {.job = job, .result = result};
    if (!preset_find(job->preset))
        return work_fail(&work, "The preset \"%.32s\" is not known. Known are " PRESET_NAMES ".",
                         job->preset);
    if (!hash_source(&work))
        return false;
    if (job->logo && lesson_hash_file(job->logo, logo) != LESSON_OK)
        return work_fail(&work, "The logo %.100s cannot be read (%s). Check the logo that station.xml names.",
                         job->logo, strerror(errno));
    snprintf(result->info.source, sizeof result->info.source, "%s", job->source);
    memcpy(result->info.video, job->house->video, sizeof result->info.video);
    memcpy(result->info.audio, job->house->audio, sizeof result->info.audio);
    hash_key(job, result->info.source_hash, logo, result->info.encode_key);
    return true;
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
