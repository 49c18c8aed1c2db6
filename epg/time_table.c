/* Builds the one packet that tells receivers the time. */
#include "epg/time_table.h"

#include <stdlib.h>
#include <string.h>

#include "epg/mjd.h"
#include "mux/section.h"

#define OFFSET_DESCRIPTOR 10 /* where the local_time_offset_descriptor begins */
#define YEAR (INT64_C(365) * MJD_DAY)

static void put_offset(int32_t seconds, uint8_t out[2])
{
    unsigned minutes = (unsigned)abs(seconds) / 60;
    out[0] = mjd_bcd(minutes / 60 % 100);
    out[1] = mjd_bcd(minutes % 60);
}

/* local_time_offset_descriptor, EN 300 468 6.2.20. Where the offset does not change within a year the change
 * is to the same offset, a year from today. */
static void put_local_time_offset(const struct station *station, int64_t second, uint8_t out[15])
{
    int64_t change = zone_next_change(station->zone, second);
    int32_t now = zone_offset(station->zone, second), then = now;

    if (change == INT64_MAX)
        change = mjd_day(second) * MJD_DAY + YEAR;
    else
        then = zone_offset(station->zone, change);
    out[0] = 0x58;
    out[1] = 13;
    memcpy(out + 2, station->country, 3);
    /* country_region_id 0: one zone; polarity '1' is west of Greenwich, one bit for both offsets. */
    out[5] = 0x02 | (now < 0 || (now == 0 && then < 0));
    put_offset(now, out + 6);
    mjd_build_time(change, out + 8);
    put_offset(then, out + 13);
}

void time_table_build(const struct station *station, int64_t second, uint8_t *packet)
{
    uint8_t section[TIME_TABLE_TOT_BYTES] = {second % 2 ? 0x73 : 0x70, 0x70};
    size_t length = second % 2 ? TIME_TABLE_TOT_BYTES : TIME_TABLE_TDT_BYTES;

    section[2] = (uint8_t)(length - 3);
    mjd_build_time(second, section + 3);
    if (length == TIME_TABLE_TOT_BYTES) {
        section[8] = 0xF0;
        section[9] = TIME_TABLE_TOT_BYTES - OFFSET_DESCRIPTOR - 4; /* descriptors_loop_length */
        put_local_time_offset(station, second, section + OFFSET_DESCRIPTOR);
        uint32_t crc = section_crc32(section, TIME_TABLE_TOT_BYTES - 4);
        for (int i = 0; i < 4; i++)
            section[TIME_TABLE_TOT_BYTES - 4 + i] = (uint8_t)(crc >> (24 - 8 * i));
    }
    section_build_packets(section, length, TIME_TABLE_PID, 0, packet);
}
