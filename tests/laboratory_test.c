/* The laboratory below the service information: for each indicator a small stream made to break exactly that
 * rule. It names that rule, and besides it only those of which the table here says that the standard makes
 * them follow. */
#include "mux/measure/laboratory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/stream_maker.h"

#define ONE(x) (UINT64_C(1) << (x))

/* What follows from a broken rule:
 * - without sync nothing is received: sync bytes are bad, and what was due meanwhile is late;
 * - PCRs more than 100 ms apart are also more than 100 ms of clock apart (2.3b has the same limit);
 * - where the clock jumps against the time stamps, units are late, or stay too long;
 * - a stream that is gone for longer than 5 s has no time stamps either. */
static const uint64_t follows[INDICATORS] = {
    [TS_SYNC_LOSS] = ONE(SYNC_BYTE_ERROR),
    [PID_ERROR] = ONE(PTS_ERROR) | ONE(TIME_STAMP_JUMP),
    [PCR_REPETITION_ERROR] = ONE(PCR_DISCONTINUITY_INDICATOR_ERROR),
    [PCR_DISCONTINUITY_INDICATOR_ERROR] = ONE(BUFFER_ERROR) | ONE(DATA_DELAY_ERROR),
    [TIME_STAMP_JUMP] = 0,
};

static void print_findings(struct findings *findings)
{
    for (size_t i = 0; i < findings_count(findings); i++) {
        const struct finding *finding = findings_get(findings, i);
        print_message("%s PID 0x%04X %lu times, first %.3f s: %s\n", indicator_info(finding->indicator)->name,
                      finding->pid, (unsigned long)finding->count, (double)finding->first_at / 27e6,
                      finding->text);
    }
}

static struct findings *measure(const struct made_stream *stream)
{
    struct findings *findings = findings_new();
    struct laboratory *laboratory = laboratory_new(findings, NULL);

    assert_non_null(laboratory);
    laboratory_feed(laboratory, stream->packet[0], (size_t)stream->count * TS_PACKET);
    laboratory_finish(laboratory);
    laboratory_free(&laboratory);
    assert_null(laboratory);
    return findings;
}

/* Exactly this rule is named, on this PID, so often; ends the stream. */
static void assert_names_on(struct made_stream *stream, enum indicator broken, uint16_t pid, uint64_t count)
{
    struct findings *findings = measure(stream);
    bool good = findings_total(findings, broken) == count;

    for (size_t i = 0; i < findings_count(findings); i++) {
        const struct finding *finding = findings_get(findings, i);
        bool named = finding->indicator == broken && finding->pid == pid;
        good &= named || (follows[broken] >> finding->indicator & 1);
        good &= strlen(finding->text) > 0 && finding->first_at <= finding->last_at;
    }
    if (!good)
        print_findings(findings);
    assert_true(good);
    findings_free(&findings);
    maker_free(&stream);
}

static struct made_stream *clean(uint32_t seconds)
{
    struct made_stream *stream = maker_new(seconds);

    assert_non_null(stream);
    return stream;
}

static void a_clean_stream_yields_nothing(void **state)
{
    (void)state;
    struct made_stream *stream = clean(40);
    struct findings *findings = measure(stream);

    print_findings(findings);
    assert_int_equal(findings_count(findings), 0);
    assert_false(findings_are_grave(findings));
    findings_free(&findings);
    maker_free(&stream);
}

/* ---- priority 1 ---- */

static void sync_loss_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);
    uint32_t k = 2000;

    while (packet_get_pid(stream->packet[k]) != PACKET_NULL_PID ||
           packet_get_pid(stream->packet[k + 1]) != PACKET_NULL_PID)
        k++;
    stream->packet[k][0] = stream->packet[k + 1][0] = 0xB8;
    assert_names_on(stream, TS_SYNC_LOSS, FINDING_NO_PID, 1);
}

static void a_bad_sync_byte_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    stream->packet[2000][0] = stream->packet[3001][0] = 0x46;
    assert_names_on(stream, SYNC_BYTE_ERROR, FINDING_NO_PID, 2);
}

static void a_missing_pat_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    maker_remove(stream, 0, 1003, 1600); /* from 1002 to 1602 */
    assert_names_on(stream, PAT_ERROR, 0, 1);
    stream = clean(5);
    maker_remove(stream, 0, 1003, 1500); /* 500 ms are allowed */
    assert_names_on(stream, PAT_ERROR, 0, 0);
}

static void another_table_on_the_pid_of_the_pat_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);
    uint8_t section[256];
    size_t length = maker_sdt(section);

    maker_put_section(stream, 1050, 0, section, length);
    maker_renumber(stream, 0);
    assert_names_on(stream, PAT_ERROR, 0, 1);
}

static void a_wrong_counter_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);
    uint32_t k = maker_find(stream, MAKER_VIDEO_PID, 1000, 5); /* in the middle of a picture */

    maker_null(stream->packet[k]);
    assert_names_on(stream, CONTINUITY_COUNT_ERROR, MAKER_VIDEO_PID, 1);
}

static void a_packet_for_the_third_time_is_named(void **state)
{
    (void)state;
    for (uint32_t copies = 1; copies <= 2; copies++) {
        struct made_stream *stream = clean(5);
        uint32_t k = maker_find(stream, MAKER_VIDEO_PID, 1000, 5);
        for (uint32_t i = 1; i <= copies; i++)
            memcpy(stream->packet[k + i], stream->packet[k], TS_PACKET);
        for (uint32_t i = 1; i <= copies; i++) /* of what was there, only null packets may be lost */
            assert_int_equal(packet_get_pid(stream->packet[k + i]), MAKER_VIDEO_PID);
        maker_renumber(stream, MAKER_AUDIO_PID);
        assert_names_on(stream, CONTINUITY_COUNT_ERROR, MAKER_VIDEO_PID, copies - 1);
    }
}

static void a_missing_pmt_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    maker_remove(stream, MAKER_PMT_PID, 1007, 1600);
    assert_names_on(stream, PMT_ERROR, MAKER_PMT_PID, 1);
}

static void a_stream_that_is_gone_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(12);

    maker_remove(stream, MAKER_AUDIO_PID, 3000, 8100);
    assert_names_on(stream, PID_ERROR, MAKER_AUDIO_PID, 1);
    stream = clean(12);
    maker_remove(stream, MAKER_AUDIO_PID, 6000, 12000); /* for good */
    assert_names_on(stream, PID_ERROR, MAKER_AUDIO_PID, 1);
}

/* ---- priority 2 ---- */

static void a_transport_error_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    stream->packet[maker_find(stream, MAKER_VIDEO_PID, 1000, 5)][1] |= 0x80;
    assert_names_on(stream, TRANSPORT_ERROR, MAKER_VIDEO_PID, 1);
}

static void a_wrong_crc_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    stream->packet[maker_find(stream, MAKER_PMT_PID, 1000, 0)][15] ^= 1;
    assert_names_on(stream, CRC_ERROR, MAKER_PMT_PID, 1);
    stream = clean(5);
    stream->packet[maker_find(stream, 0x12, 1000, 0)][15] ^= 1;
    assert_names_on(stream, CRC_ERROR, 0x12, 1);
}

static void rare_pcrs_are_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    stream->packet[1040][5] = stream->packet[1080][5] = 0; /* from 1000 to 1120 ms */
    assert_names_on(stream, PCR_REPETITION_ERROR, MAKER_VIDEO_PID, 1);
}

static void a_jump_of_the_clock_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(6);

    for (uint32_t k = 2000; k < stream->count; k += 40)
        packet_set_pcr(stream->packet[k], maker_pcr(k) + 27000 * 300);
    assert_names_on(stream, PCR_DISCONTINUITY_INDICATOR_ERROR, MAKER_VIDEO_PID, 1);
    stream = clean(6); /* announced, it is none */
    for (uint32_t k = 2000; k < stream->count; k += 40)
        packet_set_pcr(stream->packet[k], maker_pcr(k) + 27000 * 20);
    stream->packet[2000][5] |= 0x80;
    assert_names_on(stream, PCR_DISCONTINUITY_INDICATOR_ERROR, MAKER_VIDEO_PID, 0);
}

static void an_inaccurate_pcr_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(6);

    packet_set_pcr(stream->packet[2000], maker_pcr(2000) + 16); /* 593 ns, seen 550 or more */
    assert_names_on(stream, PCR_ACCURACY_ERROR, MAKER_VIDEO_PID, 1);
    stream = clean(6);
    packet_set_pcr(stream->packet[2000], maker_pcr(2000) + 12); /* 444 ns */
    assert_names_on(stream, PCR_ACCURACY_ERROR, MAKER_VIDEO_PID, 0);
}

static void rare_time_stamps_are_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    for (uint32_t k = 1040; k < 1760; k += 40) /* one of 760 ms */
        stream->packet[k][4 + 8 + 7] = 0;      /* PTS_DTS_flags */
    assert_names_on(stream, PTS_ERROR, MAKER_VIDEO_PID, 1);
}

static void scrambling_without_a_cat_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    for (uint32_t k = 0; k < stream->count; k++)
        if (packet_get_pid(stream->packet[k]) == MAKER_AUDIO_PID)
            stream->packet[k][3] |= 0x80;
    struct findings *findings = measure(stream);
    uint64_t count = findings_total(findings, CAT_ERROR);
    assert_true(count > 500);
    findings_free(&findings);
    assert_names_on(stream, CAT_ERROR, MAKER_AUDIO_PID, count);
}

static void another_table_on_the_pid_of_the_cat_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);
    uint8_t section[256];
    size_t length = maker_sdt(section);

    maker_put_section(stream, 1050, 1, section, length);
    assert_names_on(stream, CAT_ERROR, 1, 1);
}

/* ---- priority 3 ---- */

/* The decoder holds too much: sound comes at once that is heard much later. */
static void an_overflow_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    for (uint32_t k = maker_find(stream, MAKER_AUDIO_PID, 0, 0); k < stream->count;
         k = maker_find(stream, MAKER_AUDIO_PID, k + 1, 0)) {
        uint8_t *packet = stream->packet[k];
        uint32_t at = packet_payload_offset(packet) + 9;
        if (packet_is_start(packet))
            packet_set_pes_time(packet + at, packet_get_pes_time(packet + at) + 90 * 250);
    }
    struct findings *findings = measure(stream);
    uint64_t count = findings_total(findings, BUFFER_ERROR);
    assert_true(count > 100);
    findings_free(&findings);
    assert_names_on(stream, BUFFER_ERROR, MAKER_AUDIO_PID, count);
}

static void an_underflow_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    for (uint32_t k = 0; k < stream->count; k += 40)
        packet_set_pes_time(stream->packet[k] + 4 + 8 + 9, (uint64_t)(MAKER_CLOCK + (k + 35) * 90));
    assert_names_on(stream, BUFFER_ERROR, MAKER_VIDEO_PID, 124); /* the last picture is not whole */
}

static void an_unreferenced_pid_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);
    uint8_t bytes[184] = {0};

    for (uint32_t k = 3; k < stream->count; k += 100)
        maker_put(stream, k, 0x321, false, false, bytes, sizeof bytes);
    maker_renumber(stream, 0x321);
    assert_names_on(stream, UNREFERENCED_PID, 0x321, 1);
}

/* Subtitles leave TB at 192 kb/s: six packets in 47 ms. Two to begin with, then six each 47 ms of adaptation
 * fields alone, and it never runs empty. */
static void a_buffer_that_is_never_empty_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);
    uint8_t pmt[256],
        subtitles[] = {0x06, 0xE0 | MAKER_AUDIO_PID >> 8, MAKER_AUDIO_PID & 0xFF, 0xF0, 2, 0x59, 0};
    size_t length = maker_pmt(pmt) - 4 - 11;

    memcpy(pmt + length, subtitles, sizeof subtitles); /* in the place of the sound */
    length = maker_seal(pmt, length + sizeof subtitles - 3);
    maker_remove(stream, MAKER_PMT_PID, 0, stream->count);
    maker_remove(stream, MAKER_AUDIO_PID, 0, stream->count);
    for (uint32_t k = 6; k < stream->count; k += 100)
        maker_put_section(stream, k, MAKER_PMT_PID, pmt, length);
    maker_renumber(stream, MAKER_PMT_PID);
    for (uint32_t n = 0; n < 300; n++) {
        uint32_t k = 1001 + 47 * (n / 6) + 8 * (n % 6) - (n < 2 ? n * 6 : 0);
        while (packet_get_pid(stream->packet[k]) != PACKET_NULL_PID)
            k++;
        maker_put(stream, k, MAKER_AUDIO_PID, false, false, pmt, 0);
        stream->packet[k][3] = 0x20;
    }
    struct findings *findings = measure(stream);
    uint64_t count = findings_total(findings, EMPTY_BUFFER_ERROR);
    assert_int_equal(count, 2);
    findings_free(&findings);
    assert_names_on(stream, EMPTY_BUFFER_ERROR, MAKER_AUDIO_PID, count);
}

static void data_that_stays_too_long_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    for (uint32_t k = 0; k < stream->count; k += 40)
        packet_set_pes_time(stream->packet[k] + 4 + 8 + 9, (uint64_t)(MAKER_CLOCK + (k + 1010) * 90));
    assert_names_on(stream, DATA_DELAY_ERROR, MAKER_VIDEO_PID, 124);
}

/* ---- our own ---- */

static void a_jump_of_time_stamps_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(5);

    for (uint32_t k = 2000; k < stream->count; k += 40)
        packet_set_pes_time(stream->packet[k] + 4 + 8 + 9,
                            (uint64_t)(MAKER_CLOCK + (k + MAKER_VIDEO_LEAD + 10) * 90));
    assert_names_on(stream, TIME_STAMP_JUMP, MAKER_VIDEO_PID, 1);
    stream = clean(5); /* a frame of sound that is not there */
    maker_remove(stream, MAKER_AUDIO_PID, 2400, 2424);
    assert_names_on(stream, TIME_STAMP_JUMP, MAKER_AUDIO_PID, 1);
}

/* Each step is within rounding, and all go the same way: 1/90 ms each 40 ms. */
static void a_slow_drift_is_named(void **state)
{
    (void)state;
    struct made_stream *stream = clean(30);

    for (uint32_t k = 0; k < stream->count; k += 40)
        packet_set_pes_time(stream->packet[k] + 4 + 8 + 9,
                            (uint64_t)(MAKER_CLOCK + (k + MAKER_VIDEO_LEAD) * 90 - k / 40));
    assert_names_on(stream, PTS_DRIFT, MAKER_VIDEO_PID, 1);
}

static void the_end_of_the_clock_is_passed(void **state)
{
    (void)state;
    struct made_stream *stream = clean(6);
    uint64_t shift = PACKET_PTS_MODULUS - MAKER_CLOCK - 3 * 90000; /* it ends in the middle */

    for (uint32_t k = 0; k < stream->count; k++) {
        uint8_t *packet = stream->packet[k], *stamp = packet + packet_payload_offset(packet) + 9;
        uint16_t pid = packet_get_pid(packet);
        if (packet_has_pcr(packet))
            packet_set_pcr(packet, (maker_pcr(k) + shift * 300) % (PACKET_PTS_MODULUS * 300));
        if ((pid == MAKER_VIDEO_PID || pid == MAKER_AUDIO_PID) && packet_is_start(packet))
            packet_set_pes_time(stamp, (packet_get_pes_time(stamp) + shift) % PACKET_PTS_MODULUS);
    }
    assert_names_on(stream, TIME_STAMP_JUMP, MAKER_VIDEO_PID, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_stream_yields_nothing),
        cmocka_unit_test(sync_loss_is_named),
        cmocka_unit_test(a_bad_sync_byte_is_named),
        cmocka_unit_test(a_missing_pat_is_named),
        cmocka_unit_test(another_table_on_the_pid_of_the_pat_is_named),
        cmocka_unit_test(a_wrong_counter_is_named),
        cmocka_unit_test(a_packet_for_the_third_time_is_named),
        cmocka_unit_test(a_missing_pmt_is_named),
        cmocka_unit_test(a_stream_that_is_gone_is_named),
        cmocka_unit_test(a_transport_error_is_named),
        cmocka_unit_test(a_wrong_crc_is_named),
        cmocka_unit_test(rare_pcrs_are_named),
        cmocka_unit_test(a_jump_of_the_clock_is_named),
        cmocka_unit_test(an_inaccurate_pcr_is_named),
        cmocka_unit_test(rare_time_stamps_are_named),
        cmocka_unit_test(scrambling_without_a_cat_is_named),
        cmocka_unit_test(another_table_on_the_pid_of_the_cat_is_named),
        cmocka_unit_test(an_overflow_is_named),
        cmocka_unit_test(an_underflow_is_named),
        cmocka_unit_test(an_unreferenced_pid_is_named),
        cmocka_unit_test(a_buffer_that_is_never_empty_is_named),
        cmocka_unit_test(data_that_stays_too_long_is_named),
        cmocka_unit_test(a_jump_of_time_stamps_is_named),
        cmocka_unit_test(a_slow_drift_is_named),
        cmocka_unit_test(the_end_of_the_clock_is_passed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
