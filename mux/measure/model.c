/* One finding for each packet or unit that breaks a rule, with the worst figure so far. */
#include "mux/measure/model.h"

#include <stdio.h>

bool model_begin(struct model *model, uint16_t pid, const struct tstd_limits *limits)
{
    model->pid = pid;
    model->limits = *limits;
    model->tstd = tstd_new(limits, TIMELINE_SECOND);
    return model->tstd;
}

void model_fini(struct model *model)
{
    tstd_free(&model->tstd);
}

static uint64_t buffer_faults(const struct tstd_report *report)
{
    return report->tb_overflow + report->mb_overflow + report->eb_overflow + report->underflow;
}

/* How badly buffers are broken so far: a number that only grows. */
static int64_t buffer_badness(const struct tstd_limits *limits, const struct tstd_report *report)
{
    int64_t badness = report->underflow ? -report->margin_min_ns / 1000 : 0;

    if (report->tb_overflow)
        badness += (int64_t)report->tb_peak * 1000 / (limits->tb_size + 1);
    if (report->mb_overflow)
        badness += (int64_t)report->mb_peak * 1000 / (limits->mb_size + 1);
    if (report->eb_overflow)
        badness += (int64_t)report->eb_peak * 1000 / (limits->unit_size + 1);
    return badness;
}

/* Everything about buffers that is broken so far. */
static void tell_buffers(const struct tstd_limits *limits, const struct tstd_report *report, char *text,
                         size_t size)
{
    const char *held = limits->path == TSTD_VIDEO ? "EB" : limits->path == TSTD_SECTIONS ? "Bsys" : "B";
    const struct {
        const char *name;
        uint64_t broken;
        uint32_t peak, size;
    } buffers[] = {{"TB", report->tb_overflow, report->tb_peak, limits->tb_size},
                   {"MB", report->mb_overflow, report->mb_peak, limits->mb_size},
                   {held, report->eb_overflow, report->eb_peak, limits->unit_size}};
    size_t n = 0;

    for (size_t i = 0; i < sizeof buffers / sizeof *buffers; i++)
        if (buffers[i].broken)
            n += (size_t)snprintf(text + n, size - n, "%s%s overflows: %u bytes, at most %u", n ? "; " : "",
                                  buffers[i].name, buffers[i].peak, buffers[i].size);
    if (report->underflow)
        snprintf(text + n, size - n, "%s%s underflows: a unit is complete %.3f ms late", n ? "; " : "", held,
                 (double)-report->margin_min_ns / 1e6);
}

static void note_buffers(struct model *model, struct findings *findings, int64_t at,
                         const struct tstd_report *report)
{
    char text[FINDING_TEXT] = "";
    uint64_t count = buffer_faults(report) - buffer_faults(&model->seen);
    int64_t badness = count ? buffer_badness(&model->limits, report) : 0;

    if (badness > model->badness || !buffer_faults(&model->seen))
        tell_buffers(&model->limits, report, text, sizeof text);
    for (; count; count--)
        findings_add(findings, BUFFER_ERROR, model->pid, at, badness, "%s", text);
    model->badness = badness > model->badness ? badness : model->badness;
}

static void note_empty(const struct model *model, struct findings *findings, int64_t at, const char *buffer,
                       uint64_t count)
{
    for (; count; count--)
        findings_add(findings, EMPTY_BUFFER_ERROR, model->pid, at, 0,
                     "%s not empty for a second, once in a second needed", buffer);
}

static void note_faults(struct model *model, const struct tstd_report *report, int64_t at,
                        struct findings *findings)
{
    const struct tstd_limits *limits = &model->limits;
    struct tstd_report *seen = &model->seen;

    note_buffers(model, findings, at, report);
    note_empty(model, findings, at, "TB", report->tb_never_empty - seen->tb_never_empty);
    note_empty(model, findings, at, "MB", report->mb_never_empty - seen->mb_never_empty);
    for (uint64_t i = report->too_long - seen->too_long; i; i--)
        findings_add(findings, DATA_DELAY_ERROR, model->pid, at, report->delay_max_ns,
                     "%.3f s through the decoder's buffers, at most %.3f s",
                     (double)report->delay_max_ns / 1e9, limits->delay_ms / 1e3);
    *seen = *report;
}

void model_packet(struct model *model, const struct timed_packet *packet, int64_t ahead,
                  struct findings *findings)
{
    struct tstd_arrival arrival = {
        .at = packet->at, .byte_for = packet->byte_for, .clock = (__int128)packet->at + ahead};

    if (tstd_packet(model->tstd, &arrival, packet->bytes))
        note_faults(model, tstd_report(model->tstd), packet->at / TIMELINE_UNITS, findings);
}

void model_finish(struct model *model, int64_t at, struct findings *findings)
{
    note_faults(model, tstd_finish(model->tstd), at, findings);
}

struct tstd_statistics model_statistics(const struct model *model)
{
    const struct tstd_limits *limits = &model->limits;
    struct tstd_statistics statistics = {.judged = model->tstd};

    if (!model->tstd)
        return statistics;
    const struct tstd_report *report = tstd_report(model->tstd);
    statistics.leak = limits->rx;
    for (size_t i = 0; i < sizeof limits->by; i++)
        statistics.leak_by[i] = limits->by[i];
    statistics.tb_peak = report->tb_peak;
    statistics.mb_peak = report->mb_peak;
    statistics.eb_peak = report->eb_peak;
    statistics.tb_size = limits->tb_size;
    statistics.mb_size = limits->mb_size;
    statistics.eb_size = limits->unit_size;
    statistics.delay_max = report->delay_max_ns / 1000 * 27;
    return statistics;
}
