/* NIT actual and NIT other (EN 300 468 5.2.1): how receivers tune to the multiplexes of a network, which
 * services they have and which channel numbers those. */
#ifndef EPG_NETWORK_TABLE_H
#define EPG_NETWORK_TABLE_H

#include "epg/section_list.h"
#include "epg/wording.h"
#include "mux/house.h"

/* Adds the sub_table of a network; houses: of every service of the station, in their order. */
void network_table_build(struct section_list *list, const struct station *station,
                         const struct network *network, bool actual, const struct house *houses,
                         const struct wording *wording);

#endif
