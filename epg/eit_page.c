/* The EIT of one page, dated: the schedule of its UTC day, present/following of other multiplexes among it,
 * and second by second those of its own; then a Stuffing Table (EN 300 468 5.2.8) brings the packets of each
 * second to a multiple of 16, so that every second begins with counter 0 whatever came before. Stuffing and
 * not repeated sections, because no repetition helps where all sections of the schedule have an even number
 * of packets and present/following an odd one. */
#include "epg/eit_page.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "epg/eit_schedule.h"
#include "epg/eit_section.h"
#include "epg/mjd.h"
#include "mux/cell.h"
#include "mux/packet.h"
#include "mux/section.h"

#define STUFFING_TABLE 0x72

struct eit_ready { /* a present or following section as it is at the moment */
    int64_t from, until;
    uint32_t packets; /* 0: not yet built */
    uint8_t *bytes;   /* as many packets as are reserved for it */
};

struct eit_page {
    const struct eit_lane *lane;
    struct eit_schedule schedule;
    int64_t number;
    uint8_t *packets; /* first those of the schedule */
    uint32_t count;
    uint16_t *index;          /* which packet each slot carries ... */
    uint16_t *schedule_index; /* ... and which if there were only the schedule */
    struct eit_ready *ready;  /* [2 * lane->count]: present of all, then following of all */
    uint8_t *ready_bytes;
};

static uint32_t reserved_for(const struct eit_lane *lane, size_t guide)
{
    return eit_lane_is_other(lane, guide) ? lane->other_reserved : lane->reserved;
}

/* Gives each section its room in ready_bytes. */
static bool allocate_ready(struct eit_page *page)
{
    const struct eit_lane *lane = page->lane;
    const size_t others = lane->count - lane->services;
    const size_t packets = 2 * (lane->services * lane->reserved + others * lane->other_reserved);
    size_t used = 0;
    page->ready = calloc(2 * lane->count, sizeof *page->ready);
    page->ready_bytes = calloc(packets, TS_PACKET);
    for (size_t i = 0; page->ready && page->ready_bytes && i < 2 * lane->count; i++) {
        page->ready[i].bytes = page->ready_bytes + used * TS_PACKET;
        used += reserved_for(lane, i % lane->count);
    }
    return page->ready && page->ready_bytes;
}

struct eit_page *eit_page_new(const struct si *si)
{
    const struct eit_lane *lane = si_eit_lane(si);
    size_t slots = eit_lane_page(lane);
    struct eit_page *page = calloc(1, sizeof *page);

    if (!page)
        return NULL;
    page->lane = lane;
    page->packets = calloc(slots, TS_PACKET);
    page->index = calloc(slots, sizeof *page->index);
    page->schedule_index = calloc(slots, sizeof *page->schedule_index);
    if (!allocate_ready(page) || !eit_schedule_init(&page->schedule, lane) || !page->packets ||
        !page->index || !page->schedule_index)
        eit_page_free(&page);
    return page;
}

void eit_page_free(struct eit_page **page)
{
    if (!*page)
        return;
    eit_schedule_fini(&(*page)->schedule);
    free((*page)->packets);
    free((*page)->index);
    free((*page)->schedule_index);
    free((*page)->ready);
    free((*page)->ready_bytes);
    free(*page);
    *page = NULL;
}

/* --- schedule */

static uint8_t *packet_at(struct eit_page *page, uint32_t index)
{
    return page->packets + (size_t)index * TS_PACKET;
}

/* Builds its sections, and leaves room for those of present/following. */
static void build_schedule(struct eit_page *page, int64_t day, int phase)
{
    struct eit_schedule *schedule = &page->schedule;
    uint8_t bytes[EIT_SECTION_MAX];
    uint32_t next = 0;

    if (!eit_schedule_build(schedule, day, phase)) /* a guide that was refused: not on air */
        schedule->count = schedule->packets = 0;
    for (uint32_t slot = 0; slot < eit_lane_page(page->lane); slot++)
        page->schedule_index[slot] = CELL_EMPTY;
    for (size_t i = 0; i < schedule->count; i++) {
        const struct eit_schedule_section *section = &schedule->sections[i];
        if (!eit_schedule_is_state(schedule, section)) {
            size_t length = eit_schedule_build_section(schedule, section, bytes);
            section_build_packets(bytes, length, EIT_PID, 0, packet_at(page, next));
        }
        for (uint32_t j = 0; j < section->packets; j++)
            page->schedule_index[section->slot + eit_schedule_pace(schedule, j)] = (uint16_t)next++;
    }
}

/* --- present and following */

static const struct eit_ready *ready_at(struct eit_page *page, size_t index, bool following, int64_t second)
{
    const struct eit_lane *lane = page->lane;
    struct eit_ready *ready = &page->ready[following * lane->count + index];
    const struct guide *guide = eit_lane_guide(lane, index);
    uint8_t bytes[EIT_SECTION_MAX];

    if (ready->packets && second >= ready->from && second < ready->until)
        return ready;
    struct guide_state state = guide_at(guide, second);
    size_t length = eit_section_build_state(guide, &state, eit_lane_is_other(lane, index), following, bytes);
    section_build_packets(bytes, length, EIT_PID, 0, ready->bytes);
    ready->packets = section_packet_count(length);
    ready->from = state.from;
    ready->until = state.until;
    return ready;
}

/* Of other multiplexes: into the room that the schedule left. */
static void build_others(struct eit_page *page)
{
    const struct eit_schedule *schedule = &page->schedule;
    for (size_t i = 0; i < schedule->count; i++) {
        const struct eit_schedule_section *section = &schedule->sections[i];
        if (!eit_schedule_is_state(schedule, section))
            continue;
        const int64_t second = page->number * EIT_PERIOD + section->slot / page->lane->slots;
        const struct eit_ready *ready =
            ready_at(page, schedule->sub_tables[section->sub_table].guide, section->number, second);
        memcpy(packet_at(page, page->index[section->slot]), ready->bytes, (size_t)ready->packets * TS_PACKET);
        for (uint32_t j = ready->packets; j < section->packets; j++)
            page->index[section->slot + eit_schedule_pace(schedule, j)] = CELL_EMPTY;
    }
}

/* Gives the next `packets` packets to the slots from `slot` on. */
static void take_slots(struct eit_page *page, uint32_t slot, uint32_t packets)
{
    for (uint32_t i = 0; i < packets; i++)
        page->index[slot + i] = (uint16_t)page->count++;
}

static void build_own(struct eit_page *page, uint32_t in_page)
{
    const struct eit_lane *lane = page->lane;
    const int64_t second = page->number * EIT_PERIOD + in_page;
    for (uint32_t place = 0; place < eit_lane_places(lane); place++) {
        const size_t turn = eit_lane_turn(lane, place, second);
        const struct eit_ready *ready = ready_at(page, turn % lane->services, turn >= lane->services, second);
        memcpy(packet_at(page, page->count), ready->bytes, (size_t)ready->packets * TS_PACKET);
        take_slots(page, in_page * lane->slots + eit_lane_place(lane, place), ready->packets);
    }
}

/* --- seconds */

static void build_stuffing(struct eit_page *page, uint32_t in_page, uint32_t packets)
{
    uint8_t bytes[EIT_LANE_STUFFING * PACKET_PAYLOAD];
    size_t length = (size_t)packets * PACKET_PAYLOAD - 1; /* the pointer_field */

    memset(bytes, 0xFF, sizeof bytes);
    bytes[0] = STUFFING_TABLE;
    bytes[1] = (uint8_t)(0x70 | (length - 3) >> 8);
    bytes[2] = (uint8_t)(length - 3);
    section_build_packets(bytes, length, EIT_PID, 0, packet_at(page, page->count));
    const uint32_t first = in_page * page->lane->slots + eit_lane_stuffing(page->lane);
    for (uint32_t i = 0; i < packets; i++)
        take_slots(page, first + eit_lane_pace(page->lane, i), 1);
}

static uint32_t count_packets(const uint16_t *index, uint32_t slots)
{
    uint32_t count = 0;
    for (uint32_t slot = 0; slot < slots; slot++)
        count += index[slot] != CELL_EMPTY;
    return count;
}

/* What the schedule has not built of a second; it begins with counter 0. */
static void build_second(struct eit_page *page, uint32_t in_page)
{
    const uint32_t slots = page->lane->slots;
    const uint16_t *index = page->index + (size_t)in_page * slots;
    uint32_t counter = 0;

    build_own(page, in_page);
    const uint32_t missing = -count_packets(index, slots) % 16;
    if (missing > 0)
        build_stuffing(page, in_page, missing);
    for (uint32_t slot = 0; slot < slots; slot++)
        if (index[slot] != CELL_EMPTY)
            packet_set_counter(packet_at(page, index[slot]), counter++);
}

int eit_page_build(struct eit_page *page, int64_t number)
{
    const int64_t day = mjd_day(number * EIT_PERIOD), phases = eit_schedule_phases(page->lane);
    const int phase = (int)((number % phases + phases) % phases);

    if (day != page->schedule.day || phase != page->schedule.phase)
        build_schedule(page, day, phase);
    page->number = number;
    page->count = page->schedule.packets;
    memcpy(page->index, page->schedule_index, eit_lane_page(page->lane) * sizeof *page->index);
    build_others(page);
    for (uint32_t second = 0; second < EIT_PERIOD; second++)
        build_second(page, second);
    return page->lane->depth.days;
}

struct table_page eit_page_get(const struct eit_page *page, int64_t second)
{
    const uint32_t slots = page->lane->slots;
    const int64_t in_page = second - page->number * EIT_PERIOD;
    assert(in_page >= 0 && in_page < EIT_PERIOD);
    return (struct table_page){.packets = page->packets,
                               .index = page->index + (size_t)in_page * slots,
                               .length = slots,
                               .counted = true};
}
