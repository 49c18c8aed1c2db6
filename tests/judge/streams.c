/* Reads PCR, PES headers and the first NAL units of every access unit. */
#include "tests/judge/streams.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "tests/judge/packet.h"

#define PCR_WRAP (CLOCK_WRAP * 300)
#define PCR_BYTE 10
#define PCR_INTERVAL_NS 40000000
#define PES_TIMES 19 /* bytes of a PES header up to the end of the DTS */
#define VIDEO_STEP 3600
#define AUDIO_STEP 2160
#define SECOND_NS 1000000000
#define NO_STREAM 0xFF

enum kind { KIND_PCR_ONLY, KIND_VIDEO, KIND_AUDIO };

struct stream {
    uint16_t pid;
    enum kind kind;
    bool carries_pcr;
    uint64_t pcr_at; /* where the last one was, or the stream began */
    bool begun;      /* a PES packet has */
    int64_t time;    /* 33 bits: DTS of video, PTS of audio */
    /* video: the access unit that is coming in */
    int64_t pts, dts; /* unwrapped */
    bool random_access, slice_found;
    bool has_idr;
    int64_t since; /* DTS of the last IDR, or of the first unit */
    uint32_t last_bytes;
};

struct range {
    int64_t min, max;
};

struct streams {
    struct slot_rate rate;
    struct rules *rules;
    uint32_t count;
    struct stream stream[2 * PROGRAMMES_MAX + PROGRAMMES_MAX];
    uint8_t index[PIDS];
    uint64_t pcrs, units[3], idrs;
    __int128 pcr_worst; /* in 1/(num * 188) ticks */
    int64_t pcr_interval;
    struct range lead[3];
};

static const enum rule step_rule[] = {RULE_SYNC, RULE_VIDEO_DTS_STEP, RULE_AUDIO_PTS_STEP};
static const enum rule lead_rule[] = {RULE_SYNC, RULE_VIDEO_LEAD, RULE_AUDIO_LEAD};
static const int64_t step_of[] = {0, VIDEO_STEP, AUDIO_STEP};

static struct stream *add(struct streams *streams, uint16_t pid, enum kind kind, uint64_t at)
{
    if (streams->index[pid] == NO_STREAM) {
        streams->index[pid] = (uint8_t)streams->count;
        streams->stream[streams->count++] = (struct stream){.pid = pid, .kind = kind, .pcr_at = at};
    }
    return &streams->stream[streams->index[pid]];
}

struct streams *streams_new(struct slot_rate rate, const struct programmes *programmes, struct rules *rules,
                            uint64_t at)
{
    struct streams *streams = calloc(1, sizeof *streams);

    if (!streams)
        return NULL;
    streams->rate = rate;
    streams->rules = rules;
    memset(streams->index, NO_STREAM, sizeof streams->index);
    for (int i = 0; i < 3; i++)
        streams->lead[i] = (struct range){INT64_MAX, INT64_MIN};
    for (uint32_t i = 0; i < programmes->count; i++) {
        const struct programme *programme = &programmes->programme[i];
        if (programme->video_pid)
            add(streams, programme->video_pid, KIND_VIDEO, at);
        if (programme->audio_pid)
            add(streams, programme->audio_pid, KIND_AUDIO, at);
        if (programme->pcr_pid && programme->pcr_pid != PID_NULL)
            add(streams, programme->pcr_pid, KIND_PCR_ONLY, at)->carries_pcr = true;
    }
    return streams;
}

void streams_free(struct streams **streams)
{
    free(*streams);
    *streams = NULL;
}

/* How far the PCR is from the instant of its byte, in 1/(num * 188) ticks. */
static __int128 pcr_error(struct slot_rate rate, uint64_t at, uint64_t pcr)
{
    __int128 scale = (__int128)rate.num * TS_PACKET;
    __int128 due = (__int128)(at + PCR_BYTE) * rate.den * TICKS_PER_SECOND;
    int64_t ahead = ((int64_t)pcr - (int64_t)(due / scale % PCR_WRAP) + PCR_WRAP) % PCR_WRAP;

    if (ahead >= PCR_WRAP / 2)
        ahead -= PCR_WRAP;
    __int128 error = ahead * scale - due % scale;
    return error < 0 ? -error : error;
}

static void check_pcr_gap(struct streams *streams, struct stream *stream, uint64_t at)
{
    int64_t ns = place_ns(streams->rate, at) - place_ns(streams->rate, stream->pcr_at);

    streams->pcr_interval = ns > streams->pcr_interval ? ns : streams->pcr_interval;
    if (ns > PCR_INTERVAL_NS)
        rules_fault(streams->rules, RULE_PCR_INTERVAL, "PID 0x%04X none for %.3f ms before slot %" PRIu64,
                    stream->pid, (double)ns / 1e6, at / TS_PACKET);
    stream->pcr_at = at;
}

static void check_pcr(struct streams *streams, struct stream *stream, uint64_t at, uint64_t pcr)
{
    __int128 scale = (__int128)streams->rate.num * TS_PACKET, error = pcr_error(streams->rate, at, pcr);

    streams->pcrs++;
    streams->pcr_worst = error > streams->pcr_worst ? error : streams->pcr_worst;
    if (error > scale)
        rules_fault(streams->rules, RULE_PCR_ACCURACY, "PID 0x%04X off by %.2f ticks in slot %" PRIu64,
                    stream->pid, (double)error / (double)scale, at / TS_PACKET);
    if (stream->carries_pcr)
        check_pcr_gap(streams, stream, at);
}

static int64_t read_time(const uint8_t *field)
{
    return (int64_t)(field[0] & 0x0E) << 29 | (int64_t)field[1] << 22 | (int64_t)(field[2] & 0xFE) << 14 |
           field[3] << 7 | field[4] >> 1;
}

static void check_idr(struct streams *streams, struct stream *stream, uint64_t at)
{
    if (stream->pts % PTS_PER_SECOND)
        rules_fault(streams->rules, RULE_IDR_WHOLE_SECOND,
                    "PID 0x%04X PTS %" PRId64 " past the second, slot %" PRIu64, stream->pid,
                    stream->pts % PTS_PER_SECOND, at / TS_PACKET);
    if (stream->has_idr && stream->dts - stream->since != PTS_PER_SECOND)
        rules_fault(streams->rules, RULE_IDR_EVERY_SECOND,
                    "PID 0x%04X %" PRId64 " behind the last, slot %" PRIu64, stream->pid,
                    stream->dts - stream->since, at / TS_PACKET);
    streams->idrs++;
    stream->has_idr = true;
    stream->since = stream->dts;
}

/* The first slice of the unit tells what picture it is. */
static void check_slice(struct streams *streams, struct stream *stream, bool idr, uint64_t at)
{
    stream->slice_found = true;
    if (idr != stream->random_access)
        rules_fault(streams->rules, RULE_RANDOM_ACCESS, "PID 0x%04X %s, slot %" PRIu64, stream->pid,
                    idr ? "not set at an IDR" : "set without an IDR", at / TS_PACKET);
    if (idr)
        check_idr(streams, stream, at);
    else if (stream->dts - stream->since >= PTS_PER_SECOND)
        rules_fault(streams->rules, RULE_IDR_EVERY_SECOND, "PID 0x%04X none for %" PRId64 ", slot %" PRIu64,
                    stream->pid, stream->dts - stream->since, at / TS_PACKET);
}

static void scan_video(struct streams *streams, struct stream *stream, uint64_t at, const uint8_t *packet,
                       uint32_t i)
{
    for (; i < TS_PACKET && !stream->slice_found; i++) {
        stream->last_bytes = stream->last_bytes << 8 | packet[i];
        if (stream->last_bytes >> 8 != 0x000001)
            continue;
        uint8_t nal_unit_type = packet[i] & 0x1F;
        if (nal_unit_type == 1 || nal_unit_type == 5)
            check_slice(streams, stream, nal_unit_type == 5, at);
    }
}

static void check_lead(struct streams *streams, struct stream *stream, uint64_t at, int64_t time)
{
    struct range *lead = &streams->lead[stream->kind];
    int64_t ns = (int64_t)((__int128)time * SECOND_NS / PTS_PER_SECOND) - place_ns(streams->rate, at);

    lead->min = ns < lead->min ? ns : lead->min;
    lead->max = ns > lead->max ? ns : lead->max;
    if (ns <= 0 || ns > SECOND_NS)
        rules_fault(streams->rules, lead_rule[stream->kind], "PID 0x%04X %.3f ms in slot %" PRIu64,
                    stream->pid, (double)ns / 1e6, at / TS_PACKET);
}

static void check_step(struct streams *streams, struct stream *stream, uint64_t at, int64_t time)
{
    int64_t step = (time - stream->time + CLOCK_WRAP) % CLOCK_WRAP;

    if (stream->begun && step != step_of[stream->kind])
        rules_fault(streams->rules, step_rule[stream->kind],
                    "PID 0x%04X a step of %" PRId64 " in slot %" PRIu64, stream->pid,
                    step < CLOCK_WRAP / 2 ? step : step - CLOCK_WRAP, at / TS_PACKET);
    stream->begun = true;
    stream->time = time;
}

static void begin_video(struct streams *streams, struct stream *stream, uint64_t at, const uint8_t *packet,
                        int64_t pts, int64_t dts)
{
    if (stream->begun && !stream->slice_found)
        rules_fault(streams->rules, RULE_RANDOM_ACCESS,
                    "PID 0x%04X no slice in the unit before slot %" PRIu64, stream->pid, at / TS_PACKET);
    stream->pts = unwrap_pts(streams->rate, pts, at);
    stream->dts = unwrap_pts(streams->rate, dts, at);
    if (!stream->begun)
        stream->since = stream->dts;
    stream->random_access = packet_flags(packet) & 0x40;
    stream->slice_found = false;
    stream->last_bytes = 0xFFFFFFFF;
}

/* A PES packet begins: its header must be in this packet, with time stamps. Returns where its payload begins.
 */
static uint32_t begin_pes(struct streams *streams, struct stream *stream, uint64_t at, const uint8_t *packet)
{
    uint32_t i = packet_payload(packet);
    const uint8_t *pes = packet + i;
    int flags = i + PES_TIMES <= TS_PACKET ? pes[7] >> 6 : 0;

    if (flags < 2 || memcmp(pes, "\0\0\1", 3) != 0) {
        rules_fault(streams->rules, step_rule[stream->kind], "PID 0x%04X no time stamp in slot %" PRIu64,
                    stream->pid, at / TS_PACKET);
        return TS_PACKET;
    }
    int64_t pts = read_time(pes + 9), dts = flags == 3 ? read_time(pes + 14) : pts;
    if (stream->kind == KIND_VIDEO)
        begin_video(streams, stream, at, packet, pts, dts);
    else if (unwrap_pts(streams->rate, pts, at) % AUDIO_STEP)
        rules_fault(streams->rules, RULE_AUDIO_GRID,
                    "PID 0x%04X PTS %" PRId64 " behind a frame's, slot %" PRIu64, stream->pid,
                    unwrap_pts(streams->rate, pts, at) % AUDIO_STEP, at / TS_PACKET);
    check_lead(streams, stream, at, unwrap_pts(streams->rate, dts, at));
    check_step(streams, stream, at, dts);
    streams->units[stream->kind]++;
    return i + 9 + pes[8];
}

void streams_packet(struct streams *streams, uint64_t at, const uint8_t *packet)
{
    uint8_t index = streams->index[packet_pid(packet)];

    if (index == NO_STREAM)
        return;
    struct stream *stream = &streams->stream[index];
    uint32_t i = packet_payload(packet);
    if (packet_has_pcr(packet))
        check_pcr(streams, stream, at, packet_pcr(packet));
    if (stream->kind == KIND_PCR_ONLY || i == TS_PACKET)
        return;
    if (packet_starts_unit(packet))
        i = begin_pes(streams, stream, at, packet);
    if (stream->kind == KIND_VIDEO && stream->begun)
        scan_video(streams, stream, at, packet, i);
}

static void figure_lead(struct streams *streams, enum kind kind)
{
    const struct range *lead = &streams->lead[kind];

    if (streams->units[kind])
        rules_figure(streams->rules, lead_rule[kind], "%.3f to %.3f ms, limits 0 and 1000",
                     (double)lead->min / 1e6, (double)lead->max / 1e6);
    else
        rules_fault(streams->rules, lead_rule[kind], "no such stream");
}

void streams_finish(struct streams *streams, uint64_t at)
{
    struct rules *rules = streams->rules;
    double scale = (double)streams->rate.num * TS_PACKET;

    for (uint32_t i = 0; i < streams->count; i++)
        if (streams->stream[i].carries_pcr)
            check_pcr_gap(streams, &streams->stream[i], at);
    if (!streams->pcrs)
        rules_fault(rules, RULE_PCR_ACCURACY, "no PCR");
    rules_figure(rules, RULE_PCR_ACCURACY, "%" PRIu64 " PCR, at most %.3f ticks off", streams->pcrs,
                 (double)streams->pcr_worst / scale);
    rules_figure(rules, RULE_PCR_INTERVAL, "at most %.3f ms, limit 40", (double)streams->pcr_interval / 1e6);
    rules_figure(rules, RULE_VIDEO_DTS_STEP, "%" PRIu64 " units", streams->units[KIND_VIDEO]);
    rules_figure(rules, RULE_AUDIO_PTS_STEP, "%" PRIu64 " frames", streams->units[KIND_AUDIO]);
    rules_figure(rules, RULE_AUDIO_GRID, "%" PRIu64 " frames", streams->units[KIND_AUDIO]);
    rules_figure(rules, RULE_IDR_EVERY_SECOND, "%" PRIu64 " IDR", streams->idrs);
    rules_figure(rules, RULE_IDR_WHOLE_SECOND, "%" PRIu64 " IDR", streams->idrs);
    rules_figure(rules, RULE_RANDOM_ACCESS, "%" PRIu64 " units", streams->units[KIND_VIDEO]);
    figure_lead(streams, KIND_VIDEO);
    figure_lead(streams, KIND_AUDIO);
}
