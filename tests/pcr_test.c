/* Lines through PCRs: outliers are told from the rest, and streams of variable rate from both. */
#include "mux/measure/pcr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mux/packet.h"

#define BYTE_TICKS 6 /* 36 Mb/s */

static struct pcr_window window_of(const int64_t *off)
{
    struct pcr_window window = {.count = PCR_WINDOW};

    for (int i = 0; i < PCR_WINDOW; i++) {
        window.point[i].x = 1000000000 + i * 188 * 700;
        window.point[i].y = window.point[i].x * BYTE_TICKS * 1000 + (off ? off[i] : 0);
    }
    return window;
}

static void points_on_a_line_are_not_off_it(void **state)
{
    (void)state;
    struct pcr_window window = window_of(NULL);
    struct pcr_line line = pcr_line_lay(&window, 13500);

    assert_true(line.good);
    assert_int_equal(line.outliers, 0);
    for (int i = 0; i < PCR_WINDOW; i++)
        assert_int_equal(line.off[i], 0);
}

static void outliers_do_not_bend_the_line(void **state)
{
    (void)state;
    int64_t off[PCR_WINDOW] = {[3] = 5000000, [20] = -40000, [31] = 27000};
    struct pcr_window window = window_of(off);
    struct pcr_line line = pcr_line_lay(&window, 13500);

    assert_true(line.good);
    assert_int_equal(line.outliers, 3);
    for (int i = 0; i < PCR_WINDOW; i++)
        assert_int_equal(line.off[i], off[i]);
}

static void a_variable_rate_is_no_line(void **state)
{
    (void)state;
    int64_t off[PCR_WINDOW];

    for (int i = 0; i < PCR_WINDOW; i++)
        off[i] = i * i % 11 * 100000;
    struct pcr_window window = window_of(off);
    assert_false(pcr_line_lay(&window, 13500).good);
    window.count = 1;
    assert_false(pcr_line_lay(&window, 13500).good);
}

static void give(struct pcr_clock *clock, struct findings *findings, uint64_t number, int64_t pcr)
{
    uint8_t packet[TS_PACKET] = {PACKET_SYNC, 1, 1, 0x20, 183, 0x10};
    struct timed_packet timed = {.bytes = packet,
                                 .number = number,
                                 .at = (int64_t)number * TS_PACKET * BYTE_TICKS * TIMELINE_UNITS,
                                 .byte_for = BYTE_TICKS * TIMELINE_UNITS};

    packet_set_pcr(packet, (uint64_t)pcr);
    pcr_clock_packet(clock, &timed, findings);
}

/* The clock runs ever faster: by 1e-7 of 27 MHz a second, 2.7 Hz, where 75 mHz are allowed. */
static void drift_is_measured(void **state)
{
    (void)state;
    struct findings *findings = findings_new();
    struct pcr_clock steady, drifting;

    pcr_clock_init(&steady, 0x101);
    pcr_clock_init(&drifting, 0x102);
    for (uint64_t i = 0; i < 3000; i++) {
        int64_t ticks = (int64_t)i * 700 * TS_PACKET * BYTE_TICKS;
        double seconds = (double)ticks / 27e6;
        give(&steady, findings, i * 700, ticks);
        give(&drifting, findings, i * 700, ticks + (int64_t)(0.5e-7 * seconds * seconds * 27e6));
    }
    assert_in_range(steady.statistics.drift_max, 0, 5);
    assert_in_range(drifting.statistics.drift_max, 2600, 2800);
    assert_int_equal(findings_count(findings), 0);
    assert_true(steady.lined && !steady.broken);
    findings_free(&findings);
}

/* No PCR is on the line, and all are near it: the rate is constant, its PCRs are bad. */
static void bad_pcrs_of_a_constant_rate_are_all_named(void **state)
{
    (void)state;
    struct findings *findings = findings_new();
    struct pcr_clock clock;
    uint32_t random = 1, bad = 0;

    pcr_clock_init(&clock, 0x101);
    for (uint64_t i = 0; i < 10 * PCR_WINDOW; i++) {
        random = random * 1664525 + 1013904223;
        int64_t off = (int64_t)(random >> 16) % 61 - 30; /* up to 1.1 us */
        bad += off < -15 || off > 15;
        give(&clock, findings, i * 700, (int64_t)i * 700 * TS_PACKET * BYTE_TICKS + off);
    }
    assert_in_range(findings_total(findings, PCR_ACCURACY_ERROR), bad * 9 / 10, bad * 11 / 10);
    assert_in_range(clock.statistics.accuracy_max, 27000, 36000);
    assert_true(clock.lined && clock.broken);
    findings_free(&findings);
}

/* The last window is short: through two points there is always a line. */
static void a_variable_rate_is_not_judged_at_its_end(void **state)
{
    (void)state;
    struct findings *findings = findings_new();
    struct pcr_clock clock;
    int64_t ticks = 0;

    pcr_clock_init(&clock, 0x101);
    for (uint64_t i = 0; i < PCR_WINDOW + 9; i++)
        give(&clock, findings, i * 700, ticks += 700 * TS_PACKET * BYTE_TICKS + (int64_t)(i * i % 11) * 9000);
    pcr_clock_finish(&clock, clock.at + TIMELINE_SECOND / 5, findings);
    assert_int_equal(findings_count(findings), 0);
    assert_false(clock.lined);
    pcr_clock_finish(&clock, clock.at + TIMELINE_SECOND * 2, findings);
    assert_int_equal(findings_total(findings, PCR_REPETITION_ERROR), 1); /* that long is no guess */
    assert_true(clock.statistics.accuracy_min == INT64_MIN && clock.statistics.accuracy_max == INT64_MIN);
    findings_free(&findings);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_on_a_line_are_not_off_it),
        cmocka_unit_test(outliers_do_not_bend_the_line),
        cmocka_unit_test(a_variable_rate_is_no_line),
        cmocka_unit_test(drift_is_measured),
        cmocka_unit_test(bad_pcrs_of_a_constant_rate_are_all_named),
        cmocka_unit_test(a_variable_rate_is_not_judged_at_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
