/* The laboratory from outside: bytes go in, through sync (sync.c) and time (timeline.c) to the rules
 * (packet.c, table.c); figures come out. Nothing is allocated for a packet: only when a PID is first seen, or
 * first referred to. */
#include "mux/measure/bench.h"

#include <stdlib.h>

#include "mux/packet.h"

#define NS_PER_SECOND 1000000000
#define PACKET_BITS (TS_PACKET * 8)

static int64_t ticks_now(const struct laboratory *laboratory)
{
    return timeline_elapsed(laboratory->timeline) / TIMELINE_UNITS;
}

/* ---- bytes ---- */

/* A packet that has just come in live, so many bytes behind the first of its datagram. */
static void note_arrival(struct laboratory *laboratory, const uint8_t *packet)
{
    uint64_t rate = timeline_rate(laboratory->timeline);
    uint32_t before = laboratory->arrived++;

    if (!packet_has_pcr(packet) || !rate || packet_get_pid(packet) == PACKET_NULL_PID)
        return;
    struct pcr_clock *clock = laboratory_clock(laboratory, packet_get_pid(packet));
    if (clock)
        pcr_clock_arrival(clock, packet,
                          laboratory->arrival_ns +
                              (int64_t)((uint64_t)before * PACKET_BITS * NS_PER_SECOND / rate));
}

static void take_synced(void *context, const uint8_t *packet)
{
    struct laboratory *laboratory = context;

    if (laboratory->skipped) {
        uint64_t packets = laboratory->skipped / TS_PACKET;
        timeline_skip(laboratory->timeline, packets ? packets : 1);
        laboratory->skipped = 0;
    }
    laboratory->ever_locked = true;
    if (laboratory->arrival_ns != INT64_MIN)
        note_arrival(laboratory, packet);
    timeline_push(laboratory->timeline, packet);
}

static void take_bad_byte(void *context, uint8_t found)
{
    struct laboratory *laboratory = context;

    findings_add(laboratory->findings, SYNC_BYTE_ERROR, FINDING_NO_PID, ticks_now(laboratory), 0,
                 "sync byte 0x%02X, must be 0x47", found);
}

static void take_loss(void *context)
{
    struct laboratory *laboratory = context;

    laboratory->skipped = 1;
    findings_add(laboratory->findings, TS_SYNC_LOSS, FINDING_NO_PID, ticks_now(laboratory), 0,
                 "two packets in a row without their sync byte");
}

static void take_skipped(void *context, size_t bytes)
{
    struct laboratory *laboratory = context;

    if (laboratory->ever_locked)
        laboratory->skipped += bytes;
}

struct laboratory *laboratory_new(struct findings *findings, const struct laboratory_listener *listener)
{
    struct laboratory *laboratory = calloc(1, sizeof *laboratory);

    if (!laboratory || !(laboratory->timeline = timeline_new(laboratory_packet, laboratory))) {
        free(laboratory);
        return NULL;
    }
    laboratory->findings = findings;
    if (listener)
        laboratory->listener = *listener;
    laboratory->sync.listener =
        (struct sync_listener){take_synced, take_bad_byte, take_loss, take_skipped, laboratory};
    laboratory->scrambled_at = -1;
    laboratory->arrival_ns = INT64_MIN;
    for (uint32_t i = 0; i < 256; i++)
        laboratory->pat_at[i] = -1;
    for (uint32_t pid = 0; pid < PIDS; pid++) {
        laboratory->record[pid].unreferenced_since = INT64_MAX;
        laboratory->record[pid].spacing_min = INT64_MAX;
    }
    return laboratory;
}

void laboratory_free(struct laboratory **laboratory)
{
    struct laboratory *gone = *laboratory;

    if (!gone)
        return;
    for (uint32_t pid = 0; pid < PIDS; pid++) {
        elementary_free(&gone->record[pid].elementary);
        free(gone->record[pid].collector);
        free(gone->record[pid].clock);
    }
    for (uint32_t i = 0; i < gone->programmes.count; i++)
        model_fini(&gone->programmes.programme[i].psi);
    timeline_free(&gone->timeline);
    free(gone);
    *laboratory = NULL;
}

void laboratory_feed(struct laboratory *laboratory, const uint8_t *bytes, size_t length)
{
    laboratory->fed |= length > 0;
    sync_feed(&laboratory->sync, bytes, length);
}

void laboratory_arrival(struct laboratory *laboratory, int64_t at_ns)
{
    laboratory->arrival_ns = at_ns;
    laboratory->arrived = 0;
}

int64_t laboratory_elapsed(const struct laboratory *laboratory)
{
    return ticks_now(laboratory);
}

/* ---- the end ---- */

static void finish_pid(struct laboratory *laboratory, uint16_t pid, int64_t at)
{
    struct record *record = &laboratory->record[pid];
    const struct pid_use *use = &laboratory->programmes.use[pid];

    if (use->needed && at - record->last_at > USER_PERIOD)
        findings_add(laboratory->findings, PID_ERROR, pid, at / TIMELINE_UNITS, at - record->last_at,
                     "no packet in the last %.1f s, at most 5 s",
                     (double)(at - record->last_at) / TIMELINE_SECOND);
    if (record->clock) /* of a stream that is not referred to any more, what came is judged */
        pcr_clock_finish(record->clock, use->references ? at : record->clock->at, laboratory->findings);
    if (record->elementary)
        elementary_finish(record->elementary, use->stream ? at : record->last_at, laboratory->findings);
}

/* A programme whose PCR_PID carries none at all (2.3a). */
static void finish_programme(struct laboratory *laboratory, const struct programme *programme, int64_t at)
{
    const struct pcr_clock *clock = laboratory->record[programme->pcr_pid].clock;

    if (!programme->known || programme->pcr_pid == PACKET_NULL_PID || (clock && clock->seen) ||
        at - programme->told_at <= TIMELINE_SECOND / 10)
        return;
    findings_add(laboratory->findings, PCR_REPETITION_ERROR, programme->pcr_pid, at / TIMELINE_UNITS,
                 (at - programme->told_at) / TIMELINE_UNITS,
                 "no PCR of programme %u in %.1f s, one each 100 ms needed", programme->number,
                 (double)(at - programme->told_at) / TIMELINE_SECOND);
}

void laboratory_finish(struct laboratory *laboratory)
{
    sync_finish(&laboratory->sync);
    timeline_finish(laboratory->timeline);
    int64_t at = timeline_elapsed(laboratory->timeline);
    if (laboratory->fed && !laboratory->ever_locked)
        findings_add(laboratory->findings, TS_SYNC_LOSS, FINDING_NO_PID, 0, 0,
                     "no five sync bytes 188, 192 or 204 bytes apart");
    if (!laboratory->ever_locked)
        return;
    laboratory_tables_finish(laboratory, at);
    for (uint32_t i = 0; i < laboratory->programmes.count; i++)
        finish_programme(laboratory, &laboratory->programmes.programme[i], at);
    for (uint32_t pid = 0; pid < PIDS; pid++)
        finish_pid(laboratory, (uint16_t)pid, at);
}

/* ---- figures ---- */

static double rate_of(const struct laboratory *laboratory, uint64_t packets)
{
    int64_t at = timeline_elapsed(laboratory->timeline);

    return at > 0 ? (double)packets * PACKET_BITS / ((double)at / TIMELINE_SECOND) : 0;
}

struct rate_statistics laboratory_rate(const struct laboratory *laboratory)
{
    struct rate_statistics statistics = {.packets = laboratory->packets,
                                         .nulls = laboratory->nulls,
                                         .bits_per_second = rate_of(laboratory, laboratory->packets)};
    bool lined = false, broken = false;

    for (uint32_t pid = 0; pid < PIDS; pid++) {
        const struct pcr_clock *clock = laboratory->record[pid].clock;
        lined |= clock && clock->lined;
        broken |= clock && clock->broken;
    }
    statistics.constant = lined && !broken;
    return statistics;
}

size_t laboratory_pid_count(const struct laboratory *laboratory)
{
    size_t count = 0;

    for (uint32_t pid = 0; pid < PIDS; pid++)
        count += laboratory->record[pid].packets > 0;
    return count;
}

static void add_elementary(struct pid_statistics *statistics, const struct elementary *elementary)
{
    const struct margin *margin = &elementary->margin;

    statistics->units = elementary->units;
    statistics->unit_step = elementary_step(elementary);
    statistics->jumps = elementary->jumps;
    statistics->margin_min = margin->min;
    statistics->margin_max = margin->max;
    statistics->margin_first = margin->first;
    statistics->margin_last = margin->last;
    statistics->margin_slope = margin_slope(margin);
    statistics->tstd = model_statistics(&elementary->model);
}

static void add_tables(struct pid_statistics *statistics, const struct laboratory *laboratory, uint16_t pid)
{
    statistics->codec = CODEC_SECTIONS;
    statistics->referenced = true;
    statistics->units = laboratory->record[pid].sections;
    for (uint32_t i = 0; i < laboratory->programmes.count; i++) {
        const struct programme *programme = &laboratory->programmes.programme[i];
        if (programme->pmt_pid != pid)
            continue;
        statistics->program = programme->number;
        statistics->tstd = model_statistics(&programme->psi);
    }
}

static struct pid_statistics statistics_of(const struct laboratory *laboratory, uint16_t pid)
{
    const struct record *record = &laboratory->record[pid];
    const struct pid_use *use = &laboratory->programmes.use[pid];
    struct pid_statistics statistics = {.pid = pid,
                                        .program = use->program,
                                        .stream_type = use->stream_type,
                                        .codec = use->codec,
                                        .referenced = use->references > 0,
                                        .packets = record->packets,
                                        .bits_per_second = rate_of(laboratory, record->packets),
                                        .run_max = record->run_max};

    if (record->packets > 1) {
        statistics.spacing_min = record->spacing_min / TIMELINE_UNITS;
        statistics.spacing_max = record->spacing_max / TIMELINE_UNITS;
    }
    if (record->elementary)
        add_elementary(&statistics, record->elementary);
    if (pid < PIDS_RESERVED || use->pmts)
        add_tables(&statistics, laboratory, pid);
    if (record->clock)
        statistics.pcr = record->clock->statistics;
    return statistics;
}

struct pid_statistics laboratory_pid(const struct laboratory *laboratory, size_t index)
{
    uint32_t pid = 0;

    for (; pid < PIDS - 1; pid++)
        if (laboratory->record[pid].packets && index-- == 0)
            break;
    return statistics_of(laboratory, (uint16_t)pid);
}
