/* `chalkcast act load` as the operator sees it: told before it is entered, refused whole, entered once. The
 * timetables are of this day, by the clock of this machine. */
#include <sqlite3.h>

#include "act_fixture.h"

static void test_the_effect_is_told_and_entered(void **state)
{
    struct journal_revision newest = {0};
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(*state, "p3/fire.mp4", 5, "key", 1, NULL);
    keep_beginning(state);
    write_timetable(state, "p3/fire.mp4", "p3/water.mp4");
    expect(state, WORDS("load", "load", "--dry-run"), EXIT_OK, 1, "changed", "");
    struct run run = act(state, WORDS("act", "load"));
    assert_int_equal(run.code, EXIT_OK);
    assert_says(run.output, "  on air   ");
    assert_says(run.output, "今 (p3/water.mp4) → 今 (p3/fire.mp4, ");
    assert_says(run.output, "今, other lesson (p3/fire.mp4)\n");
    assert_says(run.output, "  new      ");
    assert_says(run.output, "1 items new, 1 changed, 0 gone; 1 services change at once; 0 without");
    assert_says(run.output, "entered as revision 1, holds from ");
    run_fini(&run);
    assert_int_equal(count_entries(state, &newest), 2);
    assert_in_range(newest.from - time(NULL), 4, 6);
    expect(state, WORDS("act", "load"), EXIT_OK, 2,
           "nothing to enter: station.xml, timetables and lessons are those of revision 1", "");
}

static void test_a_lesson_that_is_not_prepared_is_told_with_what_is_seen(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(*state, "fallback/p3.mp4", 7, "key", 1, NULL);
    keep_beginning(state);
    write_timetable(state, "p3/water.mp4", "p3/poems.mp4");
    expect(state, WORDS("act", "load"), EXIT_WARNINGS, 2,
           "后: \"p3/poems.mp4\" is not prepared, viewers see the fallback \"fallback/p3.mp4\"", "");
}

static void test_nothing_is_entered_of_what_is_refused(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    keep_beginning(state);
    write_timetable(state, "p3/fire.mp4", NULL);
    expect(state, WORDS("act", "load", "--from", "2020-03-02T08:00:00+08:00"), EXIT_ERRORS, 1, "",
           "too early");
    expect(state, WORDS("act", "load", "--from", "tomorrow"), EXIT_USAGE, 1, "", "not a whole second");
    expect(state, WORDS("act", "load", "--from", "2120-03-02T08:00:00.5Z"), EXIT_USAGE, 1, "",
           "not a whole second");
    expect(state, WORDS("act", "unload"), EXIT_USAGE, 1, "", "accepted: load");
    expect(state, WORDS("act"), EXIT_USAGE, 1, "", "which action?");
    expect(state, WORDS("act", "load", "week.xml"), EXIT_USAGE, 1, "", "one word too many");
    small_station_write(*state, "timetables/zz.xml", "<timetable");
    expect(state, WORDS("act", "load"), EXIT_ERRORS, 1, "zz.xml:1: error", "mend what is said above first");
}

static void test_what_never_aired_is_no_revision(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    expect(state, WORDS("act", "load"), EXIT_OK, 0, "nothing to enter", "");
}

static void test_an_earlier_second_replaces_what_was_to_come(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    keep_beginning(state);
    write_timetable(state, "p3/fire.mp4", NULL);
    expect(state, WORDS("act", "load", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 2, "entered as revision 1",
           "");
    write_timetable(state, "p3/stone.mp4", NULL);
    expect(state, WORDS("act", "load"), EXIT_WARNINGS, 3,
           "revision 1, which was to hold from 2120-03-02 16:00:00 on, never will", "");
    expect(state, WORDS("act", "load", "--dry-run"), EXIT_OK, 3, "those of revision 2", "");
}

static void test_a_journal_that_was_changed_takes_no_more(void **state)
{
    const struct small_station *small = *state;
    sqlite3 *database;
    write_timetable(state, "p3/water.mp4", NULL);
    keep_beginning(state);
    write_timetable(state, "p3/fire.mp4", NULL);
    expect(state, WORDS("act", "load", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 2, "entered", "");
    char *path = g_build_filename(small->path, "journal.db", NULL);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(
        sqlite3_exec(database,
                     "DROP TRIGGER revision_UPDATE; UPDATE revision SET entered_at = 1 WHERE number = 1",
                     NULL, NULL, NULL),
        SQLITE_OK);
    sqlite3_close(database);
    g_free(path);
    write_timetable(state, "p3/stone.mp4", NULL);
    struct run run = act(state, WORDS("act", "load"));
    assert_int_equal(run.code, EXIT_WORLD);
    assert_says(run.errors, "revision 1 is not as it was entered");
    run_fini(&run);
    int code = small_station_run(small, &command_check, WORDS("check"), &run.output, &run.errors);
    assert_int_equal(code, EXIT_ERRORS);
    assert_says(run.output, "the journal was changed");
    run_fini(&run);
}

/* What holds now and what is to come, and that the folder is something else again. */
static void test_check_tells_of_the_journal(void **state)
{
    struct run run;
    write_timetable(state, "p3/water.mp4", NULL);
    keep_beginning(state);
    write_timetable(state, "p3/fire.mp4", NULL);
    expect(state, WORDS("act", "load", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 2, "entered", "");
    write_timetable(state, "p3/stone.mp4", NULL);
    small_station_run(*state, &command_check, WORDS("check"), &run.output, &run.errors);
    assert_says(run.output, "Journal  revision 0 has always held, revision 1 from 2120-03-02 16:00:00 on; "
                            "timetables/ is something else");
    assert_says(run.output, "source \"p3/water.mp4\" is neither");
    assert_null(strstr(run.output, "p3/stone.mp4"));
    run_fini(&run);
}

/* --- later revisions */

static void test_what_is_to_hold_later_survives_a_load(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(*state, "p3/fire.mp4", 7, "key", 1, NULL);
    keep_beginning(state);
    expect(state, WORDS("act", "hold", "p3", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 2, "entered", "");
    write_timetable(state, "p3/fire.mp4", NULL);
    expect(state, WORDS("act", "load"), EXIT_OK, 4,
           "revision 1, which is to hold from 2120-03-02 16:00:00 on, "
           "takes it over",
           "");
    expect(state, WORDS("act", "list"), EXIT_OK, 4, "hold    p3", "");
    expect(state, WORDS("act", "load"), EXIT_OK, 4, "nothing to enter", "");
}

/* What holds in the same second is not lost. */
static void test_an_action_and_a_load_at_once_both_hold(void **state)
{
    char from[32];
    const time_t then = time(NULL) + 60;
    strftime(from, sizeof from, "%Y-%m-%dT%H:%M:%SZ", gmtime(&then));
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(*state, "p3/fire.mp4", 7, "key", 1, NULL);
    keep_beginning(state);
    expect(state, WORDS("act", "hold", "p3", "--from", from), EXIT_OK, 2, "entered", "");
    write_timetable(state, "p3/fire.mp4", NULL);
    expect(state, WORDS("act", "load", "--from", from), EXIT_OK, 3, "entered as revision 2", "");
    expect(state, WORDS("act", "list"), EXIT_OK, 3, "hold    p3", "");
}

static void test_what_is_to_hold_later_is_revoked(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(*state, "p3/fire.mp4", 7, "key", 1, NULL);
    keep_beginning(state);
    expect(state, WORDS("act", "hold", "p3", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 2, "revision 1", "");
    expect(state, WORDS("act", "revoke", "1"), EXIT_OK, 3, "entered as revision 2", "");
    expect(state, WORDS("act", "list"), EXIT_OK, 3, "no action holds", "");
    write_timetable(state, "p3/fire.mp4", NULL);
    expect(state, WORDS("act", "load", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 4, "revision 3", "");
    expect(state, WORDS("act", "revoke", "3"), EXIT_OK, 5, "entered as revision 4", "");
    expect(state, WORDS("act", "revoke", "3"), EXIT_ERRORS, 5, "", "does not hold any more");
    write_timetable(state, "p3/water.mp4", NULL);
    expect(state, WORDS("act", "load"), EXIT_OK, 5, "nothing to enter", "");
}

/* An action that was entered for several revisions is revoked by the number of any. */
static void test_an_action_is_revoked_by_each_of_its_numbers(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(*state, "p3/fire.mp4", 7, "key", 1, NULL);
    keep_beginning(state);
    write_timetable(state, "p3/fire.mp4", NULL);
    expect(state, WORDS("act", "load", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 2, "revision 1", "");
    expect(state, WORDS("act", "hold", "p3"), EXIT_OK, 4, "entered as revision 3", "");
    expect(state, WORDS("act", "revoke", "3"), EXIT_OK, 6, "entered as revision 5", "");
    expect(state, WORDS("act", "list"), EXIT_OK, 6, "no action holds", "");
}

/* --- outputs */

/* A multiplex with two outputs, and a standby. */
static void write_outputs(void **state)
{
    char *text = g_strdup(SMALL_STATION), *output = strstr(text, "    <output ");
    GString *station = g_string_new_len(text, output - text);
    g_string_append(station,
                    "<output name=\"main\" uri=\"udp://239.255.12.1:5004\" interface=\"lo\" ttl=\"0\"/>"
                    "<output uri=\"udp://239.255.12.2:5004\" interface=\"lo\" ttl=\"0\"/>"
                    "<output name=\"backup\" uri=\"udp://239.255.12.3:5004\" interface=\"lo\" "
                    "ttl=\"0\" standby=\"true\"/></multiplex></station>");
    small_station_write(*state, "station.xml", station->str);
    g_string_free(station, TRUE);
    g_free(text);
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    keep_beginning(state);
}

static void test_a_switch_is_told_entered_and_listed(void **state)
{
    write_outputs(state);
    expect(state, WORDS("act", "output", "backup", "on", "--dry-run"), EXIT_OK, 1,
           "output backup of multiplex grades: it is sent on udp://239.255.12.3:5004 from ", "");
    expect(state, WORDS("act", "output", "backup", "on"), EXIT_OK, 2, "entered as revision 1", "");
    expect(state, WORDS("act", "output", "main", "off"), EXIT_OK, 3,
           "output main of multiplex grades: nothing is sent on udp://239.255.12.1:5004 from ", "");
    expect(state, WORDS("act", "output", "udp://239.255.12.2:5004", "off", "--from", "2120-03-02T08:00:00Z"),
           EXIT_OK, 4, "nothing is sent on udp://239.255.12.2:5004 from 2120-03-02 16:00:00 on", "");
    struct run run = act(state, WORDS("act", "list"));
    assert_says(run.output, "output  backup on\n");
    assert_says(run.output, "output  main off\n");
    assert_says(run.output, "output  udp://239.255.12.2:5004 off\n");
    run_fini(&run);
}

static void test_a_switch_that_switches_nothing_is_refused(void **state)
{
    write_outputs(state);
    expect(state, WORDS("act", "output", "bakcup", "on"), EXIT_USAGE, 1, "",
           "there is no output \"bakcup\" in station.xml; accepted: main, udp://239.255.12.2:5004, backup");
    expect(state, WORDS("act", "output", "main", "away"), EXIT_USAGE, 1, "", "on or off, not \"away\"");
    expect(state, WORDS("act", "output", "main"), EXIT_USAGE, 1, "", "output needs 1 more word");
    expect(state, WORDS("act", "output", "main", "on"), EXIT_ERRORS, 1, "",
           "output \"main\" is on then already; accepted is off");
    expect(state, WORDS("act", "output", "backup", "off"), EXIT_ERRORS, 1, "",
           "output \"backup\" is off then already; accepted is on");
    expect(state, WORDS("act", "output", "main", "off", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 2,
           "entered", "");
    /* The same second is not too late to think better of it. */
    expect(state, WORDS("act", "output", "main", "off", "--from", "2120-03-02T08:00:00Z"), EXIT_ERRORS, 2, "",
           "output \"main\" is off then already");
    expect(state, WORDS("act", "output", "main", "on", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 3,
           "entered as revision 2", "");
}

static void test_the_last_output_goes_off_with_a_warning(void **state)
{
    write_outputs(state);
    expect(state, WORDS("act", "output", "udp://239.255.12.2:5004", "off"), EXIT_OK, 2, "entered", "");
    expect(state, WORDS("act", "output", "main", "off", "--dry-run"), EXIT_WARNINGS, 2,
           "multiplex grades has no other output that is on: it is sent nowhere from ", "");
    expect(state, WORDS("act", "output", "main", "off"), EXIT_WARNINGS, 3, "entered as revision 2", "");
    expect(state, WORDS("act", "output", "backup", "on"), EXIT_OK, 4, "entered as revision 3", "");
}

static void test_a_switch_outlives_other_timetables_until_it_is_revoked(void **state)
{
    write_outputs(state);
    expect(state, WORDS("act", "output", "main", "off", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 2,
           "entered as revision 1", "");
    write_timetable(state, "p3/fire.mp4", NULL);
    small_station_add_lesson(*state, "p3/fire.mp4", 5, "key", 1, NULL);
    expect(state, WORDS("act", "load", "--from", "2130-03-02T08:00:00Z"), EXIT_OK, 3, "entered", "");
    expect(state, WORDS("act", "list"), EXIT_OK, 3, "output  main off\n", "");
    expect(state, WORDS("act", "output", "main", "off", "--from", "2130-03-02T08:00:00Z"), EXIT_ERRORS, 3, "",
           "is off then already");
    expect(state, WORDS("act", "revoke", "1", "--from", "2130-03-02T08:00:00Z"), EXIT_OK, 4,
           "output main of multiplex grades: it is sent on", "");
    expect(state, WORDS("act", "list"), EXIT_OK, 4, "no action holds", "");
}

static void test_places_are_services_and_stages_each_once(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    keep_beginning(state);
    expect(state, WORDS("act", "hold", "s1,p3,p3"), EXIT_OK, 2, "entered as revision 1", "");
    expect(state, WORDS("act", "list"), EXIT_OK, 2, "hold    p3 s1\n", "");
    expect(state, WORDS("act", "hold", "p3,all", "--dry-run"), EXIT_OK, 2, "until it is released", "");
    expect(state, WORDS("act", "hold", "p3,moon"), EXIT_USAGE, 2, "", "\"p3,moon\" is nowhere");
    expect(state, WORDS("act", "hold", "p3,"), EXIT_USAGE, 2, "", "is nowhere");
    expect(state, WORDS("act", "hold", ""), EXIT_USAGE, 2, "", "is nowhere");
}

/* --- the station */

static void begin_station(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    keep_beginning(state);
}

static void test_an_edited_station_is_told_entered_and_revoked(void **state)
{
    begin_station(state);
    expect(state, WORDS("act", "load"), EXIT_OK, 1, "nothing to enter", "");
    small_station_edit(*state, "Primary 3", "Primary Three");
    expect(state, WORDS("act", "load", "--dry-run"), EXIT_OK, 1,
           "  changed  multiplex grades, service p3, name en: Primary 3 → Primary Three\n", "");
    expect(state, WORDS("act", "load"), EXIT_OK, 2,
           "`play` begins anew at that second, with the same clock: ", "");
    expect(state, WORDS("act", "load"), EXIT_OK, 2,
           "station.xml, timetables and lessons are those of revision 1", "");
    expect(state, WORDS("act", "revoke", "1", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 3,
           "name en: Primary Three → Primary 3\n", "");
}

static void test_what_comes_and_goes_of_a_station_is_told(void **state)
{
    begin_station(state);
    small_station_edit(
        *state, "<service id=\"s1\" service-id=\"110\"><name xml:lang=\"zh\">高中一年级</name></service>",
        "<service id=\"p4\" service-id=\"104\"><name xml:lang=\"zh\">小学四年级</name></service>");
    expect(state, WORDS("act", "load", "--dry-run"), EXIT_OK, 1, "  new      multiplex grades, service p4\n",
           "");
    expect(state, WORDS("act", "load", "--dry-run"), EXIT_OK, 1, "  gone     multiplex grades, service s1\n",
           "");
}

static void test_a_station_that_cannot_be_is_refused(void **state)
{
    begin_station(state);
    small_station_write(*state, "station.xml", "<station");
    expect(state, WORDS("act", "load"), EXIT_ERRORS, 1, "station.xml:", "mend the station first");
    small_station_edit(*state, "dvb-c 64qam 6875000", "rate 2000000");
    expect(state, WORDS("act", "load"), EXIT_ERRORS, 1, "", "do not fit");
    small_station_edit(*state, "<service id=\"p3\"", "<service id=\"p4\"");
    expect(state, WORDS("act", "load"), EXIT_ERRORS, 1, "p3", "mend what is said above first");
}

/* Another action is of the station that holds, whatever the file says by now. */
static void test_an_action_needs_no_file(void **state)
{
    begin_station(state);
    small_station_write(*state, "station.xml", "<station");
    expect(state, WORDS("act", "hold", "p3"), EXIT_OK, 2, "entered as revision 1", "");
    small_station_edit(*state, "id=\"p3\"", "id=\"p4\"");
    expect(state, WORDS("act", "release", "p4"), EXIT_USAGE, 2, "", "\"p4\" is nowhere");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_effect_is_told_and_entered),
        TEST(test_a_lesson_that_is_not_prepared_is_told_with_what_is_seen),
        TEST(test_nothing_is_entered_of_what_is_refused),
        TEST(test_what_never_aired_is_no_revision),
        TEST(test_an_earlier_second_replaces_what_was_to_come),
        TEST(test_a_journal_that_was_changed_takes_no_more),
        TEST(test_check_tells_of_the_journal),
        TEST(test_what_is_to_hold_later_survives_a_load),
        TEST(test_an_action_and_a_load_at_once_both_hold),
        TEST(test_what_is_to_hold_later_is_revoked),
        TEST(test_an_action_is_revoked_by_each_of_its_numbers),
        TEST(test_a_switch_is_told_entered_and_listed),
        TEST(test_a_switch_that_switches_nothing_is_refused),
        TEST(test_the_last_output_goes_off_with_a_warning),
        TEST(test_a_switch_outlives_other_timetables_until_it_is_revoked),
        TEST(test_places_are_services_and_stages_each_once),
        TEST(test_an_edited_station_is_told_entered_and_revoked),
        TEST(test_what_comes_and_goes_of_a_station_is_told),
        TEST(test_a_station_that_cannot_be_is_refused),
        TEST(test_an_action_needs_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
