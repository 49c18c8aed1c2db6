/* Instants and lengths as the sections of any station write them: MJD and BCD (EN 300 468 Annex C). */
#ifndef EPG_MEASURE_SI_TIME_H
#define EPG_MEASURE_SI_TIME_H

#include <stdbool.h>
#include <stdint.h>

#define SI_TIME_BYTES 5
#define SI_LENGTH_BYTES 3

/* Unix seconds. False when it is undefined (all ones) or its digits are none. */
bool si_time_parse(const uint8_t field[SI_TIME_BYTES], int64_t *second);
bool si_time_parse_length(const uint8_t field[SI_LENGTH_BYTES], int64_t *seconds);

#endif
