/* The as-run log: it says what was told, what that was judged by, and every hole is in it. */
#include "playout/asrun.h"

#include <errno.h>
#include <sched.h>

#include "asrun_fixture.h"
#include "playout/asrun_export.h"

#define MIDNIGHT (MONDAY_EIGHT + 16 * 3600) /* of Tuesday, in Shanghai */

static void check_class(const struct log *log, const struct asrun_stretch *stretch, enum asrun_class expected,
                        const char *expected_cause)
{
    char *cause;
    assert_non_null(stretch);
    assert_int_equal(asrun_judge(stretch, &log->revisions, &cause), expected);
    assert_non_null(strstr(cause, expected_cause));
    g_free(cause);
}

/* --- what is in it */

static void test_each_item_is_a_stretch_with_its_slots(void **state)
{
    struct log log;
    log_init(&log, *state);
    log_tell(&log, MONDAY_EIGHT + 5, MONDAY_EIGHT + 35);
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    for (int n = 0; n < 4; n++) {
        const struct asrun_stretch *stretch = log_stretch(asrun, "p3", n);
        const int64_t from = MONDAY_EIGHT + (n ? 10 * n : 5),
                      until = MONDAY_EIGHT + (n < 3 ? 10 * n + 10 : 35);
        const struct shown shown = log_item(from);
        assert_true(stretch->from == from && stretch->until == until);
        assert_true(stretch->first == slot_at(log.rate, from, 0));
        assert_true(stretch->last == slot_at(log.rate, until, 0) - 1);
        assert_string_equal(stretch->shown.item, shown.item);
        assert_string_equal(stretch->shown.lesson, shown.lesson);
        assert_int_equal(stretch->shown.cell, shown.cell);
        check_class(&log, stretch, ASRUN_NORMAL, "as planned");
    }
    assert_null(log_stretch(asrun, "p3", 4));
    check_class(&log, log_stretch(asrun, "s1", 0), ASRUN_FILLED, "nothing is planned");
    assert_null(log_stretch(asrun, "s1", 1));
    assert_int_equal(asrun->seconds->len, 30);
    asrun_free(&asrun);
    log_check_whole(&log);
    log_fini(&log);
}

static void test_every_second_is_found_with_what_was_shown(void **state)
{
    struct log log;
    const struct asrun_second *parts[ASRUN_PARTS];
    log_init(&log, *state);
    log_tell(&log, MONDAY_EIGHT + 5, MONDAY_EIGHT + 35);
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    for (int64_t second = MONDAY_EIGHT + 5; second < MONDAY_EIGHT + 35; second++) {
        assert_int_equal(asrun_find_parts(asrun, second, parts), 1);
        assert_true(parts[0]->first == slot_at(log.rate, second, 0));
        assert_true(parts[0]->last == slot_at(log.rate, second + 1, 0) - 1);
        assert_true(parts[0]->digest == (uint64_t)second * 0x9e3779b97f4a7c15);
        for (int behind = 0; behind < 2; behind++) { /* also behind the last one that left */
            const struct shown expected = log_item(second + behind);
            struct shown shown;
            assert_true(asrun_find_shown(asrun, "p3", parts[0], behind, &shown));
            assert_string_equal(shown.item, expected.item);
            assert_string_equal(shown.lesson, expected.lesson);
            assert_int_equal(shown.cell, expected.cell);
        }
    }
    assert_int_equal(asrun_find_parts(asrun, MONDAY_EIGHT + 4, parts), 0);
    assert_int_equal(asrun_find_parts(asrun, MONDAY_EIGHT + 35, parts), 0);
    asrun_free(&asrun);
    log_fini(&log);
}

/* Each as its second begins; ten seconds each. */
static void test_what_was_not_as_planned_has_its_class(void **state)
{
    static const struct {
        struct shown shown;
        enum asrun_class class;
        const char *cause;
    } cases[] = {
        {{.item = "i", .lesson = LESSON_B, .filling = true}, ASRUN_FILLED, "not prepared or shorter"},
        {{.item = "i", .filling = true}, ASRUN_OFF_AIR, "not prepared or shorter"},
        {{.lesson = LESSON_B, .filling = true}, ASRUN_FILLED, "nothing is planned"},
        {{.item = "i",
          .lesson = LESSON_B,
          .filling = true,
          .cause = SHOWN_UNREADABLE,
          .error = LESSON_DAMAGED},
         ASRUN_FILLED,
         "damaged"},
        {{.item = "i", .filling = true, .cause = SHOWN_UNREADABLE, .error = LESSON_DAMAGED},
         ASRUN_OFF_AIR,
         ""},
        {{.item = "i", .filling = true, .cause = SHOWN_UNREADY}, ASRUN_OFF_AIR, "in time"},
        {{.item = "i", .lesson = LESSON_A, .action = 4}, ASRUN_INSERTED, "operator, revision 4"},
        {{.item = "i", .lesson = LESSON_A, .action = 4, .filling = true}, ASRUN_FILLED, "operator"},
        {{.item = "i", .lesson = LESSON_A, .revision = 7}, ASRUN_WRONG, "revision 0 held, revision 7"},
    };
    struct log log;
    log_init(&log, *state);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct emission *room = log_room(&log, MONDAY_EIGHT + (int64_t)i);
        room->here[0] = cases[i].shown;
        room->next[0] = cases[i + 1 < G_N_ELEMENTS(cases) ? i + 1 : i].shown;
        emission_ring_publish(log.ring);
    }
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        check_class(&log, log_stretch(asrun, "p3", (int)i), cases[i].class, cases[i].cause);
    asrun_free(&asrun);
    log_fini(&log);
}

static void test_datagrams_that_no_output_took_are_told_once_for_all_their_seconds(void **state)
{
    struct log log;
    log_init(&log, *state);
    for (int64_t second = MONDAY_EIGHT; second < MONDAY_EIGHT + 10; second++) {
        struct emission *room = log_room(&log, second);
        room->lost = second >= MONDAY_EIGHT + 3 && second < MONDAY_EIGHT + 7 ? 100 : 0;
        room->lost_errno = EPERM;
        room->held = second == MONDAY_EIGHT + 8 ? 5 : 0;
        emission_ring_publish(log.ring);
    }
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    const struct asrun_stretch *lost = log_stretch(asrun, NULL, 0);
    check_class(&log, lost, ASRUN_OFF_AIR, "400 datagrams were not taken by an output: EPERM");
    assert_true(lost->from == MONDAY_EIGHT + 3 && lost->until == MONDAY_EIGHT + 7);
    assert_true(lost->first == slot_at(log.rate, lost->from, 0));
    assert_true(lost->last == slot_at(log.rate, lost->until, 0) - 1);
    check_class(&log, log_stretch(asrun, NULL, 1), ASRUN_NORMAL, "5 datagrams were left to the partner");
    assert_null(log_stretch(asrun, NULL, 2));
    asrun_free(&asrun);
    log_fini(&log);
}

/* --- holes */

/* The seconds in which no output was on, as the log of this day has them. */
static void check_switched(const struct log *log, int64_t from, int64_t until)
{
    struct asrun *asrun = log_read(log, from);
    const struct asrun_stretch *hole = log_stretch(asrun, NULL, 0);
    check_class(log, hole, ASRUN_OFF_AIR, "no output of the multiplex was on");
    assert_true(hole->from == from && hole->until == until);
    assert_true(hole->first == slot_at(log->rate, from, 0));
    assert_true(hole->last == slot_at(log->rate, until, 0) - 1);
    asrun_free(&asrun);
}

static void tell_switched(struct log *log, int64_t from, int64_t until, int64_t off, int64_t on)
{
    for (int64_t second = from; second < until; second++) {
        log_room(log, second)->switched_off = second >= off && second < on;
        emission_ring_publish(log->ring);
    }
}

static void test_nothing_was_on_air_while_no_output_was_on(void **state)
{
    struct log log;
    const struct asrun_second *parts[ASRUN_PARTS];
    struct shown shown;
    log_init(&log, *state);
    tell_switched(&log, MONDAY_EIGHT, MONDAY_EIGHT + 15, MONDAY_EIGHT + 8, MONDAY_EIGHT + 12);
    log_write(&log);
    check_switched(&log, MONDAY_EIGHT + 8, MONDAY_EIGHT + 12);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    assert_null(log_stretch(asrun, NULL, 1));
    assert_true(log_stretch(asrun, "p3", 0)->until == MONDAY_EIGHT + 8);
    assert_true(log_stretch(asrun, "p3", 1)->from == MONDAY_EIGHT + 12);
    assert_null(log_stretch(asrun, "p3", 2)); /* what would have begun at + 10 did not */
    for (int64_t second = MONDAY_EIGHT; second < MONDAY_EIGHT + 15; second++) {
        const bool off = second >= MONDAY_EIGHT + 8 && second < MONDAY_EIGHT + 12;
        assert_int_equal(asrun_find_parts(asrun, second, parts), !off);
        assert_true(off || asrun_find_shown(asrun, "p3", parts[0], 1, &shown));
    }
    asrun_free(&asrun);
    log_check_whole(&log);
    log_fini(&log);
}

/* Who is killed while no output is on does not say twice what did not leave. */
static void test_a_kill_while_no_output_is_on_is_a_hole_of_its_own(void **state)
{
    struct log log;
    log_init(&log, *state);
    tell_switched(&log, MONDAY_EIGHT, MONDAY_EIGHT + 5, MONDAY_EIGHT + 3, MONDAY_EIGHT + 5);
    log_write(&log);
    log_kill(&log, MONDAY_EIGHT);
    tell_switched(&log, MONDAY_EIGHT + 9, MONDAY_EIGHT + 15, MONDAY_EIGHT + 9, MONDAY_EIGHT + 12);
    log_write(&log);
    check_switched(&log, MONDAY_EIGHT + 3, MONDAY_EIGHT + 5);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    const struct asrun_stretch *killed = log_stretch(asrun, NULL, 1), *again = log_stretch(asrun, NULL, 2);
    check_class(&log, killed, ASRUN_OFF_AIR, "killed");
    assert_true(killed->first == slot_at(log.rate, MONDAY_EIGHT + 5, 0));
    assert_true(killed->last == slot_at(log.rate, MONDAY_EIGHT + 9, 0) - 1);
    check_class(&log, again, ASRUN_OFF_AIR, "no output");
    assert_true(again->from == MONDAY_EIGHT + 9 && again->until == MONDAY_EIGHT + 12);
    assert_true(log_stretch(asrun, "p3", 1)->first == again->last + 1);
    asrun_free(&asrun);
    log_check_whole(&log);
    log_fini(&log);
}

static void test_outputs_that_are_off_over_midnight(void **state)
{
    struct log log;
    log_init(&log, *state);
    tell_switched(&log, MIDNIGHT - 5, MIDNIGHT + 5, MIDNIGHT - 2, MIDNIGHT + 3);
    log_write(&log);
    check_switched(&log, MIDNIGHT - 2, MIDNIGHT);
    check_switched(&log, MIDNIGHT, MIDNIGHT + 3);
    struct asrun *behind = log_read(&log, MIDNIGHT);
    assert_true(log_stretch(behind, "p3", 0)->from == MIDNIGHT + 3);
    assert_int_equal(behind->seconds->len, 2);
    asrun_free(&behind);
    log_check_whole(&log);
    log_fini(&log);
}

/* A process that was killed left no word; the next one says what is missing, to the slot. */
static void test_a_kill_is_a_hole(void **state)
{
    struct log log;
    log_init(&log, *state);
    log_tell(&log, MONDAY_EIGHT, MONDAY_EIGHT + 7);
    log_write(&log);
    log_kill(&log, MONDAY_EIGHT);
    struct emission *room = log_room(&log, MONDAY_EIGHT + 8);
    const uint64_t again = room->first += 1001;
    emission_ring_publish(log.ring);
    log_tell(&log, MONDAY_EIGHT + 9, MONDAY_EIGHT + 12);
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    const struct asrun_stretch *hole = log_stretch(asrun, NULL, 0);
    check_class(&log, hole, ASRUN_OFF_AIR, "killed");
    assert_true(hole->first == slot_at(log.rate, MONDAY_EIGHT + 7, 0) && hole->last == again - 1);
    assert_true(log_stretch(asrun, "p3", 0)->last == hole->first - 1);
    assert_true(log_stretch(asrun, "p3", 1)->first == again);
    asrun_free(&asrun);
    log_check_whole(&log);
    log_fini(&log);
}

static void test_an_end_is_a_hole_of_another_cause(void **state)
{
    struct log log;
    log_init(&log, *state);
    log_tell(&log, MONDAY_EIGHT, MONDAY_EIGHT + 3);
    log_write(&log);
    log_tell(&log, MONDAY_EIGHT + 60, MONDAY_EIGHT + 63);
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    const struct asrun_stretch *hole = log_stretch(asrun, NULL, 0);
    check_class(&log, hole, ASRUN_OFF_AIR, "ended");
    assert_true(hole->from == MONDAY_EIGHT + 2 && hole->until == MONDAY_EIGHT + 60);
    asrun_free(&asrun);
    log_check_whole(&log);
    log_fini(&log);
}

static void test_entries_that_had_no_room_are_a_hole_in_the_log_not_on_air(void **state)
{
    struct log log;
    log_init(&log, *state);
    log_tell(&log, MONDAY_EIGHT, MONDAY_EIGHT + 3);
    log_tell(&log, MONDAY_EIGHT + 5, MONDAY_EIGHT + 7);
    log_room(&log, MONDAY_EIGHT + 9)->rejoined = true;
    emission_ring_publish(log.ring);
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    check_class(&log, log_stretch(asrun, NULL, 0), ASRUN_OFF_AIR, "could not be written");
    check_class(&log, log_stretch(asrun, NULL, 1), ASRUN_OFF_AIR, "suspended");
    asrun_free(&asrun);
    log_fini(&log);
}

/* While the folder cannot be made, what is told waits; nothing of it is missing when it can. */
static void test_a_disk_that_takes_nothing_costs_nothing(void **state)
{
    struct log log;
    log_init(&log, *state);
    small_station_write(*state, "state/asrun", "in the way");
    log_tell(&log, MONDAY_EIGHT, MONDAY_EIGHT + 5);
    struct asrun_writer *writer = asrun_writer_new(log.folder, log.station.station, false, &log.ring);
    while (asrun_writer_fault(writer) == 0)
        sched_yield();
    log_tell(&log, MONDAY_EIGHT + 5, MONDAY_EIGHT + 9);
    assert_int_equal(unlink(log.folder), 0);
    while (asrun_writer_fault(writer) != 0)
        sched_yield();
    asrun_writer_free(&writer);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    assert_int_equal(asrun->seconds->len, 9);
    assert_null(log_stretch(asrun, NULL, 0));
    asrun_free(&asrun);
    log_fini(&log);
}

/* --- days */

static void test_a_day_has_a_file_that_says_all_again(void **state)
{
    struct log log;
    log_init(&log, *state);
    log_tell(&log, MIDNIGHT - 5, MIDNIGHT + 5);
    log_write(&log);
    struct asrun *before = log_read(&log, MIDNIGHT - 1), *behind = log_read(&log, MIDNIGHT);
    assert_int_equal(before->seconds->len, 5);
    assert_int_equal(behind->seconds->len, 5);
    assert_true(log_stretch(before, "s1", 0)->last + 1 == log_stretch(behind, "s1", 0)->first);
    assert_true(log_stretch(behind, "s1", 0)->from_before);
    assert_null(log_stretch(behind, NULL, 0)); /* no hole between them */
    asrun_free(&before);
    asrun_free(&behind);
    log_check_whole(&log);
    log_fini(&log);
}

/* --- what held */

/* Two revisions were entered that this machine did not hear of: what it went on to show is not what held. */
static void test_a_stretch_is_judged_by_what_held_in_each_of_its_seconds(void **state)
{
    static const struct {
        int64_t from, until;
        enum asrun_class class;
        const char *cause;
    } expected[] = {{0, 10, ASRUN_NORMAL, "as planned"},
                    {10, 13, ASRUN_NORMAL, "as planned"},
                    {13, 17, ASRUN_WRONG, "revision 1 held, revision 0 was shown"},
                    {17, 20, ASRUN_WRONG, "revision 2 held, revision 0 was shown"},
                    {20, 25, ASRUN_WRONG, "revision 2 held, revision 0 was shown"}};
    struct log log;
    revisions_enter_two(*state, MONDAY_EIGHT + 13);
    small_station_write(*state, "timetables/week.xml", SMALL_TIMETABLE);
    revisions_enter(*state, MONDAY_EIGHT + 17);
    log_init(&log, *state);
    log_tell(&log, MONDAY_EIGHT, MONDAY_EIGHT + 25);
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    GArray *rows = asrun_rows_new();
    asrun_rows_add(rows, asrun, "grades", "p3", &log.revisions);
    assert_int_equal(rows->len, G_N_ELEMENTS(expected));
    for (guint i = 0; i < rows->len; i++) {
        const struct asrun_row *row = &g_array_index(rows, struct asrun_row, i);
        assert_true(row->part.from == MONDAY_EIGHT + expected[i].from);
        assert_true(row->part.until == MONDAY_EIGHT + expected[i].until);
        assert_true(row->part.first == slot_at(log.rate, row->part.from, 0));
        assert_true(row->part.last == slot_at(log.rate, row->part.until, 0) - 1);
        assert_int_equal(row->part.shown.cell, expected[i].from % 10);
        assert_int_equal(row->class, expected[i].class);
        assert_string_equal(row->cause, expected[i].cause);
    }
    g_array_unref(rows);
    asrun_free(&asrun);
    log_fini(&log);
}

/* Tables that were late were those of an earlier second, and may be of an earlier revision than the picture.
 */
static void test_the_export_tells_whose_tables_left(void **state)
{
    struct log log;
    log_init(&log, *state);
    for (int64_t second = MONDAY_EIGHT; second < MONDAY_EIGHT + 9; second++) {
        struct emission *room = log_room(&log, second);
        if (second >= MONDAY_EIGHT + 3 && second < MONDAY_EIGHT + 6)
            room->pages_second = MONDAY_EIGHT + 2;
        room->revision = second < MONDAY_EIGHT + 6 ? 0 : 4;
        emission_ring_publish(log.ring);
    }
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    GArray *rows = asrun_rows_new();
    asrun_rows_add(rows, asrun, "grades", "p3", &log.revisions);
    GString *csv = asrun_export_csv(rows, log.station.station->zone);
    char **lines = g_strsplit(csv->str, "\r\n", 0);
    assert_int_equal(g_strv_length(lines), 5); /* with the columns, and nothing at the end */
    assert_true(g_str_has_suffix(lines[0], ",revision,guide_revision,guide_second"));
    assert_non_null(strstr(lines[1], ",2020-03-02T00:00:00Z,2020-03-02T00:00:03Z,"));
    assert_true(g_str_has_suffix(lines[1], ",0,0,0,2020-03-02T08:00:00+08:00"));
    assert_true(g_str_has_suffix(lines[2], ",3,0,0,2020-03-02T08:00:02+08:00"));
    assert_true(g_str_has_suffix(lines[3], ",6,0,4,2020-03-02T08:00:06+08:00"));
    g_strfreev(lines);
    g_string_free(csv, TRUE);
    g_array_unref(rows);
    asrun_free(&asrun);
    log_fini(&log);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_item_is_a_stretch_with_its_slots),
        TEST(test_every_second_is_found_with_what_was_shown),
        TEST(test_what_was_not_as_planned_has_its_class),
        TEST(test_datagrams_that_no_output_took_are_told_once_for_all_their_seconds),
        TEST(test_nothing_was_on_air_while_no_output_was_on),
        TEST(test_a_kill_while_no_output_is_on_is_a_hole_of_its_own),
        TEST(test_outputs_that_are_off_over_midnight),
        TEST(test_a_kill_is_a_hole),
        TEST(test_an_end_is_a_hole_of_another_cause),
        TEST(test_entries_that_had_no_room_are_a_hole_in_the_log_not_on_air),
        TEST(test_a_disk_that_takes_nothing_costs_nothing),
        TEST(test_a_day_has_a_file_that_says_all_again),
        TEST(test_a_stretch_is_judged_by_what_held_in_each_of_its_seconds),
        TEST(test_the_export_tells_whose_tables_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
