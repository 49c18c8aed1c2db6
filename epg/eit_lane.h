/* The places of the EIT lane: where in a page present/following sections stand, always the same, and where
 * the schedule finds room between them.
 *
 * Present/following has 2 * services places a round, even over the round of one second, or of two when that
 * many sections cannot keep their distance in one (TR 101 211 4.4.1 allows 2 s). Distances: all sections with
 * table_id 0x4E (TR 101 290 3.6.a), and the sections of each sub_table of the schedule (EN 300 468 5.1.4.1),
 * begin at least 25 ms after the end of the one before. Slots are counted from the start of the page; a
 * section's packets are neighbours on the PID, with at most null packets between them. */
#ifndef EPG_EIT_LANE_H
#define EPG_EIT_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/guide.h"
#include "epg/service_information.h"

#define EIT_LANE_STUFFING 15        /* packets that bring a page to a multiple of 16 */
#define EIT_LANE_STUFFING_SECTION 8 /* most of them in one section */

struct eit_lane {
    const struct guide *guides; /* one per service */
    size_t services;
    uint32_t slots;    /* per second */
    uint32_t places;   /* of present/following sections in a page */
    uint32_t reserved; /* slots of such a place: the largest section */
    uint32_t gap;      /* slots from a section's last packet to the first of the next, at least */
    uint32_t room;     /* packets that fit between any two places */
};

/* Lays out the lane of a multiplex with these guides, which must outlive it. */
void eit_lane_init(struct eit_lane *lane, const struct guide *guides, size_t services);

/* Slots of a page. */
uint32_t eit_lane_page(const struct eit_lane *lane);

/* First slot of a present/following place; place lane->places is the end of the page. */
uint32_t eit_lane_place(const struct eit_lane *lane, uint32_t place);

/* The first slot at or after `from` from which `packets` (<= lane->room) stand free together. */
uint32_t eit_lane_after(const struct eit_lane *lane, uint32_t from, uint32_t packets);
/* The last slot from which they stand free together and end before `end`; false when there is none. */
bool eit_lane_before(const struct eit_lane *lane, uint32_t end, uint32_t packets, uint32_t *slot);

/* Where the schedule ends: behind it two rooms stay for stuffing, so that what the next page begins with has
 * its distance. */
uint32_t eit_lane_schedule_end(const struct eit_lane *lane);
/* First slots of the two stuffing sections, of up to EIT_LANE_STUFFING_SECTION packets. */
uint32_t eit_lane_stuffing(const struct eit_lane *lane, int which);

#endif
