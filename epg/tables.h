/* The tables that do not change with time: PAT and PMT (ISO/IEC 13818-1 2.4.4.4 and 2.4.4.9), NIT actual and
 * SDT actual (EN 300 468 5.2.1 and 5.2.3), as the packets of their lanes.
 *
 * version_number is a digest of the table, so receivers notice an edited station without any memory of what
 * was sent before. */
#ifndef EPG_TABLES_H
#define EPG_TABLES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/wording.h"
#include "mux/house.h"
#include "schedules/station.h"

#define TABLES_PID_PAT 0x0000 /* EN 300 468 Table 1 */
#define TABLES_PID_NIT 0x0010
#define TABLES_PID_SDT 0x0011

struct tables_entry {
    uint8_t *packets; /* count * 188 bytes; the counters are set on air */
    uint32_t count;
};

/* Each builds all sections of one table. False when memory is out; *table is then empty. */
bool tables_build_pat(struct tables_entry *table, const struct multiplex_plan *multiplex);
bool tables_build_pmt(struct tables_entry *table, const struct service *service, const struct house *house);
/* Lists every multiplex of the station; houses: of every service of the station, in their order. */
bool tables_build_nit(struct tables_entry *table, const struct station *station, const struct house *houses,
                      const struct wording *wording);
/* What must be said about a service's name stands at the service's line; houses: of the multiplex's services.
 */
bool tables_build_sdt(struct tables_entry *table, const struct station *station, size_t multiplex,
                      const struct house *houses, const struct wording *wording);
void tables_fini(struct tables_entry *table);

#endif
