/* Guides first, then the lanes that follow from their sizes, then the sections that fit in every lane, then
 * the days that do. */
#include "epg/network_guide.h"

#include <stdlib.h>

#include "epg/eit_schedule.h"
#include "epg/eit_section.h"
#include "mux/section.h"

struct network_guide {
    const struct station *station;
    struct guide *guides;
    size_t count;
    struct eit_lane *lanes; /* [multiplex] */
    size_t *first;          /* [multiplex]: of its services */
    struct guide_limits limits;
};

static size_t count_services(const struct station *station)
{
    size_t count = 0;
    for (size_t i = 0; i < station->multiplex_count; i++)
        count += station->multiplexes[i].service_count;
    return count;
}

/* Counts what it has begun, so that network_guide_free() knows. */
static bool encode(struct network_guide *guide, const struct network_guide *previous, const struct plan *plan,
                   const struct house *houses, struct diagnostics *diagnostics)
{
    for (size_t m = 0; m < guide->station->multiplex_count; m++) {
        guide->first[m] = guide->count;
        for (size_t s = 0; s < guide->station->multiplexes[m].service_count; s++) {
            size_t index = guide->count++;
            if (!guide_init(&guide->guides[index], plan, m, s, &houses[index],
                            previous ? &previous->guides[index] : NULL, diagnostics))
                return false;
        }
    }
    return true;
}

/* The largest section is one that finds room in every lane. */
static bool lay_out(struct network_guide *guide)
{
    uint32_t packets = section_packet_count(EIT_SECTION_MAX) - 1;
    for (size_t m = 0; m < guide->station->multiplex_count; m++) {
        struct eit_lane *lane = &guide->lanes[m];
        if (!eit_lane_init(lane, guide->station, m, guide->guides))
            return false;
        packets = lane->room < packets ? lane->room : packets;
    }
    guide->limits = (struct guide_limits){packets, guide->station->guide.single_events};
    return true;
}

static bool is_edited(const struct guide *guide)
{
    return guide->edited.first < guide->edited.end;
}

static bool split(struct network_guide *guide, struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < guide->count; i++)
        if (!guide_split(&guide->guides[i], &guide->limits,
                         is_edited(&guide->guides[i]) ? diagnostics : NULL))
            return false;
    return true;
}

/* Does the lane lie as it did before, and sent all that was asked for? Of others it may be only the size that
 * counts. */
static bool is_alike(const struct network_guide *guide, const struct network_guide *previous,
                     size_t multiplex)
{
    const struct eit_lane *lane = &guide->lanes[multiplex], *old = &previous->lanes[multiplex];
    return lane->reserved == old->reserved && lane->other_reserved == old->other_reserved &&
           guide->limits.packets_max == previous->limits.packets_max && lane->depth.days == old->depth.days &&
           lane->depth.other_days == old->depth.other_days && lane->depth.extended == old->depth.extended;
}

/* The days of a lane that must be looked at again: those with other events than before. */
static struct guide_days find_edited(const struct network_guide *guide, const struct network_guide *previous,
                                     size_t multiplex)
{
    const struct eit_lane *lane = &guide->lanes[multiplex];
    struct guide_days edited = {INT64_MAX, INT64_MIN};
    if (!previous || !is_alike(guide, previous, multiplex))
        return (struct guide_days){INT32_MIN, INT32_MAX};
    for (size_t i = 0; i < lane->count; i++) {
        const struct guide_days *days = &eit_lane_guide(lane, i)->edited;
        if (eit_lane_is_other(lane, i) && lane->depth.other_days == 0)
            continue;
        edited.first = days->first < edited.first ? days->first : edited.first;
        edited.end = days->end > edited.end ? days->end : edited.end;
    }
    return edited;
}

static bool thin(struct network_guide *guide, const struct network_guide *previous)
{
    for (size_t m = 0; m < guide->station->multiplex_count; m++) {
        const struct guide_days edited = find_edited(guide, previous, m);
        if (edited.first < edited.end && !eit_schedule_thin(&guide->lanes[m], &edited))
            return false;
    }
    return true;
}

static void add_depth(int *depths, size_t *count, int depth)
{
    for (size_t i = 0; i < *count; i++)
        if (depths[i] == depth)
            return;
    depths[(*count)++] = depth;
}

/* Each multiplex tells of others as many days as it has room for. */
static bool count_changes(struct network_guide *guide)
{
    int depths[GUIDE_TABLES * GUIDE_TABLE_DAYS + 1];
    size_t count = 0;
    for (size_t m = 0; m < guide->station->multiplex_count; m++)
        if (guide->lanes[m].depth.other_days > 0)
            add_depth(depths, &count, guide->lanes[m].depth.other_days);
    for (size_t i = 0; i < guide->count; i++) {
        struct guide *each = &guide->guides[i];
        if (!guide_changes_init(&each->changes[0], each->events, each->event_count,
                                &guide->lanes[each->multiplex].depth.days, 1) ||
            !guide_changes_init(&each->changes[1], each->events, count > 0 ? each->event_count : 0, depths,
                                count))
            return false;
    }
    return true;
}

struct network_guide *network_guide_renew(const struct network_guide *previous, const struct plan *plan,
                                          const struct house *houses, const struct guide_versions *versions,
                                          struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(plan);
    struct network_guide *guide = calloc(1, sizeof *guide);
    if (!guide)
        return NULL;
    guide->station = station;
    guide->guides = calloc(count_services(station), sizeof *guide->guides);
    guide->first = calloc(station->multiplex_count, sizeof *guide->first);
    guide->lanes = calloc(station->multiplex_count, sizeof *guide->lanes);
    if (!guide->guides || !guide->first || !guide->lanes ||
        !encode(guide, previous, plan, houses, diagnostics) || !lay_out(guide) ||
        !split(guide, diagnostics) || !thin(guide, previous) || !count_changes(guide))
        network_guide_free(&guide);
    if (guide && versions)
        network_guide_set_versions(guide, versions);
    return guide;
}

struct network_guide *network_guide_new(const struct plan *plan, const struct house *houses,
                                        const struct guide_versions *versions,
                                        struct diagnostics *diagnostics)
{
    return network_guide_renew(NULL, plan, houses, versions, diagnostics);
}

void network_guide_free(struct network_guide **guide)
{
    struct network_guide *old = *guide;
    *guide = NULL;
    if (!old)
        return;
    for (size_t m = 0; old->lanes && m < old->station->multiplex_count; m++)
        eit_lane_fini(&old->lanes[m]);
    for (size_t i = 0; i < old->count; i++)
        guide_fini(&old->guides[i]);
    free(old->guides);
    free(old->first);
    free(old->lanes);
    free(old);
}

const struct station *network_guide_station(const struct network_guide *guide)
{
    return guide->station;
}

size_t network_guide_count(const struct network_guide *guide)
{
    return guide->count;
}

const struct guide *network_guide_get(const struct network_guide *guide, size_t service)
{
    return &guide->guides[service];
}

size_t network_guide_multiplexes(const struct network_guide *guide)
{
    return guide->station->multiplex_count;
}

size_t network_guide_first(const struct network_guide *guide, size_t multiplex)
{
    return guide->first[multiplex];
}

const struct eit_lane *network_guide_lane(const struct network_guide *guide, size_t multiplex)
{
    return &guide->lanes[multiplex];
}

void network_guide_set_versions(struct network_guide *guide, const struct guide_versions *versions)
{
    for (size_t i = 0; i < guide->count; i++)
        guide->guides[i].versions = versions[i];
}
