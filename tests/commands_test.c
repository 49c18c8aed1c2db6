/* What check, guide, prepare and play say, as a teacher reads it. */
#include "playout/command.h"

#include "playout/budget.h"
#include "playout/progress.h"
#include "playout/studio.h"
#include "playout/terminal.h"
#include "tests/small_station.h"

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

struct run {
    int code;
    char *output, *errors;
};

static struct run run_command(void **state, const struct command *command, char **words)
{
    struct run run;
    run.code = small_station_run(*state, command, words, &run.output, &run.errors);
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

static void assert_golden(const char *text, const char *file)
{
    char *golden;
    assert_true(g_file_get_contents(file, &golden, NULL, NULL));
    assert_string_equal(text, golden);
    g_free(golden);
}

/* Everything is prepared: one lesson loops, one is followed by the fallback, one is still to be prepared. */
static void prepare_small(void **state)
{
    small_station_add_lesson(*state, "p3/water.mp4", 20, "k", 1, NULL);
    small_station_add_lesson(*state, "breaks/eyes.mp4", 5, "k", 1, NULL);
    small_station_add_lesson(*state, "fallback/p3.mp4", 2, "k", 1, NULL);
    small_station_write(*state, "sources/p3/poems.mp4", "a film");
}

static void test_text_lab_shows_bytes_and_what_receivers_draw(void **state)
{
    struct run run = run_command(state, &command_guide, WORDS("guide", "--text-lab", "朱镕基·古诗——½ A"));
    assert_golden(run.output, "tests/golden/text-lab.txt");
    assert_string_equal(run.errors, "");
    assert_int_equal(run.code, EXIT_OK);
    run_fini(&run);
    run = run_command(state, &command_guide, WORDS("guide", "--text-lab", "好", "--day", "2020-03-02"));
    assert_says(run.errors, "--compare and --text-lab stand alone");
    assert_int_equal(run.code, EXIT_USAGE);
    run_fini(&run);
}

/* That it tells a right guide from a wrong one is seen with rendered streams, in tests/e2e/guide.sh. */
static void test_compare_says_when_there_is_nothing_to_compare(void **state)
{
    const struct small_station *small = *state;
    char *file = g_build_filename(small->path, "timetables", "week.xml", NULL);
    struct run run = run_command(state, &command_guide, WORDS("guide", "--compare", file));
    assert_says(run.errors, "has no guide of this station");
    assert_int_equal(run.code, EXIT_ERRORS);
    run_fini(&run);
    run = run_command(state, &command_guide, WORDS("guide", "--compare", "/no/such/file"));
    assert_int_equal(run.code, EXIT_WORLD);
    run_fini(&run);
    run = run_command(state, &command_guide, WORDS("guide", "--compare", "udp://239.255.12.1:5004"));
    assert_says(run.errors, "--compare reads a file");
    assert_int_equal(run.code, EXIT_USAGE);
    run_fini(&run);
    g_free(file);
}

static void test_guide_reads_like_a_timetable(void **state)
{
    prepare_small(state);
    struct run run = run_command(state, &command_guide, WORDS("guide"));
    assert_golden(run.output, "tests/golden/guide.txt");
    assert_string_equal(run.errors, "");
    assert_int_equal(run.code, EXIT_OK);
    run_fini(&run);
}

static void test_guide_of_a_day_without_items_is_all_fallback(void **state)
{
    struct run run =
        run_command(state, &command_guide, WORDS("guide", "--day", "2020-03-05", "--service", "s1"));
    assert_says(run.output, "00:00–24:00");
    assert_says(run.output, "Nothing is planned on 2020-03-05");
    assert_null(strstr(run.output, "Primary 3"));
    run_fini(&run);
}

static void test_guide_tells_a_range_of_days(void **state)
{
    struct run run = run_command(state, &command_guide,
                                 WORDS("guide", "--from", "2020-03-03", "--days", "2", "--service", "p3"));
    assert_says(run.output, "Tuesday 2020-03-03");
    assert_says(run.output, "Wednesday 2020-03-04");
    assert_null(strstr(run.output, "Monday"));
    assert_null(strstr(run.output, "Thursday"));
    run_fini(&run);
    run = run_command(state, &command_guide, WORDS("guide", "--from", "2020-03-03"));
    assert_null(strstr(run.output, "Monday"));
    assert_says(run.output, "Wednesday 2020-03-04");
    run_fini(&run);
}

static void test_guide_refuses_what_it_does_not_know(void **state)
{
    struct run run = run_command(state, &command_guide, WORDS("guide", "--service", "p9"));
    assert_int_equal(run.code, EXIT_USAGE);
    assert_says(run.errors, "no service \"p9\"; the station has p3, s1");
    run_fini(&run);
    run = run_command(state, &command_guide, WORDS("guide", "--day", "2019-02-29"));
    assert_int_equal(run.code, EXIT_USAGE);
    assert_says(run.errors, "2019-02-29");
    run_fini(&run);
    run = run_command(state, &command_guide, WORDS("guide", "--when", "now"));
    assert_int_equal(run.code, EXIT_USAGE);
    assert_says(run.errors, "no option --when; accepted: -o, --day, --from, --days, --service, --as, "
                            "--compare, --text-lab, --help");
    run_fini(&run);
    run = run_command(state, &command_guide, WORDS("guide", "--day"));
    assert_int_equal(run.code, EXIT_USAGE);
    assert_says(run.errors, "--day needs a value");
    run_fini(&run);
}

static void test_check_tells_what_viewers_see(void **state)
{
    prepare_small(state);
    struct run run = run_command(state, &command_check, WORDS("check"));
    assert_int_equal(run.code, EXIT_WARNINGS);
    char *tables = strstr(run.output, "\n\n");
    assert_non_null(tables);
    tables[1] = '\0';
    assert_golden(run.output, "tests/golden/check.txt");
    assert_says(tables + 2, "video");
    assert_says(tables + 2, "free");
    assert_says(tables + 2, "2 services, 4 items from 2020-03-02 to 2020-03-04: 0 errors, 2 warnings");
    run_fini(&run);
}

static void test_check_tells_all_errors_of_all_files(void **state)
{
    small_station_write(*state, "timetables/bad.xml",
                        "<timetable xmlns=\"urn:chalkcast:timetable:1\">\n"
                        "  <lesson id=\"x-1\" service=\"p9\" start=\"2020-03-02T08:00:00+08:00\" "
                        "length=\"PT20M\" source=\"x.mp4\"><title xml:lang=\"zh\">一</title></lesson>\n"
                        "</timetable>\n");
    struct run run = run_command(state, &command_check, WORDS("check"));
    assert_int_equal(run.code, EXIT_ERRORS);
    assert_says(run.output, "DIR/timetables/bad.xml:2: error: ");
    assert_says(run.output, "p9");
    assert_says(run.output, "DIR/timetables/week.xml:3: warning: source \"p3/water.mp4\" is neither");
    assert_says(run.output, "1 error, ");
    run_fini(&run);
}

static void test_check_names_what_lanes_need_too_much(void **state)
{
    GString *text = g_string_new(SMALL_STATION);
    g_string_replace(text, "64qam 6875000", "16qam 1000000", 0);
    small_station_write(*state, "station.xml", text->str);
    g_string_free(text, TRUE);
    struct run run = run_command(state, &command_check, WORDS("check"));
    assert_int_equal(run.code, EXIT_ERRORS);
    assert_says(run.output,
                "station.xml:7: error: video h264-720p25 of service s1 does not fit: it needs 1664");
    assert_says(run.output, "more than the 2450 that DVB-C 16QAM 1 MBd carries");
    assert_says(run.output, "too much");
    run_fini(&run);
}

/* SMALL_STATION with Tibetan as well, in a multiplex of so many packets per second. */
static void write_two_languages(void **state, unsigned packets)
{
    GString *text = g_string_new(SMALL_STATION);
    char *delivery = g_strdup_printf("rate %u", packets * TS_PACKET * 8);
    g_string_replace(text, "dvb-c 64qam 6875000", delivery, 0);
    g_string_replace(text, "高中一年级</name>",
                     "高中一年级</name><audio xml:lang=\"zh\"/><audio xml:lang=\"bo\"/>", 0);
    small_station_write(*state, "station.xml", text->str);
    g_free(delivery);
    g_string_free(text, TRUE);
}

static void test_check_refuses_one_lane_too_many_by_name_and_amount(void **state)
{
    write_two_languages(state, 3854);
    struct run run = run_command(state, &command_check, WORDS("check"));
    assert_int_equal(run.code, EXIT_WARNINGS);
    assert_says(run.output, "  video h264-720p25   2 × 1664       3328    5005.3   86.4 %\n"
                            "  audio zh            2 × 125         250     376.0    6.5 %\n"
                            "  audio bo s1                1        125     188.0    3.2 %\n");
    assert_says(run.output, "  free                                  0       0.0    0.0 %\n");
    assert_says(run.output,
                "  table                sections      bytes   packets/s      kb/s       cycle    limit\n"
                "  PAT                         1         24        12.0      18.0     0.083 s    0.5 s\n");
    assert_says(run.output, "  EIT p/f actual              4 ");
    run_fini(&run);
    write_two_languages(state, 3769);
    run = run_command(state, &command_check, WORDS("check"));
    assert_int_equal(run.code, EXIT_ERRORS);
    assert_says(
        run.output,
        "station.xml:7: error: audio bo of service s1 does not fit: it needs 125 packets/s (188.0 kb/s), 40 "
        "are left; all lanes of multiplex \"grades\" need 85 (127.8 kb/s) more than the 3769 that 5.669 Mb/s "
        "carries");
    run_fini(&run);
}

static void test_check_tells_a_changed_source_from_other_settings(void **state)
{
    struct studio studio;
    char error[256], key[LESSON_HASH_MAX];
    const struct small_station *small = *state;
    small_station_write(small, "sources/p3/water.mp4", "film");
    assert_true(studio_open(small->path, &studio));
    snprintf(key, sizeof key, "%s", keys_get(studio.keys[0], "p3/water.mp4", error));
    studio_close(&studio);
    small_station_add_lesson(small, "p3/water.mp4", 1200, key, 1, NULL);
    struct run run = run_command(state, &command_check, WORDS("check"));
    assert_null(strstr(run.output, "water"));
    run_fini(&run);
    small_station_write(small, "sources/p3/water.mp4", "another film");
    run = run_command(state, &command_check, WORDS("check"));
    assert_says(run.output, "\"p3/water.mp4\" has changed, or the settings have, since it was prepared");
    assert_says(run.output, "viewers see the old version (2 items, the first is p3-1)");
    run_fini(&run);
}

static void test_prepare_tells_what_it_cannot_make_and_goes_on(void **state)
{
    prepare_small(state);
    small_station_write(*state, "sources/breaks/eyes.mp4", "this is not a film either");
    struct run run = run_command(state, &command_prepare, WORDS("prepare", "-j", "1"));
    assert_int_equal(run.code, EXIT_ERRORS);
    assert_says(run.errors, "DIR/sources/p3/poems.mp4: error: ");
    assert_says(run.errors, "DIR/sources/breaks/eyes.mp4: error: ");
    assert_says(run.output, "2 lessons are prepared; 2 could not be made");
    run_fini(&run);
    run = run_command(state, &command_prepare, WORDS("prepare", "-j", "0"));
    assert_int_equal(run.code, EXIT_USAGE);
    run_fini(&run);
}

static void test_prepare_tells_missing_sources(void **state)
{
    struct run run = run_command(state, &command_prepare, WORDS("prepare"));
    assert_int_equal(run.code, EXIT_WARNINGS);
    assert_says(run.errors, "DIR/sources/p3/water.mp4: warning: ");
    assert_says(run.output, "0 lessons are prepared; 4 sources are missing");
    run_fini(&run);
}

static void test_prune_removes_what_nothing_needs(void **state)
{
    const struct small_station *small = *state;
    char hashes[3][LESSON_HASH_MAX];
    small_station_add_lesson(small, "p3/water.mp4", 3, "old", 1, hashes[0]);
    small_station_add_lesson(small, "p3/water.mp4", 3, "new", 2, hashes[1]);
    small_station_add_lesson(small, "last/year.mp4", 3, "k", 3, hashes[2]);
    struct run run = run_command(state, &command_prepare, WORDS("prepare", "--prune"));
    assert_says(run.output, "last/year.mp4  no timetable names it");
    assert_says(run.output, "p3/water.mp4  replaced by another");
    run_fini(&run);
    for (int i = 0; i < 3; i++) {
        char *path = g_strdup_printf("%s/lessons/%s.lesson", small->path, hashes[i]);
        assert_int_equal(access(path, F_OK) == 0, i == 1);
        g_free(path);
    }
}

static void test_prune_keeps_all_without_any_timetable(void **state)
{
    const struct small_station *small = *state;
    char *timetable = g_build_filename(small->path, "timetables", "week.xml", NULL);
    small_station_add_lesson(small, "p3/water.mp4", 3, "k", 3, NULL);
    assert_int_equal(unlink(timetable), 0);
    g_free(timetable);
    struct run run = run_command(state, &command_prepare, WORDS("prepare", "--prune"));
    assert_int_equal(run.code, EXIT_ERRORS);
    assert_says(run.errors, "nothing is removed, for the timetables name no lesson at all");
    assert_null(strstr(run.output, "removed"));
    run_fini(&run);
}

static void test_prune_keeps_all_while_a_timetable_is_refused(void **state)
{
    const struct small_station *small = *state;
    char hash[LESSON_HASH_MAX];
    small_station_add_lesson(small, "last/year.mp4", 3, "k", 3, hash);
    small_station_write(small, "timetables/bad.xml", "<timetable>");
    struct run run = run_command(state, &command_prepare, WORDS("prepare", "--prune"));
    assert_int_equal(run.code, EXIT_ERRORS);
    assert_says(run.errors, "nothing is removed while a timetable is refused");
    run_fini(&run);
    char *path = g_strdup_printf("%s/lessons/%s.lesson", small->path, hash);
    assert_int_equal(access(path, F_OK), 0);
    g_free(path);
}

/* Years that a clock in nanoseconds since 1970 does not have ended the program by an assertion. */
static void test_play_refuses_years_that_it_cannot_reach(void **state)
{
    static char *const years[] = {"1969-12-31T23:59:59Z", "0001-01-01T00:00:00Z", "2263-01-01T00:00:00Z",
                                  "9999-12-31T23:59:59Z"};
    for (size_t i = 0; i < sizeof years / sizeof *years; i++) {
        struct run run = run_command(state, &command_play, WORDS("play", "--at", years[i]));
        assert_int_equal(run.code, EXIT_USAGE);
        assert_says(run.errors, "cannot be rehearsed: years 1970 to 2254 can");
        run_fini(&run);
    }
}

static void test_columns_count_as_a_terminal_shows_them(void **state)
{
    (void)state;
    assert_int_equal(terminal_columns("p3"), 2);
    assert_int_equal(terminal_columns("水的循环"), 8);
    assert_int_equal(terminal_columns("e\u0301"), 1);
    assert_int_equal(terminal_columns("\xff"), 1);
}

static void assert_cell(const char *text, int columns, const char *expected)
{
    char *cell = NULL;
    size_t size;
    struct terminal terminal = {.file = open_memstream(&cell, &size)};
    terminal_cell(&terminal, STYLE_RED, columns, text);
    fclose(terminal.file);
    assert_string_equal(cell, expected);
    free(cell);
}

static void test_cells_are_cut_between_characters(void **state)
{
    (void)state;
    assert_cell("水", 4, "水  ");
    assert_cell("水的循环", 8, "水的循环");
    assert_cell("水的循环", 7, "水的循…");
    assert_cell("水的循环", 6, "水的… ");
    assert_cell("", 2, "  ");
    assert_cell("水", 0, "");
}

static void test_time_left_reads_like_a_clock(void **state)
{
    char text[PROGRESS_TIME];
    (void)state;
    assert_string_equal(progress_time(7, text), "0:07");
    assert_string_equal(progress_time(750, text), "12:30");
    assert_string_equal(progress_time(3723, text), "1:02:03");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_guide_reads_like_a_timetable),
        TEST(test_text_lab_shows_bytes_and_what_receivers_draw),
        TEST(test_compare_says_when_there_is_nothing_to_compare),
        TEST(test_guide_of_a_day_without_items_is_all_fallback),
        TEST(test_guide_tells_a_range_of_days),
        TEST(test_guide_refuses_what_it_does_not_know),
        TEST(test_check_tells_what_viewers_see),
        TEST(test_check_tells_all_errors_of_all_files),
        TEST(test_check_names_what_lanes_need_too_much),
        TEST(test_check_refuses_one_lane_too_many_by_name_and_amount),
        TEST(test_check_tells_a_changed_source_from_other_settings),
        TEST(test_prepare_tells_what_it_cannot_make_and_goes_on),
        TEST(test_prepare_tells_missing_sources),
        TEST(test_prune_removes_what_nothing_needs),
        TEST(test_prune_keeps_all_without_any_timetable),
        TEST(test_prune_keeps_all_while_a_timetable_is_refused),
        TEST(test_play_refuses_years_that_it_cannot_reach),
        cmocka_unit_test(test_columns_count_as_a_terminal_shows_them),
        cmocka_unit_test(test_cells_are_cut_between_characters),
        cmocka_unit_test(test_time_left_reads_like_a_clock),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
