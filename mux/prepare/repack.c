/* Packets out of the demuxer, a second at a time. */
#include "mux/prepare/repack.h"

#include <stdlib.h>

#include <libavcodec/bsf.h>
#include <libavformat/avformat.h>

#include "mux/prepare/codec.h"
#include "mux/prepare/encode.h"
#include "mux/prepare/media.h"

#define AVCC 1 /* configurationVersion: NAL units with their length before them, in MP4 and Matroska */

struct repack {
    const struct house *house;
    AVFormatContext *format;
    AVStream *stream;
    AVBSFContext *filter; /* to start codes, or nothing */
    AVPacket *packets[HOUSE_FRAMES_PER_SECOND_MAX];
    int64_t due; /* when the next second begins, in 1/fps s from the stream's time zero */
    bool begun, whole;
};

static bool is_house_stream(const struct video_format *video, const AVStream *stream)
{
    const AVCodecParameters *parameters = stream->codecpar;
    return parameters->codec_id == codec_get(video->codec)->id && parameters->width == video->width &&
           (parameters->height == video->height || parameters->height == (video->height + 15) / 16 * 16);
}

static bool open_filter(struct repack *repack)
{
    const AVCodecParameters *parameters = repack->stream->codecpar;
    bool boxed = parameters->extradata_size > 0 && parameters->extradata[0] == AVCC;
    const char *name = !boxed                                     ? "null"
                       : parameters->codec_id == AV_CODEC_ID_H264 ? "h264_mp4toannexb"
                                                                  : "hevc_mp4toannexb";
    return av_bsf_list_parse_str(name, &repack->filter) >= 0 &&
           avcodec_parameters_copy(repack->filter->par_in, parameters) >= 0 &&
           (repack->filter->time_base_in = repack->stream->time_base, av_bsf_init(repack->filter) >= 0);
}

/* Where the film begins against the sound must not be lost: up to half a picture is the grid's. */
static bool begins_with_file(const struct repack *repack)
{
    const AVStream *stream = repack->stream;
    if (stream->start_time == AV_NOPTS_VALUE || repack->format->start_time == AV_NOPTS_VALUE)
        return false;
    int64_t at = av_rescale_q(stream->start_time, stream->time_base, AV_TIME_BASE_Q);
    return at - repack->format->start_time <= AV_TIME_BASE / 2 / (int64_t)repack->house->video.fps;
}

bool repack_open(struct work *work, struct repack **repack)
{
    *repack = NULL;
    struct repack *opened = calloc(1, sizeof *opened);
    if (!opened)
        return work_fail(work, "Memory is out. Close other programs and run prepare again.");
    opened->house = work->job->house;
    if (!media_open_file(work, work->job->path, &opened->format)) {
        repack_free(&opened);
        return false;
    }
    const AVCodec *codec;
    int index = media_find_stream(opened->format, AVMEDIA_TYPE_VIDEO, &codec);
    bool good = index >= 0;
    if (good) {
        opened->stream = opened->format->streams[index];
        good = is_house_stream(&opened->house->video, opened->stream) && begins_with_file(opened) &&
               open_filter(opened);
    }
    for (unsigned i = 0; good && i < opened->format->nb_streams; i++)
        if ((int)i != index)
            opened->format->streams[i]->discard = AVDISCARD_ALL;
    for (uint32_t i = 0; good && i < opened->house->video.fps; i++)
        good = (opened->packets[i] = av_packet_alloc());
    if (!good)
        repack_free(&opened);
    *repack = opened;
    return true;
}

void repack_free(struct repack **repack)
{
    if (!*repack)
        return;
    for (int i = 0; i < HOUSE_FRAMES_PER_SECOND_MAX; i++)
        av_packet_free(&(*repack)->packets[i]);
    av_bsf_free(&(*repack)->filter);
    avformat_close_input(&(*repack)->format);
    free(*repack);
    *repack = NULL;
}

/* The film's next packet. False at its end. */
static bool read_packet(struct repack *repack, AVPacket *packet)
{
    int error;
    while ((error = av_bsf_receive_packet(repack->filter, packet)) == AVERROR(EAGAIN)) {
        do {
            av_packet_unref(packet);
            error = av_read_frame(repack->format, packet);
        } while (error == AVERROR(EAGAIN) || (error >= 0 && packet->stream_index != repack->stream->index));
        if (error < 0 && error != AVERROR_EOF)
            return false;
        if (av_bsf_send_packet(repack->filter, error < 0 ? NULL : packet) < 0)
            return false;
    }
    return error >= 0;
}

/* Dates the packet in pictures from its second's first. */
static bool date(struct repack *repack, AVPacket *packet, bool first)
{
    const struct video_format *video = &repack->house->video;
    if (packet->pts == AV_NOPTS_VALUE || packet->flags & AV_PKT_FLAG_CORRUPT)
        return false;
    int64_t at = av_rescale_q(packet->pts - repack->stream->start_time, repack->stream->time_base,
                              (AVRational){1, (int)video->fps});
    if (first && repack->begun && at != repack->due)
        return false;
    if (first)
        repack->due = at;
    repack->begun = true;
    packet->pts = at - repack->due;
    return true;
}

bool repack_next(struct repack *repack, struct cell *cell)
{
    struct access_unit units[HOUSE_FRAMES_PER_SECOND_MAX];
    uint32_t count = 0, fps = repack->house->video.fps;
    size_t bytes;
    bool good = true;
    while (good && count < fps && read_packet(repack, repack->packets[count])) {
        good = date(repack, repack->packets[count], count == 0);
        count++;
    }
    repack->whole = repack->begun && good && count == 0; /* it ended between two seconds */
    good = good && count == fps && encode_build_units(repack->house, repack->packets, NULL, units, &bytes) &&
           cell_build(cell, repack->house, units, fps) == 0;
    repack->due += fps;
    for (uint32_t i = 0; i < count; i++)
        av_packet_unref(repack->packets[i]);
    return good;
}

bool repack_is_whole(const struct repack *repack)
{
    return repack->whole;
}
