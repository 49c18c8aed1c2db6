/* A sidecar is there on purpose, so it comes before a stream of the source. Languages are compared in their
 * bibliographic codes (ISO 639-2/B), as DVB writes them; files have either kind. */
#include "mux/prepare/choice.h"

#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>

#include "mux/prepare/media.h"

/* ISO 639-2/T and ISO 639-1 codes as ISO 639-2/B, where a school of China may meet them. */
static const char bibliographic[][2][4] = {
    {"zho", "chi"}, {"zh", "chi"},  {"bod", "tib"}, {"bo", "tib"},  {"ug", "uig"},
    {"mn", "mon"},  {"ii", "iii"},  {"za", "zha"},  {"kk", "kaz"},  {"ko", "kor"},
    {"ky", "kir"},  {"en", "eng"},  {"fra", "fre"}, {"deu", "ger"}, {"ces", "cze"},
    {"nld", "dut"}, {"fas", "per"}, {"mya", "bur"}, {"msa", "may"}, {"ron", "rum"},
};

static void get_language(const AVStream *stream, char *language)
{
    const AVDictionaryEntry *entry = av_dict_get(stream->metadata, "language", NULL, 0);
    const char *code = entry ? entry->value : "";
    for (size_t i = 0; i < sizeof bibliographic / sizeof *bibliographic; i++)
        if (strcmp(code, bibliographic[i][0]) == 0)
            code = bibliographic[i][1];
    snprintf(language, 4, "%s", strlen(code) == 3 && strcmp(code, "und") != 0 ? code : "");
}

static bool is_for_impaired(const AVStream *stream)
{
    return stream->disposition &
           (AV_DISPOSITION_VISUAL_IMPAIRED | AV_DISPOSITION_DESCRIPTIONS | AV_DISPOSITION_HEARING_IMPAIRED);
}

/* Sound that can be decoded, or subtitles that are text. */
static bool is_usable(const AVStream *stream, enum prepare_kind kind)
{
    const AVCodecParameters *parameters = stream->codecpar;
    const AVCodecDescriptor *descriptor = avcodec_descriptor_get(parameters->codec_id);
    if (!avcodec_find_decoder(parameters->codec_id))
        return false;
    if (kind == PREPARE_AUDIO)
        return parameters->codec_type == AVMEDIA_TYPE_AUDIO && parameters->sample_rate > 0;
    return parameters->codec_type == AVMEDIA_TYPE_SUBTITLE && descriptor &&
           descriptor->props & AV_CODEC_PROP_TEXT_SUB;
}

/* The place of a wanted track; false when there is none. */
static bool find(const struct work *work, const AVFormatContext *format, enum prepare_kind kind,
                 const struct track *wanted, struct sound_source *source)
{
    const struct prepare_job *job = work->job;
    for (size_t i = 0; i < job->sidecar_count; i++) {
        const struct prepare_sidecar *sidecar = &job->sidecars[i];
        *source = (struct sound_source){sidecar->path, -1};
        if (sidecar->kind == kind && sidecar->for_impaired == wanted->for_impaired &&
            strcmp(sidecar->language, wanted->language) == 0)
            return true;
    }
    for (unsigned i = 0; i < format->nb_streams; i++) {
        const AVStream *stream = format->streams[i];
        char language[4];
        get_language(stream, language);
        *source = (struct sound_source){job->path, (int)i};
        if (is_usable(stream, kind) && is_for_impaired(stream) == wanted->for_impaired &&
            strcmp(language, wanted->language) == 0)
            return true;
    }
    return false;
}

/* The main sound: in the first language that is wanted, else what the file offers first. */
static void choose_main(const struct work *work, AVFormatContext *format, struct choice *choice)
{
    const struct tracks *wanted = work->job->tracks;
    const AVCodec *codec;
    choice->tracks.audio_count = 1;
    if (wanted && wanted->audio_count > 0 &&
        find(work, format, PREPARE_AUDIO, &wanted->audio[0], &choice->audio[0])) {
        choice->tracks.audio[0] = wanted->audio[0];
        return;
    }
    int best = media_find_stream(format, AVMEDIA_TYPE_AUDIO, &codec);
    choice->audio[0] = (struct sound_source){work->job->path, best};
    if (best >= 0)
        get_language(format->streams[best], choice->tracks.audio[0].language);
}

static bool is_main(const struct choice *choice, const struct sound_source *source)
{
    return source->stream == choice->audio[0].stream && strcmp(source->path, choice->audio[0].path) == 0;
}

static void choose_others(const struct work *work, const AVFormatContext *format, struct choice *choice)
{
    const struct tracks *wanted = work->job->tracks;
    struct tracks *tracks = &choice->tracks;
    struct sound_source source;
    for (uint32_t i = 1; i < wanted->audio_count; i++) {
        if (!find(work, format, PREPARE_AUDIO, &wanted->audio[i], &source) || is_main(choice, &source))
            continue;
        choice->audio[tracks->audio_count] = source;
        tracks->audio[tracks->audio_count++] = wanted->audio[i];
    }
    for (uint32_t i = 0; i < wanted->subtitle_count; i++) {
        if (!find(work, format, PREPARE_SUBTITLES, &wanted->subtitles[i], &source))
            continue;
        choice->subtitles[tracks->subtitle_count] = source;
        tracks->subtitles[tracks->subtitle_count++] = wanted->subtitles[i];
    }
}

bool choice_make(struct work *work, struct choice *choice)
{
    AVFormatContext *format = NULL;
    memset(choice, 0, sizeof *choice);
    if (!media_open_file(work, work->job->path, &format)) {
        avformat_close_input(&format);
        return false;
    }
    choose_main(work, format, choice);
    if (work->job->tracks)
        choose_others(work, format, choice);
    avformat_close_input(&format);
    return true;
}
