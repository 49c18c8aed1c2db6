/* Conforming pictures. What is ahead of the graph (one frame per tick at most) keeps 60 fps sources cheap,
 * what is behind it (repeating) keeps 10 fps sources cheap. */
#include "mux/prepare/picture.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/display.h>
#include <libavutil/mathematics.h>
#include <libavutil/pixdesc.h>

#include "mux/prepare/chain.h"
#include "mux/prepare/weave.h"

#define HD_HEIGHT 720 /* from here on unmarked colours are BT.709, below BT.601 */
#define FIELDS 50     /* a second, of the interlaced formats */
#define FAST 40.0     /* pictures a second: worth fields of their own */
/* frames a second of 25 Hz television, as files claim it */
#define FIELD_RATE_MIN 24.5
#define FIELD_RATE_MAX 25.5

struct picture {
    const struct house *house;
    picture_take *take;
    void *context;
    AVFrame *logo;
    struct chain_form form; /* what the graph was made for; quarters and mirrored are the stream's */
    double rate;
    enum picture_fields fields;
    int grid, step; /* ticks a second; pictures that are no fields begin at every step-th */
    AVFilterGraph *graph;
    AVFilterContext *source, *sink;
    AVFrame *pending, *conformed, *held;
    AVFrame *top;                                /* what is shown as the first field of the frame under way */
    int64_t pending_at, pending_tick, next_tick; /* next_tick: the first that was not taken yet */
    bool is_pending, is_held, is_mapped;
};

/* A display matrix maps the frame's axes onto the screen's (libavutil/display.h: a b / c d in columns 0, 1).
 */
static void read_matrix(struct chain_form *form, const int32_t *matrix)
{
    int32_t upright[9];
    for (int i = 0; i < 9; i++)
        upright[i] = matrix[i];
    form->mirrored = (double)matrix[0] * matrix[4] < (double)matrix[1] * matrix[3];
    if (form->mirrored)
        av_display_matrix_flip(upright, true, false);
    double turn = -av_display_rotation_get(upright);
    if (!isnan(turn))
        form->quarters = ((int)lround(turn / 90) % 4 + 4) % 4;
}

struct picture *picture_new(const struct house *house, const struct picture_source *source,
                            picture_take *take, void *context)
{
    struct picture *picture = calloc(1, sizeof *picture);
    if (!picture)
        return NULL;
    picture->house = house;
    picture->take = take;
    picture->context = context;
    picture->rate = source->rate;
    picture->fields = source->fields;
    picture->grid = house->video.interlaced ? FIELDS : (int)house->video.fps;
    picture->step = house->video.interlaced && source->rate < FAST ? 2 : 1;
    picture->logo = source->logo ? av_frame_clone(source->logo) : NULL;
    picture->pending = av_frame_alloc();
    picture->conformed = av_frame_alloc();
    picture->held = av_frame_alloc();
    picture->top = av_frame_alloc();
    if (source->matrix)
        read_matrix(&picture->form, source->matrix);
    if (!picture->pending || !picture->conformed || !picture->held || !picture->top ||
        (source->logo && !picture->logo))
        picture_free(&picture);
    return picture;
}

void picture_free(struct picture **picture)
{
    if (!*picture)
        return;
    avfilter_graph_free(&(*picture)->graph);
    av_frame_free(&(*picture)->logo);
    av_frame_free(&(*picture)->pending);
    av_frame_free(&(*picture)->conformed);
    av_frame_free(&(*picture)->held);
    av_frame_free(&(*picture)->top);
    free(*picture);
    *picture = NULL;
}

bool picture_is_tone_mapped(const struct picture *picture)
{
    return picture->is_mapped;
}

static AVFilterContext *add_source(AVFilterGraph *graph, const char *name, const AVFrame *frame)
{
    AVFilterContext *source = NULL;
    char arguments[256];
    AVRational aspect = frame->sample_aspect_ratio;
    snprintf(arguments, sizeof arguments, "video_size=%dx%d:pix_fmt=%d:time_base=1/%d:pixel_aspect=%d/%d",
             frame->width, frame->height, frame->format, AV_TIME_BASE, aspect.den > 0 ? aspect.num : 0,
             aspect.den > 0 ? aspect.den : 1);
    int error =
        avfilter_graph_create_filter(&source, avfilter_get_by_name("buffer"), name, arguments, NULL, graph);
    return error < 0 ? NULL : source;
}

static AVFilterInOut *new_end(const char *name, AVFilterContext *filter, AVFilterInOut *next)
{
    AVFilterInOut *end = avfilter_inout_alloc();
    if (end)
        *end = (AVFilterInOut){.name = av_strdup(name), .filter_ctx = filter, .next = next};
    return end;
}

static bool connect(struct picture *picture, AVFilterContext *logo, const char *chain)
{
    AVFilterInOut *outputs = new_end("in", picture->source, logo ? new_end("logo", logo, NULL) : NULL);
    AVFilterInOut *inputs = new_end("out", picture->sink, NULL);
    bool good = outputs && inputs &&
                avfilter_graph_parse_ptr(picture->graph, chain, &inputs, &outputs, NULL) >= 0 &&
                avfilter_graph_config(picture->graph, NULL) >= 0;
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
    return good;
}

/* The logo is given once; the overlay repeats it. */
static bool give_logo(struct picture *picture, AVFilterContext *logo)
{
    picture->logo->pts = 0;
    return av_buffersrc_write_frame(logo, picture->logo) >= 0 &&
           av_buffersrc_close(logo, AV_NOPTS_VALUE, 0) >= 0;
}

static bool open_graph(struct picture *picture, const struct chain_form *form)
{
    char chain[CHAIN_MAX];
    chain_build(&picture->house->video, form, picture->logo, chain, sizeof chain);
    picture->is_mapped = picture->is_mapped || chain_is_tone_mapped(form);
    picture->form = *form;
    picture->graph = avfilter_graph_alloc();
    if (!picture->graph)
        return false;
    picture->graph->nb_threads = 1; /* the encoders have the other processors */
    AVFilterContext *logo = NULL;
    picture->source = add_source(picture->graph, "in", picture->pending);
    bool good =
        picture->source && avfilter_graph_create_filter(&picture->sink, avfilter_get_by_name("buffersink"),
                                                        "out", NULL, NULL, picture->graph) >= 0;
    if (good && picture->logo)
        good = (logo = add_source(picture->graph, "logo", picture->logo));
    good = good && connect(picture, logo, chain) && (!logo || give_logo(picture, logo));
    if (!good)
        avfilter_graph_free(&picture->graph);
    return good;
}

/* The second field of a frame is due: what was the first? */
static bool take_fields(struct picture *picture)
{
    if (picture->top->data[0] == picture->held->data[0]) {
        picture->held->top_field_first = 1;
        return picture->take(picture->context, picture->held);
    }
    AVFrame *frame = weave(picture->top, picture->held);
    bool good = frame && picture->take(picture->context, frame);
    av_frame_free(&frame);
    return good;
}

static bool show_tick(struct picture *picture, int64_t tick)
{
    if (!picture->house->video.interlaced)
        return picture->take(picture->context, picture->held);
    if (tick % 2)
        return take_fields(picture);
    av_frame_unref(picture->top);
    return av_frame_ref(picture->top, picture->held) >= 0;
}

/* Shows what is held up to `tick`. */
static bool show(struct picture *picture, int64_t tick)
{
    for (; picture->next_tick < tick; picture->next_tick++)
        if (!show_tick(picture, picture->next_tick))
            return false;
    return true;
}

/* Fields that are kept lie in one frame, which begins with its first tick. */
static int64_t nearest_tick(const struct picture *picture, int64_t at, bool alone)
{
    int step = alone ? 1 : picture->step;
    return step * av_rescale(at, picture->grid, AV_TIME_BASE * (int64_t)step);
}

/* Takes what the graph has ready: each picture is held until the next one's tick. */
static bool drain(struct picture *picture)
{
    bool alone = picture->form.fields == CHAIN_BOB;
    while (av_buffersink_get_frame(picture->sink, picture->conformed) >= 0) {
        int64_t at =
            av_rescale_q(picture->conformed->pts, av_buffersink_get_time_base(picture->sink), AV_TIME_BASE_Q);
        if (picture->is_held && !show(picture, nearest_tick(picture, at, alone)))
            return false;
        av_frame_unref(picture->held);
        av_frame_move_ref(picture->held, picture->conformed);
        picture->held->interlaced_frame =
            picture->form.fields == CHAIN_KEEP && picture->held->interlaced_frame;
        picture->is_held = true;
    }
    return true;
}

static bool close_graph(struct picture *picture)
{
    if (!picture->graph)
        return true;
    bool good = av_buffersrc_close(picture->source, AV_NOPTS_VALUE, 0) >= 0 && drain(picture);
    avfilter_graph_free(&picture->graph);
    return good;
}

/* What becomes of the fields of interlaced frames. */
static enum chain_fields choose_fields(const struct picture *picture)
{
    bool upright = picture->form.quarters == 0;
    if (picture->house->video.interlaced && upright && picture->rate > FIELD_RATE_MIN &&
        picture->rate < FIELD_RATE_MAX)
        return CHAIN_KEEP;
    return picture->grid == FIELDS ? CHAIN_BOB : CHAIN_DEINTERLACE;
}

static struct chain_form form_of(const struct picture *picture, const AVFrame *frame)
{
    struct chain_form form = {
        .width = frame->width,
        .height = frame->height,
        .format = frame->format,
        .aspect = frame->sample_aspect_ratio,
        .space = frame->colorspace,
        .range = frame->color_range,
        .transfer = frame->color_trc,
        .fields =
            picture->form.fields, /* once interlaced, a stream stays so: the filters look at the flags */
        .quarters = picture->form.quarters,
        .mirrored = picture->form.mirrored,
    };
    if (frame->interlaced_frame)
        form.fields = choose_fields(picture);
    return form;
}

/* Gives the pending frame to the graph: fields with their own dates, pictures with those of their ticks. */
static bool conform_pending(struct picture *picture)
{
    if (!picture->is_pending)
        return true;
    struct chain_form form = form_of(picture, picture->pending);
    bool changed = !picture->graph || !chain_is_same_form(&form, &picture->form);
    if (changed && (!close_graph(picture) || !open_graph(picture, &form)))
        return false;
    picture->pending->pts = form.fields == CHAIN_PROGRESSIVE
                                ? av_rescale(picture->pending_tick, AV_TIME_BASE, picture->grid)
                                : picture->pending_at;
    picture->is_pending = false;
    bool good = av_buffersrc_write_frame(picture->source, picture->pending) >= 0;
    av_frame_unref(picture->pending);
    return good && drain(picture);
}

/* Says what the frame does not. */
static void mark(const struct picture *picture, AVFrame *frame)
{
    if (frame->colorspace == AVCOL_SPC_UNSPECIFIED && frame->height >= HD_HEIGHT &&
        !(av_pix_fmt_desc_get(frame->format)->flags & AV_PIX_FMT_FLAG_RGB))
        frame->colorspace = AVCOL_SPC_BT709;
    if (picture->fields == PICTURE_AS_FLAGGED)
        return;
    frame->interlaced_frame = 1;
    frame->top_field_first = picture->fields == PICTURE_TOP_FIRST;
}

bool picture_add(struct picture *picture, AVFrame *frame, int64_t at)
{
    mark(picture, frame);
    at = at > 0 ? at : 0;
    int64_t tick = nearest_tick(picture, at, frame->interlaced_frame);
    if (picture->is_pending && tick <= picture->pending_tick && !frame->interlaced_frame)
        tick = picture->pending_tick; /* takes the place of the frame before */
    else if (!conform_pending(picture))
        return false;
    av_frame_unref(picture->pending);
    av_frame_move_ref(picture->pending, frame);
    picture->pending_at = at;
    picture->pending_tick = tick;
    picture->is_pending = true;
    return true;
}

bool picture_finish(struct picture *picture, int64_t count)
{
    int64_t tick = count * picture->grid / picture->house->video.fps;
    return conform_pending(picture) && close_graph(picture) && picture->is_held && show(picture, tick);
}
