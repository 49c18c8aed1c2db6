/* Recordings and badly made files call fields progressive. FFmpeg's idet compares neighbouring lines with
 * those of the neighbouring pictures; only rasters of interlaced television are worth the look. */
#include "mux/prepare/fields.h"

#include <stdio.h>
#include <stdlib.h>

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/dict.h>

#include "mux/prepare/media.h"

#define FRAMES_MAX 250  /* that are looked at, until ... */
#define FRAMES_SURE 120 /* ... so many were told apart */
#define CERTAIN 8       /* frames for one that says otherwise: drawings with fine lines deceive idet */
#define RATE_MAX 31.0   /* frames a second: above, there are no fields in them */

struct detector {
    AVFilterGraph *graph;
    AVFilterContext *source, *sink;
    double top, bottom, progressive; /* frames so far */
};

static bool is_raster_of_fields(const AVFrame *frame)
{
    return frame->height == 480 || frame->height == 486 || frame->height == 576 || frame->height == 1080 ||
           frame->height == 1088;
}

static bool open_detector(struct detector *detector, const AVFrame *frame)
{
    char arguments[128];
    AVFilterContext *idet = NULL;
    snprintf(arguments, sizeof arguments, "video_size=%dx%d:pix_fmt=%d:time_base=1/25", frame->width,
             frame->height, frame->format);
    AVFilterGraph *graph = detector->graph = avfilter_graph_alloc();
    return graph &&
           avfilter_graph_create_filter(&detector->source, avfilter_get_by_name("buffer"), NULL, arguments,
                                        NULL, graph) >= 0 &&
           avfilter_graph_create_filter(&idet, avfilter_get_by_name("idet"), NULL, NULL, NULL, graph) >= 0 &&
           avfilter_graph_create_filter(&detector->sink, avfilter_get_by_name("buffersink"), NULL, NULL, NULL,
                                        graph) >= 0 &&
           avfilter_link(detector->source, 0, idet, 0) == 0 &&
           avfilter_link(idet, 0, detector->sink, 0) == 0 && avfilter_graph_config(graph, NULL) >= 0;
}

static double get(const AVFrame *frame, const char *key)
{
    const AVDictionaryEntry *entry = av_dict_get(frame->metadata, key, NULL, 0);
    return entry ? atof(entry->value) : 0;
}

/* Gives a frame to the filter, which is made for the first one. False when it cannot be. */
static bool look(struct detector *detector, AVFrame *frame)
{
    if ((!detector->graph && !open_detector(detector, frame)) ||
        av_buffersrc_write_frame(detector->source, frame) < 0)
        return false;
    av_frame_unref(frame);
    while (av_buffersink_get_frame(detector->sink, frame) >= 0) {
        detector->top = get(frame, "lavfi.idet.multiple.tff");
        detector->bottom = get(frame, "lavfi.idet.multiple.bff");
        detector->progressive = get(frame, "lavfi.idet.multiple.progressive");
        av_frame_unref(frame);
    }
    return true;
}

static void look_at_frames(struct media *media, struct detector *detector, AVFrame *frame)
{
    int64_t at;
    for (int i = 0; i < FRAMES_MAX && media_next(media, frame, &at); i++) {
        if (frame->interlaced_frame) {
            detector->top = detector->bottom = 0; /* the flags are used, so they are right */
            return;
        }
        frame->pts = i;
        if (!is_raster_of_fields(frame) || !look(detector, frame) ||
            detector->top + detector->bottom + detector->progressive >= FRAMES_SURE)
            return;
    }
}

enum picture_fields fields_detect(struct work *work)
{
    struct media *media;
    struct detector detector = {.graph = NULL};
    if (!media_open(work, work->job->path, AVMEDIA_TYPE_VIDEO, -1, &media) || !media)
        return PICTURE_AS_FLAGGED;
    AVFrame *frame = av_frame_alloc();
    if (frame && media_rate(media) < RATE_MAX)
        look_at_frames(media, &detector, frame);
    av_frame_free(&frame);
    avfilter_graph_free(&detector.graph);
    media_free(&media);
    if (detector.top > CERTAIN * (detector.bottom + detector.progressive))
        return PICTURE_TOP_FIRST;
    if (detector.bottom > CERTAIN * (detector.top + detector.progressive))
        return PICTURE_BOTTOM_FIRST;
    return PICTURE_AS_FLAGGED;
}
