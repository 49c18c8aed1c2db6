/* The EIT of one page, dated: the schedule of its UTC day, which stays while the day lasts, and
 * present/following second by second; then a Stuffing Table (EN 300 468 5.2.8) brings the packets to a
 * multiple of 16, so that the next page goes on with counter 0 whatever this one held. Stuffing and not
 * repeated sections, because no repetition helps where all sections of the schedule have an even number of
 * packets and present/following an odd one. */
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
    uint32_t packets;
    uint8_t *bytes; /* lane->reserved packets */
};

struct eit_page {
    const struct eit_lane *lane;
    struct eit_schedule schedule;
    int64_t number;
    uint8_t *packets; /* first those of the schedule */
    uint32_t count;
    uint16_t *index;          /* which packet each slot carries ... */
    uint16_t *schedule_index; /* ... and which if there were only the schedule */
    struct eit_ready *ready;  /* [2 * services]: present of all, then following of all */
    uint8_t *ready_bytes;
};

struct eit_page *eit_page_new(const struct si *si)
{
    const struct eit_lane *lane = si_eit_lane(si);
    size_t slots = eit_lane_page(lane), sections = 2 * lane->services;
    struct eit_page *page = calloc(1, sizeof *page);

    if (!page)
        return NULL;
    page->lane = lane;
    page->packets = calloc(slots, TS_PACKET);
    page->index = calloc(slots, sizeof *page->index);
    page->schedule_index = calloc(slots, sizeof *page->schedule_index);
    page->ready = calloc(sections, sizeof *page->ready);
    page->ready_bytes = calloc(sections * lane->reserved, TS_PACKET);
    if (!eit_schedule_init(&page->schedule, lane) || !page->packets || !page->index ||
        !page->schedule_index || !page->ready || !page->ready_bytes)
        eit_page_free(&page);
    for (size_t i = 0; page && i < sections; i++)
        page->ready[i].bytes = page->ready_bytes + i * lane->reserved * TS_PACKET;
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

static void build_schedule(struct eit_page *page, int64_t day)
{
    struct eit_schedule *schedule = &page->schedule;
    uint8_t bytes[EIT_SECTION_MAX];
    uint32_t next = 0;

    eit_schedule_build(schedule, day);
    for (uint32_t slot = 0; slot < eit_lane_page(page->lane); slot++)
        page->schedule_index[slot] = CELL_EMPTY;
    for (size_t i = 0; i < schedule->count; i++) {
        const struct eit_schedule_section *section = &schedule->sections[i];
        size_t length = eit_schedule_build_section(schedule, section, bytes);
        section_build_packets(bytes, length, EIT_PID, 0, page->packets + (size_t)next * TS_PACKET);
        for (uint32_t j = 0; j < section->packets; j++)
            page->schedule_index[section->slot + j] = (uint16_t)next++;
    }
}

/* Gives the next `packets` packets to the slots from `slot` on. */
static void take_slots(struct eit_page *page, uint32_t slot, uint32_t packets)
{
    for (uint32_t i = 0; i < packets; i++)
        page->index[slot + i] = (uint16_t)page->count++;
}

static const struct eit_ready *ready_at(struct eit_page *page, size_t which, int64_t second)
{
    struct eit_ready *ready = &page->ready[which];
    const struct guide *guide = &page->lane->guides[which % page->lane->services];
    uint8_t bytes[EIT_SECTION_MAX];

    if (ready->packets && second >= ready->from && second < ready->until)
        return ready;
    struct guide_state state = guide_at(guide, second);
    size_t length = eit_section_build_state(guide, &state, which >= page->lane->services, bytes);
    section_build_packets(bytes, length, EIT_PID, 0, ready->bytes);
    ready->packets = section_packet_count(length);
    ready->from = state.from;
    ready->until = state.until;
    return ready;
}

static void build_present_following(struct eit_page *page)
{
    for (uint32_t place = 0; place < page->lane->places; place++) {
        uint32_t slot = eit_lane_place(page->lane, place);
        int64_t second = page->number * EIT_PERIOD + slot / page->lane->slots;
        const struct eit_ready *ready = ready_at(page, place % (2 * page->lane->services), second);
        memcpy(page->packets + (size_t)page->count * TS_PACKET, ready->bytes,
               (size_t)ready->packets * TS_PACKET);
        take_slots(page, slot, ready->packets);
    }
}

static void build_stuffing(struct eit_page *page)
{
    uint8_t bytes[EIT_SECTION_MAX];
    uint32_t missing = -page->count % 16;

    memset(bytes, 0xFF, sizeof bytes);
    for (int which = 0; missing > 0; which++) {
        uint32_t packets = missing < EIT_LANE_STUFFING_SECTION ? missing : EIT_LANE_STUFFING_SECTION;
        size_t length = (size_t)packets * PACKET_PAYLOAD - 1; /* the pointer_field */
        bytes[0] = STUFFING_TABLE;
        bytes[1] = (uint8_t)(0x70 | (length - 3) >> 8);
        bytes[2] = (uint8_t)(length - 3);
        section_build_packets(bytes, length, EIT_PID, 0, page->packets + (size_t)page->count * TS_PACKET);
        take_slots(page, eit_lane_stuffing(page->lane, which), packets);
        missing -= packets;
    }
}

static void set_counters(struct eit_page *page)
{
    uint32_t counter = 0;
    for (uint32_t slot = 0; slot < eit_lane_page(page->lane); slot++)
        if (page->index[slot] != CELL_EMPTY)
            packet_set_counter(page->packets + (size_t)page->index[slot] * TS_PACKET, counter++);
}

int eit_page_build(struct eit_page *page, int64_t number)
{
    int64_t day = mjd_day(number * EIT_PERIOD);

    if (day != page->schedule.day)
        build_schedule(page, day);
    page->number = number;
    page->count = page->schedule.packets;
    memcpy(page->index, page->schedule_index, eit_lane_page(page->lane) * sizeof *page->index);
    build_present_following(page);
    build_stuffing(page);
    set_counters(page);
    return page->schedule.days;
}

struct table_page eit_page_get(const struct eit_page *page, int64_t number)
{
    assert(page->number == number);
    return (struct table_page){
        .packets = page->packets, .index = page->index, .length = eit_lane_page(page->lane), .counted = true};
}
