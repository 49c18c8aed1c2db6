/* The steps of a preparation: measure the sound, encode the picture into cells, encode the sound, check that
 * the source stayed as it was, and give the lesson its name. Picture and sound are read one after the other,
 * so a lesson of three hours takes no more memory than one of a minute. */
#include "mux/prepare/prepare.h"

#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "mux/prepare/choice.h"
#include "mux/prepare/film.h"
#include "mux/prepare/sound.h"
#include "mux/prepare/sound_repack.h"
#include "mux/prepare/subtitle.h"
#include "mux/prepare/work.h"

/* Shares of the whole work, as measured. */
#define SHARE_MEASURE 0.04
#define SHARE_PICTURE 0.90
#define SHARE_SOUND 0.06
#define CUT_SECONDS 2.0 /* a file that is shorter than it says by so much has been cut */

/* A lesson under way. */
struct making {
    struct work *work;
    struct choice choice;
    struct sound sounds[HOUSE_AUDIO_TRACKS];
    struct film film;
    struct lesson_writer *writer;
};

static void remark_on_faults(const struct making *making)
{
    struct work *work = making->work;
    const struct film *film = &making->film;
    const struct sound *sound = &making->sounds[0];
    double length = fmax(film->length, sound->seconds);
    uint32_t damages = film->damages;
    for (uint32_t i = 0; i < making->choice.tracks.audio_count; i++)
        damages += making->sounds[i].damages;
    if (!sound->present)
        work_remark(work, "There is no sound: the lesson is silent.");
    if (film->found && film->claimed - length > CUT_SECONDS)
        work_remark(work, "The file says it lasts %.0f s, but only %.0f s could be read: it may be cut.",
                    film->claimed, length);
    if (damages > 0)
        work_remark(work, "%u damaged pieces were left out.", damages);
}

static bool is_unchanged(struct work *work, const struct stat *before)
{
    struct stat now;
    if (stat(work->job->path, &now) == 0 && now.st_dev == before->st_dev && now.st_ino == before->st_ino &&
        now.st_size == before->st_size && now.st_mtim.tv_sec == before->st_mtim.tv_sec &&
        now.st_mtim.tv_nsec == before->st_mtim.tv_nsec)
        return true;
    return work_fail(work, "The file changed while it was read. Wait until it is copied whole, then run "
                           "prepare again.");
}

static bool measure_sounds(struct making *making)
{
    uint32_t count = making->choice.tracks.audio_count;
    for (uint32_t i = 0; i < count; i++) {
        work_begin(making->work, SHARE_MEASURE / count);
        if (!sound_measure(making->work, &making->choice.audio[i], &making->sounds[i]))
            return false;
    }
    return true;
}

static bool encode_sounds(struct making *making)
{
    struct work *work = making->work;
    uint32_t count = making->choice.tracks.audio_count, seconds = making->film.seconds;
    for (uint32_t i = 0; i < count; i++) {
        const struct sound_source *source = &making->choice.audio[i];
        const struct sound *sound = &making->sounds[i];
        work_begin(work, SHARE_SOUND / count);
        bool ready = sound_repack_is_possible(work, source, sound);
        if (ready && i == 0)
            work_remark(work, "Repacked: the sound was in the house format already.");
        if (work->failed || !(ready ? sound_repack(work, source, i, seconds, making->writer)
                                    : sound_encode(work, source, sound, i, seconds, making->writer)))
            return false;
    }
    return true;
}

static bool encode_subtitles(struct making *making)
{
    for (uint32_t i = 0; i < making->choice.tracks.subtitle_count; i++) {
        const struct sound_source *source = &making->choice.subtitles[i];
        const char *path = source->stream < 0 ? source->path : NULL;
        if (!subtitle_encode(making->work, path, source->stream, i, making->film.seconds, making->writer))
            return false;
    }
    return true;
}

static bool make_lesson(struct making *making)
{
    if (!measure_sounds(making))
        return false;
    work_begin(making->work, SHARE_PICTURE);
    if (!film_encode(making->work, &making->sounds[0], making->writer, &making->film) ||
        !encode_sounds(making) || !encode_subtitles(making))
        return false;
    remark_on_faults(making);
    return true;
}

/* From the file to the finished lesson, under its temporary name. */
static bool begin_lesson(struct making *making)
{
    struct work *work = making->work;
    const struct prepare_job *job = work->job;
    if (!choice_make(work, &making->choice))
        return false;
    making->writer = lesson_writer_new(job->directory, job->house, &making->choice.tracks);
    if (!making->writer)
        return work_fail(work, "No lesson can be written into %.100s (%m). Make the folder, or room in it.",
                         job->directory);
    return make_lesson(making);
}

bool prepare_lesson(const struct prepare_job *job, struct prepare_result *result)
{
    struct stat before = {0};
    stat(job->path, &before);
    if (!prepare_key(job, result))
        return false;
    struct work work = {.job = job, .result = result};
    struct making making = {.work = &work};
    if (!begin_lesson(&making) || !is_unchanged(&work, &before)) {
        lesson_writer_free(&making.writer);
        return false;
    }
    result->info.prepared_at = time(NULL);
    result->info.tracks = making.choice.tracks;
    if (lesson_writer_finish(&making.writer, &result->info, result->hash) != LESSON_OK)
        return work_fail(&work, "The lesson cannot be written (%m). Make room on the disk and run prepare "
                                "again.");
    return true;
}
