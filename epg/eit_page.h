/* The EIT page, as service_information.c hands it on. The rest of it is in epg/service_information.h. */
#ifndef EPG_EIT_PAGE_H
#define EPG_EIT_PAGE_H

#include <stdint.h>

#include "epg/eit_lane.h"
#include "epg/service_information.h"

/* What the lane carries in a second; it must be of the page that was built last. */
struct table_page eit_page_get(const struct eit_page *page, int64_t second);

/* The lane of a multiplex's service information, for eit_page_new(). */
const struct eit_lane *si_eit_lane(const struct si *si);

#endif
