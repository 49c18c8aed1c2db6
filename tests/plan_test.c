/* The plan: what is seen when, and which files hold. */
#include "schedules/plan.h"

#include "tests/plan_fixture.h"

#define NINE 1583110800 /* 2020-03-02T09:00:00+08:00 */

/* "a.mp4 7", "a.mp4 7 filling", "slate 0 filling": what is seen on the first service `second` s after nine.
 */
static void assert_seen(const struct plan *plan, int64_t second, const char *expected)
{
    const struct on_air seen = plan_at(plan, 0, 0, NINE + second);
    char *found =
        g_strdup_printf("%s %u%s", seen.source == PLAN_SLATE ? "slate" : plan_source(plan, seen.source)->path,
                        seen.cell, seen.filling ? " filling" : "");
    if (strcmp(found, expected) != 0)
        fail_msg("second %" G_GINT64_FORMAT ": expected \"%s\", seen \"%s\"", second, expected, found);
    g_free(found);
}

#define ITEM(id, clock, length, fill)                                                                        \
    "<lesson id='" id "' service='p1' start='2020-03-02T" clock "' length='" length "' source='" id          \
    ".mp4' fill='" fill "'><title>t</title></lesson>\n"

static void items_loops_and_fallbacks(void **state)
{
    struct place *place = *state;
    write_timetable(place, "a.xml",
                    TIMETABLE(ITEM("a", "09:00:00", "PT30S", "fallback") ITEM(
                        "b", "09:00:30", "PT30S", "loop") ITEM("c", "09:02:00", "PT10S", "loop")));
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.count, 0);
    prepare(plan, "a.mp4", 20);
    prepare(plan, "b.mp4", 12);
    prepare(plan, "c.mp4", 600);
    prepare(plan, "fallback/p1.mp4", 7);

    assert_seen(plan, 0, "a.mp4 0");
    assert_seen(plan, 19, "a.mp4 19");
    assert_seen(plan, 20, "fallback/p1.mp4 0 filling"); /* begins where it begins to be seen */
    assert_seen(plan, 29, "fallback/p1.mp4 2 filling");
    assert_seen(plan, 30, "b.mp4 0");
    assert_seen(plan, 41, "b.mp4 11");
    assert_seen(plan, 42, "b.mp4 0");
    assert_seen(plan, 59, "b.mp4 5"); /* cut by its end */
    assert_seen(plan, 60, "fallback/p1.mp4 0 filling");
    assert_seen(plan, 119, "fallback/p1.mp4 3 filling");
    assert_seen(plan, 120, "c.mp4 0");
    assert_seen(plan, 129, "c.mp4 9"); /* longer than its time */
    assert_seen(plan, 130, "fallback/p1.mp4 0 filling");
    assert_seen(plan, 130 + 7000001, "fallback/p1.mp4 1 filling");
    assert_null(plan_at(plan, 0, 0, NINE + 60).item);
    assert_string_equal(plan_at(plan, 0, 0, NINE + 25).item->id, "a");
    assert_false(plan_at(plan, 0, 0, NINE).filling);
    plan_free(&plan);
    assert_null(plan);
}

static void a_fallback_goes_on_over_items_that_are_not_prepared(void **state)
{
    struct place *place = *state;
    write_timetable(
        place, "a.xml",
        TIMETABLE(ITEM("a", "09:00:00", "PT10S", "fallback") ITEM("b", "09:00:10", "PT10S", "loop")
                      ITEM("c", "09:00:30", "PT10S", "fallback") ITEM("d", "09:00:40", "PT10S", "fallback")));
    struct plan *plan = parse_plan(place);
    prepare(plan, "fallback/p1.mp4", 100);
    prepare(plan, "a.mp4", 6);
    prepare(plan, "d.mp4", 10);
    assert_seen(plan, 5, "a.mp4 5");
    assert_seen(plan, 6, "fallback/p1.mp4 0 filling");   /* after a's own time */
    assert_seen(plan, 10, "fallback/p1.mp4 4 filling");  /* b is not prepared */
    assert_seen(plan, 20, "fallback/p1.mp4 14 filling"); /* nothing is planned */
    assert_seen(plan, 39, "fallback/p1.mp4 33 filling"); /* c is not prepared */
    assert_seen(plan, 40, "d.mp4 0");
    assert_seen(plan, 50, "fallback/p1.mp4 0 filling");
    plan_free(&plan);
}

static void before_the_first_item_the_fallback_goes_round_since_ever(void **state)
{
    struct place *place = *state;
    write_timetable(
        place, "a.xml",
        TIMETABLE(ITEM("a", "09:00:00", "PT10S", "fallback") ITEM("b", "09:00:10", "PT10S", "fallback")));
    struct plan *plan = parse_plan(place);
    prepare(plan, "fallback/p1.mp4", 7);
    for (int64_t second = -20; second < 30; second++) { /* neither item is prepared */
        const struct on_air seen = plan_at(plan, 0, 0, NINE + second);
        assert_int_equal(seen.cell, (NINE + second) % 7);
        assert_true(seen.filling);
    }
    assert_int_equal(plan_at(plan, 0, 0, -1).cell, 6);
    assert_int_equal(plan_at(plan, 0, 0, -7).cell, 0);
    prepare(plan, "b.mp4", 10);
    assert_int_equal(plan_at(plan, 0, 0, NINE + 9).cell, (NINE + 9) % 7);
    assert_seen(plan, 10, "b.mp4 0");
    assert_seen(plan, 20, "fallback/p1.mp4 0 filling");
    plan_free(&plan);
}

static void without_a_prepared_fallback_the_slate_is_seen(void **state)
{
    struct place *place = *state;
    write_timetable(place, "a.xml",
                    TIMETABLE(ITEM("a", "09:00:00", "PT10S", "fallback")
                                  LESSON("z", "p2", "2020-03-02T09:00:00", "PT10S")));
    struct plan *plan = parse_plan(place);
    prepare(plan, "a.mp4", 5);
    prepare(plan, "z.mp4", 5);
    assert_seen(plan, 7, "slate 0 filling");
    const struct on_air seen = plan_at(plan, 0, 1, NINE + 7); /* p2 names no fallback */
    assert_true(seen.source == PLAN_SLATE && seen.cell == 0 && seen.filling);
    assert_string_equal(seen.item->id, "z");
    plan_free(&plan);
}

static void a_substitute_is_the_fallback_on_its_own_grid(void **state)
{
    struct place *place = *state;
    write_timetable(place, "a.xml", TIMETABLE(ITEM("a", "09:00:00", "PT10S", "fallback")));
    struct plan *plan = parse_plan(place);
    struct on_air instead = plan_substitute(plan, 0, 0, NINE + 3);
    assert_true(instead.source == PLAN_SLATE && instead.cell == 0 && instead.filling);
    prepare(plan, "a.mp4", 10);
    prepare(plan, "fallback/p1.mp4", 7);
    instead = plan_substitute(plan, 0, 0, NINE + 3);
    assert_int_equal(instead.source, plan_find_source(plan, "fallback/p1.mp4"));
    assert_int_equal(instead.cell, (NINE + 3) % 7);
    assert_string_equal(instead.item->id, "a");
    assert_true(instead.filling);
    assert_true(plan_substitute(plan, 0, 1, NINE).source == PLAN_SLATE);
    plan_free(&plan);
}

static void sources_are_named_once(void **state)
{
    struct place *place = *state;
    write_timetable(place, "a.xml",
                    TIMETABLE(ITEM("a", "09:00:00", "PT10S",
                                   "loop") "<break id='b1' service='p1' start='2020-03-02T09:00:10' "
                                           "length='PT10S' kind='rest' source='e'/>\n"
                                           "<break id='b2' service='p2' start='2020-03-02T09:00:10' "
                                           "length='PT10S' kind='rest' source='e'/>\n"));
    struct plan *plan = parse_plan(place);
    assert_int_equal(plan_source_count(plan), 3);
    const struct plan_source *shared = plan_source(plan, plan_find_source(plan, "e"));
    assert_string_equal(shared->path, "e");
    assert_string_equal(shared->first->id, "b1");
    assert_int_equal(shared->seconds, 0);
    assert_null(plan_source(plan, plan_find_source(plan, "fallback/p1.mp4"))->first);
    assert_true(plan_find_source(plan, "none") == PLAN_SLATE);
    prepare(plan, "e", 4);
    assert_int_equal(shared->seconds, 4);
    assert_seen(plan, 12, "e 2");
    assert_int_equal(plan_at(plan, 0, 1, NINE + 12).cell, 2);
    assert_ptr_equal(plan_station(plan), place->station);
    plan_free(&plan);
}

static void items_in_order_of_start(void **state)
{
    struct place *place = *state;
    write_timetable(place, "a.xml",
                    TIMETABLE(ITEM("c", "09:00:40", "PT10S", "loop") ITEM("a", "09:00:00", "PT10S", "loop")));
    write_timetable(place, "b.xml", TIMETABLE(ITEM("b", "09:00:10", "PT10S", "loop")));
    struct plan *plan = parse_plan(place);
    assert_int_equal(plan_item_count(plan, 0, 0), 3);
    assert_int_equal(plan_item_count(plan, 0, 1), 0);
    assert_string_equal(plan_item(plan, 0, 0, 0)->id, "a");
    assert_string_equal(plan_item(plan, 0, 0, 1)->id, "b");
    assert_string_equal(plan_item(plan, 0, 0, 2)->id, "c");
    static const struct {
        int64_t second;
        size_t next;
    } cases[] = {{-100, 0}, {0, 0}, {9, 0}, {10, 1}, {19, 1}, {20, 2}, {49, 2}, {50, 3}, {1000000, 3}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_int_equal(plan_next_item(plan, 0, 0, NINE + cases[i].second), cases[i].next);
    assert_int_equal(plan_next_item(plan, 0, 1, NINE), 0);
    plan_free(&plan);
}

static void a_bad_file_is_left_out_whole_the_others_hold(void **state)
{
    struct place *place = *state;
    write_timetable(place, "a.xml", TIMETABLE(ITEM("a", "09:00:00", "PT10S", "loop")));
    write_timetable(place, "b.xml",
                    TIMETABLE(ITEM("b", "09:00:10", "PT10S", "loop") ITEM("x", "09:00:61", "PT10S", "loop")));
    write_timetable(place, "c.xml", TIMETABLE(ITEM("c", "09:00:20", "PT10S", "loop")));
    write_timetable(place, ".d.xml", "not read");
    write_timetable(place, "e.xml~", "not read");
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.errors, 1);
    assert_true(reported(&place->faults, 3, "start of <lesson> is \"2020-03-02T09:00:61\""));
    assert_true(g_str_has_suffix(place->faults.list[0].file, "/timetables/b.xml"));
    assert_int_equal(plan_item_count(plan, 0, 0), 2);
    assert_seen(plan, 12, "slate 0 filling");
    plan_free(&plan);
}

static void the_later_of_two_files_is_refused(void **state)
{
    struct place *place = *state;
    write_timetable(place, "1.xml", TIMETABLE(ITEM("a", "09:00:00", "PT20S", "loop")));
    write_timetable(
        place, "2.xml",
        TIMETABLE(ITEM("b", "09:00:19", "PT20S", "loop") ITEM("b2", "10:00:00", "PT20S", "loop")));
    write_timetable(place, "3.xml", TIMETABLE(LESSON("a", "p2", "2020-03-05T08:00:00", "PT20M")));
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.errors, 2);
    assert_true(
        reported(&place->faults, 2,
                 "lesson \"b\" (2020-03-02T09:00:19+08:00 to 2020-03-02T09:00:39+08:00) "
                 "overlaps lesson \"a\" (2020-03-02T09:00:00+08:00 to 2020-03-02T09:00:20+08:00) at "));
    assert_true(reported(&place->faults, 2, "/timetables/1.xml:2 on service \"p1\""));
    assert_true(reported(&place->faults, 2, "id of <lesson> is \"a\", which the <lesson> at "));
    assert_int_equal(plan_item_count(plan, 0, 0), 1); /* b2 goes with b */
    assert_int_equal(plan_item_count(plan, 0, 1), 0);
    plan_free(&plan);
}

/* 2 contradicts 1, and 3 contradicts 2 alone: as 2 does not hold, 3 does. */
static void a_refused_file_refuses_no_other(void **state)
{
    struct place *place = *state;
    write_timetable(place, "1.xml", TIMETABLE(ITEM("a", "09:00:00", "PT20S", "loop")));
    write_timetable(place, "2.xml", TIMETABLE(ITEM("b", "09:00:10", "PT20S", "loop")));
    write_timetable(place, "3.xml", TIMETABLE(ITEM("c", "09:00:20", "PT20S", "loop")));
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.errors, 1);
    assert_int_equal(plan_item_count(plan, 0, 0), 2);
    assert_string_equal(plan_item(plan, 0, 0, 1)->id, "c");
    plan_free(&plan);
}

static void event_ids_are_unique_across_files(void **state)
{
    struct place *place = *state;
    write_timetable(place, "1.xml", TIMETABLE(LESSON("p3-0215-b14", "p1", "2020-02-15T08:00:00", "PT20M")));
    write_timetable(place, "2.xml", TIMETABLE(LESSON("p3-0401-01", "p1", "2020-04-01T08:00:00", "PT20M")));
    write_timetable(place, "3.xml", TIMETABLE(LESSON("p3-0401-01", "p1", "2020-04-20T08:00:00", "PT20M")));
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.errors, 1);
    assert_true(reported(&place->faults, 2, "has event_id 0x0B91, which lesson \"p3-0215-b14\""));
    assert_int_equal(plan_item_count(plan, 0, 0), 2); /* more than 64 days apart: no collision */
    plan_free(&plan);
}

static void an_empty_or_missing_folder_is_an_empty_plan(void **state)
{
    struct place *place = *state;
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.errors, 0);
    assert_int_equal(place->faults.warnings, 1);
    assert_int_equal(plan_item_count(plan, 0, 0), 0);
    assert_int_equal(plan_source_count(plan), 1);
    assert_seen(plan, 0, "slate 0 filling");
    plan_free(&plan);
    char *nowhere = g_build_filename(place->directory, "nowhere", NULL);
    plan = plan_parse(nowhere, place->station, &place->faults);
    assert_non_null(plan);
    assert_int_equal(place->faults.errors, 0);
    assert_int_equal(place->faults.warnings, 2);
    plan_free(&plan);
    g_free(nowhere);
}

/* The sample's own rules: a lesson is at most 20 minutes in primary school and 30 above. */
static void the_sample_timetables(void **state)
{
    (void)state;
    struct diagnostics faults = {0};
    struct station *station = station_parse("schedules/examples/station.xml", &faults);
    assert_non_null(station);
    struct plan *plan = plan_parse("schedules/examples", station, &faults);
    assert_int_equal(faults.count, 0);
    for (size_t service = 0; service < 12; service++) {
        const size_t count = plan_item_count(plan, 0, service);
        assert_true(count > 5 * 16);
        for (size_t i = 0; i < count; i++) {
            const struct item *item = plan_item(plan, 0, service, i);
            if (item->kind == ITEM_LESSON)
                assert_int_equal(item->length, service < 6 ? 1200 : 1800);
        }
        char text[CALENDAR_TEXT];
        assert_string_equal(calendar_text(plan_item(plan, 0, service, 0)->start, station->zone, text),
                            "2020-03-02T08:00:00+08:00");
        const struct item *last = plan_item(plan, 0, service, count - 1);
        assert_string_equal(calendar_text(last->start + last->length, station->zone, text),
                            "2020-03-06T17:30:00+08:00");
    }
    plan_free(&plan);
    station_free(&station);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(items_loops_and_fallbacks),
        TEST(a_fallback_goes_on_over_items_that_are_not_prepared),
        TEST(before_the_first_item_the_fallback_goes_round_since_ever),
        TEST(without_a_prepared_fallback_the_slate_is_seen),
        TEST(a_substitute_is_the_fallback_on_its_own_grid),
        TEST(sources_are_named_once),
        TEST(items_in_order_of_start),
        TEST(a_bad_file_is_left_out_whole_the_others_hold),
        TEST(the_later_of_two_files_is_refused),
        TEST(a_refused_file_refuses_no_other),
        TEST(event_ids_are_unique_across_files),
        TEST(an_empty_or_missing_folder_is_an_empty_plan),
        TEST(the_sample_timetables),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
