/* A lesson that was not there when it was to air, and now is: what is done by the rule of its kind.
 *
 * Join: it is joined in progress, as what is bound to it is; so are breaks and fillers. Delay: it begins
 * anew, and the items behind it move. Make good: it is joined in progress, and airs whole in the next empty
 * time of its service that pupils are awake in; so are lessons. */
#ifndef PLAYOUT_LATE_H
#define PLAYOUT_LATE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/studio.h"
#include "schedules/action.h"
#include "schedules/plan.h"

#define LATE_FOR (7 * (int64_t)86400) /* seconds: what ended earlier is for the timetables to air again */

enum late_rule { LATE_JOIN, LATE_DELAY, LATE_MAKE_GOOD, LATE_RULES };

/* "join", "delay", "make-good"; LATE_RULES when there is none of this name. */
enum late_rule late_rule_of(const char *name);
enum late_rule late_rule_of_kind(enum item_kind kind);

/* Adds the actions (struct action, whose strings are the item's) for an item of the plan, which holds in
 * seconds [from, until); repeats that are in the list already are minded. False when there is nothing to be
 * done of it: it is over, and no empty time is long enough. */
bool late_add(const struct plan *plan, const struct item *item, enum late_rule rule, int64_t from,
              int64_t until, GArray *actions);

/* Is there a lesson of the item that can be read? One that the studio airs ... */
bool late_is_prepared(const struct studio *studio, const struct item *item);
/* ... or does not air, for want of one when it was bound? */
bool late_is_there(const struct studio *studio, const struct item *item);
/* The actions for every item that has begun before `from` and was late, each by the rule of its kind, to be
 * freed with g_array_unref(). *lost: how many of them there is no empty time for. */
GArray *late_list(const struct studio *studio, int64_t from, int64_t until, size_t *lost);

#endif
