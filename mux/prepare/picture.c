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

#define CHAIN_MAX 1024
#define HD_HEIGHT 720 /* from here on unmarked colours are BT.709, below BT.601 */
/* The logo's place: within the safe area of EBU R95 (3.5 % of each side), at most so large. */
#define LOGO_MARGIN 27
#define LOGO_PART 5 /* of the raster's width and height */

/* What the graph was made for. */
struct form {
    int width, height, format;
    AVRational aspect;
    enum AVColorSpace space;
    enum AVColorRange range;
    bool interlaced;
};

struct picture {
    const struct house *house;
    picture_take *take;
    void *context;
    AVFrame *logo;
    int quarters;  /* clockwise quarter turns that show the frame upright ... */
    bool mirrored; /* ... and then it is mirrored left to right */
    struct form form;
    AVFilterGraph *graph;
    AVFilterContext *source, *sink;
    AVFrame *pending, *conformed, *held;
    int64_t pending_tick, next_tick; /* next_tick: the first that was not taken yet */
    bool is_pending, is_held;
};

/* A display matrix maps the frame's axes onto the screen's (libavutil/display.h: a b / c d in columns 0, 1).
 */
static void read_matrix(struct picture *picture, const int32_t *matrix)
{
    int32_t upright[9];
    for (int i = 0; i < 9; i++)
        upright[i] = matrix[i];
    picture->mirrored = (double)matrix[0] * matrix[4] < (double)matrix[1] * matrix[3];
    if (picture->mirrored)
        av_display_matrix_flip(upright, true, false);
    double turn = -av_display_rotation_get(upright);
    if (!isnan(turn))
        picture->quarters = ((int)lround(turn / 90) % 4 + 4) % 4;
}

struct picture *picture_new(const struct house *house, const AVFrame *logo, const int32_t *matrix,
                            picture_take *take, void *context)
{
    struct picture *picture = calloc(1, sizeof *picture);
    if (!picture)
        return NULL;
    picture->house = house;
    picture->take = take;
    picture->context = context;
    picture->logo = logo ? av_frame_clone(logo) : NULL;
    picture->pending = av_frame_alloc();
    picture->conformed = av_frame_alloc();
    picture->held = av_frame_alloc();
    if (matrix)
        read_matrix(picture, matrix);
    if (!picture->pending || !picture->conformed || !picture->held || (logo && !picture->logo))
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
    free(*picture);
    *picture = NULL;
}

static int even(double size, int most)
{
    int rounded = 2 * (int)lround(size / 2);
    return rounded < 2 ? 2 : rounded > most ? most : rounded;
}

/* The matrix that has to be changed into BT.709, as the colorspace filter calls it, or NULL. */
static const char *foreign_matrix(enum AVColorSpace space)
{
    switch (space) {
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_BT470BG:
        return "smpte170m";
    case AVCOL_SPC_SMPTE240M:
        return "smpte240m";
    case AVCOL_SPC_FCC:
        return "fcc";
    case AVCOL_SPC_BT2020_NCL:
        return "bt2020nc";
    default:
        return NULL;
    }
}

/* Scaling, and colours to BT.709. The scaler changes YCbCr matrices by way of RGB, at three times the cost of
 * the colorspace filter, so it is told that there is nothing to change. */
static int build_scale(const struct form *form, int w, int h, char *chain, size_t size)
{
    bool rgb = av_pix_fmt_desc_get(form->format)->flags & AV_PIX_FMT_FLAG_RGB;
    const char *matrix = rgb ? NULL : foreign_matrix(form->space);
    int used = 0;
    chain[0] = 0;
    if (form->width != w || form->height != h || form->format != AV_PIX_FMT_YUV420P ||
        form->range == AVCOL_RANGE_JPEG)
        used = snprintf(chain, size,
                        "scale=w=%d:h=%d:flags=bicubic:in_color_matrix=bt709:out_color_matrix=bt709:"
                        "out_range=tv,format=yuv420p,",
                        w, h);
    if (matrix)
        used += snprintf(chain + used, size - used,
                         "colorspace=ispace=%s:iprimaries=bt709:itrc=bt709:irange=tv:all=bt709:range=tv:"
                         "format=yuv420p:fast=1,",
                         matrix);
    return used;
}

/* The part of the chain that brings a frame to its size on the raster; nothing when it has it. */
static int build_conform(const struct picture *picture, const struct form *form, char *chain, size_t size)
{
    const struct house *house = picture->house;
    bool lying = picture->quarters % 2;
    double aspect = form->aspect.num > 0 && form->aspect.den > 0 ? av_q2d(form->aspect) : 1;
    double width = form->width * aspect, height = form->height;
    double scale = fmin(house->video.width / (lying ? height : width), house->video.height / (lying ? width : height));
    int w = even(width * scale, lying ? house->video.height : house->video.width);
    int h = even(height * scale, lying ? house->video.width : house->video.height);
    int used = 0;
    chain[0] = 0;
    if (form->interlaced)
        used += snprintf(chain, size, "bwdif=mode=send_frame:deint=interlaced,");
    used += build_scale(form, w, h, chain + used, size - used);
    static const char *const turns[] = {"", "transpose=clock,", "hflip,vflip,", "transpose=cclock,"};
    used += snprintf(chain + used, size - used, "%s%ssetsar=1", turns[picture->quarters],
                     picture->mirrored ? "hflip," : "");
    if (w != house->video.width || h != house->video.height)
        used += snprintf(chain + used, size - used, ",pad=%d:%d:(ow-iw)/2:(oh-ih)/2:color=black",
                         house->video.width, house->video.height);
    return used;
}

/* The logo keeps its size when that is small enough; one of the raster's own shape covers the raster. */
static void build_logo(const struct picture *picture, char *chain, size_t size)
{
    const struct house *house = picture->house;
    double width = picture->logo->width, height = picture->logo->height;
    double fit = fmin(house->video.width / width, house->video.height / height);
    bool covers = width * 2 >= house->video.width && fabs(width / height * house->video.height / house->video.width - 1) < 0.01;
    double scale = covers ? fit : fmin(1, fit / LOGO_PART);
    snprintf(chain, size,
             "[main];[logo]scale=w=%d:h=%d:flags=bicubic:out_color_matrix=bt709:out_range=tv,"
             "format=yuva420p[small];[main][small]overlay=x=%d:y=%d:format=yuv420:eof_action=repeat",
             even(width * scale, house->video.width), even(height * scale, house->video.height),
             covers ? 0 : LOGO_MARGIN * 2, covers ? 0 : LOGO_MARGIN / 2 * 2);
}

static AVFilterContext *add_source(AVFilterGraph *graph, const char *name, const AVFrame *frame)
{
    AVFilterContext *source = NULL;
    char arguments[256];
    AVRational aspect = frame->sample_aspect_ratio;
    snprintf(arguments, sizeof arguments, "video_size=%dx%d:pix_fmt=%d:time_base=1/%d:pixel_aspect=%d/%d",
             frame->width, frame->height, frame->format, HOUSE_FPS, aspect.den > 0 ? aspect.num : 0,
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

static bool open_graph(struct picture *picture, const struct form *form)
{
    char chain[CHAIN_MAX] = "[in]";
    int used = 4 + build_conform(picture, form, chain + 4, sizeof chain - 4);
    if (picture->logo)
        build_logo(picture, chain + used, sizeof chain - used);
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

/* Shows what is held up to `tick`. */
static bool show(struct picture *picture, int64_t tick)
{
    for (; picture->next_tick < tick; picture->next_tick++)
        if (!picture->take(picture->context, picture->held))
            return false;
    return true;
}

/* Takes what the graph has ready: each picture is held until the next one's tick. */
static bool drain(struct picture *picture)
{
    while (av_buffersink_get_frame(picture->sink, picture->conformed) >= 0) {
        int64_t tick = av_rescale_q(picture->conformed->pts, av_buffersink_get_time_base(picture->sink),
                                    (AVRational){1, HOUSE_FPS});
        if (picture->is_held && !show(picture, tick))
            return false;
        av_frame_unref(picture->held);
        av_frame_move_ref(picture->held, picture->conformed);
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

static struct form form_of(const struct picture *picture, const AVFrame *frame)
{
    return (struct form){
        .width = frame->width,
        .height = frame->height,
        .format = frame->format,
        .aspect = frame->sample_aspect_ratio,
        .space = frame->colorspace,
        .range = frame->color_range,
        .interlaced = frame->interlaced_frame || picture->form.interlaced,
    };
}

static bool is_same_form(const struct form *a, const struct form *b)
{
    return a->width == b->width && a->height == b->height && a->format == b->format &&
           a->aspect.num == b->aspect.num && a->aspect.den == b->aspect.den && a->space == b->space &&
           a->range == b->range && a->interlaced == b->interlaced;
}

/* Gives the pending frame to the graph. */
static bool conform_pending(struct picture *picture)
{
    if (!picture->is_pending)
        return true;
    struct form form = form_of(picture, picture->pending);
    bool changed = !picture->graph || !is_same_form(&form, &picture->form);
    if (changed && (!close_graph(picture) || !open_graph(picture, &form)))
        return false;
    picture->pending->pts = picture->pending_tick;
    picture->is_pending = false;
    bool good = av_buffersrc_write_frame(picture->source, picture->pending) >= 0;
    av_frame_unref(picture->pending);
    return good && drain(picture);
}

bool picture_add(struct picture *picture, AVFrame *frame, int64_t at)
{
    int64_t tick = av_rescale(at > 0 ? at : 0, HOUSE_FPS, AV_TIME_BASE);
    if (frame->colorspace == AVCOL_SPC_UNSPECIFIED && frame->height >= HD_HEIGHT &&
        !(av_pix_fmt_desc_get(frame->format)->flags & AV_PIX_FMT_FLAG_RGB))
        frame->colorspace = AVCOL_SPC_BT709;
    if (picture->is_pending && tick <= picture->pending_tick)
        tick = picture->pending_tick; /* takes the place of the frame before */
    else if (!conform_pending(picture))
        return false;
    av_frame_unref(picture->pending);
    av_frame_move_ref(picture->pending, frame);
    picture->pending_tick = tick;
    picture->is_pending = true;
    return true;
}

bool picture_finish(struct picture *picture, int64_t ticks)
{
    return conform_pending(picture) && close_graph(picture) && picture->is_held && show(picture, ticks);
}
