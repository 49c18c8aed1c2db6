/* Opening, decoding and dating of media files. */
#include "mux/prepare/media.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#define SECOND INT64_C(1000000)
#define LEAP_BACK (1 * SECOND) /* frames go back by less only through rounding and bad edits */
#define LEAP_STREAM                                                                                          \
    (10 * SECOND)                  /* recordings off air leap when cut; the same bound as FFmpeg's own tool  \
                                    */
#define LEAP_FILE (3600 * SECOND)  /* in other files a still slide may well stay for minutes */
#define LENGTH_MAX (3600 * SECOND) /* of one frame, as files claim it */
#define DATE_MAX (INT64_C(1) << 55)
#define ERRORS_AT_END 64 /* more than a decoder holds back; then it is stuck */

struct media {
    AVFormatContext *format;
    AVCodecContext *decoder;
    const AVStream *stream;
    AVPacket *packet;
    bool draining;
    int64_t start; /* the file's time zero, or AV_NOPTS_VALUE until the first dated frame */
    int64_t shift; /* what leaps have added up to */
    int64_t end;   /* where the next frame is expected */
    uint32_t damages;
};

/* What FFmpeg said last in this thread: it often knows the cause better than its error code does. */
static _Thread_local char last_words[128];

__attribute__((format(printf, 3, 0))) static void listen(void *context, int level, const char *format,
                                                         va_list arguments)
{
    (void)context;
    if (level > AV_LOG_ERROR)
        return;
    vsnprintf(last_words, sizeof last_words, format, arguments);
    last_words[strcspn(last_words, "\r\n")] = 0;
}

static bool fail_to_read(struct work *work, int error)
{
    char text[AV_ERROR_MAX_STRING_SIZE] = "";
    av_strerror(error, text, sizeof text);
    return work_fail(work,
                     "The file cannot be read as picture or sound (%s). Play it to see whether it is whole, "
                     "then copy or export it again.",
                     last_words[0] ? last_words : text);
}

/* Formats that name other files, or show any text as a picture, are no lessons. */
static bool is_refused(const AVInputFormat *format)
{
    static const char *const refused[] = {"tty",  "concat", "hls",  "dash", "sdp", "imf",
                                          "rtsp", "bin",    "xbin", "adf",  "idf", "mpsub"};
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
        if (strcmp(format->name, refused[i]) == 0)
            return true;
    return false;
}

bool media_open_file(struct work *work, const char *path, AVFormatContext **format)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return work_fail(work, "The file cannot be opened (%s). Check its name and who may read it.",
                         strerror(errno));
    if (!S_ISREG(status.st_mode))
        return work_fail(work, "This is not a file. Name a video or sound file.");
    if (status.st_size == 0)
        return work_fail(work, "The file is empty (0 bytes). Copy it again from where it came.");
    char *url;
    if (asprintf(&url, "file:%s", path) < 0)
        return work_fail(work, "Memory is out. Close other programs and run prepare again.");
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    last_words[0] = 0;
    int error = avformat_open_input(format, url, NULL, &options);
    av_dict_free(&options);
    free(url);
    if (error < 0)
        return fail_to_read(work, error);
    if (is_refused((*format)->iformat))
        return work_fail(work, "The file is text or a list of other files (%s). Name a video or sound file.",
                         (*format)->iformat->long_name);
    error = avformat_find_stream_info(*format, NULL);
    return error >= 0 || fail_to_read(work, error);
}

int media_find_stream(AVFormatContext *format, enum AVMediaType type, const AVCodec **codec)
{
    int best = av_find_best_stream(format, type, -1, -1, codec, 0);
    if (best < 0 || !(format->streams[best]->disposition & AV_DISPOSITION_ATTACHED_PIC))
        return best;
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVStream *stream = format->streams[i];
        const AVCodec *other = avcodec_find_decoder(stream->codecpar->codec_id);
        if (stream->codecpar->codec_type != type || stream->disposition & AV_DISPOSITION_ATTACHED_PIC ||
            !other)
            continue;
        *codec = other;
        return i;
    }
    return best;
}

/* Time zero is the same for picture and sound: where the earlier of the two begins. */
static int64_t find_start(AVFormatContext *format)
{
    static const enum AVMediaType types[] = {AVMEDIA_TYPE_VIDEO, AVMEDIA_TYPE_AUDIO};
    int64_t start = AV_NOPTS_VALUE;
    for (int i = 0; i < 2; i++) {
        const AVCodec *codec;
        int index = media_find_stream(format, types[i], &codec);
        if (index < 0 || format->streams[index]->disposition & AV_DISPOSITION_ATTACHED_PIC ||
            format->streams[index]->start_time == AV_NOPTS_VALUE)
            continue;
        const AVStream *stream = format->streams[index];
        int64_t at = av_rescale_q(stream->start_time, stream->time_base, AV_TIME_BASE_Q);
        if (at > -DATE_MAX && at < DATE_MAX && (start == AV_NOPTS_VALUE || at < start))
            start = at;
    }
    return start;
}

static bool open_decoder(struct media *media, const AVCodec *codec, unsigned threads)
{
    media->decoder = avcodec_alloc_context3(codec);
    media->packet = av_packet_alloc();
    if (!media->decoder || !media->packet ||
        avcodec_parameters_to_context(media->decoder, media->stream->codecpar) < 0)
        return false;
    media->decoder->pkt_timebase = media->stream->time_base;
    media->decoder->thread_count = threads;
    return avcodec_open2(media->decoder, codec, NULL) == 0;
}

bool media_open(struct work *work, const char *path, enum AVMediaType type, int stream, struct media **media)
{
    av_log_set_callback(listen);
    *media = NULL;
    struct media *opened = calloc(1, sizeof *opened);
    if (!opened)
        return work_fail(work, "Memory is out. Close other programs and run prepare again.");
    if (!media_open_file(work, path, &opened->format)) {
        media_free(&opened);
        return false;
    }
    const AVCodec *codec = NULL;
    int index = stream < 0 ? media_find_stream(opened->format, type, &codec) : stream;
    if (stream >= 0 && (unsigned)stream < opened->format->nb_streams)
        codec = avcodec_find_decoder(opened->format->streams[stream]->codecpar->codec_id);
    if (index >= 0 && codec) {
        opened->stream = opened->format->streams[index];
        opened->start = find_start(opened->format);
        for (unsigned i = 0; i < opened->format->nb_streams; i++)
            if ((int)i != index)
                opened->format->streams[i]->discard = AVDISCARD_ALL;
    }
    if (index < 0 || !codec || !open_decoder(opened, codec, work->job->threads))
        media_free(&opened);
    *media = opened;
    return true;
}

void media_free(struct media **media)
{
    if (!*media)
        return;
    avcodec_free_context(&(*media)->decoder);
    av_packet_free(&(*media)->packet);
    avformat_close_input(&(*media)->format);
    free(*media);
    *media = NULL;
}

double media_seconds(const struct media *media)
{
    int64_t duration = media->format->duration;
    if (duration > 0 && duration < DATE_MAX)
        duration += media->shift; /* leaps that were taken out are no part of it */
    return duration > 0 && duration < DATE_MAX ? (double)duration / SECOND : 0;
}

double media_rate(const struct media *media)
{
    AVRational rate = media->stream->avg_frame_rate;
    return rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
}

const int32_t *media_display_matrix(const struct media *media)
{
    size_t size = 0;
    const uint8_t *matrix = av_stream_get_side_data(media->stream, AV_PKT_DATA_DISPLAYMATRIX, &size);
    return size >= 9 * sizeof(int32_t) ? (const int32_t *)(const void *)matrix : NULL;
}

static int64_t frame_length(const struct media *media, const AVFrame *frame)
{
    if (media->decoder->codec_type == AVMEDIA_TYPE_AUDIO)
        return frame->sample_rate > 0 ? av_rescale(frame->nb_samples, SECOND, frame->sample_rate) : 0;
    int64_t length = av_rescale_q(frame->pkt_duration, media->stream->time_base, AV_TIME_BASE_Q);
    if (length > 0 && length <= LENGTH_MAX)
        return length;
    AVRational rate = media->stream->avg_frame_rate;
    return rate.num > 0 && rate.den > 0 ? av_rescale(SECOND, rate.den, rate.num) : SECOND / 25;
}

static int64_t date(struct media *media, const AVFrame *frame)
{
    int64_t at = media->end, stamp = frame->best_effort_timestamp;
    if (stamp != AV_NOPTS_VALUE) {
        stamp = av_rescale_q(stamp, media->stream->time_base, AV_TIME_BASE_Q);
        if (stamp > -DATE_MAX && stamp < DATE_MAX) {
            if (media->start == AV_NOPTS_VALUE)
                media->start = stamp;
            at = stamp - media->start + media->shift;
        }
    }
    int64_t leap = at - media->end;
    bool live = media->format->iformat->flags & AVFMT_TS_DISCONT;
    if (leap < -LEAP_BACK || leap > (live ? LEAP_STREAM : LEAP_FILE)) {
        media->shift -= leap;
        at = media->end;
    }
    media->end = at + frame_length(media, frame);
    return at;
}

/* Gives the decoder the next packet of the stream, or the end. */
static void feed(struct media *media)
{
    int error;
    while ((error = av_read_frame(media->format, media->packet)) == AVERROR(EAGAIN))
        ;
    if (error < 0) {
        if (error != AVERROR_EOF)
            media->damages++;
        media->draining = true;
        avcodec_send_packet(media->decoder, NULL);
        return;
    }
    if (media->packet->stream_index == media->stream->index &&
        avcodec_send_packet(media->decoder, media->packet) < 0)
        media->damages++;
    av_packet_unref(media->packet);
}

bool media_next(struct media *media, AVFrame *frame, int64_t *at)
{
    for (int errors = 0; errors < ERRORS_AT_END;) {
        int error = avcodec_receive_frame(media->decoder, frame);
        if (error == 0) {
            *at = date(media, frame);
            return true;
        }
        if (error == AVERROR_EOF)
            break;
        if (error != AVERROR(EAGAIN))
            media->damages++;
        if (media->draining)
            errors++;
        else
            feed(media);
    }
    return false;
}

int64_t media_end(const struct media *media)
{
    return media->end;
}

uint32_t media_damages(const struct media *media)
{
    return media->damages;
}
