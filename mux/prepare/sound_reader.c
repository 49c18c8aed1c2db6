/* Decoding, resampling and gap filling. The filter graph is made anew when the sound changes its form in the
 * middle of a file (5.1 to stereo in a recording off air). */
#include "mux/prepare/sound_reader.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/channel_layout.h>
#include <libavutil/opt.h>
#include <libavutil/samplefmt.h>

#include "mux/prepare/media.h"

#define CHAIN_MAX 512
#define GAP_SECONDS                                                                                          \
    1 /* longer gaps are filled here, a second at a time; the resampler would hold them whole */

struct sound_reader {
    struct media *media;
    char chain[CHAIN_MAX];
    AVFilterGraph *graph;
    AVFilterContext *source, *sink;
    AVFrame *frame; /* decoded, waiting for its graph when `waiting` */
    bool waiting, closed;
    int64_t frame_at;  /* microseconds */
    int64_t given_to;  /* where the last frame given to the graph ends, microseconds */
    int64_t delivered; /* samples at SOUND_RATE */
    AVChannelLayout layout;
    int rate, format;
};

bool sound_reader_open(struct work *work, const struct sound_source *source, const char *chain,
                       struct sound_reader **reader)
{
    *reader = NULL;
    struct media *media;
    if (!media_open(work, source->path, AVMEDIA_TYPE_AUDIO, source->stream, &media))
        return false;
    if (!media)
        return true;
    struct sound_reader *opened = calloc(1, sizeof *opened);
    if (opened) {
        opened->media = media;
        opened->frame = av_frame_alloc();
        snprintf(opened->chain, sizeof opened->chain, "%s", chain);
    }
    if (!opened || !opened->frame) {
        media_free(&media);
        free(opened);
        return work_fail(work, "Memory is out. Close other programs and run prepare again.");
    }
    *reader = opened;
    return true;
}

void sound_reader_free(struct sound_reader **reader)
{
    if (!*reader)
        return;
    avfilter_graph_free(&(*reader)->graph);
    av_channel_layout_uninit(&(*reader)->layout);
    av_frame_free(&(*reader)->frame);
    media_free(&(*reader)->media);
    free(*reader);
    *reader = NULL;
}

/* Files may not say where their channels belong; then the usual places for their number hold. */
static void name_channels(AVFrame *frame)
{
    AVChannelLayout *layout = &frame->ch_layout;
    if (layout->order != AV_CHANNEL_ORDER_UNSPEC)
        return;
    AVChannelLayout usual;
    av_channel_layout_default(&usual, layout->nb_channels);
    if (usual.order != AV_CHANNEL_ORDER_UNSPEC)
        av_channel_layout_copy(layout, &usual);
    av_channel_layout_uninit(&usual);
}

static bool open_graph(struct sound_reader *reader)
{
    const AVFrame *frame = reader->frame;
    char layout[128], source[256], chain[CHAIN_MAX + 128];
    av_channel_layout_describe(&frame->ch_layout, layout, sizeof layout);
    snprintf(source, sizeof source, "time_base=1/%d:sample_rate=%d:sample_fmt=%s:channel_layout=%s",
             frame->sample_rate, frame->sample_rate, av_get_sample_fmt_name(frame->format), layout);
    snprintf(chain, sizeof chain, "aresample=%d:ochl=stereo:async=1:first_pts=%" PRId64 "%s", SOUND_RATE,
             reader->delivered, reader->chain);
    reader->graph = avfilter_graph_alloc();
    AVFilterInOut *outputs = avfilter_inout_alloc(), *inputs = avfilter_inout_alloc();
    bool good = reader->graph && outputs && inputs;
    if (good) {
        reader->graph->nb_threads = 1;
        good = avfilter_graph_create_filter(&reader->source, avfilter_get_by_name("abuffer"), "in", source,
                                            NULL, reader->graph) >= 0 &&
               avfilter_graph_create_filter(&reader->sink, avfilter_get_by_name("abuffersink"), "out", NULL,
                                            NULL, reader->graph) >= 0;
    }
    if (good) {
        *outputs = (AVFilterInOut){.name = av_strdup("in"), .filter_ctx = reader->source};
        *inputs = (AVFilterInOut){.name = av_strdup("out"), .filter_ctx = reader->sink};
        good = avfilter_graph_parse_ptr(reader->graph, chain, &inputs, &outputs, NULL) >= 0 &&
               avfilter_graph_config(reader->graph, NULL) >= 0;
    }
    avfilter_inout_free(&inputs);
    avfilter_inout_free(&outputs);
    if (!good)
        avfilter_graph_free(&reader->graph);
    reader->rate = frame->sample_rate;
    reader->format = frame->format;
    av_channel_layout_copy(&reader->layout, &frame->ch_layout);
    return good;
}

static bool is_changed(const struct sound_reader *reader)
{
    return reader->frame->sample_rate != reader->rate || reader->frame->format != reader->format ||
           av_channel_layout_compare(&reader->frame->ch_layout, &reader->layout) != 0;
}

static bool give(struct sound_reader *reader, AVFrame *frame, int64_t at)
{
    frame->pts = av_rescale(at, reader->rate, AV_TIME_BASE);
    reader->given_to = at + av_rescale(frame->nb_samples, AV_TIME_BASE, reader->rate);
    return av_buffersrc_write_frame(reader->source, frame) >= 0;
}

static bool give_silence(struct sound_reader *reader)
{
    AVFrame *silence = av_frame_alloc();
    bool good = silence != NULL;
    if (good) {
        silence->format = reader->format;
        silence->sample_rate = reader->rate;
        silence->nb_samples = GAP_SECONDS * reader->rate;
        good = av_channel_layout_copy(&silence->ch_layout, &reader->layout) >= 0 &&
               av_frame_get_buffer(silence, 0) >= 0 &&
               av_samples_set_silence(silence->extended_data, 0, silence->nb_samples,
                                      reader->layout.nb_channels, reader->format) >= 0 &&
               give(reader, silence, reader->given_to);
    }
    av_frame_free(&silence);
    return good;
}

/* Moves the sound one step on: decodes, or gives to the graph what is decoded. False when nothing is left. */
static bool feed(struct sound_reader *reader)
{
    if (!reader->waiting) {
        reader->waiting = media_next(reader->media, reader->frame, &reader->frame_at);
        if (reader->waiting)
            name_channels(reader->frame);
    }
    if (!reader->graph)
        return reader->waiting && open_graph(reader);
    if (!reader->waiting || is_changed(reader)) {
        reader->closed = true;
        return av_buffersrc_close(reader->source, AV_NOPTS_VALUE, 0) >= 0;
    }
    if (reader->frame_at > reader->given_to + GAP_SECONDS * (int64_t)AV_TIME_BASE)
        return give_silence(reader);
    reader->waiting = false;
    bool good = give(reader, reader->frame, reader->frame_at);
    av_frame_unref(reader->frame);
    return good;
}

bool sound_reader_next(struct sound_reader *reader, AVFrame *samples)
{
    for (;;) {
        int error = reader->graph ? av_buffersink_get_frame(reader->sink, samples) : AVERROR(EAGAIN);
        if (error >= 0) {
            reader->delivered += samples->nb_samples;
            return true;
        }
        if (reader->closed) {
            avfilter_graph_free(&reader->graph);
            reader->closed = false;
            if (!reader->waiting)
                return false;
        } else if (error != AVERROR(EAGAIN)) {
            return false;
        }
        if (!feed(reader))
            return false;
    }
}

double sound_reader_seconds(const struct sound_reader *reader)
{
    return media_seconds(reader->media);
}

uint32_t sound_reader_damages(const struct sound_reader *reader)
{
    return media_damages(reader->media);
}
