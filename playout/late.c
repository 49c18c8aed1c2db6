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

/* Empty time of the item's service that is long enough for it; 0 when there is none. */
static int64_t find_slot(const struct plan *plan, const struct item *item, int64_t after)
{
    const struct zone *zone = plan_station(plan)->zone;
    int64_t at = after;
    while (at < after + DAYS * 86400) {
        at = (at + STEP - 1) / STEP * STEP;
        const int64_t day = calendar_day_start(calendar_day(at, zone), zone);
        const int64_t next_day = calendar_day_start(calendar_day(at, zone) + 1, zone);
        const int64_t end = find_end_of_obstacle(plan, item, at);
        if (at < day + FIRST_HOUR)
            at = day + FIRST_HOUR;
        else if (at + item->length > day + LAST_HOUR)
            at = next_day + FIRST_HOUR;
        else if (end > at)
            at = end;
        else
            return at;
    }
    return 0;
}

size_t late_build(const struct plan *plan, const struct item *item, enum late_rule rule, int64_t from,
                  struct action actions[LATE_ACTIONS])
{
    const int64_t end = item->start + item->length;
    const struct action join = {.kind = ACTION_REPLACE, .item = item->id, .source = item->source};
    const struct action cut = {.kind = ACTION_CUT, .item = item->id, .at = from};
    struct action repeat = {
        .kind = ACTION_REPEAT, .item = item->id, .on = item->service->id, .at = from, .shift = true};
    size_t count = 0;
    if (rule != LATE_DELAY && end > from)
        actions[count++] = join;
    if (rule == LATE_DELAY && item->start < from && end > from)
        actions[count++] = cut;
    if (rule == LATE_MAKE_GOOD) {
        repeat.at = find_slot(plan, item, end > from ? end : from);
        repeat.shift = false;
    }
    if (rule != LATE_JOIN && repeat.at == 0)
        return 0;
    if (rule != LATE_JOIN)
        actions[count++] = repeat;
    return count;
}
