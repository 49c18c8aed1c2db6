/* What another station.xml changes, as a person reads it: which services, multiplexes, outputs, formats and
 * other elements come, go or change, and what a changeover costs. */
#ifndef PLAYOUT_STATION_CHANGE_H
#define PLAYOUT_STATION_CHANGE_H

#include "playout/studio.h"
#include "playout/terminal.h"

/* How long at most nothing leaves when `after` follows `before` on air, in microseconds: what is left of the
 * datagram that would lie across the second, and of the first one behind it. */
int64_t station_change_gap_us(const struct station *before, const struct station *after);

/* Prints what is different when `after` follows `before`; a long list is shortened. */
void station_change_print(const struct studio *before, const struct studio *after,
                          const struct terminal *terminal);

#endif
