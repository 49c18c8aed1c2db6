/* The guide as iCalendar (RFC 5545), for the calendar of a phone: one file for each service. Times are UTC,
 * so no zone needs to be described; an event keeps its UID when its time changes. */
#ifndef SCHEDULES_EXPORT_ICAL_H
#define SCHEDULES_EXPORT_ICAL_H

#include "schedules/export/edition.h"

/* One file, ID.ics, for each service. */
GPtrArray *ical_build(const struct edition *edition);

#endif
