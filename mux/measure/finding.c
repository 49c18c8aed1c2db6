/* Findings, kept by indicator and PID. Breaches are counted as they come; words are made only for the first
 * and for one that is worse than all before, so that a stream that is broken all over is measured as fast as
 * another. Order is made when somebody asks. */
#include "mux/measure/finding.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define PLACES 0x2001 /* every PID, and none */

struct findings {
    size_t count;
    bool sorted;
    uint64_t total[INDICATORS];
    uint16_t record_of[INDICATORS][PLACES]; /* one more than the index, 0: none */
    uint16_t order[FINDING_RECORDS];
    struct finding record[FINDING_RECORDS];
};

const struct indicator_info *indicator_info(enum indicator indicator)
{
    static const struct indicator_info infos[INDICATORS] = {
        [TS_SYNC_LOSS] = {"TS_sync_loss", "1.1", 1},
        [SYNC_BYTE_ERROR] = {"Sync_byte_error", "1.2", 1},
        [PAT_ERROR] = {"PAT_error_2", "1.3.a", 1},
        [CONTINUITY_COUNT_ERROR] = {"Continuity_count_error", "1.4", 1},
        [PMT_ERROR] = {"PMT_error_2", "1.5.a", 1},
        [PID_ERROR] = {"PID_error", "1.6", 1},
        [TRANSPORT_ERROR] = {"Transport_error", "2.1", 2},
        [CRC_ERROR] = {"CRC_error", "2.2", 2},
        [PCR_REPETITION_ERROR] = {"PCR_repetition_error", "2.3a", 2},
        [PCR_DISCONTINUITY_INDICATOR_ERROR] = {"PCR_discontinuity_indicator_error", "2.3b", 2},
        [PCR_ACCURACY_ERROR] = {"PCR_accuracy_error", "2.4", 2},
        [PTS_ERROR] = {"PTS_error", "2.5", 2},
        [CAT_ERROR] = {"CAT_error", "2.6", 2},
        [NIT_ACTUAL_ERROR] = {"NIT_actual_error", "3.1.a", 3},
        [NIT_OTHER_ERROR] = {"NIT_other_error", "3.1.b", 3},
        [SI_REPETITION_ERROR] = {"SI_repetition_error", "3.2", 3},
        [BUFFER_ERROR] = {"Buffer_error", "3.3", 3},
        [UNREFERENCED_PID] = {"Unreferenced_PID", "3.4.a", 3},
        [SDT_ACTUAL_ERROR] = {"SDT_actual_error", "3.5.a", 3},
        [SDT_OTHER_ERROR] = {"SDT_other_error", "3.5.b", 3},
        [EIT_ACTUAL_ERROR] = {"EIT_actual_error", "3.6.a", 3},
        [EIT_OTHER_ERROR] = {"EIT_other_error", "3.6.b", 3},
        [EIT_PF_ERROR] = {"EIT_PF_error", "3.6.c", 3},
        [RST_ERROR] = {"RST_error", "3.7", 3},
        [TDT_ERROR] = {"TDT_error", "3.8", 3},
        [EMPTY_BUFFER_ERROR] = {"Empty_buffer_error", "3.9", 3},
        [DATA_DELAY_ERROR] = {"Data_delay_error", "3.10", 3},
        [TIME_STAMP_JUMP] = {"Time_stamp_jump", "-", 4},
        [PTS_DRIFT] = {"PTS_drift", "-", 4},
        [EIT_STRUCTURE_ERROR] = {"EIT_structure_error", "-", 4},
        [EIT_CONSISTENCY_ERROR] = {"EIT_consistency_error", "-", 4},
        [TABLE_VERSION_ERROR] = {"Table_version_error", "-", 4},
        [DATAGRAM_LOSS] = {"Datagram_loss", "-", 4},
    };

    return &infos[indicator];
}

struct findings *findings_new(void)
{
    return calloc(1, sizeof(struct findings));
}

void findings_free(struct findings **findings)
{
    free(*findings);
    *findings = NULL;
}

/* NULL when there is no room for another. */
static struct finding *record_for(struct findings *findings, enum indicator indicator, uint16_t pid)
{
    uint16_t *index = &findings->record_of[indicator][pid < PLACES - 1 ? pid : PLACES - 1];

    if (!*index) {
        if (findings->count == FINDING_RECORDS)
            return NULL;
        findings->record[findings->count] = (struct finding){.indicator = indicator, .pid = pid};
        *index = (uint16_t)++findings->count;
    }
    return &findings->record[*index - 1];
}

void findings_add(struct findings *findings, enum indicator indicator, uint16_t pid, int64_t at,
                  int64_t worst, const char *format, ...)
{
    struct finding *finding = record_for(findings, indicator, pid);

    findings->total[indicator]++;
    findings->sorted = false;
    if (!finding)
        return;
    if (!finding->count)
        finding->first_at = at;
    finding->last_at = at;
    if (!finding->count++ || worst > finding->worst) {
        va_list arguments;
        finding->worst = worst;
        finding->worst_at = at;
        va_start(arguments, format);
        vsnprintf(finding->text, sizeof finding->text, format, arguments);
        va_end(arguments);
    }
}

static bool is_decoder_model(enum indicator indicator)
{
    return indicator == BUFFER_ERROR || indicator == EMPTY_BUFFER_ERROR || indicator == DATA_DELAY_ERROR;
}

static int rank(const struct finding *finding)
{
    return is_decoder_model(finding->indicator) ? 1 : indicator_info(finding->indicator)->priority;
}

static int compare(const void *left, const void *right, void *records)
{
    const struct finding *a = (const struct finding *)records + *(const uint16_t *)left;
    const struct finding *b = (const struct finding *)records + *(const uint16_t *)right;

    if (rank(a) != rank(b))
        return rank(a) - rank(b);
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    if (a->indicator != b->indicator)
        return (int)a->indicator - (int)b->indicator;
    return (int)a->pid - (int)b->pid;
}

size_t findings_count(const struct findings *findings)
{
    return findings->count;
}

const struct finding *findings_get(struct findings *findings, size_t index)
{
    if (!findings->sorted) {
        for (size_t i = 0; i < findings->count; i++)
            findings->order[i] = (uint16_t)i;
        qsort_r(findings->order, findings->count, sizeof *findings->order, compare, findings->record);
        findings->sorted = true;
    }
    return &findings->record[findings->order[index]];
}

uint64_t findings_total(const struct findings *findings, enum indicator indicator)
{
    return findings->total[indicator];
}

bool findings_are_grave(const struct findings *findings)
{
    for (int i = 0; i < INDICATORS; i++)
        if (findings->total[i] &&
            (indicator_info((enum indicator)i)->priority <= 2 || is_decoder_model((enum indicator)i)))
            return true;
    return false;
}
