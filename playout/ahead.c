/* Two rings. A writer fills an entry and then publishes its number; the thread on air reads the number and
 * then the entry. Entries are reused only when the number on air has passed them. */
#include "playout/ahead.h"

#include <assert.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SECONDS (AHEAD_SECONDS + 3) /* on air: two; being read: one */
#define PAGES 3                     /* on air, next, being built */

struct entry {
    struct lesson_second *second;
    atomic_llong number; /* the second that is in it, -1: none */
};

struct ahead {
    const struct channel *channel;
    struct reader *reader;
    struct entry *entries; /* [services * SECONDS] */
    struct eit_page *pages[PAGES];
    atomic_llong page_numbers[PAGES];
    atomic_llong on_air; /* second */
    int64_t next_second; /* to be read, and ... */
    int64_t next_page;   /* ... to be built: each its thread's own once it runs */
    atomic_bool stop;
    sem_t reader_wake, page_wake;
    pthread_t reader_thread, page_thread;
    int threads; /* that run */
};

static struct entry *entry_of(struct ahead *ahead, size_t service, int64_t second)
{
    return &ahead->entries[service * SECONDS + second % SECONDS];
}

static void read_second(struct ahead *ahead, int64_t second)
{
    for (size_t i = 0; i < ahead->channel->services && !atomic_load(&ahead->stop); i++) {
        struct entry *entry = entry_of(ahead, i, second);
        atomic_store(&entry->number, -1);
        reader_read(ahead->reader, i, second, entry->second);
        atomic_store(&entry->number, second);
    }
}

static void build_page(struct ahead *ahead, int64_t number)
{
    atomic_store(&ahead->page_numbers[number % PAGES], -1);
    eit_page_build(ahead->pages[number % PAGES], number);
    atomic_store(&ahead->page_numbers[number % PAGES], number);
}

/* Reads on until AHEAD_SECONDS are there; what has become too late to use is left out. */
static void *run_reader(void *argument)
{
    struct ahead *ahead = argument;
    while (!atomic_load(&ahead->stop)) {
        int64_t on_air = atomic_load(&ahead->on_air);
        if (ahead->next_second < on_air + 2)
            ahead->next_second = on_air + 2;
        if (ahead->next_second > on_air + AHEAD_SECONDS)
            sem_wait(&ahead->reader_wake);
        else
            read_second(ahead, ahead->next_second++);
    }
    return NULL;
}

static void *run_pages(void *argument)
{
    struct ahead *ahead = argument;
    while (!atomic_load(&ahead->stop)) {
        int64_t on_air = atomic_load(&ahead->on_air) / EIT_PERIOD;
        if (ahead->next_page <= on_air)
            ahead->next_page = on_air + 1;
        if (ahead->next_page > on_air + 1)
            sem_wait(&ahead->page_wake);
        else
            build_page(ahead, ahead->next_page++);
    }
    return NULL;
}

static bool allocate(struct ahead *ahead)
{
    size_t count = ahead->channel->services * SECONDS;
    ahead->entries = calloc(count, sizeof *ahead->entries);
    for (size_t i = 0; ahead->entries && i < count; i++) {
        ahead->entries[i].second = channel_new_second(ahead->channel, i / SECONDS);
        atomic_init(&ahead->entries[i].number, -1);
        if (!ahead->entries[i].second)
            return false;
    }
    for (int i = 0; i < PAGES; i++) {
        atomic_init(&ahead->page_numbers[i], -1);
        ahead->pages[i] = eit_page_new(ahead->channel->si);
        if (!ahead->pages[i])
            return false;
    }
    return ahead->entries != NULL;
}

/* All that the rings hold, before the first slot. */
static void fill(struct ahead *ahead, int64_t second)
{
    int64_t last = second + AHEAD_SECONDS;
    for (ahead->next_second = second; ahead->next_second <= last; ahead->next_second++)
        read_second(ahead, ahead->next_second);
    for (ahead->next_page = second / EIT_PERIOD; ahead->next_page <= last / EIT_PERIOD; ahead->next_page++)
        build_page(ahead, ahead->next_page);
}

static bool start_threads(struct ahead *ahead)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 512 * 1024);
    if (pthread_create(&ahead->reader_thread, &attributes, run_reader, ahead) == 0)
        ahead->threads++;
    if (ahead->threads == 1 && pthread_create(&ahead->page_thread, &attributes, run_pages, ahead) == 0)
        ahead->threads++;
    pthread_attr_destroy(&attributes);
    return ahead->threads == 2;
}

struct ahead *ahead_new(const struct channel *channel, int64_t second, reader_report *report, void *context)
{
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        return NULL;
    ahead->channel = channel;
    atomic_init(&ahead->on_air, second);
    atomic_init(&ahead->stop, false);
    sem_init(&ahead->reader_wake, 0, 0);
    sem_init(&ahead->page_wake, 0, 0);
    ahead->reader = reader_new(channel, report, context);
    bool good = ahead->reader && allocate(ahead);
    if (good) {
        fill(ahead, second);
        good = start_threads(ahead);
    }
    if (!good)
        ahead_free(&ahead);
    return ahead;
}

void ahead_free(struct ahead **pointer)
{
    struct ahead *ahead = *pointer;
    if (!ahead)
        return;
    atomic_store(&ahead->stop, true);
    sem_post(&ahead->reader_wake);
    sem_post(&ahead->page_wake);
    if (ahead->threads > 0)
        pthread_join(ahead->reader_thread, NULL);
    if (ahead->threads > 1)
        pthread_join(ahead->page_thread, NULL);
    for (size_t i = 0; ahead->entries && i < ahead->channel->services * SECONDS; i++)
        lesson_second_free(&ahead->entries[i].second);
    for (int i = 0; i < PAGES; i++)
        eit_page_free(&ahead->pages[i]);
    sem_destroy(&ahead->reader_wake);
    sem_destroy(&ahead->page_wake);
    reader_free(&ahead->reader);
    free(ahead->entries);
    free(ahead);
    *pointer = NULL;
}

void ahead_advance(struct ahead *ahead, int64_t second)
{
    atomic_store(&ahead->on_air, second);
    sem_post(&ahead->reader_wake);
    if (second % EIT_PERIOD == 0)
        sem_post(&ahead->page_wake);
}

const struct lesson_second *ahead_take(struct ahead *ahead, size_t service, int64_t second)
{
    struct entry *entry = entry_of(ahead, service, second);
    return atomic_load(&entry->number) == second ? entry->second : NULL;
}

const struct eit_page *ahead_take_eit(struct ahead *ahead, int64_t number)
{
    bool there = atomic_load(&ahead->page_numbers[number % PAGES]) == number;
    return there ? ahead->pages[number % PAGES] : NULL;
}
