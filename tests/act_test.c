/* `chalkcast act load` as the operator sees it: told before it is entered, refused whole, entered once. The
 * timetables are of this day, by the clock of this machine. */
#include <sqlite3.h>
#include <time.h>

#include "playout/beginning.h"
#include "revisions_fixture.h"

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

struct run {
    int code;
    char *output, *errors;
};

static struct run act(void **state, char **words)
{
    struct run run;
    run.code = small_station_run(*state, &command_act, words, &run.output, &run.errors);
    return run;
}

static void run_fini(struct run *run)
{
    g_free(run->output);
    g_free(run->errors);
}

static void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* One lesson on p3, which began an hour ago, and one that follows in five hours when there is a second. */
static void write_timetable(void **state, const char *first, const char *second)
{
    char from[32], later[32];
    const time_t now = time(NULL), begun = now - now % 3600 - 3600, then = begun + 6 * 3600;
    strftime(from, sizeof from, "%Y-%m-%dT%H:%M:%SZ", gmtime(&begun));
    strftime(later, sizeof later, "%Y-%m-%dT%H:%M:%SZ", gmtime(&then));
    GString *text = g_string_new("<timetable xmlns=\"urn:chalkcast:timetable:1\">");
    g_string_append_printf(text,
                           "<lesson id=\"now\" service=\"p3\" start=\"%s\" length=\"PT4H\" source=\"%s\" "
                           "fill=\"loop\"><title xml:lang=\"zh\">今</title></lesson>",
                           from, first);
    if (second)
        g_string_append_printf(
            text,
            "<lesson id=\"then\" service=\"p3\" start=\"%s\" length=\"PT1H\" source=\"%s\" "
            "fill=\"loop\"><title xml:lang=\"zh\">后</title></lesson>",
            later, second);
    g_string_append(text, "</timetable>");
    small_station_write(*state, "timetables/week.xml", text->str);
    g_string_free(text, TRUE);
}

/* What `play` keeps when it goes on air. */
static void keep_beginning(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    uint8_t content[JOURNAL_HASH];
    assert_true(studio_open(small->path, &studio));
    assert_true(beginning_write(&studio, studio.plan, content));
    studio_close(&studio);
}

static size_t count_entries(void **state, struct journal_revision *newest)
{
    const struct small_station *small = *state;
    char error[512], *path = g_build_filename(small->path, "journal.db", NULL);
    struct journal *journal = journal_new(path, JOURNAL_READ, error, sizeof error);
    struct journal_revision *list = NULL;
    size_t count = 0;
    if (journal) {
        assert_true(journal_list(journal, &list, &count));
        assert_true(journal_verify(journal));
    }
    if (count > 0)
        *newest = list[count - 1];
    g_free(list);
    journal_free(&journal);
    g_free(path);
    return count;
}

static void expect(void **state, char **words, int code, size_t entries, const char *output,
                   const char *errors)
{
    struct journal_revision newest;
    struct run run = act(state, words);
    if (run.code != code)
        fail_msg("%d instead of %d:\n%s%s", run.code, code, run.output, run.errors);
    assert_says(run.output, output);
    assert_says(run.errors, errors);
    run_fini(&run);
    assert_int_equal(count_entries(state, &newest), entries);
}

static void test_the_effect_is_told_and_entered(void **state)
{
    struct journal_revision newest;
    write_timetable(state, "p3/water.mp4", NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(*state, "p3/fire.mp4", 5, "key", 1, NULL);
    keep_beginning(state);
    write_timetable(state, "p3/fire.mp4", "p3/water.mp4");
    expect(state, WORDS("load", "load", "--dry-run"), EXIT_OK, 0, "changed", "");
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
           "nothing to enter: the timetables are those of revision 1", "");
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
    expect(state, WORDS("act", "load", "--from", "2020-03-02T08:00:00+08:00"), EXIT_ERRORS, 0, "",
           "too early");
    expect(state, WORDS("act", "load", "--from", "tomorrow"), EXIT_USAGE, 0, "", "not a whole second");
    expect(state, WORDS("act", "load", "--from", "2120-03-02T08:00:00.5Z"), EXIT_USAGE, 0, "",
           "not a whole second");
    expect(state, WORDS("act", "unload"), EXIT_USAGE, 0, "", "accepted: load");
    expect(state, WORDS("act"), EXIT_USAGE, 0, "", "which action?");
    expect(state, WORDS("act", "load", "week.xml"), EXIT_USAGE, 0, "", "one word too many");
    small_station_write(*state, "timetables/zz.xml", "<timetable");
    expect(state, WORDS("act", "load"), EXIT_ERRORS, 0, "zz.xml:1: error", "mend what is said above first");
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
    expect(state, WORDS("act", "load"), EXIT_OK, 0, "nothing to enter", "");
    small_station_edit(*state, "Primary 3", "Primary Three");
    expect(state, WORDS("act", "load", "--dry-run"), EXIT_OK, 0,
           "  changed  multiplex grades, service p3, name en: Primary 3 → Primary Three\n", "");
    expect(state, WORDS("act", "load"), EXIT_OK, 2,
           "`play` begins anew at that second, with the same clock: ", "");
    expect(state, WORDS("act", "load"), EXIT_OK, 2, "those of revision 1, and so is station.xml", "");
    expect(state, WORDS("act", "revoke", "1", "--from", "2120-03-02T08:00:00Z"), EXIT_OK, 3,
           "name en: Primary Three → Primary 3\n", "");
}

static void test_what_comes_and_goes_of_a_station_is_told(void **state)
{
    begin_station(state);
    small_station_edit(
        *state, "<service id=\"s1\" service-id=\"110\"><name xml:lang=\"zh\">高中一年级</name></service>",
        "<service id=\"p4\" service-id=\"104\"><name xml:lang=\"zh\">小学四年级</name></service>");
    expect(state, WORDS("act", "load", "--dry-run"), EXIT_OK, 0, "  new      multiplex grades, service p4\n",
           "");
    expect(state, WORDS("act", "load", "--dry-run"), EXIT_OK, 0, "  gone     multiplex grades, service s1\n",
           "");
}

static void test_a_station_that_cannot_be_is_refused(void **state)
{
    begin_station(state);
    small_station_write(*state, "station.xml", "<station");
    expect(state, WORDS("act", "load"), EXIT_ERRORS, 0, "station.xml:", "mend the station first");
    small_station_edit(*state, "dvb-c 64qam 6875000", "rate 2000000");
    expect(state, WORDS("act", "load"), EXIT_ERRORS, 0, "", "do not fit");
    small_station_edit(*state, "<service id=\"p3\"", "<service id=\"p4\"");
    expect(state, WORDS("act", "load"), EXIT_ERRORS, 0, "p3", "mend what is said above first");
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
        TEST(test_an_edited_station_is_told_entered_and_revoked),
        TEST(test_what_comes_and_goes_of_a_station_is_told),
        TEST(test_a_station_that_cannot_be_is_refused),
        TEST(test_an_action_needs_no_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
