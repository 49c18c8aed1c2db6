/* The findings of a piece are those at its end less those at the end of its run-in, one by one. */
#include "playout/measure/piece.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "playout/measure/measurement.h"

#define JUMP_BEFORE 2 /* seconds: cells leave up to a second before they are shown */
#define JUMP_BEHIND 1

struct work {
    struct piece *piece;
    struct measurement measurement;
    int64_t rendered; /* the second that was rendered last */
    struct finding *before;
    size_t before_count;
    bool good; /* memory was not out */
};

static bool copy_findings(struct findings *findings, struct finding **copy, size_t *count)
{
    *count = findings_count(findings);
    *copy = malloc((*count + 1) * sizeof **copy);
    for (size_t i = 0; *copy && i < *count; i++)
        (*copy)[i] = *findings_get(findings, i);
    return *copy != NULL;
}

static uint64_t count_before(const struct work *work, const struct finding *finding)
{
    for (size_t i = 0; i < work->before_count; i++)
        if (work->before[i].indicator == finding->indicator && work->before[i].pid == finding->pid)
            return work->before[i].count;
    return 0;
}

/* What was found since the run-in. Where a record began in the run-in its worst may be from there: the piece
 * before has found the same then. */
static bool take_findings(struct work *work)
{
    struct piece *piece = work->piece;
    size_t kept = 0;
    if (!copy_findings(work->measurement.findings, &piece->findings, &piece->finding_count))
        return false;
    for (size_t i = 0; i < piece->finding_count; i++) {
        struct finding finding = piece->findings[i];
        finding.count -= count_before(work, &finding);
        finding.first_at -= PIECE_RUN_IN * (int64_t)TICKS_PER_SECOND;
        finding.last_at -= PIECE_RUN_IN * (int64_t)TICKS_PER_SECOND;
        finding.worst_at -= PIECE_RUN_IN * (int64_t)TICKS_PER_SECOND;
        if (finding.count > 0)
            piece->findings[kept++] = finding;
    }
    piece->finding_count = kept;
    return true;
}

static uint64_t count_grave(struct work *work, uint16_t pid)
{
    uint64_t count = 0;
    for (size_t i = 0; i < findings_count(work->measurement.findings); i++) {
        const struct finding *finding = findings_get(work->measurement.findings, i);
        if (finding->pid == pid && measurement_is_grave(finding))
            count += finding->count;
    }
    return count;
}

/* Faults of every service so far: steps of time stamps, and all that is grave on its PIDs. */
static void note_faults(struct work *work, int64_t index)
{
    const struct channel *channel = work->piece->channels;
    uint64_t *faults = work->piece->faults + (size_t)index * channel->services;
    for (size_t i = 0; i < laboratory_pid_count(work->measurement.laboratory); i++) {
        struct pid_statistics pid = laboratory_pid(work->measurement.laboratory, i);
        uint64_t count = pid.jumps + count_grave(work, pid.pid);
        for (size_t k = 0; count > 0 && k < channel->services; k++)
            if (channel->plan->services[k].service_id == pid.program)
                faults[k] += count;
    }
}

static bool measure_block(void *context, const uint8_t *bytes, size_t length)
{
    struct work *work = context;
    measurement_feed(&work->measurement, bytes, length);
    return true;
}

/* Is a join judged by what was broken until this second? */
static bool is_asked_for(const struct piece *piece, int64_t second)
{
    for (size_t i = 0; i < piece->joins->count; i++) {
        int64_t join = piece->joins->list[i].second;
        if (second == join - JUMP_BEFORE || second == join + JUMP_BEHIND)
            return true;
    }
    return false;
}

/* A second has been rendered. */
static bool turn(void *context, uint64_t slots)
{
    struct work *work = context;
    struct piece *piece = work->piece;
    (void)slots;
    int64_t second = ++work->rendered;
    int64_t index = second - piece->begin + JUMP_BEFORE;
    if (second == piece->begin)
        work->good &= copy_findings(work->measurement.findings, &work->before, &work->before_count);
    if (second == piece->end)
        work->good &= take_findings(work);
    if (index >= 0 && is_asked_for(piece, second))
        note_faults(work, index);
    atomic_fetch_add(piece->done, 1);
    return work->good && !atomic_load(piece->stop);
}

/* What is missing in run-in and run-out is the neighbours' to tell. */
static void report_fault(void *context, const struct reader_fault *fault)
{
    const struct piece *piece = ((struct work *)context)->piece;
    if (piece->report && fault->second >= piece->begin && fault->second < piece->end)
        piece->report(piece->context, fault);
}

static void render(struct work *work)
{
    struct piece *piece = work->piece;
    struct slot_rate rate = piece->channels->rate;
    struct rendering_job job = {.channels = piece->channels,
                                .channel_count = piece->channel_count,
                                .first = slot_at(rate, piece->begin - PIECE_RUN_IN, 0),
                                .end = slot_at(rate, piece->end + PIECE_RUN_OUT, 0),
                                .sink = sink_new_function(measure_block, work),
                                .report = report_fault,
                                .progress = turn,
                                .context = work};
    if (!job.sink)
        return;
    piece->result = rendering_run(&job);
    sink_free(&job.sink);
    measurement_finish(&work->measurement);
    struct rate_statistics statistics = laboratory_rate(work->measurement.laboratory);
    piece->packets = statistics.packets;
    piece->nulls = statistics.nulls;
    piece->constant = statistics.constant;
}

void piece_run(struct piece *piece)
{
    struct work work = {.piece = piece, .rendered = piece->begin - PIECE_RUN_IN, .good = true};
    size_t seconds = (size_t)(piece->end - piece->begin) + JUMP_BEFORE + PIECE_RUN_OUT + 1;
    piece->result = RENDERING_NO_MEMORY;
    piece->faults = calloc(seconds * piece->channels->services, sizeof *piece->faults);
    if (piece->faults && measurement_init(&work.measurement))
        render(&work);
    if (!work.good)
        piece->result = RENDERING_NO_MEMORY;
    measurement_fini(&work.measurement);
    free(work.before);
}

void piece_fini(struct piece *piece)
{
    free(piece->findings);
    free(piece->faults);
    piece->findings = NULL;
    piece->faults = NULL;
}

uint64_t piece_faults(const struct piece *piece, size_t service, int64_t second)
{
    size_t services = piece->channels->services;
    size_t at = (size_t)(second - piece->begin) + JUMP_BEFORE;
    return piece->faults[(at + JUMP_BEHIND) * services + service] -
           piece->faults[(at - JUMP_BEFORE) * services + service];
}
