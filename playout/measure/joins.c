/* Asks the plan, second by second, what is seen. */
#include "playout/measure/joins.h"

#include <stdlib.h>

static const char *path_of(const struct channel *channel, const struct on_air *on_air)
{
    return on_air->source == PLAN_SLATE ? NULL : plan_source(channel->studio->plan, on_air->source)->path;
}

static bool add(struct joins *joins, struct join join)
{
    if (joins->count == joins->room) {
        size_t room = joins->room ? 2 * joins->room : 256;
        struct join *list = realloc(joins->list, room * sizeof *list);
        if (!list)
            return false;
        joins->list = list;
        joins->room = room;
    }
    joins->list[joins->count++] = join;
    return true;
}

/* The same item on in the same source is no join to list, even where it loops. */
static bool is_change(const struct on_air *before, const struct on_air *now)
{
    return before->source != now->source || before->item != now->item || before->filling != now->filling;
}

bool joins_find(struct joins *joins, const struct channel *channel, int64_t begin, int64_t end)
{
    const struct plan *plan = channel->studio->plan;
    struct on_air *before = calloc(channel->services, sizeof *before);
    bool good = before != NULL;
    *joins = (struct joins){0};
    for (size_t i = 0; good && i < channel->services; i++)
        before[i] = plan_at(plan, channel->index, i, begin - 1);
    for (int64_t second = begin; good && second < end; second++)
        for (size_t i = 0; good && i < channel->services; i++) {
            struct on_air now = plan_at(plan, channel->index, i, second);
            if (is_change(&before[i], &now))
                good = add(joins, (struct join){.service = i,
                                                .second = second,
                                                .from = path_of(channel, &before[i]),
                                                .to = path_of(channel, &now),
                                                .item = now.item});
            else if (now.source != PLAN_SLATE && now.cell != before[i].cell + 1)
                joins->loops++;
            before[i] = now;
        }
    free(before);
    return good;
}

void joins_fini(struct joins *joins)
{
    free(joins->list);
    *joins = (struct joins){0};
}
