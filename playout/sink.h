/* Where a rendering goes: a file, standard output, nowhere, into a hash, or to a function.
 * A file appears under its name when it is complete; a rendering that stops leaves nothing behind. */
#ifndef PLAYOUT_SINK_H
#define PLAYOUT_SINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sink;

/* name: "-", "null", "sha256" or a path. NULL with errno set. */
struct sink *sink_new(const char *name);
/* Calls `write` with every block; it returns false with errno set to end the rendering. */
typedef bool sink_function(void *context, const uint8_t *bytes, size_t length);
struct sink *sink_new_function(sink_function *write, void *context);
/* False with errno set. */
bool sink_write(struct sink *sink, const uint8_t *bytes, size_t length);
/* Completes it: the file gets its name, the hash is printed to standard output. Frees the sink whatever
 * happens and nulls it. False with errno set. */
bool sink_finish(struct sink **sink);
/* Gives up; what was written so far is removed. */
void sink_free(struct sink **sink);

#endif
