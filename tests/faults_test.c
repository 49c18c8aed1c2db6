/* Law 5, fault by fault, on a multiplex that is driven by hand: what viewers see, for how long, and that no
 * slot is missing. Disk, socket and clocks are those of this file: preadv(2) waits or fails, sendmsg(2)
 * fails, clock_gettime(2) tells what it is told to. */
#include "playout/onair.h"

#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sys/uio.h>
#include <time.h>

#include "rehearsal_fixture.h"

#define STALL 30 /* seconds */

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

/* One that was prepared before comes before the fallback. */
static void test_another_lesson_of_the_same_source_is_the_first_substitute(void **state)
{
    struct rehearsal rehearsal;
    char older[LESSON_HASH_MAX];
    add_lesson(*state, "p3/water.mp4", SUBSTITUTE_CELL, 1, older);
    rehearsal_init(&rehearsal, *state);
    char *path = lesson_path(*state, rehearsal.lesson), *older_path = lesson_path(*state, older);
    check_seen(&rehearsal, LESSON, 1);
    assert_int_equal(truncate(path, 5000), 0);
    check_seen(&rehearsal, SUBSTITUTE, 5);
    assert_int_equal(truncate(older_path, 5000), 0);
    check_seen(&rehearsal, FALLBACK, 5);
    rehearsal_fini(&rehearsal);
    g_free(path);
    g_free(older_path);
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

/* --- timetables */

#define TIMETABLE(items) "<timetable xmlns=\"urn:chalkcast:timetable:1\">\n" items "</timetable>\n"
#define LESSON_OF(length)                                                                                    \
    "<lesson id=\"one\" service=\"p3\" start=\"2020-03-02T08:00:00+08:00\" length=\"" length                 \
    "\" source=\"p3/water.mp4\" fill=\"loop\"><title xml:lang=\"zh\">水</title></lesson>\n"

/* What viewers see of a station with this timetable, NULL: with none. */
static void check_timetable(void **state, const char *text, enum picture expected)
{
    struct rehearsal rehearsal;
    const struct small_station *small = *state;
    if (text) {
        small_station_write(small, "timetables/week.xml", text);
    } else {
        char *folder = g_build_filename(small->path, "timetables", NULL);
        assert_int_equal(nftw(folder, small_station_remove, 16, FTW_DEPTH | FTW_PHYS), 0);
        g_free(folder);
    }
    rehearsal_init(&rehearsal, small);
    check_seen(&rehearsal, expected, 3);
    rehearsal_fini(&rehearsal);
}

static void test_without_a_timetable_it_is_the_fallback(void **state)
{
    check_timetable(state, NULL, FALLBACK);
}

static void test_an_empty_timetable_is_the_fallback(void **state)
{
    check_timetable(state, TIMETABLE(""), FALLBACK);
    check_timetable(state, "", FALLBACK);
}

static void test_when_the_timetable_ends_the_fallback_begins(void **state)
{
    struct rehearsal rehearsal;
    small_station_write(*state, "timetables/week.xml", TIMETABLE(LESSON_OF("PT10S")));
    rehearsal_init(&rehearsal, *state);
    for (int i = 0; i < 20; i++) {
        const enum picture seen = pass(&rehearsal);
        if (i != 9) /* packets of the fallback leave ahead of its first frame */
            assert_int_equal(seen, i < 9 ? LESSON : FALLBACK);
        read_ahead(&rehearsal);
    }
    rehearsal_fini(&rehearsal);
}

/* Items end within a day: a longer one is a slip, and refused by name. */
static void test_a_lesson_of_two_days_is_refused_and_the_fallback_seen(void **state)
{
    struct studio studio;
    check_timetable(state, TIMETABLE(LESSON_OF("PT48H")), FALLBACK);
    assert_true(studio_open(((const struct small_station *)*state)->path, &studio));
    assert_int_equal(studio.diagnostics.errors, 1);
    assert_non_null(strstr(studio.diagnostics.list[0].text, "PT48H"));
    studio_close(&studio);
}

/* Item after item, over midnight. */
static void test_a_timetable_of_two_days_is_seen_to_its_end(void **state)
{
    GString *text = g_string_new("<timetable xmlns=\"urn:chalkcast:timetable:1\">\n");
    for (int hour = 0; hour < 48; hour++)
        g_string_append_printf(text,
                               "<lesson id=\"h%d\" service=\"p3\" start=\"2020-03-%02dT%02d:00:00+08:00\" "
                               "length=\"PT1H\" source=\"p3/water.mp4\" fill=\"loop\">"
                               "<title xml:lang=\"zh\">水</title></lesson>\n",
                               hour, 1 + hour / 24, hour % 24);
    g_string_append(text, "</timetable>\n");
    struct rehearsal rehearsal;
    small_station_write(*state, "timetables/week.xml", text->str);
    rehearsal_open(&rehearsal, *state);
    const struct plan *plan = rehearsal.bench.studio.plan;
    const int64_t begin = MONDAY_EIGHT - 32 * 3600, end = begin + 48 * 3600;
    for (int64_t second = begin; second < end; second += 7)
        assert_false(plan_at(plan, 0, 0, second).filling);
    assert_true(plan_at(plan, 0, 0, end).filling);
    assert_true(plan_at(plan, 0, 0, begin - 1).filling);
    rehearsal_start(&rehearsal);
    check_seen(&rehearsal, LESSON, 3);
    rehearsal_fini(&rehearsal);
    g_string_free(text, TRUE);
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
        TEST(test_another_lesson_of_the_same_source_is_the_first_substitute),
        TEST(test_a_second_that_was_changed_is_the_fallback),
        TEST(test_what_is_seen_instead_comes_in_order),
        TEST(test_a_disk_that_vanishes_costs_the_picture_until_it_returns),
        TEST(test_a_disk_that_stalls_costs_the_picture_until_it_goes_on),
        TEST(test_without_a_timetable_it_is_the_fallback),
        TEST(test_an_empty_timetable_is_the_fallback),
        TEST(test_when_the_timetable_ends_the_fallback_begins),
        TEST(test_a_lesson_of_two_days_is_refused_and_the_fallback_seen),
        TEST(test_a_timetable_of_two_days_is_seen_to_its_end),
        TEST(test_an_output_that_is_refused_is_told_and_goes_on),
        TEST(test_an_output_without_buffers_is_told_and_goes_on),
        TEST(test_a_step_of_the_clock_moves_no_slot),
        TEST(test_a_slew_is_followed_slowly),
        TEST(test_a_suspended_machine_goes_on_where_the_timetable_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
