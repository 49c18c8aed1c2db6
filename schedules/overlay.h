/* What actions show over all items of a service: hold, slate and notice, until they end or are released.
 * Later ones stand before earlier ones. */
#ifndef SCHEDULES_OVERLAY_H
#define SCHEDULES_OVERLAY_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "schedules/action.h"

struct overlay { /* in [from, until); nothing when it was released before it began */
    int64_t from, until;
    const char *source; /* goes round from its beginning on; the action's. NULL: the service's fallback */
    uint32_t revision;  /* of the action */
};

/* To a list of struct overlay, what a hold, slate or notice does to one service. */
void overlay_add(GArray *overlays, const struct action *action);
/* What a release does: all end. False when there are none then. */
bool overlay_release(GArray *overlays, const struct action *action);

#endif
