/* The decoder model against a slow one that follows every byte, and against streams made to break one rule.
 */
#include "mux/tstd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tstd_reference.h"

static const struct slot_rate cable = {859375, 34}; /* DVB-C 64QAM 6.875 MBd */

static struct house house_31(void)
{
    return (struct house){.video.max_br = 16800000, .video.cpb = 16800000};
}

/* ---- streams ---- */

static struct stream *stream_new(enum tstd_stream kind, struct slot_rate rate)
{
    struct stream *stream = calloc(1, sizeof *stream);

    assert_non_null(stream);
    stream->kind = kind;
    stream->rate = rate;
    stream->house = house_31();
    return stream;
}

/* The slot nearest to an instant in units of 90 kHz. */
static uint64_t slot_near(struct slot_rate rate, int64_t at)
{
    return (uint64_t)((__int128)at * rate.num / rate.den / 90000);
}

/* Adds a packet that carries as many of the bytes as it can behind `field` bytes of adaptation field. */
static size_t add_packet(struct stream *stream, uint64_t slot, bool start, const uint8_t *bytes, size_t left,
                         size_t field)
{
    assert_true(stream->count < PACKETS);
    uint8_t *packet = stream->packet[stream->count];

    stream->slot[stream->count++] = slot;
    memset(packet, 0xFF, TS_PACKET);
    if (TS_PACKET - 4 - field > left)
        field = TS_PACKET - 4 - left;
    packet[0] = 0x47;
    packet[1] = start ? 0x40 : 0;
    packet[2] = 0x64;
    packet[3] =
        (uint8_t)((field ? 0x20 : 0) | (left ? 0x10 : 0) | (left ? ++stream->counter : stream->counter) % 16);
    if (field)
        packet[4] = (uint8_t)(field - 1);
    if (field > 1)
        packet[5] = 0;
    memcpy(packet + 4 + field, bytes, TS_PACKET - 4 - field);
    return TS_PACKET - 4 - field;
}

static void put_time(uint8_t *field, int prefix, int64_t time)
{
    field[0] = (uint8_t)(prefix << 4 | (time >> 30 & 7) << 1 | 1);
    field[1] = (uint8_t)(time >> 22);
    field[2] = (uint8_t)((time >> 15 & 0x7F) << 1 | 1);
    field[3] = (uint8_t)(time >> 7);
    field[4] = (uint8_t)((time & 0x7F) << 1 | 1);
}

/* A PES packet of one unit; returns its length. With_dts: the PTS is then one frame later, and not looked at.
 */
static size_t build_pes(uint8_t *pes, size_t length, int64_t time, bool with_dts, uint8_t stuffing)
{
    uint8_t header = (uint8_t)((with_dts ? 10 : 5) + stuffing);

    memset(pes, 0xFF, 9u + header);
    memcpy(pes, (uint8_t[]){0, 0, 1, with_dts ? 0xE0 : 0xC0, 0, 0, 0x84, with_dts ? 0xC0 : 0x80, header}, 9);
    put_time(pes + 9, with_dts ? 3 : 2, time + (with_dts ? 3600 : 0));
    if (with_dts)
        put_time(pes + 14, 1, time);
    for (size_t i = 0; i < length; i++)
        pes[9u + header + i] = (uint8_t)(i | 2);
    if (9u + header + length - 6 < 65536) {
        pes[4] = (uint8_t)((3u + header + length) >> 8);
        pes[5] = (uint8_t)(3u + header + length);
    }
    return 9u + header + length;
}

/* A unit of `length` bytes to be decoded at `time` (90 kHz), its packets `apart` slots from each other. */
static uint64_t add_unit(struct stream *stream, uint64_t slot, uint32_t apart, size_t length, int64_t time)
{
    uint8_t *pes = malloc(length + 300);
    size_t whole = build_pes(pes, length, time, stream->kind == TSTD_VIDEO_AVC, 0), done = 0;

    for (; done < whole; slot += apart)
        done += add_packet(stream, slot, done == 0, pes + done, whole - done, 0);
    free(pes);
    return slot;
}

static struct tstd_report judge(const struct stream *stream)
{
    struct tstd *tstd = tstd_new(stream->kind, stream->rate, &stream->house);

    assert_non_null(tstd);
    for (uint32_t i = 0; i < stream->count; i++)
        tstd_packet(tstd, stream->slot[i], stream->packet[i]);
    struct tstd_report report = *tstd_finish(tstd);
    tstd_free(&tstd);
    assert_null(tstd);
    return report;
}

/* ---- random streams ---- */

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
    assert_int_equal(fast.margin_min_ns, slow.margin_min_ns);
    return fast;
}

static uint32_t below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)((*seed >> 33) % limit);
}

static void add_random_unit(struct stream *stream, uint64_t *slot, uint64_t *seed, uint32_t mean)
{
    bool video = stream->kind == TSTD_VIDEO_AVC;
    uint32_t length = 1 + below(seed, video ? 12000 : 1000), whole, done = 0;
    uint8_t *pes = malloc(length + 300);
    int64_t now = (int64_t)((__int128)*slot * 90000 * stream->rate.den / stream->rate.num);
    int64_t time = (now + below(seed, below(seed, 4) ? 20000 : 110000)) % (1LL << 33);

    whole = (uint32_t)build_pes(pes, length, time, video, (uint8_t)below(seed, below(seed, 3) ? 1 : 180));
    if (stream->kind == TSTD_VIDEO_AVC && below(seed, 2))
        pes[4] = pes[5] = 0;
    while (done < whole) {
        uint32_t field = stream->counter / 256 % 2 && below(seed, 4) == 0 ? below(seed, 184) : 0;
        bool start = done == 0;
        done += (uint32_t)add_packet(stream, *slot, start, pes + done, whole - done, field);
        *slot += 1 + (below(seed, 3) ? 0 : below(seed, 2 * mean));
        if (below(seed, 30) == 0) { /* a duplicate */
            memcpy(stream->packet[stream->count], stream->packet[stream->count - 1], TS_PACKET);
            stream->slot[stream->count++] = (*slot)++;
        }
        if (below(seed, 30) == 0)
            add_packet(stream, (*slot)++, false, pes, 0, 184);
    }
    free(pes);
}

static void agrees_with_the_byte_by_byte_model(void **state)
{
    (void)state;
    const struct slot_rate rates[] = {cable, {3600, 1}, {8000, 1}, {12000, 1}, {500, 1}, {60000, 7}};
    const uint32_t means[] = {1, 6, 40};
    uint64_t seed = 11;
    struct tstd_report sum = {0};

    for (uint32_t round = 0; round < 120; round++) {
        struct slot_rate rate = rates[round % 6];
        enum tstd_stream kind = (enum tstd_stream)(round / 6 % 3);
        struct stream *stream = stream_new(kind, rate);
        uint64_t slot = slot_near(rate, round % 4 ? 1583107200LL * 90000 : (1LL << 33) - 20000);

        stream->house.video.max_br = 600000 * (4 + below(&seed, 5));
        stream->house.video.cpb = 8 * (10000 + below(&seed, 60000));
        uint32_t count = round % 9 ? 150 + below(&seed, 400) : 1500;
        while (stream->count < count)
            add_random_unit(stream, &slot, &seed, round % 9 ? means[below(&seed, 3)] : 1 + round % 7);
        struct tstd_report report = assert_agree(stream);
        sum.tb_overflow += report.tb_overflow;
        sum.tb_never_empty += report.tb_never_empty;
        sum.mb_overflow += report.mb_overflow;
        sum.eb_overflow += report.eb_overflow;
        sum.underflow += report.underflow;
        sum.too_long += report.too_long;
        free(stream);
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
    struct stream *stream = stream_new(TSTD_VIDEO_AVC, cable);
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

static struct tstd_report judge_burst(enum tstd_stream kind, uint32_t apart, size_t length, int64_t lead)
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
    assert_int_equal(judge_burst(TSTD_AUDIO_MPEG, 1, 2 * 184 - 14, 9000).tb_overflow, 0);
    assert_int_equal(judge_burst(TSTD_AUDIO_MPEG, 1, 3 * 184 - 14, 9000).tb_overflow, 1);
    assert_int_equal(judge_burst(TSTD_VIDEO_AVC, 1, 5 * 184 - 19, 9000).tb_overflow, 0);
    assert_int_equal(judge_burst(TSTD_VIDEO_AVC, 1, 6 * 184 - 19, 9000).tb_overflow, 1);
    assert_int_equal(judge_burst(TSTD_SECTIONS, 1, 2 * 184 - 14, 9000).tb_overflow, 0);
}

static void tb_never_empty_is_named(void **state)
{
    (void)state;
    /* At 2 Mb/s a packet leaves TB in 752 us: 19.007 slots. */
    assert_int_equal(judge_burst(TSTD_AUDIO_MPEG, 19, 1400 * 184, 9000).tb_never_empty, 1);
    assert_int_equal(judge_burst(TSTD_AUDIO_MPEG, 20, 1400 * 184, 9000).tb_never_empty, 0);
}

static void mb_overflow_is_named(void **state)
{
    (void)state;
    assert_int_equal(judge_burst(TSTD_VIDEO_AVC, 3, 80000, 45000).mb_overflow, 0);
    struct tstd_report report = judge_burst(TSTD_VIDEO_AVC, 1, 80000, 45000);
    assert_true(report.mb_overflow > 0);
    assert_true(report.mb_peak > 11200);
}

static void eb_overflow_is_named(void **state)
{
    (void)state;
    struct stream *stream = stream_new(TSTD_VIDEO_AVC, cable);

    stream->house.video.cpb = 8 * 10000;
    add_unit(stream, 25000000, 20, 5000, 90000 * 1000);
    add_unit(stream, 25001000, 20, 5000, 90000 * 1000);
    assert_int_equal(judge(stream).eb_peak, 10000);
    assert_int_equal(judge(stream).eb_overflow, 0);
    stream->house.video.cpb = 8 * 9999;
    assert_int_equal(judge(stream).eb_overflow, 1);
    assert_agree(stream);
    free(stream);
}

static void audio_buffer_overflow_is_named(void **state)
{
    (void)state;
    for (uint32_t units = 8; units <= 10; units++) { /* of 398 bytes with their headers */
        struct stream *stream = stream_new(TSTD_AUDIO_MPEG, cable);
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
    assert_int_equal(judge_burst(TSTD_SECTIONS, 100, 8 * 184 - 14, 0).eb_overflow, 0);
    assert_true(judge_burst(TSTD_SECTIONS, 100, 11 * 184 - 14, 0).eb_overflow > 0);
}

static void underflow_is_named(void **state)
{
    (void)state;
    struct tstd_report report = judge_burst(TSTD_VIDEO_AVC, 100, 18400, 36000); /* whole after 396 ms */
    assert_int_equal(report.underflow, 0);
    assert_in_range(report.margin_min_ns, 3000000, 5000000);
    report = judge_burst(TSTD_VIDEO_AVC, 100, 18400, 35000);
    assert_int_equal(report.underflow, 1);
    assert_true(report.margin_min_ns < 0);
}

static void a_delay_above_one_second_is_named(void **state)
{
    (void)state;
    assert_int_equal(judge_burst(TSTD_VIDEO_AVC, 10, 1000, 89990).too_long, 0);
    assert_int_equal(judge_burst(TSTD_VIDEO_AVC, 10, 1000, 90010).too_long, 1);
}

static void the_end_of_the_clock_is_passed(void **state)
{
    (void)state;
    struct stream *stream = stream_new(TSTD_VIDEO_AVC, cable);
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
    struct stream *stream = stream_new(TSTD_AUDIO_MPEG, cable);

    add_unit(stream, 25000000, 20, 100, 90000 * 1000);
    memcpy(stream->packet[1], stream->packet[0], TS_PACKET);
    stream->slot[stream->count++] = 25000001;
    struct tstd_report report = judge(stream);
    assert_int_equal(report.eb_peak, 114);
    assert_true(report.tb_peak > 300);
    free(stream);
}

static void what_is_not_whole_is_not_judged(void **state)
{
    (void)state;
    struct stream *stream = stream_new(TSTD_VIDEO_AVC, cable);

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
