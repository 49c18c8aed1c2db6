/* The steps of a preparation: measure the sound, encode the picture into cells, encode the sound, check that
 * the source stayed as it was, and give the lesson its name. Picture and sound are read one after the other,
 * so a lesson of three hours takes no more memory than one of a minute. */
#include "mux/prepare/prepare.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "mux/prepare/media.h"
#include "mux/prepare/picture.h"
#include "mux/prepare/pool.h"
#include "mux/prepare/slate.h"
#include "mux/prepare/sound.h"
#include "mux/prepare/verify.h"
#include "mux/prepare/work.h"

/* Shares of the whole work, as measured. */
#define SHARE_MEASURE 0.04
#define SHARE_PICTURE 0.90
#define SHARE_SOUND 0.06
#define SECONDS_MAX 86400
/* A lesson has whole seconds. Up to three pictures over a second are not worth one more second of a held
 * picture, nor is sound that rings on for half a second. */
#define PICTURE_OVER 0.12
#define SOUND_OVER 0.5
#define CUT_SECONDS 2.0 /* a file that is shorter than it says by so much has been cut */
#define TITLE_SIZE 72
#define TITLE_COLOUR "0xF2F0E6"

struct film {
    struct work *work;
    const struct sound *sound;
    struct lesson_writer *writer;
    struct pool *pool;
    struct verify *verify;
    AVFrame *logo;
    AVFrame *pictures[HOUSE_FPS]; /* the GOP that is being gathered */
    int gathered;
    uint32_t pushed, seconds; /* GOPs given to the pool; cells written */
    double claimed, length;   /* seconds: what the file says, and what its picture has */
    uint32_t damages;
    bool found; /* the file has a picture */
};

static bool fail_of_memory(struct work *work)
{
    return work_fail(work, "Memory is out. Close other programs and run prepare again.");
}

/* Takes the oldest GOP out of the pool and writes its cell. */
static bool write_cell(struct film *film)
{
    const struct pool_gop *gop = pool_pop(film->pool);
    film->work->result->again += gop->result.again;
    if (gop->result.fault != ENCODE_OK)
        return work_fail(film->work, "%s", encode_fault_text(gop->result.fault));
    verify_cell(film->verify, gop->cell);
    if (lesson_writer_add_cell(film->writer, gop->cell) != LESSON_OK)
        return work_fail(film->work, "The lesson cannot be written (%m). Make room on the disk and run "
                                     "prepare again.");
    film->seconds++;
    return work_report(film->work, film->seconds);
}

/* Gathers one picture of the grid. */
static bool take_picture(void *context, const AVFrame *frame)
{
    struct film *film = context;
    AVFrame *picture = av_frame_clone(frame);
    if (!picture)
        return fail_of_memory(film->work);
    picture->pict_type = AV_PICTURE_TYPE_NONE; /* x264 decides */
    while (picture->nb_side_data > 0)
        av_frame_remove_side_data(picture, picture->side_data[0]->type);
    film->pictures[film->gathered++] = picture;
    if (film->gathered < HOUSE_FPS)
        return true;
    if (pool_is_full(film->pool) && !write_cell(film))
        return false;
    pool_push(film->pool, film->pictures);
    film->gathered = 0;
    if (++film->pushed > SECONDS_MAX)
        return work_fail(film->work, "The picture is longer than 24 hours. Cut the file into lessons.");
    return true;
}

static uint32_t lesson_seconds(const struct film *film)
{
    double length = fmax(film->length, film->sound->seconds - SOUND_OVER);
    return fmax(1, fmax(film->pushed, ceil(length - PICTURE_OVER)));
}

static bool fail_to_conform(struct work *work)
{
    return work_fail(work, "The picture cannot be brought into the house format. Export the file again, as "
                           "H.264 for example.");
}

/* A lesson without picture shows its title. */
static bool show_slate(struct film *film)
{
    struct work *work = film->work;
    const struct prepare_job *job = work->job;
    if (!film->sound->present)
        return work_fail(work, "There is neither picture nor sound in the file that can be decoded. Name a "
                               "video or sound file, or export this one again.");
    work_remark(work, "There is no picture: the lesson shows a slate.");
    const struct slate_line title = {job->title ? job->title : "", TITLE_SIZE, job->house->video.height * 9 / 20,
                                     TITLE_COLOUR};
    AVFrame *slate = slate_new(job->house, &title, 1);
    struct picture *picture = picture_new(job->house, film->logo, NULL, take_picture, film);
    bool good = slate && picture;
    if (!good)
        fail_of_memory(work);
    good = good && picture_add(picture, slate, 0) &&
           picture_finish(picture, (int64_t)lesson_seconds(film) * HOUSE_FPS);
    picture_free(&picture);
    av_frame_free(&slate);
    return good || fail_to_conform(work);
}

static bool read_frames(struct film *film, struct media *media, struct picture *picture, AVFrame *frame)
{
    int64_t at;
    bool good = true;
    while (good && media_next(media, frame, &at)) {
        film->found = true;
        good = picture_add(picture, frame, at);
        av_frame_unref(frame);
    }
    film->length = (double)media_end(media) / AV_TIME_BASE;
    film->claimed = media_seconds(media);
    film->damages = media_damages(media);
    if (!good || !film->found)
        return good;
    return picture_finish(picture, (int64_t)lesson_seconds(film) * HOUSE_FPS);
}

static bool show_frames(struct film *film, struct media *media)
{
    AVFrame *frame = av_frame_alloc();
    struct picture *picture =
        picture_new(film->work->job->house, film->logo, media_display_matrix(media), take_picture, film);
    bool good = picture && frame;
    if (!good)
        fail_of_memory(film->work);
    good = good && read_frames(film, media, picture, frame);
    picture_free(&picture);
    av_frame_free(&frame);
    return good || fail_to_conform(film->work);
}

/* The first picture of the logo's file; *logo stays NULL when the house has none. */
static bool read_logo(struct work *work, AVFrame **logo)
{
    const char *path = work->job->logo;
    struct media *media = NULL;
    int64_t at;
    if (!path)
        return true;
    bool good = media_open(work, path, AVMEDIA_TYPE_VIDEO, &media) && media && (*logo = av_frame_alloc()) &&
                media_next(media, *logo, &at);
    media_free(&media);
    if (good)
        return true;
    work->failed = false; /* the words for a lesson's file do not fit */
    return work_fail(work,
                     "The logo %.120s is not a picture that can be read. Use a PNG, and name it in "
                     "station.xml.",
                     path);
}

static bool run_film(struct film *film)
{
    struct work *work = film->work;
    struct media *media;
    if (!read_logo(work, &film->logo) || !media_open(work, work->job->path, AVMEDIA_TYPE_VIDEO, &media))
        return false;
    bool good = true;
    if (media) {
        if (work->total <= 0)
            work->total = media_seconds(media);
        good = show_frames(film, media);
        media_free(&media);
    }
    if (good && !film->found)
        good = show_slate(film);
    while (good && !pool_is_empty(film->pool))
        good = write_cell(film);
    char text[160];
    if (!good || verify_finish(film->verify, text, sizeof text))
        return good;
    return work_fail(work,
                     "The lesson breaks the decoder model (%s). This is a fault of chalkcast; please "
                     "report it with the file.",
                     text);
}

static bool encode_film(struct film *film)
{
    const struct prepare_job *job = film->work->job;
    film->pool = pool_new(job->house, job->preset, job->threads > 0 ? job->threads : 1);
    film->verify = verify_new(job->house);
    bool good = film->pool && film->verify ? run_film(film) : fail_of_memory(film->work);
    av_frame_free(&film->logo);
    for (int i = 0; i < HOUSE_FPS; i++)
        av_frame_free(&film->pictures[i]);
    pool_free(&film->pool);
    verify_free(&film->verify);
    return good;
}

static void remark_on_faults(struct film *film)
{
    const struct sound *sound = film->sound;
    double length = fmax(film->length, sound->seconds);
    uint32_t damages = film->damages + sound->damages;
    if (!sound->present)
        work_remark(film->work, "There is no sound: the lesson is silent.");
    if (film->found && film->claimed - length > CUT_SECONDS)
        work_remark(film->work,
                    "The file says it lasts %.0f s, but only %.0f s could be read: it may be cut.",
                    film->claimed, length);
    if (damages > 0)
        work_remark(film->work, "%u damaged pieces were left out.", damages);
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

static bool make_lesson(struct work *work, struct lesson_writer *writer)
{
    struct sound sound;
    work_begin(work, SHARE_MEASURE);
    if (!sound_measure(work, &sound))
        return false;
    struct film film = {.work = work, .sound = &sound, .writer = writer};
    work_begin(work, SHARE_PICTURE);
    if (!encode_film(&film))
        return false;
    work_begin(work, SHARE_SOUND);
    if (!sound_encode(work, &sound, film.seconds, writer))
        return false;
    remark_on_faults(&film);
    return true;
}

bool prepare_lesson(const struct prepare_job *job, struct prepare_result *result)
{
    struct stat before = {0};
    stat(job->path, &before);
    if (!prepare_key(job, result))
        return false;
    struct work work = {.job = job, .result = result};
    struct lesson_writer *writer = lesson_writer_new(job->directory, job->house);
    if (!writer)
        return work_fail(&work, "No lesson can be written into %.100s (%m). Make the folder, or room in it.",
                         job->directory);
    bool good = make_lesson(&work, writer) && is_unchanged(&work, &before);
    if (!good) {
        lesson_writer_free(&writer);
        return false;
    }
    result->info.prepared_at = time(NULL);
    if (lesson_writer_finish(&writer, &result->info, result->hash) != LESSON_OK)
        return work_fail(&work, "The lesson cannot be written (%m). Make room on the disk and run prepare "
                                "again.");
    return true;
}
