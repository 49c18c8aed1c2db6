/* One model per video, audio and service information PID; for PSI one per programme, that takes the PAT and
 * its PMT as a box does (ISO/IEC 13818-1 2.4.2.3, TBsys). For service information only TB is judged: no
 * standard gives more. */
#include "tests/judge/models.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "mux/tstd.h"
#include "tests/judge/packet.h"

#define MODELS (3 * PROGRAMMES_MAX + 4)
#define NO_MODEL 0xFF

enum group { GROUP_VIDEO, GROUP_AUDIO, GROUP_PSI, GROUP_SI, GROUPS };

struct model {
    uint16_t pid;
    enum group group;
    struct tstd *tstd;
};

struct models {
    struct slot_rate rate;
    uint32_t count;
    struct model model[MODELS];
    uint8_t index[PIDS];
};

static const enum rule tb_rule[GROUPS] = {RULE_VIDEO_TB, RULE_AUDIO_TB, RULE_PSI_TB, RULE_SI_TB};
static const enum rule b_rule[GROUPS] = {RULE_VIDEO_EB, RULE_AUDIO_B, RULE_PSI_B, RULE_COUNT};
static const enum rule decode_rule[GROUPS] = {RULE_VIDEO_DECODE, RULE_AUDIO_DECODE, RULE_COUNT, RULE_COUNT};

static struct tstd_limits limits_of(enum group group, struct slot_rate rate, const struct house *house)
{
    struct tstd_limits limits = group == GROUP_VIDEO ? tstd_limits_house(&house->video)
                                : group == GROUP_AUDIO
                                    ? tstd_limits_mpeg_audio()
                                    : tstd_limits_sections(rate.num * TS_PACKET * 8 / rate.den);

    if (group == GROUP_AUDIO)
        limits.path = TSTD_PES; /* here each frame is a PES packet, whatever is in it */
    return limits;
}

static bool add(struct models *models, const struct house *house, uint16_t pid, enum group group)
{
    struct tstd_limits limits = limits_of(group, models->rate, house);

    if (!pid || models->index[pid] != NO_MODEL)
        return true;
    struct tstd *tstd = tstd_new(&limits, tstd_slot_scale(models->rate));
    if (!tstd)
        return false;
    models->index[pid] = (uint8_t)models->count;
    models->model[models->count++] = (struct model){.pid = pid, .group = group, .tstd = tstd};
    return true;
}

struct models *models_new(struct slot_rate rate, const struct house *house,
                          const struct programmes *programmes)
{
    static const uint16_t si[] = {0x10, 0x11, 0x12, 0x14};
    struct models *models = calloc(1, sizeof *models);
    bool whole = models;

    if (models) {
        memset(models->index, NO_MODEL, sizeof models->index);
        models->rate = rate;
    }
    for (uint32_t i = 0; whole && i < programmes->count; i++) {
        const struct programme *programme = &programmes->programme[i];
        whole = add(models, house, programme->video_pid, GROUP_VIDEO) &&
                add(models, house, programme->audio_pid, GROUP_AUDIO) &&
                add(models, house, programme->pmt_pid, GROUP_PSI);
    }
    for (size_t i = 0; whole && i < sizeof si / sizeof *si; i++)
        whole = add(models, house, si[i], GROUP_SI);
    if (!whole && models)
        models_free(&models);
    return models;
}

void models_free(struct models **models)
{
    if (!*models)
        return;
    for (uint32_t i = 0; i < (*models)->count; i++)
        tstd_free(&(*models)->model[i].tstd);
    free(*models);
    *models = NULL;
}

void models_packet(struct models *models, uint64_t k, const uint8_t *packet)
{
    uint16_t pid = packet_pid(packet);
    struct tstd_arrival arrival = tstd_slot_arrival(models->rate, k);

    if (pid == 0) {
        for (uint32_t i = 0; i < models->count; i++)
            if (models->model[i].group == GROUP_PSI)
                tstd_packet(models->model[i].tstd, &arrival, packet);
    } else if (models->index[pid] != NO_MODEL) {
        tstd_packet(models->model[models->index[pid]].tstd, &arrival, packet);
    }
}

/* The worst of a group. */
struct worst {
    uint32_t streams, tb_peak, mb_peak, b_peak;
    uint64_t units;
    int64_t margin_ns;
};

static void note(struct rules *rules, enum rule rule, uint16_t pid, const char *what, uint64_t count)
{
    if (count)
        rules_fault(rules, rule, "PID 0x%04X %s %" PRIu64 " times", pid, what, count);
}

static void judge_model(const struct model *model, struct rules *rules, struct worst *worst)
{
    const struct tstd_report *report = tstd_finish(model->tstd);
    enum group group = model->group;

    worst->streams++;
    worst->tb_peak = report->tb_peak > worst->tb_peak ? report->tb_peak : worst->tb_peak;
    worst->mb_peak = report->mb_peak > worst->mb_peak ? report->mb_peak : worst->mb_peak;
    worst->b_peak = report->eb_peak > worst->b_peak ? report->eb_peak : worst->b_peak;
    if (report->units && report->margin_min_ns < worst->margin_ns)
        worst->margin_ns = report->margin_min_ns;
    worst->units += report->units;
    note(rules, tb_rule[group], model->pid, "overflows", report->tb_overflow);
    note(rules, tb_rule[group], model->pid, "is not empty for a second", report->tb_never_empty);
    note(rules, RULE_VIDEO_MB, model->pid, "overflows", report->mb_overflow);
    note(rules, RULE_VIDEO_MB, model->pid, "is not empty for a second", report->mb_never_empty);
    if (b_rule[group] != RULE_COUNT)
        note(rules, b_rule[group], model->pid, "overflows", report->eb_overflow);
    if (decode_rule[group] == RULE_COUNT)
        return;
    note(rules, decode_rule[group], model->pid, "underflows", report->underflow);
    note(rules, decode_rule[group], model->pid, "is delayed by more than 1 s", report->too_long);
}

static void figure_group(enum group group, const struct worst *worst, struct rules *rules)
{
    rules_figure(rules, tb_rule[group], "%" PRIu32 " streams, peak %" PRIu32 " of 512 bytes", worst->streams,
                 worst->tb_peak);
    if (b_rule[group] != RULE_COUNT)
        rules_figure(rules, b_rule[group], "peak %" PRIu32 " bytes", worst->b_peak);
    if (group == GROUP_VIDEO)
        rules_figure(rules, RULE_VIDEO_MB, "peak %" PRIu32 " bytes", worst->mb_peak);
    if (decode_rule[group] == RULE_COUNT)
        return;
    if (worst->units)
        rules_figure(rules, decode_rule[group], "%" PRIu64 " units, whole at least %.3f ms before their time",
                     worst->units, (double)worst->margin_ns / 1e6);
    else
        rules_fault(rules, decode_rule[group], "no access unit");
}

void models_finish(struct models *models, struct rules *rules)
{
    for (enum group group = 0; group < GROUPS; group++) {
        struct worst worst = {.margin_ns = INT64_MAX};
        for (uint32_t i = 0; i < models->count; i++)
            if (models->model[i].group == group)
                judge_model(&models->model[i], rules, &worst);
        figure_group(group, &worst, rules);
    }
}
