/* What is on air and next, as a person reads it: all services at the start, then each change as it happens.
 */
#ifndef PLAYOUT_BOARD_H
#define PLAYOUT_BOARD_H

#include <stdint.h>

#include "playout/channel.h"
#include "playout/terminal.h"

/* Prints a table of all services of a multiplex at a second. */
void board_print(const struct channel *channel, int64_t second, const struct terminal *terminal);
/* Prints a line for each service that changes over at this second; `before` held in the second before it. */
void board_print_changes(const struct channel *before, const struct channel *channel, int64_t second,
                         const struct terminal *terminal);

#endif
