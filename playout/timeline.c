#include "playout/timeline.h"

#include <glib.h>

static bool build(struct timeline *timeline, int64_t first, int64_t end, struct diagnostics *diagnostics)
{
    const struct revisions *revisions = timeline->revisions;
    const size_t begin = revisions_find(revisions, first);
    const size_t last = revisions_find(revisions, end > first ? end - 1 : first);
    timeline->list = g_new0(struct revision *, last - begin + 1);
    for (size_t i = begin; i <= last; i++) {
        struct revision *revision = revision_new(revisions, i, diagnostics);
        if (!revision)
            return false;
        timeline->list[timeline->count++] = revision;
    }
    return true;
}

static bool is_one_station(const struct timeline *timeline)
{
    for (size_t i = 1; i < timeline->count; i++)
        if (timeline->list[i]->studio.station != timeline->list[0]->studio.station)
            return false;
    return true;
}

static bool join(struct timeline *timeline)
{
    const struct plan **plans = g_new(const struct plan *, timeline->count);
    int64_t *from = g_new(int64_t, timeline->count);
    for (size_t i = 0; i < timeline->count; i++) {
        plans[i] = timeline->list[i]->studio.plan;
        from[i] = i ? timeline->list[i]->from : INT64_MIN;
    }
    studio_lend(&timeline->list[0]->studio, &timeline->joined);
    const bool good = studio_take_plan(&timeline->joined, plan_join(plans, from, timeline->count));
    g_free(plans);
    g_free(from);
    return good;
}

bool timeline_init(struct timeline *timeline, const struct revisions *revisions, int64_t first, int64_t end,
                   struct diagnostics *diagnostics)
{
    *timeline = (struct timeline){.revisions = revisions};
    if (!build(timeline, first, end, diagnostics))
        return false;
    if (!is_one_station(timeline))
        return true;
    timeline->studio = timeline->count == 1 ? &timeline->list[0]->studio : &timeline->joined;
    return timeline->count == 1 || join(timeline);
}

void timeline_fini(struct timeline *timeline)
{
    if (timeline->studio == &timeline->joined)
        studio_close(&timeline->joined);
    for (size_t i = 0; i < timeline->count; i++)
        revision_free(&timeline->list[i]);
    g_free(timeline->list);
    *timeline = (struct timeline){0};
}

const struct plan *timeline_plan(const struct timeline *timeline, int64_t second)
{
    size_t index = timeline->count - 1;
    while (index > 0 && timeline->list[index]->from > second)
        index--;
    return timeline->list[index]->studio.plan;
}
