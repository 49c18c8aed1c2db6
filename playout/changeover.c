/* The thread makes the next broadcast, or ends the one before: a disk may hold up both, and neither the air
 * nor who tells may wait for it. */
#include "playout/changeover.h"

#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#define FILL_SECONDS 4  /* from now, for one that comes too late: reading takes less */
#define START_SECONDS 2 /* before its second it is started: revisions may come until then */

enum phase {
    PHASE_NONE,    /* nothing is to follow */
    PHASE_MAKING,  /* the thread makes `next` */
    PHASE_MADE,    /* it could start */
    PHASE_STARTED, /* it is on air from `begin` on */
    PHASE_ENDING   /* it is `current`, the thread ends the one `before` */
};

struct changeover {
    struct broadcast_job job;
    struct broadcast *current, *next, *before;
    uint32_t number; /* of the revision that `next` begins with, ... */
    int64_t from;    /* ... that holds from then on */
    enum phase phase;
    pthread_t thread;
    bool running;     /* until it is joined */
    atomic_bool done; /* what it is for */
    /* By the thread: */
    bool made, good; /* good: all that ended left as planned */
    int64_t begin;   /* second for which it was filled */
    char error[512];
};

/* --- the thread */

/* Reads until it is early enough for what was read. */
static void fill(struct changeover *changeover)
{
    do {
        const int64_t earliest = broadcast_second(changeover->current) + FILL_SECONDS;
        changeover->begin = MAX(changeover->from, earliest);
        broadcast_fill(changeover->next, changeover->begin);
    } while (broadcast_second(changeover->current) + START_SECONDS > changeover->begin);
}

static void *make(void *context)
{
    struct changeover *changeover = context;
    if (!changeover->made)
        changeover->made = broadcast_make(changeover->next, changeover->error, sizeof changeover->error);
    if (changeover->made)
        fill(changeover);
    mlockall(MCL_CURRENT | MCL_ONFAULT); /* as at the start (play_command.c) */
    atomic_store(&changeover->done, true);
    return NULL;
}

static void *end(void *context)
{
    struct changeover *changeover = context;
    changeover->good = broadcast_end(&changeover->before) && changeover->good;
    atomic_store(&changeover->done, true);
    return NULL;
}

static bool run(struct changeover *changeover, void *work(void *))
{
    atomic_store(&changeover->done, false);
    changeover->running = pthread_create(&changeover->thread, NULL, work, changeover) == 0;
    return changeover->running;
}

static void join(struct changeover *changeover)
{
    if (changeover->running)
        pthread_join(changeover->thread, NULL);
    changeover->running = false;
}

/* --- the next one */

static void drop(struct changeover *changeover)
{
    broadcast_end(&changeover->next);
    changeover->phase = PHASE_NONE;
}

/* It will never air. */
static void refuse(struct changeover *changeover, const char *why)
{
    broadcast_say(changeover->current, STYLE_RED,
                  "revision %u does not air, its station cannot go on air: %s; the one before goes on",
                  changeover->number, why);
    succession_forget_next(broadcast_get_succession(changeover->current));
    drop(changeover);
}

static void begin_making(struct changeover *changeover, struct revision *revision)
{
    struct broadcast_job job = changeover->job;
    job.before = changeover->current;
    job.revision = revision;
    changeover->number = revision->number;
    changeover->from = revision->from;
    changeover->made = false;
    changeover->next = broadcast_new(&job);
    if (changeover->next && run(changeover, make))
        changeover->phase = PHASE_MAKING;
    else
        refuse(changeover, "no more memory or threads to be had");
}

/* A newer revision may have taken its place. */
static bool holds(const struct changeover *changeover)
{
    const struct revisions *revisions = changeover->job.revisions;
    return revisions->entries[revisions_find(revisions, changeover->begin)].number == changeover->number;
}

static void end_making(struct changeover *changeover)
{
    char text[CALENDAR_TEXT];
    join(changeover);
    if (!changeover->made) {
        refuse(changeover, changeover->error);
        return;
    }
    changeover->phase = PHASE_MADE;
    if (!holds(changeover))
        return;
    const struct studio *station = changeover->job.revisions->station;
    const bool late = changeover->begin > changeover->from;
    broadcast_say(changeover->current, late ? STYLE_RED : STYLE_GREEN,
                  "revision %u has another station: all is made for it, %s %s", changeover->number,
                  late ? "but too late; it airs from" : "and airs from",
                  calendar_format(changeover->begin, station->station->zone, "%Y-%m-%d %H:%M:%S", text));
}

static void start(struct changeover *changeover, int64_t second)
{
    struct succession *succession = broadcast_get_succession(changeover->current);
    if (second + START_SECONDS < changeover->begin)
        return;
    if (second + 1 >= changeover->begin) { /* it was missed */
        if (run(changeover, make))
            changeover->phase = PHASE_MAKING;
        return;
    }
    if (!succession_rest(succession))
        return;
    if (broadcast_take_over(changeover->next, changeover->current, changeover->begin))
        changeover->phase = PHASE_STARTED;
    else
        refuse(changeover, "no more memory or threads to be had");
}

static void turn_made(struct changeover *changeover, int64_t second)
{
    struct succession *succession = broadcast_get_succession(changeover->current);
    struct revision *newer = succession_take_next(succession);
    if (newer || !holds(changeover))
        drop(changeover);
    if (newer)
        begin_making(changeover, newer);
    else if (changeover->phase == PHASE_MADE)
        start(changeover, second);
}

static void take_over(struct changeover *changeover)
{
    changeover->before = changeover->current;
    changeover->current = changeover->next;
    changeover->next = NULL;
    changeover->phase = PHASE_ENDING;
    if (!run(changeover, end))
        end(changeover);
}

/* --- its life */

struct changeover *changeover_new(const struct broadcast_job *job, char *error, size_t size)
{
    struct changeover *changeover = g_new0(struct changeover, 1);
    *error = '\0';
    changeover->job = *job;
    changeover->good = true;
    changeover->current = broadcast_new(job);
    bool good = changeover->current;
    if (good && !broadcast_make(changeover->current, error, size))
        good = false;
    if (good) {
        good = broadcast_start(changeover->current);
        if (!good)
            g_snprintf(error, (gulong)size, "not on air: no more memory or threads to be had (`ulimit -u`)");
    }
    if (good)
        broadcast_log(changeover->current);
    else
        changeover_end(&changeover);
    return changeover;
}

void changeover_turn(struct changeover *changeover)
{
    const int64_t second = broadcast_second(changeover->current);
    broadcast_tell(changeover->current);
    if (changeover->running && !atomic_load(&changeover->done))
        return;
    struct revision *next = NULL;
    switch (changeover->phase) {
    case PHASE_NONE:
        next = succession_take_next(broadcast_get_succession(changeover->current));
        if (next)
            begin_making(changeover, next);
        break;
    case PHASE_MAKING:
        end_making(changeover);
        break;
    case PHASE_MADE:
        turn_made(changeover, second);
        break;
    case PHASE_STARTED:
        if (second >= changeover->begin)
            take_over(changeover);
        break;
    case PHASE_ENDING:
        join(changeover);
        broadcast_log(changeover->current);
        changeover->phase = PHASE_NONE;
        break;
    }
}

bool changeover_end(struct changeover **pointer)
{
    struct changeover *changeover = *pointer;
    join(changeover);
    if (changeover->phase == PHASE_STARTED && broadcast_second(changeover->current) >= changeover->begin)
        take_over(changeover);
    join(changeover);
    if (changeover->phase == PHASE_ENDING)
        broadcast_log(changeover->current);
    bool good = broadcast_end(&changeover->current);
    good = broadcast_end(&changeover->next) && good && changeover->good;
    g_free(changeover);
    *pointer = NULL;
    return good;
}
