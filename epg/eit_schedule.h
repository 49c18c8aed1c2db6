/* The EIT schedule of one UTC day, and what else goes round in the same way: which sections a page of the
 * lane carries and where they stand in it (EN 300 468 5.2.4, TR 101 211 4.1.4.2).
 *
 *                                       cable, satellite       terrestrial          limits of TR 101 211 4.4
 *   schedule actual                     8 days every 8 s,      today every 8 s,     10 s, then 30 s
 *                                       later ones every 24 s  later ones every 24 s
 *   schedule other                      the same               every 48 s           10, 30 s; 60, 300 s
 *   present/following other             every 8 s              every 8 s            10 s; 20 s
 *
 * Sections of a sub_table have their distance; any two with one table_id have it as well where there are so
 * few that they need no more than half of the page for it.
 *
 * What was does not leave the schedule before midnight UTC. A sub_table without events is sent, empty, when
 * one behind it has some. A section's ideal place, and the page of those that are not in every one, follow
 * from its sub_table and section_number alone, so it keeps its period over midnight, when all numbers shift;
 * sub_tables begin at different times, so that the rate is even. */
#ifndef EPG_EIT_SCHEDULE_H
#define EPG_EIT_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "epg/eit_lane.h"

#define EIT_SCHEDULE_TURNS 256 /* ideal places in a page */
#define EIT_SCHEDULE_FIRST_ID 0x4F
#define EIT_SCHEDULE_TABLE_IDS (0x6F - EIT_SCHEDULE_FIRST_ID + 1)

struct eit_sub_table {
    size_t guide; /* of the lane */
    uint8_t table_id, last_table_id, version;
    uint8_t table;           /* of the schedule, 0-15 */
    uint8_t days;            /* of it that are sent */
    uint8_t offset;          /* turn of its first section */
    int last_section_number; /* EIT_NOT_SENT: no section */
    int64_t segment;         /* its first */
    size_t first, end;       /* its sections in the guide */
    int64_t bound;           /* slot that its next section must keep clear of, while placing */
};
#define EIT_NOT_SENT (-1)

struct eit_schedule_section {
    uint32_t sub_table;
    const struct guide_section *part; /* NULL: without events */
    uint32_t slot;    /* of the page, of its first packet; the others at eit_schedule_pace() from it */
    uint16_t packets; /* of present/following: at most */
    uint8_t number, segment_last, turn;
};

struct eit_schedule {
    const struct eit_lane *lane;
    int64_t day; /* since 1970-01-01 UTC */
    int phase;   /* 0 .. eit_schedule_phases() - 1; -1 before the first eit_schedule_build() */
    struct eit_schedule_section *sections; /* in order of slots */
    size_t count;
    uint32_t packets; /* of all sections */
    bool paced;       /* they come no faster than they leave the transport buffer */
    uint32_t late;    /* slots between the section that is furthest before its ideal place and the one that is
                         furthest behind */
    struct eit_sub_table *sub_tables;
    uint32_t sub_table_count;
    size_t turns[EIT_SCHEDULE_TURNS + 1];
    struct eit_spacing { /* of the sections with a table_id */
        uint32_t slots;  /* that they and their distances take in the page */
        bool any_two;    /* keep their distance, and not only those of a sub_table */
        int64_t bound;   /* as that of a sub_table */
    } spacing[EIT_SCHEDULE_TABLE_IDS];
};

/* Room for any day. False when memory is out; then, as later, end with eit_schedule_fini(). */
bool eit_schedule_init(struct eit_schedule *schedule, const struct eit_lane *lane);
void eit_schedule_fini(struct eit_schedule *schedule);

/* Pages until the same sections come again; page n is of phase n modulo this. */
int eit_schedule_phases(const struct eit_lane *lane);

/* Is it of a day that comes less often? And the number of pages in one of which it comes: 1, 3 or 6. */
bool eit_schedule_is_later(const struct eit_schedule *schedule, const struct eit_schedule_section *section);
int eit_schedule_cycle(const struct eit_schedule *schedule, const struct eit_schedule_section *section);

/* Fills it for a page of a day. False when the sections find no room in the page, or so late that one would
 * not come again within its limit. No allocation. */
bool eit_schedule_build(struct eit_schedule *schedule, int64_t day, int phase);

static inline bool eit_schedule_is_state(const struct eit_schedule *schedule,
                                         const struct eit_schedule_section *section)
{
    return schedule->sub_tables[section->sub_table].table_id < 0x50;
}

/* Slots from a section's first packet to its nth. */
static inline uint32_t eit_schedule_pace(const struct eit_schedule *schedule, uint32_t packets)
{
    return schedule->paced ? eit_lane_pace(schedule->lane, packets) : packets;
}

/* The sub_tables of a day, and every section of one of them, in whatever page it comes; it has no place. For
 * those who want to know what is sent, and not when. */
void eit_schedule_open(struct eit_schedule *schedule, int64_t day);
typedef void eit_schedule_visit(struct eit_schedule *schedule, const struct eit_schedule_section *section,
                                void *context);
void eit_schedule_each(struct eit_schedule *schedule, uint32_t sub_table, eit_schedule_visit *visit,
                       void *context);

/* Writes the bytes of a section of the schedule to out[EIT_SECTION_MAX]; returns their number. */
size_t eit_schedule_build_section(const struct eit_schedule *schedule,
                                  const struct eit_schedule_section *section, uint8_t *out);

/* Lets fewer days, then no extended events, be sent until every day's schedule fits: days of others before
 * the multiplex's own, the furthest first. lane->depth.days is 0 when not even one day without extended
 * events does. Only `edited` days have events of which it is not known that they fit. False when memory is
 * out. */
bool eit_schedule_thin(struct eit_lane *lane, const struct guide_days *edited);

/* Of one day without extended events and nothing of others but present/following: the packets that a page
 * needs at most, and what the lane has for it. False when memory is out. */
bool eit_schedule_need(const struct eit_lane *lane, uint32_t *needed, uint32_t *room);

/* The days on which a schedule may hold any event, [*first, *end), and one more. */
void eit_schedule_days(const struct eit_lane *lane, int64_t *first, int64_t *end);

#endif
