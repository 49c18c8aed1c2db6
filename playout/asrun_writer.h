/* The as-run log being written: hears what the threads on air tell of each second (emission.h), and writes it
 * down a few times a second, in a thread of its own. Whatever the disk does, nobody on air waits; while it
 * does not take anything, seconds wait here and in the rings, and what these have no room for is a hole with
 * the reason "gap" in the log (law 8). */
#ifndef PLAYOUT_ASRUN_WRITER_H
#define PLAYOUT_ASRUN_WRITER_H

#include <stdbool.h>
#include <stddef.h>

#include "playout/emission.h"
#include "schedules/station.h"

struct asrun_writer;

/* Starts the thread. `rings` has one ring per multiplex of the station; rings and station must outlive it.
 * Where the log goes on, the hole since it ended is the first that is written; `follows`: it ended because
 * this station took over from another one. NULL with errno set. */
struct asrun_writer *asrun_writer_new(const char *folder, const struct station *station, bool follows,
                                      struct emission_ring *const *rings);
/* When nothing is sent any more: writes the rest and that it is the end. */
void asrun_writer_free(struct asrun_writer **writer);

/* Why the log is not written at the moment, as errno; 0: it is. Any thread may ask. */
int asrun_writer_fault(const struct asrun_writer *writer);

#endif
