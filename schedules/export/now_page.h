/* What is on now and next on every service, for phones: one page that carries its data, tells the time by the
 * phone's clock in the station's zone, and needs no network. */
#ifndef SCHEDULES_EXPORT_NOW_PAGE_H
#define SCHEDULES_EXPORT_NOW_PAGE_H

#include "schedules/export/edition.h"

/* mondays: for each service of the edition, what week_page_mondays() gives. */
GString *now_page_build(const struct edition *edition, GArray *const *mondays);

#endif
