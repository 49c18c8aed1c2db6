/* A lesson that was not there when it was to air, and now is: what is done by the rule of its kind.
 *
 * Join: it is joined in progress; so are breaks and fillers. Delay: it begins anew, and the items behind it
 * move. Make good: it is joined in progress, and airs whole in the next empty time of its service that pupils
 * are awake in; so are lessons. */
#ifndef PLAYOUT_LATE_H
#define PLAYOUT_LATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/action.h"
#include "schedules/plan.h"

enum late_rule { LATE_JOIN, LATE_DELAY, LATE_MAKE_GOOD, LATE_RULES };

/* "join", "delay", "make-good"; LATE_RULES when there is none of this name. */
enum late_rule late_rule_of(const char *name);
enum late_rule late_rule_of_kind(enum item_kind kind);

#define LATE_ACTIONS 2
/* The actions for an item of the plan that hold from a second on; their strings are the item's. Returns how
 * many, 0 when no empty time is long enough. */
size_t late_build(const struct plan *plan, const struct item *item, enum late_rule rule, int64_t from,
                  struct action actions[LATE_ACTIONS]);

#endif
