/* What viewers see of a day after any actions in any order, against a slow reference that asks of every
 * second what the actions mean: items end when they are cut or cancelled and move when others are, a
 * replacement is the item's from its second on, holds and slates are over everything until they are released.
 */
#include "schedules/action.h"
#include "schedules/folder.h"
#include "schedules/plan.h"
#include "tests/plan_fixture.h"

#define NINE 1583110800 /* 2020-03-02T09:00:00+08:00 */
#define DAY_SECONDS 240
#define PIECES 5
#define MOST 8 /* actions of a random day */
#define RANDOM_DAYS 600

#define ITEM(tag, id, clock)                                                                                 \
    "<" tag " id='" id "' service='p1' start='2020-03-02T" clock "' length='PT20S' source='" id              \
    ".mp4' fill='fallback'><title>t</title></" tag ">\n"
static const char timetable[] =
    TIMETABLE(ITEM("lesson", "a", "09:00:00") ITEM("lesson", "b", "09:00:20") ITEM("filler", "f", "09:00:40")
                  ITEM("lesson", "c", "09:01:00") ITEM("lesson", "d", "09:02:00"));
/* All are prepared, some too short. */
static const struct {
    const char *path;
    int seconds;
} sources[] = {{"a.mp4", 20},   {"b.mp4", 15},    {"c.mp4", 20},     {"d.mp4", 20},         {"f.mp4", 60},
               {"new.mp4", 30}, {"short.mp4", 8}, {"slate.mp4", 10}, {"fallback/p1.mp4", 7}};

/* --- the reference */

struct piece { /* an item; seconds after nine */
    const char *id, *source;
    bool filler;
    int start, end;
};

struct day {
    struct piece pieces[PIECES];
    int count;
    const struct action *actions[MOST]; /* that were not refused */
    int acted;
};

struct view {
    const char *source;
    int cell;
    const char *item; /* NULL in empty time */
    unsigned revision;
};

static struct day day_as_planned(void)
{
    return (struct day){.pieces = {{"a", "a.mp4", false, 0, 20},
                                   {"b", "b.mp4", false, 20, 40},
                                   {"f", "f.mp4", true, 40, 60},
                                   {"c", "c.mp4", false, 60, 80},
                                   {"d", "d.mp4", false, 120, 140}},
                        .count = PIECES};
}

static void take_out(struct day *day, int index)
{
    day->count--;
    for (int i = index; i < day->count; i++)
        day->pieces[i] = day->pieces[i + 1];
}

/* Items that follow one another from `end` on come earlier, up to a filler, which begins earlier. */
static void pull(struct day *day, int index, int end, int by)
{
    for (; index < day->count && day->pieces[index].start == end; index++) {
        struct piece *piece = &day->pieces[index];
        end = piece->end;
        piece->start -= by;
        if (piece->filler)
            return;
        piece->end -= by;
    }
}

/* Items that begin before `end` come later, up to empty time; fillers lose what others need. */
static void push(struct day *day, int index, int end)
{
    while (index < day->count && day->pieces[index].start < end) {
        struct piece *piece = &day->pieces[index];
        if (piece->filler && piece->end <= end) {
            take_out(day, index);
        } else if (piece->filler) {
            piece->start = end;
        } else {
            piece->end += end - piece->start;
            piece->start = end;
            end = piece->end;
            index++;
        }
    }
}

/* Ends a piece; one without a second is none. */
static void end_piece(struct day *day, int index, int end, bool shift)
{
    const int was = day->pieces[index].end;
    const bool gone = end <= day->pieces[index].start;
    if (gone)
        end = day->pieces[index].start;
    day->pieces[index].end = end;
    if (gone)
        take_out(day, index--);
    if (shift)
        pull(day, index + 1, was, was - end);
}

/* False when it is refused. */
static bool change_item(struct day *day, const struct action *action)
{
    const int from = (int)(action->from - NINE), at = (int)(action->at - NINE);
    int index = 0;
    while (index < day->count && strcmp(day->pieces[index].id, action->item) != 0)
        index++;
    struct piece *piece = &day->pieces[index];
    if (index == day->count || piece->end <= from)
        return false;
    if ((action->kind == ACTION_CUT && (at < from || at <= piece->start || at >= piece->end)) ||
        (action->kind == ACTION_DELAY && piece->start < from))
        return false;
    if (action->kind == ACTION_CANCEL)
        end_piece(day, index, from, action->shift);
    if (action->kind == ACTION_CUT)
        end_piece(day, index, at, action->shift);
    if (action->kind == ACTION_DELAY) {
        piece->start += (int)action->by;
        piece->end += (int)action->by;
        push(day, index + 1, piece->end);
    }
    return true;
}

static struct day day_after(const struct action *actions, int count)
{
    struct day day = day_as_planned();
    for (int i = 0; i < count; i++)
        if (!actions[i].item || change_item(&day, &actions[i]))
            day.actions[day.acted++] = &actions[i];
    return day;
}

static const struct piece *piece_at(const struct day *day, int second)
{
    for (int i = 0; i < day->count; i++)
        if (day->pieces[i].start <= second && second < day->pieces[i].end)
            return &day->pieces[i];
    return NULL;
}

static int seconds_of(const char *path)
{
    size_t i = 0;
    while (strcmp(sources[i].path, path) != 0)
        i++;
    return sources[i].seconds;
}

/* The last hold or slate that is on, or NULL. */
static const struct action *overlay_at(const struct day *day, int64_t second)
{
    for (int i = day->acted - 1; i >= 0; i--) {
        const struct action *action = day->actions[i];
        bool on = action->from <= second &&
                  (action->kind == ACTION_HOLD ||
                   (action->kind == ACTION_SLATE && second < action->from + action->length));
        for (int k = i + 1; k < day->acted; k++)
            on = on && !(day->actions[k]->kind == ACTION_RELEASE && day->actions[k]->from <= second);
        if (on)
            return action;
    }
    return NULL;
}

/* The last replacement of an item that has come, or NULL. */
static const struct action *replacement_at(const struct day *day, const char *id, int64_t second)
{
    for (int i = day->acted - 1; i >= 0; i--)
        if (day->actions[i]->kind == ACTION_REPLACE && strcmp(day->actions[i]->item, id) == 0 &&
            day->actions[i]->from <= second)
            return day->actions[i];
    return NULL;
}

/* What an item shows of its own; no source in empty time and when it is over. */
static struct view own_at(const struct day *day, int second)
{
    const struct piece *piece = piece_at(day, second);
    if (!piece)
        return (struct view){0};
    const struct action *replacement = replacement_at(day, piece->id, NINE + second);
    const char *source = replacement ? replacement->source : piece->source;
    const int cell = second - piece->start;
    const bool joined = replacement && replacement->from > NINE + piece->start;
    return (struct view){.source = cell < seconds_of(source) ? source : NULL,
                         .cell = cell,
                         .item = piece->id,
                         .revision = joined ? replacement->revision : 0};
}

static struct view view_at(const struct day *day, int second)
{
    static const char fallback[] = "fallback/p1.mp4";
    struct view view = own_at(day, second);
    const struct action *overlay = overlay_at(day, NINE + second);
    if (overlay) {
        view.source = overlay->source ? overlay->source : fallback;
        view.cell = (int)(NINE + second - overlay->from) % seconds_of(view.source);
        view.revision = overlay->revision;
    } else if (!view.source) {
        int last = second - 1;
        while (last >= 0 && !own_at(day, last).source)
            last--;
        view.source = fallback;
        view.cell = (last >= 0 ? second - last - 1 : NINE + second) % seconds_of(fallback);
    }
    return view;
}

/* --- the plan */

static bool read_day(void *context, size_t index, char **bytes, size_t *length)
{
    (void)context;
    (void)index;
    *bytes = g_strdup(timetable);
    *length = strlen(timetable);
    return true;
}

static struct plan *plan_after(struct place *place, const struct action *actions, int count)
{
    static const char *const names[] = {"day.xml"};
    struct timetable_files files = {.folder = "timetables",
                                    .names = names,
                                    .count = 1,
                                    .identity = "day",
                                    .identity_length = 3,
                                    .read = read_day,
                                    .actions = actions_new(".actions.xml")};
    for (int i = 0; i < count; i++)
        actions_add(files.actions, &actions[i]);
    struct plan *plan = plan_parse_files(&files, place->station, &place->faults);
    for (size_t i = 0; i < G_N_ELEMENTS(sources); i++)
        if (plan_find_source(plan, sources[i].path) != PLAN_SLATE)
            prepare(plan, sources[i].path, (uint32_t)sources[i].seconds);
    assert_int_equal(place->faults.errors, 0); /* what is refused is an old action that is left out */
    diagnostics_fini(&place->faults);
    return plan;
}

static struct view plan_view(const struct plan *plan, int second)
{
    const struct on_air on_air = plan_at(plan, 0, 0, NINE + second);
    return (struct view){plan_source(plan, on_air.source)->path, (int)on_air.cell,
                         on_air.item ? on_air.item->id : NULL, on_air.action};
}

static bool is_same(const struct view *a, const struct view *b)
{
    return strcmp(a->source, b->source) == 0 && a->cell == b->cell && g_strcmp0(a->item, b->item) == 0 &&
           a->revision == b->revision;
}

static void fail_at(const struct action *actions, int count, int second, const struct view *expected,
                    const struct view *found)
{
    for (int i = 0; i < count; i++)
        print_message("%s %s from %d at %d by %d length %d source %s%s\n", action_name(actions[i].kind),
                      actions[i].item ? actions[i].item : "", (int)(actions[i].from - NINE),
                      (int)(actions[i].at ? actions[i].at - NINE : 0), (int)actions[i].by,
                      (int)actions[i].length, actions[i].source ? actions[i].source : "",
                      actions[i].shift ? " shift" : "");
    fail_msg("second %d: expected %s %d of %s by %u, seen %s %d of %s by %u", second, expected->source,
             expected->cell, expected->item, expected->revision, found->source, found->cell, found->item,
             found->revision);
}

/* After the first `count` actions everything is as the reference says; earlier seconds are as they were. */
static void assert_as_meant(struct place *place, const struct action *actions, int count)
{
    const struct day day = day_after(actions, count), day_before = day_after(actions, count - 1);
    struct plan *plan = plan_after(place, actions, count);
    for (int second = -1; second < DAY_SECONDS; second++) {
        const bool aired = second < actions[count - 1].from - NINE;
        const struct view expected = view_at(aired ? &day_before : &day, second);
        const struct view found = plan_view(plan, second);
        if (!is_same(&expected, &found))
            fail_at(actions, count, second, &expected, &found);
    }
    plan_free(&plan);
}

/* --- the actions */

static const struct action kinds[] = {
    {.kind = ACTION_REPLACE, .source = "new.mp4"},
    {.kind = ACTION_REPLACE, .source = "short.mp4"},
    {.kind = ACTION_HOLD, .on = "p1 p2"},
    {.kind = ACTION_RELEASE, .on = "p1"},
    {.kind = ACTION_SLATE, .on = "p1", .source = "slate.mp4", .length = 12},
    {.kind = ACTION_CUT},
    {.kind = ACTION_CUT, .shift = true},
    {.kind = ACTION_CANCEL},
    {.kind = ACTION_CANCEL, .shift = true},
    {.kind = ACTION_DELAY, .by = 9, .shift = true},
};

/* Of a kind, on an item ("b") or on services, from a second after nine on; a cut is 3 s later. */
static struct action make(size_t kind, const char *item, int from, uint32_t revision)
{
    struct action action = kinds[kind];
    action.from = NINE + from;
    action.revision = revision;
    action.item = action.on ? NULL : (char *)item;
    if (action.kind == ACTION_CUT)
        action.at = action.from + 3;
    return action;
}

/* Every kind behind every other, on an item that is on air, before, at and after one another's second. */
static void every_pair_composes_in_every_order(void **state)
{
    static const int from[] = {18, 22, 25, 30};
    for (size_t first = 0; first < G_N_ELEMENTS(kinds); first++)
        for (size_t second = 0; second < G_N_ELEMENTS(kinds); second++)
            for (size_t i = 0; i < G_N_ELEMENTS(from); i++)
                for (size_t k = 0; k < G_N_ELEMENTS(from); k++) {
                    const struct action pair[] = {make(first, "b", from[i], 1),
                                                  make(second, "b", from[k], 2)};
                    assert_as_meant(*state, pair, 2);
                }
}

static void random_days_are_as_the_actions_mean(void **state)
{
    static const char *const items[] = {"a", "b", "b", "f", "c", "d"};
    GRand *dice = g_rand_new_with_seed(20200302);
    for (int i = 0; i < RANDOM_DAYS; i++) {
        struct action actions[MOST];
        for (int k = 0; k < MOST; k++) {
            actions[k] = make((size_t)g_rand_int_range(dice, 0, G_N_ELEMENTS(kinds)),
                              items[g_rand_int_range(dice, 0, G_N_ELEMENTS(items))],
                              g_rand_int_range(dice, 0, 90), (uint32_t)k + 1);
            assert_as_meant(*state, actions, k + 1);
        }
    }
    g_rand_free(dice);
}

/* --- what went wrong */

static void assert_seen(struct place *place, const struct action *actions, int count, int second,
                        const char *source, int cell)
{
    struct plan *plan = plan_after(place, actions, count);
    const struct view found = plan_view(plan, second);
    if (strcmp(found.source, source) != 0 || found.cell != cell)
        fail_msg("second %d: expected %s %d, seen %s %d", second, source, cell, found.source, found.cell);
    plan_free(&plan);
}

static void a_replacement_ends_with_its_item(void **state)
{
    const struct action cut[] = {make(0, "a", 5, 1), make(6, "a", 7, 2)},
                        cancel[] = {make(0, "a", 5, 1), make(7, "a", 7, 2)};
    assert_seen(*state, cut, 2, 9, "new.mp4", 9);
    assert_seen(*state, cut, 2, 10, "b.mp4", 0);
    assert_seen(*state, cancel, 2, 6, "new.mp4", 6);
    assert_seen(*state, cancel, 2, 7, "fallback/p1.mp4", 0);
}

static void a_replacement_is_held_with_its_item(void **state)
{
    const struct action actions[] = {make(2, NULL, 1, 1), make(4, NULL, 2, 2), make(0, "a", 3, 3),
                                     make(3, NULL, 16, 4)};
    assert_seen(*state, actions, 3, 3, "slate.mp4", 1);
    assert_seen(*state, actions, 3, 14, "fallback/p1.mp4", 6);
    assert_seen(*state, actions, 4, 16, "new.mp4", 16);
}

static void a_repeat_has_the_replacement(void **state)
{
    static const char *const items[] = {"a", "c"}; /* c is cancelled before it begins */
    for (size_t i = 0; i < G_N_ELEMENTS(items); i++) {
        const struct action actions[] = {make(0, items[i], 5, 1),
                                         make(7, items[i], 7, 2),
                                         {.kind = ACTION_REPEAT,
                                          .item = (char *)items[i],
                                          .on = "p1",
                                          .from = NINE + 8,
                                          .at = NINE + 150,
                                          .revision = 3}};
        assert_seen(*state, actions, 3, 155, "new.mp4", 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_pair_composes_in_every_order, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(random_days_are_as_the_actions_mean, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(a_replacement_ends_with_its_item, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(a_replacement_is_held_with_its_item, place_set_up, place_tear_down),
        cmocka_unit_test_setup_teardown(a_repeat_has_the_replacement, place_set_up, place_tear_down)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
