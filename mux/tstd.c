/* The decoder model: what a set-top box must hold of one stream at any instant (ISO/IEC 13818-1 2.4.2.3 to
 * 2.4.2.6, 2.14.3.1). It judges prepared lessons before air, rendered streams in the tests, and any stream in
 * the laboratory.
 *
 * Bytes pass one to three stages:
 *   video     TB -Rx-> MB -Rbx-> EB, access units taken out at their DTS (leak method)
 *   frames    TB -Rx-> B,            audio frames with the PES headers before them taken out at their PTS
 *   PES       TB -Rx-> B,            PES packets taken out at their PTS
 *   sections  TB -Rx-> B -Rbsys->   (all payload, pointer_field and stuffing too: no less strict)
 * Were EB full, the leak method would keep bytes back in MB, which is hundreds of times smaller: here they
 * pass, and EB overflows. A leak serves one byte after the other, so a train of bytes that comes in evenly
 * leaves at an instant that a formula gives (leak_leaves), and the most that a buffer holds meanwhile is
 * found at one of three bytes: the first, the one at which TB first runs empty, the last. That is an upper
 * bound when units or headers leave meanwhile; only if it is above all that was held so far is a packet
 * walked byte by byte. The test's reference does nothing else. Instants are whole numbers of 1/second s,
 * `second` chosen so that a unit of the caller's scale, a byte of each leak and a tick of 90 kHz are all
 * whole numbers: nothing is ever rounded. */
#include "mux/tstd_stage.h"

#include <stdlib.h>

#define PES_HEADER_FIXED 9            /* up to PES_header_data_length */
#define CLOCK_WRAP ((instant)1 << 33) /* PTS and DTS are modulo this */

static instant common_multiple(instant a, instant b)
{
    instant x = a, y = b;

    while (y) {
        instant rest = x % y;
        x = y;
        y = rest;
    }
    return a / x * b;
}

struct tstd *tstd_new(const struct tstd_limits *limits, uint64_t scale)
{
    struct tstd *tstd = calloc(1, sizeof *tstd);

    if (!tstd)
        return NULL;
    tstd->limits = *limits;
    tstd->second = common_multiple(common_multiple((instant)scale, PTS_PER_SECOND),
                                   common_multiple((instant)limits->rx, (instant)limits->rb));
    tstd->scale_unit = tstd->second / (instant)scale;
    tstd->tick = tstd->second / PTS_PER_SECOND;
    tstd->tb.per_byte = tstd->second / (instant)limits->rx * 8;
    tstd->main.per_byte = tstd->second / (instant)limits->rb * 8;
    tstd->tb.free_at = tstd->main.free_at = -NEVER;
    tstd->tb_gauge.limit = tstd->tb.per_byte * limits->tb_size;
    tstd->main_gauge.limit =
        tstd->main.per_byte * (limits->path == TSTD_SECTIONS ? limits->unit_size : limits->mb_size);
    tstd->counter = -1;
    tstd->margin_min = tstd->next_time = NEVER;
    tstd->framer.format = limits->format;
    return tstd;
}

void tstd_free(struct tstd **tstd)
{
    free(*tstd);
    *tstd = NULL;
}

/* ---- PES packets ---- */

/* When the PES packet's unit is to be decoded: of all instants with these 33 bits, the nearest. */
static bool pes_time(const struct tstd *tstd, instant *time)
{
    const struct pes *pes = &tstd->pes;
    uint8_t flags = pes->header[7] >> 6;
    uint32_t needed = PES_HEADER_FIXED + (flags == 3 ? 10 : 5);

    if (flags < 2 || pes->header_size < needed || pes->got < needed)
        return false;
    instant field = (instant)packet_get_pes_time(pes->header + (flags == 3 ? 14 : 9));
    instant now = (pes->begins_at + pes->ahead) / tstd->tick;
    instant ahead = ((field - now) % CLOCK_WRAP + CLOCK_WRAP) % CLOCK_WRAP;

    if (ahead >= CLOCK_WRAP / 2)
        ahead -= CLOCK_WRAP;
    *time = (now + ahead) * tstd->tick - pes->ahead;
    return true;
}

/* How many of the next bytes belong to the PES header. */
static uint32_t take_header(struct pes *pes, const uint8_t *bytes, uint32_t count)
{
    uint32_t i = 0;

    for (; i < count && (!pes->header_size || pes->got < pes->header_size); i++) {
        if (pes->got < PES_HEADER_TIMES)
            pes->header[pes->got] = bytes[i];
        if (++pes->got == PES_HEADER_FIXED)
            pes->header_size = PES_HEADER_FIXED + pes->header[8];
    }
    return i;
}

static void deliver_video(struct tstd *tstd, struct train *train, uint32_t header, bool ended)
{
    train->header = header;
    if (header < train->count) {
        if (ended) {
            struct unit *unit = stage_begin_unit(tstd, stage_tb_in(train, train->offset + header));
            unit->timed = pes_time(tstd, &unit->time);
        }
        stage_date_headers(tstd, stage_main_out(tstd, train, header));
    }
    stage_pass_main(tstd, train);
    if (header < train->count) {
        stage_pass_units(tstd, train, header, train->count);
        stage_leave_main(tstd, train);
    }
}

static void deliver_packets(struct tstd *tstd, const struct train *train, uint32_t header, bool ended)
{
    struct unit *unit = stage_current_unit(tstd);

    if (ended)
        unit->timed = pes_time(tstd, &unit->time);
    if (ended && header < train->count)
        unit->payload_at = stage_tb_in(train, train->offset + header);
    stage_pass_units(tstd, train, 0, train->count);
}

/* An audio frame begins, at its own time stamp or one frame after the one before. */
static void begin_frame(struct tstd *tstd, instant at)
{
    struct unit *unit = stage_current_unit(tstd);

    if (!unit || unit->done || unit->sounds)
        unit = stage_begin_unit(tstd, at);
    unit->sounds = true;
    unit->payload_at = at;
    unit->time = tstd->pending ? tstd->pending_time : tstd->next_time;
    unit->timed = tstd->pending || tstd->next_time != NEVER;
    tstd->pending = false;
}

static void end_frame(struct tstd *tstd)
{
    const struct audio_frame *frame = &tstd->framer.frame;
    struct unit *unit = stage_current_unit(tstd);

    tstd->next_time =
        unit->timed ? unit->time + tstd->second * (instant)frame->samples / (instant)frame->rate : NEVER;
    stage_complete_unit(tstd);
}

static void lose_frame(struct tstd *tstd)
{
    stage_abandon_unit(tstd);
    tstd->next_time = NEVER;
}

static void deliver_frames(struct tstd *tstd, const struct train *train, const uint8_t *bytes,
                           uint32_t header, bool ended)
{
    if (header)
        stage_pass_units(tstd, train, 0, header);
    if (ended)
        tstd->pending = pes_time(tstd, &tstd->pending_time);
    for (uint32_t i = header; i < train->count;) {
        struct audio_piece piece = audio_framer_take(&tstd->framer, bytes + i, train->count - i);
        if (piece.begins)
            begin_frame(tstd, stage_tb_in(train, train->offset + i));
        if (piece.skipped)
            lose_frame(tstd);
        else
            stage_pass_units(tstd, train, i, i + piece.bytes);
        if (piece.ends)
            end_frame(tstd);
        i += piece.bytes;
    }
}

static void begin_pes(struct tstd *tstd, const struct train *train)
{
    const struct unit *unit = stage_current_unit(tstd);
    instant at = stage_tb_in(train, train->offset);

    tstd->inside = true;
    tstd->pes = (struct pes){.begins_at = at, .ahead = train->clock - train->at};
    if (tstd->limits.path == TSTD_VIDEO)
        stage_begin_header(tstd);
    else if (tstd->limits.path == TSTD_PES || !unit || unit->done)
        stage_begin_unit(tstd, at);
}

static void deliver_pes(struct tstd *tstd, struct train *train, const uint8_t *packet)
{
    struct pes *pes = &tstd->pes;

    if (packet_is_start(packet))
        begin_pes(tstd, train);
    if (!tstd->inside)
        return; /* the rest of a unit whose beginning was not seen */
    const uint8_t *bytes = packet + train->offset;
    bool open = !pes->header_size || pes->got < pes->header_size;
    uint32_t header = take_header(pes, bytes, train->count);
    /* The header has ended; for video, not before the byte after it, which may come in the next packet. */
    bool ended = tstd->limits.path == TSTD_VIDEO ? header < train->count && pes->got == pes->header_size
                                                 : open && pes->header_size && pes->got == pes->header_size;
    pes->got += train->count - header;
    if (tstd->limits.path == TSTD_VIDEO)
        deliver_video(tstd, train, header, ended);
    else if (tstd->limits.path == TSTD_PES)
        deliver_packets(tstd, train, header, ended);
    else
        deliver_frames(tstd, train, bytes, header, ended);
}

/* ---- packets ---- */

/* Packets are missing: what they belonged to is not judged. */
static void lose(struct tstd *tstd)
{
    stage_abandon_unit(tstd);
    audio_framer_lose(&tstd->framer);
    tstd->inside = tstd->pending = false;
    tstd->next_time = NEVER;
}

static void deliver(struct tstd *tstd, struct train *train, const uint8_t *packet)
{
    int counter = packet[3] & 0x0F;

    if (tstd->limits.path == TSTD_SECTIONS) {
        stage_pass_main(tstd, train);
        stage_leave_main(tstd, train);
        return;
    }
    if (counter == tstd->counter)
        return; /* a duplicate goes no further, 2.4.3.3 */
    if (tstd->counter >= 0 && counter != (tstd->counter + 1) % 16)
        lose(tstd);
    tstd->counter = counter;
    deliver_pes(tstd, train, packet);
}

/* Counts what this packet did, and closes it. */
static void close_packet(struct tstd *tstd)
{
    struct tstd_report *report = &tstd->report;
    bool sections = tstd->limits.path == TSTD_SECTIONS;

    report->packets++;
    report->tb_overflow += tstd->tb_gauge.over;
    report->mb_overflow += tstd->main_gauge.over && !sections;
    report->eb_overflow += tstd->held_over || (tstd->main_gauge.over && sections);
    tstd->tb_gauge.over = tstd->main_gauge.over = tstd->held_over = false;
}

static uint64_t faults(const struct tstd_report *report)
{
    return report->tb_overflow + report->tb_never_empty + report->mb_overflow + report->mb_never_empty +
           report->eb_overflow + report->underflow + report->too_long;
}

uint32_t tstd_packet(struct tstd *tstd, const struct tstd_arrival *arrival, const uint8_t *packet)
{
    uint64_t before = faults(&tstd->report);
    uint32_t offset = packet_has_payload(packet) ? packet_payload_offset(packet) : TS_PACKET;
    struct train train = {.at = arrival->at * tstd->scale_unit,
                          .byte_for = arrival->byte_for * tstd->scale_unit,
                          .clock = arrival->clock * tstd->scale_unit,
                          .offset = offset < TS_PACKET ? offset : TS_PACKET};

    train.count = TS_PACKET - train.offset;
    stage_pass_tb(tstd, &train);
    if (train.count)
        deliver(tstd, &train, packet);
    tstd->tb.free_at = stage_tb_out(tstd, &train, TS_PACKET - 1);
    close_packet(tstd);
    return (uint32_t)(faults(&tstd->report) - before);
}

static int64_t nanoseconds(const struct tstd *tstd, instant time)
{
    return (int64_t)(time * 1000000000 / tstd->second);
}

const struct tstd_report *tstd_report(struct tstd *tstd)
{
    struct tstd_report *report = &tstd->report;

    report->tb_peak = gauge_bytes(&tstd->tb_gauge, &tstd->tb);
    report->mb_peak = tstd->limits.path == TSTD_VIDEO ? gauge_bytes(&tstd->main_gauge, &tstd->main) : 0;
    report->eb_peak =
        tstd->limits.path == TSTD_SECTIONS ? gauge_bytes(&tstd->main_gauge, &tstd->main) : tstd->held_peak;
    report->margin_min_ns = tstd->margin_min != NEVER ? nanoseconds(tstd, tstd->margin_min) : 0;
    report->delay_max_ns = nanoseconds(tstd, tstd->delay_max);
    return report;
}

/* Whether the last PES packet says how long it is, and is all there. */
static bool is_whole(const struct tstd *tstd)
{
    uint32_t length = (uint32_t)tstd->pes.header[4] << 8 | tstd->pes.header[5];

    return tstd->inside && length && tstd->pes.got == length + 6;
}

const struct tstd_report *tstd_finish(struct tstd *tstd)
{
    struct tstd_report *report = &tstd->report;

    report->tb_never_empty += stage_busy_seconds(tstd, &tstd->tb, tstd->tb.free_at);
    stage_note_main_busy(tstd, tstd->main.free_at);
    if (tstd->limits.path < TSTD_FRAMES && is_whole(tstd))
        stage_complete_unit(tstd);
    return tstd_report(tstd);
}
