/* The EIT lane of a multiplex: how many slots a second it has, and where in every second present/following
 * sections stand. The schedule finds room between them.
 *
 * A second of the lane is whole in itself: no section goes over its end, and a section of stuffing in its
 * last slots brings its packets to a multiple of 16. So one revision of the timetable may follow another at
 * any second.
 *
 *   services   sections of a second                           present group           every section
 *   1 - 17     all present, then all following                25 ms * services + 50   in every second
 *   18 - 23    all present, then more than half of following  25 ms * services + 50   within less than 2 s
 *   24 -       more than half of both, in turns               -                       within less than 2 s
 *
 * The first section begins with the second, and present sections leave within the time of that table, the
 * following ones in an equal round behind it, as long as sections have no more than GUIDE_STATE_PACKETS;
 * larger ones take the time that they need, as a lane of more services would. All sections of EIT
 * present/following actual (TR 101 290 3.6.a), and the sections of each other sub_table (EN 300 468 5.1.4.1),
 * begin at least 25 ms after the end of the one before; only beyond some 35 services those of
 * present/following do so by service alone.
 *
 * A lane of more than EIT_LANE_LEAK slots a second could overflow the transport buffer that decoders have for
 * sections: there the packets of the schedule and of stuffing keep a pace, as long as the schedule has room.
 */
#ifndef EPG_EIT_LANE_H
#define EPG_EIT_LANE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/guide.h"

#define EIT_PERIOD 8         /* seconds of a page; divides 86 400, inside the 10 s of TR 101 211 4.4 */
#define EIT_LANE_STUFFING 15 /* packets that bring a second to a multiple of 16 */
#define EIT_LANE_LEAK 664 /* packets a second that leave the transport buffer of 1 Mb/s (13818-1 2.4.2.3) */
#define EIT_LANE_OTHER_PACKETS 3 /* of a present/following section of another multiplex, counted upon */

#define EIT_LANE_ROUNDS_MAX 23 /* services whose present sections all come in every second */
#define EIT_LANE_ROUND_MS(services) (25 * (services) + 50) /* ... within this time */

/* What is sent of the guides. */
struct eit_depth {
    int days;       /* of the schedule; 0: not even one day fits */
    int other_days; /* of the services of other multiplexes */
    bool extended;  /* extended events in the schedule */
};

struct eit_lane {
    const struct guide *guides; /* of every service of the station ... */
    const struct guide **told;  /* [count]: of those that it tells of, its own before those of others */
    size_t services, count;     /* its own, and all that it tells of */
    bool terrestrial;           /* the limits of TR 101 211 4.4.2 hold */
    bool section_versions;      /* of the schedule each section has its own */
    struct eit_depth depth;
    uint32_t slots;          /* per second */
    uint32_t reserved;       /* slots of a present/following section: the largest */
    uint32_t other_reserved; /* of one of another multiplex */
    uint32_t gap;            /* slots from a section's last packet to the first of the next, at least */
    uint32_t present;        /* places that are for the same section in every second */
    uint32_t turns;          /* places behind them, at which the others take turns */
    uint32_t spacing[2];     /* slots from the first to the last of either group of places */
    uint32_t following;      /* slot of the first of the second group */
    uint16_t *free;          /* [slots]: so many slots from this one on are for the schedule */
    uint32_t room;           /* most of them */
};

/* Lays out the lane of a multiplex; its depth is what the station asks for. False when memory is out. The
 * guides, of every service of the station, must outlive it; end with eit_lane_fini() in either case. */
bool eit_lane_init(struct eit_lane *lane, const struct station *station, size_t multiplex,
                   const struct guide *guides);
void eit_lane_fini(struct eit_lane *lane);

/* The nth guide that the lane tells of: its own services first, then those of others. */
static inline const struct guide *eit_lane_guide(const struct eit_lane *lane, size_t index)
{
    return lane->told[index];
}
static inline bool eit_lane_is_other(const struct eit_lane *lane, size_t index)
{
    return index >= lane->services;
}

/* Present/following actual of a second: the number of places, the slot of one, and whose it is:
 * [0, services): present of a service, [services, 2 * services): following. */
static inline uint32_t eit_lane_places(const struct eit_lane *lane)
{
    return lane->present + lane->turns;
}
uint32_t eit_lane_place(const struct eit_lane *lane, uint32_t place);
size_t eit_lane_turn(const struct eit_lane *lane, uint32_t place, int64_t second);

/* Slots of a page of EIT_PERIOD seconds, and where the schedule and others may stand in it. */
static inline uint32_t eit_lane_page(const struct eit_lane *lane)
{
    return lane->slots * EIT_PERIOD;
}
/* Slots from a packet to the nth behind it, when they come no faster than they leave the transport buffer. */
static inline uint32_t eit_lane_pace(const struct eit_lane *lane, uint32_t packets)
{
    return lane->slots > EIT_LANE_LEAK ? (packets * lane->slots + EIT_LANE_LEAK - 1) / EIT_LANE_LEAK
                                       : packets;
}
/* First slot of a second's stuffing, which is paced. */
static inline uint32_t eit_lane_stuffing(const struct eit_lane *lane)
{
    return lane->slots - eit_lane_pace(lane, EIT_LANE_STUFFING);
}
/* The first slot at or after `from` from which `packets` (<= lane->room) stand free together; the slots of a
 * page and more when there is none. */
uint32_t eit_lane_after(const struct eit_lane *lane, uint32_t from, uint32_t packets);
/* The last slot from which they stand free together and end before `end`; false when there is none. */
bool eit_lane_before(const struct eit_lane *lane, uint32_t end, uint32_t packets, uint32_t *slot);

#endif
