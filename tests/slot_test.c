/* The slot clock against a slow reference in exact rationals. */
#include "mux/slot.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#define SCHOOL_MONDAY 1583107200 /* 2020-03-02T00:00:00Z */

static void test_dvbc_rate_is_exact(void **state)
{
    (void)state;
    struct slot_rate rate = slot_rate_new(646250000, 17); /* 64QAM, 6.875 MBd */
    assert_int_equal(rate.num, 859375);
    assert_int_equal(rate.den, 34);
    assert_int_equal(slot_per_superframe(rate), 25275);
}

static void test_slots_and_seconds_agree(void **state)
{
    (void)state;
    struct slot_rate rate = slot_rate_new(646250000, 17);
    uint32_t longer = 0;
    for (int64_t second = SCHOOL_MONDAY; second < SCHOOL_MONDAY + 340; second++) {
        uint64_t first = slot_at(rate, second, 0), next = slot_at(rate, second + 1, 0);
        assert_in_range(next - first, 25275, 25276);
        longer += next - first == 25276;
        assert_int_equal(slot_second(rate, first), second);
        assert_int_equal(slot_second(rate, next - 1), second);
        assert_in_range(slot_ns(rate, first, second), 0, 39563);
        assert_true(slot_ns(rate, first - 1, second) < 0);
    }
    assert_int_equal(longer, 250); /* 859375/34 is 25275 and 25/34 */
}

/* 2^33 * 300 ticks are 26.5 h: the PCR of every slot follows from its number alone, over the wrap too. */
static void test_pcr_is_the_time_of_byte_ten(void **state)
{
    (void)state;
    struct slot_rate rate = slot_rate_new(646250000, 17);
    const uint64_t modulus = (UINT64_C(1) << 33) * 300;
    uint64_t wraps = 0, before = 0;
    for (int64_t hour = 0; hour < 60; hour++) {
        uint64_t k = slot_at(rate, SCHOOL_MONDAY + hour * 3600, 0);
        uint64_t pcr = slot_pcr(rate, k);
        /* (188 k + 10) bytes at 646250000/17 b/s, in ticks: exact remainder in 128 bits. */
        unsigned __int128 exact = ((unsigned __int128)k * 188 + 10) * 8 * 17 * 27000000;
        unsigned __int128 ticks = exact / 646250000;
        int64_t error = (int64_t)(pcr - (uint64_t)(ticks % modulus));
        assert_in_range(error + 1, 1, 2); /* rounded to nearest: 0 or 1 above the floor */
        wraps += pcr < before;
        before = pcr;
    }
    assert_in_range(wraps, 2, 3);
}

static void test_fraction_of_a_second(void **state)
{
    (void)state;
    struct slot_rate rate = slot_rate_new(646250000, 17);
    for (uint32_t ns = 0; ns < 1000000000; ns += 999983) {
        uint64_t k = slot_at(rate, SCHOOL_MONDAY, ns);
        assert_true(slot_ns(rate, k, SCHOOL_MONDAY) >= (int64_t)ns);
        assert_true(slot_ns(rate, k - 1, SCHOOL_MONDAY) < (int64_t)ns);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dvbc_rate_is_exact),
        cmocka_unit_test(test_slots_and_seconds_agree),
        cmocka_unit_test(test_pcr_is_the_time_of_byte_ten),
        cmocka_unit_test(test_fraction_of_a_second),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
