#include "playout/kept.h"

#include <glib.h>
#include <string.h>

#include "schedules/overlay.h"

struct keeping {
    const struct actions *actions;
    const struct item **roots; /* [action], what each is about; NULL: of services */
    GArray *overlays;          /* struct overlay, of all services */
    int64_t since;
};

static GArray *list_overlays(const struct plan *plan)
{
    const struct station *station = plan_station(plan);
    GArray *list = g_array_new(FALSE, FALSE, sizeof(struct overlay));
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++) {
            size_t count;
            const struct overlay *overlays = plan_overlays(plan, m, s, &count);
            for (size_t i = 0; i < count; i++)
                g_array_append_val(list, overlays[i]);
        }
    return list;
}

/* When a hold or slate ends on the last of its services; the action's second when it is none. */
static int64_t find_end(const struct keeping *keeping, uint32_t revision, int64_t second)
{
    int64_t end = INT64_MIN;
    for (guint i = 0; i < keeping->overlays->len; i++) {
        const struct overlay *overlay = &g_array_index(keeping->overlays, struct overlay, i);
        if (overlay->revision == revision)
            end = MAX(end, overlay->until);
    }
    return end == INT64_MIN ? second : end;
}

/* The same; a release is needed as long as anything that it ended somewhere is kept. */
static int64_t find_need(const struct keeping *keeping, const struct action *action)
{
    int64_t end = find_end(keeping, action->revision, action->from);
    for (guint i = 0; i < keeping->overlays->len && action->kind == ACTION_RELEASE; i++) {
        const struct overlay *overlay = &g_array_index(keeping->overlays, struct overlay, i);
        if (overlay->until == action->from)
            end = MAX(end, find_end(keeping, overlay->revision, action->from));
    }
    return end;
}

/* The timetables' item that an action is about, itself or by its repeats: of "a", "a.3" and "a.3.7" it is a.
 */
static const struct item *find_root(const struct plan *plan, const struct action *action)
{
    char *id = g_strdup(action->item ? action->item : ""), *dot = id;
    const struct item *root = plan_find_item(plan, id);
    while (!root && (dot = strrchr(id, '.'))) {
        *dot = '\0';
        root = plan_find_item(plan, id);
    }
    g_free(id);
    return root;
}

/* A switch of an output holds until there is another one. */
static bool is_switched_again(const struct keeping *keeping, size_t index)
{
    const struct action *actions = keeping->actions->list;
    for (size_t i = index + 1; i < keeping->actions->count; i++)
        if (g_strcmp0(actions[i].output, actions[index].output) == 0 && actions[i].from < keeping->since)
            return true;
    return false;
}

/* Is what an action is about over, and told by nothing any more? Those about one item need one another. */
static bool is_spent(const struct keeping *keeping, size_t index)
{
    const struct action *actions = keeping->actions->list;
    const struct item *root = keeping->roots[index];
    if (actions[index].kind == ACTION_OUTPUT)
        return is_switched_again(keeping, index);
    if (!root)
        return find_need(keeping, &actions[index]) < keeping->since;
    int64_t start = root->start, by = 0;
    for (size_t i = 0; i < keeping->actions->count; i++)
        if (keeping->roots[i] == root) {
            start = MAX(start, actions[i].at);
            by += actions[i].by;
        }
    return start + by + root->length < keeping->since;
}

void kept_add(const struct plan *plan, int64_t from, struct actions *actions)
{
    const struct actions *old = plan_actions(plan);
    if (!old)
        return;
    struct keeping keeping = {.actions = old,
                              .roots = g_new(const struct item *, old->count + 1),
                              .overlays = list_overlays(plan),
                              .since = from - KEPT_FOR};
    for (size_t i = 0; i < old->count; i++)
        keeping.roots[i] = find_root(plan, &old->list[i]);
    for (size_t i = 0; i < old->count; i++)
        if (!is_spent(&keeping, i))
            actions_add(actions, &old->list[i]);
    g_array_unref(keeping.overlays);
    g_free(keeping.roots);
}
