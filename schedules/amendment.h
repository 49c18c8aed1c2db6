/* The items of the timetables as actions change them, service by service, and what is shown over them.
 *
 * Items keep their instants unless an action says otherwise: shift moves those behind it until empty time or
 * a filler makes up for it. What would overlap another item, or change what has aired, is refused. */
#ifndef SCHEDULES_AMENDMENT_H
#define SCHEDULES_AMENDMENT_H

#include <stddef.h>
#include <stdint.h>

#include "schedules/action.h"
#include "schedules/overlay.h"
#include "schedules/timetable.h"

struct amendment;

/* Adds items and then applies actions, all of which must outlive it. */
struct amendment *amendment_new(const struct station *station);
void amendment_free(struct amendment **amendment);
void amendment_add(struct amendment *amendment, const struct item *item);
void amendment_apply(struct amendment *amendment, const struct actions *actions,
                     struct diagnostics *diagnostics);

/* The items of a service (`row`: counted over all multiplexes) in order of start. */
size_t amendment_item_count(const struct amendment *amendment, size_t row);
const struct item *amendment_item(const struct amendment *amendment, size_t row, size_t index);
/* What is shown over them, later ones before earlier ones. */
const struct overlay *amendment_overlays(const struct amendment *amendment, size_t row, size_t *count);

#endif
