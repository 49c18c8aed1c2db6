/* What `play` tells the operator while on air: lines with their time on its terminal.
 *
 * One thread tells; the others only leave a line, which waits until that thread comes by, for a terminal may
 * be stopped and nothing on air may wait for it. */
#ifndef PLAYOUT_ANNOUNCER_H
#define PLAYOUT_ANNOUNCER_H

#include <stdint.h>

#include "playout/terminal.h"
#include "schedules/calendar.h"

struct announcer;

/* On standard output, in the time of the zone, which must outlive it. NULL when memory is out. */
struct announcer *announcer_new(const struct zone *zone);
void announcer_free(struct announcer **announcer);
const struct terminal *announcer_get_terminal(const struct announcer *announcer);

/* Tells a line of this second, "08:20:00  WHAT  text". */
void announcer_tell(struct announcer *announcer, int64_t second, enum style style, const char *what,
                    const char *format, ...) __attribute__((format(printf, 5, 6)));

/* From any thread: leaves a fault to be told. Some wait; of more only the number is. */
void announcer_leave(struct announcer *announcer, int64_t second, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Tells what was left. */
void announcer_turn(struct announcer *announcer, int64_t second);

#endif
