/* Geometry of the EIT lane: integers only. How many slots it has follows from the station alone, so that no
 * timetable moves the lanes of the multiplex; where in it sections stand follows from the largest of them. */
#include "epg/eit_lane.h"

#include <assert.h>
#include <stdlib.h>

#include "epg/eit_section.h"
#include "mux/section.h"

#define SLOTS_BASE 32
#define SLOTS_A_SERVICE 32 /* a school week of lessons with texts, and as much again */
#define SLOTS_STEP 16
#define SLOTS_MAX (UINT16_MAX / EIT_PERIOD) /* slots of a page are numbered in 16 bits */
#define DAY_PACKETS 16                      /* of a service's school day */
#define DAYS_BASE 8                         /* that SLOTS_A_SERVICE is for */
#define GAP_MS 26                           /* 25 ms, and what either slot may be off its even place */
#define ALL_TURNS_MAX 17                    /* services whose sections all find a place in a second ... */

static uint32_t larger(uint32_t a, uint32_t b)
{
    return a > b ? a : b;
}

/* --- layout */

/* Two rounds of ROUND_MS with `present` even places, of which the second has `turns`. False when they do not
 * fit. */
static bool lay_out_rounds(struct eit_lane *lane, uint32_t present, uint32_t turns)
{
    const uint32_t round = lane->slots * EIT_LANE_ROUND_MS((uint32_t)lane->services) / 1000;

    lane->present = present;
    lane->turns = turns;
    lane->spacing[0] = round * (present - 1) / present;
    lane->spacing[1] = round * (turns - 1) / present;
    lane->following = round;
    return round / present >= lane->reserved - 1 + lane->gap &&
           lane->following + lane->spacing[1] + lane->reserved + larger(lane->gap, EIT_LANE_STUFFING) <=
               lane->slots;
}

/* The same without a limit for a round: places in one even row over the whole second. */
static bool lay_out_row(struct eit_lane *lane, uint32_t present, uint32_t turns)
{
    const uint32_t places = present + turns, least = lane->reserved - 1 + lane->gap;
    const uint32_t row = lane->slots - larger(lane->gap, EIT_LANE_STUFFING) - lane->reserved;

    lane->present = present;
    lane->turns = turns;
    lane->spacing[0] = present > 0 ? row * (present - 1) / (places - 1) : 0;
    lane->following = present > 0 ? row * present / (places - 1) : 0;
    lane->spacing[1] = row - lane->following;
    return row / (places - 1) >= least;
}

/* The least that is missing: sections are sent in every second, then more than half of following, then more
 * than half of both. */
static void lay_out(struct eit_lane *lane)
{
    const uint32_t services = (uint32_t)lane->services, most = services / 2 + 1;
    if (lay_out_rounds(lane, services, services) || lay_out_row(lane, services, services) ||
        (services > 2 && (lay_out_rounds(lane, services, most) || lay_out_row(lane, services, most))))
        return;
    lay_out_row(lane, 0, services + 1);
}

uint32_t eit_lane_place(const struct eit_lane *lane, uint32_t place)
{
    const bool second = place >= lane->present;
    const uint32_t nth = second ? place - lane->present : place;
    const uint32_t count = second ? lane->turns : lane->present;
    return (second ? lane->following : 0) + (count > 1 ? lane->spacing[second] * nth / (count - 1) : 0);
}

size_t eit_lane_turn(const struct eit_lane *lane, uint32_t place, int64_t second)
{
    if (place < lane->present)
        return place;
    const int64_t others = 2 * (int64_t)lane->services - lane->present;
    const int64_t turn = (second % others * lane->turns + place - lane->present) % others;
    return lane->present + (size_t)(turn < 0 ? turn + others : turn);
}

/* --- slots */

static uint32_t count_others(const struct eit_lane *lane)
{
    return (uint32_t)(lane->count - lane->services);
}

/* For what comes on top of eight days of the multiplex's own services. */
static uint32_t slots_for_more(const struct eit_lane *lane)
{
    const uint32_t services = (uint32_t)lane->services, others = count_others(lane);
    const uint32_t cycle = 3 * EIT_PERIOD, other_cycle = lane->terrestrial ? 6 * EIT_PERIOD : EIT_PERIOD;
    return services * (uint32_t)(lane->depth.days - DAYS_BASE) * DAY_PACKETS / cycle +
           others * 2 * EIT_LANE_OTHER_PACKETS / EIT_PERIOD +
           others * (uint32_t)lane->depth.other_days * DAY_PACKETS / other_cycle;
}

/* The slots with which present/following of GUIDE_STATE_PACKETS keep their time. */
static uint32_t choose_slots(const struct eit_lane *lane)
{
    const uint32_t services = (uint32_t)lane->services;
    const uint32_t turns = services <= ALL_TURNS_MAX ? services : services / 2 + 1;
    struct eit_lane trial = *lane;
    trial.reserved = GUIDE_STATE_PACKETS;
    for (trial.slots = SLOTS_BASE + SLOTS_A_SERVICE * services; services <= EIT_LANE_ROUNDS_MAX;
         trial.slots += SLOTS_STEP) {
        trial.gap = (trial.slots * GAP_MS + 999) / 1000;
        if (lay_out_rounds(&trial, services, turns))
            break;
    }
    const uint32_t slots = trial.slots + slots_for_more(lane);
    return slots < SLOTS_MAX ? slots : SLOTS_MAX;
}

static void reserve(struct eit_lane *lane)
{
    lane->reserved = lane->other_reserved = 1;
    for (size_t i = 0; i < lane->count; i++) {
        uint32_t *most = eit_lane_is_other(lane, i) ? &lane->other_reserved : &lane->reserved;
        *most = larger(*most, section_packet_count(eit_lane_guide(lane, i)->state_size));
    }
}

/* Counts from the end how many slots stand free from each on; the end of a second is for stuffing, and keeps
 * what the next one begins with at its distance. */
static void find_free(struct eit_lane *lane)
{
    const uint32_t end = lane->slots - larger(lane->gap, EIT_LANE_STUFFING);
    uint32_t place = eit_lane_places(lane);
    for (uint32_t slot = lane->slots; slot-- > 0;) {
        while (place > 0 && slot < eit_lane_place(lane, place - 1))
            place--;
        bool taken = slot >= end || (place > 0 && slot < eit_lane_place(lane, place - 1) + lane->reserved);
        lane->free[slot] = taken ? 0 : (uint16_t)(1 + (slot + 1 < end ? lane->free[slot + 1] : 0));
        lane->room = larger(lane->room, lane->free[slot]);
    }
}

static bool is_terrestrial(const struct multiplex_plan *multiplex)
{
    const enum delivery_system system = multiplex->delivery.system;
    return system == DELIVERY_DVB_T || system == DELIVERY_DVB_T2 || system == DELIVERY_DTMB;
}

/* Takes the guides of a multiplex among those that the lane tells of. */
static void tell(struct eit_lane *lane, const struct guide *guides, size_t services)
{
    for (size_t i = 0; i < services; i++)
        lane->told[lane->count++] = &guides[i];
}

/* Its own services, then those of the multiplexes that its SDT other tells of as well. */
static bool choose_guides(struct eit_lane *lane, const struct station *station, size_t multiplex)
{
    size_t first = 0, count = 0;
    for (size_t m = 0; m < station->multiplex_count; m++)
        count += station->multiplexes[m].service_count;
    for (size_t m = 0; m < multiplex; m++)
        first += station->multiplexes[m].service_count;
    lane->told = calloc(count, sizeof *lane->told);
    if (!lane->told)
        return false;
    lane->services = station->multiplexes[multiplex].service_count;
    tell(lane, &lane->guides[first], lane->services);
    first = 0;
    for (size_t m = 0; m < station->multiplex_count; m++) {
        if (station_tells_of(station, multiplex, m))
            tell(lane, &lane->guides[first], station->multiplexes[m].service_count);
        first += station->multiplexes[m].service_count;
    }
    return true;
}

bool eit_lane_init(struct eit_lane *lane, const struct station *station, size_t multiplex,
                   const struct guide *guides)
{
    const struct guide_policy *policy = &station->guide;
    *lane = (struct eit_lane){.guides = guides,
                              .terrestrial = is_terrestrial(&station->multiplexes[multiplex]),
                              .section_versions = policy->section_versions,
                              .depth = {.days = policy->days, .extended = true}};
    if (!choose_guides(lane, station, multiplex))
        return false;
    assert(lane->services > 0);
    if (policy->others == OTHERS_SCHEDULE && lane->count > lane->services)
        lane->depth.other_days = policy->other_days;
    lane->slots = choose_slots(lane);
    lane->gap = (lane->slots * GAP_MS + 999) / 1000;
    lane->free = calloc(lane->slots, sizeof *lane->free);
    if (!lane->free)
        return false;
    reserve(lane);
    lay_out(lane);
    find_free(lane);
    return true;
}

void eit_lane_fini(struct eit_lane *lane)
{
    free(lane->free);
    free(lane->told);
    *lane = (struct eit_lane){0};
}

/* --- room for the schedule */

uint32_t eit_lane_after(const struct eit_lane *lane, uint32_t from, uint32_t packets)
{
    const uint32_t page = eit_lane_page(lane);
    while (from < page && lane->free[from % lane->slots] < packets)
        from += lane->free[from % lane->slots] ? lane->free[from % lane->slots] : 1;
    return from;
}

bool eit_lane_before(const struct eit_lane *lane, uint32_t end, uint32_t packets, uint32_t *slot)
{
    for (uint32_t first = end; first >= packets; first--) {
        *slot = first - packets;
        if (lane->free[*slot % lane->slots] >= packets)
            return true;
    }
    return false;
}
