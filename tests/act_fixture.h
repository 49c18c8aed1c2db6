/* `chalkcast act` on the small station, as the operator sees it; timetables are of this day, by the clock of
 * this machine. */
#ifndef TESTS_ACT_FIXTURE_H
#define TESTS_ACT_FIXTURE_H

#include <time.h>

#include "playout/beginning.h"
#include "revisions_fixture.h"

#define WORDS(...) ((char *[]){__VA_ARGS__, NULL})

struct run {
    int code;
    char *output, *errors;
};

static inline struct run act(void **state, char **words)
{
    struct run run;
    run.code = small_station_run(*state, &command_act, words, &run.output, &run.errors);
    return run;
}

static inline void run_fini(struct run *run)
{
    g_free(run->output);
    g_free(run->errors);
}

static inline void assert_says(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

/* One lesson on p3, which began an hour ago, and one that follows in five hours when there is a second. */
static inline void write_timetable(void **state, const char *first, const char *second)
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
static inline void keep_beginning(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    char error[512];
    assert_true(studio_open(small->path, &studio));
    assert_true(beginning_enter(&studio, error, sizeof error));
    studio_close(&studio);
}

static inline size_t count_entries(void **state, struct journal_revision *newest)
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

static inline void expect(void **state, char **words, int code, size_t entries, const char *output,
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

#endif
