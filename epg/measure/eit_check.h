/* The structure of EIT (EN 300 468 5.2.4, TR 101 211 4.1.4.2) and the story that present/following, schedule
 * and TDT tell together. */
#ifndef EPG_MEASURE_EIT_CHECK_H
#define EPG_MEASURE_EIT_CHECK_H

#include "epg/measure/sub_table.h"

#define EIT_HEADER_BYTES 14
#define EIT_CLOCK_UNKNOWN INT64_MIN

struct eit_check {
    struct findings *findings;
    struct sub_tables *tables;
    int64_t utc; /* Unix seconds by TDT or TOT, or EIT_CLOCK_UNKNOWN */
};

/* A section with content that was not seen before: keeps its events in the record and judges it. `record`
 * already belongs to the sub_table. */
void eit_check_section(const struct eit_check *check, struct sub_table *sub, struct section_record *record,
                       const struct measured_section *section);
/* The same section again: a schedule must have moved on since UTC midnight, and be of the right day once the
 * clock is known. */
void eit_check_again(const struct eit_check *check, struct sub_table *sub, struct section_record *record,
                     const struct measured_section *section);
/* Any section of present/following came at that instant: do its sub_table, the schedule and the clock agree?
 * A disagreement counts once it has lasted longer than one table may lag behind another. */
void eit_check_story(const struct eit_check *check, struct sub_table *present_following, int64_t at);

#endif
