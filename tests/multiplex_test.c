/* Lanes in the superframe: evenness, order, null packets, and packets from their number alone. */
#include "mux/multiplex.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mux/packet.h"

#define LANES 60
#define SECOND 1583107201

struct bench { /* a multiplex of table lanes only: PID 32 + lane, packets that tell their lane */
    struct lane lanes[LANES];
    struct table_page pages[LANES];
    uint8_t packets[LANES][188];
    uint32_t count;
};

static void add_lane(struct bench *bench, uint32_t slots)
{
    uint32_t i = bench->count++;
    bench->lanes[i] = (struct lane){LANE_TABLE, 32 + i, i, slots};
    memset(bench->packets[i], i, 188);
    memcpy(bench->packets[i], "\x47\x00\x00\x10", 4);
    packet_set_pid(bench->packets[i], 32 + i);
    bench->pages[i] = (struct table_page){bench->packets[i], NULL, 1, false};
}

static struct slot_rate dvbc(void)
{
    return slot_rate_new(646250000, 17);
}

static uint8_t *fill_second(const struct bench *bench, const struct multiplex *multiplex, int64_t second,
                            uint32_t *count)
{
    uint64_t k = slot_at(dvbc(), second, 0);
    *count = slot_at(dvbc(), second + 1, 0) - k;
    uint8_t *out = malloc(*count * 188u);
    struct superframe frame = {.second = second, .pages = bench->pages};
    multiplex_fill(multiplex, &frame, k, *count, out);
    return out;
}

/* Every lane has its slots, evenly: none further from its even place than there are lanes. */
static void test_lanes_are_even(void **state)
{
    (void)state;
    struct house house;
    assert_true(house_parse("h264-720p25", "mp2-128k", &house));
    static const uint32_t slots[] = {1664, 125, 12, 1, 400, 3, 1};
    struct bench bench = {0};
    for (int i = 0; i < LANES; i++)
        add_lane(&bench, slots[i % 7]);
    uint32_t others = 0;
    for (int i = 1; i < LANES; i++)
        others += bench.lanes[i].slots;
    bench.lanes[0].slots = 25275 - others; /* full to the last slot */
    uint32_t short_of, count;
    struct multiplex *multiplex = multiplex_new(dvbc(), &house, bench.lanes, LANES, &short_of);
    assert_non_null(multiplex);
    uint8_t *out = fill_second(&bench, multiplex, SECOND, &count);
    uint32_t nth[LANES] = {0};
    for (uint32_t i = 0; i < 25275; i++) {
        uint32_t lane = packet_get_pid(out + i * 188u) - 32;
        assert_in_range(lane, 0, LANES - 1);
        double even = (double)nth[lane] * 25275 / bench.lanes[lane].slots;
        double period = 25275.0 / bench.lanes[lane].slots;
        assert_true(i >= even - LANES && i <= even + LANES + (bench.lanes[lane].slots > 1 ? period : 0));
        uint64_t counter = (uint64_t)SECOND * bench.lanes[lane].slots + nth[lane]++;
        assert_int_equal(out[i * 188u + 3] & 15, counter % 16);
    }
    for (int i = 0; i < LANES; i++)
        assert_int_equal(nth[i], bench.lanes[i].slots);
    if (count == 25276)
        assert_int_equal(packet_get_pid(out + 25275 * 188u), PACKET_NULL_PID);
    free(out);
    multiplex_free(&multiplex);
}

static void test_one_too_many_is_refused_by_amount(void **state)
{
    (void)state;
    struct house house;
    struct bench bench = {0};
    uint32_t short_of;
    assert_true(house_parse("h264-720p25", "mp2-128k", &house));
    add_lane(&bench, 25000);
    add_lane(&bench, 300);
    assert_null(multiplex_new(dvbc(), &house, bench.lanes, 2, &short_of));
    assert_int_equal(short_of, 25);
}

/* Packets do not depend on where filling began (law 1). */
static void test_pieces_equal_the_whole(void **state)
{
    (void)state;
    struct house house;
    struct bench bench = {0};
    uint32_t short_of, count;
    assert_true(house_parse("h264-720p25", "mp2-128k", &house));
    for (int i = 0; i < 20; i++)
        add_lane(&bench, 37 * (i + 1));
    struct multiplex *multiplex = multiplex_new(dvbc(), &house, bench.lanes, 20, &short_of);
    uint8_t *whole = fill_second(&bench, multiplex, SECOND, &count), piece[97 * 188];
    struct superframe frame = {.second = SECOND, .pages = bench.pages};
    for (uint32_t i = 0; i + 97 <= count; i += 89) {
        multiplex_fill(multiplex, &frame, slot_at(dvbc(), SECOND, 0) + i, 97, piece);
        assert_memory_equal(piece, whole + i * 188u, sizeof piece);
    }
    free(whole);
    multiplex_free(&multiplex);
}

/* The audio grid through a lane that has more slots than packets: each packet once, in order, in time. */
static void test_audio_grid_is_endless(void **state)
{
    (void)state;
    struct house house;
    uint32_t short_of, count;
    assert_true(house_parse("h264-720p25", "mp2-192k", &house));
    struct lane lane = {LANE_AUDIO, 0x100, 0, house.audio.slots};
    struct multiplex *multiplex = multiplex_new(dvbc(), &house, &lane, 1, &short_of);
    struct lesson_second *seconds[2] = {lesson_second_new(&house), lesson_second_new(&house)};
    uint64_t expected = 0;
    for (int64_t second = SECOND; second < SECOND + 7; second++) {
        for (int i = 0; i < 2; i++) {
            seconds[i]->first_frame = house_first_frame(second + i);
            memset(seconds[i]->audio, 0, (size_t)HOUSE_FRAMES_MAX * house.audio.packets * 188);
            for (uint32_t p = 0; p < HOUSE_FRAMES_MAX * house.audio.packets; p++) {
                uint64_t number = seconds[i]->first_frame * house.audio.packets + p;
                memcpy(seconds[i]->audio + p * 188u + 8, &number, sizeof number);
            }
        }
        struct superframe frame = {second, (const struct lesson_second *const *)&seconds[0],
                                   (const struct lesson_second *const *)&seconds[1], NULL};
        uint64_t k = slot_at(dvbc(), second, 0);
        count = slot_at(dvbc(), second + 1, 0) - k;
        uint8_t *out = malloc(count * 188u);
        multiplex_fill(multiplex, &frame, k, count, out);
        for (uint32_t i = 0; i < count; i++) {
            uint64_t number;
            if (packet_get_pid(out + i * 188u) != 0x100)
                continue;
            memcpy(&number, out + i * 188u + 8, sizeof number);
            if (expected)
                assert_true(number == expected);
            expected = number + 1;
            double pts = number / house.audio.packets * 0.024, leaves = second + (double)i / 25275;
            assert_true(pts - leaves > 0.024 && pts - leaves < 0.1);
        }
        free(out);
    }
    assert_true(expected > 0);
    lesson_second_free(&seconds[0]);
    lesson_second_free(&seconds[1]);
    multiplex_free(&multiplex);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes_are_even),
        cmocka_unit_test(test_one_too_many_is_refused_by_amount),
        cmocka_unit_test(test_pieces_equal_the_whole),
        cmocka_unit_test(test_audio_grid_is_endless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
