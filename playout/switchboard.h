/* Where a multiplex goes, as a person reads it: its outputs at the start, then each one that is switched. */
#ifndef PLAYOUT_SWITCHBOARD_H
#define PLAYOUT_SWITCHBOARD_H

#include <stdint.h>

#include "playout/announcer.h"
#include "playout/channel.h"

/* Prints how to watch each output that is on in a second, and which are off. */
void switchboard_print(const struct channel *channel, int64_t second, const struct terminal *terminal);
/* Tells each output that is switched at this second; `before` held in the second before it. */
void switchboard_tell(const struct channel *before, const struct channel *channel, int64_t second,
                      struct announcer *announcer);

#endif
