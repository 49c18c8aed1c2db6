/* station.xml: the two machines that send a station. */
#include "schedules/station.h"

#include "tests/schedules_fixture.h"

#define MULTIPLEX "<multiplex name='m' transport-stream-id='1' delivery='dvb-c 64qam 6875000'>\n"
#define SERVICE "<service id='a' service-id='1'><name xml:lang='zh'>a</name></service>\n"
#define TAIL "</multiplex></station>\n"

static struct station *parse(const char *text, struct diagnostics *faults)
{
    return station_parse_bytes(text, strlen(text), "station.xml", faults);
}

static void assert_refused(const char *text, int line, const char *said)
{
    struct diagnostics faults = {0};
    assert_null(parse(text, &faults));
    assert_true(faults.errors > 0);
    assert_true(reported(&faults, line, said));
    diagnostics_fini(&faults);
}

static void the_machines_that_send_it(void **state)
{
    (void)state;
    static const char *const refused[] = {"10.0.0.1:5010",
                                          "10.0.0.1:5010 10.0.0.1:5010",
                                          "10.0.0.1:5010 10.0.0.2",
                                          "10.0.0.1:5010 10.0.0.256:5010",
                                          "10.0.0.1:0 10.0.0.2:5010",
                                          "10.0.0.1:5010  10.0.0.2:5010",
                                          "10.0.0.1:5010 10.0.0.2:5010 10.0.0.3:5010",
                                          "left:5010 right:5010"};
    static const char format[] =
        "<station xmlns='urn:chalkcast:station:1' id='sample' timezone='Asia/Shanghai' country='CHN'%s>\n"
        "<house video='h264-720p25' audio='mp2-128k'/>\n"
        "<network network-id='1' original-network-id='1'><name xml:lang='zh'>n</name></network>\n" MULTIPLEX
            SERVICE TAIL;
    struct diagnostics faults = {0};
    char *text = g_strdup_printf(format, " machines='10.0.0.1:5010 10.0.0.2:5011' merge-window='50'");
    struct station *station = parse(text, &faults);
    assert_non_null(station);
    assert_string_equal(station->machines[0], "10.0.0.1:5010");
    assert_string_equal(station->machines[1], "10.0.0.2:5011");
    assert_int_equal(station->merge_window, 50);
    station_free(&station);
    g_free(text);
    for (size_t i = 0; i < G_N_ELEMENTS(refused); i++) {
        char *machines = g_strdup_printf(" machines='%s'", refused[i]);
        text = g_strdup_printf(format, machines);
        assert_refused(text, 1, "two different ADDRESS:PORT");
        g_free(text);
        g_free(machines);
    }
    text = g_strdup_printf(format, " merge-window='451'");
    assert_refused(text, 1, "merge-window");
    g_free(text);
    text = g_strdup_printf(format, "");
    station = parse(text, &faults);
    assert_null(station->machines[0]);
    assert_int_equal(station->merge_window, 10);
    station_free(&station);
    g_free(text);
    diagnostics_fini(&faults);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_machines_that_send_it)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
