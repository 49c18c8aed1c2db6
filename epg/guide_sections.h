/* How the events of a service share the sections of its EIT schedule: segments of three hours from midnight
 * UTC, eight sections in each at most (EN 300 468 5.2.4, TR 101 211 4.1.4.2). */
#ifndef EPG_GUIDE_SECTIONS_H
#define EPG_GUIDE_SECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/event.h"

#define GUIDE_SEGMENT 10800 /* seconds: three hours, from midnight UTC */
#define GUIDE_SEGMENTS_A_DAY 8
#define GUIDE_SECTIONS 8   /* most sections of a segment */
#define GUIDE_TABLES 16    /* table_ids of the schedule: 64 days */
#define GUIDE_TABLE_DAYS 4 /* of one of them */
#define GUIDE_TABLE_SEGMENTS (GUIDE_TABLE_DAYS * GUIDE_SEGMENTS_A_DAY)

struct guide_section {
    int64_t segment; /* the three hours that begin at segment * GUIDE_SEGMENT */
    size_t first;    /* events [first, first + count), by start time */
    uint16_t count;
    uint16_t packets; /* transport packets it takes */
    uint8_t number;   /* 0-7 in its segment ... */
    uint8_t last;     /* ... whose last section has this number */
};

struct guide_sections {
    struct guide_section *list; /* by segment and number; segments without events have none */
    size_t count;
};

struct guide_limits {
    uint32_t packets_max; /* of a section; 6 or more, so that any event fits in one */
    bool alone;           /* one event a section where eight are enough for that */
};

/* Shares the events, with their extended events or without, among sections as small as eight for three hours
 * allow. Events that still do not fit are left out of the schedule, the last first, and reported
 * (diagnostics NULL: not). False when memory is out. */
bool guide_sections_init(struct guide_sections *sections, const struct event *events, size_t count,
                         bool extended, const struct guide_limits *limits, struct diagnostics *diagnostics);
bool guide_sections_copy(struct guide_sections *sections, const struct guide_sections *from);
void guide_sections_fini(struct guide_sections *sections);

/* Index of the first section that belongs to this segment or a later one. */
size_t guide_sections_find(const struct guide_sections *sections, int64_t segment);

/* How often, up to the UTC day of a segment, the section with this number in the segment of that time of day
 * has had other events than a day before. */
uint32_t guide_sections_changes(const struct guide_sections *sections, int64_t segment, uint8_t number);

#endif
