/* One plan after the other: what holds in a second follows from the journal alone, the stream across a
 * revision is one stream, and the guide's versions go on. */
#include "playout/revisions.h"

#include <sqlite3.h>

#include "playout/beginning.h"
#include "playout/compare.h"
#include "playout/rendering.h"
#include "playout/timeline.h"
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

/* The source that is on p3 in a second. */
static void check_source(struct desk *desk, int64_t second, uint32_t number, const char *source)
{
    struct revision *revision =
        revision_new(&desk->revisions, revisions_find(&desk->revisions, second), &desk->diagnostics);
    assert_non_null(revision);
    assert_int_equal(revision->number, number);
    assert_true(revision->from <= second && second < revision->until);
    struct on_air on_air = plan_at(revision->studio.plan, 0, 0, second);
    assert_non_null(on_air.item);
    assert_string_equal(on_air.item->source, source);
    revision_free(&revision);
}

static void test_without_a_journal_the_folder_always_holds(void **state)
{
    struct desk desk;
    bool readable;
    desk_open(&desk, *state);
    assert_int_equal(desk.revisions.count, 1);
    assert_true(revisions_until(&desk.revisions, 0) == INT64_MAX);
    check_source(&desk, MONDAY_EIGHT, 0, "p3/water.mp4");
    assert_false(revisions_renew(&desk.revisions, &readable));
    assert_true(readable);
    desk_close(&desk);
}

static void test_each_holds_from_its_second_on_whatever_becomes_of_the_folder(void **state)
{
    const struct small_station *small = *state;
    struct desk desk;
    revisions_enter_two(small, MONDAY_EIGHT + 60);
    small_station_write(small, "timetables/week.xml", "<timetable");
    desk_open(&desk, small);
    check_source(&desk, MONDAY_EIGHT + 59, 0, "p3/water.mp4");
    check_source(&desk, MONDAY_EIGHT + 60, 1, "p3/fire.mp4");
    assert_int_equal(desk.diagnostics.errors, 0);
    desk_close(&desk);
}

static void test_what_is_entered_meanwhile_is_noticed(void **state)
{
    const struct small_station *small = *state;
    struct desk desk;
    bool readable;
    desk_open(&desk, small);
    revisions_enter(small, JOURNAL_ALWAYS);
    assert_true(revisions_renew(&desk.revisions, &readable));
    assert_false(revisions_renew(&desk.revisions, &readable));
    small_station_write(small, "timetables/week.xml", REVISED_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT + 100);
    assert_true(revisions_renew(&desk.revisions, &readable));
    check_source(&desk, MONDAY_EIGHT + 100, 1, "p3/fire.mp4");
    small_station_write(small, "timetables/week.xml", SMALL_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT + 50);
    assert_true(revisions_renew(&desk.revisions, &readable));
    check_source(&desk, MONDAY_EIGHT + 100, 2, "p3/water.mp4"); /* the other never comes */
    assert_int_equal(desk.revisions.count, 2);
    struct revision *replaced = revision_new_numbered(&desk.revisions, 1, &desk.diagnostics);
    assert_non_null(replaced); /* but may have been on air elsewhere */
    assert_true(replaced->from == MONDAY_EIGHT + 100 && replaced->until == replaced->from);
    assert_string_equal(plan_at(replaced->studio.plan, 0, 0, MONDAY_EIGHT + 100).item->source, "p3/fire.mp4");
    revision_free(&replaced);
    assert_null(revision_new_numbered(&desk.revisions, 3, &desk.diagnostics));
    assert_int_equal(desk.diagnostics.errors, 1);
    desk_close(&desk);
}

/* Its files are gone, and still it is there at once. */
static void test_a_revision_is_taken_from_its_compiled_form(void **state)
{
    const struct small_station *small = *state;
    struct desk desk;
    sqlite3 *database;
    revisions_enter_two(small, MONDAY_EIGHT + 60);
    desk_open(&desk, small);
    check_source(&desk, MONDAY_EIGHT + 60, 1, "p3/fire.mp4");
    char *path = revisions_journal_path(&desk.station);
    assert_int_equal(sqlite3_open(path, &database), SQLITE_OK);
    assert_int_equal(sqlite3_exec(database,
                                  "DROP TRIGGER contents_DELETE; DELETE FROM contents WHERE hash IN (SELECT "
                                  "contents FROM timetable WHERE name = 'week.xml')",
                                  NULL, NULL, NULL),
                     SQLITE_OK);
    sqlite3_close(database);
    check_source(&desk, MONDAY_EIGHT + 60, 1, "p3/fire.mp4");
    uint8_t content[JOURNAL_HASH];
    assert_true(journal_get_timetables(desk.revisions.journal, 1, content));
    char *compiled = revision_compiled_path(&desk.station, content);
    assert_int_equal(unlink(compiled), 0);
    struct revision *revision = revision_new(&desk.revisions, 1, &desk.diagnostics);
    assert_int_equal(revision->studio.diagnostics.errors, 1); /* now it is missed */
    assert_int_equal(plan_item_count(revision->studio.plan, 0, 0), 0);
    revision_free(&revision);
    g_free(compiled);
    g_free(path);
    desk_close(&desk);
}

static void test_a_journal_that_cannot_be_read_is_told(void **state)
{
    const struct small_station *small = *state;
    struct studio station;
    struct revisions revisions;
    struct diagnostics diagnostics = {0};
    small_station_write(small, "journal.db", "not what sqlite writes, and long enough for it to notice that");
    assert_true(studio_open_station(small->path, &station));
    assert_false(revisions_init(&revisions, &station, &diagnostics));
    assert_int_equal(diagnostics.errors, 1);
    assert_int_equal(revisions.count, 1); /* the folder stands for it */
    revisions_fini(&revisions);
    diagnostics_fini(&diagnostics);
    studio_close(&station);
}

/* --- the stream */

static bool collect(void *context, const uint8_t *bytes, size_t length)
{
    g_byte_array_append(context, bytes, (guint)length);
    return true;
}

static void count_fault(void *context, const struct reader_fault *fault)
{
    (void)context, (void)fault;
    fail();
}

static void render_into(struct desk *desk, uint64_t first, uint64_t end, int64_t from_second,
                        int64_t to_second, sink_function *write, void *out)
{
    struct programme programme;
    assert_true(programme_init(&programme, &desk->revisions, 0, from_second, to_second, &desk->diagnostics));
    struct sink *sink = sink_new_function(write, out);
    struct rendering_job job = {.channels = programme.channels,
                                .channel_count = programme.count,
                                .first = first,
                                .end = end,
                                .sink = sink,
                                .report = count_fault};
    assert_int_equal(rendering_run(&job), RENDERING_DONE);
    sink_free(&sink);
    programme_fini(&programme);
}

static void render(struct desk *desk, uint64_t first, uint64_t end, int64_t from_second, int64_t to_second,
                   GByteArray *out)
{
    render_into(desk, first, end, from_second, to_second, collect, out);
}

/* Law 1: in one go, in pieces around the second, and in pieces that know nothing of the other revision. */
static void test_the_stream_across_a_revision_is_one(void **state)
{
    const struct small_station *small = *state;
    const int64_t from = MONDAY_EIGHT + 11;
    struct desk desk;
    small_station_add_lesson(small, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(small, "p3/fire.mp4", 5, "key", 1, NULL);
    revisions_enter_two(small, from);
    desk_open(&desk, small);
    const struct slot_rate rate = slot_rate_new(desk.station.station->multiplexes[0].delivery.bits_num,
                                                desk.station.station->multiplexes[0].delivery.bits_den);
    const uint64_t edge = slot_at(rate, from, 0),
                   cuts[] = {slot_at(rate, from - 3, 0), edge - 20011, edge - 1, edge, edge + 7,
                             slot_at(rate, from + 2, 0)};
    GByteArray *whole = g_byte_array_new(), *parts = g_byte_array_new();
    render(&desk, cuts[0], cuts[5], from - 3, from + 4, whole);
    for (int i = 0; i < 5; i++)
        render(&desk, cuts[i], cuts[i + 1], slot_second(rate, cuts[i]), slot_second(rate, cuts[i + 1]) + 2,
               parts);
    assert_int_equal(whole->len, (cuts[5] - cuts[0]) * 188);
    assert_int_equal(parts->len, whole->len);
    assert_memory_equal(parts->data, whole->data, whole->len);
    g_byte_array_unref(whole);
    g_byte_array_unref(parts);
    desk_close(&desk);
}

/* --- the guide */

static uint8_t state_version(const struct revision *revision, size_t service, int64_t second)
{
    const struct guide *guide = network_guide_get(revision->studio.guide, service);
    return (uint8_t)((guide->versions.state + guide_at(guide, second).ordinal) % 32);
}

/* What changed takes the next version at that second, what did not keeps its own; so it goes on and on. */
static void test_versions_go_on(void **state)
{
    const struct small_station *small = *state;
    struct desk desk;
    revisions_enter(small, JOURNAL_ALWAYS);
    for (int i = 1; i <= 40; i++) { /* past the 32 that there are */
        small_station_write(small, "timetables/week.xml", i % 2 ? REVISED_TIMETABLE : SMALL_TIMETABLE);
        revisions_enter(small, MONDAY_EIGHT + 60 + i);
    }
    desk_open(&desk, small);
    assert_int_equal(desk.revisions.count, 41);
    struct revision *before = revision_new(&desk.revisions, 0, &desk.diagnostics);
    for (size_t i = 1; i <= 40; i++) {
        struct revision *now = revision_new(&desk.revisions, i, &desk.diagnostics);
        const int64_t from = now->from;
        assert_int_equal(state_version(now, 0, from), (state_version(before, 0, from - 1) + 1) % 32);
        assert_int_equal(state_version(now, 1, from), state_version(before, 1, from - 1));
        revision_free(&before);
        before = now;
    }
    revision_free(&before);
    desk_close(&desk);
}

/* --- what the operator does */

#define EDITED(items)                                                                                        \
    "<timetable xmlns=\"urn:chalkcast:timetable:1\">" items                                                  \
    "<lesson id=\"p3-2\" service=\"p3\" start=\"2020-03-02T09:00:00+08:00\" length=\"PT20M\""                \
    " source=\"p3/poems.mp4\"><title xml:lang=\"zh\">古诗三首</title></lesson></timetable>"
#define LESSON(start, source, title)                                                                         \
    "<lesson id=\"p3-1\" service=\"p3\" start=\"2020-03-02T" start "+08:00\" length=\"PT20M\""               \
    " source=\"" source "\" fill=\"loop\"><title xml:lang=\"zh\">" title "</title></lesson>"

static bool compare(void *context, const uint8_t *bytes, size_t length)
{
    comparison_feed(context, bytes, length);
    return true;
}

static const struct plan *plan_in_force(void *context, int64_t second)
{
    return timeline_plan(context, second);
}

/* The guide that is sent before, at and after the second is the plan of each; nothing of the old follows. */
static void check_edit(void **state, const char *edited, const char *present, const char *following)
{
    const struct small_station *small = *state;
    const int64_t from = MONDAY_EIGHT + 31, begin = from - 12, end = from + 26;
    struct timeline timeline;
    struct desk desk;
    small_station_write(small, "timetables/week.xml", edited);
    revisions_enter(small, from);
    desk_open(&desk, small);
    assert_true(timeline_init(&timeline, &desk.revisions, begin, end, &desk.diagnostics));
    struct comparison *comparison = comparison_new(plan_in_force, &timeline);
    const struct slot_rate rate = slot_rate_new(desk.station.station->multiplexes[0].delivery.bits_num,
                                                desk.station.station->multiplexes[0].delivery.bits_den);
    render_into(&desk, slot_at(rate, begin, 0), slot_at(rate, end, 0), begin, end + 2, compare, comparison);
    comparison_finish(comparison);
    assert_true(comparison_has_guide(comparison));
    assert_int_equal(comparison_differences(comparison), 0);
    comparison_free(&comparison);
    const struct guide_state now = guide_at(network_guide_get(timeline.list[1]->studio.guide, 0), from);
    assert_int_equal(now.present != NULL, present != NULL);
    if (present)
        assert_string_equal(now.present->item->title.list[0].utf8, present);
    assert_string_equal(now.following->item->title.list[0].utf8, following);
    timeline_fini(&timeline);
    desk_close(&desk);
}

static void test_a_replaced_a_late_and_a_cancelled_lesson_read_right(void **state)
{
    revisions_enter(*state, JOURNAL_ALWAYS);
    check_edit(state, EDITED(LESSON("08:00:00", "p3/fire.mp4", "火")), "火", "古诗三首");
    check_edit(state, EDITED(LESSON("08:05:00", "p3/water.mp4", "水的循环")), NULL, "水的循环");
    check_edit(state, EDITED(""), NULL, "古诗三首");
}

/* --- all of it as one plan */

static void check_item(const struct plan *plan, size_t index, int64_t start, int64_t length,
                       const char *source)
{
    const struct item *item = plan_item(plan, 0, 0, index);
    assert_true(item->start == start);
    assert_true(item->length == length);
    assert_string_equal(item->source, source);
}

/* The lesson that both have goes on, the other one is told in two parts, what the second lacks is not told.
 */
static void test_a_timeline_tells_what_each_revision_airs(void **state)
{
    const struct small_station *small = *state;
    struct timeline timeline;
    struct desk desk;
    revisions_enter_two(small, MONDAY_EIGHT + 60);
    small_station_write(small, "timetables/week.xml", SMALL_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT + 25 * 60);
    revisions_enter(small, MONDAY_EIGHT + 30 * 60);
    desk_open(&desk, small);
    assert_true(timeline_init(&timeline, &desk.revisions, INT64_MIN, INT64_MAX, &desk.diagnostics));
    assert_int_equal(timeline.count, 4);
    const struct plan *plan = timeline.studio->plan;
    check_item(plan, 0, MONDAY_EIGHT, 60, "p3/water.mp4");
    check_item(plan, 1, MONDAY_EIGHT + 60, 20 * 60 - 60, "p3/fire.mp4");
    check_item(plan, 2, MONDAY_EIGHT + 25 * 60, 15 * 60,
               "breaks/eyes.mp4"); /* on from the third to the fourth */
    check_item(plan, 3, MONDAY_EIGHT + 60 * 60, 20 * 60, "p3/poems.mp4");
    assert_int_equal(plan_item_count(plan, 0, 0), 5);
    assert_int_equal(plan_item_count(plan, 0, 1), 0);
    assert_ptr_equal(timeline_plan(&timeline, MONDAY_EIGHT + 60), timeline.list[1]->studio.plan);
    timeline_fini(&timeline);
    assert_true(
        timeline_init(&timeline, &desk.revisions, MONDAY_EIGHT, MONDAY_EIGHT + 60, &desk.diagnostics));
    assert_int_equal(timeline.count, 1);
    assert_ptr_equal(timeline.studio, &timeline.list[0]->studio);
    timeline_fini(&timeline);
    desk_close(&desk);
}

/* --- another file */

static void move(const struct small_station *small, const char *from, const char *to)
{
    static const char *const ends[] = {"", "-wal", "-shm"};
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++) {
        char *old = g_strconcat(small->path, "/", from, ends[i], NULL);
        char *new = g_strconcat(small->path, "/", to, ends[i], NULL);
        rename(old, new);
        g_free(old);
        g_free(new);
    }
}

static void copy(const struct small_station *small, const char *from, const char *to)
{
    char *old = g_build_filename(small->path, from, NULL), *new = g_build_filename(small->path, to, NULL),
         *bytes;
    gsize length;
    assert_true(g_file_get_contents(old, &bytes, &length, NULL));
    assert_true(g_file_set_contents(new, bytes, (gssize)length, NULL));
    g_free(bytes);
    g_free(old);
    g_free(new);
}

/* A journal that is put back from a copy is followed, as long as it goes on from what is known. */
static void test_a_journal_that_was_put_back_is_followed(void **state)
{
    const struct small_station *small = *state;
    struct desk desk;
    bool readable;
    revisions_enter(small, JOURNAL_ALWAYS);
    desk_open(&desk, small);
    move(small, "journal.db", "old.db");
    assert_false(revisions_renew(&desk.revisions, &readable));
    assert_false(readable);
    assert_string_equal(desk.revisions.fault, "it is gone");
    copy(small, "old.db", "journal.db");
    assert_false(revisions_renew(&desk.revisions, &readable));
    assert_true(readable);
    small_station_write(small, "timetables/week.xml", REVISED_TIMETABLE);
    revisions_enter(small, MONDAY_EIGHT);
    assert_true(revisions_renew(&desk.revisions, &readable));
    assert_true(readable);
    check_source(&desk, MONDAY_EIGHT, 1, "p3/fire.mp4");
    desk_close(&desk);
}

static void test_another_journal_is_not_followed(void **state)
{
    const struct small_station *small = *state;
    struct desk desk;
    bool readable;
    revisions_enter_two(small, MONDAY_EIGHT);
    desk_open(&desk, small);
    move(small, "journal.db", "old.db");
    revisions_enter(small, JOURNAL_ALWAYS);
    for (int i = 0; i < 3; i++) {
        assert_false(revisions_renew(&desk.revisions, &readable));
        assert_false(readable);
        assert_non_null(strstr(desk.revisions.fault, "is not followed"));
    }
    assert_int_equal(desk.revisions.entered, 2);
    move(small, "journal.db", "new.db");
    move(small, "old.db", "journal.db");
    assert_false(revisions_renew(&desk.revisions, &readable));
    assert_true(readable);
    check_source(&desk, MONDAY_EIGHT, 1, "p3/fire.mp4");
    desk_close(&desk);
}

/* A start at which the journal cannot be read airs what was last known of it; once it can be, it is followed.
 */
static void test_what_was_last_known_stands_for_a_journal_that_cannot_be_read(void **state)
{
    const struct small_station *small = *state;
    struct desk desk;
    struct revisions revisions;
    struct diagnostics diagnostics = {0};
    bool readable;
    revisions_enter_two(small, MONDAY_EIGHT);
    desk_open(&desk, small);
    assert_true(revisions_keep(&desk.revisions));
    move(small, "journal.db", "old.db");
    small_station_write(small, "journal.db", "damaged");
    small_station_write(small, "timetables/week.xml", SMALL_TIMETABLE);
    assert_false(revisions_init_on_air(&revisions, &desk.station, &diagnostics));
    assert_non_null(strstr(diagnostics.list[0].text, "so what was last known of it stands for it"));
    assert_int_equal(revisions.entered, 2);
    struct revision *revision =
        revision_new(&revisions, revisions_find(&revisions, MONDAY_EIGHT), &diagnostics);
    assert_non_null(revision);
    assert_int_equal(revision->number, 1);
    assert_int_not_equal(plan_find_source(revision->studio.plan, "p3/fire.mp4"), PLAN_SLATE);
    revision_free(&revision);
    assert_false(revisions_renew(&revisions, &readable));
    assert_false(readable);
    move(small, "old.db", "journal.db");
    revisions_enter(small, MONDAY_EIGHT + 60);
    assert_true(revisions_renew(&revisions, &readable));
    assert_true(readable);
    assert_int_equal(revisions.entered, 3);
    revisions_fini(&revisions);
    diagnostics_fini(&diagnostics);
    desk_close(&desk);
}

/* --- its beginning */

static void test_what_is_on_air_begins_the_journal(void **state)
{
    const struct small_station *small = *state;
    struct desk desk;
    char error[512];
    desk_open(&desk, small);
    struct revision *folder = revision_new(&desk.revisions, 0, &desk.diagnostics);
    assert_true(beginning_enter(&folder->studio, error, sizeof error));
    assert_true(beginning_enter(&folder->studio, error, sizeof error));
    small_station_write(small, "timetables/week.xml", REVISED_TIMETABLE);
    assert_false(beginning_enter(&folder->studio, error, sizeof error)); /* it is another one */
    assert_string_equal(error, "the folder of timetables was edited meanwhile");
    struct journal *journal = beginning_open(&folder->studio, error, sizeof error); /* and needs it no more */
    assert_non_null(journal);
    journal_free(&journal);
    revision_free(&folder);
    desk_close(&desk);
    desk_open(&desk, small);
    check_source(&desk, MONDAY_EIGHT, 0, "p3/water.mp4");
    desk_close(&desk);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_without_a_journal_the_folder_always_holds),
        TEST(test_each_holds_from_its_second_on_whatever_becomes_of_the_folder),
        TEST(test_what_is_entered_meanwhile_is_noticed),
        TEST(test_a_revision_is_taken_from_its_compiled_form),
        TEST(test_a_journal_that_cannot_be_read_is_told),
        TEST(test_the_stream_across_a_revision_is_one),
        TEST(test_versions_go_on),
        TEST(test_a_replaced_a_late_and_a_cancelled_lesson_read_right),
        TEST(test_a_timeline_tells_what_each_revision_airs),
        TEST(test_a_journal_that_was_put_back_is_followed),
        TEST(test_another_journal_is_not_followed),
        TEST(test_what_was_last_known_stands_for_a_journal_that_cannot_be_read),
        TEST(test_what_is_on_air_begins_the_journal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
