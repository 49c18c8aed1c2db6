/* The reports of `measure`: a small stream with a packet lost, another that follows a run of its PID, and the
 * NIT gone, as a person and as a machine read it; what is clean is said to be clean. Golden files:
 * tests/golden/measure.*. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "playout/measure/json_report.h"
#include "playout/measure/text_report.h"
#include "tests/stream_maker.h"

#include <glib.h>
#include <stdio.h>

#define SECONDS 25

struct report {
    struct measurement measurement;
    char *text, *json;
};

static void print(struct report *report, const struct arrival *arrival)
{
    const struct measured_source source = {.name = "small.ts", .arrival = arrival, .rtp = true};
    size_t size;
    FILE *file = open_memstream(&report->text, &size);
    const struct terminal terminal = {.file = file, .width = 80};
    assert_non_null(file);
    text_report_print(&report->measurement, &source, &terminal);
    fclose(file);
    file = open_memstream(&report->json, &size);
    assert_non_null(file);
    assert_true(json_report_print(&report->measurement, &source, file));
    fclose(file);
}

static void report_begin(struct report *report, const struct made_stream *stream,
                         const struct arrival *arrival)
{
    assert_true(measurement_init(&report->measurement));
    measurement_feed(&report->measurement, stream->packet[0], (size_t)stream->count * TS_PACKET);
    measurement_finish(&report->measurement);
    print(report, arrival);
}

static void report_end(struct report *report)
{
    measurement_fini(&report->measurement);
    free(report->text);
    free(report->json);
}

/* With UPDATE_GOLDEN in the environment the file is written anew, to be read and judged by whoever commits
 * it. */
static void assert_golden(const char *text, const char *path)
{
    char *golden;
    if (getenv("UPDATE_GOLDEN"))
        assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_true(g_file_get_contents(path, &golden, NULL, NULL));
    assert_string_equal(text, golden);
    g_free(golden);
}

static void clean_is_said_first(void **state)
{
    (void)state;
    struct made_stream *stream = maker_new(SECONDS);
    struct report report;
    report_begin(&report, stream, NULL);
    assert_true(g_str_has_prefix(report.text, "✓ nothing found in 0:24.9"));
    assert_null(strstr(report.text, "Findings"));
    assert_null(strstr(report.text, "\033"));
    assert_non_null(strstr(report.json, "\"verdict\": \"clean\""));
    assert_non_null(strstr(report.json, "\"findings\": []"));
    assert_non_null(strstr(report.json, "\"arrival\": null"));
    report_end(&report);
    maker_free(&stream);
}

static void broken_reads_as_the_golden_files(void **state)
{
    (void)state;
    struct made_stream *stream = maker_new(SECONDS);
    struct report report;
    maker_null(stream->packet[maker_find(stream, MAKER_VIDEO_PID, 7000, 3)]);
    maker_remove(stream, 0x10, 1500, SECONDS * 1000);
    report_begin(&report, stream, NULL);
    assert_golden(report.text, "tests/golden/measure.txt");
    assert_golden(report.json, "tests/golden/measure.json");
    report_end(&report);
    maker_free(&stream);
}

static void arrival_is_told_of_datagrams_only(void **state)
{
    (void)state;
    struct made_stream *stream = maker_new(2);
    struct report report;
    struct arrival *arrival = calloc(1, sizeof *arrival);
    assert_non_null(arrival);
    for (int i = 0; i < 286; i++)
        arrival_add(arrival, 7000000 * (int64_t)i + (i % 2) * 20000, i == 7 ? 2 : 0);
    report_begin(&report, stream, arrival);
    assert_non_null(strstr(report.text, "286 datagrams, 2 lost by RTP sequence number, 0 dropped"));
    assert_non_null(strstr(report.json, "\"lost\": 2"));
    assert_non_null(strstr(report.text, "< 30 us"));
    report_end(&report);
    free(arrival);
    maker_free(&stream);
}

static void no_stream_is_no_clean_stream(void **state)
{
    (void)state;
    struct report report;
    static const uint8_t noise[5000];
    assert_true(measurement_init(&report.measurement));
    measurement_feed(&report.measurement, noise, sizeof noise);
    measurement_finish(&report.measurement);
    print(&report, NULL);
    assert_true(g_str_has_prefix(report.text, "✗ no transport stream"));
    assert_non_null(strstr(report.json, "\"verdict\": \"broken\""));
    report_end(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(clean_is_said_first),
        cmocka_unit_test(broken_reads_as_the_golden_files),
        cmocka_unit_test(arrival_is_told_of_datagrams_only),
        cmocka_unit_test(no_stream_is_no_clean_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
