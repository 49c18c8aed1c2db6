/* All that is planned in a stretch of time as one plan, for those who tell it: of each revision what it airs.
 * An item over a change of revision is told once when both have it, else each in its part. */
#ifndef PLAYOUT_TIMELINE_H
#define PLAYOUT_TIMELINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/revisions.h"

struct timeline {
    const struct revisions *revisions;
    struct revision **list; /* those that hold in the stretch, one after the other */
    size_t count;
    struct studio *studio; /* with the plan of them all, and its diagnostics; NULL when they are of more than
                              one station */
    struct studio joined;  /* when they are several */
};

/* Builds what holds in [first, end); INT64_MIN, INT64_MAX: everything. False when a revision cannot be taken:
 * diagnostics say so. timeline_fini() in either case. The revisions must outlive it. */
bool timeline_init(struct timeline *timeline, const struct revisions *revisions, int64_t first, int64_t end,
                   struct diagnostics *diagnostics);
void timeline_fini(struct timeline *timeline);

/* The plan that holds in a second of the stretch. */
const struct plan *timeline_plan(const struct timeline *timeline, int64_t second);

#endif
