/* Rings of SECONDS entries. A writer fills an entry and then publishes its number; the thread on air reads
 * the number and then the entry. An entry is written over only when the second on air has passed it: while
 * second s is on air, s and s + 1 are in use, and no later than s + AHEAD_SECONDS is read. */
#include "playout/ahead.h"

#include <stdatomic.h>
#include <stdlib.h>

#define SECONDS (AHEAD_SECONDS + 1)
#define PAGES 3 /* of EIT: on air, next, and one that is still on air when tables came too late */

struct entry { /* a second of a service */
    struct lesson_second *second;
    atomic_llong number; /* the second that is in it, -1: none */
};

struct tables { /* of a second */
    struct table_page *pages;
    uint8_t time_packet[TS_PACKET];
    atomic_llong number;
};

struct ahead {
    const struct channel *channel;
    struct reader *reader;
    struct entry *entries; /* [services * SECONDS] */
    struct tables tables[SECONDS];
    struct eit_page *pages[PAGES];
    int64_t page_numbers[PAGES]; /* -1: none */
    atomic_llong on_air;         /* second */
    int64_t next_read;           /* second to be read, and ... */
    int64_t next_build;          /* ... whose tables are to be built: each its thread's own */
    sem_t *read_wake, *build_wake;
};

static struct entry *entry_of(struct ahead *ahead, size_t service, int64_t second)
{
    return &ahead->entries[service * SECONDS + second % SECONDS];
}

static void read_second(struct ahead *ahead, size_t service, int64_t second)
{
    struct entry *entry = entry_of(ahead, service, second);
    atomic_store(&entry->number, -1);
    reader_read(ahead->reader, service, second, entry->second);
    atomic_store(&entry->number, second);
}

static const struct eit_page *page_of(struct ahead *ahead, int64_t number)
{
    int64_t place = number % PAGES;
    if (ahead->page_numbers[place] != number)
        eit_page_build(ahead->pages[place], number);
    ahead->page_numbers[place] = number;
    return ahead->pages[place];
}

static void build_tables(struct ahead *ahead, int64_t second)
{
    struct tables *tables = &ahead->tables[second % SECONDS];
    atomic_store(&tables->number, -1);
    si_pages(ahead->channel->si, second, page_of(ahead, second / EIT_PERIOD), tables->time_packet,
             tables->pages);
    atomic_store(&tables->number, second);
}

/* The next second that is neither there nor too late; false when all are there. */
static bool is_wanted(struct ahead *ahead, int64_t *next)
{
    int64_t on_air = atomic_load(&ahead->on_air);
    if (*next < on_air + 2)
        *next = on_air + 2;
    return *next <= on_air + AHEAD_SECONDS;
}

bool ahead_read(struct ahead *ahead)
{
    if (!is_wanted(ahead, &ahead->next_read))
        return false;
    for (size_t i = 0; i < ahead->channel->services; i++)
        if (!ahead_take(ahead, i, ahead->next_read)) /* of the start it may be there */
            read_second(ahead, i, ahead->next_read);
    ahead->next_read++;
    return true;
}

bool ahead_build(struct ahead *ahead)
{
    if (!is_wanted(ahead, &ahead->next_build))
        return false;
    build_tables(ahead, ahead->next_build++);
    return true;
}

void ahead_fill(struct ahead *ahead, int64_t second, int64_t last)
{
    atomic_store(&ahead->on_air, second);
    for (int64_t wanted = second; wanted <= last; wanted++) {
        for (size_t i = 0; i < ahead->channel->services; i++)
            if (!ahead_take(ahead, i, wanted))
                read_second(ahead, i, wanted);
        if (!ahead_take_tables(ahead, wanted))
            build_tables(ahead, wanted);
    }
    ahead->next_read = ahead->next_build = last + 1;
}

static bool allocate_entries(struct ahead *ahead)
{
    const struct channel *channel = ahead->channel;
    ahead->entries = calloc(channel->services * SECONDS, sizeof *ahead->entries);
    for (size_t i = 0; ahead->entries && i < channel->services * SECONDS; i++) {
        ahead->entries[i].second = channel_new_second(channel, i / SECONDS);
        atomic_init(&ahead->entries[i].number, -1);
        if (!ahead->entries[i].second)
            return false;
    }
    return ahead->entries != NULL;
}

static bool allocate_tables(struct ahead *ahead)
{
    const struct si *si = ahead->channel->si;
    for (int i = 0; i < PAGES; i++) {
        ahead->page_numbers[i] = -1;
        ahead->pages[i] = eit_page_new(si);
        if (!ahead->pages[i])
            return false;
    }
    for (int i = 0; i < SECONDS; i++) {
        atomic_init(&ahead->tables[i].number, -1);
        ahead->tables[i].pages = calloc(si_lane_count(si), sizeof *ahead->tables[i].pages);
        if (!ahead->tables[i].pages)
            return false;
    }
    return true;
}

struct ahead *ahead_new(const struct channel *channel, reader_report *report, void *context)
{
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        return NULL;
    ahead->channel = channel;
    ahead->reader = reader_new(channel, report, context);
    if (!ahead->reader || !allocate_entries(ahead) || !allocate_tables(ahead))
        ahead_free(&ahead);
    return ahead;
}

void ahead_free(struct ahead **pointer)
{
    struct ahead *ahead = *pointer;
    if (!ahead)
        return;
    for (size_t i = 0; ahead->entries && i < ahead->channel->services * SECONDS; i++)
        lesson_second_free(&ahead->entries[i].second);
    for (int i = 0; i < SECONDS; i++)
        free(ahead->tables[i].pages);
    for (int i = 0; i < PAGES; i++)
        eit_page_free(&ahead->pages[i]);
    reader_free(&ahead->reader);
    free(ahead->entries);
    free(ahead);
    *pointer = NULL;
}

void ahead_set_wakes(struct ahead *ahead, sem_t *read, sem_t *build)
{
    ahead->read_wake = read;
    ahead->build_wake = build;
}

void ahead_advance(struct ahead *ahead, int64_t second)
{
    atomic_store(&ahead->on_air, second);
    if (ahead->read_wake)
        sem_post(ahead->read_wake);
    if (ahead->build_wake)
        sem_post(ahead->build_wake);
}

const struct lesson_second *ahead_take(struct ahead *ahead, size_t service, int64_t second)
{
    struct entry *entry = entry_of(ahead, service, second);
    return atomic_load(&entry->number) == second ? entry->second : NULL;
}

const struct table_page *ahead_take_tables(struct ahead *ahead, int64_t second)
{
    struct tables *tables = &ahead->tables[second % SECONDS];
    return atomic_load(&tables->number) == second ? tables->pages : NULL;
}
