/* Reading subtitles as ASS events. */
#include "mux/prepare/subtitle_text.h"

#include <string.h>
#include <sys/stat.h>

#include <glib.h>
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#define FILE_MAX (16 << 20) /* a day of subtitles takes two megabytes */
#define BUFFER 4096
#define FRAME_MS (1000 / SUBTITLE_FPS)
#define UNKNOWN_MS 5000 /* shown when a stream does not say until when, as long as players do */
#define COMMAS 8        /* before the words */

/* A file in memory, given to libavformat: only these bytes are read, whatever they name. */
struct source {
    char *bytes;
    size_t length, at;
};

struct reading {
    struct work *work;
    AVFormatContext *format;
    AVCodecContext *decoder;
    int stream;
    int64_t start; /* time zero of the lesson, microseconds */
    uint32_t frames;
    GArray *events;
    uint32_t damages, late;
};

static bool fail_of_memory(struct work *work)
{
    return work_fail(work, "Memory is out. Close other programs and run prepare again.");
}

static int read_source(void *opaque, uint8_t *to, int size)
{
    struct source *source = opaque;
    size_t left = source->length - source->at, count = left < (size_t)size ? left : (size_t)size;
    memcpy(to, source->bytes + source->at, count);
    source->at += count;
    return count ? (int)count : AVERROR_EOF;
}

static int64_t seek_source(void *opaque, int64_t offset, int whence)
{
    struct source *source = opaque;
    if (whence == AVSEEK_SIZE)
        return source->length;
    if (whence != SEEK_SET || offset < 0 || (size_t)offset > source->length)
        return AVERROR(EINVAL);
    source->at = offset;
    return offset;
}

/* Brings the bytes to UTF-8. */
static bool convert(struct work *work, const char *path, struct source *source)
{
    const char *bytes = source->bytes, *from = "GB18030";
    if (source->length >= 2 && (memcmp(bytes, "\xFF\xFE", 2) == 0 || memcmp(bytes, "\xFE\xFF", 2) == 0))
        from = "UTF-16";
    else if (g_utf8_validate(bytes, source->length, NULL))
        return true;
    gsize length = 0;
    char *converted = g_convert(bytes, source->length, "UTF-8", from, NULL, &length, NULL);
    if (!converted)
        return work_fail(work, "The subtitles %s are neither UTF-8 nor GB 18030. Save them as UTF-8.", path);
    if (from[0] == 'G')
        work_remark(work, "The subtitles %s are not UTF-8; they were read as GB 18030.", path);
    g_free(source->bytes);
    *source = (struct source){converted, length, 0};
    return true;
}

static bool load(struct work *work, const char *path, struct source *source)
{
    GError *error = NULL;
    gsize length = 0;
    struct stat status;
    if (stat(path, &status) == 0 && (!S_ISREG(status.st_mode) || status.st_size > FILE_MAX))
        return work_fail(work, "%s is no file of subtitles (16 MiB at most). Name an SRT or ASS file.", path);
    if (!g_file_get_contents(path, &source->bytes, &length, &error)) {
        work_fail(work, "The subtitles cannot be read (%s).", error->message);
        g_error_free(error);
        return false;
    }
    source->length = length;
    return convert(work, path, source);
}

static bool open_memory(struct reading *reading, const char *path, struct source *source)
{
    uint8_t *buffer = av_malloc(BUFFER);
    AVIOContext *io =
        buffer ? avio_alloc_context(buffer, BUFFER, 0, source, read_source, NULL, seek_source) : NULL;
    reading->format = io ? avformat_alloc_context() : NULL;
    if (!reading->format) {
        av_free(io ? NULL : buffer);
        return fail_of_memory(reading->work);
    }
    reading->format->pb = io;
    AVDictionary *options = NULL;
    av_dict_set(&options, "format_whitelist", "srt,ass,webvtt", 0);
    int error = avformat_open_input(&reading->format, NULL, NULL, &options);
    av_dict_free(&options);
    if (error < 0) {
        av_freep(&io->buffer);
        avio_context_free(&io);
        return work_fail(reading->work, "%s holds no subtitles in SRT, ASS or WebVTT. Export it again.",
                         path);
    }
    return true;
}

static bool open_source(struct reading *reading)
{
    char *url = g_strdup_printf("file:%s", reading->work->job->path);
    AVDictionary *options = NULL;
    av_dict_set(&options, "protocol_whitelist", "file", 0);
    int error = avformat_open_input(&reading->format, url, NULL, &options);
    av_dict_free(&options);
    g_free(url);
    if (error < 0 || avformat_find_stream_info(reading->format, NULL) < 0)
        return work_fail(reading->work, "The subtitles inside the file cannot be read. Copy the file again.");
    return true;
}

/* Time zero as for picture and sound: where the earlier of the two begins. */
static void find_start(struct reading *reading)
{
    int64_t start = INT64_MAX;
    for (unsigned i = 0; i < reading->format->nb_streams; i++) {
        AVStream *stream = reading->format->streams[i];
        enum AVMediaType type = stream->codecpar->codec_type;
        if ((type == AVMEDIA_TYPE_VIDEO || type == AVMEDIA_TYPE_AUDIO) &&
            stream->start_time != AV_NOPTS_VALUE && !(stream->disposition & AV_DISPOSITION_ATTACHED_PIC))
            start = MIN(start, av_rescale_q(stream->start_time, stream->time_base, AV_TIME_BASE_Q));
        if ((int)i != reading->stream)
            stream->discard = AVDISCARD_ALL;
    }
    reading->start = start == INT64_MAX ? 0 : start;
}

static bool open_decoder(struct reading *reading)
{
    if (reading->stream < 0 || (unsigned)reading->stream >= reading->format->nb_streams)
        return work_fail(reading->work, "The file has no stream %d of subtitles.", reading->stream);
    const AVStream *stream = reading->format->streams[reading->stream];
    const AVCodecDescriptor *form = avcodec_descriptor_get(stream->codecpar->codec_id);
    const AVCodec *codec = avcodec_find_decoder(stream->codecpar->codec_id);
    if (!codec || !form || !(form->props & AV_CODEC_PROP_TEXT_SUB))
        return work_fail(
            reading->work,
            "The subtitles inside the file (stream %d, %s) are no text and cannot be drawn anew. "
            "Export them as SRT.",
            reading->stream, form ? form->name : "unknown");
    reading->decoder = avcodec_alloc_context3(codec);
    if (!reading->decoder || avcodec_parameters_to_context(reading->decoder, stream->codecpar) < 0)
        return fail_of_memory(reading->work);
    reading->decoder->pkt_timebase = stream->time_base;
    return avcodec_open2(reading->decoder, codec, NULL) == 0 ||
           work_fail(reading->work, "The subtitles cannot be decoded (%s).", form->long_name);
}

static void add_event(struct reading *reading, int64_t begin_ms, int64_t end_ms, const char *line)
{
    int64_t begin = (MAX(begin_ms, 0) + FRAME_MS / 2) / FRAME_MS, end = (end_ms + FRAME_MS / 2) / FRAME_MS;
    if (end_ms <= 0 || end_ms <= begin_ms)
        return;
    end = MAX(end, begin + 1);
    if (begin >= reading->frames) {
        reading->late++;
        return;
    }
    struct subtitle_event event = {begin, MIN(end, reading->frames), g_strdup(line)};
    g_array_append_val(reading->events, event);
}

static void decode(struct reading *reading, AVPacket *packet)
{
    AVSubtitle subtitle;
    int got = 0;
    if (avcodec_decode_subtitle2(reading->decoder, &subtitle, &got, packet) < 0) {
        reading->damages++;
        return;
    }
    if (!got)
        return;
    AVRational base = reading->format->streams[reading->stream]->time_base, ms = {1, 1000};
    if (packet->pts != AV_NOPTS_VALUE) {
        int64_t begin = av_rescale_q(packet->pts, base, ms) - reading->start / 1000;
        int64_t length = av_rescale_q(packet->duration, base, ms);
        if (length <= 0)
            length = subtitle.end_display_time > 0 && subtitle.end_display_time < UINT32_MAX
                         ? subtitle.end_display_time
                         : UNKNOWN_MS;
        for (unsigned i = 0; i < subtitle.num_rects; i++)
            if (subtitle.rects[i]->ass)
                add_event(reading, begin, begin + length, subtitle.rects[i]->ass);
    }
    avsubtitle_free(&subtitle);
}

static bool decode_all(struct reading *reading)
{
    AVPacket *packet = av_packet_alloc();
    if (!packet)
        return fail_of_memory(reading->work);
    while (av_read_frame(reading->format, packet) >= 0) {
        if (packet->stream_index == reading->stream)
            decode(reading, packet);
        av_packet_unref(packet);
    }
    av_packet_free(&packet);
    return true;
}

static void remark(const struct reading *reading)
{
    if (reading->damages)
        work_remark(reading->work, "%u subtitles could not be decoded.", reading->damages);
    if (reading->late)
        work_remark(reading->work, "%u subtitles begin after the end of the lesson.", reading->late);
}

static struct subtitle_text *finish(struct reading *reading)
{
    struct subtitle_text *text = g_new0(struct subtitle_text, 1);
    bool styled =
        reading->decoder->codec_id == AV_CODEC_ID_ASS || reading->decoder->codec_id == AV_CODEC_ID_SSA;
    if (styled && reading->decoder->subtitle_header)
        text->header = g_strndup((const char *)reading->decoder->subtitle_header,
                                 reading->decoder->subtitle_header_size);
    text->count = reading->events->len;
    text->events = (struct subtitle_event *)(void *)g_array_free(reading->events, FALSE);
    reading->events = NULL;
    return text;
}

static bool read_events(struct reading *reading, const char *path, struct source *source)
{
    if (path ? !load(reading->work, path, source) || !open_memory(reading, path, source)
             : !open_source(reading))
        return false;
    if (!path)
        find_start(reading);
    if (!open_decoder(reading) || !decode_all(reading))
        return false;
    if (path && reading->events->len == 0 && reading->late == 0)
        return work_fail(reading->work, "%s holds no subtitle that can be read. Export it again.", path);
    remark(reading);
    return true;
}

bool subtitle_text_read(struct work *work, const char *path, int stream, uint32_t seconds,
                        struct subtitle_text **text)
{
    struct source source = {NULL, 0, 0};
    struct reading reading = {.work = work,
                              .stream = path ? 0 : stream,
                              .frames = seconds * SUBTITLE_FPS - 1, /* the last one is left empty */
                              .events = g_array_new(FALSE, FALSE, sizeof(struct subtitle_event))};
    bool good = read_events(&reading, path, &source);
    *text = good ? finish(&reading) : NULL;
    if (reading.events) {
        for (guint i = 0; i < reading.events->len; i++)
            g_free(g_array_index(reading.events, struct subtitle_event, i).line);
        g_array_free(reading.events, TRUE);
    }
    avcodec_free_context(&reading.decoder);
    AVIOContext *io = path && reading.format ? reading.format->pb : NULL;
    avformat_close_input(&reading.format);
    if (io) {
        av_freep(&io->buffer);
        avio_context_free(&io);
    }
    g_free(source.bytes);
    return good;
}

void subtitle_text_free(struct subtitle_text **text)
{
    if (!*text)
        return;
    for (size_t i = 0; i < (*text)->count; i++)
        g_free((*text)->events[i].line);
    g_free((*text)->events);
    g_free((*text)->header);
    g_free(*text);
    *text = NULL;
}

const char *subtitle_event_words(const struct subtitle_event *event)
{
    const char *words = event->line;
    for (int i = 0; i < COMMAS && words; i++) {
        words = strchr(words, ',');
        words = words ? words + 1 : NULL;
    }
    return words ? words : "";
}

uint32_t subtitle_next_letter(const char **words)
{
    const char *at = *words, *end;
    while (*at == '{' && (end = strchr(at, '}')))
        at = end + 1;
    uint32_t letter = 0;
    if (at[0] == '\\' && at[1] && strchr("Nnh", at[1])) {
        letter = at[1] == 'N' ? '\n' : ' ';
        at += 2;
    } else if (*at) {
        letter = g_utf8_get_char_validated(at, -1);
        bool good = letter < 0x110000;
        letter = good ? letter : 0xFFFD;
        at = good ? g_utf8_next_char(at) : at + 1;
    }
    *words = at;
    return letter;
}
