/* Geometry of the EIT lane: integers only, everything follows from the number of services and the largest
 * event. */
#include "epg/eit_lane.h"

#include <assert.h>

#define SLOTS_BASE 16
#define SLOTS_A_SERVICE 32
#define GAP_MS 35 /* 25 ms, and the 5 ms that either slot may be off its even place */
#define ROUND_MAX 2

/* Present/following in rounds of `round` seconds; false when the sections come too close. */
static bool lay_out(struct eit_lane *lane, uint32_t round)
{
    uint32_t distance = lane->slots * round / (2 * (uint32_t)lane->services);
    lane->places = 2 * (uint32_t)lane->services * EIT_PERIOD / round;
    lane->room = distance > lane->reserved ? distance - lane->reserved : 0;
    return distance + 1 >= lane->reserved + lane->gap;
}

void eit_lane_init(struct eit_lane *lane, const struct guide *guides, size_t services)
{
    assert(services > 0);
    *lane = (struct eit_lane){.guides = guides,
                              .services = services,
                              .slots = SLOTS_BASE + SLOTS_A_SERVICE * (uint32_t)services,
                              .reserved = 1};
    for (size_t i = 0; i < services; i++) {
        uint32_t packets = guide_packets_max(&guides[i]);
        lane->reserved = packets > lane->reserved ? packets : lane->reserved;
    }
    lane->gap = (lane->slots * GAP_MS + 999) / 1000;
    /* Beyond some 25 services not even two seconds are enough: then only the sections of each service keep
     * the distance, as EN 300 468 asks. */
    for (uint32_t round = 1; round <= ROUND_MAX; round++)
        if (lay_out(lane, round))
            break;
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
