/* Threads take the next piece until there is none; the thread that asked waits, shows progress and merges. */
#include "playout/measure/rehearsal.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mux/slot.h"
#include "playout/measure/measurement.h"
#include "playout/measure/piece.h"

#define PIECE_SECONDS 1200 /* its run-in costs 3 % */
#define PIECE_SECONDS_LEAST 60
#define WAIT_NS 100000000

struct crew { /* what the threads share */
    const struct rehearsal_job *job;
    struct piece *pieces;
    size_t count;
    atomic_size_t next, finished;
    atomic_bool stop;
    atomic_uint_fast64_t done;
    pthread_mutex_t lock; /* of the report */
};

static void report_fault(void *context, const struct reader_fault *fault)
{
    struct crew *crew = context;
    pthread_mutex_lock(&crew->lock);
    if (crew->job->report)
        crew->job->report(crew->job->context, fault);
    pthread_mutex_unlock(&crew->lock);
}

static void *work(void *context)
{
    struct crew *crew = context;
    size_t index;
    while (!atomic_load(&crew->stop) && (index = atomic_fetch_add(&crew->next, 1)) < crew->count) {
        piece_run(&crew->pieces[index]);
        if (crew->pieces[index].result != RENDERING_DONE)
            atomic_store(&crew->stop, true);
    }
    atomic_fetch_add(&crew->finished, 1);
    return NULL;
}

/* Every thread shall have something to do, and no piece be mostly run-in. */
static int64_t piece_length(const struct rehearsal_job *job)
{
    int64_t even = (job->end - job->begin + job->threads - 1) / job->threads;
    int64_t length = even < PIECE_SECONDS ? even : PIECE_SECONDS;
    return length > PIECE_SECONDS_LEAST ? length : PIECE_SECONDS_LEAST;
}

static bool cut_pieces(struct crew *crew, const struct joins *joins)
{
    const struct rehearsal_job *job = crew->job;
    int64_t length = piece_length(job);
    crew->count = (size_t)((job->end - job->begin + length - 1) / length);
    crew->pieces = calloc(crew->count, sizeof *crew->pieces);
    for (size_t i = 0; crew->pieces && i < crew->count; i++) {
        struct piece *piece = &crew->pieces[i];
        piece->channels = job->channels;
        piece->channel_count = job->channel_count;
        piece->begin = job->begin + (int64_t)i * length;
        piece->end = piece->begin + length < job->end ? piece->begin + length : job->end;
        piece->joins = joins;
        piece->stop = &crew->stop;
        piece->done = &crew->done;
        piece->report = report_fault;
        piece->context = crew;
    }
    return crew->pieces != NULL;
}

static void wait_for(struct crew *crew, size_t threads)
{
    const struct rehearsal_job *job = crew->job;
    const struct timespec pause = {.tv_nsec = WAIT_NS};
    uint64_t total = (uint64_t)(job->end - job->begin) + crew->count * (PIECE_RUN_IN + PIECE_RUN_OUT);
    while (atomic_load(&crew->finished) < threads) {
        nanosleep(&pause, NULL);
        if (job->progress && !job->progress(job->context, atomic_load(&crew->done), total))
            atomic_store(&crew->stop, true);
    }
}

/* False when no thread could be had. */
static bool run_crew(struct crew *crew)
{
    pthread_t *threads = calloc(crew->job->threads, sizeof *threads);
    size_t started = 0;
    while (threads && started < crew->job->threads &&
           pthread_create(&threads[started], NULL, work, crew) == 0)
        started++;
    wait_for(crew, started);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
    return started > 0;
}

static struct finding *find(struct rehearsal *rehearsal, const struct finding *like)
{
    for (size_t i = 0; i < rehearsal->finding_count; i++)
        if (rehearsal->findings[i].indicator == like->indicator && rehearsal->findings[i].pid == like->pid)
            return &rehearsal->findings[i];
    return NULL;
}

static bool merge_finding(struct rehearsal *rehearsal, struct finding finding, int64_t offset)
{
    struct finding *known = find(rehearsal, &finding);
    finding.first_at += offset;
    finding.last_at += offset;
    finding.worst_at += offset;
    if (!known) {
        struct finding *findings =
            realloc(rehearsal->findings, (rehearsal->finding_count + 1) * sizeof *findings);
        if (!findings)
            return false;
        rehearsal->findings = findings;
        findings[rehearsal->finding_count++] = finding;
        return true;
    }
    known->count += finding.count;
    known->last_at = finding.last_at;
    if (finding.worst > known->worst) {
        known->worst = finding.worst;
        known->worst_at = finding.worst_at;
        memcpy(known->text, finding.text, sizeof known->text);
    }
    return true;
}

static int rank(const struct finding *finding)
{
    return measurement_is_grave(finding) && indicator_info(finding->indicator)->priority > 2
               ? 1
               : indicator_info(finding->indicator)->priority;
}

static int compare(const void *a, const void *b)
{
    const struct finding *x = a, *y = b;
    if (rank(x) != rank(y))
        return rank(x) - rank(y);
    return (x->count < y->count) - (x->count > y->count);
}

static bool merge_piece(struct rehearsal *rehearsal, const struct rehearsal_job *job,
                        const struct piece *piece)
{
    for (size_t i = 0; i < piece->finding_count; i++)
        if (!merge_finding(rehearsal, piece->findings[i], (piece->begin - job->begin) * TICKS_PER_SECOND))
            return false;
    rehearsal->packets += piece->packets;
    rehearsal->nulls += piece->nulls;
    rehearsal->constant &= piece->constant;
    for (size_t i = 0; i < rehearsal->joins.count; i++) {
        struct join *join = &rehearsal->joins.list[i];
        if (join->second >= piece->begin && join->second < piece->end)
            join->faults = piece_faults(piece, join->service, join->second);
    }
    return true;
}

static enum rehearsal_result merge(struct rehearsal *rehearsal, const struct crew *crew)
{
    bool whole = atomic_load(&crew->next) >= crew->count;
    rehearsal->constant = true;
    for (size_t i = 0; i < crew->count; i++) {
        if (crew->pieces[i].result == RENDERING_NO_MEMORY)
            return REHEARSAL_NO_MEMORY;
        whole = whole && crew->pieces[i].result == RENDERING_DONE;
    }
    if (!whole)
        return REHEARSAL_STOPPED;
    for (size_t i = 0; i < crew->count; i++)
        if (!merge_piece(rehearsal, crew->job, &crew->pieces[i]))
            return REHEARSAL_NO_MEMORY;
    if (rehearsal->finding_count > 0)
        qsort(rehearsal->findings, rehearsal->finding_count, sizeof *rehearsal->findings, compare);
    return REHEARSAL_DONE;
}

enum rehearsal_result rehearsal_run(const struct rehearsal_job *job, struct rehearsal *rehearsal)
{
    struct crew crew = {.job = job, .lock = PTHREAD_MUTEX_INITIALIZER};
    enum rehearsal_result result = REHEARSAL_NO_MEMORY;
    *rehearsal = (struct rehearsal){0};
    if (joins_find(&rehearsal->joins, job->channels, job->channel_count, job->begin, job->end) &&
        cut_pieces(&crew, &rehearsal->joins)) {
        if (run_crew(&crew))
            result = merge(rehearsal, &crew);
    }
    for (size_t i = 0; crew.pieces && i < crew.count; i++)
        piece_fini(&crew.pieces[i]);
    free(crew.pieces);
    pthread_mutex_destroy(&crew.lock);
    return result;
}

void rehearsal_fini(struct rehearsal *rehearsal)
{
    joins_fini(&rehearsal->joins);
    free(rehearsal->findings);
    *rehearsal = (struct rehearsal){0};
}
