/* Each revision has its station, and an edit of station.xml changes nothing until a revision has it. */
#include "playout/stations.h"

#include "revisions_fixture.h"

struct desk {
    const struct small_station *small;
    struct studio station;
    struct revisions revisions;
    struct diagnostics diagnostics;
};

static void desk_open(struct desk *desk, const struct small_station *small)
{
    *desk = (struct desk){.small = small};
    assert_true(studio_open_station(small->path, &desk->station));
    assert_true(revisions_init(&desk->revisions, &desk->station, &desk->diagnostics));
}

static void desk_close(struct desk *desk)
{
    revisions_fini(&desk->revisions);
    studio_close(&desk->station);
    diagnostics_fini(&desk->diagnostics);
}

static void check_name(struct desk *desk, int64_t second, const char *name)
{
    struct revision *revision =
        revision_new(&desk->revisions, revisions_find(&desk->revisions, second), &desk->diagnostics);
    assert_non_null(revision);
    assert_string_equal(revision->studio.station->multiplexes[0].services[0].name.list[1].utf8, name);
    revision_free(&revision);
}

/* Revision 0 with the station as it is, revision 1 with another one from a second on. */
static void enter_stations(const struct small_station *small, int64_t from)
{
    revisions_enter(small, JOURNAL_ALWAYS);
    small_station_edit(small, "Primary 3", "Primary Three");
    revisions_enter(small, from);
}

static void test_each_revision_has_its_station_whatever_becomes_of_the_file(void **state)
{
    static const char *const files[] = {SMALL_STATION, "<station"};
    struct desk desk;
    enter_stations(*state, MONDAY_EIGHT + 60);
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        small_station_write(*state, "station.xml", files[i]);
        desk = (struct desk){.small = *state};
        assert_int_equal(studio_open_station(desk.small->path, &desk.station), i == 0);
        assert_true(revisions_init(&desk.revisions, &desk.station, &desk.diagnostics));
        check_name(&desk, MONDAY_EIGHT + 59, "Primary 3");
        check_name(&desk, MONDAY_EIGHT + 60, "Primary Three");
        assert_true(revisions_settle(&desk.revisions, MONDAY_EIGHT + 60, &desk.diagnostics));
        assert_non_null(strstr(desk.revisions.station->station->file, "station.xml of revision 1"));
        assert_true(stations_is_edited(desk.revisions.stations, desk.revisions.station));
        desk_close(&desk);
    }
}

static void test_the_same_station_is_opened_once(void **state)
{
    struct desk desk;
    int64_t from, until;
    enter_stations(*state, MONDAY_EIGHT + 60);
    revisions_enter(*state, MONDAY_EIGHT + 70);
    small_station_write(*state, "station.xml", SMALL_STATION);
    revisions_enter(*state, MONDAY_EIGHT + 80);
    desk_open(&desk, *state);
    const struct studio *stations[4];
    for (size_t i = 0; i < G_N_ELEMENTS(stations); i++)
        stations[i] = revisions_get_station(&desk.revisions, i, &desk.diagnostics);
    assert_ptr_equal(stations[0], &desk.station);
    assert_ptr_equal(stations[3], &desk.station);
    assert_ptr_equal(stations[1], stations[2]);
    assert_ptr_not_equal(stations[1], stations[0]);
    assert_true(revisions_find_station(&desk.revisions, MONDAY_EIGHT + 75, &from, &until, &desk.diagnostics));
    assert_int_equal(from, MONDAY_EIGHT + 60);
    assert_int_equal(until, MONDAY_EIGHT + 80);
    desk_close(&desk);
}

/* A journal of before: the file stands for what it does not have. */
static void test_a_revision_without_a_station_has_that_of_the_folder(void **state)
{
    const struct small_station *small = *state;
    const struct journal_file file = {"week.xml", SMALL_TIMETABLE, strlen(SMALL_TIMETABLE)};
    const struct journal_entry entry = {.from = JOURNAL_ALWAYS, .files = &file, .file_count = 1};
    struct journal_revision entered;
    struct desk desk;
    char error[256], *path = g_build_filename(small->path, "journal.db", NULL);
    struct journal *journal = journal_new(path, JOURNAL_CREATE, error, sizeof error);
    assert_true(journal_append(journal, &entry, &entered));
    journal_free(&journal);
    g_free(path);
    small_station_edit(small, "Primary 3", "Primary Three");
    desk_open(&desk, small);
    check_name(&desk, MONDAY_EIGHT, "Primary Three");
    desk_close(&desk);
    small_station_write(small, "station.xml", "<station");
    desk = (struct desk){0};
    assert_false(studio_open_station(small->path, &desk.station));
    assert_true(revisions_init(&desk.revisions, &desk.station, &desk.diagnostics));
    assert_false(revisions_settle(&desk.revisions, MONDAY_EIGHT, &desk.diagnostics));
    assert_int_equal(desk.diagnostics.errors, 1);
    desk_close(&desk);
}

/* What two stations send is two streams; each goes on to its last slot as if it held for good. */
static void test_a_stretch_of_two_stations_is_refused(void **state)
{
    const int64_t from = MONDAY_EIGHT + 60;
    struct programme programme;
    struct desk desk;
    enter_stations(*state, from);
    desk_open(&desk, *state);
    assert_true(revisions_settle(&desk.revisions, from - 5, &desk.diagnostics));
    assert_true(programme_is_one(&desk.revisions, from - 5, from, &desk.diagnostics));
    assert_true(programme_init(&programme, &desk.revisions, 0, from - 5, from + 2, &desk.diagnostics));
    assert_int_equal(programme.count, 1);
    programme_fini(&programme);
    assert_false(programme_is_one(&desk.revisions, from - 5, from + 1, &desk.diagnostics));
    assert_non_null(
        strstr(desk.diagnostics.list[0].text, "from 2020-03-02 08:01:00 on another station holds"));
    desk_close(&desk);
}

#define NEW_SERVICE                                                                                          \
    "<service id=\"p1\" service-id=\"101\"><name xml:lang=\"zh\">小学一年级</name></service>\n"         \
    "    <service id=\"p3\""

/* By their ids, wherever they are; where nothing came or went, only what changed takes the next one. */
static void test_versions_go_on_for_services_that_both_stations_have(void **state)
{
    const struct small_station *small = *state;
    struct diagnostics diagnostics = {0};
    struct guide_versions old[2] = {{.state = 7, .schedule = {9}}, {.state = 30, .schedule = {31}}}, new[3];
    struct studio before, renamed, after;
    assert_true(studio_open(small->path, &before));
    small_station_edit(small, "Primary 3", "Primary Three");
    assert_true(studio_open(small->path, &renamed));
    small_station_edit(small, "<service id=\"p3\"", NEW_SERVICE);
    assert_true(studio_open(small->path, &after));
    assert_true(studio_open_guide(&before, &diagnostics) && studio_open_guide(&renamed, &diagnostics) &&
                studio_open_guide(&after, &diagnostics));
    network_guide_set_versions(before.guide, old);
    assert_true(network_guide_succeed(before.guide, renamed.guide, MONDAY_EIGHT, new));
    assert_memory_equal(new, old, sizeof old);
    assert_true(network_guide_succeed(before.guide, after.guide, MONDAY_EIGHT, new));
    const struct guide_versions none = {0};
    assert_memory_equal(&new[0], &none, sizeof none);
    assert_int_equal(new[1].state, 7);
    assert_int_equal(new[1].schedule[0], 10);
    assert_int_equal(new[2].state, 30);
    assert_int_equal(new[2].schedule[0], 0); /* one behind 31 */
    studio_close(&before);
    studio_close(&renamed);
    studio_close(&after);
    diagnostics_fini(&diagnostics);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_revision_has_its_station_whatever_becomes_of_the_file),
        TEST(test_the_same_station_is_opened_once),
        TEST(test_a_revision_without_a_station_has_that_of_the_folder),
        TEST(test_a_stretch_of_two_stations_is_refused),
        TEST(test_versions_go_on_for_services_that_both_stations_have),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
