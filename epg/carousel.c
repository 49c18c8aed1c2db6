/* Finds the smallest lane in which the rounds fit, then writes the circle. */
#include "epg/carousel.h"

#include <stdlib.h>
#include <string.h>

#include "mux/section.h"
#include "mux/slot.h"

#define SPACING_US 27500 /* 25 ms and what a slot may be off its even place in a lane of so few */
#define SPACED_SLOTS_MAX 500
#define STUFFING_TABLE 0x72

struct stock { /* the sections of a list: where their packets are */
    uint32_t *packets;
    size_t count;
    uint32_t total, first;
};

/* Slots from a section's last packet to the first of the next. */
static uint32_t spacing(uint32_t slots, bool spaced)
{
    return spaced ? (uint32_t)(((uint64_t)slots * SPACING_US + 999999) / 1000000) : 1;
}

static bool stock_init(struct stock *stock, const struct section_list *list)
{
    size_t count = 0;
    for (const dvbpsi_psi_section_t *section = list->sections; section; section = section->p_next)
        count++;
    *stock = (struct stock){.packets = calloc(count + 1, sizeof *stock->packets)};
    if (!stock->packets)
        return false;
    for (const dvbpsi_psi_section_t *section = list->sections; section; section = section->p_next) {
        stock->packets[stock->count] = section_packet_count(section_list_size(section));
        stock->total += stock->packets[stock->count++];
    }
    return true;
}

/* --- the circle */

struct circle {
    uint32_t slots, distance; /* of the lane; from a section to the next */
    uint16_t *index;          /* NULL: only counted */
    uint32_t length;
};

/* A section, and stuffing up to where the next may begin. */
static void place(struct circle *circle, const struct stock *stock, size_t section, uint32_t packet)
{
    for (uint32_t i = 0; i < stock->packets[section] + circle->distance - 1; i++, circle->length++)
        if (circle->index)
            circle->index[circle->length] = (uint16_t)(i < stock->packets[section] ? packet + i : 0);
}

/* One round: all that is needed often, then of the rest, from *next on, what fits in the second. */
static void place_round(struct circle *circle, const struct stock *often, const struct stock *seldom,
                        size_t *next, uint32_t *packet)
{
    const uint32_t start = circle->length;
    uint32_t own = often->first;
    for (size_t i = 0; i < often->count; own += often->packets[i++])
        place(circle, often, i, own);
    while (*next < seldom->count &&
           circle->length - start + seldom->packets[*next] + circle->distance - 1 <= circle->slots) {
        place(circle, seldom, *next, *packet);
        *packet += seldom->packets[(*next)++];
    }
}

/* False when it takes too long. */
static bool place_all(struct circle *circle, const struct stock *often, const struct stock *seldom)
{
    uint32_t packet = seldom->first;
    size_t next = 0;
    int rounds = 0;
    circle->length = 0;
    do
        place_round(circle, often, seldom, &next, &packet);
    while (next < seldom->count && ++rounds < CAROUSEL_ROUNDS);
    return next == seldom->count && circle->length <= circle->slots * CAROUSEL_ROUNDS;
}

static bool find_slots(struct circle *circle, const struct stock *often, const struct stock *seldom)
{
    const uint32_t all = often->total + seldom->total;
    for (int spaced = 1; spaced >= 0; spaced--) {
        const uint32_t end = spaced ? SPACED_SLOTS_MAX : all;
        for (circle->slots = 1; circle->slots <= end; circle->slots++) {
            circle->distance = spacing(circle->slots, spaced);
            const uint32_t round = often->total + (uint32_t)often->count * (circle->distance - 1);
            if (round <= circle->slots && place_all(circle, often, seldom))
                return true;
        }
    }
    return false;
}

/* --- the lane */

static void write_packets(const struct section_list *list, uint16_t pid, uint8_t *packets)
{
    for (const dvbpsi_psi_section_t *section = list->sections; section; section = section->p_next) {
        const size_t size = section_list_size(section);
        section_build_packets(section->p_data, size, pid, 0, packets);
        packets += (size_t)section_packet_count(size) * TS_PACKET;
    }
}

/* EN 300 468 5.2.8: a section that fills a packet. */
static void write_stuffing(uint16_t pid, uint8_t *packet)
{
    uint8_t section[TS_PACKET - 5];
    memset(section, 0xFF, sizeof section);
    section[0] = STUFFING_TABLE;
    section[1] = 0x70;
    section[2] = sizeof section - 3;
    section_build_packets(section, sizeof section, pid, 0, packet);
}

static bool write_lane(struct carousel *carousel, uint16_t pid, const struct section_list *lists[2],
                       struct stock stocks[2])
{
    struct circle circle = {0};
    stocks[0].first = 1;
    stocks[1].first = 1 + stocks[0].total;
    const uint32_t count = stocks[1].first + stocks[1].total;
    if (count > UINT16_MAX || stocks[0].count + stocks[1].count == 0 ||
        !find_slots(&circle, &stocks[0], &stocks[1]))
        return false;
    carousel->packets = calloc(count, TS_PACKET);
    carousel->index = circle.index = calloc(circle.length, sizeof *carousel->index);
    if (!carousel->packets || !carousel->index)
        return false;
    place_all(&circle, &stocks[0], &stocks[1]);
    carousel->length = circle.length;
    carousel->slots = circle.slots;
    write_stuffing(pid, carousel->packets);
    for (int i = 0; i < 2; i++)
        write_packets(lists[i], pid, carousel->packets + (size_t)stocks[i].first * TS_PACKET);
    return true;
}

bool carousel_init(struct carousel *carousel, uint16_t pid, const struct section_list *often,
                   const struct section_list *seldom)
{
    const struct section_list *lists[2] = {often, seldom};
    struct stock stocks[2] = {0};
    const bool counted = stock_init(&stocks[0], often) && stock_init(&stocks[1], seldom);
    *carousel = (struct carousel){0};
    const bool done =
        counted && !often->failed && !seldom->failed && write_lane(carousel, pid, lists, stocks);
    free(stocks[0].packets);
    free(stocks[1].packets);
    if (!done)
        carousel_fini(carousel);
    return done;
}

void carousel_fini(struct carousel *carousel)
{
    free(carousel->packets);
    free(carousel->index);
    *carousel = (struct carousel){0};
}

struct table_page carousel_page(const struct carousel *carousel)
{
    return (struct table_page){
        .packets = carousel->packets, .index = carousel->index, .length = carousel->length};
}
