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

/* What `play` enters when it goes on air. */
static void keep_beginning(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char error[512];
    assert_true(studio_open(small->path, &studio));
    assert_true(beginning_enter(&studio, error, sizeof error));
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
           "nothing to enter: timetables and lessons are those of revision 1", "");
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
        TEST(test_places_are_services_and_stages_each_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
