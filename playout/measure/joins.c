/* Asks the plan, second by second, what is seen. */
#include "playout/measure/joins.h"

#include <stdlib.h>
#include <string.h>

struct showing { /* what a service shows in a second, whatever the plan that says so */
    struct on_air on_air;
    const char *path; /* NULL: the compiled-in picture */
};

static struct showing showing_at(const struct channel *channel, size_t service, int64_t second)
{
    const struct plan *plan = channel->studio->plan;
    const struct on_air on_air = plan_at(plan, channel->index, service, second);
    return (struct showing){on_air,
                            on_air.source == PLAN_SLATE ? NULL : plan_source(plan, on_air.source)->path};
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

static bool is_same_text(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool is_same_item(const struct item *a, const struct item *b)
{
    return a == b || (a && b && a->start == b->start && strcmp(a->id, b->id) == 0);
}

/* The same item on in the same source is no join to list, even where it loops or the plan is revised. */
static bool is_change(const struct showing *before, const struct showing *now)
{
    return before->on_air.filling != now->on_air.filling || !is_same_text(before->path, now->path) ||
           !is_same_item(before->on_air.item, now->on_air.item);
}

bool joins_find(struct joins *joins, const struct channel *channels, size_t channel_count, int64_t begin,
                int64_t end)
{
    const size_t services = channels->services;
    struct showing *before = calloc(services, sizeof *before);
    bool good = before != NULL;
    *joins = (struct joins){0};
    for (size_t i = 0; good && i < services; i++)
        before[i] = showing_at(channel_at(channels, channel_count, begin - 1), i, begin - 1);
    for (int64_t second = begin; good && second < end; second++)
        for (size_t i = 0; good && i < services; i++) {
            struct showing now = showing_at(channel_at(channels, channel_count, second), i, second);
            if (is_change(&before[i], &now))
                good = add(joins, (struct join){.service = i,
                                                .second = second,
                                                .from = before[i].path,
                                                .to = now.path,
                                                .item = now.on_air.item});
            else if (now.path && now.on_air.cell != before[i].on_air.cell + 1)
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
