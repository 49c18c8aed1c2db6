/* BAT (EN 300 468 5.2.2): the services of each school stage, in whatever multiplex, by a name of their own.
 */
#ifndef EPG_BOUQUET_TABLE_H
#define EPG_BOUQUET_TABLE_H

#include "epg/section_list.h"
#include "epg/wording.h"
#include "mux/house.h"

/* Adds the sub_table of a bouquet; houses: of every service of the station, in their order. What must be said
 * of its name stands at the bouquet's line. */
void bouquet_table_build(struct section_list *list, const struct station *station,
                         const struct bouquet *bouquet, const struct house *houses,
                         const struct wording *wording);

#endif
