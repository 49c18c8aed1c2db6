/* Measuring and encoding the sound of a lesson. */
#include "mux/prepare/sound.h"

#include <ebur128.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/audio_fifo.h>

#include "mux/prepare/sound_reader.h"

#define LAYER2_SAMPLES 1152
/* What the analysis and synthesis filter banks of Layer II delay together (ISO/IEC 11172-3: 512 taps, 32
 * bands). */
#define LAYER2_DELAY (512 - 32 + 1)
#define GAIN_MAX 30.0  /* dB; more would lift the noise of a recording that holds nothing */
#define PEAK_SAFE -4.0 /* dBFS: samples below cannot hide a true peak above PEAK_MAX in speech and music */
#define PEAK_MAX -2.0  /* dBTP, GY/T 282 */
#define SECONDS_MAX 86400.0

static bool fail_of_memory(struct work *work)
{
    return work_fail(work, "Memory is out. Close other programs and run prepare again.");
}

static bool measure(struct work *work, struct sound_reader *reader, ebur128_state *meter, AVFrame *samples,
                    struct sound *sound)
{
    uint64_t count = 0, reported = 0;
    while (sound_reader_next(reader, samples)) {
        ebur128_add_frames_float(meter, (const float *)(const void *)samples->data[0], samples->nb_samples);
        count += samples->nb_samples;
        av_frame_unref(samples);
        sound->seconds = (double)count / SOUND_RATE;
        if (sound->seconds > SECONDS_MAX)
            return work_fail(work, "The sound is longer than 24 hours. Cut the file into lessons.");
        if (count - reported >= SOUND_RATE) {
            reported = count;
            if (!work_report(work, sound->seconds))
                return false;
        }
    }
    double left = 0, right = 0;
    sound->present = count > 0;
    sound->loudness = -HUGE_VAL;
    ebur128_loudness_global(meter, &sound->loudness);
    ebur128_sample_peak(meter, 0, &left);
    ebur128_sample_peak(meter, 1, &right);
    sound->peak = fmax(left, right);
    sound->damages = sound_reader_damages(reader);
    return true;
}

bool sound_measure(struct work *work, struct sound *sound)
{
    *sound = (struct sound){.loudness = -HUGE_VAL};
    struct sound_reader *reader;
    if (!sound_reader_open(work, ",aformat=sample_fmts=flt", &reader))
        return false;
    if (!reader)
        return true;
    if (work->total <= 0)
        work->total = sound_reader_seconds(reader);
    /* the histogram keeps the meter's memory the same for any length */
    ebur128_state *meter =
        ebur128_init(2, SOUND_RATE, EBUR128_MODE_I | EBUR128_MODE_SAMPLE_PEAK | EBUR128_MODE_HISTOGRAM);
    AVFrame *samples = av_frame_alloc();
    bool good = meter && samples ? measure(work, reader, meter, samples, sound) : fail_of_memory(work);
    av_frame_free(&samples);
    if (meter)
        ebur128_destroy(&meter);
    sound_reader_free(&reader);
    return good;
}

/* The filters that bring the sound to its loudness. Only where the gain would drive peaks near full scale
 * does a limiter follow, at four times the rate so that it sees true peaks (ITU-R BS.1770 Annex 2). */
static void build_gain(const struct work *work, const struct sound *sound, char *chain, size_t size)
{
    double gain = isfinite(sound->loudness) ? fmin(work->job->loudness - sound->loudness, GAIN_MAX) : 0;
    double peak = 20 * log10(fmax(sound->peak, 1e-9)) + gain;
    int used = snprintf(chain, size, ",volume=volume=%.3fdB:precision=float", gain);
    if (peak > PEAK_SAFE)
        used += snprintf(chain + used, size - used,
                         ",aresample=%d,alimiter=limit=%.4f:attack=5:release=80:level=0:latency=1,"
                         "aresample=%d",
                         4 * SOUND_RATE, pow(10, PEAK_MAX / 20), SOUND_RATE);
    snprintf(chain + used, size - used, ",aformat=sample_fmts=s16");
}

struct encoder {
    AVCodecContext *codec;
    AVAudioFifo *fifo;
    AVFrame *block;
    AVPacket *packet;
    uint64_t fed, wanted; /* blocks given to the encoder; the first one is the encoder's delay */
};

static bool open_encoder(struct encoder *encoder, const struct house *house)
{
    const AVCodec *codec = avcodec_find_encoder_by_name("mp2");
    encoder->codec = codec ? avcodec_alloc_context3(codec) : NULL;
    encoder->fifo = av_audio_fifo_alloc(AV_SAMPLE_FMT_S16, 2, SOUND_RATE);
    encoder->block = av_frame_alloc();
    encoder->packet = av_packet_alloc();
    if (!encoder->codec || !encoder->fifo || !encoder->block || !encoder->packet)
        return false;
    encoder->codec->bit_rate = house->audio.rate;
    encoder->codec->sample_rate = SOUND_RATE;
    encoder->codec->sample_fmt = AV_SAMPLE_FMT_S16;
    av_channel_layout_default(&encoder->codec->ch_layout, 2);
    if (avcodec_open2(encoder->codec, codec, NULL) < 0)
        return false;
    AVFrame *block = encoder->block;
    block->nb_samples = LAYER2_SAMPLES;
    block->format = AV_SAMPLE_FMT_S16;
    block->sample_rate = SOUND_RATE;
    return av_channel_layout_copy(&block->ch_layout, &encoder->codec->ch_layout) >= 0 &&
           av_frame_get_buffer(block, 0) >= 0;
}

static void close_encoder(struct encoder *encoder)
{
    avcodec_free_context(&encoder->codec);
    av_audio_fifo_free(encoder->fifo);
    av_frame_free(&encoder->block);
    av_packet_free(&encoder->packet);
}

/* Encodes one block. The first holds nothing but the delay and is not written: from the second on, frame n
 * decodes to samples n * 1152 ... of the lesson. */
static bool encode_block(struct work *work, struct encoder *encoder, struct lesson_writer *writer)
{
    if (av_frame_make_writable(encoder->block) < 0)
        return fail_of_memory(work);
    int got = av_audio_fifo_read(encoder->fifo, (void **)encoder->block->data, LAYER2_SAMPLES);
    memset(encoder->block->data[0] + 4 * (size_t)got, 0, 4 * (size_t)(LAYER2_SAMPLES - got));
    encoder->block->pts = (int64_t)encoder->fed * LAYER2_SAMPLES;
    if (avcodec_send_frame(encoder->codec, encoder->block) < 0 ||
        avcodec_receive_packet(encoder->codec, encoder->packet) < 0 ||
        encoder->packet->size != (int)work->job->house->audio.bytes)
        return work_fail(work, "The Layer II encoder of this FFmpeg does not do what the house needs. "
                               "Install FFmpeg 5.1 or later and run prepare again.");
    bool good = encoder->fed == 0 || lesson_writer_add_audio(writer, encoder->packet->data) == LESSON_OK;
    av_packet_unref(encoder->packet);
    if (!good)
        return work_fail(work, "The lesson cannot be written (%m). Make room on the disk and run prepare "
                               "again.");
    encoder->fed++;
    uint64_t done = encoder->fed * LAYER2_SAMPLES;
    return encoder->fed % 64 != 0 || work_report(work, (double)done / SOUND_RATE);
}

static bool encode(struct work *work, struct sound_reader *reader, struct encoder *encoder, AVFrame *samples,
                   struct lesson_writer *writer)
{
    int16_t delay[2 * (LAYER2_SAMPLES - LAYER2_DELAY)] = {0};
    av_audio_fifo_write(encoder->fifo, &(void *){delay}, LAYER2_SAMPLES - LAYER2_DELAY);
    while (encoder->fed < encoder->wanted && sound_reader_next(reader, samples)) {
        int written = av_audio_fifo_write(encoder->fifo, (void **)samples->data, samples->nb_samples);
        av_frame_unref(samples);
        if (written < 0)
            return fail_of_memory(work);
        while (encoder->fed < encoder->wanted && av_audio_fifo_size(encoder->fifo) >= LAYER2_SAMPLES)
            if (!encode_block(work, encoder, writer))
                return false;
    }
    if (encoder->fed < encoder->wanted && av_audio_fifo_size(encoder->fifo) > 0)
        return encode_block(work, encoder, writer);
    return true;
}

bool sound_encode(struct work *work, const struct sound *sound, uint32_t seconds,
                  struct lesson_writer *writer)
{
    if (!sound->present)
        return true; /* the writer pads with silence */
    char chain[256];
    build_gain(work, sound, chain, sizeof chain);
    struct sound_reader *reader;
    if (!sound_reader_open(work, chain, &reader))
        return false;
    /* as the lesson begins early or late on the grid it ends on one of two frames; the delay block is extra
     */
    struct encoder encoder = {.wanted = house_first_frame(seconds) + 2 + 1};
    AVFrame *samples = av_frame_alloc();
    bool good;
    if (!samples || !open_encoder(&encoder, work->job->house))
        good = fail_of_memory(work);
    else
        good = !reader || encode(work, reader, &encoder, samples, writer);
    close_encoder(&encoder);
    av_frame_free(&samples);
    sound_reader_free(&reader);
    return good;
}
