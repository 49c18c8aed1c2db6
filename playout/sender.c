/* The earliest deadline is served first. With spinning pacing the sleep ends a little early, by as much as
 * wake-ups were late before (clock.h), and the rest of the time is waited out awake. */
#include "playout/sender.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#define NS INT64_C(1000000000)
#define PRIORITY 50

struct stream {
    struct onair *onair;
    int64_t due; /* of its next datagram */
};

struct sender {
    struct stream *streams;
    size_t count;
    int64_t gather; /* least time between two wake-ups */
    bool spins, realtime, running;
    struct clock_wake wake;
    pthread_t thread;
    atomic_bool stop;
};

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * NS + time.tv_nsec;
}

static int64_t sleep_until(int64_t instant)
{
    struct timespec until = {instant / NS, instant % NS};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR)
        ;
    return now();
}

static int64_t wait_until(struct sender *sender, int64_t instant)
{
    int64_t time = now();
    if (!sender->spins)
        return time < instant ? sleep_until(instant) : time;
    int64_t early = instant - sender->wake.early_ns;
    if (time < early) {
        time = sleep_until(early);
        clock_wake_learn(&sender->wake, time - early);
    }
    while (time < instant)
        time = now();
    return time;
}

static struct stream *find_earliest(const struct sender *sender)
{
    struct stream *earliest = sender->streams;
    for (size_t i = 1; i < sender->count; i++)
        if (sender->streams[i].due < earliest->due)
            earliest = &sender->streams[i];
    return earliest;
}

static void *run(void *argument)
{
    struct sender *sender = argument;
    int64_t time = 0;
    prctl(PR_SET_NAME, SENDER_NAME);
    prctl(PR_SET_TIMERSLACK, 1); /* nanosecond; counts where there is no real-time priority */
    while (!atomic_load_explicit(&sender->stop, memory_order_relaxed)) {
        struct stream *stream = find_earliest(sender);
        if (stream->due == ONAIR_NEVER)
            break;
        int64_t gathered = time + sender->gather;
        time = wait_until(sender, stream->due > gathered ? stream->due : gathered);
        for (; stream->due <= time; stream = find_earliest(sender)) {
            onair_send(stream->onair, now());
            stream->due = onair_due(stream->onair);
        }
    }
    return NULL;
}

/* With real-time priority, else without. */
static bool start(struct sender *sender)
{
    const struct sched_param priority = {.sched_priority = PRIORITY};
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
    pthread_attr_setschedpolicy(&attributes, SCHED_FIFO);
    pthread_attr_setschedparam(&attributes, &priority);
    sender->realtime = pthread_create(&sender->thread, &attributes, run, sender) == 0;
    sender->running = sender->realtime || pthread_create(&sender->thread, NULL, run, sender) == 0;
    pthread_attr_destroy(&attributes);
    return sender->running;
}

struct sender *sender_new(struct onair *const *onairs, size_t count, enum pacing pacing)
{
    struct sender *sender = calloc(1, sizeof *sender);
    if (!sender)
        return NULL;
    sender->streams = calloc(count, sizeof *sender->streams);
    sender->count = count;
    sender->gather = count > 1 ? (int64_t)count * SENDER_GATHER_NS : 0;
    sender->spins = pacing == PACING_SPIN;
    for (size_t i = 0; sender->streams && i < count; i++)
        sender->streams[i] = (struct stream){onairs[i], onair_due(onairs[i])};
    if (!sender->streams || !start(sender))
        sender_free(&sender);
    return sender;
}

void sender_free(struct sender **pointer)
{
    struct sender *sender = *pointer;
    if (!sender)
        return;
    atomic_store(&sender->stop, true);
    if (sender->running)
        pthread_join(sender->thread, NULL);
    free(sender->streams);
    free(sender);
    *pointer = NULL;
}

bool sender_is_realtime(const struct sender *sender)
{
    return sender->realtime;
}
