/* What is on air in the next seconds, kept in memory ahead of time.
 *
 * One thread reads lessons, one builds EIT pages; the thread on air takes what is there and never waits. A
 * second of a service is whole in memory before its first slot or it is not used at all. */
#ifndef PLAYOUT_AHEAD_H
#define PLAYOUT_AHEAD_H

#include <stdint.h>

#include "playout/channel.h"
#include "playout/reader.h"

#define AHEAD_SECONDS 3 /* that are read beyond the one on air */

struct ahead;

/* Reads `second`, AHEAD_SECONDS more and their EIT pages, then starts the threads: a slow disk may take a
 * second or two, and what is on air by then is there. `report` is called while this reads and then from the
 * reading thread. NULL when memory or threads are out. */
struct ahead *ahead_new(const struct channel *channel, int64_t second, reader_report *report, void *context);
/* Ends the threads. */
void ahead_free(struct ahead **ahead);

/* The thread on air is now in this second: what lies before it may be written over. Never waits. */
void ahead_advance(struct ahead *ahead, int64_t second);
/* A second of a service, valid until ahead_advance(second + 1); NULL when it was not read in time. */
const struct lesson_second *ahead_take(struct ahead *ahead, size_t service, int64_t second);
/* The EIT page of this number (second / EIT_PERIOD); NULL when it was not built in time. */
const struct eit_page *ahead_take_eit(struct ahead *ahead, int64_t number);

#endif
