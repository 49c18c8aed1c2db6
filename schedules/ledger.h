/* The ledger: items that hold together, one by one. An item is accepted when it contradicts none that was
 * entered: no overlap on its service, an id of its own, and no event_id that its service uses within the 64
 * days that an EIT schedule spans (ETSI TR 101 211 4.1.4.2). What is accepted depends on the order of
 * entering alone. */
#ifndef SCHEDULES_LEDGER_H
#define SCHEDULES_LEDGER_H

#include "schedules/timetable.h"

struct ledger;

struct ledger *ledger_new(const struct station *station);
void ledger_free(struct ledger **ledger);

/* Reports every contradiction between an item and those entered, at the item; false when there is any. */
bool ledger_accepts(const struct ledger *ledger, const struct item *item, struct diagnostics *diagnostics);
/* The item, which must have been accepted, must outlive the ledger. */
void ledger_enter(struct ledger *ledger, const struct item *item);

#endif
