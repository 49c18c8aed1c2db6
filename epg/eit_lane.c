/* Geometry of the EIT lane: integers only, everything follows from the number of services and the largest
 * event. */
#include "epg/eit_lane.h"

#include <assert.h>
#include <stdlib.h>

#include "epg/eit_section.h"
#include "mux/section.h"

#define SLOTS_BASE 16
#define SLOTS_A_SERVICE 32
#define GAP_MS 35 /* 25 ms, and the 5 ms that either slot may be off its even place */
#define ROUND_MAX 2

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Present/following in rounds of `round` seconds; false when the sections come too close. */
static bool lay_out(struct eit_lane *lane, uint32_t round)
{
    uint32_t distance = lane->slots * round / (2 * (uint32_t)lane->services);
    lane->places = 2 * (uint32_t)lane->services * EIT_PERIOD / round;
    lane->room = distance > lane->reserved ? distance - lane->reserved : 0;
    return distance + 1 >= lane->reserved + lane->gap;
}

bool eit_lane_init(struct eit_lane *lane, const struct plan *plan, size_t multiplex,
                   const struct house *houses, struct diagnostics *diagnostics)
{
    size_t services = plan_station(plan)->multiplexes[multiplex].service_count;
    assert(services > 0);
    *lane = (struct eit_lane){.guides = calloc(services, sizeof *lane->guides),
                              .slots = SLOTS_BASE + SLOTS_A_SERVICE * (uint32_t)services,
                              .reserved = 1};
    if (!lane->guides)
        return false;
    while (lane->services < services) {
        const size_t service = lane->services++;
        struct guide *guide = &lane->guides[service];
        if (!guide_init(guide, plan, multiplex, service, &houses[service], diagnostics))
            return false;
        uint32_t packets = guide_packets_max(guide);
        lane->reserved = packets > lane->reserved ? packets : lane->reserved;
    }
    lane->gap = (lane->slots * GAP_MS + 999) / 1000;
    /* Beyond some 25 services not even two seconds are enough: then only the sections of each service keep
     * the distance, as EN 300 468 asks. */
    for (uint32_t round = 1; round <= ROUND_MAX; round++)
        if (lay_out(lane, round))
            break;
    /* The largest section whose packets do not outgrow EIT_SECTION_MAX. */
    uint32_t packets = least(lane->room, section_packet_count(EIT_SECTION_MAX) - 1);
    for (size_t i = 0; i < lane->services; i++)
        if (!guide_split(&lane->guides[i], packets, diagnostics))
            return false;
    return true;
}

void eit_lane_fini(struct eit_lane *lane)
{
    for (size_t i = 0; i < lane->services; i++)
        guide_fini(&lane->guides[i]);
    free(lane->guides);
    *lane = (struct eit_lane){0};
}

uint32_t eit_lane_page(const struct eit_lane *lane)
{
    return lane->slots * EIT_PERIOD;
}

uint32_t eit_lane_place(const struct eit_lane *lane, uint32_t place)
{
    return (uint32_t)((uint64_t)place * eit_lane_page(lane) / lane->places);
}

/* The last place that begins at or before a slot. */
static uint32_t place_of(const struct eit_lane *lane, uint32_t slot)
{
    return (uint32_t)(((uint64_t)(slot + 1) * lane->places - 1) / eit_lane_page(lane));
}

uint32_t eit_lane_after(const struct eit_lane *lane, uint32_t from, uint32_t packets)
{
    for (uint32_t place = place_of(lane, from);; place++) {
        uint32_t free = eit_lane_place(lane, place) + lane->reserved;
        from = from > free ? from : free;
        if (from + packets <= eit_lane_place(lane, place + 1))
            return from;
    }
}

bool eit_lane_before(const struct eit_lane *lane, uint32_t end, uint32_t packets, uint32_t *slot)
{
    while (end > packets) {
        uint32_t place = place_of(lane, end - 1);
        if (end >= eit_lane_place(lane, place) + lane->reserved + packets) {
            *slot = end - packets;
            return true;
        }
        end = eit_lane_place(lane, place);
    }
    return false;
}

uint32_t eit_lane_schedule_end(const struct eit_lane *lane)
{
    return eit_lane_place(lane, lane->places - 2);
}

uint32_t eit_lane_stuffing(const struct eit_lane *lane, int which)
{
    return which == 0 ? eit_lane_schedule_end(lane) + lane->reserved
                      : eit_lane_page(lane) - EIT_LANE_STUFFING_SECTION;
}
