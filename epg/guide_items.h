/* Whether two items make the same event. */
#ifndef EPG_GUIDE_ITEMS_H
#define EPG_GUIDE_ITEMS_H

#include <stdbool.h>

#include "schedules/timetable.h"

/* Same in all that an event may tell, which is all but where the item is written down (a CRID tells the
 * source).
 * Their services are those of one place in stations that are the same. */
bool guide_items_same(const struct item *one, const struct item *other);

#endif
