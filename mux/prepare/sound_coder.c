/* Layer II and AAC-LC by FFmpeg's own encoders. */
#include "mux/prepare/sound_coder.h"

#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/samplefmt.h>

#define SAMPLE_RATE 48000
/* What the analysis and synthesis filter banks of Layer II delay together (ISO/IEC 11172-3: 512 taps, 32
 * bands); the rest of a block is added, so that it is a block in all. AAC's is a block of its own. */
#define LAYER2_DELAY (512 - 32 + 1)
#define ADTS_HEADER 7

struct sound_coder {
    const struct audio_format *audio;
    AVCodecContext *context;
    AVAudioFifo *fifo;
    AVFrame *block;
    AVPacket *packet;
    uint64_t fed, got; /* blocks given to the encoder, frames it gave; the first is nothing but its delay */
};

static enum AVSampleFormat sample_format(const struct audio_format *audio)
{
    return audio->codec == AUDIO_AAC ? AV_SAMPLE_FMT_FLTP : AV_SAMPLE_FMT_S16;
}

const char *sound_coder_sample_format(const struct audio_format *audio)
{
    return av_get_sample_fmt_name(sample_format(audio));
}

static bool open_context(struct sound_coder *coder)
{
    const struct audio_format *audio = coder->audio;
    const AVCodec *codec = avcodec_find_encoder_by_name(audio->codec == AUDIO_AAC ? "aac" : "mp2");
    AVCodecContext *context = coder->context = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!context)
        return false;
    context->bit_rate = audio->rate;
    context->sample_rate = SAMPLE_RATE;
    context->sample_fmt = sample_format(audio);
    if (audio->codec == AUDIO_AAC) {
        context->profile = FF_PROFILE_AAC_LOW;
        context->bit_rate_tolerance = 0; /* no frame is larger than the rate says */
    }
    av_channel_layout_default(&context->ch_layout, 2);
    return avcodec_open2(context, codec, NULL) == 0 && context->frame_size == (int)audio->samples;
}

static bool open_block(struct sound_coder *coder)
{
    AVFrame *block = coder->block;
    block->nb_samples = (int)coder->audio->samples;
    block->format = coder->context->sample_fmt;
    block->sample_rate = SAMPLE_RATE;
    return av_channel_layout_copy(&block->ch_layout, &coder->context->ch_layout) >= 0 &&
           av_frame_get_buffer(block, 0) >= 0;
}

static bool put_delay(struct sound_coder *coder)
{
    int16_t delay[2 * (1152 - LAYER2_DELAY)] = {0};
    int count = sizeof delay / sizeof *delay / 2;
    return coder->audio->codec == AUDIO_AAC ||
           av_audio_fifo_write(coder->fifo, &(void *){delay}, count) == count;
}

struct sound_coder *sound_coder_new(const struct audio_format *audio)
{
    struct sound_coder *coder = calloc(1, sizeof *coder);
    if (!coder)
        return NULL;
    coder->audio = audio;
    coder->fifo = av_audio_fifo_alloc(sample_format(audio), 2, SAMPLE_RATE);
    coder->block = av_frame_alloc();
    coder->packet = av_packet_alloc();
    if (!coder->fifo || !coder->block || !coder->packet || !open_context(coder) || !open_block(coder) ||
        !put_delay(coder))
        sound_coder_free(&coder);
    return coder;
}

void sound_coder_free(struct sound_coder **coder)
{
    if (!*coder)
        return;
    avcodec_free_context(&(*coder)->context);
    if ((*coder)->fifo)
        av_audio_fifo_free((*coder)->fifo);
    av_frame_free(&(*coder)->block);
    av_packet_free(&(*coder)->packet);
    free(*coder);
    *coder = NULL;
}

bool sound_coder_put(struct sound_coder *coder, const AVFrame *samples)
{
    return av_audio_fifo_write(coder->fifo, (void **)samples->extended_data, samples->nb_samples) ==
           samples->nb_samples;
}

bool sound_coder_is_ready(const struct sound_coder *coder)
{
    return av_audio_fifo_size(coder->fifo) >= (int)coder->audio->samples;
}

/* An ADTS header (ISO/IEC 14496-3 1.A.2.2): LC, 48 kHz, two channels, variable rate. */
static void build_adts(uint8_t *header, uint32_t length)
{
    const uint8_t bytes[ADTS_HEADER] = {
        0xFF, 0xF1, 0x4C, 0x80 | length >> 11, length >> 3 & 0xFF, (length & 7) << 5 | 0x1F, 0xFC};
    memcpy(header, bytes, sizeof bytes);
}

/* The packet as a frame of the house. */
static bool build_frame(const struct sound_coder *coder, uint8_t *frame, uint32_t *length)
{
    uint32_t header = coder->audio->codec == AUDIO_AAC ? ADTS_HEADER : 0;
    *length = header + coder->packet->size;
    if (*length > coder->audio->bytes || (!header && *length != coder->audio->bytes))
        return false;
    if (header)
        build_adts(frame, *length);
    memcpy(frame + header, coder->packet->data, coder->packet->size);
    return true;
}

bool sound_coder_next(struct sound_coder *coder, uint8_t *frame, uint32_t *length)
{
    AVFrame *block = coder->block;
    int samples = (int)coder->audio->samples;
    *length = 0;
    if (av_frame_make_writable(block) < 0)
        return false;
    int got = av_audio_fifo_read(coder->fifo, (void **)block->extended_data, samples);
    if (got < 0 || av_samples_set_silence(block->extended_data, got, samples - got, 2, block->format) < 0)
        return false;
    block->pts = (int64_t)(coder->fed++ * coder->audio->samples);
    if (avcodec_send_frame(coder->context, block) < 0)
        return false;
    int error = avcodec_receive_packet(coder->context, coder->packet);
    if (error < 0)
        return error == AVERROR(EAGAIN);
    bool good = coder->got++ == 0 || build_frame(coder, frame, length);
    av_packet_unref(coder->packet);
    return good;
}
