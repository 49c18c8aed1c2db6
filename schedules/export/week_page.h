/* A service's week as a page: a timetable that prints on one sheet of A4, and a list by day on a phone. */
#ifndef SCHEDULES_EXPORT_WEEK_PAGE_H
#define SCHEDULES_EXPORT_WEEK_PAGE_H

#include "schedules/export/edition.h"

/* The Mondays (calendar_day()) of the weeks in which a service has events, in order; an array of int64_t. */
GArray *week_page_mondays(const struct edition *edition, const struct edition_service *service);
/* The name of the page of such a week. Free with g_free(). */
char *week_page_name(const struct edition_service *service, int64_t monday);
/* The same as it stands in a link. */
char *week_page_link(const struct edition_service *service, int64_t monday);

/* The page of the week `mondays[number]`. */
GString *week_page_build(const struct edition *edition, const struct edition_service *service,
                         const GArray *mondays, guint number);

#endif
