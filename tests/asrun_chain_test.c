/* The chain of the as-run log and its head: whatever of it is changed or gone shows, also when it is gone on
 * with; what a kill or a power cut takes is neither. */
#include <errno.h>

#include "asrun_fixture.h"

#define DAY INT64_C(86400)

static void check_fault(const struct log *log, const char *expected)
{
    char *fault = log_verify(log);
    if (!fault || !strstr(fault, expected))
        fail_msg("%s, and not %s", fault ? fault : "nothing is wrong", expected);
    g_free(fault);
}

/* --- the chain */

static void test_a_day_that_is_gone_or_cut_shows(void **state)
{
    struct log log;
    log_init(&log, *state);
    for (int64_t day = 0; day < 3; day++) {
        log_tell(&log, MONDAY_EIGHT + day * DAY, MONDAY_EIGHT + day * DAY + 5);
        log_write(&log);
    }
    log_check_whole(&log);
    char *path = log_path(&log, MONDAY_EIGHT + DAY), *text, *fault;
    gsize length;
    assert_true(g_file_get_contents(path, &text, &length, NULL));
    *g_strrstr(text, "off\t") = '\0'; /* the last line of it */
    assert_true(g_file_set_contents(path, text, -1, NULL));
    fault = log_verify(&log);
    assert_non_null(strstr(fault, "grades-2020-03-03 has lost lines"));
    g_free(fault);
    assert_int_equal(unlink(path), 0);
    fault = log_verify(&log);
    assert_non_null(strstr(fault, "grades-2020-03-03 is missing"));
    g_free(fault);
    g_free(text);
    g_free(path);
    log_fini(&log);
}

/* Puts a log there of which a line was changed; line 0 is the first. How: its first slot or digest digit,
 * all of it gone, or twice. */
enum change { CHANGED, REMOVED, DOUBLED };

static void change_line(const char *path, char **lines, size_t line, enum change change)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; lines[i]; i++) {
        char *own = g_strdup(lines[i]);
        if (i == line && change == CHANGED)
            own[strlen(own) - 20] ^= 1; /* in a field, before the link */
        if (i != line || change != REMOVED)
            g_string_append_printf(text, "%s\n", own);
        if (i == line && change == DOUBLED)
            g_string_append_printf(text, "%s\n", own);
        g_free(own);
    }
    assert_true(g_file_set_contents(path, text->str, (gssize)text->len, NULL));
    g_string_free(text, TRUE);
}

/* Also the last, behind which nothing is that could tell: the head does. */
static void test_any_line_that_is_changed_shows(void **state)
{
    struct log log;
    char *text;
    log_init(&log, *state);
    log_tell(&log, MONDAY_EIGHT, MONDAY_EIGHT + 12);
    log_write(&log);
    char *path = log_path(&log, MONDAY_EIGHT);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    char **lines = g_strsplit(g_strchomp(text), "\n", 0);
    const size_t count = g_strv_length(lines);
    assert_true(count > 15);
    for (size_t i = 0; i < count; i++)
        for (enum change change = CHANGED; change <= DOUBLED; change++) {
            change_line(path, lines, i, change);
            char *fault = log_verify(&log), *expected;
            expected = i + 1 == count && change == REMOVED
                           ? g_strdup("grades-2020-03-02 has lost lines at its end")
                           : g_strdup_printf("grades-2020-03-02:%zu:", change == DOUBLED ? i + 2 : i + 1);
            assert_non_null(fault);
            assert_non_null(strstr(fault, expected));
            g_free(expected);
            g_free(fault);
        }
    change_line(path, lines, count, CHANGED); /* none */
    log_check_whole(&log);
    g_strfreev(lines);
    g_free(text);
    g_free(path);
    log_fini(&log);
}

/* --- the head */

static char *head_path(const struct log *log)
{
    return g_build_filename(log->folder, "grades.head", NULL);
}

static void open_log(struct log *log, const struct small_station *small)
{
    log_init(log, small);
    log_tell(log, MONDAY_EIGHT, MONDAY_EIGHT + 12);
    log_write(log);
    log_check_whole(log);
}

/* Keeps so many lines of the file, and `more` bytes. */
static void cut_file(const struct log *log, int64_t second, guint lines, size_t more)
{
    char *path = log_path(log, second), *text;
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    char *end = text;
    while (lines-- > 0)
        end = strchr(end, '\n') + 1;
    assert_true(g_file_set_contents(path, text, end - text + (gssize)more, NULL));
    g_free(text);
    g_free(path);
}

static void test_lines_that_are_gone_from_the_end_show(void **state)
{
    struct log log;
    open_log(&log, *state);
    cut_file(&log, MONDAY_EIGHT, 12, 5);
    check_fault(&log, "grades-2020-03-02 has lost lines at its end: ");
    check_fault(&log, ", 12 are there");
    cut_file(&log, MONDAY_EIGHT, 0, 0);
    check_fault(&log, ", 0 are there");
    char *path = log_path(&log, MONDAY_EIGHT);
    assert_int_equal(unlink(path), 0);
    check_fault(&log, "grades-2020-03-02, of which ");
    g_free(path);
    log_fini(&log);
}

static void test_the_newest_day_that_is_gone_shows(void **state)
{
    struct log log;
    open_log(&log, *state);
    log_tell(&log, MONDAY_EIGHT + DAY, MONDAY_EIGHT + DAY + 5);
    log_write(&log);
    char *path = log_path(&log, MONDAY_EIGHT + DAY);
    assert_int_equal(unlink(path), 0);
    check_fault(&log, "grades-2020-03-03, of which ");
    g_free(path);
    log_fini(&log);
}

static void test_a_head_that_is_gone_shows(void **state)
{
    struct log log;
    open_log(&log, *state);
    char *path = head_path(&log);
    assert_true(g_file_set_contents(path, "grades-2020-03-02:1", -1, NULL));
    check_fault(&log, "grades.head is not as it was written");
    assert_int_equal(unlink(path), 0);
    check_fault(&log, "grades.head is missing");
    log_tell(&log, MONDAY_EIGHT + 20, MONDAY_EIGHT + 25); /* and it stays so when there is one again */
    log_write(&log);
    check_fault(&log, "when the log was gone on with here");
    g_free(path);
    log_fini(&log);
}

static void test_no_log_at_all_is_told(void **state)
{
    struct log log;
    log_init(&log, *state);
    check_fault(&log, "there is no log of multiplex grades");
    log_fini(&log);
}

/* What left is not known then; it was not off the air, as behind a kill. */
static void test_a_log_that_was_cut_is_not_gone_on_with_as_behind_a_kill(void **state)
{
    struct log log;
    open_log(&log, *state);
    cut_file(&log, MONDAY_EIGHT, 12, 0);
    log_tell(&log, MONDAY_EIGHT + 20, MONDAY_EIGHT + 25);
    log_write(&log);
    struct asrun *asrun = log_read(&log, MONDAY_EIGHT);
    const struct asrun_stretch *hole = log_stretch(asrun, NULL, 0);
    assert_string_equal(hole->reason, "cut");
    check_fault(&log, "grades-2020-03-02:13: when the log was gone on with here");
    asrun_free(&asrun);
    log_fini(&log);
}

struct forgery { /* context of forge() */
    GString *text;
    uint8_t chain[ASRUN_CHAIN];
};

static void forge(void *context, const struct asrun_line *line, const uint8_t chain[ASRUN_CHAIN])
{
    struct forgery *forgery = context;
    struct asrun_line forged = *line;
    (void)chain;
    if (line->kind == ASRUN_SENT)
        forged.digest ^= 1;
    asrun_line_append(&forged, forgery->text, forgery->chain);
}

static void forge_file(const struct log *log)
{
    struct forgery forgery = {.text = g_string_new(NULL)};
    struct asrun_end end;
    char *path = log_path(log, MONDAY_EIGHT);
    assert_true(asrun_read(path, forge, &forgery, &end));
    assert_true(g_file_set_contents(path, forgery.text->str, -1, NULL));
    g_string_free(forgery.text, TRUE);
    g_free(path);
}

/* With the head made anew as well, only a head that was kept elsewhere tells. */
static void test_a_log_that_was_written_anew_shows_by_its_head(void **state)
{
    struct asrun_head noted;
    struct log log;
    open_log(&log, *state);
    assert_true(asrun_head_read(log.folder, "grades", &noted));
    assert_null(asrun_verify_reaches(log.folder, &noted));
    forge_file(&log);
    check_fault(&log, "grades-2020-03-02 is not the log that was written");
    log_anchor(&log, MONDAY_EIGHT);
    log_check_whole(&log);
    char *fault = asrun_verify_reaches(log.folder, &noted);
    assert_non_null(strstr(fault, "is not the log that was written"));
    g_free(fault);
    log_fini(&log);
}

/* As a kill or a power cut leaves it: longer than its head, or not begun. */
static void test_a_log_that_is_longer_than_its_head_is_whole(void **state)
{
    struct asrun_head head = {.file = "-"};
    struct log log;
    open_log(&log, *state);
    assert_true(asrun_head_write(log.folder, "grades", &head));
    log_check_whole(&log);
    cut_file(&log, MONDAY_EIGHT, 12, 5);
    log_check_whole(&log);
    cut_file(&log, MONDAY_EIGHT, 0, 0);
    log_check_whole(&log);
    log_tell(&log, MONDAY_EIGHT + 20, MONDAY_EIGHT + 25);
    log_write(&log);
    log_check_whole(&log);
    log_fini(&log);
}

static void test_a_head_is_read_as_it_was_told(void **state)
{
    struct asrun_head head = {.file = "a:b-2020-03-02", .lines = 7, .chain = {1, 2, 255}}, again = {0};
    (void)state;
    char *text = asrun_head_text(&head);
    assert_true(asrun_head_parse(text, &again));
    assert_memory_equal(&again, &head, sizeof head);
    text[strlen(text) - 1] = '\0';
    assert_false(asrun_head_parse(text, &again));
    assert_false(asrun_head_parse("", &again));
    assert_false(asrun_head_parse("a:", &again));
    g_free(text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_day_that_is_gone_or_cut_shows),
        TEST(test_any_line_that_is_changed_shows),
        TEST(test_lines_that_are_gone_from_the_end_show),
        TEST(test_the_newest_day_that_is_gone_shows),
        TEST(test_a_head_that_is_gone_shows),
        TEST(test_no_log_at_all_is_told),
        TEST(test_a_log_that_was_cut_is_not_gone_on_with_as_behind_a_kill),
        TEST(test_a_log_that_was_written_anew_shows_by_its_head),
        TEST(test_a_log_that_is_longer_than_its_head_is_whole),
        cmocka_unit_test(test_a_head_is_read_as_it_was_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
