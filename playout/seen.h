/* What viewers see of an item, and where there is none: the words that `check` and `guide` share. The plan
 * decides (plan_at()); this tells it. */
#ifndef PLAYOUT_SEEN_H
#define PLAYOUT_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/plan.h"

struct seen {
    uint32_t seconds; /* length of the prepared lesson, 0: not prepared */
    bool looped;      /* it is shorter than its time and repeated */
    bool ends_early;  /* it is shorter than its time and followed by `instead` */
};

/* The source that viewers see at the end of an item, when actions have changed it on the way (replacement.h).
 */
const char *seen_source(const struct item *item);
/* Of that source. */
struct seen seen_of(const struct plan *plan, const struct item *item);

/* What fills a service's empty time: the path of its fallback, or NULL for the compiled-in picture. */
const char *seen_instead(const struct plan *plan, const struct service *service);

/* The same as words: `the fallback "fallback/p1.mp4"` or `the compiled-in picture`. */
#define SEEN_TEXT 1100
const char *seen_instead_text(const struct plan *plan, const struct service *service, char text[SEEN_TEXT]);

#endif
