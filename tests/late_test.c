/* What is done of a lesson that has come late. */
#include "playout/late.h"

#include "tests/plan_fixture.h"

#define NINE 1583110800 /* 2020-03-02T09:00:00+08:00 */

#define ITEM(tag, id, start, length)                                                                         \
    "<" tag " id='" id "' service='p1' start='2020-03-" start "' length='" length "' source='" id            \
    ".mp4'><title>t</title></" tag ">\n"

/* Lessons at nine and ten, a filler behind them, the evening full. */
#define DAYS                                                                                                 \
    TIMETABLE(ITEM("lesson", "a", "02T09:00:00", "PT40M") ITEM("lesson", "b", "02T09:40:00", "PT25M")        \
                  ITEM("filler", "f", "02T10:05:00", "PT30M") ITEM("lesson", "c", "02T10:38:00", "PT2H")     \
                      ITEM("lesson", "d", "02T12:38:00", "PT8H") ITEM("lesson", "e", "03T08:00:00", "PT1H"))

static void assert_late_until(struct place *place, const char *id, enum late_rule rule, int64_t from,
                              int64_t until, const char *expected)
{
    write_timetable(place, "a.xml", DAYS);
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.count, 0);
    GArray *actions = g_array_new(FALSE, FALSE, sizeof(struct action));
    GString *found = g_string_new(NULL);
    if (!late_add(plan, plan_find_item(plan, id), rule, from, until, actions))
        g_string_append(found, "none");
    for (guint i = 0; i < actions->len; i++) {
        const struct action *action = &g_array_index(actions, struct action, i);
        g_string_append_printf(found, "%s%s %s", i ? ", " : "", action_name(action->kind), action->item);
        if (action->at)
            g_string_append_printf(found, " %d", (int)(action->at - NINE) / 60);
        g_string_append(found, action->shift ? " shift" : "");
    }
    g_array_unref(actions);
    if (strcmp(found->str, expected) != 0)
        fail_msg("expected \"%s\", found \"%s\"", expected, found->str);
    g_string_free(found, TRUE);
    plan_free(&plan);
}

static void assert_late(struct place *place, const char *id, enum late_rule rule, int64_t from,
                        const char *expected)
{
    assert_late_until(place, id, rule, from, INT64_MAX, expected);
}

static void it_is_joined_in_progress(void **state)
{
    assert_late(*state, "a", LATE_JOIN, NINE + 600, "");
    assert_late(*state, "a", LATE_JOIN, NINE + 2400, "none"); /* it is over */
}

static void it_begins_anew(void **state)
{
    assert_late(*state, "a", LATE_DELAY, NINE + 600, "cut a 10, repeat a 10 shift");
    assert_late(*state, "a", LATE_DELAY, NINE + 2400, "repeat a 40 shift");
}

static void it_is_made_good_in_empty_time(void **state)
{
    /* b's 25 minutes fit over the filler; a's 40 wait for the next day's first empty time. */
    assert_late(*state, "b", LATE_MAKE_GOOD, NINE + 2700, "repeat b 65");
    assert_late(*state, "a", LATE_MAKE_GOOD, NINE + 600, "repeat a 1440");
    assert_late(*state, "a", LATE_MAKE_GOOD, NINE + 3600, "repeat a 1440");
    /* Another revision's time is not given away. */
    assert_late_until(*state, "a", LATE_MAKE_GOOD, NINE + 3600, NINE + 86400, "none");
    assert_late_until(*state, "a", LATE_MAKE_GOOD, NINE + 3600, NINE + 86400 + 2400, "repeat a 1440");
    /* d's 8 hours end before nine in the evening. */
    assert_late(*state, "d", LATE_MAKE_GOOD, NINE + 12 * 3600, "repeat d 1440");
}

/* Two that are late do not get the same time. */
static void each_has_a_time_of_its_own(void **state)
{
    struct place *place = *state;
    write_timetable(place, "a.xml", DAYS);
    struct plan *plan = parse_plan(place);
    GArray *actions = g_array_new(FALSE, FALSE, sizeof(struct action));
    const int64_t noon = NINE + 3 * 3600;
    assert_true(late_add(plan, plan_find_item(plan, "a"), LATE_MAKE_GOOD, noon, INT64_MAX, actions));
    assert_true(late_add(plan, plan_find_item(plan, "b"), LATE_MAKE_GOOD, noon, INT64_MAX, actions));
    assert_int_equal(actions->len, 2);
    assert_int_equal(g_array_index(actions, struct action, 0).at, NINE + 86400);
    assert_int_equal(g_array_index(actions, struct action, 1).at, NINE + 86400 + 2400);
    g_array_unref(actions);
    plan_free(&plan);
}

static void rules_have_names(void **state)
{
    (void)state;
    assert_int_equal(late_rule_of("join"), LATE_JOIN);
    assert_int_equal(late_rule_of("make-good"), LATE_MAKE_GOOD);
    assert_int_equal(late_rule_of("never"), LATE_RULES);
    assert_int_equal(late_rule_of_kind(ITEM_LESSON), LATE_MAKE_GOOD);
    assert_int_equal(late_rule_of_kind(ITEM_BREAK), LATE_JOIN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(it_is_joined_in_progress), TEST(it_begins_anew),
                                       TEST(it_is_made_good_in_empty_time), TEST(each_has_a_time_of_its_own),
                                       TEST(rules_have_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
