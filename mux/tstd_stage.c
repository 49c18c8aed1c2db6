/* Bytes on their way through the buffers of the decoder model (ISO/IEC 13818-1 2.4.2.3, 2.14.3.1), a packet
 * at a time. Within a packet bytes come into TB evenly, leave it evenly while it is not empty, and so come
 * into MB at instants that lie on two straight lines; what waits is most where they meet, or at an end. */
#include "mux/tstd_stage.h"

#include <stddef.h>

/* ---- the transport buffer ---- */

instant stage_tb_in(const struct train *train, uint32_t i)
{
    return train->at + train->byte_for * i;
}

instant stage_tb_out(const struct tstd *tstd, const struct train *train, uint32_t i)
{
    return leak_leaves(&tstd->tb, i, train->at, stage_tb_in(train, i));
}

/* The byte of the packet before which TB is first empty again, TS_PACKET when it never is. */
static uint32_t first_idle(const struct tstd *tstd, const struct train *train)
{
    instant backlog = tstd->tb.free_at - train->at, gain = train->byte_for - tstd->tb.per_byte;

    if (backlog < 0)
        return 0;
    if (gain <= 0 || backlog >= gain * (TS_PACKET - 1))
        return TS_PACKET;
    return (uint32_t)(backlog / gain) + 1;
}

/* A leak was never empty from busy_since until now. */
uint64_t stage_busy_seconds(const struct tstd *tstd, const struct leak *leak, instant until)
{
    instant busy = until - leak->busy_since;

    return busy < tstd->second ? 0 : (uint64_t)(busy / tstd->second);
}

void stage_pass_tb(struct tstd *tstd, const struct train *train)
{
    uint32_t idle = first_idle(tstd, train);

    gauge_note(&tstd->tb_gauge, stage_tb_out(tstd, train, 0) - stage_tb_in(train, 0));
    gauge_note(&tstd->tb_gauge, stage_tb_out(tstd, train, TS_PACKET - 1) - stage_tb_in(train, TS_PACKET - 1));
    if (idle == TS_PACKET)
        return;
    tstd->report.tb_never_empty +=
        stage_busy_seconds(tstd, &tstd->tb, idle ? stage_tb_out(tstd, train, idle - 1) : tstd->tb.free_at);
    bool gaps = train->byte_for > tstd->tb.per_byte; /* then each byte after the idle one finds TB empty */
    tstd->tb.busy_since = stage_tb_in(train, gaps ? TS_PACKET - 1 : idle);
}

/* ---- MB, or the B of sections ---- */

/* When payload byte i comes into it. */
static instant main_in(const struct tstd *tstd, const struct train *train, uint32_t i)
{
    return stage_tb_out(tstd, train, train->offset + i);
}

/* When payload byte i, not of a PES header, leaves it; without it, when the byte is in B. */
instant stage_main_out(const struct tstd *tstd, const struct train *train, uint32_t i)
{
    if (tstd->limits.path >= TSTD_PES)
        return main_in(tstd, train, i);
    return leak_leaves(&tstd->main, i - train->header, main_in(tstd, train, train->header),
                       main_in(tstd, train, i));
}

static instant main_wait(const struct tstd *tstd, const struct train *train, uint32_t i)
{
    instant out = i < train->header ? tstd->main.free_at : stage_main_out(tstd, train, i);

    return later(out - main_in(tstd, train, i), 0);
}

static void forget_headers(struct tstd *tstd, instant now)
{
    while (tstd->headers_gone < tstd->headers_begun) {
        struct pes_header *header = &tstd->headers[tstd->headers_gone % UNITS];
        if (header->leaves_at > now)
            return;
        tstd->header_bytes -= header->bytes;
        tstd->headers_gone++;
    }
}

static struct pes_header *last_header(struct tstd *tstd)
{
    return &tstd->headers[(tstd->headers_begun - 1) % UNITS];
}

void stage_begin_header(struct tstd *tstd)
{
    if (tstd->headers_begun - tstd->headers_gone == UNITS)
        forget_headers(tstd, tstd->headers[tstd->headers_gone % UNITS].leaves_at);
    tstd->headers_begun++;
    *last_header(tstd) = (struct pes_header){.leaves_at = NEVER};
}

/* Headers leave MB with the first byte that follows them. */
void stage_date_headers(struct tstd *tstd, instant at)
{
    for (uint64_t i = tstd->headers_begun; i > tstd->headers_gone; i--) {
        struct pes_header *header = &tstd->headers[(i - 1) % UNITS];
        if (header->leaves_at != NEVER)
            break;
        header->leaves_at = at;
    }
}

static void add_header_byte(struct tstd *tstd)
{
    last_header(tstd)->bytes++;
    tstd->header_bytes++;
}

/* The most that waits in the leak while the train comes in: its fill rises and falls along straight lines. */
static instant main_wait_most(const struct tstd *tstd, const struct train *train)
{
    uint32_t idle = first_idle(tstd, train), first = train->header < train->count ? train->header : 0;
    instant most = later(main_wait(tstd, train, first), main_wait(tstd, train, train->count - 1));

    if (first)
        most = later(most, main_wait(tstd, train, 0));
    for (uint32_t i = idle ? idle - 1 : TS_PACKET; i <= idle && i < TS_PACKET; i++) /* where the lines meet */
        if (i > train->offset + first && i < train->offset + train->count)
            most = later(most, main_wait(tstd, train, i - train->offset));
    return most;
}

void stage_pass_main(struct tstd *tstd, const struct train *train)
{
    struct gauge *gauge = &tstd->main_gauge;

    forget_headers(tstd, main_in(tstd, train, 0));
    instant bound = main_wait_most(tstd, train) + tstd->main.per_byte * (tstd->header_bytes + train->header);
    if (tstd->header_bytes + train->header == 0 ||
        bound <= (gauge->peak < gauge->limit ? gauge->peak : gauge->limit)) {
        gauge_note(gauge, bound);
        for (uint32_t i = 0; i < train->header; i++)
            add_header_byte(tstd);
        return;
    }
    for (uint32_t i = 0; i < train->count; i++) {
        forget_headers(tstd, main_in(tstd, train, i));
        if (i < train->header)
            add_header_byte(tstd);
        gauge_note(gauge, main_wait(tstd, train, i) + tstd->main.per_byte * tstd->header_bytes);
    }
}

void stage_note_main_busy(struct tstd *tstd, instant until)
{
    if (tstd->limits.path == TSTD_VIDEO) /* nobody asks that the B of sections be empty */
        tstd->report.mb_never_empty += stage_busy_seconds(tstd, &tstd->main, until);
}

/* The train has passed. Bytes come in ever further apart, so if the leak ever ran empty meanwhile, it did
 * before the last of them. */
void stage_leave_main(struct tstd *tstd, const struct train *train)
{
    struct leak *main = &tstd->main;
    uint32_t last = train->count - 1, i = train->header;
    instant last_in = main_in(tstd, train, last);

    if (main_in(tstd, train, i) > main->free_at) {
        stage_note_main_busy(tstd, main->free_at);
        main->busy_since = main_in(tstd, train, i);
    }
    if (i < last && last_in > stage_main_out(tstd, train, last - 1)) {
        if (last_in - main->busy_since >= tstd->second) {
            while (main_in(tstd, train, i + 1) <= stage_main_out(tstd, train, i))
                i++;
            stage_note_main_busy(tstd, stage_main_out(tstd, train, i));
        }
        main->busy_since = last_in;
    }
    main->free_at = stage_main_out(tstd, train, last);
}

/* ---- EB, or B ---- */

static struct unit *unit_of(struct tstd *tstd, uint64_t number)
{
    return &tstd->units[number % UNITS];
}

struct unit *stage_current_unit(struct tstd *tstd)
{
    return tstd->begun ? unit_of(tstd, tstd->begun - 1) : NULL;
}

static void forget_units(struct tstd *tstd, instant now)
{
    while (tstd->decoded < tstd->begun && unit_of(tstd, tstd->decoded)->decoded_at <= now)
        tstd->held -= unit_of(tstd, tstd->decoded++)->held;
}

static void hold(struct tstd *tstd, uint32_t bytes)
{
    stage_current_unit(tstd)->held += bytes;
    tstd->held += bytes;
}

static void note_held(struct tstd *tstd, uint32_t fill)
{
    if (fill > tstd->held_peak)
        tstd->held_peak = fill;
    if (fill > tstd->limits.unit_size)
        tstd->held_over = true;
}

/* Payload bytes [from, to) come into it, all of the current unit. */
void stage_pass_units(struct tstd *tstd, const struct train *train, uint32_t from, uint32_t to)
{
    instant last = stage_main_out(tstd, train, to - 1);
    uint32_t size = tstd->limits.unit_size, usual = tstd->held_peak < size ? tstd->held_peak : size;

    forget_units(tstd, stage_main_out(tstd, train, from));
    stage_current_unit(tstd)->last_out = last;
    if (tstd->held + (to - from) <= usual || unit_of(tstd, tstd->decoded)->decoded_at > last) {
        hold(tstd, to - from);
        note_held(tstd, tstd->held);
        return;
    }
    for (uint32_t i = from; i < to; i++) {
        forget_units(tstd, stage_main_out(tstd, train, i));
        hold(tstd, 1);
        note_held(tstd, tstd->held);
    }
}

/* The current unit is at an end. Late, it is decoded as soon as it can be; without a time stamp, with the one
 * before it. */
static void close_unit(struct tstd *tstd, struct unit *unit)
{
    unit->done = true;
    unit->decoded_at = unit->last_out;
    if (unit->timed)
        unit->decoded_at = later(unit->time, unit->last_out);
    else if (tstd->begun > 1)
        unit->decoded_at = later(unit_of(tstd, tstd->begun - 2)->decoded_at, unit->last_out);
}

void stage_complete_unit(struct tstd *tstd)
{
    struct unit *unit = stage_current_unit(tstd);

    if (!unit || unit->done)
        return;
    close_unit(tstd, unit);
    tstd->report.units++;
    if (!unit->timed)
        return;
    if (unit->time - unit->last_out < tstd->margin_min)
        tstd->margin_min = unit->time - unit->last_out;
    tstd->report.underflow += unit->time < unit->last_out;
    instant delay = unit->decoded_at - unit->payload_at;
    if (delay > tstd->delay_max)
        tstd->delay_max = delay;
    tstd->report.too_long += unit->time - unit->payload_at > tstd->second / 1000 * tstd->limits.delay_ms;
}

void stage_abandon_unit(struct tstd *tstd)
{
    struct unit *unit = stage_current_unit(tstd);

    if (unit && !unit->done)
        close_unit(tstd, unit);
}

struct unit *stage_begin_unit(struct tstd *tstd, instant at)
{
    stage_complete_unit(tstd);
    if (tstd->begun - tstd->decoded == UNITS)
        forget_units(tstd, unit_of(tstd, tstd->decoded)->decoded_at);
    tstd->begun++;
    *stage_current_unit(tstd) = (struct unit){.payload_at = at, .last_out = at, .decoded_at = NEVER};
    return stage_current_unit(tstd);
}
