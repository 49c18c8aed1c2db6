/* What the laboratory measures of a stream whose figures are known, however it is fed. */
#include "mux/measure/laboratory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/stream_maker.h"

static struct made_stream *clean(uint32_t seconds)
{
    struct made_stream *stream = maker_new(seconds);

    assert_non_null(stream);
    return stream;
}

static void figures_are_those_of_the_stream(void **state)
{
    (void)state;
    struct made_stream *stream = clean(10);
    struct findings *findings = findings_new();
    struct laboratory *laboratory = laboratory_new(findings, NULL);

    for (uint32_t k = 0; k < stream->count * 4; k++) /* by 47 bytes */
        laboratory_feed(laboratory, stream->packet[0] + (size_t)k * 47, 47);
    laboratory_finish(laboratory);
    struct rate_statistics rate = laboratory_rate(laboratory);
    assert_int_equal(rate.packets, 10000);
    assert_true(rate.constant);
    assert_int_equal(rate.bits_per_second + 0.5, 1504000);
    assert_in_range(laboratory_elapsed(laboratory), 269999990, 270000010);
    assert_int_equal(laboratory_pid_count(laboratory), 9);
    struct pid_statistics video = laboratory_pid(laboratory, 6);
    assert_int_equal(video.pid, MAKER_VIDEO_PID);
    assert_int_equal(video.program, MAKER_PROGRAM);
    assert_int_equal(video.codec, CODEC_AVC);
    assert_int_equal(video.packets, 2500);
    assert_int_equal(video.unit_step, 3600);
    assert_int_equal(video.pcr.count, 250);
    assert_int_equal(video.pcr.interval_max, 1080000);
    assert_string_equal(video.tstd.leak_by, "level 3.0");
    assert_int_equal(video.tstd.leak, 14400000);
    assert_int_equal(video.tstd.eb_size, 1500000);
    struct pid_statistics sound = laboratory_pid(laboratory, 7);
    assert_int_equal(sound.unit_step, 2160);
    assert_in_range(sound.margin_min, 27000 * 58, 27000 * 60);
    laboratory_free(&laboratory);
    findings_free(&findings);
    maker_free(&stream);
}

/* 204 bytes a packet, with something in front. */
static void long_packets_are_found(void **state)
{
    (void)state;
    struct made_stream *stream = clean(3);
    struct findings *findings = findings_new();
    struct laboratory *laboratory = laboratory_new(findings, NULL);
    uint8_t packet[204] = {0};

    laboratory_feed(laboratory, packet, 77);
    for (uint32_t k = 0; k < stream->count; k++) {
        memcpy(packet, stream->packet[k], TS_PACKET);
        laboratory_feed(laboratory, packet, sizeof packet);
    }
    laboratory_finish(laboratory);
    assert_int_equal(findings_count(findings), 0);
    assert_int_equal(laboratory_rate(laboratory).packets, 3000);
    laboratory_free(&laboratory);
    findings_free(&findings);
    maker_free(&stream);
}

static void noise_is_no_stream(void **state)
{
    (void)state;
    uint8_t noise[4000] = {0};
    struct findings *findings = findings_new();
    struct laboratory *laboratory = laboratory_new(findings, NULL);

    laboratory_feed(laboratory, noise, sizeof noise);
    laboratory_finish(laboratory);
    assert_int_equal(findings_total(findings, TS_SYNC_LOSS), 1);
    assert_true(findings_are_grave(findings));
    laboratory_free(&laboratory);
    findings_free(&findings);
}

/* Sections come out whole, in order, with the instants of their bytes. */
static void take_section(void *context, const struct measured_section *section)
{
    uint32_t *seen = context;

    assert_true(section->crc_good);
    if (section->pid == 0x14) {
        assert_int_equal(section->length, 8);
        assert_int_equal(section->bytes[0], 0x70);
    }
    if (section->pid ==
        MAKER_PMT_PID) { /* in packet 6, 106, ...: its first byte is byte 5, its last 5 + length - 1 */
        int64_t packet_at = (int64_t)(6 + 100 * *seen) * 27000;
        assert_in_range(section->first_at, packet_at + 27000 * 5 / 188 - 2, packet_at + 27000 * 5 / 188 + 2);
        assert_in_range(section->last_at - section->first_at,
                        27000 * ((int64_t)section->length - 1) / 188 - 2,
                        27000 * ((int64_t)section->length - 1) / 188 + 2);
        ++*seen;
    }
}

static void sections_are_handed_on(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);
    struct findings *findings = findings_new();
    uint32_t seen = 0;
    struct laboratory_listener listener = {take_section, &seen};
    struct laboratory *laboratory = laboratory_new(findings, &listener);

    laboratory_feed(laboratory, stream->packet[0], (size_t)stream->count * TS_PACKET);
    laboratory_finish(laboratory);
    assert_int_equal(seen, 50);
    laboratory_free(&laboratory);
    findings_free(&findings);
    maker_free(&stream);
}

/* Datagrams of seven packets that come 3 us early and late in turns. */
static void arrival_is_measured(void **state)
{
    (void)state;
    struct made_stream *stream = clean(20);
    struct findings *findings = findings_new();
    struct laboratory *laboratory = laboratory_new(findings, NULL);

    for (uint32_t k = 0; k + 7 <= stream->count; k += 7) {
        laboratory_arrival(laboratory, (int64_t)k * 1000000 + (k / 7 % 2 ? 3000 : -3000));
        laboratory_feed(laboratory, stream->packet[k], 7 * TS_PACKET);
    }
    laboratory_finish(laboratory);
    struct pcr_statistics pcr = laboratory_pid(laboratory, 6).pcr;
    assert_in_range(pcr.overall_max, 2500, 6100);
    assert_in_range(-pcr.overall_min, 2500, 6100);
    assert_int_equal(findings_count(findings), 0);
    laboratory_free(&laboratory);
    findings_free(&findings);
    maker_free(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_of_the_stream),
        cmocka_unit_test(long_packets_are_found),
        cmocka_unit_test(noise_is_no_stream),
        cmocka_unit_test(sections_are_handed_on),
        cmocka_unit_test(arrival_is_measured),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
