/* Where a rendering goes: a file, standard output, nowhere, or into a hash.
 * A file appears under its name when it is complete; a rendering that stops leaves nothing behind. */
#ifndef PLAYOUT_SINK_H
#define PLAYOUT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink;

/* name: "-", "null", "sha256" or a path. NULL with errno set. */
struct sink *sink_new(const char *name);
/* False with errno set. */
bool sink_write(struct sink *sink, const uint8_t *bytes, size_t length);
/* Completes it: the file gets its name, the hash is printed to standard output. Frees the sink whatever
 * happens and nulls it. False with errno set. */
bool sink_finish(struct sink **sink);
/* Gives up; what was written so far is removed. */
void sink_free(struct sink **sink);

#endif
