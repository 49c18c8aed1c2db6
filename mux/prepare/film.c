/* Gathering pictures into GOPs, and GOPs into cells; several are encoded at once. */
#include "mux/prepare/film.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "mux/prepare/fields.h"
#include "mux/prepare/media.h"
#include "mux/prepare/picture.h"
#include "mux/prepare/pool.h"
#include "mux/prepare/repack.h"
#include "mux/prepare/slate.h"
#include "mux/prepare/verify.h"

#define SECONDS_MAX 86400
/* A lesson has whole seconds. Up to an eighth of a second over is not worth one more second of a held
 * picture, nor is sound that rings on for half a second. */
#define PICTURE_OVER 0.12
#define SOUND_OVER 0.5
#define CHANGED "The file changed while it was read. Wait until it is copied whole, then run prepare again."
#define TITLE_SIZE 72
#define TITLE_LINES 6
#define TITLE_COLOUR "0xF2F0E6"

struct reel {
    struct work *work;
    const struct sound *sound;
    struct lesson_writer *writer;
    struct pool *pool;
    struct verify *verify;
    AVFrame *logo;
    AVFrame *pictures[HOUSE_FRAMES_PER_SECOND_MAX]; /* the GOP that is being gathered */
    uint32_t gathered, pushed;                      /* pictures in it; GOPs given to the pool */
    struct film *film;
};

static bool fail_of_memory(struct work *work)
{
    return work_fail(work, "Memory is out. Close other programs and run prepare again.");
}

static bool add_cell(struct reel *reel, const struct cell *cell)
{
    verify_cell(reel->verify, cell);
    if (lesson_writer_add_cell(reel->writer, cell) != LESSON_OK)
        return work_fail(reel->work, "The lesson cannot be written (%m). Make room on the disk and run "
                                     "prepare again.");
    reel->film->seconds++;
    return work_report(reel->work, reel->film->seconds);
}

/* Takes the oldest GOP out of the pool and writes its cell. */
static bool write_cell(struct reel *reel)
{
    const struct pool_gop *gop = pool_pop(reel->pool);
    reel->work->result->again += gop->result.again;
    if (gop->result.fault != ENCODE_OK)
        return work_fail(reel->work, "%s", encode_fault_text(gop->result.fault));
    return add_cell(reel, gop->cell);
}

/* Gathers one picture of the grid. */
static bool take_picture(void *context, const AVFrame *frame)
{
    struct reel *reel = context;
    AVFrame *picture = av_frame_clone(frame);
    if (!picture)
        return fail_of_memory(reel->work);
    picture->pict_type = AV_PICTURE_TYPE_NONE; /* x264 decides */
    while (picture->nb_side_data > 0)
        av_frame_remove_side_data(picture, picture->side_data[0]->type);
    reel->pictures[reel->gathered++] = picture;
    if (reel->gathered < reel->work->job->house->video.fps)
        return true;
    if (pool_is_full(reel->pool) && !write_cell(reel))
        return false;
    pool_push(reel->pool, reel->pictures);
    reel->gathered = 0;
    if (++reel->pushed > SECONDS_MAX)
        return work_fail(reel->work, "The picture is longer than 24 hours. Cut the file into lessons.");
    return true;
}

static uint32_t lesson_seconds(const struct reel *reel)
{
    double length = fmax(reel->film->length, reel->sound->seconds - SOUND_OVER);
    return fmax(1, fmax(reel->pushed, ceil(length - PICTURE_OVER)));
}

static bool fail_to_conform(struct work *work)
{
    return work_fail(work, "The picture cannot be brought into the house format. Export the file again, as "
                           "H.264 for example.");
}

/* The title's lines around the middle of the raster. NULL when memory is out. */
static AVFrame *draw_title(const struct prepare_job *job)
{
    struct slate_line lines[TITLE_LINES];
    int count = 0, height = (int)job->house->video.height;
    char *text = strdup(job->title ? job->title : ""), *rest = text;
    for (char *line; text && count < TITLE_LINES && (line = strsep(&rest, "\n"));)
        lines[count++] = (struct slate_line){line, TITLE_SIZE, 0, TITLE_COLOUR};
    for (int i = 0; i < count; i++)
        lines[i].y = height * 9 / 20 + (2 * i - (count - 1)) * height * TITLE_SIZE / 1080;
    AVFrame *slate = text ? slate_new(job->house, lines, count) : NULL;
    free(text);
    return slate;
}

/* A lesson without picture shows its title. */
static bool show_slate(struct reel *reel)
{
    struct work *work = reel->work;
    const struct prepare_job *job = work->job;
    if (!reel->sound->present)
        return work_fail(work, "There is neither picture nor sound in the file that can be decoded. Name a "
                               "video or sound file, or export this one again.");
    work_remark(work, "There is no picture: the lesson shows a slate.");
    AVFrame *slate = draw_title(job);
    const struct picture_source source = {.logo = reel->logo};
    struct picture *picture = picture_new(job->house, &source, take_picture, reel);
    bool good = slate && picture;
    if (!good)
        fail_of_memory(work);
    good = good && picture_add(picture, slate, 0) &&
           picture_finish(picture, (int64_t)lesson_seconds(reel) * job->house->video.fps);
    picture_free(&picture);
    av_frame_free(&slate);
    return good || fail_to_conform(work);
}

static bool read_frames(struct reel *reel, struct media *media, struct picture *picture, AVFrame *frame)
{
    int64_t at;
    bool good = true;
    while (good && media_next(media, frame, &at)) {
        reel->film->found = true;
        good = picture_add(picture, frame, at);
        av_frame_unref(frame);
    }
    reel->film->length = (double)media_end(media) / AV_TIME_BASE;
    reel->film->claimed = media_seconds(media);
    reel->film->damages = media_damages(media);
    if (!good || !reel->film->found)
        return good;
    return picture_finish(picture, (int64_t)lesson_seconds(reel) * reel->work->job->house->video.fps);
}

static bool show_frames(struct reel *reel, struct media *media)
{
    const struct picture_source source = {
        .logo = reel->logo,
        .matrix = media_display_matrix(media),
        .rate = media_rate(media),
        .fields = fields_detect(reel->work),
    };
    AVFrame *frame = av_frame_alloc();
    struct picture *picture = picture_new(reel->work->job->house, &source, take_picture, reel);
    bool good = picture && frame;
    if (!good)
        fail_of_memory(reel->work);
    good = good && read_frames(reel, media, picture, frame);
    if (good && source.fields != PICTURE_AS_FLAGGED)
        work_remark(reel->work, "The picture is interlaced though the file does not say so.");
    if (good && picture_is_tone_mapped(picture))
        work_remark(reel->work, "The picture's high dynamic range was mapped to the house's light.");
    picture_free(&picture);
    av_frame_free(&frame);
    return good || fail_to_conform(reel->work);
}

/* The first picture of the logo's file; *logo stays NULL when the house has none. */
static bool read_logo(struct work *work, AVFrame **logo)
{
    const char *path = work->job->logo;
    struct media *media = NULL;
    int64_t at;
    if (!path)
        return true;
    bool good = media_open(work, path, AVMEDIA_TYPE_VIDEO, -1, &media) && media &&
                (*logo = av_frame_alloc()) && media_next(media, *logo, &at);
    media_free(&media);
    if (good)
        return true;
    work->failed = false; /* the words for a lesson's file do not fit */
    return work_fail(work,
                     "The logo %.120s is not a picture that can be read. Use a PNG, and name it in "
                     "station.xml.",
                     path);
}

/* Reads the film and the slate into cells. */
static bool run_encoders(struct reel *reel)
{
    struct work *work = reel->work;
    struct media *media;
    if (!read_logo(work, &reel->logo) || !media_open(work, work->job->path, AVMEDIA_TYPE_VIDEO, -1, &media))
        return false;
    bool good = true;
    if (media) {
        if (work->total <= 0)
            work->total = media_seconds(media);
        good = show_frames(reel, media);
        media_free(&media);
    }
    if (good && !reel->film->found)
        good = show_slate(reel);
    while (good && !pool_is_empty(reel->pool))
        good = write_cell(reel);
    return good;
}

static bool encode(struct reel *reel)
{
    const struct prepare_job *job = reel->work->job;
    reel->pool = pool_new(job->house, job->preset, job->threads > 0 ? job->threads : 1);
    bool good = reel->pool ? run_encoders(reel) : fail_of_memory(reel->work);
    av_frame_free(&reel->logo);
    for (int i = 0; i < HOUSE_FRAMES_PER_SECOND_MAX; i++)
        av_frame_free(&reel->pictures[i]);
    pool_free(&reel->pool);
    return good;
}

/* Lays out every second of a film that is in the house format, and gives it to `add`. Returns the seconds; 0
 * when the film is not, or is too short for its sound. */
static uint32_t lay_out(struct reel *reel, struct cell *cell, bool (*add)(struct reel *, const struct cell *))
{
    struct repack *repack;
    uint32_t seconds = 0;
    if (!repack_open(reel->work, &repack) || !repack)
        return 0;
    while (seconds < SECONDS_MAX && repack_next(repack, cell) && (!add || add(reel, cell)))
        seconds++;
    bool whole = repack_is_whole(repack);
    repack_free(&repack);
    reel->film->length = seconds;
    return whole && lesson_seconds(reel) == seconds ? seconds : 0;
}

/* Repacks the film when it is in the house format, which is looked at first. */
static bool repack(struct reel *reel, bool *repacked)
{
    struct work *work = reel->work;
    struct cell *cell = cell_new(work->job->house->video.slots);
    if (!cell)
        return fail_of_memory(work);
    uint32_t seconds = work->job->logo ? 0 : lay_out(reel, cell, NULL);
    bool good = !work->failed;
    *repacked = good && seconds > 0;
    if (*repacked) {
        work->total = seconds;
        reel->film->found = true;
        reel->film->claimed = seconds;
        good = lay_out(reel, cell, add_cell) == seconds || work_fail(work, CHANGED);
        work_remark(work, "Repacked: the picture was in the house format already.");
    }
    cell_free(&cell);
    return good;
}

bool film_encode(struct work *work, const struct sound *sound, struct lesson_writer *writer,
                 struct film *film)
{
    struct reel reel = {.work = work, .sound = sound, .writer = writer, .film = film};
    bool repacked = false;
    char text[160];
    *film = (struct film){.found = false};
    reel.verify = verify_new(work->job->house);
    bool good = reel.verify ? repack(&reel, &repacked) : fail_of_memory(work);
    good = good && (repacked || encode(&reel));
    if (good && !verify_finish(reel.verify, text, sizeof text))
        good = work_fail(work,
                         "The lesson breaks the decoder model (%s). This is a fault of chalkcast; please "
                         "report it with the file.",
                         text);
    verify_free(&reel.verify);
    return good;
}
