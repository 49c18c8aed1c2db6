/* Journals of two machines: what one has more is brought to the other, and nothing where they differ. */
#include "playout/journal_copy.h"

#include "small_station.h"

#define FIRST 1583107200

static struct journal *open_in(const struct small_station *small, const char *name)
{
    char path[128], error[512];
    snprintf(path, sizeof path, "%s/%s", small->path, name);
    struct journal *journal = journal_new(path, JOURNAL_CREATE, error, sizeof error);
    assert_non_null(journal);
    return journal;
}

static void append(struct journal *journal, uint32_t number, const char *text)
{
    const struct journal_file files[] = {{"week.xml", text, strlen(text)}, {".actions.xml", "acts", 4}};
    const struct journal_service service = {.id = "p3", .versions = {1, (uint8_t)number}};
    const struct journal_entry entry = {.number = number,
                                        .from = number ? FIRST + number : JOURNAL_ALWAYS,
                                        .entered_at = FIRST,
                                        .files = files,
                                        .file_count = 2,
                                        .services = &service,
                                        .service_count = 1};
    struct journal_revision entered;
    assert_true(journal_append(journal, &entry, &entered));
}

static void assert_same(struct journal *a, struct journal *b)
{
    struct journal_revision *left, *right;
    size_t left_count, right_count;
    uint8_t versions[JOURNAL_VERSIONS];
    assert_true(journal_list(a, &left, &left_count));
    assert_true(journal_list(b, &right, &right_count));
    assert_int_equal(left_count, right_count);
    assert_memory_equal(left, right, left_count * sizeof *left);
    assert_true(journal_verify(b));
    assert_true(journal_get_versions(b, (uint32_t)right_count - 1, "p3", versions));
    assert_int_equal(versions[1], right_count - 1);
    g_free(left);
    g_free(right);
}

static void what_one_has_more_is_brought_to_the_other(void **state)
{
    char error[256];
    uint32_t copied;
    struct journal *a = open_in(*state, "a"), *b = open_in(*state, "b");
    for (uint32_t i = 0; i < 3; i++)
        append(a, i, i == 1 ? "one" : "other");
    assert_true(journal_copy(a, b, &copied, error, sizeof error));
    assert_int_equal(copied, 3);
    assert_same(a, b);
    append(b, 3, "more");
    assert_true(journal_copy(a, b, &copied, error, sizeof error)); /* it has less: nothing to do */
    assert_int_equal(copied, 0);
    assert_true(journal_copy(b, a, &copied, error, sizeof error));
    assert_int_equal(copied, 1);
    assert_same(b, a);
    journal_free(&a);
    journal_free(&b);
}

static void journals_that_differ_stay_as_they_are(void **state)
{
    char error[256];
    uint32_t copied, count;
    struct journal *a = open_in(*state, "a"), *b = open_in(*state, "b");
    append(a, 0, "one");
    append(a, 1, "here");
    append(a, 2, "more");
    append(b, 0, "one");
    append(b, 1, "there");
    assert_false(journal_copy(a, b, &copied, error, sizeof error));
    assert_non_null(strstr(error, "differ from revision 1 on"));
    assert_int_equal(copied, 0);
    assert_false(journal_copy(b, a, &copied, error, sizeof error));
    assert_true(journal_count(a, &count));
    assert_int_equal(count, 3);
    assert_true(journal_count(b, &count));
    assert_int_equal(count, 2);
    journal_free(&a);
    journal_free(&b);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(what_one_has_more_is_brought_to_the_other),
                                       TEST(journals_that_differ_stay_as_they_are)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
