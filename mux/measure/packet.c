/* The rules of packet headers and counters, and where what a packet carries goes (TR 101
 * 290 1.4, 1.6, 2.1, 2.6, 3.4).
 */
#include "mux/measure/bench.h"

#include <stdlib.h>

#include "mux/packet.h"

static void lose(struct record *record)
{
    record->counted = false;
    if (record->collector)
        collector_lose(record->collector);
    if (record->elementary)
        elementary_lose(record->elementary);
}

static void lose_all(struct laboratory *laboratory)
{
    laboratory->losses++;
    for (uint32_t pid = 0; pid < PIDS; pid++)
        lose(&laboratory->record[pid]);
}

/* Spacing and runs. */
static void count_packet(struct laboratory *laboratory, struct record *record, uint16_t pid)
{
    int64_t spacing = laboratory->now - record->last_at;

    if (record->packets++) {
        if (spacing < record->spacing_min)
            record->spacing_min = spacing;
        if (spacing > record->spacing_max)
            record->spacing_max = spacing;
    }
    if (laboratory->programmes.use[pid].needed && spacing > USER_PERIOD)
        findings_add(laboratory->findings, PID_ERROR, pid, laboratory->now / TIMELINE_UNITS, spacing,
                     "no packet for %.1f s, at most 5 s", (double)spacing / TIMELINE_SECOND);
    record->last_at = laboratory->now;
    record->run = laboratory->last_pid == pid ? record->run + 1 : 1;
    laboratory->last_pid = pid;
    if (record->run > record->run_max)
        record->run_max = record->run;
}

/* Whether the packet repeats the one before. */
static bool judge_counter(struct laboratory *laboratory, struct record *record, uint16_t pid,
                          const uint8_t *packet)
{
    uint8_t counter = packet[3] & 0x0F, before = record->counter;
    bool payload = packet_has_payload(packet), known = record->counted;
    bool announced = packet[3] & 0x20 && packet[4] && packet[5] & 0x80; /* discontinuity_indicator */
    bool again = known && payload && counter == before && !announced;

    record->counter = counter;
    record->counted = true;
    if (!known || announced || counter == (payload ? (before + 1) & 0x0F : before)) {
        record->repeated = record->repeated && !payload;
        return false;
    }
    if (again && !record->repeated) {
        record->repeated = true;
        return true;
    }
    if (again) {
        findings_add(laboratory->findings, CONTINUITY_COUNT_ERROR, pid, laboratory->now / TIMELINE_UNITS, 0,
                     "a packet for the third time");
    } else {
        findings_add(laboratory->findings, CONTINUITY_COUNT_ERROR, pid, laboratory->now / TIMELINE_UNITS, 0,
                     "continuity_counter %u where %u was due", counter,
                     payload ? (before + 1) & 0x0Fu : before);
        lose(record);
        record->counter = counter;
        record->counted = true;
        laboratory->losses++;
    }
    return again;
}

static void judge_scrambling(struct laboratory *laboratory, uint16_t pid)
{
    int64_t at = laboratory->now / TIMELINE_UNITS;

    if (pid == 0 || laboratory->programmes.use[pid].pmts)
        findings_add(laboratory->findings, pid ? PMT_ERROR : PAT_ERROR, pid, at, 0,
                     "scrambled, must be in the clear");
    if (laboratory->scrambled_at < 0)
        laboratory->scrambled_at = laboratory->now;
    if (!laboratory->cat_seen && laboratory->now - laboratory->scrambled_at > HALF_SECOND)
        findings_add(laboratory->findings, CAT_ERROR, pid, at, 0, "scrambled packets, but no CAT");
}

struct pcr_clock *laboratory_clock(struct laboratory *laboratory, uint16_t pid)
{
    struct record *record = &laboratory->record[pid];

    if (!record->clock && laboratory->clocks < LABORATORY_STREAMS &&
        (record->clock = calloc(1, sizeof *record->clock))) {
        laboratory->clocks++;
        pcr_clock_init(record->clock, pid);
    }
    return record->clock;
}

static void take_pcr(struct laboratory *laboratory, struct record *record, uint16_t pid,
                     const struct timed_packet *packet)
{
    struct pcr_clock *clock = laboratory_clock(laboratory, pid);

    if (!clock)
        return;
    if (record->losses != laboratory->losses)
        pcr_clock_lose(clock);
    record->losses = laboratory->losses;
    pcr_clock_packet(clock, packet, laboratory->findings);
}

static void judge_reference(struct laboratory *laboratory, struct record *record, uint16_t pid)
{
    if (laboratory->programmes.use[pid].references) {
        record->unreferenced_since = INT64_MAX;
    } else if (record->unreferenced_since == INT64_MAX) {
        record->unreferenced_since = laboratory->now;
    } else if (record->unreferenced_since >= 0 &&
               laboratory->now - record->unreferenced_since > HALF_SECOND) {
        record->unreferenced_since = -1; /* noted */
        findings_add(laboratory->findings, UNREFERENCED_PID, pid, laboratory->now / TIMELINE_UNITS, 0,
                     "in no PMT or CAT for 500 ms");
    }
}

static void take_payload(struct laboratory *laboratory, struct record *record, uint16_t pid,
                         const struct timed_packet *packet, bool again)
{
    const struct pid_use *use = &laboratory->programmes.use[pid];

    if (pid < PIDS_RESERVED || use->pmts) {
        if (!(packet->bytes[3] & 0xC0))
            laboratory_tables(laboratory, pid, packet, again);
        return;
    }
    judge_reference(laboratory, record, pid);
    if (record->elementary && use->stream) {
        const struct pcr_clock *clock = laboratory->record[use->pcr_pid].clock;
        elementary_packet(record->elementary, packet, again, clock && clock->seen ? clock : NULL,
                          laboratory->findings);
    }
}

void laboratory_packet(void *context, const struct timed_packet *packet)
{
    struct laboratory *laboratory = context;
    uint16_t pid = packet_get_pid(packet->bytes);
    struct record *record = &laboratory->record[pid];

    if (packet->number != laboratory->next_number)
        lose_all(laboratory);
    laboratory->next_number = packet->number + 1;
    laboratory->now = packet->at;
    laboratory->packets++;
    if (packet->bytes[1] & 0x80) { /* transport_error_indicator: nothing else is concluded from it (2.1) */
        findings_add(laboratory->findings, TRANSPORT_ERROR, pid, packet->at / TIMELINE_UNITS, 0,
                     "transport_error_indicator is set");
        lose(record);
        return;
    }
    count_packet(laboratory, record, pid);
    if (pid == PACKET_NULL_PID) {
        laboratory->nulls++;
        return;
    }
    bool again = judge_counter(laboratory, record, pid, packet->bytes);
    if (packet->bytes[3] & 0xC0)
        judge_scrambling(laboratory, pid);
    if (packet_has_pcr(packet->bytes))
        take_pcr(laboratory, record, pid, packet);
    take_payload(laboratory, record, pid, packet, again);
}
