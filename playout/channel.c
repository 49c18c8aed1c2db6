/* From the plan to a multiplex that can be filled. */
#include "playout/channel.h"

#include <string.h>

#include "playout/budget.h"

bool channel_init(struct channel *channel, const struct studio *studio, size_t index,
                  struct diagnostics *diagnostics)
{
    memset(channel, 0, sizeof *channel);
    channel->studio = studio;
    channel->index = index;
    channel->plan = &studio->station->multiplexes[index];
    channel->services = channel->plan->service_count;
    channel->si = si_new(studio->plan, index, diagnostics);
    struct budget budget = {0};
    uint32_t short_of = 0;
    bool fits = channel->si && budget_init(&budget, studio, index, channel->si) &&
                budget_check(&budget, studio, index, diagnostics);
    if (fits) {
        channel->rate = budget.rate;
        channel->multiplex =
            multiplex_new(budget.rate, &studio->house, budget.lanes, budget.count, &short_of);
    }
    if (fits && !channel->multiplex)
        diagnostics_add(
            diagnostics, SEVERITY_ERROR, studio->station->file, channel->plan->line,
            short_of ? "multiplex %s is too slow: its slots are too far apart for the lanes of this house"
                     : "multiplex %s: out of memory",
            channel->plan->name);
    budget_fini(&budget);
    return channel->multiplex != NULL;
}

void channel_fini(struct channel *channel)
{
    multiplex_free(&channel->multiplex);
    si_free(&channel->si);
}
