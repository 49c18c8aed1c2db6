/* The laboratory and streams as they come: packets of other lengths, tables that come late or change,
 * programmes and whole streams without PCRs. */
#include "mux/measure/laboratory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/stream_maker.h"

static struct findings *measure(const struct made_stream *stream)
{
    struct findings *findings = findings_new();
    struct laboratory *laboratory = laboratory_new(findings, NULL);

    assert_non_null(laboratory);
    laboratory_feed(laboratory, stream->packet[0], (size_t)stream->count * TS_PACKET);
    laboratory_finish(laboratory);
    laboratory_free(&laboratory);
    return findings;
}

/* This rule is broken so often and no other; ends the stream. */
static void assert_only(struct made_stream *stream, enum indicator broken, uint64_t count)
{
    struct findings *findings = measure(stream);

    assert_int_equal(findings_total(findings, broken), count);
    assert_int_equal(findings_count(findings), count > 0);
    findings_free(&findings);
    maker_free(&stream);
}

static struct made_stream *made(uint32_t seconds)
{
    struct made_stream *stream = maker_new(seconds);

    assert_non_null(stream);
    return stream;
}

/* Of 192 bytes (a time before each) and of 204 (check bytes behind each), in pieces of any size. */
static void longer_packets_are_taken(void **state)
{
    (void)state;
    for (size_t period = 192; period <= 204; period += 12) {
        struct made_stream *stream = made(2);
        size_t before = period == 192 ? 4 : 0, length = stream->count * period;
        uint8_t *bytes = calloc(1, length);
        struct findings *findings = findings_new();
        struct laboratory *laboratory = laboratory_new(findings, NULL);
        assert_non_null(bytes);
        for (uint32_t k = 0; k < stream->count; k++)
            memcpy(bytes + k * period + before, stream->packet[k], TS_PACKET);
        for (size_t i = 0; i < length; i += 1001)
            laboratory_feed(laboratory, bytes + i, length - i < 1001 ? length - i : 1001);
        laboratory_finish(laboratory);
        assert_int_equal(laboratory_rate(laboratory).packets, stream->count);
        assert_int_equal(findings_count(findings), 0);
        laboratory_free(&laboratory);
        findings_free(&findings);
        maker_free(&stream);
        free(bytes);
    }
}

static void a_pat_that_comes_late_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = made(5);

    maker_remove(stream, 0, 0, 700);
    struct findings *findings = measure(stream);
    assert_int_equal(findings_total(findings, PAT_ERROR), 1);
    findings_free(&findings);
    maker_free(&stream);
}

/* Of two sections the second is given up, and a programme of the first one with it. */
static void a_pat_that_becomes_shorter_is_followed(void **state)
{
    (void)state;
    struct made_stream *stream = made(5);
    uint8_t section[256], first[] = {0, 102, 0xE5, 0x55}, second[] = {0, 103, 0xE6, 0x66};

    maker_remove(stream, 0, 0, 2000);
    for (uint32_t k = 15; k < 2000; k += 100) {
        size_t n = maker_pat(section) - 4;
        memcpy(section + n, first, sizeof first);
        section[7] = 1;
        n = maker_seal(section, n + sizeof first - 3);
        uint32_t next = maker_put_section(stream, k, 0, section, n);
        n = maker_head(section, 0x00, MAKER_TSID, 1, 1);
        memcpy(section + n, second, sizeof second);
        n = maker_seal(section, n + sizeof second - 3);
        maker_put_section(stream, next, 0, section, n);
    }
    maker_renumber(stream, 0);
    struct findings *findings = measure(stream);
    assert_int_equal(findings_total(findings, PAT_ERROR), 0);
    assert_int_equal(findings_total(findings, PMT_ERROR), 0); /* of 102 and 103: they are gone */
    findings_free(&findings);
    maker_free(&stream);
}

/* Another PMT in the place of the one that is there. */
static void put_pmt(struct made_stream *stream, const uint8_t *pmt, size_t length)
{
    maker_remove(stream, MAKER_PMT_PID, 0, stream->count);
    for (uint32_t k = 6; k < stream->count; k += 100)
        maker_put_section(stream, k, MAKER_PMT_PID, pmt, length);
    maker_renumber(stream, MAKER_PMT_PID);
}

static void a_programme_without_pcrs_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = made(5);
    uint8_t pmt[256];
    size_t length = maker_pmt(pmt);

    pmt[8] = 0xE0 | MAKER_AUDIO_PID >> 8; /* PCR_PID: there are PCRs, but not on this one */
    pmt[9] = MAKER_AUDIO_PID & 0xFF;
    put_pmt(stream, pmt, maker_seal(pmt, length - 4 - 3));
    assert_only(stream, PCR_REPETITION_ERROR, 1);
}

/* Sound that has no decoder model here is missed all the same. */
static void any_sound_that_is_gone_is_named(void **state)
{
    (void)state;
    static const uint8_t types[] = {0x11, 0x87};

    for (size_t i = 0; i < sizeof types; i++) {
        struct made_stream *stream = made(12);
        uint8_t pmt[256];
        size_t length = maker_pmt(pmt);
        pmt[17] = types[i];
        put_pmt(stream, pmt, maker_seal(pmt, length - 4 - 3));
        maker_remove(stream, MAKER_AUDIO_PID, 3000, 8100);
        struct findings *findings = measure(stream);
        assert_int_equal(findings_total(findings, PID_ERROR), 1);
        assert_int_equal(findings_total(findings, PTS_ERROR), 1);
        assert_int_equal(findings_count(findings), 2);
        findings_free(&findings);
        maker_free(&stream);
    }
}

/* Nothing has a time: no rule of times is broken. */
static void a_stream_without_any_pcr_is_not_judged_by_times(void **state)
{
    (void)state;
    struct made_stream *stream = made(30);

    for (uint32_t k = 0; k < stream->count; k++)
        if (packet_has_pcr(stream->packet[k]))
            stream->packet[k][5] = 0;
    assert_only(stream, PCR_REPETITION_ERROR, 0);
}

static void count_section(void *context, const struct measured_section *section)
{
    uint32_t *count = context;

    *count += section->pid == 0;
}

/* What comes before the second PCR waits, and is dated and judged like the rest. */
static void the_beginning_is_judged(void **state)
{
    (void)state;
    struct made_stream *stream = made(2);
    struct findings *findings = findings_new();
    uint32_t count = 0;
    const struct laboratory_listener listener = {count_section, &count};
    struct laboratory *laboratory = laboratory_new(findings, &listener);

    laboratory_feed(laboratory, stream->packet[0], (size_t)stream->count * TS_PACKET);
    laboratory_finish(laboratory);
    assert_int_equal(count, 20); /* ten PATs a second, the first at 2 ms */
    laboratory_free(&laboratory);
    findings_free(&findings);
    maker_free(&stream);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(longer_packets_are_taken),
        cmocka_unit_test(a_pat_that_comes_late_is_named),
        cmocka_unit_test(a_pat_that_becomes_shorter_is_followed),
        cmocka_unit_test(a_programme_without_pcrs_is_named),
        cmocka_unit_test(any_sound_that_is_gone_is_named),
        cmocka_unit_test(a_stream_without_any_pcr_is_not_judged_by_times),
        cmocka_unit_test(the_beginning_is_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
