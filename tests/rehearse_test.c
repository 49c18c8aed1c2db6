/* A rehearsal of a small station: clean where the compiled-in picture is seen, every join listed, the same
 * whatever the number of threads; a lesson that is no stream is not fit for air, and nothing of it is counted
 * twice. */
#include "playout/command.h"

#include "tests/small_station.h"

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

struct run {
    int code;
    char *output, *errors;
};

static struct run rehearse(void **state, char **words)
{
    struct run run;
    run.code = small_station_run(*state, &command_rehearse, words, &run.output, &run.errors);
    return run;
}

static void run_fini(struct run *run)
{
    g_free(run->output);
    g_free(run->errors);
}

/* How long it took is nobody's business here. */
static char *without_duration(const char *text)
{
    const char *line = strstr(text, "  rendered and measured in ");
    assert_non_null(line);
    return g_strdup_printf("%.*s%s", (int)(line - text), text, strchr(line, '\n') + 1);
}

static void assert_says(const struct run *run, const char *part)
{
    if (!strstr(run->output, part) && !strstr(run->errors, part))
        fail_msg("\"%s\" is not in:\n%s%s", part, run->output, run->errors);
}

static void clean_stretch_is_fit_and_lists_its_joins(void **state)
{
    struct run run =
        rehearse(state, WORDS("rehearse", "--from", "2020-03-02T08:19:00", "--for", "2m", "-j", "1"));
    char *text = without_duration(run.output);
    assert_string_equal(text,
                        "✓ fit for air: nothing found in 2:00 of grades from 2020-03-02T08:19:00+08:00\n"
                        "  1 join and 0 loops, constant rate\n"
                        "\n"
                        "Joins\n"
                        "  08:20:00  p3        (compiled-in picture)     → (compiled-in picture)     ✓\n");
    assert_int_equal(run.code, EXIT_OK);
    g_free(text);
    run_fini(&run);
}

/* The cells of small_station_add_lesson() are no packets. One second of them lies over the end of a piece:
 * half of what is found there belongs to either. */
static void threads_make_no_difference(void **state)
{
    small_station_add_lesson(*state, "breaks/eyes.mp4", 1, "k", 1, NULL);
    struct run one =
        rehearse(state, WORDS("rehearse", "--from", "2020-03-02T08:18:40", "--for", "4m", "-j", "1"));
    struct run three =
        rehearse(state, WORDS("rehearse", "--from", "2020-03-02T08:18:40", "--for", "4m", "-j", "3"));
    char *texts[] = {without_duration(one.output), without_duration(three.output)};
    assert_says(&one, "Findings");
    assert_string_equal(texts[0], texts[1]);
    assert_int_equal(one.code, three.code);
    for (int i = 0; i < 2; i++)
        g_free(texts[i]);
    run_fini(&one);
    run_fini(&three);
}

static void lesson_that_is_no_stream_is_not_fit(void **state)
{
    small_station_add_lesson(*state, "breaks/eyes.mp4", 20, "k", 1, NULL);
    struct run run = rehearse(state, WORDS("rehearse", "--from", "2020-03-02T08:19:00", "--for", "2m"));
    assert_int_equal(run.code, EXIT_WARNINGS);
    assert_says(&run, "✗ not fit for air");
    assert_says(&run, "at 08:19:59.");
    assert_says(&run, "(compiled-in picture)     → breaks/eyes.mp4           ✗");
    run_fini(&run);
}

static void refuses_what_it_does_not_know(void **state)
{
    static const struct {
        char *words[6];
        const char *says;
    } cases[] = {
        {{"rehearse"}, "--day DAY is needed"},
        {{"rehearse", "--day", "2019-02-29"}, "\"2019-02-29\" is not a day"},
        {{"rehearse", "--day", "2020-03-02T08:00"}, "is not a day"},
        {{"rehearse", "--day", "2020-03-02", "--for", "2m"}, "--day DAY is needed, or"},
        {{"rehearse", "--day", "2020-03-02", "-j", "0"}, "-j \"0\" is not a number of threads"},
        {{"rehearse", "--from", "2020-03-02T08:00:00.5", "--for", "2m"}, "in whole seconds"},
        {{"rehearse", "--day", "2020-03-02", "--multiplex", "x"}, "no multiplex \"x\""},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *words[7] = {NULL};
        memcpy(words, cases[i].words, sizeof cases[i].words);
        struct run run = rehearse(state, words);
        assert_int_equal(run.code, EXIT_USAGE);
        assert_says(&run, cases[i].says);
        run_fini(&run);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(clean_stretch_is_fit_and_lists_its_joins, small_station_setup,
                                        small_station_teardown),
        cmocka_unit_test_setup_teardown(threads_make_no_difference, small_station_setup,
                                        small_station_teardown),
        cmocka_unit_test_setup_teardown(lesson_that_is_no_stream_is_not_fit, small_station_setup,
                                        small_station_teardown),
        cmocka_unit_test_setup_teardown(refuses_what_it_does_not_know, small_station_setup,
                                        small_station_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
