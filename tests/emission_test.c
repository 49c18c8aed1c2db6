/* What the thread on air tells of each second: the slots and the digest of the very bytes that a receiver
 * gets, and what was shown, also where that is not what was planned. */
#include "playout/emission.h"

#include <pthread.h>
#include <xxhash.h>

#include "onair_bench.h"

#define SERVICES 2

/* --- the ring */

static void test_a_ring_keeps_the_order_and_says_when_it_is_full(void **state)
{
    (void)state;
    struct emission_ring *ring = emission_ring_new(1);
    int64_t told = 0, heard = 0;
    assert_null(emission_ring_peek(ring));
    for (int round = 0; round < 3; round++) {
        for (struct emission *room; (room = emission_ring_room(ring));) {
            assert_ptr_not_equal(emission_ring_peek(ring), room); /* not before it is published */
            room->second = told;
            room->here[0].cell = (uint32_t)told++;
            emission_ring_publish(ring);
        }
        assert_int_equal(told - heard, EMISSION_SECONDS);
        for (int i = 0; i < EMISSION_SECONDS - round; i++) {
            const struct emission *entry = emission_ring_peek(ring);
            assert_int_equal(entry->second, heard);
            assert_int_equal(entry->here[0].cell, heard++);
            emission_ring_drop(ring);
        }
    }
    emission_ring_free(&ring);
    assert_null(ring);
}

static void *tell_all(void *argument)
{
    struct emission_ring *ring = argument;
    for (int64_t i = 0; i < 100000;) {
        struct emission *room = emission_ring_room(ring);
        if (!room) {
            sched_yield();
            continue;
        }
        room->second = i;
        room->last = (uint64_t)(3 * i++);
        emission_ring_publish(ring);
    }
    return NULL;
}

static void test_a_ring_between_two_threads_loses_nothing(void **state)
{
    (void)state;
    struct emission_ring *ring = emission_ring_new(1);
    pthread_t teller;
    assert_int_equal(pthread_create(&teller, NULL, tell_all, ring), 0);
    for (int64_t i = 0; i < 100000;) {
        const struct emission *entry = emission_ring_peek(ring);
        if (!entry) {
            sched_yield();
            continue;
        }
        assert_true(entry->second == i && entry->last == (uint64_t)(3 * i));
        emission_ring_drop(ring);
        i++;
    }
    pthread_join(teller, NULL);
    emission_ring_free(&ring);
}

/* --- on air */

static void start(struct bench *bench, const struct small_station *small)
{
    bench_open(bench, small);
    bench->ring = emission_ring_new(SERVICES);
    bench_start(bench);
    bench->kept = g_byte_array_new();
}

static void stop(struct bench *bench)
{
    g_byte_array_unref(bench->kept);
    bench_fini(bench);
}

static void read_ahead(struct bench *bench)
{
    while (ahead_read(bench->ahead) || ahead_build(bench->ahead))
        ;
}

/* The entry is of these slots and of their bytes, as they were received from slot `first` on. */
static void check_bytes(const struct bench *bench, const struct emission *entry, uint64_t first)
{
    const size_t from = (size_t)(entry->first - first) * TS_PACKET;
    const size_t length = (size_t)(entry->last - entry->first + 1) * TS_PACKET;
    assert_true(from + length <= bench->kept->len);
    assert_true(entry->digest == XXH3_64bits(bench->kept->data + from, length));
}

static void test_every_slot_is_told_once_with_its_digest(void **state)
{
    struct bench bench;
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    start(&bench, *state);
    const uint64_t first = bench.k;
    uint64_t next = first;
    int64_t told = MONDAY_EIGHT;
    for (int64_t second = MONDAY_EIGHT + 1; second < MONDAY_EIGHT + 12; second++) {
        send_until(&bench, second);
        read_ahead(&bench);
    }
    onair_end(bench.onair);
    for (const struct emission *entry; (entry = emission_ring_peek(bench.ring)); told++) {
        assert_true(entry->second == told && entry->first == next && entry->pages_second == told);
        assert_true(entry->last + 1 == slot_at(bench.channel.rate, told + 1, 0) ||
                    entry->last + 1 == bench.k);
        assert_false(entry->rejoined);
        check_bytes(&bench, entry, first);
        next = entry->last + 1;
        emission_ring_drop(bench.ring);
    }
    assert_true(next == bench.k); /* to the last slot that left */
    assert_in_range(told, MONDAY_EIGHT + 11, MONDAY_EIGHT + 12);
    stop(&bench);
}

static void check_planned(const struct shown *shown, const char *hash, int64_t second)
{
    assert_int_equal(shown->cause, SHOWN_PLANNED);
    assert_false(shown->filling);
    assert_string_equal(shown->item, "p3-1");
    assert_string_equal(shown->source, "p3/water.mp4");
    assert_string_equal(shown->lesson, hash);
    assert_int_equal(shown->seconds, 7);
    assert_int_equal(shown->cell, (second - MONDAY_EIGHT) % 7);
}

/* The lesson goes round; a service without timetable shows the compiled-in picture because that is the plan.
 */
static void test_what_was_shown_is_told(void **state)
{
    struct bench bench;
    char hash[LESSON_HASH_MAX];
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, hash);
    start(&bench, *state);
    for (int64_t second = MONDAY_EIGHT + 1; second < MONDAY_EIGHT + 12; second++) {
        send_until(&bench, second);
        read_ahead(&bench);
    }
    for (const struct emission *entry; (entry = emission_ring_peek(bench.ring));) {
        check_planned(&entry->here[0], hash, entry->second);
        check_planned(&entry->next[0], hash, entry->second + 1);
        assert_true(shown_goes_on(&entry->here[0], &entry->next[0]));
        assert_int_equal(entry->here[1].cause, SHOWN_PLANNED);
        assert_true(entry->here[1].filling);
        assert_string_equal(entry->here[1].item, "");
        assert_string_equal(entry->here[1].lesson, "");
        emission_ring_drop(bench.ring);
    }
    stop(&bench);
}

/* A file that is gone shows the picture, and the item and the reason are told; what nobody read is told too.
 */
static void test_what_was_shown_instead_is_told_with_its_cause(void **state)
{
    struct bench bench;
    char hash[LESSON_HASH_MAX], name[256];
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, hash);
    bench_open(&bench, *state);
    bench.ring = emission_ring_new(SERVICES);
    snprintf(name, sizeof name, "%s/lessons/%s.lesson", ((struct small_station *)*state)->path, hash);
    assert_int_equal(unlink(name), 0);
    bench_start(&bench);
    send_until(&bench, MONDAY_EIGHT + 7); /* nobody reads ahead: the last seconds are unready */
    const struct emission *entry = emission_ring_peek(bench.ring);
    assert_int_equal(entry->here[0].cause, SHOWN_UNREADABLE);
    assert_int_equal(entry->here[0].error, LESSON_CANNOT_OPEN);
    assert_string_equal(entry->here[0].item, "p3-1");
    assert_string_equal(entry->here[0].lesson, "");
    int64_t unready = 0;
    for (; (entry = emission_ring_peek(bench.ring)); emission_ring_drop(bench.ring))
        if (entry->here[0].cause == SHOWN_UNREADY) {
            assert_string_equal(entry->here[0].item, "p3-1");
            assert_true(entry->here[0].filling);
            assert_true(entry->pages_second < entry->second); /* nor were tables built */
            unready++;
        }
    assert_in_range(unready, 1, 3);
    bench_fini(&bench);
}

static void test_a_listener_that_hangs_costs_the_air_nothing(void **state)
{
    struct bench bench;
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    start(&bench, *state);
    for (int64_t second = MONDAY_EIGHT + 1; second < MONDAY_EIGHT + EMISSION_SECONDS + 4; second++) {
        send_until(&bench, second);
        read_ahead(&bench);
    }
    int64_t told = 0;
    uint64_t last = 0;
    for (const struct emission *entry; (entry = emission_ring_peek(bench.ring)); told++) {
        last = entry->last;
        emission_ring_drop(bench.ring);
    }
    assert_int_equal(told, EMISSION_SECONDS);
    send_until(&bench, MONDAY_EIGHT + EMISSION_SECONDS + 6);
    assert_true(emission_ring_peek(bench.ring)->first > last + 1); /* what is missing shows */
    stop(&bench);
}

/* Time that was slept through is told as such, so that nobody takes it for lost entries. */
static void test_time_that_was_slept_through_is_told(void **state)
{
    struct bench bench;
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    start(&bench, *state);
    const uint64_t first = bench.k;
    send_until(&bench, MONDAY_EIGHT + 2);
    uint64_t end = bench.k;
    onair_send(bench.onair, onair_due(bench.onair) + 10 * NS);
    bench.k = onair_get_state(bench.onair).skipped + end;
    send_until(&bench, MONDAY_EIGHT + 14);
    uint64_t next = first;
    int rejoined = 0;
    for (const struct emission *entry; (entry = emission_ring_peek(bench.ring));
         emission_ring_drop(bench.ring)) {
        assert_true(entry->rejoined ? entry->first > next : entry->first == next);
        rejoined += entry->rejoined;
        next = entry->last + 1;
    }
    assert_int_equal(rejoined, 1);
    stop(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_ring_keeps_the_order_and_says_when_it_is_full),
        cmocka_unit_test(test_a_ring_between_two_threads_loses_nothing),
        TEST(test_every_slot_is_told_once_with_its_digest),
        TEST(test_what_was_shown_is_told),
        TEST(test_what_was_shown_instead_is_told_with_its_cause),
        TEST(test_a_listener_that_hangs_costs_the_air_nothing),
        TEST(test_time_that_was_slept_through_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
