/* What follows what is on air: built in time, told, handed to the rings, and freed when it is over. Time is
 * an argument; waiting is for the builder's thread alone. */
#include "playout/succession.h"

#include <sched.h>

#include "playout/beginning.h"
#include "revisions_fixture.h"

struct bench {
    const struct small_station *small;
    struct studio station;
    struct revisions revisions;
    struct diagnostics diagnostics;
    struct ahead *ahead;
    struct succession *succession;
    GString *told; /* "what: text" in lines */
};

static void tell(void *context, enum style style, const char *what, const char *text)
{
    (void)style;
    g_string_append_printf(context, "%s: %s\n", what, text);
}

static void count_fault(void *context, const struct reader_fault *fault)
{
    (void)context, (void)fault;
}

/* On air since `second`. */
static void bench_init(struct bench *bench, const struct small_station *small, int64_t second)
{
    *bench = (struct bench){.small = small, .told = g_string_new(NULL)};
    assert_true(studio_open_station(small->path, &bench->station));
    assert_true(revisions_init(&bench->revisions, &bench->station, &bench->diagnostics));
    struct revision *first =
        revision_new(&bench->revisions, revisions_find(&bench->revisions, second), &bench->diagnostics);
    assert_true(revision_open_channels(first, &bench->diagnostics));
    bench->ahead = ahead_new(&first->channels[0], count_fault, NULL);
    ahead_fill(bench->ahead, second, second + AHEAD_SECONDS);
    bench->succession = succession_new(&bench->revisions, first, &bench->ahead, 1, true);
}

static void bench_fini(struct bench *bench)
{
    ahead_free(&bench->ahead);
    succession_free(&bench->succession);
    revisions_fini(&bench->revisions);
    studio_close(&bench->station);
    diagnostics_fini(&bench->diagnostics);
    g_string_free(bench->told, TRUE);
}

static void turn(struct bench *bench, int64_t second)
{
    succession_turn(bench->succession, second, tell, bench->told);
}

/* Until these words are told. */
static void turn_until(struct bench *bench, int64_t second, const char *words)
{
    alarm(20);
    while (!strstr(bench->told->str, words)) {
        turn(bench, second);
        sched_yield();
    }
    alarm(0);
}

/* A second goes on air, as sender and crew do it. */
static void air(struct bench *bench, int64_t second)
{
    const struct channel *channel;
    ahead_advance(bench->ahead, second);
    assert_non_null(ahead_take_tables(bench->ahead, second, &channel));
    while (ahead_read(bench->ahead) || ahead_build(bench->ahead))
        ;
}

static void test_it_follows_at_its_second_and_the_old_is_freed(void **state)
{
    const int64_t from = MONDAY_EIGHT + 100;
    struct bench bench;
    revisions_enter_two(*state, from);
    bench_init(&bench, *state, from - 33);
    const struct channel *old = &succession_at(bench.succession, from)->channels[0];
    turn(&bench, from - SUCCESSION_AHEAD - 1);
    assert_string_equal(bench.told->str, ""); /* lessons may still be prepared */
    turn_until(&bench, from - SUCCESSION_AHEAD,
               "revised: revision 1 is ready and airs from 2020-03-02 08:01:40\n");
    assert_int_equal(succession_at(bench.succession, from - 1)->number, 0);
    assert_int_equal(succession_at(bench.succession, from)->number, 1);
    for (int64_t second = from - 33; second <= from; second++) {
        assert_true(ahead_uses(bench.ahead, old));
        air(&bench, second);
        turn(&bench, second);
        assert_int_equal(succession_at(bench.succession, second)->number, second == from);
    }
    assert_false(ahead_uses(bench.ahead, old));
    turn(&bench, from + 2);
    assert_int_equal(succession_at(bench.succession, from - 1)->number, 1); /* there is no other any more */
    assert_int_equal(g_strrstr(bench.told->str, "revis") - bench.told->str, strlen("revised: "));
    bench_fini(&bench);
}

/* The one between two others is there to be told of what it changed. */
static void test_a_revision_that_held_for_a_second_is_known_in_the_next(void **state)
{
    const int64_t from = MONDAY_EIGHT + 10;
    struct bench bench;
    revisions_enter_two(*state, from);
    revisions_enter(*state, from + 1);
    bench_init(&bench, *state, MONDAY_EIGHT);
    turn_until(&bench, MONDAY_EIGHT, "revision 2 is ready");
    for (int64_t second = MONDAY_EIGHT; second <= from + 1; second++) {
        air(&bench, second);
        turn(&bench, second);
    }
    assert_int_equal(succession_at(bench.succession, from)->number, 1);
    assert_int_equal(succession_at(bench.succession, from + 1)->number, 2);
    bench_fini(&bench);
}

static void test_what_was_entered_too_late_airs_and_is_told(void **state)
{
    const struct small_station *small = *state;
    struct bench bench;
    revisions_enter(small, JOURNAL_ALWAYS);
    bench_init(&bench, small, MONDAY_EIGHT);
    turn(&bench, MONDAY_EIGHT);
    small_station_write(small, "timetables/week.xml", REVISED_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT + 2);
    turn_until(&bench, MONDAY_EIGHT + 1, "revision 1 was learned of too late");
    for (int64_t second = MONDAY_EIGHT; second < MONDAY_EIGHT + 6; second++)
        air(&bench, second);
    const struct channel *channel = NULL;
    assert_non_null(ahead_take_tables(bench.ahead, MONDAY_EIGHT + 6, &channel));
    assert_ptr_equal(channel, &succession_at(bench.succession, MONDAY_EIGHT + 6)->channels[0]);
    assert_int_equal(succession_at(bench.succession, MONDAY_EIGHT + 6)->number, 1);
    bench_fini(&bench);
}

/* A machine that was cut off airs what holds, and not first what held meanwhile. */
static void test_what_is_over_is_left_out(void **state)
{
    const struct small_station *small = *state;
    struct bench bench;
    revisions_enter(small, JOURNAL_ALWAYS);
    bench_init(&bench, small, MONDAY_EIGHT);
    turn(&bench, MONDAY_EIGHT);
    small_station_write(small, "timetables/week.xml", REVISED_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT - 20);
    small_station_write(small, "timetables/week.xml", SMALL_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT - 10);
    turn_until(&bench, MONDAY_EIGHT + 1, "revision 2 was learned of too late");
    assert_null(strstr(bench.told->str, "revision 1 "));
    bench_fini(&bench);
}

/* The station's lanes need more than there is, by now; or, here, a file of the revision is not sound. */
static void test_a_broken_file_of_a_revision_is_told(void **state)
{
    const struct small_station *small = *state;
    struct bench bench;
    revisions_enter(small, JOURNAL_ALWAYS);
    bench_init(&bench, small, MONDAY_EIGHT);
    char *path = revisions_journal_path(&bench.station), error[256];
    struct journal *journal = journal_new(path, JOURNAL_CREATE, error, sizeof error);
    const struct journal_file file = {"week.xml", "<timetable", 10};
    const struct journal_entry entry = {
        .number = 1, .from = MONDAY_EIGHT + 20, .files = &file, .file_count = 1};
    struct journal_revision entered;
    assert_true(journal_append(journal, &entry, &entered));
    journal_free(&journal);
    g_free(path);
    turn_until(&bench, MONDAY_EIGHT, "revision 1 does not air");
    assert_non_null(strstr(bench.told->str, "fault: "));
    assert_non_null(strstr(bench.told->str, "timetables/week.xml:1: "));
    bench_fini(&bench);
}

static void test_a_journal_that_cannot_be_read_is_told_once(void **state)
{
    struct bench bench;
    bench_init(&bench, *state, MONDAY_EIGHT);
    small_station_write(*state, "journal.db",
                        "neither a database nor empty, so that it shall be noticed at once");
    turn_until(&bench, MONDAY_EIGHT, "the journal cannot be read, the air goes on as it is");
    const size_t length = bench.told->len;
    turn(&bench, MONDAY_EIGHT + 1);
    turn(&bench, MONDAY_EIGHT + 2);
    assert_int_equal(bench.told->len, length);
    bench_fini(&bench);
}

/* The rings cannot take it, nor what comes behind it. */
static void test_another_station_is_for_another_broadcast(void **state)
{
    const struct small_station *small = *state;
    struct bench bench;
    revisions_enter(small, JOURNAL_ALWAYS);
    bench_init(&bench, small, MONDAY_EIGHT);
    small_station_edit(small, "Primary 3", "Primary Three");
    revisions_enter(small, MONDAY_EIGHT + 20);
    small_station_write(small, "timetables/week.xml", REVISED_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT + 25);
    struct revision *next = NULL;
    alarm(20);
    while (!(next = succession_take_next(bench.succession)))
        turn(&bench, MONDAY_EIGHT);
    alarm(0);
    assert_int_equal(next->number, 1);
    assert_non_null(next->channels);
    alarm(20);
    while (!succession_rest(bench.succession)) /* but for a copy of the journal: revision 2 is not built */
        turn(&bench, MONDAY_EIGHT);
    alarm(0);
    turn(&bench, MONDAY_EIGHT + 1);
    assert_string_equal(bench.told->str, "");
    assert_int_equal(succession_at(bench.succession, MONDAY_EIGHT + 30)->number, 0);
    succession_forget_next(bench.succession); /* it could not go on air: what comes behind it may */
    revision_free(&next);
    alarm(20);
    while (!(next = succession_take_next(bench.succession)))
        turn(&bench, MONDAY_EIGHT + 1);
    alarm(0);
    assert_int_equal(next->number, 2);
    revision_free(&next);
    bench_fini(&bench);
}

static void test_another_station_that_was_replaced_is_forgotten(void **state)
{
    const struct small_station *small = *state;
    struct bench bench;
    revisions_enter(small, JOURNAL_ALWAYS);
    bench_init(&bench, small, MONDAY_EIGHT);
    small_station_edit(small, "Primary 3", "Primary Three");
    revisions_enter(small, MONDAY_EIGHT + 20);
    alarm(20);
    for (bool built = false; !built;
         built = succession_rest(bench.succession) && bench.revisions.entered == 2)
        turn(&bench, MONDAY_EIGHT); /* it is kept until it is taken */
    alarm(0);
    bench_fini(&bench);
    bench_init(&bench, small, MONDAY_EIGHT);
    small_station_write(small, "station.xml", SMALL_STATION);
    small_station_write(small, "timetables/week.xml", REVISED_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT + 15);
    turn_until(&bench, MONDAY_EIGHT, "revision 2 is ready");
    turn(&bench, MONDAY_EIGHT);
    assert_null(succession_take_next(bench.succession));
    bench_fini(&bench);
}

/* Without a journal one is begun with what is on air, and the air goes on with it. */
static void test_the_journal_is_begun_with_what_is_on_air(void **state)
{
    struct bench bench;
    bench_init(&bench, *state, MONDAY_EIGHT);
    alarm(20);
    while (bench.revisions.entered == 0)
        turn(&bench, MONDAY_EIGHT);
    alarm(0);
    assert_int_equal(bench.told->len, 0);
    assert_int_equal(succession_at(bench.succession, MONDAY_EIGHT + 2)->number, 0);
    char *kept = studio_file(&bench.station, "state", "journal.last");
    alarm(20);
    while (access(kept, F_OK) != 0) /* for a start at which it cannot be read */
        turn(&bench, MONDAY_EIGHT);
    alarm(0);
    g_free(kept);
    bench_fini(&bench);
}

/* One that begins with something else is told. */
static void test_a_journal_that_begins_with_something_else_is_told(void **state)
{
    const struct small_station *small = *state;
    struct bench bench;
    bench_init(&bench, small, MONDAY_EIGHT);
    revisions_enter(small, JOURNAL_ALWAYS); /* it has no bindings */
    turn_until(&bench, MONDAY_EIGHT + 2, "the journal does not begin with what is on air");
    assert_int_equal(succession_at(bench.succession, MONDAY_EIGHT + 2)->number, 0);
    bench_fini(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_it_follows_at_its_second_and_the_old_is_freed),
        TEST(test_a_revision_that_held_for_a_second_is_known_in_the_next),
        TEST(test_what_was_entered_too_late_airs_and_is_told),
        TEST(test_what_is_over_is_left_out),
        TEST(test_a_broken_file_of_a_revision_is_told),
        TEST(test_a_journal_that_cannot_be_read_is_told_once),
        TEST(test_another_station_is_for_another_broadcast),
        TEST(test_another_station_that_was_replaced_is_forgotten),
        TEST(test_the_journal_is_begun_with_what_is_on_air),
        TEST(test_a_journal_that_begins_with_something_else_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
