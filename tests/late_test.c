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

static void assert_late(struct place *place, const char *id, enum late_rule rule, int64_t from,
                        const char *expected)
{
    write_timetable(place, "a.xml", DAYS);
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.count, 0);
    struct action actions[LATE_ACTIONS];
    GString *found = g_string_new(NULL);
    const size_t count = late_build(plan, plan_find_item(plan, id), rule, from, actions);
    for (size_t i = 0; i < count; i++) {
        g_string_append_printf(found, "%s%s %s", i ? ", " : "", action_name(actions[i].kind),
                               actions[i].item);
        if (actions[i].at)
            g_string_append_printf(found, " %d", (int)(actions[i].at - NINE) / 60);
        g_string_append(found, actions[i].shift ? " shift" : "");
    }
    if (strcmp(found->str, expected) != 0)
        fail_msg("expected \"%s\", found \"%s\"", expected, found->str);
    g_string_free(found, TRUE);
    plan_free(&plan);
}

static void it_is_joined_in_progress(void **state)
{
    assert_late(*state, "a", LATE_JOIN, NINE + 600, "replace a");
    assert_late(*state, "a", LATE_JOIN, NINE + 2400, ""); /* it is over */
}

static void it_begins_anew(void **state)
{
    assert_late(*state, "a", LATE_DELAY, NINE + 600, "cut a 10, repeat a 10 shift");
    assert_late(*state, "a", LATE_DELAY, NINE + 2400, "repeat a 40 shift");
}

static void it_is_made_good_in_empty_time(void **state)
{
    /* b's 25 minutes fit over the filler; a's 40 wait for the next day's first empty time. */
    assert_late(*state, "b", LATE_MAKE_GOOD, NINE + 2700, "replace b, repeat b 65");
    assert_late(*state, "a", LATE_MAKE_GOOD, NINE + 600, "replace a, repeat a 1440");
    assert_late(*state, "a", LATE_MAKE_GOOD, NINE + 3600, "repeat a 1440");
    /* d's 8 hours end before nine in the evening. */
    assert_late(*state, "d", LATE_MAKE_GOOD, NINE + 12 * 3600, "repeat d 1440");
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
                                       TEST(it_is_made_good_in_empty_time), TEST(rules_have_names)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
