/* Frames out of the demuxer, each at its place of the lesson's grid. */
#include "mux/prepare/sound_repack.h"

#include <math.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "mux/prepare/media.h"
#include "mux/prepare/sound_coder.h"

#define TOLERANCE_LU 1.0
#define SOUND_OVER 0.5 /* seconds that sound may miss at the end: a last frame, and what a muxer cut off */

struct frames {
    const struct audio_format *audio;
    AVFormatContext *format;
    const AVStream *stream;
    AVPacket *packet;
    int64_t next; /* number of the frame that is due */
};

static bool is_house_stream(const struct audio_format *audio, const AVStream *stream)
{
    const AVCodecParameters *parameters = stream->codecpar;
    if (parameters->sample_rate != SOUND_RATE || parameters->ch_layout.nb_channels != 2)
        return false;
    if (audio->codec == AUDIO_AAC)
        return parameters->codec_id == AV_CODEC_ID_AAC &&
               (parameters->profile == FF_PROFILE_AAC_LOW ||
                parameters->profile == FF_PROFILE_UNKNOWN); /* in ADTS */
    /* a transport stream's stream_type does not tell the layer */
    return parameters->codec_id == AV_CODEC_ID_MP2 || parameters->codec_id == AV_CODEC_ID_MP3;
}

/* False when there are no such frames. */
static bool open_frames(struct work *work, const struct sound_source *source, struct frames *frames)
{
    const AVCodec *codec;
    *frames = (struct frames){.audio = &work->job->house->audio};
    if (!media_open_file(work, source->path, &frames->format))
        return false;
    int index =
        source->stream >= 0 ? source->stream : media_find_stream(frames->format, AVMEDIA_TYPE_AUDIO, &codec);
    if (index < 0)
        return false;
    frames->stream = frames->format->streams[index];
    frames->packet = av_packet_alloc();
    return frames->packet && frames->format->start_time != AV_NOPTS_VALUE &&
           is_house_stream(frames->audio, frames->stream);
}

static void close_frames(struct frames *frames)
{
    av_packet_free(&frames->packet);
    avformat_close_input(&frames->format);
}

/* The frame's number on the grid that begins with the file; negative before it, or when it is not dated. */
static int64_t frame_number(const struct frames *frames)
{
    const AVPacket *packet = frames->packet;
    if (packet->pts == AV_NOPTS_VALUE)
        return -1;
    int64_t at = av_rescale_q(packet->pts, frames->stream->time_base, AV_TIME_BASE_Q);
    return av_rescale(at - frames->format->start_time, SOUND_RATE,
                      (int64_t)frames->audio->samples * AV_TIME_BASE);
}

/* The next frame, as it is sent. *good is false when it is none of the house's; the result when none is left.
 */
static bool next_frame(struct frames *frames, uint8_t *bytes, uint32_t *length, bool *good)
{
    for (;;) {
        av_packet_unref(frames->packet);
        int error = av_read_frame(frames->format, frames->packet);
        if (error < 0 && error != AVERROR(EAGAIN))
            return false;
        if (error < 0 || frames->packet->stream_index != frames->stream->index)
            continue;
        int64_t number = frame_number(frames);
        if (number < 0)
            continue; /* what a muxer put ahead for the decoder */
        *good = number == frames->next++ &&
                sound_coder_pack(frames->audio, frames->packet->data, frames->packet->size, bytes, length);
        return true;
    }
}

bool sound_repack_is_possible(struct work *work, const struct sound_source *source, const struct sound *sound)
{
    uint8_t bytes[HOUSE_AUDIO_BYTES_MAX];
    uint32_t length;
    struct frames frames;
    if (!sound->present || !(fabs(sound->loudness - work->job->loudness) <= TOLERANCE_LU))
        return false;
    bool good = open_frames(work, source, &frames);
    while (good && next_frame(&frames, bytes, &length, &good))
        ;
    good = good && frames.next > 0 &&
           (double)frames.next * frames.audio->samples / SOUND_RATE > sound->seconds - SOUND_OVER;
    close_frames(&frames);
    return good;
}

bool sound_repack(struct work *work, const struct sound_source *source, uint32_t track, uint32_t seconds,
                  struct lesson_writer *writer)
{
    uint8_t bytes[HOUSE_AUDIO_BYTES_MAX];
    uint32_t length;
    struct frames frames;
    bool good = open_frames(work, source, &frames);
    int64_t wanted = audio_first_frame(&work->job->house->audio, seconds) + 2;
    while (good && frames.next < wanted && next_frame(&frames, bytes, &length, &good))
        if (good && lesson_writer_add_audio(writer, track, bytes, length) != LESSON_OK)
            good = work_fail(work, "The lesson cannot be written (%m). Make room on the disk and run prepare "
                                   "again.");
    close_frames(&frames);
    return good || work_fail(work, "The file changed while it was read. Wait until it is copied whole, then "
                                   "run prepare again.");
}
