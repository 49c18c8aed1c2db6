/* The station directory: which lesson is aired for a source, and what is remembered of sources. */
#include "playout/studio.h"

#include "playout/channel.h"
#include "playout/solo.h"
#include "tests/small_station.h"

static const struct library_lesson *lesson_of(const struct studio *studio, const char *source)
{
    size_t index = plan_find_source(studio->plan, source);
    assert_int_not_equal(index, PLAN_SLATE);
    return library_get(studio->library, index, 0);
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
    assert_null(library_path(studio.library, plan_find_source(studio.plan, "p3/poems.mp4"), 0));
    assert_int_equal(studio_find_multiplex(&studio, NULL), 0);
    assert_int_equal(studio_find_multiplex(&studio, "grades"), 0);
    assert_int_equal(studio_find_multiplex(&studio, "other"), 1);
    studio_close(&studio);
}

/* Two services that show the same lesson in different formats, one with more languages. */
static void write_mixed_station(const struct small_station *small)
{
    GString *text = g_string_new(SMALL_STATION);
    g_string_replace(text, "<fallback source=\"fallback/p3.mp4\"/>",
                     "<audio xml:lang=\"zh\"/><audio xml:lang=\"bo\"/><subtitles xml:lang=\"bo\"/>"
                     "<fallback source=\"p3/water.mp4\"/>",
                     0);
    g_string_replace(text, "高中一年级</name>",
                     "高中一年级</name><house video=\"hevc-1080p50\" audio=\"aac-96k\"/>"
                     "<fallback source=\"p3/water.mp4\"/>",
                     0);
    small_station_write(small, "station.xml", text->str);
    g_string_free(text, TRUE);
}

static void test_a_source_is_prepared_for_every_format_that_shows_it(void **state)
{
    struct small_station *small = *state;
    struct studio studio;
    char hash[2][LESSON_HASH_MAX];
    write_mixed_station(small);
    small_station_add_lesson(small, "p3/water.mp4", 3, "k", 1, hash[0]);
    assert_true(house_parse("hevc-1080p50", "aac-96k", &small->house));
    small_station_add_lesson(small, "p3/water.mp4", 3, "k", 2, hash[1]);
    assert_true(studio_open(small->path, &studio));
    assert_int_equal(studio.formats.count, 2);
    size_t water = plan_find_source(studio.plan, "p3/water.mp4");
    size_t poems = plan_find_source(studio.plan, "p3/poems.mp4");
    for (size_t i = 0; i < 2; i++) {
        assert_true(studio_uses(&studio, water, i));
        assert_string_equal(library_get(studio.library, water, i)->hash, hash[i]);
        assert_int_equal(studio_uses(&studio, poems, i), i == 0);
    }
    assert_null(library_get(studio.library, water, 2));
    const struct tracks *tracks = &studio.formats.list[0].tracks;
    assert_int_equal(tracks->audio_count, 2);
    assert_string_equal(tracks->audio[1].language, "tib");
    assert_int_equal(tracks->subtitle_count, 1);
    assert_int_equal(studio.formats.list[1].tracks.audio_count, 1);
    assert_int_equal(studio.formats.list[1].tracks.subtitle_count, 0);
    studio_close(&studio);
}

/* The multiplex of one lesson alone was too slow for the larger formats. */
static void test_one_lesson_alone_fits_in_any_format(void **state)
{
    struct small_station *small = *state;
    for (size_t i = 0; house_video_name(i); i++) {
        struct diagnostics diagnostics = {0};
        struct solo solo;
        struct studio studio;
        struct channel channel;
        char error[256], hash[LESSON_HASH_MAX];
        assert_true(house_parse(house_video_name(i), "aac-256k", &small->house));
        small_station_add_lesson(small, "film.mp4", 3, "k", (int64_t)i, hash);
        assert_true(solo_init(&solo, small->path, hash, error, sizeof error));
        assert_true(studio_open(solo.directory, &studio));
        assert_true(studio_open_guide(&studio, &diagnostics));
        assert_true(channel_init(&channel, &studio, 0, &diagnostics));
        assert_string_equal(channel_house(&channel, 0)->video.name, house_video_name(i));
        assert_string_equal(channel_tracks(&channel, 0)->audio[0].language, "chi");
        channel_fini(&channel);
        studio_close(&studio);
        solo_fini(&solo);
        diagnostics_fini(&diagnostics);
    }
}

static void test_sidecars_are_found_by_their_names(void **state)
{
    static const char *const names[] = {"water.mp4",      "water.bo.m4a",     "water.chi.ad.mp3",
                                        "water.ug.srt",   "water.ug.vtt",     "water.zh.sdh.ass",
                                        "water.m4a",      "water.bo.jpg",     "water.zh.ad.srt",
                                        "water.zzzz.mp3", "water.zh.x.y.mp3", "waters.bo.mp3"};
    const struct small_station *small = *state;
    struct sidecars sidecars;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char *name = g_build_filename("sources", "p3", names[i], NULL);
        small_station_write(small, name, "x");
        g_free(name);
    }
    char *path = g_build_filename(small->path, "sources/p3/water.mp4", NULL);
    sidecars_init(&sidecars, path);
    assert_int_equal(sidecars.count, 4);
    assert_true(g_str_has_suffix(sidecars.list[0].path, "water.bo.m4a"));
    assert_string_equal(sidecars.list[0].language, "tib");
    assert_int_equal(sidecars.list[0].kind, PREPARE_AUDIO);
    assert_string_equal(sidecars.list[1].language, "chi");
    assert_true(sidecars.list[1].for_impaired);
    assert_true(g_str_has_suffix(sidecars.list[2].path, "water.ug.srt")); /* not the second of its kind */
    assert_int_equal(sidecars.list[2].kind, PREPARE_SUBTITLES);
    assert_false(sidecars.list[2].for_impaired);
    assert_true(sidecars.list[3].for_impaired);
    uint64_t stamp = sidecars.stamp;
    sidecars_fini(&sidecars);
    small_station_write(small, "sources/p3/water.bo.m4a", "xy");
    sidecars_init(&sidecars, path);
    assert_true(stamp != 0 && sidecars.stamp != stamp);
    sidecars_fini(&sidecars);
    g_free(path);
}

static void test_key_is_forgotten_when_a_sidecar_comes(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char error[256], key[LESSON_HASH_MAX];
    write_mixed_station(small);
    small_station_write(small, "sources/p3/water.mp4", "film");
    assert_true(studio_open(small->path, &studio));
    snprintf(key, sizeof key, "%s", keys_get(studio.keys[0], "p3/water.mp4", error));
    assert_string_not_equal(keys_get(studio.keys[1], "p3/water.mp4", error), key);
    small_station_write(small, "sources/p3/water.bo.m4a", "sound");
    assert_null(keys_get_known(studio.keys[0], "p3/water.mp4"));
    assert_string_not_equal(keys_get(studio.keys[0], "p3/water.mp4", error), key);
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

/* Every old lesson was called damaged, one by one. */
static void test_old_lessons_are_told_in_one_line(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    for (int64_t i = 0; i < 2; i++) {
        char hash[LESSON_HASH_MAX];
        small_station_add_lesson(small, "p3/water.mp4", 3, "k", i, hash);
        char *path = g_strdup_printf("%s/lessons/%s.lesson", small->path, hash);
        FILE *file = fopen(path, "r+");
        assert_non_null(file);
        assert_int_equal(fseek(file, (long)strlen("chalkcast-lesson "), SEEK_SET), 0);
        assert_int_equal(fputc('1', file), '1');
        assert_int_equal(fclose(file), 0);
        g_free(path);
    }
    assert_true(studio_open(small->path, &studio));
    assert_null(lesson_of(&studio, "p3/water.mp4"));
    assert_int_equal(studio.diagnostics.count, 1);
    assert_non_null(strstr(studio.diagnostics.list[0].text, "2 lessons were prepared by an earlier version"));
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
    assert_null(keys_get_known(studio.keys[0], "p3/water.mp4"));
    assert_non_null(keys_get(studio.keys[0], "p3/water.mp4", error));
    snprintf(key, sizeof key, "%s", keys_get_known(studio.keys[0], "p3/water.mp4"));
    assert_int_equal(strlen(key), 64);
    assert_true(keys_save(studio.keys[0]));
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
    assert_non_null(keys_get(studio.keys[0], "p3/water.mp4", error));
    assert_null(keys_get(studio.keys[0], "p3/absent.mp4", error));
    assert_true(strlen(error) > 0);
    assert_true(keys_save(studio.keys[0]));
    studio_close(&studio);

    small_station_write(small, "sources/p3/water.mp4", "longer film");
    assert_true(studio_open(small->path, &studio));
    assert_null(keys_get_known(studio.keys[0], "p3/water.mp4"));
    small_station_write(small, "sources/p3/water.mp4", "film");
    assert_non_null(keys_get(studio.keys[0], "p3/water.mp4", error));
    assert_true(keys_save(studio.keys[0]));
    studio_close(&studio);

    GString *text = g_string_new(SMALL_STATION);
    g_string_replace(text, "preset=\"ultrafast\"", "preset=\"medium\"", 0);
    small_station_write(small, "station.xml", text->str);
    g_string_free(text, TRUE);
    assert_true(studio_open(small->path, &studio));
    assert_null(keys_get_known(studio.keys[0], "p3/water.mp4"));
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
        TEST(test_key_is_forgotten_when_a_sidecar_comes),
        TEST(test_a_source_is_prepared_for_every_format_that_shows_it),
        TEST(test_one_lesson_alone_fits_in_any_format),
        TEST(test_old_lessons_are_told_in_one_line),
        TEST(test_sidecars_are_found_by_their_names),
        TEST(test_damaged_lesson_is_left_aside_with_a_warning),
        TEST(test_lessons_are_found_by_source_and_by_hash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
