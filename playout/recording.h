/* A recording of the air, held against what was planned for it: for `guide --compare`. */
#ifndef PLAYOUT_RECORDING_H
#define PLAYOUT_RECORDING_H

#include "playout/revisions.h"

/* Reads a file ("-": standard input) and prints what differs from the revisions that were in force. Returns
 * an exit code. */
int recording_compare(const struct revisions *revisions, const char *file, struct diagnostics *diagnostics);

#endif
