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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_on_a_line_are_not_off_it),
        cmocka_unit_test(outliers_do_not_bend_the_line),
        cmocka_unit_test(a_variable_rate_is_no_line),
        cmocka_unit_test(drift_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
