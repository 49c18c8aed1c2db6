/* Dates, lengths and zones, against instants that were computed by `date -d ... +%s`. */
#include "schedules/calendar.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct zone *zone_of(const char *name)
{
    struct zone *zone = zone_new(name);
    assert_non_null(zone);
    return zone;
}

static void assert_instant(const char *text, const char *zone_name, int64_t second, uint32_t ns)
{
    struct zone *zone = zone_of(zone_name);
    int64_t found = -1;
    uint32_t found_ns = 77;
    assert_true(calendar_parse_instant(text, zone, &found, &found_ns));
    assert_int_equal(found, second);
    assert_int_equal(found_ns, ns);
    zone_free(&zone);
    assert_null(zone);
}

static void assert_no_instant(const char *text, const char *zone_name)
{
    struct zone *zone = zone_of(zone_name);
    int64_t second = 5;
    uint32_t ns = 6;
    if (calendar_parse_instant(text, zone, &second, &ns))
        fail_msg("\"%s\" was taken for an instant", text);
    assert_int_equal(second, 5);
    assert_int_equal(ns, 6);
    zone_free(&zone);
}

static void instants_with_offset_z_and_none(void **state)
{
    (void)state;
    assert_instant("2020-03-02T08:00:00+08:00", "Asia/Shanghai", 1583107200, 0);
    assert_instant("2020-03-02T00:00:00Z", "Asia/Shanghai", 1583107200, 0);
    assert_instant("2020-03-02T08:00:00", "Asia/Shanghai", 1583107200, 0);
    assert_instant("2020-03-02 08:00:00", "Asia/Shanghai", 1583107200, 0);
    assert_instant("2020-03-01t18:30:00-05:30", "Asia/Shanghai", 1583107200, 0);
    assert_instant("2020-03-02T08:00:00.25+08:00", "Asia/Shanghai", 1583107200, 250000000);
    assert_instant("2020-03-02T08:00:00.000000001", "Asia/Shanghai", 1583107200, 1);
    assert_instant("1970-01-01T00:00:00Z", "Asia/Shanghai", 0, 0);
    assert_instant("1969-12-31T23:59:59Z", "Asia/Shanghai", -1, 0);
}

static void only_real_dates(void **state)
{
    (void)state;
    assert_instant("2020-02-29T00:00:00Z", "Asia/Shanghai", 1582934400, 0);
    assert_instant("2000-02-29T00:00:00Z", "Asia/Shanghai", 951782400, 0);
    static const char *const wrong[] = {
        "2019-02-29T00:00:00Z", "2100-02-29T00:00:00Z", "2020-02-30T00:00:00Z", "2020-04-31T00:00:00Z",
        "2020-13-01T00:00:00Z", "2020-00-10T00:00:00Z", "2020-01-00T00:00:00Z", "0000-01-01T00:00:00Z",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_no_instant(wrong[i], "Asia/Shanghai");
}

static void only_real_clock_times(void **state)
{
    (void)state;
    assert_instant("2020-03-02T23:59:59Z", "Asia/Shanghai", 1583193599, 0);
    static const char *const wrong[] = {
        "2020-03-02T24:00:00Z",
        "2020-03-02T08:60:00Z",
        "2020-03-02T08:00:60Z",
        "2020-03-02T08:00Z",
        "2020-03-02T8:00:00Z",
        "2020-03-02",
        "",
        "2020-03-02T08:00:00.",
        "2020-03-02T08:00:00.0000000001Z",
        "2020-03-02T08:00:00+24:00",
        "2020-03-02T08:00:00+8",
        "2020-03-02T08:00:00+08:60",
        " 2020-03-02T08:00:00Z",
        "2020-03-02T08:00:00Z ",
        "2020-3-02T08:00:00Z",
        "2020-03-02X08:00:00Z",
        "-020-03-02T08:00:00Z",
        "2020-03-02T-8:00:00Z",
        "２０２０-03-02T08:00:00Z",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        assert_no_instant(wrong[i], "Asia/Shanghai");
}

static void local_time_when_clocks_change(void **state)
{
    (void)state;
    /* Berlin, 29 March 2020: 02:00 becomes 03:00; 25 October: 03:00 becomes 02:00. */
    assert_instant("2020-03-29T01:59:59", "Europe/Berlin", 1585443599, 0);
    assert_no_instant("2020-03-29T02:00:00", "Europe/Berlin");
    assert_no_instant("2020-03-29T02:59:59", "Europe/Berlin");
    assert_instant("2020-03-29T03:00:00", "Europe/Berlin", 1585443600, 0);
    assert_instant("2020-10-25T01:59:59", "Europe/Berlin", 1603583999, 0);
    assert_instant("2020-10-25T02:30:00", "Europe/Berlin", 1603585800, 0); /* the first: +02:00 */
    assert_instant("2020-10-25T02:30:00+01:00", "Europe/Berlin", 1603589400, 0);
    assert_instant("2020-10-25T03:00:00", "Europe/Berlin", 1603591200, 0);
    /* Half an hour on Lord Howe; a whole day that Samoa left out. */
    assert_no_instant("2020-10-04T02:15:00", "Australia/Lord_Howe");
    assert_instant("2020-10-04T02:30:00", "Australia/Lord_Howe", 1601739000, 0);
    assert_no_instant("2011-12-30T12:00:00", "Pacific/Apia");
}

static void days_of_23_and_25_hours(void **state)
{
    (void)state;
    struct zone *berlin = zone_of("Europe/Berlin");
    int64_t midnights[6];
    static const char *const texts[] = {"2020-03-29T00:00:00", "2020-03-30T00:00:00", "2020-10-25T00:00:00",
                                        "2020-10-26T00:00:00", "2020-06-01T00:00:00", "2020-06-02T00:00:00"};
    uint32_t ns;
    for (size_t i = 0; i < 6; i++)
        assert_true(calendar_parse_instant(texts[i], berlin, &midnights[i], &ns));
    assert_int_equal(midnights[1] - midnights[0], 23 * 3600);
    assert_int_equal(midnights[3] - midnights[2], 25 * 3600);
    assert_int_equal(midnights[5] - midnights[4], 24 * 3600);
    for (size_t i = 0; i < 6; i += 2) {
        assert_int_equal(calendar_day(midnights[i + 1], berlin), calendar_day(midnights[i], berlin) + 1);
        assert_int_equal(calendar_day(midnights[i + 1] - 1, berlin), calendar_day(midnights[i], berlin));
    }
    zone_free(&berlin);
}

static void lengths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t seconds;
        uint32_t ns;
    } good[] = {
        {"90s", 90, 0},         {"10m", 600, 0},           {"2h", 7200, 0},          {"1.5s", 1, 500000000},
        {"0.001s", 0, 1000000}, {"PT20M", 1200, 0},        {"PT1H30M", 5400, 0},     {"P1D", 86400, 0},
        {"P1DT1S", 86401, 0},   {"PT23H59M59S", 86399, 0}, {"PT0.5S", 0, 500000000}, {"1h30m", 5400, 0},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        int64_t seconds;
        uint32_t ns;
        assert_true(calendar_parse_length(good[i].text, &seconds, &ns));
        assert_int_equal(seconds, good[i].seconds);
        assert_int_equal(ns, good[i].ns);
    }
    static const char *const wrong[] = {
        "",       "0s",    "PT0S",  "-5s",    "PT",    "P",      "P1DT",
        "20",     "20 m",  "PT20",  "PT1M1H", "1.5m",  "P1M",    "P1Y",
        "1m1m",   "PT1H1", "PT-5M", "m",      "1.s",   "1x",     "1234567890s",
        "PT20Mx", "20mx",  "P1H",   "T20M",   "pt20m", "PT1.5M", "1.0000000001s",
    };
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        int64_t seconds = 5;
        uint32_t ns = 6;
        if (calendar_parse_length(wrong[i], &seconds, &ns))
            fail_msg("\"%s\" was taken for a length", wrong[i]);
        assert_int_equal(seconds, 5);
        assert_int_equal(ns, 6);
    }
}

static void zones_by_name_only(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",  "Mars/Olympus",  "+08:00", "../etc/passwd", "Asia/../UTC", "/etc/passwd", "Asia",
        "8", "Asia/Shanghai "};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        if (zone_new(wrong[i]))
            fail_msg("\"%s\" was taken for a zone", wrong[i]);
    struct zone *zone = zone_of("Asia/Urumqi");
    assert_int_equal(zone_offset(zone, 1583107200), 6 * 3600);
    zone_free(&zone);
    zone_free(&zone); /* of none is nothing */
}

static void next_change_of_offset(void **state)
{
    (void)state;
    struct zone *shanghai = zone_of("Asia/Shanghai"), *berlin = zone_of("Europe/Berlin");
    assert_int_equal(zone_next_change(shanghai, 1583107200), INT64_MAX);
    assert_int_equal(zone_next_change(berlin, 1583107200), 1585443600);
    assert_int_equal(zone_next_change(berlin, 1585443599), 1585443600);
    assert_int_equal(zone_next_change(berlin, 1585443600), 1603587600);
    assert_int_equal(zone_offset(berlin, 1585443599), 3600);
    assert_int_equal(zone_offset(berlin, 1585443600), 7200);
    zone_free(&shanghai);
    zone_free(&berlin);
}

static void written_as_read(void **state)
{
    (void)state;
    struct zone *shanghai = zone_of("Asia/Shanghai"), *york = zone_of("America/New_York");
    char text[CALENDAR_TEXT];
    assert_string_equal(calendar_text(1583107200, shanghai, text), "2020-03-02T08:00:00+08:00");
    assert_string_equal(calendar_text(1583107200, york, text), "2020-03-01T19:00:00-05:00");
    assert_string_equal(calendar_text(1583107200, NULL, text), "2020-03-02T00:00:00+00:00");
    assert_string_equal(calendar_format(1583107261, shanghai, "%H:%M:%S", text), "08:01:01");
    assert_int_equal(calendar_day(1583107200, NULL), 18323);
    assert_int_equal(calendar_day(1583107199, NULL), 18322);
    assert_int_equal(calendar_day(1583107199, shanghai), 18323);
    assert_int_equal(calendar_day(-1, NULL), -1);
    zone_free(&shanghai);
    zone_free(&york);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(instants_with_offset_z_and_none),
        cmocka_unit_test(only_real_dates),
        cmocka_unit_test(only_real_clock_times),
        cmocka_unit_test(local_time_when_clocks_change),
        cmocka_unit_test(days_of_23_and_25_hours),
        cmocka_unit_test(lengths),
        cmocka_unit_test(zones_by_name_only),
        cmocka_unit_test(next_change_of_offset),
        cmocka_unit_test(written_as_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
