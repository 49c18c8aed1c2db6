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
    channel->from = INT64_MIN;
    channel->plan = &studio->station->multiplexes[index];
    channel->services = channel->plan->service_count;
    channel->first_service = formats_service(&studio->formats, index, 0);
    channel->si = si_new(studio->plan, index, studio->formats.houses, studio->guide, diagnostics);
    struct budget budget = {0};
    uint32_t short_of = 0;
    bool fits = channel->si && si_fits(channel->si) && budget_init(&budget, studio, index, channel->si) &&
                budget_check(&budget, studio->station->file, diagnostics);
    if (fits) {
        channel->rate = budget.rate;
        channel->multiplex = multiplex_new(budget.rate, budget.lanes, budget.count, &short_of);
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

const struct channel *channel_at(const struct channel *channels, size_t count, int64_t second)
{
    while (count > 1 && channels[count - 1].from > second)
        count--;
    return &channels[count - 1];
}

const struct house *channel_house(const struct channel *channel, size_t service)
{
    return &channel->studio->formats.houses[channel->first_service + service];
}

const struct tracks *channel_tracks(const struct channel *channel, size_t service)
{
    return &channel->studio->formats.tracks[channel->first_service + service];
}

size_t channel_format(const struct channel *channel, size_t service)
{
    return channel->studio->formats.of[channel->first_service + service];
}

struct lesson_second *channel_new_second(const struct channel *channel, size_t service)
{
    return lesson_second_new(channel_house(channel, service), channel_tracks(channel, service));
}
