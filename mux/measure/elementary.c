/* Time stamps are judged by what lies between them: audio by its frames, video by the steps that are usual in
 * it. A PES header that does not end in the packet that it begins in is passed over by its length; if its
 * time stamps are not all in the first packet, they are not judged here (the decoder model reads them all the
 * same). */
#include "mux/measure/elementary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mux/measure/codec.h"
#include "mux/packet.h"

#define PES_FIXED 9
#define PTS_INTERVAL (TIMELINE_SECOND / 10 * 7) /* 2.5 */
#define STAMP_MODULUS (INT64_C(1) << 33)
#define TICKS_PER_STAMP 300
#define STEP_ROUNDING 2 /* encoders round times of 44.1 kHz and of 1001 to 90 kHz each in its own way */

struct elementary *elementary_new(uint16_t pid, enum stream_codec codec)
{
    struct elementary *elementary = calloc(1, sizeof *elementary);

    if (!elementary)
        return NULL;
    elementary->pid = pid;
    elementary->codec = codec;
    elementary->framed = codec_format(codec, &elementary->framer.format);
    elementary->stamped_at = -1;
    elementary->known =
        codec_limits(codec, NULL, 0, &elementary->limits); /* those that are always the same */
    return elementary;
}

void elementary_free(struct elementary **elementary)
{
    if (*elementary)
        model_fini(&(*elementary)->model);
    free(*elementary);
    *elementary = NULL;
}

void elementary_lose(struct elementary *elementary)
{
    elementary->inside = elementary->pending = elementary->looking = elementary->compared = false;
    audio_framer_lose(&elementary->framer);
}

/* b - a modulo 2^33, the nearest way around. */
static int64_t stamp_step(int64_t a, int64_t b)
{
    int64_t step = (b - a) & (STAMP_MODULUS - 1);

    return step >= STAMP_MODULUS / 2 ? step - STAMP_MODULUS : step;
}

/* ---- steps ---- */

static bool is_near(int64_t a, int64_t b)
{
    return llabs(a - b) <= STEP_ROUNDING;
}

/* Of the steps that were learned, those that came more than once are usual. */
static bool is_usual(const struct elementary *elementary, int64_t step)
{
    uint32_t same = 0;

    for (uint32_t i = 0; i < ELEMENTARY_STEPS; i++)
        same += is_near(elementary->step[i], step);
    return same > 1;
}

int64_t elementary_step(const struct elementary *elementary)
{
    const struct audio_frame *frame = &elementary->framer.frame;
    int64_t step = 0;
    uint32_t most = 0;

    if (elementary->framed)
        return frame->rate ? (int64_t)frame->samples * PTS_PER_SECOND / frame->rate : 0;
    for (uint32_t i = 0; i < elementary->steps; i++) {
        uint32_t same = 0;
        for (uint32_t j = 0; j < elementary->steps; j++)
            same += is_near(elementary->step[i], elementary->step[j]);
        if (same > most) {
            most = same;
            step = elementary->step[i];
        }
    }
    return step;
}

static void note_jump(struct elementary *elementary, int64_t step, int64_t usual, int64_t at,
                      struct findings *findings)
{
    elementary->jumps++;
    findings_add(findings, TIME_STAMP_JUMP, elementary->pid, at / TIMELINE_UNITS, llabs(step - usual),
                 "%s %+.3f ms after the one before, %.3f ms expected",
                 codec_is_video(elementary->codec) ? "DTS" : "PTS", (double)step / 90, (double)usual / 90);
}

/* A frame or picture with this time stamp begins. */
static void judge_stamp(struct elementary *elementary, int64_t stamp, int64_t at, struct findings *findings)
{
    int64_t step = stamp_step(elementary->stamp, stamp);
    const struct audio_frame *frame = &elementary->framer.frame;

    if (elementary->compared && elementary->framed && frame->rate) {
        int64_t expected = (int64_t)(elementary->samples * PTS_PER_SECOND / frame->rate);
        if (!is_near(step, expected))
            note_jump(elementary, step, expected, at, findings);
    } else if (elementary->compared && !elementary->framed && elementary->starts == 1) {
        if (elementary->steps < ELEMENTARY_STEPS)
            elementary->step[elementary->steps++] = step;
        else if (!is_usual(elementary, step))
            note_jump(elementary, step, elementary_step(elementary), at, findings);
    }
    elementary->stamp = stamp;
    elementary->compared = true;
    elementary->samples = 0;
    elementary->starts = 0;
}

/* ---- PES ---- */

/* A PES packet has a time stamp: PTS, and what decoding goes by. */
static void note_stamp(struct elementary *elementary, int64_t stamp, int64_t at,
                       const struct pcr_clock *clock, struct findings *findings)
{
    bool watched = codec_is_video(elementary->codec) || codec_is_audio(elementary->codec);

    if (watched && elementary->stamped_at >= 0 && at - elementary->stamped_at > PTS_INTERVAL)
        findings_add(findings, PTS_ERROR, elementary->pid, at / TIMELINE_UNITS, at - elementary->stamped_at,
                     "%.0f ms between two PTS, at most 700 ms",
                     (double)(at - elementary->stamped_at) / (TIMELINE_SECOND / 1000));
    elementary->stamped_at = at;
    if (clock) {
        int64_t now = (at + clock->ahead) / TIMELINE_UNITS % PCR_MODULUS;
        margin_note(&elementary->margin, at / TIMELINE_UNITS,
                    timeline_pcr_step(now, stamp * TICKS_PER_STAMP));
    }
    if (elementary->framed) {
        elementary->pending = true;
        elementary->pending_stamp = stamp;
    } else {
        elementary->units++;
        if (codec_is_video(elementary->codec))
            judge_stamp(elementary, stamp, at, findings);
    }
}

static void begin_pes(struct elementary *elementary, const uint8_t *pes, uint32_t count, int64_t at,
                      const struct pcr_clock *clock, struct findings *findings)
{
    bool good = count >= PES_FIXED && pes[0] == 0 && pes[1] == 0 && pes[2] == 1;
    uint32_t size = good ? PES_FIXED + pes[8] : 0, stamps = good ? pes[7] >> 6 : 0;

    if (!good) {
        elementary_lose(elementary);
        return;
    }
    elementary->inside = true;
    elementary->header_left = size;
    elementary->pending = false;
    elementary->starts++;
    elementary->looking = !elementary->known;
    elementary->head_got = 0;
    if (stamps == 3 && size >= 19 && count >= 19)
        note_stamp(elementary, (int64_t)packet_get_pes_time(pes + 14), at, clock, findings);
    else if (stamps == 2 && size >= 14 && count >= 14)
        note_stamp(elementary, (int64_t)packet_get_pes_time(pes + 9), at, clock, findings);
    else if (stamps >= 2)
        elementary->compared = false;
}

static void follow_frames(struct elementary *elementary, const uint8_t *bytes, uint32_t count, int64_t at,
                          struct findings *findings)
{
    while (count) {
        struct audio_piece piece = audio_framer_take(&elementary->framer, bytes, count);
        if (piece.begins && elementary->pending) {
            judge_stamp(elementary, elementary->pending_stamp, at, findings);
            elementary->pending = false;
        }
        if (piece.skipped)
            elementary->compared = false;
        if (piece.ends) {
            elementary->units++;
            elementary->samples += elementary->framer.frame.samples;
        }
        bytes += piece.bytes;
        count -= piece.bytes;
    }
}

static void look_for_limits(struct elementary *elementary, const uint8_t *bytes, uint32_t count)
{
    uint32_t room = ELEMENTARY_HEAD - elementary->head_got, part = count < room ? count : room;

    memcpy(elementary->head + elementary->head_got, bytes, part);
    elementary->head_got += part;
    elementary->known =
        codec_limits(elementary->codec, elementary->head, elementary->head_got, &elementary->limits);
    elementary->looking = !elementary->known && elementary->head_got < ELEMENTARY_HEAD;
}

static void take_payload(struct elementary *elementary, const struct timed_packet *packet,
                         const struct pcr_clock *clock, struct findings *findings)
{
    uint32_t offset = packet_payload_offset(packet->bytes);

    if (!packet_has_payload(packet->bytes) || offset >= TS_PACKET)
        return;
    const uint8_t *bytes = packet->bytes + offset;
    uint32_t count = TS_PACKET - offset;
    int64_t at = packet->at + packet->byte_for * offset;
    if (packet_is_start(packet->bytes))
        begin_pes(elementary, bytes, count, at, clock, findings);
    if (!elementary->inside)
        return;
    uint32_t header = elementary->header_left < count ? elementary->header_left : count;
    elementary->header_left -= header;
    if (header == count)
        return;
    if (elementary->looking)
        look_for_limits(elementary, bytes + header, count - header);
    if (elementary->framed)
        follow_frames(elementary, bytes + header, count - header, at, findings);
}

void elementary_packet(struct elementary *elementary, const struct timed_packet *packet, bool again,
                       const struct pcr_clock *clock, struct findings *findings)
{
    if (packet->bytes[3] & 0xC0) { /* transport_scrambling_control: nothing inside can be read */
        elementary_lose(elementary);
        elementary->scrambled = true;
        elementary->stamped_at = -1;
        return;
    }
    if (!again)
        take_payload(elementary, packet, clock, findings);
    if (!elementary->model.tstd && elementary->known && clock && !elementary->scrambled)
        elementary->known = model_begin(&elementary->model, elementary->pid, &elementary->limits);
    if (elementary->model.tstd && clock)
        model_packet(&elementary->model, packet, clock->ahead, findings);
}

void elementary_finish(struct elementary *elementary, int64_t at, struct findings *findings)
{
    int64_t ticks = at / TIMELINE_UNITS;
    bool watched = codec_is_video(elementary->codec) || codec_is_audio(elementary->codec);
    const struct margin *margin = &elementary->margin;

    if (watched && elementary->stamped_at >= 0 && at - elementary->stamped_at > PTS_INTERVAL)
        findings_add(findings, PTS_ERROR, elementary->pid, ticks, at - elementary->stamped_at,
                     "no PTS in the last %.0f ms, one each 700 ms needed",
                     (double)(at - elementary->stamped_at) / (TIMELINE_SECOND / 1000));
    if (margin_drifts(margin))
        findings_add(
            findings, PTS_DRIFT, elementary->pid, ticks, llabs(margin->last - margin->first),
            "margin between time stamps and PCR moves by %+.3f ms a second, always the same way: from %.1f "
            "to %.1f ms",
            margin_slope(margin) / 27000, (double)margin->first / 27000, (double)margin->last / 27000);
    if (elementary->model.tstd)
        model_finish(&elementary->model, ticks, findings);
}
