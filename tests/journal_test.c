/* The journal keeps what was entered, in order, for good; what was changed behind its back shows. */
#include "playout/journal.h"

#include <sqlite3.h>

#include "small_station.h"

#define FIRST 1583107200

struct desk { /* a journal in the directory of a test */
    char path[128], error[512];
    struct journal *journal;
};

static void desk_open(struct desk *desk, const struct small_station *small)
{
    snprintf(desk->path, sizeof desk->path, "%s/journal", small->path);
    desk->journal = journal_new(desk->path, JOURNAL_CREATE, desk->error, sizeof desk->error);
    assert_non_null(desk->journal);
}

static bool append(struct desk *desk, uint32_t number, int64_t from, const char *text)
{
    const struct journal_file files[] = {{"always.xml", "the same", 8}, {"week.xml", text, strlen(text)}};
    struct journal_service services[] = {{.id = "p3"}, {.id = "s1"}};
    struct journal_revision entered;
    for (int i = 0; i < JOURNAL_VERSIONS; i++)
        services[1].versions[i] = (uint8_t)(number + (uint32_t)i);
    const struct journal_entry entry = {.number = number,
                                        .from = from,
                                        .entered_at = FIRST + number,
                                        .files = files,
                                        .file_count = 2,
                                        .services = services,
                                        .service_count = 2};
    const bool good = journal_append(desk->journal, &entry, &entered);
    assert_true(!good || (entered.number == number && entered.from == from));
    return good;
}

static void append_three(struct desk *desk)
{
    assert_true(append(desk, 0, JOURNAL_ALWAYS, "first"));
    assert_true(append(desk, 1, FIRST, "second"));
    assert_true(append(desk, 2, FIRST + 5, "first"));
}

/* What a hand with a database tool does. */
static int meddle(const struct desk *desk, const char *sql)
{
    sqlite3 *database;
    assert_int_equal(sqlite3_open(desk->path, &database), SQLITE_OK);
    int result = sqlite3_exec(database, sql, NULL, NULL, NULL);
    sqlite3_close(database);
    return result;
}

static void check_file(struct desk *desk, uint32_t number, size_t index, const char *expected)
{
    char *bytes;
    size_t length;
    assert_true(journal_get_file(desk->journal, number, index, &bytes, &length));
    assert_int_equal(length, strlen(expected));
    assert_memory_equal(bytes, expected, length);
    g_free(bytes);
}

static void test_what_is_entered_is_there_when_it_is_opened_again(void **state)
{
    struct desk desk;
    struct journal_revision *list;
    size_t count;
    char **names;
    uint8_t versions[JOURNAL_VERSIONS], none[JOURNAL_VERSIONS] = {0};
    desk_open(&desk, *state);
    append_three(&desk);
    journal_free(&desk.journal);
    desk.journal = journal_new(desk.path, JOURNAL_READ, desk.error, sizeof desk.error);
    assert_true(journal_list(desk.journal, &list, &count));
    assert_int_equal(count, 3);
    assert_true(list[0].from == JOURNAL_ALWAYS && list[1].from == FIRST && list[2].from == FIRST + 5);
    assert_int_equal(list[2].entered_at, FIRST + 2);
    assert_memory_equal(list[0].content, list[2].content, JOURNAL_HASH);
    assert_memory_not_equal(list[0].content, list[1].content, JOURNAL_HASH);
    assert_memory_not_equal(list[0].hash, list[2].hash, JOURNAL_HASH);
    g_free(list);
    assert_true(journal_get_names(desk.journal, 1, &names));
    assert_string_equal(names[0], "always.xml");
    assert_string_equal(names[1], "week.xml");
    assert_null(names[2]);
    g_strfreev(names);
    check_file(&desk, 1, 0, "the same");
    check_file(&desk, 1, 1, "second");
    check_file(&desk, 2, 1, "first");
    assert_true(journal_get_versions(desk.journal, 2, "s1", versions));
    assert_int_equal(versions[3], 5);
    assert_true(journal_get_versions(desk.journal, 2, "unknown", versions));
    assert_memory_equal(versions, none, sizeof none);
    assert_true(journal_verify(desk.journal));
    journal_free(&desk.journal);
}

/* The content is of names and bytes, as who is about to enter them reckons it. */
static void test_a_draft_has_the_content_of_its_revision(void **state)
{
    struct desk desk;
    struct journal_revision *list;
    size_t count;
    uint8_t content[JOURNAL_HASH];
    const struct journal_file files[] = {{"always.xml", "the same", 8}, {"week.xml", "second", 6}};
    desk_open(&desk, *state);
    append_three(&desk);
    assert_true(journal_list(desk.journal, &list, &count));
    journal_hash_content(files, 2, content);
    assert_memory_equal(list[1].content, content, JOURNAL_HASH);
    g_free(list);
    journal_free(&desk.journal);
}

static void test_a_number_is_given_once(void **state)
{
    struct desk desk, other;
    uint32_t count;
    desk_open(&desk, *state);
    desk_open(&other, *state);
    assert_true(append(&desk, 0, JOURNAL_ALWAYS, "first"));
    assert_false(append(&other, 0, JOURNAL_ALWAYS, "of another"));
    assert_non_null(strstr(journal_fault(other.journal), "somebody else"));
    assert_false(append(&other, 2, FIRST, "too far"));
    assert_true(append(&other, 1, FIRST, "of another"));
    assert_true(journal_count(desk.journal, &count));
    assert_int_equal(count, 2);
    check_file(&desk, 1, 1, "of another");
    assert_true(journal_verify(desk.journal));
    journal_free(&desk.journal);
    journal_free(&other.journal);
}

static void test_nothing_is_changed_or_removed_by_a_slip(void **state)
{
    struct desk desk;
    desk_open(&desk, *state);
    append_three(&desk);
    assert_int_equal(meddle(&desk, "DELETE FROM revision WHERE number = 2"), SQLITE_CONSTRAINT);
    assert_int_equal(meddle(&desk, "UPDATE revision SET holds_from = 0"), SQLITE_CONSTRAINT);
    assert_int_equal(meddle(&desk, "UPDATE contents SET bytes = ''"), SQLITE_CONSTRAINT);
    assert_int_equal(meddle(&desk, "DELETE FROM timetable"), SQLITE_CONSTRAINT);
    assert_int_equal(meddle(&desk, "UPDATE guide_version SET versions = x''"), SQLITE_CONSTRAINT);
    assert_true(journal_verify(desk.journal));
    journal_free(&desk.journal);
}

static void test_what_was_forged_shows(void **state)
{
    static const struct {
        const char *trigger, *deed;
        const char *where;
    } forgeries[] = {
        {"DROP TRIGGER revision_UPDATE", "UPDATE revision SET holds_from = 7 WHERE number = 1", "revision 1"},
        {"DROP TRIGGER timetable_UPDATE", "UPDATE timetable SET name = 'a' WHERE revision = 2 AND place = 0",
         "revision 2"},
        {"DROP TRIGGER guide_version_UPDATE",
         "UPDATE guide_version SET versions = x'00' WHERE revision = 0 AND service = 's1'", "revision 0"},
        {"DROP TRIGGER revision_DELETE", "DELETE FROM revision WHERE number = 1", "revision 1"}};
    for (size_t i = 0; i < sizeof forgeries / sizeof *forgeries; i++) {
        struct desk desk;
        desk_open(&desk, *state);
        append_three(&desk);
        assert_int_equal(meddle(&desk, forgeries[i].trigger), SQLITE_OK);
        assert_int_equal(meddle(&desk, forgeries[i].deed), SQLITE_OK);
        assert_false(journal_verify(desk.journal));
        assert_non_null(strstr(journal_fault(desk.journal), forgeries[i].where));
        journal_free(&desk.journal);
        assert_int_equal(unlink(desk.path), 0);
    }
}

static void test_a_forged_file_is_not_taken(void **state)
{
    struct desk desk;
    char *bytes;
    size_t length;
    desk_open(&desk, *state);
    append_three(&desk);
    assert_int_equal(meddle(&desk, "DROP TRIGGER contents_UPDATE"), SQLITE_OK);
    assert_int_equal(
        meddle(&desk, "UPDATE contents SET bytes = 'forged' WHERE bytes = CAST('second' AS BLOB)"),
        SQLITE_OK);
    assert_false(journal_get_file(desk.journal, 1, 1, &bytes, &length));
    assert_null(bytes);
    check_file(&desk, 2, 1, "first");
    assert_false(journal_get_file(desk.journal, 1, 2, &bytes, &length));
    journal_free(&desk.journal);
}

static void test_files_that_stay_are_kept_once(void **state)
{
    struct desk desk;
    sqlite3 *database;
    sqlite3_stmt *statement;
    desk_open(&desk, *state);
    append_three(&desk);
    assert_int_equal(sqlite3_open(desk.path, &database), SQLITE_OK);
    sqlite3_prepare_v2(database, "SELECT count(*) FROM contents", -1, &statement, NULL);
    assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
    assert_int_equal(sqlite3_column_int(statement, 0), 3);
    sqlite3_finalize(statement);
    sqlite3_close(database);
    journal_free(&desk.journal);
}

static void test_no_journal_is_no_fault_and_a_strange_file_is(void **state)
{
    const struct small_station *small = *state;
    char path[128], error[512];
    snprintf(path, sizeof path, "%s/journal", small->path);
    assert_null(journal_new(path, JOURNAL_READ, error, sizeof error));
    assert_string_equal(error, "");
    assert_int_not_equal(access(path, F_OK), 0);
    small_station_write(small, "journal",
                        "this is no database, whoever put it here, and it is long enough to be "
                        "taken for a header of one");
    assert_null(journal_new(path, JOURNAL_READ, error, sizeof error));
    assert_non_null(strstr(error, path));
    assert_null(journal_new(path, JOURNAL_CREATE, error, sizeof error));
    assert_non_null(strstr(error, path));
}

static void test_the_last_that_was_entered_holds(void **state)
{
    (void)state;
    struct journal_revision list[] = {{.number = 0, .from = JOURNAL_ALWAYS},
                                      {.number = 1, .from = 100},
                                      {.number = 2, .from = 200},
                                      {.number = 3, .from = 300},
                                      {.number = 4, .from = 200},
                                      {.number = 5, .from = 250}};
    const uint32_t expected[] = {0, 1, 4, 5};
    assert_int_equal(journal_in_force(list, 6), 4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(list[i].number, expected[i]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_is_entered_is_there_when_it_is_opened_again),
        TEST(test_a_draft_has_the_content_of_its_revision),
        TEST(test_a_number_is_given_once),
        TEST(test_nothing_is_changed_or_removed_by_a_slip),
        TEST(test_what_was_forged_shows),
        TEST(test_a_forged_file_is_not_taken),
        TEST(test_files_that_stay_are_kept_once),
        TEST(test_no_journal_is_no_fault_and_a_strange_file_is),
        cmocka_unit_test(test_the_last_that_was_entered_holds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
