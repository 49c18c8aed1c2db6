/* The lanes of static tables: every section is there, in time, and far enough from its neighbours, whatever
 * their number and size. */
#include "epg/carousel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "mux/packet.h"
#include "mux/section.h"
#include "mux/slot.h"

#define SECTIONS_MAX 600
#define OFTEN 0x42
#define SELDOM 0x46

/* Adds sections of so many packets; each says in its bytes which it is. */
static void add_sections(struct section_list *list, uint8_t table_id, unsigned count, uint32_t packets)
{
    for (unsigned i = 0; i < count; i++) {
        const int size = (int)(packets * (TS_PACKET - 4) - 1);
        dvbpsi_psi_section_t *section = dvbpsi_NewPSISection(size);
        assert_non_null(section);
        memset(section->p_data, 0, (size_t)size);
        section->p_data[0] = table_id;
        section->p_data[1] = (uint8_t)(0xF0 | (size - 3) >> 8);
        section->p_data[2] = (uint8_t)(size - 3);
        section->p_data[8] = (uint8_t)(i >> 8);
        section->p_data[9] = (uint8_t)i;
        section->i_length = (uint16_t)(size - 3);
        section_list_add(list, section);
    }
}

struct seen { /* of a section, in slots since the beginning */
    uint32_t times, first, last;
};

struct watch {
    struct seen often[SECTIONS_MAX], seldom[SECTIONS_MAX];
    uint32_t often_interval, seldom_interval, distance, end;
};

static void see(struct watch *watch, const uint8_t *section, uint32_t slot)
{
    const unsigned which = (unsigned)section[8] << 8 | section[9];
    struct seen *seen = section[0] == OFTEN ? &watch->often[which] : &watch->seldom[which];
    uint32_t *interval = section[0] == OFTEN ? &watch->often_interval : &watch->seldom_interval;
    assert_true(section[0] == OFTEN || section[0] == SELDOM);
    if (seen->times++ > 0 && slot - seen->last > *interval)
        *interval = slot - seen->last;
    seen->last = slot;
    if (watch->end && slot - watch->end < watch->distance)
        watch->distance = slot - watch->end;
}

/* Three circles of a lane, packet by packet. */
static struct watch watch_lane(const struct carousel *lane)
{
    struct watch watch = {.distance = UINT32_MAX};
    const struct table_page page = carousel_page(lane);
    uint32_t left = 0;
    assert_int_equal(page.length, lane->length);
    assert_false(page.counted);
    for (uint32_t slot = 0; slot < 3 * lane->length; slot++) {
        const uint8_t *packet = page.packets + (size_t)page.index[slot % page.length] * TS_PACKET;
        assert_int_equal(packet_get_pid(packet), 0x11);
        if (packet[1] & 0x40) {
            assert_int_equal(left, 0); /* no section is broken off */
            left = section_packet_count(3u + (packet[6] & 0x0F) * 256u + packet[7]);
            if (packet[5] != 0x72)
                see(&watch, packet + 5, slot);
            if (packet[5] != 0x72)
                watch.end = slot + left - 1;
        }
        assert_true(left-- > 0);
    }
    return watch;
}

static void assert_lane(unsigned often, uint32_t often_packets, unsigned seldom, uint32_t seldom_packets,
                        bool spaced)
{
    struct section_list lists[2];
    struct carousel lane;
    for (int i = 0; i < 2; i++)
        section_list_init(&lists[i]);
    add_sections(&lists[0], OFTEN, often, often_packets);
    add_sections(&lists[1], SELDOM, seldom, seldom_packets);
    assert_true(carousel_init(&lane, 0x11, &lists[0], &lists[1]));
    struct watch watch = watch_lane(&lane);
    for (unsigned i = 0; i < often; i++)
        assert_true(watch.often[i].times >= 3);
    for (unsigned i = 0; i < seldom; i++)
        assert_true(watch.seldom[i].times == 3);
    assert_true(watch.often_interval <= lane.slots * 2);  /* TR 101 211 4.4: SDT actual */
    assert_true(watch.seldom_interval <= lane.slots * 9); /* and others, strictly */
    if (spaced && often + seldom > 1)                     /* 25 ms and the unevenness of slots */
        assert_true(watch.distance * UINT64_C(1000000) >= lane.slots * UINT64_C(27500));
    carousel_fini(&lane);
    assert_null(lane.packets);
    for (int i = 0; i < 2; i++)
        section_list_fini(&lists[i]);
}

static void a_lane_of_any_number_of_sections(void **state)
{
    (void)state;
    for (unsigned often = 1; often <= 5; often++)
        for (uint32_t packets = 1; packets <= 6; packets++)
            for (unsigned seldom = 0; seldom <= 150; seldom = seldom * 2 + 1)
                for (uint32_t seldom_packets = 1; seldom_packets <= 6; seldom_packets++)
                    assert_lane(often, packets, seldom, seldom_packets, true);
}

/* The lane of a multiplex that has nothing to tell of others is as small as its tables. */
static void a_lane_is_no_larger_than_needed(void **state)
{
    (void)state;
    struct section_list often, seldom;
    struct carousel lane;
    section_list_init(&often);
    section_list_init(&seldom);
    add_sections(&often, OFTEN, 2, 5);
    assert_true(carousel_init(&lane, 0x11, &often, &seldom));
    assert_int_equal(lane.slots, 10);
    assert_int_equal(lane.length, 10);
    carousel_fini(&lane);
    add_sections(&seldom, SELDOM, 8, 3);
    assert_true(carousel_init(&lane, 0x11, &often, &seldom));
    assert_int_equal(lane.slots, 13);
    assert_int_equal(lane.length, 8 * 13);
    carousel_fini(&lane);
    section_list_fini(&often);
    section_list_fini(&seldom);
}

/* Fifty multiplexes of twelve services, and far more: the distance goes before the limits do. */
static void a_very_large_network(void **state)
{
    (void)state;
    assert_lane(2, 5, 49 * 2 + 3, 4, true);
    assert_lane(2, 5, 500, 6, false);
    assert_lane(60, 6, 200, 6, false);
}

static void nothing_is_no_lane(void **state)
{
    (void)state;
    struct section_list often, seldom;
    struct carousel lane;
    section_list_init(&often);
    section_list_init(&seldom);
    assert_false(carousel_init(&lane, 0x11, &often, &seldom));
    add_sections(&often, OFTEN, 1, 1);
    seldom.failed = true;
    assert_false(carousel_init(&lane, 0x11, &often, &seldom));
    assert_null(lane.packets);
    section_list_fini(&often);
    section_list_fini(&seldom);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_lane_of_any_number_of_sections),
        cmocka_unit_test(a_lane_is_no_larger_than_needed),
        cmocka_unit_test(a_very_large_network),
        cmocka_unit_test(nothing_is_no_lane),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
