/* Actions: read, written, and applied to timetables. */
#include "schedules/action.h"

#include "schedules/folder.h"
#include "schedules/plan.h"
#include "tests/plan_fixture.h"

#define NINE 1583110800 /* 2020-03-02T09:00:00+08:00 */
#define XMLNS "<actions xmlns='urn:chalkcast:actions:1'>\n"
#define FROM(kind) "<" kind " revision='3' from='2020-03-02T01:00:10Z' "

/* Four items of 10 s and a filler from nine on, then empty time, then d; another service has e. */
#define ITEM(tag, id, clock, length)                                                                         \
    "<" tag " id='" id "' service='p1' start='2020-03-02T" clock "' length='" length "' source='" id         \
    ".mp4' fill='fallback'><title>t</title></" tag ">\n"
#define DAY                                                                                                  \
    TIMETABLE(ITEM("lesson", "a", "09:00:00", "PT20S") ITEM("lesson", "b", "09:00:20", "PT20S")              \
                  ITEM("filler", "f", "09:00:40", "PT20S") ITEM("lesson", "c", "09:01:00", "PT20S")          \
                      ITEM("lesson", "d", "09:02:00", "PT20S") "<lesson id='e' service='p2' "                \
                                                               "start='2020-03-02T10:00:00' length='PT5S' "  \
                                                               "source='e.mp4'><title>t</title></lesson>\n")

static bool read_day(void *context, size_t index, char **bytes, size_t *length)
{
    (void)context;
    (void)index;
    *bytes = g_strdup(DAY);
    *length = strlen(DAY);
    return true;
}

/* The day with actions that are being entered as revision 3, all lessons prepared with 20 s. */
static struct plan *plan_with(struct place *place, const char *actions)
{
    static const char *const names[] = {"day.xml"};
    char *text = g_strconcat(XMLNS, actions, "</actions>", NULL);
    struct timetable_files files = {
        .folder = "timetables",
        .names = names,
        .count = 1,
        .identity = "day",
        .identity_length = 3,
        .read = read_day,
        .actions = actions_parse_bytes(text, strlen(text), ".actions.xml", place->station, &place->faults)};
    assert_non_null(files.actions);
    files.actions->entering = 3;
    struct plan *plan = plan_parse_files(&files, place->station, &place->faults);
    for (size_t i = 0; i < plan_source_count(plan); i++)
        plan_set_seconds(plan, i, 20);
    g_free(text);
    return plan;
}

/* "a 0-20, b 20-40": the items of a service, seconds after nine. */
static void assert_items(const struct plan *plan, size_t service, const char *expected)
{
    GString *found = g_string_new(NULL);
    for (size_t i = 0; i < plan_item_count(plan, 0, service); i++) {
        const struct item *item = plan_item(plan, 0, service, i);
        g_string_append_printf(found, "%s%s %d-%d", i ? ", " : "", item->id, (int)(item->start - NINE),
                               (int)(item->start + item->length - NINE));
    }
    if (strcmp(found->str, expected) != 0)
        fail_msg("expected \"%s\", found \"%s\"", expected, found->str);
    g_string_free(found, TRUE);
}

static void assert_acted(struct place *place, const char *actions, const char *expected)
{
    struct plan *plan = plan_with(place, actions);
    for (size_t i = 0; i < place->faults.count; i++)
        print_message("%s:%d: %s\n", place->faults.list[i].file, place->faults.list[i].line,
                      place->faults.list[i].text);
    assert_int_equal(place->faults.count, 0);
    assert_items(plan, 0, expected);
    plan_free(&plan);
}

static void assert_action_refused(struct place *place, const char *actions, const char *said)
{
    struct plan *plan = plan_with(place, actions);
    assert_true(reported(&place->faults, 2, said));
    assert_items(plan, 0, "a 0-20, b 20-40, f 40-60, c 60-80, d 120-140");
    plan_free(&plan);
    diagnostics_fini(&place->faults);
}

/* "b.mp4 3", "fallback/p1.mp4 0 filling": what is seen so many seconds after nine. */
static void assert_seen(const struct plan *plan, size_t service, int second, const char *expected)
{
    const struct on_air seen = plan_at(plan, 0, service, NINE + second);
    char *found =
        g_strdup_printf("%s %u%s", seen.source == PLAN_SLATE ? "slate" : plan_source(plan, seen.source)->path,
                        seen.cell, seen.filling ? " filling" : "");
    if (strcmp(found, expected) != 0)
        fail_msg("second %d: expected \"%s\", seen \"%s\"", second, expected, found);
    g_free(found);
}

static void items_are_cancelled(void **state)
{
    assert_acted(*state, FROM("cancel") "item='b'/>", "a 0-20, f 40-60, c 60-80, d 120-140");
    assert_acted(*state, FROM("cancel") "item='a'/>", "a 0-10, b 20-40, f 40-60, c 60-80, d 120-140");
    assert_acted(*state, FROM("cancel") "item='a' shift='yes'/>",
                 "a 0-10, b 10-30, f 30-60, c 60-80, d 120-140");
    assert_acted(*state, FROM("cancel") "item='c' shift='yes'/>", "a 0-20, b 20-40, f 40-60, d 120-140");
    assert_action_refused(*state, FROM("cancel") "item='x'/>", "there is no item of this id");
    assert_action_refused(*state, "<cancel revision='3' from='2020-03-02T01:00:20Z' item='a'/>",
                          "it is over");
}

static void items_are_cut(void **state)
{
    assert_acted(*state, FROM("cut") "item='b' at='2020-03-02T01:00:25Z'/>",
                 "a 0-20, b 20-25, f 40-60, c 60-80, d 120-140");
    assert_acted(*state, FROM("cut") "item='a' at='2020-03-02T01:00:15Z' shift='yes'/>",
                 "a 0-15, b 15-35, f 35-60, c 60-80, d 120-140");
    assert_action_refused(*state, FROM("cut") "item='b' at='2020-03-02T01:00:40Z'/>", "it can end from");
    assert_action_refused(*state, FROM("cut") "item='a' at='2020-03-02T01:00:09Z'/>", "it can end from");
}

static void items_are_delayed(void **state)
{
    /* What follows keeps its instants, but for fillers, which are there to make up for it. */
    assert_acted(*state, FROM("delay") "item='b' by='PT5S'/>",
                 "a 0-20, b 25-45, f 45-60, c 60-80, d 120-140");
    assert_acted(*state, FROM("delay") "item='b' by='PT25S'/>",
                 "a 0-20, f 40-45, b 45-60, c 60-80, d 120-140");
    assert_acted(*state, FROM("delay") "item='d' by='PT1H'/>",
                 "a 0-20, b 20-40, f 40-60, c 60-80, d 3720-3740");
    assert_acted(*state, FROM("delay") "item='b' by='PT25S' shift='yes'/>",
                 "a 0-20, b 45-65, c 65-85, d 120-140");
    assert_acted(*state, FROM("delay") "item='c' by='PT50S' shift='yes'/>",
                 "a 0-20, b 20-40, f 40-60, c 110-130, d 130-150");
    assert_action_refused(*state, FROM("delay") "item='a' by='PT5S'/>", "it has begun");
    assert_action_refused(*state, FROM("delay") "item='b' by='PT40S'/>", "\"c\" begins at");
}

static void items_are_repeated(void **state)
{
    assert_acted(*state, FROM("repeat") "item='a' on='p1' at='2020-03-02T01:01:30Z'/>",
                 "a 0-20, b 20-40, f 40-60, c 60-80, a.3 90-110, d 120-140");
    assert_acted(*state, FROM("repeat") "item='a' on='p1' at='2020-03-02T01:01:50Z' shift='yes'/>",
                 "a 0-20, b 20-40, f 40-60, c 60-80, a.3 110-130, d 130-150");
    assert_action_refused(*state, FROM("repeat") "item='a' on='p1' at='2020-03-02T01:01:50Z'/>",
                          "\"d\" airs then");
    assert_action_refused(*state, FROM("repeat") "item='a' on='p1' at='2020-03-02T01:00:05Z'/>",
                          "\"a\" airs then");
    struct plan *plan = plan_with(*state, FROM("repeat") "item='a' on='p2' at='2020-03-02T01:00:30Z'/>");
    assert_items(plan, 1, "a.3 30-50, e 3600-3605");
    assert_int_equal(plan_item(plan, 0, 1, 0)->action, 3);
    assert_int_not_equal(plan_item(plan, 0, 1, 0)->event_id, plan_item(plan, 0, 0, 0)->event_id);
    plan_free(&plan);
}

static void a_repetition_within_a_filler_splits_it(void **state)
{
    assert_acted(*state, FROM("repeat") "item='e' on='p1' at='2020-03-02T01:00:42Z'/>",
                 "a 0-20, b 20-40, f 40-42, e.3 42-47, f.3 47-60, c 60-80, d 120-140");
}

static void what_was_cut_or_cancelled_is_repeated_whole(void **state)
{
    assert_acted(
        *state,
        FROM("cut") "item='a' at='2020-03-02T01:00:15Z'/>" FROM("cancel") "item='c'/>" FROM(
            "repeat") "item='a' on='p1' at='2020-03-02T01:01:00Z'/>" FROM("repeat") "item='c' on='p1' "
                                                                                    "at='2020-03-02T01:01:"
                                                                                    "20Z'/>",
        "a 0-15, b 20-40, f 40-60, a.3 60-80, c.3 80-100, d 120-140");
}

static void another_source_is_joined_in_progress(void **state)
{
    struct plan *plan = plan_with(
        *state, FROM("replace") "item='a' source='new.mp4'/>" FROM("replace") "item='b' source='new.mp4'/>");
    assert_seen(plan, 0, 9, "a.mp4 9");
    assert_seen(plan, 0, 10, "new.mp4 10");
    assert_seen(plan, 0, 19, "new.mp4 19");
    assert_seen(plan, 0, 20, "new.mp4 0");
    plan_set_seconds(plan, plan_find_source(plan, "new.mp4"), 12);
    assert_seen(plan, 0, 11, "new.mp4 11");
    assert_seen(plan, 0, 12, "fallback/p1.mp4 0 filling"); /* it is shorter */
    assert_seen(plan, 0, 20, "new.mp4 0");
    plan_free(&plan);
}

static void services_are_held_and_released(void **state)
{
    struct plan *plan = plan_with(*state, FROM("hold") "on='p1 p2'/>");
    assert_seen(plan, 0, 9, "a.mp4 9");
    assert_seen(plan, 0, 10, "fallback/p1.mp4 0 filling");
    assert_seen(plan, 0, 65, "fallback/p1.mp4 15 filling");
    assert_seen(plan, 0, 10 + 20 * 100000, "fallback/p1.mp4 0 filling");
    assert_int_equal(plan_at(plan, 0, 0, NINE + 10).action, 3);
    assert_int_equal(plan_at(plan, 0, 0, NINE + 9).action, 0);
    assert_seen(plan, 1, 10, "slate 0 filling");
    assert_items(plan, 0, "a 0-20, b 20-40, f 40-60, c 60-80, d 120-140"); /* of which the guide tells */
    plan_free(&plan);
    plan = plan_with(*state, FROM("hold") "on='p1'/>"
                                          "<release revision='3' from='2020-03-02T01:00:25Z' on='p1'/>");
    assert_seen(plan, 0, 24, "fallback/p1.mp4 14 filling");
    assert_seen(plan, 0, 25, "b.mp4 5");
    plan_free(&plan);
    assert_action_refused(*state, FROM("release") "on='p1'/>", "nothing is held there");
}

static void a_slate_is_over_everything_else(void **state)
{
    struct plan *plan =
        plan_with(*state, FROM("hold") "on='p1'/>"
                                       "<slate revision='3' from='2020-03-02T01:00:15Z' on='p1' "
                                       "length='PT30S' source='slate.mp4'/>");
    assert_seen(plan, 0, 14, "fallback/p1.mp4 4 filling");
    assert_seen(plan, 0, 15, "slate.mp4 0");
    assert_seen(plan, 0, 44, "slate.mp4 9"); /* it goes round */
    assert_seen(plan, 0, 45, "fallback/p1.mp4 15 filling");
    plan_free(&plan);
}

static void old_actions_without_their_item_are_left_out(void **state)
{
    struct place *place = *state;
    struct plan *plan = plan_with(
        place, "<cancel revision='2' from='2020-03-02T01:00:00Z' item='gone'/>" FROM("cancel") "item='b'/>");
    assert_int_equal(place->faults.errors, 0);
    assert_int_equal(place->faults.warnings, 1);
    assert_items(plan, 0, "a 0-20, f 40-60, c 60-80, d 120-140");
    plan_free(&plan);
}

/* Whichever was entered first, the last switch before a second is what holds in it. */
static void outputs_are_switched(void **state)
{
    (void)state;
    const struct output used = {.name = "main"}, standby = {.name = "udp://1.2.3.4:5", .standby = true};
    const struct action switches[] = {
        {.kind = ACTION_OUTPUT, .from = NINE + 20, .output = "main"},
        {.kind = ACTION_OUTPUT, .from = NINE + 10, .output = "main", .off = true},
        {.kind = ACTION_HOLD, .from = NINE + 10, .on = "p1"},
        {.kind = ACTION_OUTPUT, .from = NINE + 10, .output = "udp://1.2.3.4:5", .off = true},
        {.kind = ACTION_OUTPUT, .from = NINE + 10, .output = "udp://1.2.3.4:5"}};
    struct actions *actions = actions_new(".actions.xml");
    assert_true(actions_output_is_on(NULL, &used, NINE));
    assert_false(actions_output_is_on(NULL, &standby, NINE));
    for (size_t i = 0; i < G_N_ELEMENTS(switches); i++)
        actions_add(actions, &switches[i]);
    for (int64_t second = NINE; second < NINE + 30; second++) {
        assert_int_equal(actions_output_is_on(actions, &used, second),
                         second < NINE + 10 || second >= NINE + 20);
        assert_int_equal(actions_output_is_on(actions, &standby, second), second >= NINE + 10);
    }
    actions_free(&actions);
}

static void a_switch_changes_no_item_even_of_an_output_that_is_gone(void **state)
{
    struct place *place = *state;
    struct plan *plan =
        plan_with(place, FROM("output") "name='gone' state='off'/>" FROM("cancel") "item='b'/>");
    assert_int_equal(place->faults.errors, 0);
    assert_int_equal(place->faults.warnings, 1);
    assert_non_null(strstr(place->faults.list[0].text, "output of gone is left out: there is no output"));
    assert_items(plan, 0, "a 0-20, f 40-60, c 60-80, d 120-140");
    plan_free(&plan);
}

static void what_is_written_is_read_again(void **state)
{
    struct place *place = *state;
    struct actions *actions = actions_new(".actions.xml");
    const struct action all[] = {
        {.kind = ACTION_DELAY, .revision = 1, .from = NINE, .item = "a", .by = 90, .shift = true},
        {.kind = ACTION_NOTICE,
         .revision = 2,
         .from = NINE + 1,
         .on = "p1 p2",
         .length = 60,
         .source = "n/<&>.png",
         .text = "停课 <&\"'>"},
        {.kind = ACTION_REPEAT, .revision = 3, .from = NINE + 2, .item = "a", .on = "p2", .at = NINE + 7200},
        {.kind = ACTION_OUTPUT, .revision = 4, .from = NINE + 3, .output = "udp://1.2.3.4:5", .off = true},
        {.kind = ACTION_OUTPUT, .revision = 5, .from = NINE + 3, .output = "备用"}};
    size_t length, again_length;
    for (size_t i = 0; i < G_N_ELEMENTS(all); i++)
        actions_add(actions, &all[i]);
    char *bytes = actions_build(actions, &length);
    struct actions *again =
        actions_parse_bytes(bytes, length, ".actions.xml", place->station, &place->faults);
    assert_non_null(again);
    assert_int_equal(again->count, 5);
    assert_string_equal(again->list[1].text, all[1].text);
    assert_string_equal(again->list[1].source, all[1].source);
    assert_true(again->list[0].shift);
    assert_int_equal(again->list[2].at, NINE + 7200);
    assert_string_equal(again->list[3].output, all[3].output);
    assert_string_equal(again->list[4].output, all[4].output);
    assert_true(again->list[3].off && !again->list[4].off);
    char *same = actions_build(again, &again_length);
    assert_string_equal(bytes, same);
    assert_true(actions_remove(again, 2));
    assert_false(actions_remove(again, 2));
    assert_int_equal(again->count, 4);
    actions_free(&again);
    actions_free(&actions);
    g_free(same);
    g_free(bytes);
}

static void broken_files_are_refused(void **state)
{
    struct place *place = *state;
    static const char *const broken[] = {FROM("cancel") "/>",
                                         FROM("cancel") "item='a' at='x'/>",
                                         FROM("hold") "on='p9'/>",
                                         FROM("slate") "on='p1' length='PT90000S' source='a'/>",
                                         FROM("slate") "on='p1' length='PT1S' source='../a'/>",
                                         FROM("cut") "item='a' at='2020-02-30T00:00:00Z'/>",
                                         FROM("output") "name='a'/>",
                                         FROM("output") "state='off'/>",
                                         FROM("output") "name='a' state='standby'/>",
                                         FROM("output") "name='a b' state='on'/>",
                                         "<explode revision='1' from='2020-03-02T01:00:10Z'/>"};
    for (size_t i = 0; i < G_N_ELEMENTS(broken); i++) {
        char *text = g_strconcat(XMLNS, broken[i], "</actions>", NULL);
        assert_null(actions_parse_bytes(text, strlen(text), ".actions.xml", place->station, &place->faults));
        assert_true(place->faults.errors > 0);
        diagnostics_fini(&place->faults);
        g_free(text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(items_are_cancelled, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(items_are_cut, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(items_are_delayed, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(items_are_repeated, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(a_repetition_within_a_filler_splits_it, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(what_was_cut_or_cancelled_is_repeated_whole, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(another_source_is_joined_in_progress, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(services_are_held_and_released, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(a_slate_is_over_everything_else, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(old_actions_without_their_item_are_left_out, place_set_up,
                                        place_tear_down),
        cmocka_unit_test(outputs_are_switched),
        cmocka_unit_test_setup_teardown(a_switch_changes_no_item_even_of_an_output_that_is_gone, place_set_up,
                                        place_tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_is_read_again, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(broken_files_are_refused, place_set_up, place_tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
