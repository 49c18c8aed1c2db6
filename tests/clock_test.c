/* The clock follows UTC by at most 30 ppm and no step, with readings as arguments: hours pass in
 * microseconds. */
#include "playout/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#define NS INT64_C(1000000000)
#define BOOT (1000 * NS)
#define UTC (1583107200 * NS)

static void test_drift_is_followed(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, (struct clock_reading){BOOT, UTC, 0}, 0);
    for (int64_t s = 1; s <= 3600; s++) { /* the monotonic clock is 20 ppm slow */
        int64_t before = clock_stream(&clock, BOOT + s * NS);
        assert_int_equal(
            clock_follow(&clock, (struct clock_reading){BOOT + s * NS, UTC + s * (NS + 20000), 0}), 0);
        int64_t moved = clock_stream(&clock, BOOT + s * NS) - before;
        assert_in_range(moved, 0, 30000);
    }
    assert_true(llabs(clock_stream(&clock, BOOT + 3600 * NS) - (UTC + 3600 * (NS + 20000))) < 30000);
}

static void test_slew_is_limited(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, (struct clock_reading){BOOT, UTC, 0}, 0);
    assert_int_equal(clock_follow(&clock, (struct clock_reading){BOOT + NS, UTC + NS + 50000000, 0}), 0);
    assert_true(clock_stream(&clock, BOOT + NS) == UTC + NS + 30000);
}

static void test_steps_are_told_and_not_followed(void **state)
{
    (void)state;
    static const int64_t steps[] = {3600 * NS, -3600 * NS, -NS /* a leap second */};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct clock clock;
        clock_init(&clock, (struct clock_reading){BOOT, UTC, 0}, 0);
        assert_true(clock_follow(&clock, (struct clock_reading){BOOT + NS, UTC + NS + steps[i], 0}) ==
                    steps[i]);
        assert_true(clock_stream(&clock, BOOT + NS) == UTC + NS);
        assert_int_equal(
            clock_follow(&clock, (struct clock_reading){BOOT + 2 * NS, UTC + 2 * NS + steps[i], 0}), 0);
        assert_true(clock_stream(&clock, BOOT + 2 * NS) == UTC + 2 * NS);
    }
}

/* The monotonic clock stands still while the machine sleeps; UTC and the stream do not. */
static void test_sleep_is_followed_at_once(void **state)
{
    (void)state;
    struct clock clock;
    const int64_t slept = 3600 * NS;
    clock_init(&clock, (struct clock_reading){BOOT, UTC, 5 * NS}, 0);
    const struct clock_reading awake = {BOOT + NS, UTC + NS + slept, 5 * NS + slept};
    assert_int_equal(clock_follow(&clock, awake), 0);
    assert_true(clock_stream(&clock, awake.monotonic_ns) == awake.utc_ns);
    assert_int_equal(clock_follow(&clock, awake), 0);
    assert_true(clock_stream(&clock, awake.monotonic_ns) == awake.utc_ns);
}

static void test_shift_and_inverse(void **state)
{
    (void)state;
    struct clock clock;
    clock_init(&clock, (struct clock_reading){BOOT, UTC, 0}, -86400 * NS);
    assert_true(clock_stream(&clock, BOOT + 5) == UTC - 86400 * NS + 5);
    for (int64_t at = BOOT; at < BOOT + NS; at += 7777777)
        assert_true(clock_monotonic(&clock, clock_stream(&clock, at)) == at);
}

/* A machine whose wake-ups are 30 us late, one in 100 of them 80 us and one in 1000 a millisecond. */
static void test_wake_ups_are_asked_for_as_early_as_they_are_late(void **state)
{
    (void)state;
    struct clock_wake wake = {0};
    for (int i = 0; i < 100000; i++)
        clock_wake_learn(&wake, i % 1000 == 0 ? 1000000 : i % 100 == 0 ? 80000 : 30000);
    assert_in_range(wake.early_ns, 70000, 90000);
    for (int i = 0; i < 100000; i++)
        clock_wake_learn(&wake, 5000);
    assert_in_range(wake.early_ns, 1000, 10000);
    for (int i = 0; i < 100000; i++) /* and no machine is worth more CPU than that */
        clock_wake_learn(&wake, 5000000);
    assert_int_equal(wake.early_ns, CLOCK_EARLY_MAX_NS);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drift_is_followed),
        cmocka_unit_test(test_slew_is_limited),
        cmocka_unit_test(test_steps_are_told_and_not_followed),
        cmocka_unit_test(test_sleep_is_followed_at_once),
        cmocka_unit_test(test_shift_and_inverse),
        cmocka_unit_test(test_wake_ups_are_asked_for_as_early_as_they_are_late),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
