#include "playout/late.h"

#include <string.h>

#include "schedules/calendar.h"

#define STEP 300              /* lessons begin at whole five minutes */
#define DAYS 14               /* that are looked through for empty time */
#define FIRST_HOUR (8 * 3600) /* of a local day in which lessons are made good: 8:00 to 21:00 */
#define LAST_HOUR (21 * 3600)

enum late_rule late_rule_of(const char *name)
{
    static const char *const names[LATE_RULES] = {
        [LATE_JOIN] = "join", [LATE_DELAY] = "delay", [LATE_MAKE_GOOD] = "make-good"};
    enum late_rule rule = 0;
    while (rule < LATE_RULES && strcmp(names[rule], name) != 0)
        rule++;
    return rule;
}

enum late_rule late_rule_of_kind(enum item_kind kind)
{
    return kind == ITEM_LESSON ? LATE_MAKE_GOOD : LATE_JOIN;
}

/* --- empty time */

/* The end of the last item, but for fillers, that is in the way of [at, at + length); `at` when none is. */
static int64_t find_end_of_obstacle(const struct plan *plan, const struct item *item, int64_t at)
{
    const size_t count = plan_item_count(plan, item->multiplex, item->service_index);
    int64_t end = at;
    for (size_t i = plan_next_item(plan, item->multiplex, item->service_index, at); i < count; i++) {
        const struct item *other = plan_item(plan, item->multiplex, item->service_index, i);
        if (other->start >= at + item->length)
            break;
        if (other->kind != ITEM_FILLER)
            end = other->start + other->length;
    }
    return end;
}

/* The same of the repeats that are asked for already. */
static int64_t find_end_of_repeat(const struct plan *plan, const struct item *item, int64_t at,
                                  const GArray *actions)
{
    int64_t end = at;
    for (guint i = 0; i < actions->len; i++) {
        const struct action *action = &g_array_index(actions, struct action, i);
        const struct item *other = plan_find_item(plan, action->item);
        const bool meets = action->kind == ACTION_REPEAT && other && other->service == item->service &&
                           action->at < at + item->length && action->at + other->length > at;
        if (meets && action->at + other->length > end)
            end = action->at + other->length;
    }
    return end;
}

/* Empty time of the item's service that is long enough for it; 0 when there is none. */
static int64_t find_slot(const struct plan *plan, const struct item *item, int64_t after, int64_t until,
                         const GArray *actions)
{
    const struct zone *zone = plan_station(plan)->zone;
    const int64_t last = (until < after + DAYS * 86400 ? until : after + DAYS * 86400) - item->length;
    int64_t at = after;
    while (at <= last) {
        at = (at + STEP - 1) / STEP * STEP;
        const int64_t day = calendar_day_start(calendar_day(at, zone), zone);
        const int64_t next_day = calendar_day_start(calendar_day(at, zone) + 1, zone);
        const int64_t item_end = find_end_of_obstacle(plan, item, at);
        const int64_t repeat_end = find_end_of_repeat(plan, item, at, actions);
        const int64_t end = item_end > repeat_end ? item_end : repeat_end;
        if (at < day + FIRST_HOUR)
            at = day + FIRST_HOUR;
        else if (at + item->length > day + LAST_HOUR)
            at = next_day + FIRST_HOUR;
        else if (end > at)
            at = end;
        else
            return at <= last ? at : 0;
    }
    return 0;
}

/* --- an item */

bool late_add(const struct plan *plan, const struct item *item, enum late_rule rule, int64_t from,
              int64_t until, GArray *actions)
{
    const int64_t end = item->start + item->length;
    const struct action cut = {.kind = ACTION_CUT, .item = item->id, .at = from};
    struct action repeat = {.kind = ACTION_REPEAT, .item = item->id, .on = item->service->id, .at = from};
    if (rule == LATE_JOIN)
        return end > from;
    repeat.shift = rule == LATE_DELAY;
    if (rule == LATE_MAKE_GOOD)
        repeat.at = find_slot(plan, item, end > from ? end : from, until, actions);
    if (repeat.at == 0)
        return false;
    if (rule == LATE_DELAY && item->start < from && end > from)
        g_array_append_val(actions, cut);
    g_array_append_val(actions, repeat);
    return true;
}

/* --- all of them */

typedef const struct library_lesson *lookup(const struct library *library, size_t source, size_t format);

static bool has_lesson(const struct studio *studio, const struct item *item, lookup *look)
{
    const size_t service = formats_service(&studio->formats, item->multiplex, item->service_index);
    return look(studio->library, plan_find_source(studio->plan, item->source), studio->formats.of[service]);
}

bool late_is_prepared(const struct studio *studio, const struct item *item)
{
    return has_lesson(studio, item, library_get_best);
}

bool late_is_there(const struct studio *studio, const struct item *item)
{
    return !has_lesson(studio, item, library_get) && has_lesson(studio, item, library_get_best);
}

static void list_service(const struct studio *studio, size_t multiplex, size_t service, int64_t from,
                         int64_t until, GArray *actions, size_t *lost)
{
    const struct plan *plan = studio->plan;
    const size_t count = plan_item_count(plan, multiplex, service);
    for (size_t i = plan_next_item(plan, multiplex, service, from - LATE_FOR); i < count; i++) {
        const struct item *item = plan_item(plan, multiplex, service, i);
        if (item->start >= from)
            break;
        /* What an action made of it is not made good again. */
        const enum late_rule rule = item->action ? LATE_JOIN : late_rule_of_kind(item->kind);
        if (late_is_there(studio, item) && !late_add(plan, item, rule, from, until, actions))
            *lost += rule == LATE_MAKE_GOOD;
    }
}

GArray *late_list(const struct studio *studio, int64_t from, int64_t until, size_t *lost)
{
    const struct station *station = studio->station;
    GArray *actions = g_array_new(FALSE, FALSE, sizeof(struct action));
    *lost = 0;
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++)
            list_service(studio, m, s, from, until, actions, lost);
    return actions;
}
