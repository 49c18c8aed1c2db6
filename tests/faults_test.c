/* Law 5, fault by fault, on a multiplex that is driven by hand: what viewers see, for how long, and that no
 * slot is missing. Disk, socket and clocks are those of this file: preadv(2) waits or fails, sendmsg(2)
 * fails, clock_gettime(2) tells what it is told to. */
#include "playout/onair.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/uio.h>
#include <time.h>

#include "playout/crew.h"
#include "onair_bench.h"

#define SETTLE 3  /* seconds after which a fault has reached the air, or is over there: what is read ahead */
#define STALL 30  /* seconds */
#define LENGTH 40 /* seconds of the lessons of this test */

/* --- the world */

static struct world {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stalled, waiting; /* the disk; somebody waits for it */
    int read_error, send_error;
    bool clocked; /* the clocks below hold */
    int64_t monotonic_ns, utc_ns, asleep_ns;
} world = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

ssize_t preadv(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    pthread_mutex_lock(&world.lock);
    world.waiting = world.stalled;
    while (world.stalled)
        pthread_cond_wait(&world.changed, &world.lock);
    world.waiting = false;
    int error = world.read_error;
    pthread_mutex_unlock(&world.lock);
    ssize_t total = 0;
    for (int i = 0; i < count && !error; i++) {
        ssize_t got = pread(descriptor, parts[i].iov_base, parts[i].iov_len, offset + total);
        if (got < 0)
            return got;
        total += got;
    }
    errno = error;
    return error ? -1 : total;
}

ssize_t sendmsg(int descriptor, const struct msghdr *message, int flags)
{
    static ssize_t (*real)(int, const struct msghdr *, int);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "sendmsg");
    if (!world.send_error)
        return real(descriptor, message, flags);
    errno = world.send_error;
    return -1;
}

int clock_gettime(clockid_t which, struct timespec *time)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    if (!world.clocked)
        return real(which, time);
    int64_t ns = which == CLOCK_REALTIME
                     ? world.utc_ns
                     : world.monotonic_ns + (which == CLOCK_BOOTTIME ? world.asleep_ns : 0);
    *time = (struct timespec){ns / NS, ns % NS};
    return 0;
}

static void set_stalled(bool stalled)
{
    pthread_mutex_lock(&world.lock);
    world.stalled = stalled;
    pthread_cond_broadcast(&world.changed);
    pthread_mutex_unlock(&world.lock);
}

static void wait_for_stall(void)
{
    for (bool waiting = false; !waiting; sched_yield()) {
        pthread_mutex_lock(&world.lock);
        waiting = world.waiting;
        pthread_mutex_unlock(&world.lock);
    }
}

static int setup(void **state)
{
    world.stalled = world.waiting = world.clocked = false;
    world.read_error = world.send_error = 0;
    return small_station_setup(state);
}

/* --- what is seen */

enum picture { LESSON, FALLBACK, SLATE }; /* of service p3 */

/* The lessons of the test differ in the number of their packets. */
static void add_lesson(const struct small_station *small, const char *source, uint32_t packets, char *hash)
{
    char unused[LESSON_HASH_MAX];
    struct lesson_info info = {.seconds = LENGTH, .prepared_at = 1};
    char *folder = g_build_filename(small->path, "lessons", NULL);
    snprintf(info.source, sizeof info.source, "%s", source);
    snprintf(info.encode_key, sizeof info.encode_key, "key");
    snprintf(info.source_hash, sizeof info.source_hash, "%064d", 0);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    const struct tracks tracks = {.audio = {{"chi", false}}, .audio_count = 1};
    struct lesson_writer *writer = lesson_writer_new(folder, &small->house, &tracks);
    struct cell *cell = cell_new(small->house.video.slots);
    cell->count = packets;
    memset(cell->packets, 0, packets * (size_t)TS_PACKET);
    for (uint32_t i = 0; i < small->house.video.slots; i++)
        cell->index[i] = i < packets ? (uint16_t)i : CELL_EMPTY;
    for (uint32_t i = 0; i < LENGTH; i++)
        assert_int_equal(lesson_writer_add_cell(writer, cell), LESSON_OK);
    assert_int_equal(lesson_writer_finish(&writer, &info, hash ? hash : unused), LESSON_OK);
    cell_free(&cell);
    g_free(folder);
}

static char *lesson_path(const struct small_station *small, const char *hash)
{
    return g_strdup_printf("%s/lessons/%s" LESSON_SUFFIX, small->path, hash);
}

/* The bench, and what it has done. What is ahead is read between the seconds, unless there is a crew. */
struct rehearsal {
    struct bench bench;
    struct crew *crew;
    int64_t second;
    uint64_t first;
    char lesson[LESSON_HASH_MAX], fallback[LESSON_HASH_MAX];
};

#define LESSON_CELL 16
#define FALLBACK_CELL 32

/* The station is read, no lesson is open. */
static void rehearsal_open(struct rehearsal *rehearsal, const struct small_station *small)
{
    *rehearsal = (struct rehearsal){.second = MONDAY_EIGHT};
    add_lesson(small, "p3/water.mp4", LESSON_CELL, rehearsal->lesson);
    add_lesson(small, "fallback/p3.mp4", FALLBACK_CELL, rehearsal->fallback);
    bench_open(&rehearsal->bench, small);
}

static void rehearsal_start(struct rehearsal *rehearsal)
{
    bench_start(&rehearsal->bench);
    rehearsal->first = rehearsal->bench.k;
}

static void rehearsal_init(struct rehearsal *rehearsal, const struct small_station *small)
{
    rehearsal_open(rehearsal, small);
    rehearsal_start(rehearsal);
}

/* Every slot since the beginning was sent. */
static void rehearsal_fini(struct rehearsal *rehearsal)
{
    struct bench *bench = &rehearsal->bench;
    const uint64_t end = slot_at(bench->channel.rate, rehearsal->second, 0);
    assert_int_equal(onair_get_state(bench->onair).slots, bench->k - rehearsal->first);
    assert_in_range(bench->k, end, end + UDP_PACKETS);
    crew_free(&rehearsal->crew);
    bench_fini(bench);
}

static void read_ahead(struct rehearsal *rehearsal)
{
    struct bench *bench = &rehearsal->bench;
    if (rehearsal->crew)
        wait_until_read(bench, rehearsal->second + 1);
    while (!rehearsal->crew && (ahead_read(bench->ahead) || ahead_build(bench->ahead)))
        ;
}

/* A second: returns what p3 showed. */
static enum picture pass(struct rehearsal *rehearsal)
{
    struct bench *bench = &rehearsal->bench;
    bench->empty = 0;
    send_until(bench, ++rehearsal->second);
    return bench->empty == LESSON_CELL ? LESSON : bench->empty == FALLBACK_CELL ? FALLBACK : SLATE;
}

/* Once what is in memory is over, the next seconds show this. */
static void check_seen(struct rehearsal *rehearsal, enum picture expected, int seconds)
{
    for (int i = 0; i < SETTLE + seconds; i++) {
        const enum picture seen = pass(rehearsal);
        if (i >= SETTLE)
            assert_int_equal(seen, expected);
        read_ahead(rehearsal);
    }
}

/* --- lessons */

static void test_a_lesson_that_is_missing_is_the_fallback_until_it_is_back(void **state)
{
    struct rehearsal rehearsal;
    rehearsal_open(&rehearsal, *state);
    char *path = lesson_path(*state, rehearsal.lesson), *aside = g_strconcat(path, "-aside", NULL);
    assert_int_equal(rename(path, aside), 0);
    rehearsal_start(&rehearsal);
    check_seen(&rehearsal, FALLBACK, 5);
    assert_int_equal(rename(aside, path), 0);
    check_seen(&rehearsal, LESSON, 5);
    rehearsal_fini(&rehearsal);
    g_free(path);
    g_free(aside);
}

static void test_a_lesson_that_is_truncated_is_the_fallback_until_it_is_whole(void **state)
{
    struct rehearsal rehearsal;
    rehearsal_init(&rehearsal, *state);
    char *path = lesson_path(*state, rehearsal.lesson), *bytes;
    gsize length;
    assert_true(g_file_get_contents(path, &bytes, &length, NULL));
    check_seen(&rehearsal, LESSON, 1);
    assert_int_equal(truncate(path, 5000), 0);
    check_seen(&rehearsal, FALLBACK, 5);
    assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    check_seen(&rehearsal, LESSON, 5);
    rehearsal_fini(&rehearsal);
    g_free(bytes);
    g_free(path);
}

/* Only what was changed is not shown. */
static void test_a_second_that_was_changed_is_the_fallback(void **state)
{
    struct rehearsal rehearsal;
    rehearsal_init(&rehearsal, *state);
    char *path = lesson_path(*state, rehearsal.lesson);
    const int descriptor = open(path, O_WRONLY | O_CLOEXEC);
    uint32_t seen[3] = {0};
    assert_int_equal(pwrite(descriptor, "changed", 7, 4096 + 15 * INT64_C(3200)), 7);
    close(descriptor);
    for (int i = 0; i < LENGTH; i++) {
        seen[pass(&rehearsal)]++;
        read_ahead(&rehearsal);
    }
    assert_int_equal(seen[FALLBACK], 1);
    assert_int_equal(seen[LESSON], LENGTH - 1);
    rehearsal_fini(&rehearsal);
    g_free(path);
}

/* The lesson, the service's loop, the compiled-in picture, in this order, and back. */
static void test_what_is_seen_instead_comes_in_order(void **state)
{
    struct rehearsal rehearsal;
    rehearsal_open(&rehearsal, *state);
    char *paths[] = {lesson_path(*state, rehearsal.lesson), lesson_path(*state, rehearsal.fallback)};
    char *asides[] = {g_strconcat(paths[0], "-aside", NULL), g_strconcat(paths[1], "-aside", NULL)};
    for (int i = 0; i < 2; i++)
        assert_int_equal(rename(paths[i], asides[i]), 0);
    rehearsal_start(&rehearsal);
    check_seen(&rehearsal, SLATE, 3);
    assert_int_equal(rename(asides[1], paths[1]), 0);
    check_seen(&rehearsal, FALLBACK, 3);
    assert_int_equal(rename(asides[0], paths[0]), 0);
    check_seen(&rehearsal, LESSON, 3);
    rehearsal_fini(&rehearsal);
    for (int i = 0; i < 2; i++) {
        g_free(paths[i]);
        g_free(asides[i]);
    }
}

static void test_a_disk_that_vanishes_costs_the_picture_until_it_returns(void **state)
{
    struct rehearsal rehearsal;
    rehearsal_init(&rehearsal, *state);
    check_seen(&rehearsal, LESSON, 1);
    world.read_error = EIO;
    check_seen(&rehearsal, SLATE, STALL);
    world.read_error = 0;
    check_seen(&rehearsal, LESSON, 5);
    assert_int_equal(onair_get_state(rehearsal.bench.onair).unready, 0);
    rehearsal_fini(&rehearsal);
}

/* Half a minute in one read: nothing on air waits for it, or this would hang. */
static void test_a_disk_that_stalls_costs_the_picture_until_it_goes_on(void **state)
{
    struct rehearsal rehearsal;
    rehearsal_init(&rehearsal, *state);
    rehearsal.crew = crew_new(&rehearsal.bench.ahead, 1);
    check_seen(&rehearsal, LESSON, 2);
    set_stalled(true);
    pass(&rehearsal);
    wait_for_stall();
    for (int i = 0; i < STALL; i++)
        assert_true(pass(&rehearsal) == SLATE || i < SETTLE);
    set_stalled(false);
    wait_until_read(&rehearsal.bench, rehearsal.second + 2);
    check_seen(&rehearsal, LESSON, 5);
    rehearsal_fini(&rehearsal);
}

/* --- outputs */

/* The slots of that time are lost to that output, and told; those after it are the right ones. */
static void check_output(void **state, int error)
{
    struct rehearsal rehearsal;
    rehearsal_init(&rehearsal, *state);
    struct bench *bench = &rehearsal.bench;
    check_seen(&rehearsal, LESSON, 1);
    world.send_error = error;
    uint64_t lost = 0;
    while (onair_due(bench->onair) < (rehearsal.second + 10 - MONDAY_EIGHT) * NS) {
        onair_send(bench->onair, onair_due(bench->onair));
        while (ahead_read(bench->ahead) || ahead_build(bench->ahead))
            ;
        lost++;
    }
    rehearsal.second += 10;
    bench->k += lost * UDP_PACKETS;
    world.send_error = 0;
    assert_int_equal(onair_get_state(bench->onair).lost, lost);
    assert_int_equal(onair_get_state(bench->onair).lost_errno, error);
    for (int i = 0; i < 5; i++) {
        assert_int_equal(pass(&rehearsal), LESSON);
        read_ahead(&rehearsal);
    }
    rehearsal_fini(&rehearsal);
}

static void test_an_output_that_is_refused_is_told_and_goes_on(void **state)
{
    check_output(state, EPERM);
}

static void test_an_output_without_buffers_is_told_and_goes_on(void **state)
{
    check_output(state, ENOBUFS);
}

/* --- clocks */

/* Seconds of the stream on a machine whose UTC clock gains so many parts in a million. */
static void pass_clocked(struct rehearsal *rehearsal, int seconds, int64_t ppm)
{
    struct bench *bench = &rehearsal->bench;
    for (int i = 0; i < seconds; i++, rehearsal->second++) {
        while (slot_second(bench->channel.rate, bench->k) <= rehearsal->second) {
            const int64_t passed = onair_due(bench->onair) - world.monotonic_ns;
            world.monotonic_ns += passed;
            world.utc_ns += passed + passed * ppm / 1000000;
            onair_send(bench->onair, world.monotonic_ns);
            receive(bench);
        }
        while (ahead_read(bench->ahead) || ahead_build(bench->ahead))
            ;
    }
}

static void clocked_init(struct rehearsal *rehearsal, const struct small_station *small)
{
    rehearsal_init(rehearsal, small);
    world.monotonic_ns = world.asleep_ns = 0;
    world.utc_ns = MONDAY_EIGHT * NS;
    world.clocked = true;
    pass_clocked(rehearsal, 5, 0);
}

/* How far the next datagram is from where the monotonic clock alone would have it. */
static int64_t offset_of(const struct rehearsal *rehearsal)
{
    const struct bench *bench = &rehearsal->bench;
    return onair_due(bench->onair) - slot_ns(bench->channel.rate, bench->k, MONDAY_EIGHT);
}

static void clocked_fini(struct rehearsal *rehearsal)
{
    world.clocked = false;
    rehearsal_fini(rehearsal);
}

/* By an hour each way, and by a leap second each way: told, not followed; no slot moves. */
static void test_a_step_of_the_clock_moves_no_slot(void **state)
{
    static const int64_t steps[] = {3600 * NS, -3600 * NS, -3600 * NS, 3600 * NS, -NS, NS};
    struct rehearsal rehearsal;
    clocked_init(&rehearsal, *state);
    int64_t told = 0;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        world.utc_ns += steps[i];
        told += steps[i];
        pass_clocked(&rehearsal, 5, 0);
        assert_int_equal(onair_get_state(rehearsal.bench.onair).clock_step_ns, told);
        assert_int_equal(offset_of(&rehearsal), 0);
    }
    assert_int_equal(onair_get_state(rehearsal.bench.onair).skipped, 0);
    clocked_fini(&rehearsal);
}

/* NTP slews by up to 500 ppm (adjtimex): the stream follows by at most 30. */
static void test_a_slew_is_followed_slowly(void **state)
{
    struct rehearsal rehearsal;
    clocked_init(&rehearsal, *state);
    const int64_t before = world.monotonic_ns;
    pass_clocked(&rehearsal, 20, 500);
    const int64_t most = (world.monotonic_ns - before) / 1000000 * CLOCK_SLEW_PPM;
    assert_in_range(-offset_of(&rehearsal), most * 9 / 10, most + 1000);
    assert_int_equal(onair_get_state(rehearsal.bench.onair).clock_step_ns, 0);
    clocked_fini(&rehearsal);
}

/* The monotonic clock stood still for that time, the stream did not. */
static void test_a_suspended_machine_goes_on_where_the_timetable_is(void **state)
{
    struct rehearsal rehearsal;
    clocked_init(&rehearsal, *state);
    struct bench *bench = &rehearsal.bench;
    const int64_t slept = 600;
    world.asleep_ns += slept * NS;
    world.utc_ns += slept * NS;
    while (onair_get_state(bench->onair).skipped == 0) {
        world.monotonic_ns =
            onair_due(bench->onair) > world.monotonic_ns ? onair_due(bench->onair) : world.monotonic_ns;
        onair_send(bench->onair, world.monotonic_ns);
        if (onair_get_state(bench->onair).skipped == 0)
            receive(bench);
    }
    const uint64_t skipped = onair_get_state(bench->onair).skipped;
    const uint64_t slots = slot_at(bench->channel.rate, slept, 0);
    assert_in_range(skipped, slots - 30000, slots + 30000);
    bench->k += skipped;
    rehearsal.first += skipped;
    rehearsal.second += slept;
    world.utc_ns = (MONDAY_EIGHT + slept) * NS + world.monotonic_ns;
    pass_clocked(&rehearsal, 2 + AHEAD_SECONDS, 0);
    assert_int_equal(onair_get_state(bench->onair).clock_step_ns, 0);
    bench->empty = 0;
    pass_clocked(&rehearsal, 1, 0);
    assert_int_equal(bench->empty, LESSON_CELL);
    clocked_fini(&rehearsal);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_lesson_that_is_missing_is_the_fallback_until_it_is_back),
        TEST(test_a_lesson_that_is_truncated_is_the_fallback_until_it_is_whole),
        TEST(test_a_second_that_was_changed_is_the_fallback),
        TEST(test_what_is_seen_instead_comes_in_order),
        TEST(test_a_disk_that_vanishes_costs_the_picture_until_it_returns),
        TEST(test_a_disk_that_stalls_costs_the_picture_until_it_goes_on),
        TEST(test_an_output_that_is_refused_is_told_and_goes_on),
        TEST(test_an_output_without_buffers_is_told_and_goes_on),
        TEST(test_a_step_of_the_clock_moves_no_slot),
        TEST(test_a_slew_is_followed_slowly),
        TEST(test_a_suspended_machine_goes_on_where_the_timetable_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
