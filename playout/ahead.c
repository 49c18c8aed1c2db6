/* Rings of SECONDS entries. A writer fills an entry and then publishes its number; the thread on air reads
 * the number and then the entry. An entry is written over only when the second on air has passed it: while
 * second s is on air, s and s + 1 are in use, and no later than s + AHEAD_SECONDS is read.
 *
 * Each channel has a run: its reader and its EIT pages. Runs are linked by who follows whom. Who reads, who
 * builds and who is on air stand at a run each and go on along the links, never back; a run that was made
 * before all three is nobody's any more.
 *
 * What was read or built of a second before another run followed in it is made again, in spare memory, and
 * takes its place at once: while second s is on air that is done of s + 2 and later, which nobody uses yet.
 */
#include "playout/ahead.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>

#define SECONDS (AHEAD_SECONDS + 1)
#define PAGES 3 /* of EIT: on air, next, and one that is still on air when tables came too late */

struct reading { /* of a second of a service */
    struct lesson_second *second;
    struct shown shown; /* what it is */
    uint32_t run;       /* number of that by which it was read */
};

struct entry {
    _Atomic(struct reading *) reading;
    atomic_llong number; /* the second that is in it, -1: none */
};

struct run { /* a channel while it holds */
    const struct channel *channel;
    int64_t from; /* second */
    struct reader *reader;
    struct eit_page *pages[PAGES];
    int64_t page_numbers[PAGES]; /* -1: none */
    _Atomic(struct run *) next;  /* that follows it */
    struct run *newer;           /* that was made next */
    uint32_t number;             /* in the order in which they were made */
};

struct tables { /* of a second */
    struct run *run;
    struct table_page *pages;
    uint8_t time_packet[TS_PACKET];
};

struct page_entry {
    _Atomic(struct tables *) tables;
    atomic_llong number; /* as of an entry */
};

struct ahead {
    size_t services, lanes;
    struct entry *entries; /* [services * SECONDS] */
    struct page_entry tables[SECONDS];
    struct reading **spare_readings; /* [services] */
    struct tables *spare_tables;
    struct run *oldest, *newest;
    _Atomic(struct run *) reading, building, airing; /* where each of the three stands */
    atomic_llong on_air;                             /* second */
    int64_t next_read;                               /* second to be read, and ... */
    int64_t next_build; /* ... whose tables are to be built: each its thread's own */
    reader_report *report;
    void *context;
    sem_t *read_wake, *build_wake;
};

static struct entry *entry_of(struct ahead *ahead, size_t service, int64_t second)
{
    return &ahead->entries[service * SECONDS + second % SECONDS];
}

/* Goes on to the run that holds in a second. */
static struct run *run_at(_Atomic(struct run *) *place, int64_t second)
{
    struct run *run = atomic_load(place);
    for (struct run *next; (next = atomic_load(&run->next)) && next->from <= second;)
        run = next;
    atomic_store(place, run);
    return run;
}

static void read_second(struct ahead *ahead, size_t service, int64_t second)
{
    struct entry *entry = entry_of(ahead, service, second);
    const struct run *run = run_at(&ahead->reading, second);
    struct reading *reading = atomic_load(&entry->reading);
    atomic_store(&entry->number, -1);
    reader_read(run->reader, service, second, reading->second, &reading->shown);
    reading->run = run->number;
    atomic_store(&entry->number, second);
}

static const struct eit_page *page_of(struct run *run, int64_t number)
{
    int64_t place = number % PAGES;
    if (run->page_numbers[place] != number)
        eit_page_build(run->pages[place], number);
    run->page_numbers[place] = number;
    return run->pages[place];
}

static void fill_tables(struct tables *tables, struct run *run, int64_t second)
{
    si_pages(run->channel->si, second, page_of(run, second / EIT_PERIOD), tables->time_packet, tables->pages);
    tables->run = run;
}

static void build_tables(struct ahead *ahead, int64_t second)
{
    struct page_entry *entry = &ahead->tables[second % SECONDS];
    atomic_store(&entry->number, -1);
    fill_tables(atomic_load(&entry->tables), run_at(&ahead->building, second), second);
    atomic_store(&entry->number, second);
}

/* --- once more */

/* The run that follows in a second while who reads or builds stands elsewhere; NULL when none does. */
static struct run *find_newer(_Atomic(struct run *) *place, int64_t second, uint32_t number)
{
    struct run *run = atomic_load(place);
    for (struct run *next; (next = atomic_load(&run->next)) && next->from <= second;)
        run = next;
    return run->from <= second && run->number > number ? run : NULL;
}

/* Nobody uses it before the second on air is the one before it. */
static bool is_free(struct ahead *ahead, int64_t second)
{
    return second >= atomic_load(&ahead->on_air) + 2;
}

static bool read_again(struct ahead *ahead, size_t service, int64_t second)
{
    struct entry *entry = entry_of(ahead, service, second);
    struct reading *old = atomic_load(&entry->reading), *new = ahead->spare_readings[service];
    const struct run *run =
        atomic_load(&entry->number) == second ? find_newer(&ahead->reading, second, old->run) : NULL;
    if (!run)
        return false;
    reader_read(run->reader, service, second, new->second, &new->shown);
    new->run = run->number;
    if (!is_free(ahead, second))
        return false;
    atomic_store(&entry->reading, new);
    ahead->spare_readings[service] = old;
    return true;
}

static bool build_again(struct ahead *ahead, int64_t second)
{
    struct page_entry *entry = &ahead->tables[second % SECONDS];
    struct tables *old = atomic_load(&entry->tables), *new = ahead->spare_tables;
    struct run *run =
        atomic_load(&entry->number) == second ? find_newer(&ahead->building, second, old->run->number) : NULL;
    if (!run)
        return false;
    fill_tables(new, run, second);
    if (!is_free(ahead, second))
        return false;
    atomic_store(&entry->tables, new);
    ahead->spare_tables = old;
    return true;
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
    bool again = false;
    for (int64_t second = atomic_load(&ahead->on_air) + 2; second < ahead->next_read; second++)
        for (size_t i = 0; i < ahead->services; i++)
            again = read_again(ahead, i, second) || again;
    if (!is_wanted(ahead, &ahead->next_read))
        return again;
    for (size_t i = 0; i < ahead->services; i++)
        if (!ahead_take(ahead, i, ahead->next_read, NULL)) /* of the start it may be there */
            read_second(ahead, i, ahead->next_read);
    ahead->next_read++;
    return true;
}

bool ahead_build(struct ahead *ahead)
{
    bool again = false;
    for (int64_t second = atomic_load(&ahead->on_air) + 2; second < ahead->next_build; second++)
        again = build_again(ahead, second) || again;
    if (!is_wanted(ahead, &ahead->next_build))
        return again;
    build_tables(ahead, ahead->next_build++);
    return true;
}

void ahead_fill(struct ahead *ahead, int64_t second, int64_t last)
{
    atomic_store(&ahead->on_air, second);
    for (int64_t wanted = second; wanted <= last; wanted++) {
        for (size_t i = 0; i < ahead->services; i++)
            if (!ahead_take(ahead, i, wanted, NULL))
                read_second(ahead, i, wanted);
        if (atomic_load(&ahead->tables[wanted % SECONDS].number) != wanted)
            build_tables(ahead, wanted);
    }
    ahead->next_read = ahead->next_build = last + 1;
}

static void wake(const struct ahead *ahead)
{
    if (ahead->read_wake)
        sem_post(ahead->read_wake);
    if (ahead->build_wake)
        sem_post(ahead->build_wake);
}

/* --- runs */

static void run_free(struct run *run)
{
    if (!run)
        return;
    for (int i = 0; i < PAGES; i++)
        eit_page_free(&run->pages[i]);
    reader_free(&run->reader);
    free(run);
}

static struct run *run_new(const struct channel *channel, int64_t from, reader_report *report, void *context)
{
    struct run *run = calloc(1, sizeof *run);
    if (!run)
        return NULL;
    run->channel = channel;
    run->from = from;
    run->reader = reader_new(channel, report, context);
    bool good = run->reader;
    for (int i = 0; good && i < PAGES; i++) {
        run->page_numbers[i] = -1;
        good = (run->pages[i] = eit_page_new(channel->si));
    }
    if (good)
        return run;
    run_free(run);
    return NULL;
}

bool ahead_follow(struct ahead *ahead, const struct channel *channel, int64_t from)
{
    assert(si_lane_count(channel->si) == ahead->lanes && channel->services == ahead->services);
    struct run *run = run_new(channel, from, ahead->report, ahead->context);
    if (!run)
        return false;
    run->number = ahead->newest->number + 1;
    for (struct run *before = ahead->oldest; before; before = before->newer) {
        const struct run *next = atomic_load(&before->next);
        if (!next || next->from >= from)
            atomic_store(&before->next, run);
    }
    ahead->newest->newer = run;
    ahead->newest = run;
    wake(ahead);
    return true;
}

void ahead_forget(struct ahead *ahead)
{
    _Atomic(struct run *) *const places[] = {&ahead->reading, &ahead->building, &ahead->airing};
    uint32_t first = UINT32_MAX;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const struct run *run = atomic_load(places[i]);
        first = run->number < first ? run->number : first;
    }
    while (ahead->oldest->number < first) {
        struct run *run = ahead->oldest;
        ahead->oldest = run->newer;
        run_free(run);
    }
}

bool ahead_uses(const struct ahead *ahead, const struct channel *channel)
{
    for (const struct run *run = ahead->oldest; run; run = run->newer)
        if (run->channel == channel)
            return true;
    return false;
}

/* --- memory */

static void reading_free(struct reading *reading)
{
    if (reading)
        lesson_second_free(&reading->second);
    free(reading);
}

static struct reading *reading_new(const struct channel *channel, size_t service)
{
    struct reading *reading = calloc(1, sizeof *reading);
    if (reading && (reading->second = channel_new_second(channel, service)))
        return reading;
    free(reading);
    return NULL;
}

static bool allocate_entries(struct ahead *ahead, const struct channel *channel)
{
    bool good = true;
    ahead->entries = calloc(ahead->services * SECONDS, sizeof *ahead->entries);
    ahead->spare_readings = calloc(ahead->services, sizeof *ahead->spare_readings);
    for (size_t i = 0; ahead->entries && i < ahead->services * SECONDS; i++) {
        struct reading *reading = reading_new(channel, i / SECONDS);
        atomic_init(&ahead->entries[i].reading, reading);
        atomic_init(&ahead->entries[i].number, -1);
        good = good && reading;
    }
    for (size_t i = 0; ahead->spare_readings && i < ahead->services; i++)
        good = (ahead->spare_readings[i] = reading_new(channel, i)) && good;
    return good && ahead->entries && ahead->spare_readings;
}

static void tables_free(struct tables *tables)
{
    if (tables)
        free(tables->pages);
    free(tables);
}

static struct tables *tables_new(size_t lanes)
{
    struct tables *tables = calloc(1, sizeof *tables);
    if (tables && (tables->pages = calloc(lanes, sizeof *tables->pages)))
        return tables;
    free(tables);
    return NULL;
}

static bool allocate_tables(struct ahead *ahead)
{
    bool good = (ahead->spare_tables = tables_new(ahead->lanes));
    for (int i = 0; i < SECONDS; i++) {
        struct tables *tables = tables_new(ahead->lanes);
        atomic_init(&ahead->tables[i].tables, tables);
        atomic_init(&ahead->tables[i].number, -1);
        good = good && tables;
    }
    return good;
}

struct ahead *ahead_new(const struct channel *channel, reader_report *report, void *context)
{
    struct ahead *ahead = calloc(1, sizeof *ahead);
    if (!ahead)
        return NULL;
    ahead->services = channel->services;
    ahead->lanes = si_lane_count(channel->si);
    ahead->report = report;
    ahead->context = context;
    ahead->oldest = ahead->newest = run_new(channel, INT64_MIN, report, context);
    atomic_init(&ahead->reading, ahead->oldest);
    atomic_init(&ahead->building, ahead->oldest);
    atomic_init(&ahead->airing, ahead->oldest);
    if (!ahead->oldest || !allocate_entries(ahead, channel) || !allocate_tables(ahead))
        ahead_free(&ahead);
    return ahead;
}

void ahead_free(struct ahead **pointer)
{
    struct ahead *ahead = *pointer;
    if (!ahead)
        return;
    for (size_t i = 0; ahead->entries && i < ahead->services * SECONDS; i++)
        reading_free(atomic_load(&ahead->entries[i].reading));
    for (size_t i = 0; ahead->spare_readings && i < ahead->services; i++)
        reading_free(ahead->spare_readings[i]);
    for (int i = 0; i < SECONDS; i++)
        tables_free(atomic_load(&ahead->tables[i].tables));
    tables_free(ahead->spare_tables);
    free(ahead->spare_readings);
    for (struct run *run = ahead->oldest, *newer; run; run = newer) {
        newer = run->newer;
        run_free(run);
    }
    free(ahead->entries);
    free(ahead);
    *pointer = NULL;
}

/* --- taking */

void ahead_set_wakes(struct ahead *ahead, sem_t *read, sem_t *build)
{
    ahead->read_wake = read;
    ahead->build_wake = build;
}

void ahead_advance(struct ahead *ahead, int64_t second)
{
    atomic_store(&ahead->on_air, second);
    wake(ahead);
}

const struct lesson_second *ahead_take(struct ahead *ahead, size_t service, int64_t second,
                                       const struct shown **shown)
{
    struct entry *entry = entry_of(ahead, service, second);
    if (atomic_load(&entry->number) != second)
        return NULL;
    const struct reading *reading = atomic_load(&entry->reading);
    if (shown)
        *shown = &reading->shown;
    return reading->second;
}

const struct table_page *ahead_take_tables(struct ahead *ahead, int64_t second,
                                           const struct channel **channel)
{
    struct page_entry *entry = &ahead->tables[second % SECONDS];
    if (atomic_load(&entry->number) != second)
        return NULL;
    const struct tables *tables = atomic_load(&entry->tables);
    atomic_store(&ahead->airing, tables->run);
    *channel = tables->run->channel;
    return tables->pages;
}
