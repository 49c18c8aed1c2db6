/* The decoder model, slow and obvious: the instants of every byte in every buffer, then a count of who is in.
 * It shares nothing with mux/tstd.c but the header. */
#ifndef TESTS_TSTD_REFERENCE_H
#define TESTS_TSTD_REFERENCE_H

#include <stdlib.h>

#include "mux/tstd.h"

#define PACKETS 2500
#define BYTES (PACKETS * TS_PACKET)
#define NEVER ((__int128)1 << 126)

typedef __int128 instant;

struct stream {
    enum tstd_stream kind;
    struct slot_rate rate;
    struct house house;
    uint32_t count, counter;
    uint64_t slot[PACKETS];
    uint8_t packet[PACKETS][TS_PACKET];
};

struct passage { /* of bytes through one buffer, in order */
    uint32_t count;
    instant in[BYTES], out[BYTES];
    uint32_t packet[BYTES], unit[BYTES];
    bool payload[BYTES];
};

struct reference {
    instant second, byte, rx, rb;
    struct passage tb, main, units;
    instant unit_begins[PACKETS], unit_payload[PACKETS], unit_last[PACKETS], unit_decoded[PACKETS];
    uint8_t header[PACKETS][300];
    uint64_t length[PACKETS];
    uint32_t unit_count;
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
    instant free_at = -1;

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

static uint32_t put(struct passage *passage, instant in, uint32_t packet, uint32_t unit, bool payload)
{
    passage->in[passage->count] = in;
    passage->packet[passage->count] = packet;
    passage->unit[passage->count] = unit;
    passage->payload[passage->count] = payload;
    return passage->count++;
}

static void pass_transport_buffer(struct reference *r, const struct stream *stream)
{
    for (uint32_t p = 0; p < stream->count; p++)
        for (uint32_t i = 0; i < TS_PACKET; i++)
            put(&r->tb, ((instant)stream->slot[p] * TS_PACKET + i) * r->byte, p, 0, true);
    serve(&r->tb, r->rx);
}

static void pass_main_buffer(struct reference *r, const struct stream *stream)
{
    int counter = -1;

    for (uint32_t p = 0; p < stream->count; p++) {
        const uint8_t *packet = stream->packet[p];
        uint32_t offset = 4u + (packet[3] & 0x20 ? 1u + packet[4] : 0);
        bool again = (packet[3] & 15) == counter && stream->kind != TSTD_SECTIONS;
        if (!(packet[3] & 0x10))
            continue;
        counter = packet[3] & 15;
        if (again)
            continue;
        r->unit_count += packet[1] >> 6 & 1 && stream->kind != TSTD_SECTIONS;
        for (uint32_t i = offset; i < TS_PACKET; i++) {
            uint32_t unit = r->unit_count - 1;
            bool payload = true;
            if (stream->kind != TSTD_SECTIONS) {
                if (!r->unit_count)
                    break;
                uint64_t at = r->length[unit]++;
                if (at < 300)
                    r->header[unit][at] = packet[i];
                payload = at >= 9 && at >= 9u + r->header[unit][8];
                if (at == 0)
                    r->unit_begins[unit] = r->tb.in[p * TS_PACKET + i];
                if (at == 9u + r->header[unit][8])
                    r->unit_payload[unit] = r->tb.in[p * TS_PACKET + i];
            }
            put(&r->main, r->tb.out[p * TS_PACKET + i], p, unit, payload);
        }
    }
    if (stream->kind != TSTD_AUDIO_MPEG)
        serve(&r->main, r->rb);
}

static void decode(struct reference *r, const struct stream *stream, struct tstd_report *report)
{
    instant tick = r->second / 90000, margin = NEVER;

    for (uint32_t u = 0; u < r->unit_count; u++) {
        const uint8_t *h = r->header[u], *field = h + (stream->kind == TSTD_VIDEO_AVC ? 14 : 9);
        bool whole = u + 1 < r->unit_count || ((h[4] || h[5]) && r->length[u] == 6u + h[4] * 256 + h[5]);
        int64_t time = (int64_t)(field[0] >> 1 & 7) << 30 | field[1] << 22 | field[2] >> 1 << 15 |
                       field[3] << 7 | field[4] >> 1;
        instant at = time * tick, wrap = ((instant)1 << 33) * tick;
        while (at + wrap / 2 < r->unit_begins[u])
            at += wrap;
        r->unit_decoded[u] = NEVER;
        if (!whole)
            continue;
        report->units++;
        report->underflow += at < r->unit_last[u];
        report->too_long += at - r->unit_payload[u] > r->second;
        margin = at - r->unit_last[u] < margin ? at - r->unit_last[u] : margin;
        r->unit_decoded[u] = at > r->unit_last[u] ? at : r->unit_last[u];
    }
    if (margin != NEVER)
        report->margin_min_ns = (int64_t)(margin * 1000000000 / r->second);
}

static void pass_unit_buffer(struct reference *r, const struct stream *stream, struct tstd_report *report)
{
    bool audio = stream->kind == TSTD_AUDIO_MPEG;

    for (uint32_t i = 0; i < r->main.count; i++) {
        if (!audio && !r->main.payload[i])
            continue;
        put(&r->units, audio ? r->main.in[i] : r->main.out[i], r->main.packet[i], r->main.unit[i], true);
        if (r->main.payload[i])
            r->unit_last[r->main.unit[i]] = r->units.in[r->units.count - 1];
    }
    decode(r, stream, report);
    for (uint32_t i = 0; i < r->units.count; i++)
        r->units.out[i] = r->unit_decoded[r->units.unit[i]];
}

static uint64_t never_empty(const struct reference *r)
{
    uint64_t seconds = 0;
    instant since = 0;

    for (uint32_t i = 0; i < r->tb.count; i++) {
        if (i == 0 || r->tb.in[i] > r->tb.out[i - 1])
            since = r->tb.in[i];
        if (i + 1 == r->tb.count || r->tb.in[i + 1] > r->tb.out[i])
            seconds += (uint64_t)((r->tb.out[i] - since) / r->second);
    }
    return seconds;
}

static inline struct tstd_report judge_slowly(const struct stream *stream)
{
    struct reference *r = calloc(1, sizeof *r);
    struct tstd_report report = {.packets = stream->count};
    instant rx[] = {(instant)stream->house.video.max_br * 6 / 5, 2000000, 1000000};
    instant transport = (instant)stream->rate.num * TS_PACKET, rb = stream->house.video.max_br;

    r->second = transport * 90000 * rx[stream->kind] * rb;
    r->byte = r->second / transport * (instant)stream->rate.den;
    r->rx = r->second / rx[stream->kind] * 8;
    r->rb = r->second / rb * 8;
    if (stream->kind == TSTD_SECTIONS) /* the larger rate takes the shorter time */
        r->rb = r->second / 10000 < 500 * r->byte ? r->second / 10000 : 500 * r->byte;
    pass_transport_buffer(r, stream);
    pass_main_buffer(r, stream);
    measure(&r->tb, false, 512, &report.tb_overflow, &report.tb_peak);
    report.tb_never_empty = never_empty(r);
    if (stream->kind == TSTD_SECTIONS) {
        measure(&r->main, false, 1536, &report.eb_overflow, &report.eb_peak);
    } else {
        bool audio = stream->kind == TSTD_AUDIO_MPEG;
        pass_unit_buffer(r, stream, &report);
        measure(&r->units, true, audio ? 3584 : stream->house.video.cpb / 8, &report.eb_overflow,
                &report.eb_peak);
        if (!audio)
            measure(&r->main, false, stream->house.video.max_br / 1500, &report.mb_overflow,
                    &report.mb_peak);
    }
    free(r);
    return report;
}

#endif
