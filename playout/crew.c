/* A hand of the crew goes round its multiplexes, a second of each at a time, until nothing is left to do. */
#include "playout/crew.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#define READERS_MAX 4
#define MULTIPLEXES_A_READER 16 /* which read some 30 MB/s: a few per cent of a core */
#define STACK (512 * 1024)

struct hand {
    struct crew *crew;
    bool (*work)(struct ahead *ahead);
    struct ahead **aheads;
    size_t count;
    sem_t wake;
    pthread_t thread;
};

struct crew {
    struct ahead **aheads;
    struct hand hands[READERS_MAX + 1]; /* the first one builds */
    size_t hand_count, running;
    atomic_bool stop;
};

static void *run(void *argument)
{
    struct hand *hand = argument;
    prctl(PR_SET_NAME, hand->work == ahead_read ? CREW_READER : CREW_BUILDER);
    while (!atomic_load(&hand->crew->stop)) {
        bool worked = false;
        for (size_t i = 0; i < hand->count && !atomic_load(&hand->crew->stop); i++)
            worked = hand->work(hand->aheads[i]) || worked;
        if (!worked)
            sem_wait(&hand->wake);
    }
    return NULL;
}

static void add_hand(struct crew *crew, bool (*work)(struct ahead *), size_t first, size_t end)
{
    struct hand *hand = &crew->hands[crew->hand_count++];
    *hand = (struct hand){.crew = crew, .work = work, .aheads = crew->aheads + first, .count = end - first};
    sem_init(&hand->wake, 0, 0);
}

static void share_out(struct crew *crew, size_t count)
{
    size_t readers = (count + MULTIPLEXES_A_READER - 1) / MULTIPLEXES_A_READER;
    readers = readers < READERS_MAX ? readers : READERS_MAX;
    add_hand(crew, ahead_build, 0, count);
    for (size_t i = 0; i < readers; i++) {
        size_t first = i * count / readers, end = (i + 1) * count / readers;
        add_hand(crew, ahead_read, first, end);
        for (size_t j = first; j < end; j++)
            ahead_set_wakes(crew->aheads[j], &crew->hands[i + 1].wake, &crew->hands[0].wake);
    }
}

static bool start(struct crew *crew)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    while (crew->running < crew->hand_count && pthread_create(&crew->hands[crew->running].thread, &attributes,
                                                              run, &crew->hands[crew->running]) == 0)
        crew->running++;
    pthread_attr_destroy(&attributes);
    return crew->running == crew->hand_count;
}

struct crew *crew_new(struct ahead *const *aheads, size_t count)
{
    struct crew *crew = calloc(1, sizeof *crew);
    if (!crew)
        return NULL;
    crew->aheads = malloc((count + 1) * sizeof *crew->aheads);
    if (crew->aheads) {
        memcpy(crew->aheads, aheads, count * sizeof *aheads);
        share_out(crew, count);
    }
    if (!crew->aheads || !start(crew))
        crew_free(&crew);
    return crew;
}

void crew_free(struct crew **pointer)
{
    struct crew *crew = *pointer;
    if (!crew)
        return;
    atomic_store(&crew->stop, true);
    for (size_t i = 0; i < crew->running; i++) {
        sem_post(&crew->hands[i].wake);
        pthread_join(crew->hands[i].thread, NULL);
    }
    for (size_t i = 0; i < crew->hand_count; i++) {
        for (size_t j = 0; j < crew->hands[i].count; j++)
            ahead_set_wakes(crew->hands[i].aheads[j], NULL, NULL);
        sem_destroy(&crew->hands[i].wake);
    }
    free(crew->aheads);
    free(crew);
    *pointer = NULL;
}
