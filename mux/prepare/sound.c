/* Measuring and encoding the sound of a lesson. */
#include "mux/prepare/sound.h"

#include <ebur128.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mux/prepare/sound_coder.h"

#define GAIN_MAX 30.0  /* dB; more would lift the noise of a recording that holds nothing */
#define PEAK_SAFE -4.0 /* dBFS: samples below cannot hide a true peak above PEAK_MAX in speech and music */
#define PEAK_MAX -2.0  /* dBTP, GY/T 282 */
#define SECONDS_MAX 86400.0
#define CODER_HOLDS 3 /* blocks at most: of samples, of delay, of overlap */

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

bool sound_measure(struct work *work, const struct sound_source *source, struct sound *sound)
{
    *sound = (struct sound){.loudness = -HUGE_VAL};
    struct sound_reader *reader;
    if (!sound_reader_open(work, source, ",aformat=sample_fmts=flt", &reader))
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
    snprintf(chain + used, size - used, ",aformat=sample_fmts=%s",
             sound_coder_sample_format(&work->job->house->audio));
}

/* Encodes the next block of the lesson's sound, and writes the frame that comes out. */
static bool encode_block(struct work *work, struct sound_coder *coder, uint32_t track, int64_t *written,
                         struct lesson_writer *writer)
{
    uint8_t frame[HOUSE_AUDIO_BYTES_MAX];
    uint32_t length;
    if (!sound_coder_next(coder, frame, &length))
        return work_fail(work, "The audio encoder of this FFmpeg does not do what the house needs. "
                               "Install FFmpeg 5.1 or later and run prepare again.");
    if (length == 0)
        return true;
    if (lesson_writer_add_audio(writer, track, frame, length) != LESSON_OK)
        return work_fail(work, "The lesson cannot be written (%m). Make room on the disk and run prepare "
                               "again.");
    double done = (double)++*written * work->job->house->audio.samples / SOUND_RATE;
    return *written % 64 != 0 || work_report(work, done);
}

/* Encodes up to `wanted` frames. At its end the encoder still holds a block or two. */
static bool encode(struct work *work, struct sound_reader *reader, struct sound_coder *coder,
                   AVFrame *samples, uint32_t track, int64_t wanted, struct lesson_writer *writer)
{
    int64_t written = 0;
    while (written < wanted && sound_reader_next(reader, samples)) {
        bool good = sound_coder_put(coder, samples);
        av_frame_unref(samples);
        if (!good)
            return fail_of_memory(work);
        while (written < wanted && sound_coder_is_ready(coder))
            if (!encode_block(work, coder, track, &written, writer))
                return false;
    }
    for (int i = 0; i < CODER_HOLDS && written < wanted; i++)
        if (!encode_block(work, coder, track, &written, writer))
            return false;
    return true;
}

bool sound_encode(struct work *work, const struct sound_source *source, const struct sound *sound,
                  uint32_t track, uint32_t seconds, struct lesson_writer *writer)
{
    const struct audio_format *audio = &work->job->house->audio;
    if (!sound->present)
        return true; /* the writer pads with silence */
    char chain[256];
    build_gain(work, sound, chain, sizeof chain);
    struct sound_reader *reader;
    if (!sound_reader_open(work, source, chain, &reader))
        return false;
    struct sound_coder *coder = sound_coder_new(audio);
    AVFrame *samples = av_frame_alloc();
    /* as the lesson begins early or late on the grid it ends on one of two frames */
    int64_t wanted = audio_first_frame(audio, seconds) + 2;
    bool good = coder && samples ? !reader || encode(work, reader, coder, samples, track, wanted, writer)
                                 : fail_of_memory(work);
    sound_coder_free(&coder);
    av_frame_free(&samples);
    sound_reader_free(&reader);
    return good;
}
