/* Days and digits as EN 300 468 Annex C writes them: Modified Julian Date and BCD. */
#ifndef EPG_MJD_H
#define EPG_MJD_H

#include <stdint.h>

#define MJD_TIME_BYTES 5
#define MJD_LENGTH_BYTES 3
#define MJD_DAY 86400 /* seconds of a UTC day; the stream's time scale has no leap seconds */

/* Two decimal digits in one byte; value 0-99. */
uint8_t mjd_bcd(unsigned value);

/* Days since 1970-01-01 UTC, also before it. */
int64_t mjd_day(int64_t at);

/* UTC_time: 16 bits of MJD, then hhmmss. Of the date only the low 16 bits go out: they return to 0 on 23
 * April 2038, receivers then count on from 65 536. */
void mjd_build_time(int64_t at, uint8_t out[MJD_TIME_BYTES]);

/* duration: hhmmss, 0 .. 359 999 s. */
void mjd_build_length(int64_t seconds, uint8_t out[MJD_LENGTH_BYTES]);

#endif
