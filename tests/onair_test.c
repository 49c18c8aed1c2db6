/* A multiplex on air, driven by hand: every slot leaves, whatever disks do; nothing is allocated; memory
 * stays. The disk that stalls is preadv(2), which lessons are read with: here it waits until it is let go. */
#include "playout/onair.h"

#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

#include "playout/crew.h"
#include "playout/rendering.h"
#include "onair_bench.h"

#define STALL 20 /* seconds */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* --- a disk that stalls */

static struct disk {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stalled, waiting; /* waiting: somebody reads meanwhile */
} disk = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false};

ssize_t preadv(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    pthread_mutex_lock(&disk.lock);
    disk.waiting = disk.stalled;
    while (disk.stalled)
        pthread_cond_wait(&disk.changed, &disk.lock);
    disk.waiting = false;
    pthread_mutex_unlock(&disk.lock);
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        ssize_t got = pread(descriptor, parts[i].iov_base, parts[i].iov_len, offset + total);
        if (got < 0)
            return got;
        total += got;
    }
    return total;
}

static void set_stalled(bool stalled)
{
    pthread_mutex_lock(&disk.lock);
    disk.stalled = stalled;
    pthread_cond_broadcast(&disk.changed);
    pthread_mutex_unlock(&disk.lock);
}

static bool is_waited_for(void)
{
    pthread_mutex_lock(&disk.lock);
    bool waiting = disk.waiting;
    pthread_mutex_unlock(&disk.lock);
    return waiting;
}

/* --- allocations of this thread, counted while it is on air */

static _Thread_local volatile unsigned allocations;

#ifndef SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

void *malloc(size_t size)
{
    allocations += on_packet_path;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations += on_packet_path;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    allocations += on_packet_path;
    return __libc_realloc(old, size);
}

void free(void *old)
{
    allocations += on_packet_path && old;
    __libc_free(old);
}
#endif

/* --- the tests */

/* While the reader hangs in a read, every slot leaves, with the picture for the lessons; when the disk is
 * back, so are the lessons, within the seconds that are read ahead. If anything on air waited for the disk
 * this would hang. */
static void test_a_stalled_disk_costs_fallback_and_no_slot(void **state)
{
    struct bench bench;
    int64_t second = MONDAY_EIGHT;
    small_station_add_lesson(*state, "p3/water.mp4", 30, "key", 1, NULL);
    bench_init(&bench, *state);
    struct crew *crew = crew_new(&bench.ahead, 1);
    uint64_t first = bench.k;
    while (second < MONDAY_EIGHT + 5) {
        send_until(&bench, ++second);
        wait_until_read(&bench, second + 2);
    }
    assert_int_equal(onair_get_state(bench.onair).unready, 0);
    alarm(30);
    set_stalled(true);
    send_until(&bench, ++second);
    while (!is_waited_for())
        sched_yield();
    for (int i = 0; i < STALL; i++)
        send_until(&bench, ++second);
    uint64_t unready = onair_get_state(bench.onair).unready;
    assert_in_range(unready, STALL - AHEAD_SECONDS, 2 * STALL); /* of one service, or of both */
    alarm(0);
    set_stalled(false);
    wait_until_read(&bench, second + 2);
    for (int i = 0; i < 5; i++) {
        send_until(&bench, ++second);
        wait_until_read(&bench, second + 2);
        const struct lesson_second *read = ahead_take(bench.ahead, 0, second + 1, NULL);
        assert_int_equal(read->cell->count, LESSON_PACKETS);
    }
    assert_in_range(onair_get_state(bench.onair).unready, unready, unready + 2 * AHEAD_SECONDS);
    uint64_t end = slot_at(bench.channel.rate, second, 0);
    assert_in_range(bench.k, end, end + UDP_PACKETS);
    assert_int_equal(onair_get_state(bench.onair).slots, bench.k - first);
    assert_int_equal(onair_get_state(bench.onair).lost, 0);
    crew_free(&crew);
    bench_fini(&bench);
}

/* Of a minute, in which pages and items turn. What is ahead is read here, between the sends. */
static void test_nothing_is_allocated_on_the_packet_path(void **state)
{
#ifdef SANITIZED
    (void)state;
    skip(); /* it has an allocator of its own */
#else
    struct bench bench;
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    bench_init(&bench, *state);
    allocations = 0;
    for (int64_t second = MONDAY_EIGHT + 1; second < MONDAY_EIGHT + 60; second++) {
        send_until(&bench, second);
        if (second % 10 == 0)
            continue; /* and the slate is taken */
        while (ahead_read(bench.ahead) || ahead_build(bench.ahead))
            ;
    }
    assert_int_equal(allocations, 0);
    assert_int_equal(bench.faults, 0);
    on_packet_path = true; /* the count counts */
    void *volatile block = malloc(1);
    free(block);
    on_packet_path = false;
    assert_int_equal(allocations, 2);
    bench_fini(&bench);
#endif
}

/* --- the timetable is revised while on air */

struct revised { /* a bench, and what follows */
    struct bench bench;
    struct studio station;
    struct revisions revisions;
    struct programme programme;
    struct diagnostics diagnostics;
};

static void revised_init(struct revised *revised, const struct small_station *small, int64_t from)
{
    *revised = (struct revised){0};
    small_station_add_lesson(small, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(small, "p3/fire.mp4", 5, "key", 1, NULL);
    bench_init(&revised->bench, small); /* of the folder, which becomes revision 0 */
    revisions_enter_two(small, from);
    assert_true(studio_open_station(small->path, &revised->station));
    assert_true(revisions_init(&revised->revisions, &revised->station, &revised->diagnostics));
    assert_true(programme_init(&revised->programme, &revised->revisions, 0, MONDAY_EIGHT, INT64_MAX,
                               &revised->diagnostics));
    assert_int_equal(revised->programme.count, 2);
}

static void revised_fini(struct revised *revised)
{
    bench_fini(&revised->bench);
    programme_fini(&revised->programme);
    revisions_fini(&revised->revisions);
    studio_close(&revised->station);
    diagnostics_fini(&revised->diagnostics);
}

static bool append(void *context, const uint8_t *bytes, size_t length)
{
    g_byte_array_append(context, bytes, (guint)length);
    return true;
}

/* Was what render makes of the same slots. */
static void check_kept(struct revised *revised, uint64_t first)
{
    GByteArray *rendered = g_byte_array_new(), *kept = revised->bench.kept;
    struct rendering_job job = {.channels = revised->programme.channels,
                                .channel_count = revised->programme.count,
                                .first = first,
                                .end = revised->bench.k,
                                .sink = sink_new_function(append, rendered),
                                .report = count_fault,
                                .context = &revised->bench.faults};
    assert_int_equal(rendering_run(&job), RENDERING_DONE);
    sink_free(&job.sink);
    assert_int_equal(rendered->len, kept->len);
    assert_memory_equal(rendered->data, kept->data, kept->len);
    g_byte_array_unref(rendered);
}

/* No slot is late or missing, nothing is allocated, what left is what is rendered; then the old is free. */
static void check_takes_over(struct small_station *small, int64_t told_at)
{
    const int64_t from = MONDAY_EIGHT + 9;
    struct revised revised;
    revised_init(&revised, small, from);
    struct bench *bench = &revised.bench;
    const uint64_t first = bench->k;
    bench->kept = g_byte_array_new();
    allocations = 0;
    for (int64_t second = MONDAY_EIGHT + 1; second < MONDAY_EIGHT + 16; second++) {
        send_until(bench, second);
        if (second == told_at)
            assert_true(ahead_follow(bench->ahead, &revised.programme.channels[1], from));
        ahead_forget(bench->ahead);
        assert_int_equal(ahead_uses(bench->ahead, &bench->channel), second < from);
        while (ahead_read(bench->ahead) || ahead_build(bench->ahead))
            ;
    }
    assert_int_equal(allocations, 0);
    assert_int_equal(onair_get_state(bench->onair).unready, 0);
    check_kept(&revised, first);
    assert_int_equal(bench->faults, 0);
    g_byte_array_unref(bench->kept);
    revised_fini(&revised);
}

static void test_a_revision_takes_over_at_its_second(void **state)
{
    check_takes_over(*state, MONDAY_EIGHT + 3);
}

/* What was read and built of its first seconds is made again. */
static void test_a_revision_takes_over_in_seconds_that_are_read(void **state)
{
    check_takes_over(*state, MONDAY_EIGHT + 7);
}

/* One that was to follow is replaced before it does: it never airs, and is forgotten with the old. */
static void test_a_revision_that_was_replaced_never_airs(void **state)
{
    const int64_t from = MONDAY_EIGHT + 9;
    struct revised revised;
    struct channel replaced;
    revised_init(&revised, *state, from);
    struct bench *bench = &revised.bench;
    const uint64_t first = bench->k;
    assert_true(channel_init(&replaced, &bench->studio, 0, &revised.diagnostics));
    bench->kept = g_byte_array_new();
    assert_true(ahead_follow(bench->ahead, &replaced, from + 2));
    for (int64_t second = MONDAY_EIGHT + 1; second < MONDAY_EIGHT + 16; second++) {
        send_until(bench, second);
        if (second == MONDAY_EIGHT + 3)
            assert_true(ahead_follow(bench->ahead, &revised.programme.channels[1], from));
        ahead_forget(bench->ahead);
        assert_int_equal(ahead_uses(bench->ahead, &replaced), second < from);
        while (ahead_read(bench->ahead) || ahead_build(bench->ahead))
            ;
    }
    check_kept(&revised, first);
    g_byte_array_unref(bench->kept);
    bench->kept = NULL;
    channel_fini(&replaced);
    revised_fini(&revised);
}

/* While the disk hangs under the old revision, it is not free, though another one is on air. */
/* One sends its last datagram before the second, the other its first behind it: a changeover. */
static void test_one_stops_and_another_starts_at_a_second(void **state)
{
    const int64_t second = MONDAY_EIGHT + 2;
    struct bench bench;
    struct clock clock;
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    bench_init(&bench, *state);
    const uint64_t edge = slot_at(bench.channel.rate, second, 0);
    onair_stop_at(bench.onair, second);
    send_until(&bench, second + 1);
    assert_true(onair_due(bench.onair) == ONAIR_NEVER);
    assert_in_range(bench.k, edge - UDP_PACKETS + 1, edge);
    clock = onair_get_clock(bench.onair);
    onair_free(&bench.onair);
    ahead_free(&bench.ahead);
    const uint64_t last = bench.k;
    bench_start(&bench);
    onair_set_clock(bench.onair, clock);
    ahead_fill(bench.ahead, second, second + AHEAD_SECONDS);
    onair_start(bench.onair, clock_monotonic(&clock, second * NS));
    assert_in_range(onair_get_state(bench.onair).first_slot, edge, edge + UDP_PACKETS - 1);
    assert_in_range(onair_get_state(bench.onair).first_slot - last, 0, UDP_PACKETS);
    assert_true(onair_due(bench.onair) >= clock_monotonic(&clock, second * NS));
    bench_fini(&bench);
}

static void test_a_reader_that_hangs_holds_its_revision(void **state)
{
    const int64_t from = MONDAY_EIGHT + 9;
    struct revised revised;
    revised_init(&revised, *state, from);
    struct bench *bench = &revised.bench;
    struct crew *crew = crew_new(&bench->ahead, 1);
    assert_true(ahead_follow(bench->ahead, &revised.programme.channels[1], from));
    int64_t second = MONDAY_EIGHT;
    while (second < MONDAY_EIGHT + 3) {
        send_until(bench, ++second);
        wait_until_read(bench, second + 2);
    }
    alarm(30);
    set_stalled(true);
    send_until(bench, ++second);
    while (!is_waited_for())
        sched_yield();
    const struct channel *channel = NULL;
    while (second < from + 10) {
        send_until(bench, ++second);
        while (!ahead_take_tables(bench->ahead, second + 2, &channel))
            sched_yield();
        ahead_forget(bench->ahead);
        assert_true(ahead_uses(bench->ahead, &bench->channel));
    }
    assert_ptr_equal(channel, &revised.programme.channels[1]);
    alarm(0);
    set_stalled(false);
    wait_until_read(bench, second + 2);
    ahead_forget(bench->ahead);
    assert_false(ahead_uses(bench->ahead, &bench->channel));
    crew_free(&crew);
    revised_fini(&revised);
}

/* MONTH=yes makes the hours a month (make soak). */
static void test_memory_is_flat(void **state)
{
    struct bench bench;
    int64_t length = getenv("MONTH") ? 30 * 86400 : 1800;
    size_t settled = 0;
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    bench_init(&bench, *state);
    for (int64_t second = MONDAY_EIGHT; second < MONDAY_EIGHT + length; second++) {
        ahead_advance(bench.ahead, second);
        while (ahead_read(bench.ahead) || ahead_build(bench.ahead))
            ;
        if (second == MONDAY_EIGHT + 600)
            settled = mallinfo2().uordblks + mallinfo2().hblkhd;
    }
    size_t now = mallinfo2().uordblks + mallinfo2().hblkhd;
    assert_true(now <= settled);
    bench_fini(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_stalled_disk_costs_fallback_and_no_slot),
        TEST(test_nothing_is_allocated_on_the_packet_path),
        TEST(test_a_revision_takes_over_at_its_second),
        TEST(test_a_revision_takes_over_in_seconds_that_are_read),
        TEST(test_a_revision_that_was_replaced_never_airs),
        TEST(test_one_stops_and_another_starts_at_a_second),
        TEST(test_a_reader_that_hangs_holds_its_revision),
        TEST(test_memory_is_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
