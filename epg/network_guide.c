/* One guide a service, in the order of the station. */
#include "epg/network_guide.h"

#include <stdlib.h>
#include <string.h>

#define SECTION_PACKETS 12

struct network_guide {
    struct guide *guides;
    size_t count;
    size_t *first; /* [multiplex]: of its services */
};

static size_t count_services(const struct station *station)
{
    size_t count = 0;
    for (size_t i = 0; i < station->multiplex_count; i++)
        count += station->multiplexes[i].service_count;
    return count;
}

/* Counts what it has begun, so that network_guide_free() knows. */
static bool encode(struct network_guide *guide, const struct plan *plan, const struct house *houses,
                   struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(plan);
    for (size_t m = 0; m < station->multiplex_count; m++) {
        guide->first[m] = guide->count;
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++) {
            size_t index = guide->count++;
            if (!guide_init(&guide->guides[index], plan, m, s, &houses[index], diagnostics) ||
                !guide_split(&guide->guides[index], SECTION_PACKETS, diagnostics))
                return false;
        }
    }
    return true;
}

struct network_guide *network_guide_new(const struct plan *plan, const struct house *houses,
                                        const struct guide_versions *versions,
                                        struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(plan);
    struct network_guide *guide = calloc(1, sizeof *guide);
    if (!guide)
        return NULL;
    guide->guides = calloc(count_services(station), sizeof *guide->guides);
    guide->first = calloc(station->multiplex_count, sizeof *guide->first);
    if (!guide->guides || !guide->first || !encode(guide, plan, houses, diagnostics))
        network_guide_free(&guide);
    if (guide && versions)
        network_guide_set_versions(guide, versions);
    return guide;
}

void network_guide_free(struct network_guide **guide)
{
    if (!*guide)
        return;
    for (size_t i = 0; i < (*guide)->count; i++)
        guide_fini(&(*guide)->guides[i]);
    free((*guide)->guides);
    free((*guide)->first);
    free(*guide);
    *guide = NULL;
}

size_t network_guide_count(const struct network_guide *guide)
{
    return guide->count;
}

const struct guide *network_guide_get(const struct network_guide *guide, size_t service)
{
    return &guide->guides[service];
}

size_t network_guide_first(const struct network_guide *guide, size_t multiplex)
{
    return guide->first[multiplex];
}

void network_guide_set_versions(struct network_guide *guide, const struct guide_versions *versions)
{
    for (size_t i = 0; i < guide->count; i++)
        guide->guides[i].versions = versions[i];
}
