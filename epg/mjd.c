/* Modified Julian Date and BCD (EN 300 468 Annex C), from Unix seconds. */
#include "epg/mjd.h"

#define MJD_OF_1970 40587

uint8_t mjd_bcd(unsigned value)
{
    return (uint8_t)(value / 10 << 4 | value % 10);
}

int64_t mjd_day(int64_t at)
{
    return at / MJD_DAY - (at % MJD_DAY < 0);
}

void mjd_build_time(int64_t at, uint8_t out[MJD_TIME_BYTES])
{
    int64_t day = mjd_day(at);
    uint16_t date = (uint16_t)(day + MJD_OF_1970);

    out[0] = date >> 8;
    out[1] = date & 0xFF;
    mjd_build_length(at - day * MJD_DAY, out + 2);
}

void mjd_build_length(int64_t seconds, uint8_t out[MJD_LENGTH_BYTES])
{
    out[0] = mjd_bcd((unsigned)(seconds / 3600));
    out[1] = mjd_bcd((unsigned)(seconds / 60 % 60));
    out[2] = mjd_bcd((unsigned)(seconds % 60));
}
