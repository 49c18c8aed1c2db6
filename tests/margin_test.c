/* The margin over time: a slow drift is one, a pause and a level are none. */
#include "mux/measure/margin.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define HALF_SECOND 13500000

static struct margin margin_of(int64_t first, int64_t step, int count)
{
    struct margin margin = {0};
    for (int i = 0; i < count; i++)
        margin_note(&margin, (int64_t)i * HALF_SECOND, first + step * i);
    return margin;
}

static void what_moves_the_same_way_drifts(void **state)
{
    (void)state;
    for (int sign = -1; sign <= 1; sign += 2) {
        struct margin margin = margin_of(27000000, sign * 5000, 40);
        assert_true(margin_drifts(&margin));
        assert_in_range(sign * margin_slope(&margin), 9990, 10010); /* ticks per second */
    }
}

static void what_stays_does_not(void **state)
{
    (void)state;
    struct margin margin = margin_of(27000000, 0, 40);
    assert_false(margin_drifts(&margin));
    assert_true(margin_slope(&margin) == 0);
}

/* Found by the fuzzer: nothing came in the last stretch, and the margin before it was negative. */
static void a_pause_at_the_end_is_no_drift(void **state)
{
    (void)state;
    struct margin margin = margin_of(-128055342, 0, 7);
    margin_note(&margin, 9 * (int64_t)HALF_SECOND, 0);
    assert_int_equal(margin.bin[margin.bins - 1], INT64_MAX);
    assert_false(margin_drifts(&margin));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_moves_the_same_way_drifts),
        cmocka_unit_test(what_stays_does_not),
        cmocka_unit_test(a_pause_at_the_end_is_no_drift),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
