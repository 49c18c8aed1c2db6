/* Notices that a file of the station was edited, added or removed while on air: the plan is read at the
 * start, so the operator must be told that the air does not follow. */
#ifndef PLAYOUT_WATCH_H
#define PLAYOUT_WATCH_H

#include "playout/studio.h"

struct watch;

/* Looks at station.xml, timetables/ and lessons/ as they are now. NULL when memory is out. */
struct watch *watch_new(const struct studio *studio);
void watch_free(struct watch **watch);

/* A path that has changed since it was last asked about, NULL when there is none; valid until the next call.
 */
const char *watch_next(struct watch *watch);

#endif
