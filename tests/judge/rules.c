/* Keeps and prints verdicts. */
#include "tests/judge/rules.h"

#include <inttypes.h>
#include <stdarg.h>

static const char *const names[RULE_COUNT] = {
    [RULE_SYNC] = "sync",
    [RULE_CONTINUITY] = "continuity",
    [RULE_PCR_ACCURACY] = "pcr-accuracy",
    [RULE_PCR_INTERVAL] = "pcr-interval",
    [RULE_VIDEO_DTS_STEP] = "video-dts-step",
    [RULE_AUDIO_PTS_STEP] = "audio-pts-step",
    [RULE_AUDIO_GRID] = "audio-grid",
    [RULE_VIDEO_LEAD] = "video-dts-minus-pcr",
    [RULE_AUDIO_LEAD] = "audio-pts-minus-pcr",
    [RULE_IDR_EVERY_SECOND] = "idr-every-second",
    [RULE_IDR_WHOLE_SECOND] = "idr-pts-whole-second",
    [RULE_RANDOM_ACCESS] = "random-access-indicator",
    [RULE_PAT_INTERVAL] = "pat-interval",
    [RULE_PMT_INTERVAL] = "pmt-interval",
    [RULE_NIT_INTERVAL] = "nit-interval",
    [RULE_SDT_INTERVAL] = "sdt-interval",
    [RULE_EIT_PF_INTERVAL] = "eit-pf-interval",
    [RULE_EIT_SCHEDULE_INTERVAL] = "eit-schedule-interval",
    [RULE_TDT_INTERVAL] = "tdt-interval",
    [RULE_TOT_INTERVAL] = "tot-interval",
    [RULE_UTC] = "utc",
    [RULE_CRC] = "crc",
    [RULE_VERSION] = "version",
    [RULE_SECTIONS_WHOLE] = "sections-whole",
    [RULE_TABLE_IDS] = "table-ids",
    [RULE_SPACING_SUB_TABLE] = "spacing-sub-table",
    [RULE_SPACING_NIT] = "spacing-nit",
    [RULE_SPACING_SDT] = "spacing-sdt",
    [RULE_SPACING_EIT_PF] = "spacing-eit-pf",
    [RULE_SPACING_TIME] = "spacing-tdt-tot",
    [RULE_UNREFERENCED_PIDS] = "unreferenced-pids",
    [RULE_MISSING_PIDS] = "missing-pids",
    [RULE_VIDEO_TB] = "tstd-video-tb",
    [RULE_VIDEO_MB] = "tstd-video-mb",
    [RULE_VIDEO_EB] = "tstd-video-eb",
    [RULE_VIDEO_DECODE] = "tstd-video-decode",
    [RULE_AUDIO_TB] = "tstd-audio-tb",
    [RULE_AUDIO_B] = "tstd-audio-b",
    [RULE_AUDIO_DECODE] = "tstd-audio-decode",
    [RULE_PSI_TB] = "tstd-psi-tb",
    [RULE_PSI_B] = "tstd-psi-b",
    [RULE_SI_TB] = "tstd-si-tb",
    [RULE_LONGEST_RUN] = "longest-run",
    [RULE_NULL_SHARE] = "null-share",
};

void rules_fault(struct rules *rules, enum rule rule, const char *format, ...)
{
    if (rules->of[rule].faults++)
        return;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rules->of[rule].first, sizeof rules->of[rule].first, format, arguments);
    va_end(arguments);
}

void rules_figure(struct rules *rules, enum rule rule, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(rules->of[rule].figure, sizeof rules->of[rule].figure, format, arguments);
    va_end(arguments);
}

uint32_t rules_print(const struct rules *rules, FILE *out)
{
    uint32_t failed = 0;

    for (int i = 0; i < RULE_COUNT; i++) {
        uint64_t faults = rules->of[i].faults;

        fprintf(out, "%s %s: %s", faults ? "FAIL" : "ok", names[i], rules->of[i].figure);
        if (faults)
            fprintf(out, "; broken %" PRIu64 " times, first: %s", faults, rules->of[i].first);
        fputc('\n', out);
        failed += faults > 0;
    }
    return failed;
}
