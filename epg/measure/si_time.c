/* Reads UTC_time and duration fields (EN 300 468 Annex C). */
#include "epg/measure/si_time.h"

#define MJD_OF_1970 40587
#define MJD_OLDEST 0x5840 /* of 1920; the 16 bits return to 0 in 2038, smaller numbers are later days */
#define SECONDS_PER_DAY INT64_C(86400)

/* hhmmss in BCD. */
static bool parse_digits(const uint8_t field[3], int64_t *seconds)
{
    static const int64_t weight[3] = {3600, 60, 1};
    *seconds = 0;
    for (int i = 0; i < 3; i++) {
        unsigned high = field[i] >> 4, low = field[i] & 0x0F;
        if (high > 9 || low > 9 || (i > 0 && high > 5))
            return false;
        *seconds += (high * 10 + low) * weight[i];
    }
    return true;
}

bool si_time_parse(const uint8_t field[SI_TIME_BYTES], int64_t *second)
{
    int64_t day = field[0] << 8 | field[1], of_day;
    if (!parse_digits(field + 2, &of_day) || of_day >= SECONDS_PER_DAY)
        return false;
    if (day < MJD_OLDEST)
        day += 0x10000;
    *second = (day - MJD_OF_1970) * SECONDS_PER_DAY + of_day;
    return true;
}

bool si_time_parse_length(const uint8_t field[SI_LENGTH_BYTES], int64_t *seconds)
{
    return parse_digits(field, seconds);
}
