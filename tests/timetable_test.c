/* timetables/NAME.xml: what a good one becomes, and what is said of a bad one. */
#include "schedules/timetable.h"

#include "schedules/item.h"
#include "tests/schedules_fixture.h"

#define DATA "tests/data/schedules/"
#define EIGHT_O_CLOCK 1583107200 /* 2020-03-02T08:00:00+08:00 */

static int set_up(void **state)
{
    *state = station_in(STATION_IN("Asia/Shanghai"));
    return 0;
}

static int tear_down(void **state)
{
    station_free((struct station **)state);
    return 0;
}

static void assert_value_refused(const struct station *station, const char *name, const char *value)
{
    char *text = lesson_with(name, value),
         *said = g_strdup_printf("%s of <lesson> is \"%s\"; accepted is ", name, value);
    struct diagnostics faults = {0};
    assert_null(parse_timetable(text, station, &faults));
    assert_int_equal(faults.count, 1); /* said once, not by grammar and code */
    assert_true(reported(&faults, 2, said));
    diagnostics_fini(&faults);
    g_free(said);
    g_free(text);
}

static void everything_an_item_can_say(void **state)
{
    struct timetable *timetable = parse_good_timetable(
        "<timetable xmlns='urn:chalkcast:timetable:1'>\n"
        "<lesson id='p1-0302-1' service='p2' start='2020-03-02T08:00:00+08:00' length='PT20M' "
        "source='p1/water.mp4' "
        "fill='loop' event-id='0x1234' minimum-age='12'>\n"
        "<episode series='science' number='2' of='14'/><textbook edition='教科版' unit='3'/>\n"
        "<description xml:lang='zh'> 云\n从哪里来 "
        "</description><school>示范小学</school><teacher>王老师</teacher>"
        "<grade>3</grade><subject>科学</subject><title xml:lang='zh'>水的循环</title>"
        "<title xml:lang='en'>The water cycle</title></lesson>\n"
        "</timetable>",
        *state);
    assert_int_equal(timetable->count, 1);
    const struct item *item = &timetable->items[0];
    assert_int_equal(item->kind, ITEM_LESSON);
    assert_string_equal(item->id, "p1-0302-1");
    assert_string_equal(item->service->id, "p2");
    assert_int_equal(item->service_index, 1);
    assert_int_equal(item->multiplex, 0);
    assert_int_equal(item->start, EIGHT_O_CLOCK);
    assert_int_equal(item->length, 1200);
    assert_string_equal(item->source, "p1/water.mp4");
    assert_int_equal(item->fill, FILL_LOOP);
    assert_int_equal(item->event_id, 0x1234);
    assert_int_equal(item->minimum_age, 12);
    assert_int_equal(item->title.count, 2);
    assert_string_equal(item->title.list[0].language, "chi");
    assert_string_equal(item->title.list[1].utf8, "The water cycle");
    assert_string_equal(item->description.list[0].utf8, "云 从哪里来");
    assert_string_equal(item->subject, "科学");
    assert_string_equal(item->teacher, "王老师");
    assert_string_equal(item->school, "示范小学");
    assert_string_equal(item->textbook, "教科版");
    assert_string_equal(item->textbook_unit, "3");
    assert_int_equal(item->grade, 3);
    assert_string_equal(item->series, "science");
    assert_int_equal(item->episode, 2);
    assert_int_equal(item->episodes, 14);
    assert_string_equal(item->file, "t.xml");
    assert_int_equal(item->line, 2);
    assert_true(item_has_event(item));
    timetable_free(&timetable);
    assert_null(timetable);
}

static void defaults(void **state)
{
    struct timetable *timetable = parse_good_timetable(
        TIMETABLE(
            "<break id='b' service='p1' start='2020-03-02T08:20:00' length='PT20M' kind='eye-exercises' "
            "source='e'/>\n"
            "<break id='c' service='p1' start='2020-03-02T08:40:00' length='PT20M' kind='rest' source='e'>"
            "<title>看远处</title></break>\n"
            "<filler id='d' service='p1' start='2020-03-02T09:00:00' length='PT1S' source='e' "
            "kind='health'/>\n"
            "<filler id='e' service='p1' start='2020-03-02T09:00:01' length='PT1S' "
            "source='e'><title>图</title>"
            "</filler>\n"),
        *state);
    const struct item *items = timetable->items;
    assert_string_equal(items[0].title.list[0].language, "chi");
    assert_string_equal(items[0].title.list[0].utf8, "眼保健操");
    assert_string_equal(items[0].title.list[1].language, "eng");
    assert_string_equal(items[0].title.list[1].utf8, "Eye exercises");
    assert_int_equal(items[0].fill, FILL_FALLBACK);
    assert_null(items[0].subject);
    assert_int_equal(items[1].title.count, 1);
    assert_string_equal(items[1].title.list[0].utf8, "看远处");
    assert_int_equal(items[2].kind, ITEM_FILLER);
    assert_string_equal(items[2].break_kind, "health");
    assert_int_equal(items[2].title.count, 0);
    assert_false(item_has_event(&items[2]));
    assert_true(item_has_event(&items[3]));
    timetable_free(&timetable);
    assert_timetable_refused(
        TIMETABLE("<break id='b' service='p1' start='2020-03-02T08:20:00' length='PT20M' source='e'/>\n"),
        *state, 2, "<break> has neither kind nor <title>");
}

static void starts_by_offset_by_z_and_local(void **state)
{
    static const struct {
        const char *start;
        int64_t at;
    } cases[] = {
        {"2020-03-02T08:00:00+08:00", EIGHT_O_CLOCK}, {"2020-03-02T00:00:00Z", EIGHT_O_CLOCK},
        {"2020-03-02T08:00:00", EIGHT_O_CLOCK},       {"2020-03-01T23:30:00-00:30", EIGHT_O_CLOCK},
        {"2020-02-29T23:59:59", 1582991999},          {"2020-03-02T07:50:00", EIGHT_O_CLOCK - 600},
        {"2037-12-31T23:59:59Z", 2145916799},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = lesson_with("start", cases[i].start);
        struct timetable *timetable = parse_good_timetable(text, *state);
        assert_int_equal(timetable->items[0].start, cases[i].at);
        timetable_free(&timetable);
        g_free(text);
    }
}

static void starts_that_are_none(void **state)
{
    static const char *const wrong[] = {
        "2019-02-29T08:00:00+08:00",
        "2021-02-29T08:00:00",
        "2100-02-29T08:00:00",
        "2020-02-30T08:00:00",
        "2020-03-02T24:00:00",
        "2020-03-02T08:60:00",
        "2020-03-02T08:00:60",
        "2020-03-02T08:00:00.5",
        "2020-03-02T08:00",
        "2020-03-02 08:00:00",
        "2020-03-02",
        "08:00:00",
        "2020/03/02T08:00:00",
        "2020-03-02T8:00:00",
        " 2020-03-02T08:00:00",
        "",
        "1969-12-31T23:59:59Z",
        "2038-01-01T00:00:00Z",
        "2020-03-02T08:00:00+25:00",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_value_refused(*state, "start", wrong[i]);
}

static void lengths(void **state)
{
    static const struct {
        const char *length;
        int64_t seconds;
    } good[] = {{"PT1S", 1}, {"PT20M", 1200}, {"PT1H30M", 5400}, {"PT23H59M59S", 86399}, {"PT86399S", 86399}};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        char *text = lesson_with("length", good[i].length);
        struct timetable *timetable = parse_good_timetable(text, *state);
        assert_int_equal(timetable->items[0].length, good[i].seconds);
        timetable_free(&timetable);
        g_free(text);
    }
    static const char *const wrong[] = {"PT0S",    "PT24H", "PT86400S", "P1D", "20m",
                                        "PT20.5S", "PT",    "-PT20M",   "20",  "PT99H"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_value_refused(*state, "length", wrong[i]);
}

static void other_values(void **state)
{
    static const char *const wrong[][2] = {
        {"source", "../a.mp4"}, {"source", "/a.mp4"}, {"source", "a/../b.mp4"}, {"source", "a/./b"},
        {"source", ""},         {"source", "a\\b"},   {"service", "p3"},        {"service", ""},
        {"id", "a b"},          {"id", ""},           {"fill", "once"},         {"event-id", "0"},
        {"event-id", "0xFFFF"}, {"event-id", "x"},    {"minimum-age", "3"},     {"minimum-age", "19"},
        {"minimum-age", "x"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_value_refused(*state, wrong[i][0], wrong[i][1]);
    char *text = lesson_with("service", "p3");
    assert_timetable_refused(text, *state, 2, "accepted is a service of station.xml: p1, p2");
    g_free(text);
    static const char *const required[] = {"id", "service", "start", "length", "source"};
    for (size_t i = 0; i < G_N_ELEMENTS(required); i++) {
        char *lacking = lesson_with(required[i], NULL),
             *said = g_strdup_printf("<lesson> has no %s; accepted is", required[i]);
        assert_timetable_refused(lacking, *state, 2, said);
        g_free(said);
        g_free(lacking);
    }
}

static void details_once_titles_once_per_language(void **state)
{
#define WITH(content)                                                                                        \
    TIMETABLE("<lesson id='a' service='p1' start='2020-03-02T08:00:00' length='PT20M' source='a'>\n" content \
              "</lesson>\n")
    assert_timetable_refused(WITH(""), *state, 2, "<lesson> has no <title>");
    assert_timetable_refused(WITH("<title>a</title><title xml:lang='zh-CN'>b</title>\n"), *state, 3,
                             "a second <title> in language chi");
    assert_timetable_refused(WITH("<title>a</title>\n<subject>x</subject>\n<subject>y</subject>\n"), *state,
                             5, "a second <subject> in <lesson>");
    assert_timetable_refused(WITH("<title>a</title>\n<episode number='3' of='2'/>\n"), *state, 4,
                             "number of <episode> is \"3\"");
    assert_timetable_refused(WITH("<title>a</title>\n<episode of='2'/>\n"), *state, 4,
                             "<episode> has no number");
    assert_timetable_refused(WITH("<title>a</title>\n<textbook unit='2'/>\n"), *state, 4,
                             "<textbook> has no edition");
    assert_timetable_refused(WITH("<title>a</title>\n<textbook edition='x'>y</textbook>\n"), *state, 4,
                             "<textbook> holds text");
    assert_timetable_refused(WITH("<title>a</title>\n<grade x='1'>1</grade>\n"), *state, 4,
                             "x is not an attribute of <grade>");
    assert_timetable_refused(WITH("<title>a</title>\n<summary>x</summary>\n"), *state, 4,
                             "<summary> is not expected in <lesson>; accepted are <title>, <description>");
    assert_timetable_refused(WITH("<title>a<b>c</b></title>\n"), *state, 3,
                             "<title> holds elements; accepted in it is text");
    assert_timetable_refused(WITH("<title xmlns='urn:other'>a</title>\n"), *state, 3,
                             "<title> of another namespace is not expected");
#undef WITH
}

static void two_faults_are_both_reported(void **state)
{
    struct diagnostics faults = {0};
    assert_null(timetable_parse(DATA "two-faults.xml", *state, &faults));
    assert_int_equal(faults.errors, 2);
    assert_true(reported(&faults, 3, "start of <lesson> is \"2019-02-29T08:00:00+08:00\""));
    assert_true(reported(&faults, 6, "service of <lesson> is \"p9\""));
    assert_string_equal(faults.list[0].file, DATA "two-faults.xml");
    diagnostics_fini(&faults);

    /* In one item, of different kinds, after something unexpected. */
    assert_null(parse_timetable(
        TIMETABLE("<leson/>\n"
                  "<lesson id='a' service='p9' start='2020-02-30T08:00:00' length='P1D' source='/a' x='y'>\n"
                  "<foo/><title>t</title><grade>0</grade><bar/></lesson>\n"
                  "<lesso/>\n"),
        *state, &faults));
    assert_true(reported(&faults, 2,
                         "<leson> is not expected in <timetable>; accepted are <lesson>, <break>, <filler>"));
    assert_true(reported(&faults, 3, "service of <lesson> is \"p9\""));
    assert_true(reported(&faults, 3, "start of <lesson> is \"2020-02-30T08:00:00\""));
    assert_true(reported(&faults, 3, "length of <lesson> is \"P1D\""));
    assert_true(reported(&faults, 3, "source of <lesson> is \"/a\""));
    assert_true(reported(&faults, 3, "x is not an attribute of <lesson>"));
    assert_true(reported(&faults, 4, "<foo> is not expected"));
    assert_true(reported(&faults, 4, "<grade> is \"0\""));
    assert_true(reported(&faults, 4, "<bar> is not expected"));
    assert_true(reported(&faults, 5, "<lesso> is not expected"));
    assert_int_equal(faults.errors, 10);
    for (size_t i = 0; i < faults.count; i++) {
        assert_null(strchr(faults.list[i].text, '{'));
        assert_null(strchr(faults.list[i].text, '\n'));
    }
    diagnostics_fini(&faults);
}

static void lessons_across_midnights_and_utc_midnight(void **state)
{
    struct timetable *timetable =
        parse_good_timetable(TIMETABLE(LESSON("a", "p1", "2020-02-29T23:50:00", "PT20M")
                                           LESSON("b", "p1", "2020-03-02T07:50:00", "PT20M")
                                               LESSON("c", "p1", "2020-03-02T08:10:00", "PT23H59M59S")),
                             *state);
    const struct zone *zone = ((struct station *)*state)->zone;
    const struct item *items = timetable->items;
    assert_int_equal(
        calendar_day(items[0].start + items[0].length - 1, zone) - calendar_day(items[0].start, zone), 1);
    assert_int_equal(calendar_day(items[1].start, zone),
                     calendar_day(items[1].start + items[1].length, zone));
    assert_int_equal(
        calendar_day(items[1].start + items[1].length, NULL) - calendar_day(items[1].start, NULL), 1);
    timetable_free(&timetable);
    assert_timetable_refused(
        TIMETABLE(LESSON("a", "p1", "2020-02-29T23:50:00", "PT20M")
                      LESSON("b", "p1", "2020-03-01T00:09:59", "PT20M")),
        *state, 3, "lesson \"b\" (2020-03-01T00:09:59+08:00 to 2020-03-01T00:29:59+08:00) overlaps");
}

static void days_of_23_and_25_hours(void **state)
{
    (void)state;
    struct station *berlin = station_in(STATION_IN("Europe/Berlin"));
    assert_timetable_refused(TIMETABLE(LESSON("a", "p1", "2020-03-29T02:30:00", "PT20M")), berlin, 2,
                             "start of <lesson>");
    /* In spring 01:50 to 03:10 is 20 minutes; in autumn 02:50 to 02:10 (the second time) is 20 minutes as
     * well. */
    struct timetable *timetable =
        parse_good_timetable(TIMETABLE(LESSON("a", "p1", "2020-03-29T01:50:00", "PT20M")
                                           LESSON("b", "p1", "2020-03-29T03:10:00", "PT20M")
                                               LESSON("c", "p1", "2020-10-25T02:50:00", "PT20M")
                                                   LESSON("d", "p1", "2020-10-25T02:10:00+01:00", "PT20M")),
                             berlin);
    const struct item *items = timetable->items;
    assert_int_equal(items[1].start, items[0].start + 1200);
    assert_int_equal(items[3].start, items[2].start + 1200);
    timetable_free(&timetable);
    assert_timetable_refused(
        TIMETABLE(LESSON("a", "p1", "2020-03-29T01:50:00", "PT20M")
                      LESSON("b", "p1", "2020-03-29T03:09:59", "PT20M")),
        berlin, 3, "overlaps lesson \"a\" (2020-03-29T01:50:00+01:00 to 2020-03-29T03:10:00+02:00)");
    station_free(&berlin);
}

static void overlaps(void **state)
{
    assert_timetable_refused(
        TIMETABLE(LESSON("a", "p1", "2020-03-02T08:00:00", "PT20M")
                      LESSON("b", "p1", "2020-03-02T08:19:59", "PT1S")),
        *state, 3,
        "lesson \"b\" (2020-03-02T08:19:59+08:00 to 2020-03-02T08:20:00+08:00) overlaps lesson \"a\" "
        "(2020-03-02T08:00:00+08:00 to 2020-03-02T08:20:00+08:00) at t.xml:2 on service \"p1\"; accepted is "
        "a "
        "start at 2020-03-02T08:20:00+08:00 or later");
    assert_timetable_refused(TIMETABLE(LESSON("a", "p1", "2020-03-02T08:00:00", "PT20M")
                                           LESSON("b", "p1", "2020-03-02T07:50:00", "PT10M1S")),
                             *state, 3, "accepted is an end at 2020-03-02T08:00:00+08:00 or earlier");
    assert_timetable_refused(TIMETABLE(LESSON("a", "p1", "2020-03-02T08:00:00", "PT20M")
                                           LESSON("b", "p1", "2020-03-02T08:00:00", "PT20M")),
                             *state, 3, "overlaps");
    assert_timetable_refused(TIMETABLE(LESSON("a", "p1", "2020-03-02T08:00:00", "PT20M")
                                           LESSON("b", "p1", "2020-03-02T07:00:00", "PT3H")),
                             *state, 3, "overlaps");
    struct timetable *timetable =
        parse_good_timetable(TIMETABLE(LESSON("b", "p1", "2020-03-02T08:20:00", "PT20M")
                                           LESSON("a", "p1", "2020-03-02T08:00:00", "PT20M")
                                               LESSON("c", "p2", "2020-03-02T08:10:00", "PT20M")),
                             *state);
    assert_string_equal(timetable->items[0].id, "b"); /* in the order of the file */
    timetable_free(&timetable);
}

static void same_id_twice(void **state)
{
    assert_timetable_refused(TIMETABLE(LESSON("a", "p1", "2020-03-02T08:00:00", "PT20M")
                                           LESSON("a", "p2", "2020-03-03T08:00:00", "PT20M")),
                             *state, 3, "id of <lesson> is \"a\", which the <lesson> at t.xml:2 has");
}

static void event_ids(void **state)
{
    assert_int_equal(item_event_id("123456789"), 0x29B1); /* the check value of this CRC */
    for (unsigned id = 0; id < 200000; id++) {
        char text[16];
        g_snprintf(text, sizeof text, "p1-%u", id);
        assert_in_range(item_event_id(text), 1, 0xFFFE);
    }
#define NUMBERED(id, day, number, more)                                                                      \
    "<lesson id='" id "' service='p1' start='2020-" day                                                      \
    "T08:00:00' length='PT20M' source='s' event-id='" number "'><title>t</title>" more "</lesson>\n"
    struct diagnostics faults = {0};
    assert_null(parse_timetable(TIMETABLE(NUMBERED("a", "03-02", "7", "") NUMBERED("b", "05-04", "7", "")),
                                *state, &faults));
    assert_true(reported(&faults, 3, "lesson \"b\" (2020-05-04T08:00:00+08:00"));
    assert_true(reported(&faults, 3, "has event_id 0x0007, which lesson \"a\""));
    assert_true(reported(&faults, 3, "event-id=\"0x0008\" into one of them"));
    diagnostics_fini(&faults);
    struct timetable *timetable = parse_good_timetable(
        TIMETABLE(NUMBERED("a", "03-02", "7", "") NUMBERED("b", "05-05", "7", "")), *state);
    timetable_free(&timetable); /* 64 days apart */
#undef NUMBERED
}

/* All that the CRC promises: ids of one length that differ in two neighbouring characters. Ids that differ
 * further apart, such as those of two days, may collide; then the author is told to write event-id down. */
static void ids_that_differ_in_two_neighbouring_characters_do_not_collide(void **state)
{
    (void)state;
    static const char characters[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_.:";
    bool *seen = g_new0(bool, 0x10000);
    for (const char *first = characters; *first; first++)
        for (const char *second = characters; *second; second++) {
            char id[16];
            g_snprintf(id, sizeof id, "p3-0302-%c%c-x", *first, *second);
            const uint16_t event_id = item_event_id(id);
            if (event_id == 1 || event_id == 0xFFFE) /* each stands for two values of the CRC */
                continue;
            assert_false(seen[event_id]);
            seen[event_id] = true;
        }
    g_free(seen);
}

static void derived_event_ids_that_collide_are_refused(void **state)
{
    assert_int_equal(item_event_id("p3-0215-b14"), item_event_id("p3-0401-01"));
    assert_timetable_refused(TIMETABLE(LESSON("p3-0215-b14", "p1", "2020-02-15T08:00:00", "PT20M")
                                           LESSON("p3-0401-01", "p1", "2020-04-01T08:00:00", "PT20M")),
                             *state, 3, "has event_id 0x0B91, which lesson \"p3-0215-b14\"");
    struct timetable *timetable =
        parse_good_timetable(TIMETABLE(LESSON("p3-0215-b14", "p1", "2020-02-15T08:00:00", "PT20M")
                                           LESSON("p3-0401-01", "p2", "2020-04-01T08:00:00", "PT20M")),
                             *state);
    timetable_free(&timetable); /* on two services */
}

static void an_empty_timetable_is_good(void **state)
{
    struct timetable *timetable = parse_good_timetable(TIMETABLE(""), *state);
    assert_int_equal(timetable->count, 0);
    timetable_free(&timetable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_an_item_can_say),
        cmocka_unit_test(defaults),
        cmocka_unit_test(starts_by_offset_by_z_and_local),
        cmocka_unit_test(starts_that_are_none),
        cmocka_unit_test(lengths),
        cmocka_unit_test(other_values),
        cmocka_unit_test(details_once_titles_once_per_language),
        cmocka_unit_test(two_faults_are_both_reported),
        cmocka_unit_test(lessons_across_midnights_and_utc_midnight),
        cmocka_unit_test(days_of_23_and_25_hours),
        cmocka_unit_test(overlaps),
        cmocka_unit_test(same_id_twice),
        cmocka_unit_test(event_ids),
        cmocka_unit_test(ids_that_differ_in_two_neighbouring_characters_do_not_collide),
        cmocka_unit_test(derived_event_ids_that_collide_are_refused),
        cmocka_unit_test(an_empty_timetable_is_good),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
