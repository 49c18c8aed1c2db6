/* The plan as a person reads it: per service and day, in the station's time, with no second left out. */
#ifndef PLAYOUT_LISTING_H
#define PLAYOUT_LISTING_H

#include <stddef.h>
#include <stdint.h>

#include "playout/terminal.h"
#include "schedules/plan.h"

#define LISTING_EVERY_DAY INT64_MIN

struct listing_choice {
    const char *service; /* id, or NULL for all */
    /* As calendar_day() counts. With a last one, every day from the first to it is told; else those that have
     * items, from the first on if there is one. */
    int64_t first_day, last_day;
};

/* Prints the listing. Returns the number of items in it. */
size_t listing_print(const struct plan *plan, const struct listing_choice *choice,
                     const struct terminal *terminal);

#endif
