/* The EIT schedule of one UTC day: which sections a page carries and where they stand in it.
 *
 * Eight days from midnight UTC, tables 0x50 and 0x51 of every service (EN 300 468 5.2.4, TR 101 211 4.1.4.2).
 * What was does not leave the schedule before midnight. A section's ideal place follows from its
 * section_number alone, so it keeps its period over midnight, when all numbers shift; sub_tables take turns.
 */
#ifndef EPG_EIT_SCHEDULE_H
#define EPG_EIT_SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#include "epg/eit_lane.h"

struct eit_schedule_section {
    const struct guide *guide;
    const struct guide_section *section; /* NULL: without events */
    uint8_t table_id, section_number, segment_last_section_number, last_section_number, last_table_id;
    uint16_t packets;
    uint32_t sub_table;
    uint32_t slot; /* of the page, of its first packet */
};

struct eit_sub_table;

struct eit_schedule {
    const struct eit_lane *lane;
    int64_t day; /* since 1970-01-01 UTC; INT64_MIN before the first eit_schedule_build() */
    int days;    /* that it holds, of EIT_DAYS */
    struct eit_schedule_section *sections; /* in order of slots */
    size_t count;
    uint32_t packets; /* of all sections */
    struct eit_sub_table *sub_tables;
};

/* Room for any day. False when memory is out; then, as later, end with eit_schedule_fini(). */
bool eit_schedule_init(struct eit_schedule *schedule, const struct eit_lane *lane);
void eit_schedule_fini(struct eit_schedule *schedule);

/* Fills it for a day, leaving out days, the furthest first, until the rest finds room. No allocation. */
void eit_schedule_build(struct eit_schedule *schedule, int64_t day);

/* Writes a section's bytes to out[EIT_SECTION_MAX]; returns their number. */
size_t eit_schedule_build_section(const struct eit_schedule *schedule,
                                  const struct eit_schedule_section *section, uint8_t *out);

#endif
