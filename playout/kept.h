/* Which actions a new revision takes over from the one before: those that still matter. What aired before it
 * is told by the revisions that aired it, so what is long over is left out, and .actions.xml does not grow
 * for ever. */
#ifndef PLAYOUT_KEPT_H
#define PLAYOUT_KEPT_H

#include <stdint.h>

#include "schedules/action.h"
#include "schedules/plan.h"

/* Seconds that an action is kept behind what it is about: the guide tells of today. */
#define KEPT_FOR (2 * (int64_t)86400)

/* Adds copies of a plan's actions that matter to a revision from a second on. */
void kept_add(const struct plan *plan, int64_t from, struct actions *actions);

#endif
