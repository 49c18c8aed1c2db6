/* Layer II and AAC-LC by FFmpeg's own encoders. */
#include "mux/prepare/sound_coder.h"

#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>
#include <libavutil/samplefmt.h>

#include "mux/cell.h"

#define SAMPLE_RATE 48000
/* What the analysis and synthesis filter banks of Layer II delay together (ISO/IEC 11172-3: 512 taps, 32
 * bands); the rest of a block is added, so that it is a block in all. AAC's is a block of its own. */
#define LAYER2_DELAY (512 - 32 + 1)
#define ADTS_HEADER 7
/* FFmpeg's AAC encoder keeps to its rate on average only. A frame that is too large is made anew by a coarser
 * encoder, which gets the recent blocks first: then it chooses the same windows, and the frame overlaps with
 * its neighbours as it should. */
#define RECENT 4
#define COARSER 0.6
#define COARSEST 6000 /* bits/s */

struct sound_coder {
    const struct audio_format *audio;
    AVCodecContext *context;
    AVAudioFifo *fifo;
    AVFrame *blocks[RECENT]; /* block n is in place n % RECENT */
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

static AVCodecContext *open_context(const struct audio_format *audio, int64_t rate)
{
    const AVCodec *codec = avcodec_find_encoder_by_name(audio->codec == AUDIO_AAC ? "aac" : "mp2");
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!context)
        return NULL;
    context->bit_rate = rate;
    context->sample_rate = SAMPLE_RATE;
    context->sample_fmt = sample_format(audio);
    context->thread_count = 1;
    av_channel_layout_default(&context->ch_layout, 2);
    if (avcodec_open2(context, codec, NULL) < 0 || context->frame_size != (int)audio->samples)
        avcodec_free_context(&context);
    return context;
}

static AVFrame *new_block(const struct audio_format *audio)
{
    AVFrame *block = av_frame_alloc();
    if (!block)
        return NULL;
    block->nb_samples = (int)audio->samples;
    block->format = sample_format(audio);
    block->sample_rate = SAMPLE_RATE;
    av_channel_layout_default(&block->ch_layout, 2);
    if (av_frame_get_buffer(block, 0) < 0)
        av_frame_free(&block);
    return block;
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
    coder->packet = av_packet_alloc();
    coder->context = open_context(audio, audio->rate);
    if (!coder->fifo || !coder->packet || !coder->context || !put_delay(coder))
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
    for (int i = 0; i < RECENT; i++)
        av_frame_free(&(*coder)->blocks[i]);
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

static uint32_t frame_length(const struct sound_coder *coder)
{
    return coder->packet->size + (coder->audio->codec == AUDIO_AAC ? ADTS_HEADER : 0);
}

/* Gives a block to an encoder. False when it fails; *got: coder->packet holds what came out. */
static bool encode(struct sound_coder *coder, AVCodecContext *context, AVFrame *block, bool *got)
{
    av_packet_unref(coder->packet);
    if (avcodec_send_frame(context, block) < 0)
        return false;
    int error = avcodec_receive_packet(context, coder->packet);
    *got = error == 0;
    return *got || error == AVERROR(EAGAIN);
}

/* The frame of the newest block, by an encoder of this rate. */
static bool encode_recent(struct sound_coder *coder, int64_t rate)
{
    AVCodecContext *context = open_context(coder->audio, rate);
    uint64_t first = coder->fed > RECENT ? coder->fed - RECENT : 0;
    bool good = context, got = false;
    for (uint64_t i = first; good && i < coder->fed; i++)
        good = encode(coder, context, coder->blocks[i % RECENT], &got);
    avcodec_free_context(&context);
    return good && got;
}

static bool make_smaller(struct sound_coder *coder)
{
    for (double rate = coder->audio->rate * COARSER; frame_length(coder) > coder->audio->bytes;
         rate *= COARSER)
        if (rate < COARSEST || !encode_recent(coder, (int64_t)rate))
            return false;
    return true;
}

/* The packet as a frame of the house. */
static bool build_frame(struct sound_coder *coder, uint8_t *frame, uint32_t *length)
{
    uint32_t header = coder->audio->codec == AUDIO_AAC ? ADTS_HEADER : 0;
    if (!header && coder->packet->size != (int)coder->audio->bytes)
        return false;
    if (header && !make_smaller(coder)) {
        *length = cell_build_silence(coder->audio, frame);
        return true;
    }
    *length = frame_length(coder);
    if (header)
        build_adts(frame, *length);
    memcpy(frame + header, coder->packet->data, coder->packet->size);
    return true;
}

/* The next block of samples, among the recent ones. */
static AVFrame *read_block(struct sound_coder *coder)
{
    AVFrame **place = &coder->blocks[coder->fed % RECENT];
    int samples = (int)coder->audio->samples;
    av_frame_free(place);
    AVFrame *block = *place = new_block(coder->audio);
    if (!block)
        return NULL;
    int got = av_audio_fifo_read(coder->fifo, (void **)block->extended_data, samples);
    if (got < 0 || av_samples_set_silence(block->extended_data, got, samples - got, 2, block->format) < 0)
        return NULL;
    block->pts = (int64_t)(coder->fed++ * coder->audio->samples);
    return block;
}

bool sound_coder_next(struct sound_coder *coder, uint8_t *frame, uint32_t *length)
{
    bool got;
    *length = 0;
    AVFrame *block = read_block(coder);
    if (!block || !encode(coder, coder->context, block, &got))
        return false;
    return !got || coder->got++ == 0 || build_frame(coder, frame, length);
}

/* Layer II, 48 kHz, two channels of the house's rate, as silence has them (ISO/IEC 11172-3 2.4.2.3). */
static bool is_layer2(const struct audio_format *audio, const uint8_t *bytes, size_t size)
{
    uint8_t silence[HOUSE_AUDIO_BYTES_MAX];
    cell_build_silence(audio, silence);
    return size == audio->bytes && bytes[0] == silence[0] && (bytes[1] | 1) == silence[1] &&
           (bytes[2] & 0xFC) == (silence[2] & 0xFC) && bytes[3] >> 6 != 3;
}

/* The fixed part of build_adts()'s header, of either MPEG. */
static bool is_adts(const uint8_t *bytes, size_t size)
{
    return size > ADTS_HEADER && bytes[0] == 0xFF && (bytes[1] & 0xF7) == 0xF1 && (bytes[2] & 0xFD) == 0x4C &&
           bytes[3] >> 6 == 2;
}

bool sound_coder_pack(const struct audio_format *audio, const uint8_t *bytes, size_t size, uint8_t *frame,
                      uint32_t *length)
{
    bool aac = audio->codec == AUDIO_AAC;
    bool boxed = size > 1 && (bytes[0] != 0xFF || bytes[1] < 0xF0); /* in MP4, without a header */
    uint32_t header = aac && boxed ? ADTS_HEADER : 0;
    *length = header + (uint32_t)size;
    if (size == 0 || size > audio->bytes - header)
        return false;
    if (aac ? !boxed && !is_adts(bytes, size) : !is_layer2(audio, bytes, size))
        return false;
    if (header)
        build_adts(frame, *length);
    memcpy(frame + header, bytes, size);
    return true;
}
