/* The station directory: which lesson is aired for a source, and what is remembered of sources. */
#include "playout/studio.h"

#include "tests/small_station.h"

static const struct library_lesson *lesson_of(const struct studio *studio, const char *source)
{
    size_t index = plan_find_source(studio->plan, source);
    assert_int_not_equal(index, PLAN_SLATE);
    return library_get(studio->library, index);
}

static void test_no_station_is_an_error_that_says_what_to_do(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char *nowhere = g_build_filename(small->path, "nowhere", NULL);
    assert_false(studio_open(nowhere, &studio));
    assert_int_equal(studio.diagnostics.errors, 1);
    assert_non_null(strstr(studio.diagnostics.list[0].text, "-C DIR"));
    studio_close(&studio);
    g_free(nowhere);
}

static void test_unknown_house_is_an_error(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    GString *text = g_string_new(SMALL_STATION);
    g_string_replace(text, "mp2-128k", "mp2-127k", 0);
    small_station_write(small, "station.xml", text->str);
    g_string_free(text, TRUE);
    assert_false(studio_open(small->path, &studio));
    assert_int_equal(studio.diagnostics.list[0].line, 2);
    assert_non_null(strstr(studio.diagnostics.list[0].text, "mp2-127k"));
    studio_close(&studio);
}

static void test_lengths_of_prepared_lessons_are_set(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    small_station_add_lesson(small, "p3/water.mp4", 3, "k", 1, NULL);
    assert_true(studio_open(small->path, &studio));
    assert_int_equal(plan_source(studio.plan, plan_find_source(studio.plan, "p3/water.mp4"))->seconds, 3);
    assert_int_equal(plan_source(studio.plan, plan_find_source(studio.plan, "p3/poems.mp4"))->seconds, 0);
    assert_null(library_path(studio.library, plan_find_source(studio.plan, "p3/poems.mp4")));
    assert_int_equal(studio_find_multiplex(&studio, NULL), 0);
    assert_int_equal(studio_find_multiplex(&studio, "grades"), 0);
    assert_int_equal(studio_find_multiplex(&studio, "other"), 1);
    studio_close(&studio);
}

static void test_newest_lesson_is_chosen_when_no_key_is_known(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    small_station_add_lesson(small, "p3/water.mp4", 3, "old", 1, NULL);
    small_station_add_lesson(small, "p3/water.mp4", 4, "new", 2, NULL);
    assert_true(studio_open(small->path, &studio));
    assert_string_equal(lesson_of(&studio, "p3/water.mp4")->info.encode_key, "new");
    studio_close(&studio);
}

static void test_equally_new_lessons_are_chosen_by_hash(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char hashes[2][LESSON_HASH_MAX];
    small_station_add_lesson(small, "p3/water.mp4", 3, "a", 1, hashes[0]);
    small_station_add_lesson(small, "p3/water.mp4", 4, "b", 1, hashes[1]);
    assert_true(studio_open(small->path, &studio));
    assert_string_equal(lesson_of(&studio, "p3/water.mp4")->hash,
                        hashes[strcmp(hashes[0], hashes[1]) < 0 ? 0 : 1]);
    studio_close(&studio);
}

static void test_known_key_wins_over_newer_lesson(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char error[256], key[LESSON_HASH_MAX];
    small_station_write(small, "sources/p3/water.mp4", "film");
    small_station_write(small, "state/nothing", "");
    assert_true(studio_open(small->path, &studio));
    assert_null(keys_get_known(studio.keys, "p3/water.mp4"));
    assert_non_null(keys_get(studio.keys, "p3/water.mp4", error));
    snprintf(key, sizeof key, "%s", keys_get_known(studio.keys, "p3/water.mp4"));
    assert_int_equal(strlen(key), 64);
    assert_true(keys_save(studio.keys));
    studio_close(&studio);
    small_station_add_lesson(small, "p3/water.mp4", 3, key, 1, NULL);
    small_station_add_lesson(small, "p3/water.mp4", 4, "newer", 2, NULL);
    assert_true(studio_open(small->path, &studio));
    assert_string_equal(lesson_of(&studio, "p3/water.mp4")->info.encode_key, key);
    studio_close(&studio);
}

static void test_key_is_forgotten_when_source_or_house_changes(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char error[256];
    small_station_write(small, "sources/p3/water.mp4", "film");
    small_station_write(small, "state/nothing", "");
    assert_true(studio_open(small->path, &studio));
    assert_non_null(keys_get(studio.keys, "p3/water.mp4", error));
    assert_null(keys_get(studio.keys, "p3/absent.mp4", error));
    assert_true(strlen(error) > 0);
    assert_true(keys_save(studio.keys));
    studio_close(&studio);

    small_station_write(small, "sources/p3/water.mp4", "longer film");
    assert_true(studio_open(small->path, &studio));
    assert_null(keys_get_known(studio.keys, "p3/water.mp4"));
    small_station_write(small, "sources/p3/water.mp4", "film");
    assert_non_null(keys_get(studio.keys, "p3/water.mp4", error));
    assert_true(keys_save(studio.keys));
    studio_close(&studio);

    GString *text = g_string_new(SMALL_STATION);
    g_string_replace(text, "preset=\"ultrafast\"", "preset=\"medium\"", 0);
    small_station_write(small, "station.xml", text->str);
    g_string_free(text, TRUE);
    assert_true(studio_open(small->path, &studio));
    assert_null(keys_get_known(studio.keys, "p3/water.mp4"));
    studio_close(&studio);
}

static void test_damaged_lesson_is_left_aside_with_a_warning(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char hash[LESSON_HASH_MAX];
    small_station_add_lesson(small, "p3/water.mp4", 3, "old", 1, NULL);
    small_station_add_lesson(small, "p3/water.mp4", 4, "new", 2, hash);
    char *path = g_strdup_printf("%s/lessons/%s.lesson", small->path, hash);
    assert_int_equal(truncate(path, 5000), 0);
    assert_true(studio_open(small->path, &studio));
    assert_string_equal(lesson_of(&studio, "p3/water.mp4")->info.encode_key, "old");
    assert_int_equal(studio.diagnostics.warnings, 1);
    assert_string_equal(studio.diagnostics.list[0].file, path);
    assert_null(library_find(studio.library, hash));
    studio_close(&studio);
    g_free(path);
}

static void test_lessons_are_found_by_source_and_by_hash(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char hash[LESSON_HASH_MAX], prefix[8];
    small_station_add_lesson(small, "other/film.mp4", 3, "k", 1, hash);
    snprintf(prefix, sizeof prefix, "%.6s", hash);
    assert_true(studio_open(small->path, &studio));
    assert_int_equal(library_count(studio.library), 1);
    assert_int_equal(library_lesson(studio.library, 0)->source, PLAN_SLATE);
    assert_string_equal(library_find(studio.library, "other/film.mp4")->hash, hash);
    assert_string_equal(library_find(studio.library, hash)->hash, hash);
    assert_string_equal(library_find(studio.library, prefix)->hash, hash);
    prefix[5] = '\0';
    assert_null(library_find(studio.library, prefix));
    assert_null(library_find(studio.library, "p3/water.mp4"));
    studio_close(&studio);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_no_station_is_an_error_that_says_what_to_do),
        TEST(test_unknown_house_is_an_error),
        TEST(test_lengths_of_prepared_lessons_are_set),
        TEST(test_newest_lesson_is_chosen_when_no_key_is_known),
        TEST(test_equally_new_lessons_are_chosen_by_hash),
        TEST(test_known_key_wins_over_newer_lesson),
        TEST(test_key_is_forgotten_when_source_or_house_changes),
        TEST(test_damaged_lesson_is_left_aside_with_a_warning),
        TEST(test_lessons_are_found_by_source_and_by_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
