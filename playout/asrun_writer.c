/* What a service shows is written when it changes, as soon as it is known: with the second before it. So the
 * log of a second that left is whole, even if the process is killed in the next one. */
#include "playout/asrun_writer.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mux/slot.h"
#include "playout/asrun_log.h"

#define TURN_MS 200
#define TURNS_A_SYNC 25 /* what a power cut may take: 5 s */

struct record { /* of a multiplex */
    const struct multiplex_plan *plan;
    struct emission_ring *ring;
    struct asrun_log *log;
    struct asrun_end before; /* how the log ended when the process, or this station, began */
    bool follows;            /* this station */
    bool on;                 /* it was told of in this process */
    bool switched_off;       /* no output was on */
    int64_t second;          /* that was told of last ... */
    uint64_t last;           /* ... and its last slot */
    uint32_t revision;       /* of its tables */
    bool late;               /* they were an earlier second's */
};

struct asrun_writer {
    const struct station *station;
    char *folder;
    struct record *records;
    size_t count;
    pthread_t thread;
    pthread_mutex_t lock; /* of stop */
    pthread_cond_t changed;
    bool running, stop;
    atomic_int fault;
};

/* --- lines */

static void add_show(const struct record *record, size_t service, int64_t second, uint64_t slot,
                     const struct shown *shown)
{
    asrun_log_add(record->log, &(struct asrun_line){.kind = ASRUN_SHOW,
                                                    .second = second,
                                                    .slot = slot,
                                                    .text = record->plan->services[service].id,
                                                    .shown = *shown});
}

static void add_on(const struct record *record, const struct emission *emission, const char *reason)
{
    asrun_log_add(record->log,
                  &(struct asrun_line){
                      .kind = ASRUN_ON, .second = emission->second, .slot = emission->first, .text = reason});
    for (size_t i = 0; i < emission->services; i++)
        add_show(record, i, emission->second, emission->first, &emission->here[i]);
}

static void add_hole(const struct record *record, int64_t second, uint64_t from, uint64_t until,
                     const char *reason)
{
    asrun_log_add(record->log,
                  &(struct asrun_line){
                      .kind = ASRUN_HOLE, .second = second, .slot = from, .last = until - 1, .text = reason});
}

/* The slot behind how the log ended, which may have been at another rate: then that of the second behind it.
 */
static uint64_t find_end(const struct record *record)
{
    const struct asrun_end *before = &record->before;
    const struct slot_rate rate =
        slot_rate_new(record->plan->delivery.bits_num, record->plan->delivery.bits_den);
    return slot_second(rate, before->last) == before->second ? before->last + 1
                                                             : slot_at(rate, before->second + 1, 0);
}

/* Why the log has nothing up to where the multiplex begins. */
static const char *name_absence(const struct record *record)
{
    if (asrun_log_was_cut(record->log))
        return "cut";
    if (!record->before.off)
        return "killed";
    return record->follows ? "station" : "off";
}

/* Why the multiplex is told of anew: it was not on air before, or not told of here. NULL: it goes on. */
static const char *add_gap(const struct record *record, const struct emission *emission, bool new_day)
{
    const struct asrun_end *before = &record->before;
    if (!record->on) {
        if (before->sent && find_end(record) < emission->first)
            add_hole(record, before->second, find_end(record), emission->first, name_absence(record));
        return record->follows ? "station" : "start";
    }
    if (emission->first != record->last + 1) {
        const char *reason = emission->rejoined ? "late" : "gap";
        add_hole(record, record->second, record->last + 1, emission->first, reason);
        return reason;
    }
    return record->switched_off ? "switched" : new_day ? "midnight" : NULL;
}

static void add_guide(struct record *record, const struct emission *emission, bool anew)
{
    const bool late = emission->pages_second != emission->second;
    if (!anew && !late && !record->late && emission->revision == record->revision)
        return;
    record->revision = emission->revision;
    record->late = late;
    asrun_log_add(record->log, &(struct asrun_line){.kind = ASRUN_GUIDE,
                                                    .second = emission->second,
                                                    .count = emission->revision,
                                                    .pages_second = emission->pages_second});
}

static void add_lost(const struct record *record, int64_t second, uint32_t count, const char *reason)
{
    if (count > 0)
        asrun_log_add(record->log, &(struct asrun_line){
                                       .kind = ASRUN_LOST, .second = second, .count = count, .text = reason});
}

static void add_sent(const struct record *record, const struct emission *emission)
{
    for (size_t i = 0; i < emission->services; i++)
        if (!shown_goes_on(&emission->here[i], &emission->next[i]))
            add_show(record, i, emission->second + 1, emission->last + 1, &emission->next[i]);
    asrun_log_add(record->log, &(struct asrun_line){.kind = ASRUN_SENT,
                                                    .second = emission->second,
                                                    .last = emission->last,
                                                    .digest = emission->digest});
}

static void add_emission(struct record *record, const struct emission *emission, bool new_day)
{
    const char *anew = add_gap(record, emission, new_day);
    if (anew && !emission->switched_off)
        add_on(record, emission, anew);
    if (!emission->switched_off)
        add_guide(record, emission, anew);
    add_lost(record, emission->second, emission->lost, strerrorname_np(emission->lost_errno));
    add_lost(record, emission->second, emission->held, "partner");
    if (emission->switched_off)
        add_hole(record, emission->second, emission->first, emission->last + 1, "switched");
    else
        add_sent(record, emission);
    record->on = true;
    record->switched_off = emission->switched_off;
    record->second = emission->second;
    record->last = emission->last;
}

/* --- the thread */

/* Reads how it ended before: some megabytes, which the start of the air need not wait for. */
static bool open_log(const struct asrun_writer *writer, struct record *record)
{
    record->log = asrun_log_new(writer->folder, writer->station->id, record->plan->name,
                                writer->station->zone, &record->before);
    return record->log;
}

/* What the ring tells, as far as the disk goes along. Returns errno. */
static int take(const struct asrun_writer *writer, struct record *record, bool sync)
{
    int fault = 0;
    if (!record->log && !open_log(writer, record))
        return errno;
    for (const struct emission *emission; (emission = emission_ring_peek(record->ring));) {
        errno = ENOSPC;
        const enum asrun_turn turn = asrun_log_turn(record->log, emission->second);
        if (turn == ASRUN_LATER) {
            fault = errno;
            break;
        }
        add_emission(record, emission, turn == ASRUN_NEW_DAY);
        emission_ring_drop(record->ring);
    }
    return asrun_log_flush(record->log, sync) ? fault : errno;
}

static void take_all(struct asrun_writer *writer, bool sync)
{
    int fault = 0;
    for (size_t i = 0; i < writer->count; i++) {
        const int own = take(writer, &writer->records[i], sync);
        fault = own ? own : fault;
    }
    atomic_store(&writer->fault, fault);
}

/* True when it is time to stop. */
static bool pause_turn(struct asrun_writer *writer)
{
    struct timespec until;
    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += TURN_MS * 1000000L;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&writer->lock);
    while (!writer->stop && pthread_cond_timedwait(&writer->changed, &writer->lock, &until) == 0)
        ;
    const bool stop = writer->stop;
    pthread_mutex_unlock(&writer->lock);
    return stop;
}

static void *run(void *argument)
{
    struct asrun_writer *writer = argument;
    for (uint32_t turn = 1; !pause_turn(writer); turn++)
        take_all(writer, turn % TURNS_A_SYNC == 0);
    take_all(writer, false);
    for (size_t i = 0; i < writer->count; i++) {
        const struct record *record = &writer->records[i];
        if (record->on)
            asrun_log_add(
                record->log,
                &(struct asrun_line){.kind = ASRUN_OFF, .second = record->second, .last = record->last});
    }
    take_all(writer, true);
    return NULL;
}

static bool start(struct asrun_writer *writer)
{
    pthread_condattr_t monotonic;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&writer->lock, NULL);
    pthread_cond_init(&writer->changed, &monotonic);
    pthread_condattr_destroy(&monotonic);
    const int error = pthread_create(&writer->thread, NULL, run, writer);
    writer->running = error == 0;
    errno = error;
    return writer->running;
}

struct asrun_writer *asrun_writer_new(const char *folder, const struct station *station, bool follows,
                                      struct emission_ring *const *rings)
{
    struct asrun_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->station = station;
    writer->folder = g_strdup(folder);
    writer->records = g_new0(struct record, station->multiplex_count);
    for (size_t i = 0; i < station->multiplex_count; i++)
        writer->records[i] =
            (struct record){.plan = &station->multiplexes[i], .ring = rings[i], .follows = follows};
    writer->count = station->multiplex_count;
    if (!start(writer))
        asrun_writer_free(&writer);
    return writer;
}

void asrun_writer_free(struct asrun_writer **pointer)
{
    struct asrun_writer *writer = *pointer;
    if (!writer)
        return;
    const int error = errno;
    if (writer->running) {
        pthread_mutex_lock(&writer->lock);
        writer->stop = true;
        pthread_cond_signal(&writer->changed);
        pthread_mutex_unlock(&writer->lock);
        pthread_join(writer->thread, NULL);
        pthread_cond_destroy(&writer->changed);
        pthread_mutex_destroy(&writer->lock);
    }
    for (size_t i = 0; i < writer->count; i++)
        asrun_log_free(&writer->records[i].log);
    g_free(writer->records);
    g_free(writer->folder);
    free(writer);
    *pointer = NULL;
    errno = error;
}

int asrun_writer_fault(const struct asrun_writer *writer)
{
    return atomic_load(&writer->fault);
}
