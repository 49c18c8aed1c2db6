/* TDT and TOT (EN 300 468 5.2.5 and 5.2.6): the second in which they leave, and the zone's offset.
 *
 * Written by hand and without allocation, since a new one is needed in every second on air. */
#ifndef EPG_TIME_TABLE_H
#define EPG_TIME_TABLE_H

#include <stdint.h>

#include "schedules/station.h"

#define TIME_TABLE_PID 0x0014
#define TIME_TABLE_TDT_BYTES 8
#define TIME_TABLE_TOT_BYTES 29

/* The packet of `second` (188 bytes): a TDT when it is even, a TOT when it is odd. UTC_time is `second`. */
void time_table_build(const struct station *station, int64_t second, uint8_t *packet);

#endif
