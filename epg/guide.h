/* The guide of one service: its events in order, what is present and following at an instant, how the events
 * share the sections of the schedule (guide_sections.h), and how often each sub_table has changed so far
 * (guide_changes.h). All of the plan, encoded once. EN 300 468 5.2.4, TR 101 211 4.1.4. */
#ifndef EPG_GUIDE_H
#define EPG_GUIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/event.h"
#include "epg/guide_changes.h"
#include "epg/guide_sections.h"
#include "mux/house.h"
#include "schedules/plan.h"

#define GUIDE_SOON 10         /* seconds before its start from which the following event starts "soon" */
#define GUIDE_STATE_PACKETS 3 /* of a present section; a larger one is without extended events */

/* What is added to the version_numbers that follow from the plan alone, each modulo 32. */
struct guide_versions {
    uint8_t state;                      /* present/following, actual and other */
    uint8_t schedule[2 * GUIDE_TABLES]; /* of the sub_table with table_id 0x50 and this */
};

struct guide_days {     /* since 1970-01-01 UTC */
    int64_t first, end; /* not before the end: none */
};

struct guide {
    const struct plan *plan;
    size_t multiplex, service; /* of the plan */
    uint16_t service_id, transport_stream_id, original_network_id;
    struct guide_versions versions;
    struct guide_days edited; /* that have other events than in the guide before */
    struct event *events;
    size_t event_count;
    uint8_t components[EVENT_MORE_MAX]; /* component descriptors, of present and following events only */
    uint8_t components_length;
    size_t state_size;                 /* bytes of the largest present or following section */
    struct guide_sections sections[2]; /* of the schedule, without and with extended events; none before
                                          guide_split() */
    struct guide_changes changes[2];   /* of EIT actual and other; none before guide_changes_init() */
};

/* What holds at an instant, and from when until when (INT64_MIN, INT64_MAX: always). */
struct guide_state {
    const struct event *present, *following; /* NULL: none */
    bool soon;                               /* following starts within GUIDE_SOON seconds */
    int64_t from, until;
    uint32_t ordinal; /* number of the state: how often any of this has changed so far */
};

/* Encodes the events of a service of this format. False when memory is out; then, as later, end with
 * guide_fini(). The plan must outlive the guide. `previous`, the guide of the same service of another plan
 * (NULL: none), saves the encoding of those events whose items were the same, and nothing is reported of them
 * again. */
bool guide_init(struct guide *guide, const struct plan *plan, size_t multiplex, size_t service,
                const struct house *house, const struct guide *previous, struct diagnostics *diagnostics);
void guide_fini(struct guide *guide);

/* Shares the events among sections of the schedule. False when memory is out. */
bool guide_split(struct guide *guide, const struct guide_limits *limits, struct diagnostics *diagnostics);

/* Has this event its extended events in present and following? Only where the section stays small, since
 * others wait for it. */
bool guide_state_is_extended(const struct guide *guide, const struct event *event);

struct guide_state guide_at(const struct guide *guide, int64_t second);

#endif
