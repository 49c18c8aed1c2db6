/* What a box's aerial brings in: the tables of one multiplex on their slots, without lessons, for any stretch
 * of time. The only file of this folder that knows the program under test. */
#ifndef TESTS_RECEIVER_AERIAL_H
#define TESTS_RECEIVER_AERIAL_H

#include <assert.h>
#include <stdlib.h>

#include "epg/service_information.h"
#include "tests/receiver/box.h"

#define AERIAL_LANES 64
#define AERIAL_PACKETS 64

struct aerial {
    struct si *si;
    struct eit_page *page;
    int64_t page_number; /* INT64_MIN: none was built yet */
    struct multiplex *multiplex;
    struct slot_rate rate;
};

static inline void aerial_open(struct aerial *aerial, const struct plan *plan, size_t multiplex,
                               const struct house *houses, const struct network_guide *guide,
                               struct diagnostics *diagnostics)
{
    const struct delivery *delivery = &plan_station(plan)->multiplexes[multiplex].delivery;
    struct lane lanes[AERIAL_LANES];
    uint32_t short_of;
    *aerial =
        (struct aerial){.si = si_new(plan, multiplex, houses, guide, diagnostics), .page_number = INT64_MIN};
    assert(aerial->si && si_lane_count(aerial->si) <= AERIAL_LANES);
    aerial->page = eit_page_new(aerial->si);
    assert(aerial->page);
    for (size_t i = 0; i < si_lane_count(aerial->si); i++) {
        const struct si_lane *lane = si_lane(aerial->si, i);
        lanes[i] = (struct lane){LANE_TABLE, lane->pid, (uint16_t)i, 0, lane->slots, 0, NULL};
    }
    aerial->rate = slot_rate_new(delivery->bits_num, delivery->bits_den);
    aerial->multiplex = multiplex_new(aerial->rate, lanes, (uint32_t)si_lane_count(aerial->si), &short_of);
    assert(aerial->multiplex);
}

static inline void aerial_close(struct aerial *aerial)
{
    multiplex_free(&aerial->multiplex);
    eit_page_free(&aerial->page);
    si_free(&aerial->si);
}

/* Slots [k, end) of one second. */
static inline void aerial_feed_second(struct aerial *aerial, struct box *box, int64_t second, uint64_t k,
                                      uint64_t end)
{
    static const struct lesson_second *const nothing[1];
    struct table_page pages[AERIAL_LANES];
    uint8_t time_packet[188], packets[AERIAL_PACKETS * 188];
    int64_t number = second / EIT_PERIOD - (second % EIT_PERIOD < 0);
    if (number != aerial->page_number)
        eit_page_build(aerial->page, number);
    aerial->page_number = number;
    si_pages(aerial->si, second, aerial->page, time_packet, pages);
    const struct superframe frame = {second, nothing, nothing, pages};
    while (k < end) {
        uint32_t count = end - k < AERIAL_PACKETS ? (uint32_t)(end - k) : AERIAL_PACKETS;
        multiplex_fill(aerial->multiplex, &frame, k, count, packets);
        for (uint32_t i = 0; i < count; i++)
            box_packet(box, packets + (size_t)i * 188);
        k += count;
    }
}

/* Lets the box see the stream of [from, until), Unix time in ms. */
static inline void aerial_feed(struct aerial *aerial, struct box *box, int64_t from, int64_t until)
{
    while (from < until) {
        int64_t second = from / 1000, end = (second + 1) * 1000 < until ? (second + 1) * 1000 : until;
        aerial_feed_second(aerial, box, second,
                           slot_at(aerial->rate, second, (uint32_t)(from % 1000) * 1000000),
                           slot_at(aerial->rate, end / 1000, (uint32_t)(end % 1000) * 1000000));
        from = end;
    }
}

#endif
