/* The decoder model against a slow one that follows every byte, and against streams made to break one rule.
 */
#include "mux/tstd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tstd_streams.h"

static struct tstd_report judge(const struct stream *stream)
{
    struct tstd *tstd = tstd_new(&stream->limits, stream->scale);
    uint64_t named = 0;

    assert_non_null(tstd);
    for (uint32_t i = 0; i < stream->count; i++)
        named += tstd_packet(tstd, &stream->arrival[i], stream->packet[i]);
    const struct tstd_report *live = tstd_report(tstd);
    assert_true(named >= live->tb_overflow + live->mb_overflow + live->eb_overflow);
    struct tstd_report report = *tstd_finish(tstd);
    tstd_free(&tstd);
    assert_null(tstd);
    return report;
}

/* Both models say the same: what they say. */
static struct tstd_report assert_agree(const struct stream *stream)
{
    struct tstd_report fast = judge(stream), slow = judge_slowly(stream);

    assert_int_equal(fast.packets, slow.packets);
    assert_int_equal(fast.units, slow.units);
    assert_int_equal(fast.tb_overflow, slow.tb_overflow);
    assert_int_equal(fast.tb_never_empty, slow.tb_never_empty);
    assert_int_equal(fast.mb_overflow, slow.mb_overflow);
    assert_int_equal(fast.eb_overflow, slow.eb_overflow);
    assert_int_equal(fast.underflow, slow.underflow);
    assert_int_equal(fast.too_long, slow.too_long);
    assert_int_equal(fast.tb_peak, slow.tb_peak);
    assert_int_equal(fast.mb_peak, slow.mb_peak);
    assert_int_equal(fast.eb_peak, slow.eb_peak);
    assert_int_equal(fast.mb_never_empty, slow.mb_never_empty);
    assert_int_equal(fast.margin_min_ns, slow.margin_min_ns);
    assert_int_equal(fast.delay_max_ns, slow.delay_max_ns);
    return fast;
}

static struct tstd_report compare_round(uint32_t round, uint64_t *seed)
{
    const struct slot_rate rates[] = {cable, {3600, 1}, {8000, 1}, {12000, 1}, {500, 1}, {60000, 7}};
    const uint32_t means[] = {1, 6, 40};
    struct slot_rate rate = rates[round % 6];
    enum kind kind = (enum kind)(round / 6 % KINDS);
    struct stream *stream = stream_new(kind, rate);
    uint64_t slot = slot_near(rate, round % 4 ? 1583107200LL * 90000 : (1LL << 33) - 20000);

    if (kind == VIDEO)
        stream->limits =
            tstd_limits_avc(600000 * (4 + below(seed, 5)), 8 * (10000 + below(seed, 60000)), 0, 0);
    uint32_t count = round % 9 ? 150 + below(seed, 400) : 1500;
    while (stream->count < count) {
        uint32_t mean = round % 9 ? means[below(seed, 3)] : 1 + round % 7;
        (kind == FRAMES_OF_SOUND ? add_random_frames : add_random_unit)(stream, &slot, seed, mean);
    }
    if (round % 5 == 0)
        unsettle(stream, seed);
    struct tstd_report report = assert_agree(stream);
    free(stream);
    return report;
}

static void agrees_with_the_byte_by_byte_model(void **state)
{
    (void)state;
    uint64_t seed = 11;
    struct tstd_report sum = {0};

    for (uint32_t round = 0; round < 160; round++) {
        struct tstd_report report = compare_round(round, &seed);
        sum.tb_overflow += report.tb_overflow;
        sum.tb_never_empty += report.tb_never_empty;
        sum.mb_overflow += report.mb_overflow;
        sum.mb_never_empty += report.mb_never_empty;
        sum.eb_overflow += report.eb_overflow;
        sum.underflow += report.underflow;
        sum.too_long += report.too_long;
    }
    assert_true(sum.tb_overflow && sum.tb_never_empty && sum.mb_overflow && sum.eb_overflow &&
                sum.underflow && sum.too_long); /* no rule went untried */
}

/* ---- one rule at a time ---- */

static bool is_clean(const struct tstd_report *report)
{
    return !report->tb_overflow && !report->tb_never_empty && !report->mb_overflow && !report->eb_overflow &&
           !report->underflow && !report->too_long;
}

static void a_clean_video_is_not_named(void **state)
{
    (void)state;
    struct stream *stream = stream_new(VIDEO, cable);
    int64_t at = 1583107200LL * 90000;

    for (int i = 0; i < 50; i++) /* 35 packets a frame, one in 20 slots, 7000 bytes each frame */
        add_unit(stream, slot_near(cable, at + i * 3600), 20, 6400, (at + i * 3600 + 9000) % (1LL << 33));
    struct tstd_report report = judge(stream);
    assert_true(is_clean(&report));
    assert_int_equal(report.units, 50);
    assert_in_range(report.margin_min_ns, 60000000, 100000000);
    assert_in_range(report.eb_peak, 2 * 6400, 3 * 6400);
    assert_agree(stream);
    free(stream);
}

static struct tstd_report judge_burst(enum kind kind, uint32_t apart, size_t length, int64_t lead)
{
    struct stream *stream = stream_new(kind, cable);

    add_unit(stream, slot_near(cable, 90000 * 1000), apart, length, 90000 * 1000 + lead);
    struct tstd_report report = judge(stream);
    assert_agree(stream);
    free(stream);
    return report;
}

static void tb_overflow_is_named(void **state)
{
    (void)state;
    /* 188 n - (188 n - 1) * Rx / R > 512: n = 3 at 2 Mb/s of 38, n = 6 at 20.16 Mb/s. */
    assert_int_equal(judge_burst(PACKETS_OF_SOUND, 1, 2 * 184 - 14, 9000).tb_overflow, 0);
    assert_int_equal(judge_burst(PACKETS_OF_SOUND, 1, 3 * 184 - 14, 9000).tb_overflow, 1);
    assert_int_equal(judge_burst(VIDEO, 1, 5 * 184 - 19, 9000).tb_overflow, 0);
    assert_int_equal(judge_burst(VIDEO, 1, 6 * 184 - 19, 9000).tb_overflow, 1);
    assert_int_equal(judge_burst(SECTIONS, 1, 2 * 184 - 14, 9000).tb_overflow, 0);
}

static void tb_never_empty_is_named(void **state)
{
    (void)state;
    /* At 2 Mb/s a packet leaves TB in 752 us: 19.007 slots. */
    assert_int_equal(judge_burst(PACKETS_OF_SOUND, 19, 1400 * 184, 9000).tb_never_empty, 1);
    assert_int_equal(judge_burst(PACKETS_OF_SOUND, 20, 1400 * 184, 9000).tb_never_empty, 0);
}

static void mb_overflow_is_named(void **state)
{
    (void)state;
    assert_int_equal(judge_burst(VIDEO, 3, 80000, 45000).mb_overflow, 0);
    struct tstd_report report = judge_burst(VIDEO, 1, 80000, 45000);
    assert_true(report.mb_overflow > 0);
    assert_true(report.mb_peak > 11200);
}

static void mb_never_empty_is_named(void **state)
{
    (void)state;
    for (int over = 0; over < 2;
         over++) { /* 500 packets of 184 bytes a second: as fast as MB leaks, or slower */
        struct stream *stream = stream_new(VIDEO, (struct slot_rate){500, 1});
        stream->limits = tstd_limits_avc(184 * 8 * 500 + (over ? 0 : 80), 20000000, 0, 0);
        add_unit(stream, 500 * 1000, 1, 184 * 1200, 90000 * 1003);
        struct tstd_report report = judge(stream);
        assert_int_equal(report.mb_never_empty, over ? 2 : 0);
        assert_agree(stream);
        free(stream);
    }
}

static void eb_overflow_is_named(void **state)
{
    (void)state;
    struct stream *stream = stream_new(VIDEO, cable);

    stream->limits.unit_size = 10000;
    add_unit(stream, 25000000, 20, 5000, 90000 * 1000);
    add_unit(stream, 25001000, 20, 5000, 90000 * 1000);
    assert_int_equal(judge(stream).eb_peak, 10000);
    assert_int_equal(judge(stream).eb_overflow, 0);
    stream->limits.unit_size = 9999;
    assert_int_equal(judge(stream).eb_overflow, 1);
    assert_agree(stream);
    free(stream);
}

static void audio_buffer_overflow_is_named(void **state)
{
    (void)state;
    for (uint32_t units = 8; units <= 10; units++) { /* of 398 bytes with their headers */
        struct stream *stream = stream_new(PACKETS_OF_SOUND, cable);
        for (uint32_t i = 0; i < units; i++)
            add_unit(stream, 25000000 + i * 600, 30, 384, 90000 * 1000 + i * 2160);
        struct tstd_report report = judge(stream);
        assert_int_equal(report.eb_peak, units * 398);
        assert_int_equal(report.eb_overflow > 0, units == 10);
        free(stream);
    }
}

static void section_buffer_overflow_is_named(void **state)
{
    (void)state;
    assert_int_equal(judge_burst(SECTIONS, 100, 8 * 184 - 14, 0).eb_overflow, 0);
    assert_true(judge_burst(SECTIONS, 100, 11 * 184 - 14, 0).eb_overflow > 0);
}

static void underflow_is_named(void **state)
{
    (void)state;
    struct tstd_report report = judge_burst(VIDEO, 100, 18400, 36000); /* whole after 396 ms */
    assert_int_equal(report.underflow, 0);
    assert_in_range(report.margin_min_ns, 3000000, 5000000);
    report = judge_burst(VIDEO, 100, 18400, 35000);
    assert_int_equal(report.underflow, 1);
    assert_true(report.margin_min_ns < 0);
}

static void a_delay_above_one_second_is_named(void **state)
{
    (void)state;
    assert_int_equal(judge_burst(VIDEO, 10, 1000, 89990).too_long, 0);
    assert_int_equal(judge_burst(VIDEO, 10, 1000, 90010).too_long, 1);
}

static void the_end_of_the_clock_is_passed(void **state)
{
    (void)state;
    struct stream *stream = stream_new(VIDEO, cable);
    int64_t wrap = 1LL << 33;

    for (int i = 0; i < 20; i++)
        add_unit(stream, slot_near(cable, wrap - 36000 + i * 3600), 20, 3000,
                 (wrap - 30000 + i * 3600) % wrap);
    struct tstd_report report = judge(stream);
    assert_true(is_clean(&report));
    assert_int_equal(report.units, 20);
    free(stream);
}

static void a_duplicate_costs_only_the_transport_buffer(void **state)
{
    (void)state;
    struct stream *stream = stream_new(PACKETS_OF_SOUND, cable);

    add_unit(stream, 25000000, 20, 100, 90000 * 1000);
    memcpy(stream->packet[1], stream->packet[0], TS_PACKET);
    stream->arrival[stream->count++] = arrival_of(stream, 25000001);
    struct tstd_report report = judge(stream);
    assert_int_equal(report.eb_peak, 114);
    assert_true(report.tb_peak > 300);
    free(stream);
}

static void what_is_not_whole_is_not_judged(void **state)
{
    (void)state;
    struct stream *stream = stream_new(VIDEO, cable);

    add_unit(stream, 25000000, 20, 5000, 90000 * 980);
    stream->packet[0][1] = 0; /* the beginning is not seen */
    add_unit(stream, 25001000, 20, 5000, 90000 * 989);
    stream->count--; /* nor the end */
    struct tstd_report report = judge(stream);
    assert_int_equal(report.units, 0);
    assert_true(is_clean(&report));
    free(stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_the_byte_by_byte_model),
        cmocka_unit_test(a_clean_video_is_not_named),
        cmocka_unit_test(tb_overflow_is_named),
        cmocka_unit_test(tb_never_empty_is_named),
        cmocka_unit_test(mb_overflow_is_named),
        cmocka_unit_test(mb_never_empty_is_named),
        cmocka_unit_test(eb_overflow_is_named),
        cmocka_unit_test(audio_buffer_overflow_is_named),
        cmocka_unit_test(section_buffer_overflow_is_named),
        cmocka_unit_test(underflow_is_named),
        cmocka_unit_test(a_delay_above_one_second_is_named),
        cmocka_unit_test(the_end_of_the_clock_is_passed),
        cmocka_unit_test(a_duplicate_costs_only_the_transport_buffer),
        cmocka_unit_test(what_is_not_whole_is_not_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
