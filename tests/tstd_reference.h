/* The decoder model, slow and obvious: the instants of every byte in every buffer, then a count of who is in.
 * It shares nothing with mux/tstd.c but the headers. Packets are all there, and frames follow one another
 * from the first PES packet on. */
#ifndef TESTS_TSTD_REFERENCE_H
#define TESTS_TSTD_REFERENCE_H

#include <stdlib.h>

#include "mux/tstd.h"

#define PACKETS 2500
#define BYTES (PACKETS * TS_PACKET)
#define UNITS_MAX (8 * PACKETS)
#define NEVER ((__int128)1 << 126)

typedef __int128 instant;

struct stream {
    struct tstd_limits limits;
    uint64_t scale;
    uint32_t count, counter;
    struct tstd_arrival arrival[PACKETS];
    uint8_t packet[PACKETS][TS_PACKET];
};

struct passage { /* of bytes through one buffer, in order */
    uint32_t count;
    instant in[BYTES], out[BYTES];
    uint32_t packet[BYTES], unit[BYTES];
    bool payload[BYTES];
};

struct reference_pes {
    uint8_t header[300];
    uint64_t length;
    instant begins, ahead;
};

struct reference_unit {
    instant payload, last, time, decoded;
    bool timed, whole;
};

struct reference_frame { /* the chain of audio frames */
    uint8_t header[AUDIO_FRAME_HEADER];
    uint32_t got, left;
    bool fresh; /* the current unit has no frame yet */
    instant next;
};

struct reference {
    instant second, scale, rx, rb;
    struct passage tb, main, units;
    struct reference_pes pes[PACKETS];
    struct reference_unit unit[UNITS_MAX];
    struct reference_frame frame;
    uint32_t pes_count, unit_count;
    bool pending;
    instant pending_time;
};

/* The most bytes that are in at once. A unit (`units`) is not taken out before its last byte is in. */
static void measure(struct passage *passage, bool units, uint32_t size, uint64_t *overflow, uint32_t *peak)
{
    uint32_t gone = 0, last = UINT32_MAX;

    for (uint32_t i = 0; i < passage->count; i++) {
        while (gone < i && passage->out[gone] <= passage->in[i] &&
               !(units && passage->unit[gone] == passage->unit[i]))
            gone++;
        uint32_t fill = i + 1 - gone;
        *peak = fill > *peak ? fill : *peak;
        if (fill > size && passage->packet[i] != last) {
            ++*overflow;
            last = passage->packet[i];
        }
    }
}

static void serve(struct passage *passage, instant per_byte)
{
    instant free_at = -NEVER;

    for (uint32_t i = 0; i < passage->count; i++) {
        if (!passage->payload[i])
            continue;
        free_at = (passage->in[i] > free_at ? passage->in[i] : free_at) + per_byte;
        passage->out[i] = free_at;
    }
    instant next = NEVER; /* what is not payload leaves with the payload that follows it */
    for (uint32_t i = passage->count; i-- > 0; next = passage->out[i])
        if (!passage->payload[i])
            passage->out[i] = next;
}

static void put(struct passage *passage, instant in, uint32_t packet, uint32_t unit, bool payload)
{
    passage->in[passage->count] = in;
    passage->packet[passage->count] = packet;
    passage->unit[passage->count] = unit;
    passage->payload[passage->count++] = payload;
}

static void pass_transport_buffer(struct reference *r, const struct stream *stream)
{
    for (uint32_t p = 0; p < stream->count; p++)
        for (uint32_t i = 0; i < TS_PACKET; i++)
            put(&r->tb, (stream->arrival[p].at + (instant)i * stream->arrival[p].byte_for) * r->scale, p, 0,
                true);
    serve(&r->tb, r->rx);
}

/* The first instant not more than half the clock's range before the PES packet with its time stamp. */
static bool reference_time(const struct reference *r, const struct reference_pes *pes, instant *at)
{
    const uint8_t *h = pes->header, *field = h + ((h[7] & 0x40) ? 14 : 9);
    instant tick = r->second / 90000, wrap = ((instant)1 << 33) * tick;

    if (!(h[7] & 0x80))
        return false;
    int64_t time = (int64_t)(field[0] >> 1 & 7) << 30 | field[1] << 22 | field[2] >> 1 << 15 | field[3] << 7 |
                   field[4] >> 1;
    *at = time * tick - pes->ahead;
    while (*at + wrap / 2 < pes->begins)
        *at += wrap;
    return true;
}

static struct reference_unit *new_unit(struct reference *r, instant at)
{
    struct reference_unit *unit = &r->unit[r->unit_count++];

    unit->payload = unit->last = at;
    return unit;
}

/* One byte of audio frames. */
static void take_sound(struct reference *r, uint8_t byte, instant at)
{
    struct reference_frame *frame = &r->frame;
    struct audio_frame parsed;

    if (!frame->left && !frame->got) {
        struct reference_unit *unit = frame->fresh ? &r->unit[r->unit_count - 1] : new_unit(r, at);
        frame->fresh = false;
        unit->payload = at;
        unit->timed = r->pending || frame->next;
        unit->time = r->pending ? r->pending_time : frame->next;
        r->pending = false;
    }
    if (frame->got < AUDIO_FRAME_HEADER) {
        frame->header[frame->got++] = byte;
        frame->left = UINT32_MAX;
        return;
    }
    if (frame->left == UINT32_MAX) {
        struct reference_unit *unit = &r->unit[r->unit_count - 1];
        audio_frame_parse(AUDIO_FORMAT_MPEG, frame->header, &parsed);
        frame->left = parsed.bytes - AUDIO_FRAME_HEADER;
        frame->next = unit->timed ? unit->time + r->second * parsed.samples / parsed.rate : 0;
    }
    if (--frame->left == 0) {
        frame->got = 0;
        r->unit[r->unit_count - 1].whole = true;
    }
}

/* One byte of a PES packet. Returns whether it is payload. */
static bool take_pes_byte(struct reference *r, enum tstd_path path, uint8_t byte, instant at)
{
    struct reference_pes *pes = &r->pes[r->pes_count - 1];
    uint64_t i = pes->length++;
    instant time;

    if (i < 300)
        pes->header[i] = byte;
    if (i < 9 || i < 9u + pes->header[8]) {
        if (i >= 9 && i + 1 == 9u + pes->header[8] && path == TSTD_FRAMES)
            r->pending = reference_time(r, pes, &r->pending_time);
        return false;
    }
    if (path == TSTD_FRAMES) {
        take_sound(r, byte, at);
    } else if (i == 9u + pes->header[8]) {
        bool timed = reference_time(r, pes, &time);
        struct reference_unit *unit = path == TSTD_VIDEO ? new_unit(r, at) : &r->unit[r->unit_count - 1];
        unit->payload = at;
        unit->timed = timed;
        unit->time = time;
    }
    return true;
}

static void begin_reference_pes(struct reference *r, const struct stream *stream, uint32_t p, instant at)
{
    const struct tstd_arrival *arrival = &stream->arrival[p];

    r->pes[r->pes_count].begins = at;
    r->pes[r->pes_count++].ahead = (arrival->clock - arrival->at) * r->scale;
    if (stream->limits.path == TSTD_PES ||
        (stream->limits.path == TSTD_FRAMES && !r->frame.left && !r->frame.fresh)) {
        new_unit(r, at);
        r->frame.fresh = true;
    }
}

static void pass_main_buffer(struct reference *r, const struct stream *stream)
{
    enum tstd_path path = stream->limits.path;
    int counter = -1;

    for (uint32_t p = 0; p < stream->count; p++) {
        const uint8_t *packet = stream->packet[p];
        uint32_t offset = 4u + (packet[3] & 0x20 ? 1u + packet[4] : 0);
        bool again = (packet[3] & 15) == counter && path != TSTD_SECTIONS;
        if (!(packet[3] & 0x10))
            continue;
        counter = packet[3] & 15;
        if (again)
            continue;
        for (uint32_t i = offset; i < TS_PACKET; i++) {
            bool payload = true;
            if (path != TSTD_SECTIONS) {
                instant at = r->tb.in[p * TS_PACKET + i];
                if (i == offset && packet[1] & 0x40)
                    begin_reference_pes(r, stream, p, at);
                if (!r->pes_count)
                    break;
                payload = take_pes_byte(r, path, packet[i], at);
            }
            put(&r->main, r->tb.out[p * TS_PACKET + i], p, r->unit_count - 1, payload);
        }
    }
    if (path < TSTD_PES)
        serve(&r->main, r->rb);
}

static void decode(struct reference *r, const struct stream *stream, struct tstd_report *report)
{
    const struct reference_pes *pes = &r->pes[r->pes_count - 1];
    instant margin = NEVER, delay = 0;

    for (uint32_t u = 0; u < r->unit_count; u++) {
        struct reference_unit *unit = &r->unit[u];
        if (stream->limits.path != TSTD_FRAMES)
            unit->whole =
                u + 1 < r->unit_count || ((pes->header[4] || pes->header[5]) &&
                                          pes->length == 6u + pes->header[4] * 256 + pes->header[5]);
        unit->decoded = NEVER;
        if (!unit->whole)
            continue;
        report->units++;
        instant wish = unit->timed ? unit->time : u ? unit[-1].decoded : 0;
        unit->decoded = wish > unit->last ? wish : unit->last;
        if (!unit->timed)
            continue;
        report->underflow += unit->time < unit->last;
        report->too_long += unit->time - unit->payload > r->second / 1000 * stream->limits.delay_ms;
        margin = unit->time - unit->last < margin ? unit->time - unit->last : margin;
        delay = unit->decoded - unit->payload > delay ? unit->decoded - unit->payload : delay;
    }
    report->delay_max_ns = (int64_t)(delay * 1000000000 / r->second);
    if (margin != NEVER)
        report->margin_min_ns = (int64_t)(margin * 1000000000 / r->second);
}

static void pass_unit_buffer(struct reference *r, const struct stream *stream, struct tstd_report *report)
{
    bool video = stream->limits.path == TSTD_VIDEO;

    for (uint32_t i = 0; i < r->main.count; i++) {
        if (video && !r->main.payload[i])
            continue;
        put(&r->units, video ? r->main.out[i] : r->main.in[i], r->main.packet[i], r->main.unit[i], true);
        r->unit[r->main.unit[i]].last = r->units.in[r->units.count - 1];
    }
    decode(r, stream, report);
    for (uint32_t i = 0; i < r->units.count; i++)
        r->units.out[i] = r->unit[r->units.unit[i]].decoded;
}

/* Whole seconds on end that some byte of payload was in. */
static uint64_t never_empty(const struct reference *r, const struct passage *passage)
{
    uint64_t seconds = 0;
    instant since = 0, out = -NEVER;

    for (uint32_t i = 0; i < passage->count; i++) {
        if (!passage->payload[i])
            continue;
        if (passage->in[i] > out) {
            seconds += out > since ? (uint64_t)((out - since) / r->second) : 0;
            since = passage->in[i];
        }
        out = passage->out[i];
    }
    return seconds + (out > since ? (uint64_t)((out - since) / r->second) : 0);
}

static instant divisor(instant a, instant b)
{
    return b ? divisor(b, a % b) : a;
}

static instant multiple(instant a, instant b)
{
    return a / divisor(a, b) * b;
}

static inline struct tstd_report judge_slowly(const struct stream *stream)
{
    struct reference *r = calloc(1, sizeof *r);
    const struct tstd_limits *limits = &stream->limits;
    struct tstd_report report = {.packets = stream->count};

    r->second =
        multiple(multiple(multiple((instant)stream->scale, 90000), (instant)limits->rx), (instant)limits->rb);
    r->scale = r->second / (instant)stream->scale;
    r->rx = r->second / (instant)limits->rx * 8;
    r->rb = r->second / (instant)limits->rb * 8;
    pass_transport_buffer(r, stream);
    pass_main_buffer(r, stream);
    measure(&r->tb, false, limits->tb_size, &report.tb_overflow, &report.tb_peak);
    report.tb_never_empty = never_empty(r, &r->tb);
    if (limits->path == TSTD_SECTIONS) {
        measure(&r->main, false, limits->unit_size, &report.eb_overflow, &report.eb_peak);
    } else {
        pass_unit_buffer(r, stream, &report);
        measure(&r->units, true, limits->unit_size, &report.eb_overflow, &report.eb_peak);
    }
    if (limits->path == TSTD_VIDEO) {
        measure(&r->main, false, limits->mb_size, &report.mb_overflow, &report.mb_peak);
        report.mb_never_empty = never_empty(r, &r->main);
    }
    free(r);
    return report;
}

#endif
