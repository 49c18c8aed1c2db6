/* What a new revision takes over of the actions of the one before. */
#include "playout/kept.h"

#include "schedules/folder.h"
#include "tests/plan_fixture.h"

#define NINE 1583110800 /* 2020-03-02T09:00:00+08:00 */
#define DAY 86400
#define RANDOM_LISTS 300
#define MOST 8

static bool read_day(void *context, size_t index, char **bytes, size_t *length)
{
    (void)context;
    (void)index;
    *bytes = g_strdup(TIMETABLE(LESSON("a", "p1", "2020-03-02T09:00:00", "PT20M")
                                    LESSON("b", "p1", "2020-03-02T09:20:00", "PT20M")));
    *length = strlen(*bytes);
    return true;
}

/* Takes the actions. */
static struct plan *plan_with(struct place *place, struct actions *actions)
{
    static const char *const names[] = {"day.xml"};
    const struct timetable_files files = {.folder = "timetables",
                                          .names = names,
                                          .count = 1,
                                          .identity = "day",
                                          .identity_length = 3,
                                          .read = read_day,
                                          .actions = actions};
    struct plan *plan = plan_parse_files(&files, place->station, &place->faults);
    for (size_t i = 0; i < plan_source_count(plan); i++)
        plan_set_seconds(plan, i, 7);
    return plan;
}

static struct plan *plan_of(struct place *place, const struct action *list, size_t count)
{
    struct actions *actions = actions_new(".actions.xml");
    for (size_t i = 0; i < count; i++)
        actions_add(actions, &list[i]);
    return plan_with(place, actions);
}

/* "1 3": the revisions whose actions are kept by one from a second on. */
static void assert_kept(struct place *place, const struct action *list, size_t count, int64_t from,
                        const char *expected)
{
    struct plan *plan = plan_of(place, list, count);
    assert_int_equal(place->faults.count, 0);
    struct actions *kept = actions_new(".actions.xml");
    GString *found = g_string_new(NULL);
    kept_add(plan, from, kept);
    for (size_t i = 0; i < kept->count; i++)
        g_string_append_printf(found, "%s%u", i ? " " : "", kept->list[i].revision);
    assert_string_equal(found->str, expected);
    g_string_free(found, TRUE);
    actions_free(&kept);
    plan_free(&plan);
}

static void holds_and_their_releases_go_together(void **state)
{
    const struct action list[] = {
        {.kind = ACTION_HOLD, .revision = 1, .from = NINE, .on = "p1 p2"},
        {.kind = ACTION_RELEASE, .revision = 2, .from = NINE + 60, .on = "p1"},
        {.kind = ACTION_RELEASE, .revision = 3, .from = NINE + 9 * DAY, .on = "p2"}};
    assert_kept(*state, list, 2, NINE + 99 * DAY, "1 2"); /* p2 is held, p1 must not be */
    assert_kept(*state, list, 3, NINE + 9 * DAY + KEPT_FOR, "1 2 3");
    assert_kept(*state, list, 3, NINE + 9 * DAY + KEPT_FOR + 1, "");
}

static void a_hold_that_was_released_before_it_began_does_not_come_back(void **state)
{
    const struct action list[] = {{.kind = ACTION_HOLD, .revision = 1, .from = NINE + 300, .on = "p1"},
                                  {.kind = ACTION_RELEASE, .revision = 2, .from = NINE, .on = "p1"}};
    assert_kept(*state, list, 2, NINE + KEPT_FOR, "1 2");
    assert_kept(*state, list, 2, NINE + KEPT_FOR + 1, "");
}

static void slates_are_kept_until_they_end(void **state)
{
    const struct action list[] = {
        {.kind = ACTION_SLATE, .revision = 1, .from = NINE, .on = "p1", .source = "s", .length = 60},
        {.kind = ACTION_SLATE, .revision = 2, .from = NINE, .on = "p1", .source = "s", .length = 90}};
    assert_kept(*state, list, 2, NINE + 60 + KEPT_FOR, "1 2");
    assert_kept(*state, list, 2, NINE + 61 + KEPT_FOR, "2");
    assert_kept(*state, list, 2, NINE + 91 + KEPT_FOR, "");
}

static void a_switch_of_an_output_holds_until_the_next_one(void **state)
{
    const struct action list[] = {
        {.kind = ACTION_OUTPUT, .revision = 1, .from = NINE, .output = "main", .off = true},
        {.kind = ACTION_OUTPUT, .revision = 2, .from = NINE, .output = "backup"},
        {.kind = ACTION_OUTPUT, .revision = 3, .from = NINE + DAY, .output = "main"}};
    assert_kept(*state, list, 2, NINE + 999 * DAY, "1 2");
    assert_kept(*state, list, 3, NINE + DAY + KEPT_FOR, "1 2 3");
    assert_kept(*state, list, 3, NINE + DAY + KEPT_FOR + 1, "2 3");
}

/* The repeat of days later must keep its source and its time. */
static void what_is_done_to_a_repeat_is_kept_with_it(void **state)
{
    const struct action list[] = {
        {.kind = ACTION_REPLACE, .revision = 1, .from = NINE, .item = "a", .source = "new"},
        {.kind = ACTION_REPEAT, .revision = 2, .from = NINE, .item = "a", .on = "p2", .at = NINE + 5 * DAY},
        {.kind = ACTION_DELAY, .revision = 3, .from = NINE, .item = "a.2", .by = 600},
        {.kind = ACTION_CANCEL, .revision = 4, .from = NINE, .item = "b"}};
    assert_kept(*state, list, 4, NINE + 2400 + KEPT_FOR, "1 2 3 4");
    assert_kept(*state, list, 4, NINE + 2401 + KEPT_FOR, "1 2 3");
    assert_kept(*state, list, 4, NINE + 5 * DAY + 1800 + KEPT_FOR, "1 2 3");
    assert_kept(*state, list, 4, NINE + 5 * DAY + 1801 + KEPT_FOR, "");
}

static void assert_same_views(const struct plan *plan, const struct plan *kept, int64_t from)
{
    for (size_t service = 0; service < 2; service++)
        for (int64_t second = from - KEPT_FOR; second < NINE + 400; second++) {
            const struct on_air was = plan_at(plan, 0, service, second),
                                is = plan_at(kept, 0, service, second);
            assert_int_equal(is.action, was.action);
            assert_int_equal(is.cell, was.cell);
            assert_int_equal(is.filling, was.filling);
        }
}

static void nothing_changes_for_what_is_left_out(void **state)
{
    static const char *const on[] = {"p1", "p2", "p1 p2"};
    static const enum action_kind kinds[] = {ACTION_HOLD, ACTION_RELEASE, ACTION_RELEASE, ACTION_SLATE};
    GRand *dice = g_rand_new_with_seed(8);
    struct place *place = *state;
    size_t left_out = 0;
    for (int i = 0; i < RANDOM_LISTS; i++) {
        struct action list[MOST];
        for (uint32_t k = 0; k < MOST; k++) {
            list[k] = (struct action){.kind = kinds[g_rand_int_range(dice, 0, G_N_ELEMENTS(kinds))],
                                      .revision = k + 1,
                                      .from = NINE + g_rand_int_range(dice, 0, 300),
                                      .on = (char *)on[g_rand_int_range(dice, 0, G_N_ELEMENTS(on))]};
            list[k].length = list[k].kind == ACTION_SLATE ? 30 : 0;
            list[k].source = list[k].kind == ACTION_SLATE ? "s" : NULL;
        }
        const int64_t from = NINE + KEPT_FOR + g_rand_int_range(dice, 0, 300);
        struct plan *plan = plan_of(place, list, MOST);
        struct actions *actions = actions_new(".actions.xml");
        kept_add(plan, from, actions);
        left_out += MOST - actions->count;
        struct plan *kept = plan_with(place, actions);
        assert_same_views(plan, kept, from);
        plan_free(&kept);
        plan_free(&plan);
    }
    assert_true(left_out > RANDOM_LISTS);
    g_rand_free(dice);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(holds_and_their_releases_go_together),
                                       TEST(a_hold_that_was_released_before_it_began_does_not_come_back),
                                       TEST(slates_are_kept_until_they_end),
                                       TEST(a_switch_of_an_output_holds_until_the_next_one),
                                       TEST(what_is_done_to_a_repeat_is_kept_with_it),
                                       TEST(nothing_changes_for_what_is_left_out)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
