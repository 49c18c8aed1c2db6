/* The tables that do not change with time: PAT and PMT (ISO/IEC 13818-1 2.4.4.4 and 2.4.4.9), NIT, SDT and
 * BAT (EN 300 468 5.2.1 to 5.2.3), each PID's as the carousel of its lane. */
#ifndef EPG_TABLES_H
#define EPG_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/carousel.h"
#include "epg/wording.h"
#include "mux/house.h"
#include "schedules/station.h"

#define TABLES_PID_PAT 0x0000 /* EN 300 468 Table 1 */
#define TABLES_PID_NIT 0x0010
#define TABLES_PID_SDT 0x0011 /* and BAT */

/* Each builds all sections of one PID. False when memory is out; *lane is then empty. `houses` of PMT is the
 * service's; of the others those of every service of the station, in their order. What must be said about a
 * name stands at the line of the service, network or bouquet, and is said once for each way in which the
 * station codes texts: by the multiplex of the service, or the first that is coded so. */
bool tables_build_pat(struct carousel *lane, const struct multiplex_plan *multiplex);
bool tables_build_pmt(struct carousel *lane, const struct service *service, const struct house *house);
/* NIT actual, which lists every multiplex of the network of this one, and NIT other of the other networks. */
bool tables_build_nit(struct carousel *lane, const struct station *station, size_t multiplex,
                      const struct house *houses, const struct wording *wording);
/* SDT actual; SDT other of the multiplexes that this one tells of, with flags by `others`: what of their
 * events it tells; a BAT for each bouquet. */
bool tables_build_sdt(struct carousel *lane, const struct station *station, size_t multiplex,
                      enum guide_others others, const struct house *houses, const struct wording *wording);

#endif
