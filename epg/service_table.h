/* SDT actual and SDT other (EN 300 468 5.2.3): the services of a multiplex by name and components, and what
 * of the guide is told of them in this stream. */
#ifndef EPG_SERVICE_TABLE_H
#define EPG_SERVICE_TABLE_H

#include "epg/section_list.h"
#include "epg/wording.h"
#include "mux/house.h"

enum service_table { SERVICES_ACTUAL = 0x42, SERVICES_OTHER = 0x46 }; /* table_id */

/* Adds the sub_table of a multiplex; houses: of its services; `guide`: what of their events this stream
 * tells. What must be said of a service's name stands at the service's line. */
void service_table_build(struct section_list *list, enum service_table table,
                         const struct multiplex_plan *multiplex, enum guide_others guide,
                         const struct house *houses, const struct wording *wording);

#endif
