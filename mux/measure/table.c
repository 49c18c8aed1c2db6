/* PSI: which tables come how often, whether they are whole, and what they say (TR 101
 * 290 1.3, 1.5, 2.2, 2.6). */
#include "mux/measure/bench.h"

#include <stdlib.h>

#include "mux/packet.h"

struct section_place { /* where a section came from */
    struct laboratory *laboratory;
    uint16_t pid;
};

static void note_interval(struct laboratory *laboratory, enum indicator indicator, uint16_t pid,
                          int64_t since, int64_t at, const char *table)
{
    if (at - since > HALF_SECOND)
        findings_add(laboratory->findings, indicator, pid, at / TIMELINE_UNITS, at - since,
                     "%.0f ms between two sections of the %s, at most 500 ms",
                     (double)(at - since) / (TIMELINE_SECOND / 1000), table);
}

static void note_end(struct laboratory *laboratory, enum indicator indicator, uint16_t pid, int64_t since,
                     int64_t at, const char *table)
{
    if (at - since > HALF_SECOND)
        findings_add(laboratory->findings, indicator, pid, at / TIMELINE_UNITS, at - since,
                     "no %s in the last %.0f ms, one each 500 ms needed", table,
                     (double)(at - since) / (TIMELINE_SECOND / 1000));
}

static struct collector *collector_of(struct laboratory *laboratory, uint16_t pid)
{
    struct record *record = &laboratory->record[pid];

    if (!record->collector)
        record->collector = calloc(1, sizeof *record->collector);
    return record->collector;
}

static bool has_pat(const struct laboratory *laboratory)
{
    for (uint32_t i = 0; i < 256; i++)
        if (laboratory->pat_at[i] >= 0)
            return true;
    return false;
}

static void take_pat(struct laboratory *laboratory, const struct collected *section)
{
    struct programmes *programmes = &laboratory->programmes;

    if (section->length < 12)
        return;
    int64_t *at = &laboratory->pat_at[section->bytes[6]];
    if (*at >= 0)
        note_interval(laboratory, PAT_ERROR, 0, *at, section->last_at, "PAT");
    else if (!has_pat(laboratory))
        note_end(laboratory, PAT_ERROR, 0, 0, section->last_at, "PAT");
    *at = section->last_at;
    for (uint32_t i = section->bytes[7] + 1u; i < 256; i++)
        laboratory->pat_at[i] = -1; /* the PAT is shorter now */
    if (!programmes_pat(programmes, section->bytes, section->length, section->last_at))
        return;
    for (uint32_t i = 0; i < programmes->count; i++)
        collector_of(laboratory, programmes->programme[i].pmt_pid);
}

/* Elementary streams as the PMT has them now. */
static void follow_streams(struct laboratory *laboratory, const struct programme *programme)
{
    for (uint32_t i = 0; i < programme->pids; i++) {
        uint16_t pid = programme->pid[i];
        const struct pid_use *use = &laboratory->programmes.use[pid];
        struct record *record = &laboratory->record[pid];
        if (record->last_at < laboratory->now && !record->packets)
            record->last_at = laboratory->now; /* 1.6: absent from now on */
        if (!use->stream || (record->elementary && record->elementary->codec == use->codec))
            continue;
        laboratory->streams -= record->elementary != NULL;
        elementary_free(&record->elementary);
        if (use->codec != CODEC_UNKNOWN && use->codec != CODEC_SECTIONS &&
            laboratory->streams < LABORATORY_STREAMS) {
            laboratory->streams++;
            record->elementary = elementary_new(pid, use->codec);
        }
    }
}

static void take_pmt(struct laboratory *laboratory, uint16_t pid, const struct collected *section)
{
    struct programme *programme;
    bool changed = programmes_pmt(&laboratory->programmes, pid, section->bytes, section->length, &programme);

    if (!programme)
        return;
    note_interval(laboratory, PMT_ERROR, pid, programme->pmt_at, section->last_at, "PMT");
    programme->pmt_at = section->last_at;
    if (!changed)
        return;
    programme->told_at = section->last_at;
    follow_streams(laboratory, programme);
}

static bool is_crc_table(uint16_t pid, uint8_t table_id)
{
    if (pid >= PIDS_RESERVED)
        return table_id == 0x02;
    return table_id <= 0x01 || (table_id >= 0x40 && table_id <= 0x42) || table_id == 0x46 ||
           table_id == 0x4A || (table_id >= 0x4E && table_id <= 0x6F) || table_id == 0x73;
}

static void judge_table_id(struct laboratory *laboratory, uint16_t pid, const struct collected *section)
{
    uint8_t table_id = section->bytes[0];

    if (pid <= 1 && table_id != pid)
        findings_add(laboratory->findings, pid ? CAT_ERROR : PAT_ERROR, pid,
                     section->first_at / TIMELINE_UNITS, 0, "table_id 0x%02X on PID %u, only 0x%02X allowed",
                     table_id, pid, pid);
}

static void take_section(void *context, const struct collected *section)
{
    const struct section_place *place = context;
    struct laboratory *laboratory = place->laboratory;
    uint16_t pid = place->pid;
    uint8_t table_id = section->bytes[0];

    laboratory->record[pid].sections++;
    judge_table_id(laboratory, pid, section);
    if (!section->crc_good && is_crc_table(pid, table_id))
        findings_add(laboratory->findings, CRC_ERROR, pid, section->last_at / TIMELINE_UNITS, 0,
                     "CRC_32 of a section with table_id 0x%02X is wrong", table_id);
    if (section->crc_good && pid == 0 && table_id == 0)
        take_pat(laboratory, section);
    else if (section->crc_good && pid == 1 && table_id == 1) {
        laboratory->cat_seen = true;
        programmes_cat(&laboratory->programmes, section->bytes, section->length);
    } else if (section->crc_good && table_id == 2 && laboratory->programmes.use[pid].pmts)
        take_pmt(laboratory, pid, section);
    if (laboratory->listener.section && timeline_rate(laboratory->timeline)) {
        struct measured_section measured = {pid,
                                            section->bytes,
                                            section->length,
                                            section->crc_good,
                                            section->first_at / TIMELINE_UNITS,
                                            section->last_at / TIMELINE_UNITS};
        laboratory->listener.section(laboratory->listener.context, &measured);
    }
}

/* Not before there is time. */
static bool has_model(struct laboratory *laboratory, struct programme *programme)
{
    uint64_t rate = programme->psi.tstd ? 0 : timeline_rate(laboratory->timeline);

    if (rate) {
        struct tstd_limits limits = tstd_limits_sections(rate);
        model_begin(&programme->psi, programme->pmt_pid, &limits);
    }
    return programme->psi.tstd != NULL;
}

void laboratory_tables(struct laboratory *laboratory, uint16_t pid, const struct timed_packet *packet,
                       bool again)
{
    struct section_place place = {laboratory, pid};
    struct collector *collector = collector_of(laboratory, pid);

    if (collector && !again && packet_has_payload(packet->bytes))
        collector_packet(collector, packet, take_section, &place);
    if (pid > 1 && pid < PIDS_RESERVED)
        return;
    for (uint32_t i = 0; i < laboratory->programmes.count; i++) {
        struct programme *programme = &laboratory->programmes.programme[i];
        if ((pid <= 1 || programme->pmt_pid == pid) && has_model(laboratory, programme))
            model_packet(&programme->psi, packet, 0, laboratory->findings);
    }
}

void laboratory_tables_finish(struct laboratory *laboratory, int64_t at)
{
    struct programmes *programmes = &laboratory->programmes;

    for (uint32_t i = 0; i < 256; i++)
        if (laboratory->pat_at[i] >= 0)
            note_end(laboratory, PAT_ERROR, 0, laboratory->pat_at[i], at, "PAT");
    if (!has_pat(laboratory))
        note_end(laboratory, PAT_ERROR, 0, 0, at, "PAT");
    for (uint32_t i = 0; i < programmes->count; i++) {
        struct programme *programme = &programmes->programme[i];
        note_end(laboratory, PMT_ERROR, programme->pmt_pid, programme->pmt_at, at, "PMT");
        if (programme->psi.tstd)
            model_finish(&programme->psi, at / TIMELINE_UNITS, laboratory->findings);
    }
}
