/* Each revision airs the lessons that it is bound to, and nothing that appears by itself. */
#include "playout/bindings.h"

#include "act_fixture.h"

/* --- the file */

static void test_the_file_says_what_was_set(void **state)
{
    const struct small_station *small = *state;
    struct house other;
    struct binding binding = {.seconds = 1200};
    size_t length, again_length;
    assert_true(house_parse("h264-576i25", "mp2-128k", &other));
    memset(binding.hash, 'a', LESSON_HASH_MAX - 1);
    struct bindings *bindings = bindings_new();
    bindings_set(bindings, "p3/水 的循环.mp4", &small->house, &binding);
    bindings_set(bindings, "a.mp4", &other, &binding);
    char *text = bindings_build(bindings, &length);
    bindings_free(&bindings);
    bindings = bindings_parse(text, length);
    assert_non_null(bindings);
    assert_int_equal(bindings_get_stream_format(bindings), BINDINGS_STREAM_FORMAT);
    assert_int_equal(bindings_get(bindings, "p3/水 的循环.mp4", &small->house)->seconds, 1200);
    assert_null(bindings_get(bindings, "p3/水 的循环.mp4", &other));
    assert_null(bindings_get(NULL, "a.mp4", &other));
    char *again = bindings_build(bindings, &again_length);
    assert_string_equal(again, text);
    g_free(again);
    g_free(text);
    bindings_free(&bindings);
}

static void test_what_is_no_such_file_is_none(void **state)
{
    (void)state;
    static const char *const wrong[] = {
        "",
        "chalkcast-bindings 2\nstream-format 1\n",
        "chalkcast-bindings 1\nstream-format one\n",
        "chalkcast-bindings 1\nstream-format 1\nabc 12 v a s.mp4\n",
        "chalkcast-bindings 1\nstream-format 1\n"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 0 v a s.mp4\n",
        "chalkcast-bindings 1\nstream-format 1\n"
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa 9 \n",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_null(bindings_parse(wrong[i], strlen(wrong[i])));
}

/* --- what a revision airs */

/* The lesson that the newest revision airs of a source: its hash, "" when there is none. */
static void get_aired(const struct small_station *small, const char *source, char hash[LESSON_HASH_MAX],
                      uint32_t *seconds)
{
    struct studio station;
    struct revisions revisions;
    struct diagnostics diagnostics = {0};
    assert_true(studio_open_station(small->path, &station));
    assert_true(revisions_init(&revisions, &station, &diagnostics));
    struct revision *revision = revision_new(&revisions, revisions.count - 1, &diagnostics);
    assert_non_null(revision);
    const struct studio *studio = &revision->studio;
    const size_t index = plan_find_source(studio->plan, source);
    const struct library_lesson *lesson = library_get(studio->library, index, 0);
    g_strlcpy(hash, lesson ? lesson->hash : "", LESSON_HASH_MAX);
    *seconds = index == PLAN_SLATE ? 0 : plan_source(studio->plan, index)->seconds;
    revision_free(&revision);
    revisions_fini(&revisions);
    diagnostics_fini(&diagnostics);
    studio_close(&station);
}

static void assert_airs(void **state, const char *source, const char *hash, uint32_t seconds)
{
    char found[LESSON_HASH_MAX];
    uint32_t length;
    get_aired(*state, source, found, &length);
    assert_string_equal(found, hash);
    assert_int_equal(length, seconds);
}

static void test_a_lesson_that_appears_acts_by_the_journal_alone(void **state)
{
    char hash[LESSON_HASH_MAX];
    write_timetable(state, "p3/fire.mp4", "p3/water.mp4");
    small_station_add_lesson(*state, "p3/fire.mp4", 5, "key", 1, NULL);
    keep_beginning(state);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, hash);
    assert_airs(state, "p3/water.mp4", "", 0);
    expect(state, WORDS("act", "hold", "s1"), EXIT_OK, 2, "entered", "");
    assert_airs(state, "p3/water.mp4", "", 0); /* another action binds nothing */
    expect(state, WORDS("act", "lessons", "--dry-run"), EXIT_OK, 2, "its lesson is there now", "");
    expect(state, WORDS("act", "lessons"), EXIT_OK, 3, "its lesson is there now", "");
    assert_airs(state, "p3/water.mp4", hash, 7);
    expect(state, WORDS("act", "lessons"), EXIT_OK, 3, "nothing to enter", "");
    expect(state, WORDS("act", "load"), EXIT_OK, 3, "nothing to enter", "");
}

static void test_a_newer_lesson_waits_while_the_old_one_is_on_air(void **state)
{
    char fire[LESSON_HASH_MAX], water[LESSON_HASH_MAX], new_fire[LESSON_HASH_MAX], new_water[LESSON_HASH_MAX];
    write_timetable(state, "p3/fire.mp4", "p3/water.mp4");
    small_station_add_lesson(*state, "p3/fire.mp4", 5, "key", 1, fire);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, water);
    keep_beginning(state);
    small_station_add_lesson(*state, "p3/fire.mp4", 6, "key", 2, new_fire);
    small_station_add_lesson(*state, "p3/water.mp4", 8, "key", 2, new_water);
    assert_airs(state, "p3/water.mp4", water, 7);
    expect(state, WORDS("act", "lessons"), EXIT_OK, 2, "its lesson was prepared anew", "");
    assert_airs(state, "p3/water.mp4", new_water, 8);
    assert_airs(state, "p3/fire.mp4", fire, 5);
}

/* The length of what airs follows from the journal; the file may come back. */
static void test_a_lesson_that_is_gone_is_told_and_still_bound(void **state)
{
    const struct small_station *small = *state;
    char hash[LESSON_HASH_MAX];
    write_timetable(state, "p3/fire.mp4", "p3/water.mp4");
    small_station_add_lesson(*state, "p3/fire.mp4", 5, "key", 1, NULL);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, hash);
    keep_beginning(state);
    char *path = g_strdup_printf("%s/lessons/%s.lesson", small->path, hash);
    assert_int_equal(unlink(path), 0);
    g_free(path);
    assert_airs(state, "p3/water.mp4", hash, 7);
    expect(state, WORDS("act", "lessons"), EXIT_OK, 1, "nothing to enter", "");
    small_station_add_lesson(*state, "p3/water.mp4", 9, "key", 2, NULL);
    assert_airs(state, "p3/water.mp4", hash, 7);
    expect(state, WORDS("act", "lessons"), EXIT_OK, 2, "its lesson was prepared anew", "");
}

static void test_what_is_late_is_made_good(void **state)
{
    write_timetable(state, "p3/water.mp4", NULL); /* it began an hour ago */
    small_station_add_lesson(*state, "p3/fire.mp4", 5, "key", 1, NULL);
    keep_beginning(state);
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    struct run run = act(state, WORDS("act", "lessons"));
    assert_int_equal(run.code, EXIT_OK);
    assert_says(run.output, "  on air   ");
    assert_says(run.output, "今, its lesson is there now");
    assert_says(run.output, "1 items new, 1 changed");
    run_fini(&run);
    expect(state, WORDS("act", "list"), EXIT_OK, 2, "repeat  now at ", "");
    expect(state, WORDS("act", "lessons"), EXIT_OK, 2, "nothing to enter", "");
}

static void test_a_source_that_an_action_names_is_bound(void **state)
{
    char hash[LESSON_HASH_MAX];
    write_timetable(state, "p3/fire.mp4", NULL);
    small_station_add_lesson(*state, "p3/fire.mp4", 5, "key", 1, NULL);
    keep_beginning(state);
    expect(state, WORDS("act", "replace", "now", "p3/water.mp4"), EXIT_ERRORS, 1, "", "is not prepared");
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, hash);
    expect(state, WORDS("act", "replace", "now", "p3/water.mp4"), EXIT_OK, 2, "entered", "");
    assert_airs(state, "p3/water.mp4", hash, 7);
}

static void test_another_stream_format_is_told(void **state)
{
    const struct small_station *small = *state;
    struct studio station;
    struct draft draft;
    struct revisions revisions;
    struct journal_revision entered;
    struct diagnostics diagnostics = {0};
    char error[512];
    assert_true(studio_open_station(small->path, &station));
    assert_true(draft_init(&draft, &station, &diagnostics));
    draft_set_companion(&draft, DRAFT_BINDINGS, g_strdup("chalkcast-bindings 1\nstream-format 77\n"), 38);
    char *path = revisions_journal_path(&station);
    struct journal *journal = journal_new(path, JOURNAL_CREATE, error, sizeof error);
    const struct journal_entry entry = {
        .from = JOURNAL_ALWAYS, .files = draft.files, .file_count = draft.count};
    assert_true(journal_append(journal, &entry, &entered));
    journal_free(&journal);
    assert_true(revisions_init(&revisions, &station, &diagnostics));
    struct revision *revision = revision_new(&revisions, 0, &diagnostics);
    assert_non_null(revision);
    bool told = false;
    for (size_t i = 0; i < revision->studio.diagnostics.count; i++)
        told = told || strstr(revision->studio.diagnostics.list[i].text, "entered for stream format 77");
    assert_true(told);
    revision_free(&revision);
    revisions_fini(&revisions);
    draft_fini(&draft);
    diagnostics_fini(&diagnostics);
    studio_close(&station);
    g_free(path);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_the_file_says_what_was_set),
        TEST(test_what_is_no_such_file_is_none),
        TEST(test_a_lesson_that_appears_acts_by_the_journal_alone),
        TEST(test_a_newer_lesson_waits_while_the_old_one_is_on_air),
        TEST(test_a_lesson_that_is_gone_is_told_and_still_bound),
        TEST(test_what_is_late_is_made_good),
        TEST(test_a_source_that_an_action_names_is_bound),
        TEST(test_another_stream_format_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
