/* The rules that a stream is judged by: how often each was broken, where first, and the figure that was
 * measured. */
#ifndef TESTS_JUDGE_RULES_H
#define TESTS_JUDGE_RULES_H

#include <stdint.h>
#include <stdio.h>

enum rule {
    RULE_SYNC,
    RULE_CONTINUITY,
    RULE_PCR_ACCURACY,
    RULE_PCR_INTERVAL,
    RULE_VIDEO_DTS_STEP,
    RULE_AUDIO_PTS_STEP,
    RULE_AUDIO_GRID,
    RULE_VIDEO_LEAD,
    RULE_AUDIO_LEAD,
    RULE_IDR_EVERY_SECOND,
    RULE_IDR_WHOLE_SECOND,
    RULE_RANDOM_ACCESS,
    RULE_PAT_INTERVAL,
    RULE_PMT_INTERVAL,
    RULE_NIT_INTERVAL,
    RULE_SDT_INTERVAL,
    RULE_EIT_PF_INTERVAL,
    RULE_EIT_SCHEDULE_INTERVAL,
    RULE_TDT_INTERVAL,
    RULE_TOT_INTERVAL,
    RULE_UTC,
    RULE_CRC,
    RULE_VERSION,
    RULE_SECTIONS_WHOLE,
    RULE_TABLE_IDS,
    RULE_SPACING_SUB_TABLE,
    RULE_SPACING_NIT,
    RULE_SPACING_SDT,
    RULE_SPACING_EIT_PF,
    RULE_SPACING_TIME,
    RULE_UNREFERENCED_PIDS,
    RULE_MISSING_PIDS,
    RULE_VIDEO_TB,
    RULE_VIDEO_MB,
    RULE_VIDEO_EB,
    RULE_VIDEO_DECODE,
    RULE_AUDIO_TB,
    RULE_AUDIO_B,
    RULE_AUDIO_DECODE,
    RULE_PSI_TB,
    RULE_PSI_B,
    RULE_SI_TB,
    RULE_LONGEST_RUN,
    RULE_NULL_SHARE,
    RULE_COUNT
};

struct rules {
    struct {
        uint64_t faults;
        char first[160], figure[160];
    } of[RULE_COUNT];
};

/* Notes that a rule is broken; the first words are kept. */
void rules_fault(struct rules *rules, enum rule rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The figure to be printed with a rule. */
void rules_figure(struct rules *rules, enum rule rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* One line per rule, "ok|FAIL rule: figure". Returns how many failed. */
uint32_t rules_print(const struct rules *rules, FILE *out);

#endif
