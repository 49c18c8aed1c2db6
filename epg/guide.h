/* The guide of one service: its events in order, what is present and following at an instant, and how the
 * events of each segment share its sections (EN 300 468 5.2.4, TR 101 211 4.1.4). All of the plan, encoded
 * once. */
#ifndef EPG_GUIDE_H
#define EPG_GUIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/event.h"
#include "mux/house.h"
#include "schedules/plan.h"

#define GUIDE_SEGMENT 10800             /* seconds: three hours, from midnight UTC */
#define GUIDE_SEGMENTS_A_DAY 8          /* a table_id of the schedule holds four days of them */
#define GUIDE_SECTIONS 8                /* most sections of a segment */
#define GUIDE_COMPONENTS EVENT_MORE_MAX /* bytes: a picture, four sounds and four subtitles, at eight each   \
                                         */

#define GUIDE_TABLES 16 /* table_ids of the schedule: 64 days */

/* What is added to the version_numbers that follow from the plan alone, each modulo 32. For EIT actual and
 * other alike. */
struct guide_versions {
    uint8_t state;                  /* present/following */
    uint8_t schedule[GUIDE_TABLES]; /* of the sub_table with table_id 0x50 or 0x60 and this */
};

struct guide_section { /* of the schedule */
    int64_t segment;   /* the three hours that begin at segment * GUIDE_SEGMENT */
    size_t first;      /* events [first, first + count), by start time */
    uint16_t count;
    uint16_t packets; /* transport packets it takes */
    uint8_t number;   /* 0-7 in its segment ... */
    uint8_t last;     /* ... whose last section has this number */
};

struct guide {
    uint16_t service_id, transport_stream_id, original_network_id;
    struct guide_versions versions;
    struct event *events;
    size_t event_count;
    uint8_t components[GUIDE_COMPONENTS]; /* component descriptors, of present and following events only */
    uint8_t components_length;
    struct guide_section *sections; /* none before guide_split() */
    size_t section_count;
};

/* What holds at an instant, and from when until when (INT64_MIN, INT64_MAX: always). */
struct guide_state {
    const struct event *present, *following; /* NULL: none */
    int64_t from, until;
    uint32_t ordinal; /* number of the state: how often present or following have changed so far */
};

/* Encodes the events of a service of this format. False when memory is out; then, as later, end with
 * guide_fini(). The plan must outlive the guide. */
bool guide_init(struct guide *guide, const struct plan *plan, size_t multiplex, size_t service,
                const struct house *house, struct diagnostics *diagnostics);
void guide_fini(struct guide *guide);

/* Shares the events among sections of at most `packets_max` (6 or more) transport packets, as small as eight
 * sections for three hours allow. Events that still do not fit are left out of the schedule, the last first,
 * and reported. False when memory is out. */
bool guide_split(struct guide *guide, uint32_t packets_max, struct diagnostics *diagnostics);

struct guide_state guide_at(const struct guide *guide, int64_t second);

/* Index of the first section that belongs to this segment or a later one. */
size_t guide_find_section(const struct guide *guide, int64_t segment);

/* Transport packets of the largest present or following section. */
uint32_t guide_packets_max(const struct guide *guide);

#endif
