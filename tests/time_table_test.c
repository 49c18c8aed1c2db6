/* TDT and TOT on air: in their lane's first slot after a whole second, however full the multiplex, and of
 * that second. */
#include "tests/epg_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "mux/cell.h"
#include "mux/packet.h"
#include "mux/section.h"
#include "tests/eit_reader.h"

#define OTHER_LANES 40 /* of pictures and sounds, for which nulls stand here */
#define TIME_PID 0x14
#define MOST_SLOTS 26000

struct multiplexed { /* a multiplex of a station's tables and other lanes */
    struct fixture fixture;
    struct si *si;
    struct eit_page *page;
    struct multiplex *multiplex;
    struct table_page pages[64 + OTHER_LANES];
    uint16_t nothing[MOST_SLOTS];
    uint8_t time_packet[TS_PACKET];
};

static void multiplexed_begin(struct multiplexed *all, int services)
{
    struct lane lanes[64 + OTHER_LANES];
    uint32_t count = 0, short_of = 0;
    fixture_begin_services(&all->fixture, services);
    fixture_parse(&all->fixture);
    all->si =
        si_new(all->fixture.plan, 0, all->fixture.houses, all->fixture.guide, &all->fixture.diagnostics);
    all->page = eit_page_new(all->si);
    assert_non_null(all->page);
    memset(all->nothing, 0xFF, sizeof all->nothing);
    const uint32_t tables = (uint32_t)si_lane_count(all->si);
    for (uint32_t i = 0; i < OTHER_LANES; i++, count++) {
        lanes[count] = (struct lane){.kind = LANE_TABLE,
                                     .pid = (uint16_t)(0x1000 + i),
                                     .source = (uint16_t)(tables + i),
                                     .slots = 600};
        all->pages[tables + i] =
            (struct table_page){.packets = all->time_packet, .index = all->nothing, .length = 600};
    }
    for (uint32_t i = 0; i < tables; i++, count++)
        lanes[count] = (struct lane){.kind = LANE_TABLE,
                                     .pid = si_lane(all->si, i)->pid,
                                     .source = (uint16_t)i,
                                     .slots = si_lane(all->si, i)->slots};
    all->multiplex = multiplex_new(slot_rate_new(38014706, 1), lanes, count, &short_of);
    assert_non_null(all->multiplex);
}

static void multiplexed_end(struct multiplexed *all)
{
    multiplex_free(&all->multiplex);
    eit_page_free(&all->page);
    si_free(&all->si);
    fixture_end(&all->fixture);
}

/* The superframe of a second; returns its slots. */
static uint32_t multiplexed_fill(struct multiplexed *all, int64_t second, uint8_t *packets)
{
    const struct slot_rate rate = multiplex_rate(all->multiplex);
    const uint64_t first = slot_at(rate, second, 0), end = slot_at(rate, second + 1, 0);
    const struct superframe frame = {.second = second, .pages = all->pages};
    eit_page_build(all->page, second / EIT_PERIOD);
    si_pages(all->si, second, all->page, all->time_packet, all->pages);
    multiplex_fill(all->multiplex, &frame, first, (uint32_t)(end - first), packets);
    return (uint32_t)(end - first);
}

static void time_leaves_in_the_first_slots_of_its_second(void **state)
{
    (void)state;
    static struct multiplexed all;
    static uint8_t packets[MOST_SLOTS * TS_PACKET];
    multiplexed_begin(&all, 12);
    for (int64_t second = FIXTURE_MIDNIGHT + 86398; second < FIXTURE_MIDNIGHT + 86404; second++) {
        const uint32_t slots = multiplexed_fill(&all, second, packets);
        uint32_t found = 0, at = 0;
        for (uint32_t i = 0; i < slots; i++)
            if (((packets[i * TS_PACKET + 1] & 0x1F) << 8 | packets[i * TS_PACKET + 2]) == TIME_PID) {
                at = i;
                found++;
            }
        assert_int_equal(found, 1);
        assert_true(at <
                    OTHER_LANES + si_lane_count(all.si)); /* behind no more than one packet of each lane */
        const uint8_t *section = packets + at * TS_PACKET + 5;
        assert_int_equal(section[0], second % 2 ? 0x73 : 0x70);
        assert_int_equal(from_time(section + 3), second);
    }
    multiplexed_end(&all);
}

/* Packets of the EIT leave close to their even places: the 26 ms between its sections stay 25. */
static void eit_sections_keep_their_distance_on_air(void **state)
{
    (void)state;
    static struct multiplexed all;
    static uint8_t packets[MOST_SLOTS * TS_PACKET];
    multiplexed_begin(&all, 12);
    const double slots_a_ms = 38014706 / 1504e3;
    uint64_t last_end = 0, now = 0;
    for (int64_t second = FIXTURE_MIDNIGHT; second < FIXTURE_MIDNIGHT + 9; second++) {
        const uint32_t slots = multiplexed_fill(&all, second, packets);
        bool inside = false;
        for (uint32_t i = 0; i < slots; i++, now++) {
            const uint8_t *packet = packets + i * TS_PACKET;
            if (((packet[1] & 0x1F) << 8 | packet[2]) != READER_PID)
                continue;
            if (packet_is_start(packet)) {
                inside = packet[5] == 0x4E;
                if (inside && last_end > 0)
                    assert_true((double)(now - last_end) / slots_a_ms >= 25);
            }
            last_end = inside ? now + 1 : last_end;
        }
    }
    assert_true(last_end > 0);
    multiplexed_end(&all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(time_leaves_in_the_first_slots_of_its_second),
        cmocka_unit_test(eit_sections_keep_their_distance_on_air),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
