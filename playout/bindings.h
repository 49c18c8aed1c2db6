/* What the bytes of a revision are made of, besides its timetables: the lesson behind each source in each
 * house format, by its hash, and the number of the stream format that the program makes.
 *
 * A file of the revision, beside its timetables (draft.h); text, so that a person can read it:
 *
 *   chalkcast-bindings 1
 *   stream-format 1
 *   HASH SECONDS VIDEO AUDIO SOURCE     one line each, in order of what follows SECONDS
 */
#ifndef PLAYOUT_BINDINGS_H
#define PLAYOUT_BINDINGS_H

#include <stddef.h>
#include <stdint.h>

#include "mux/house.h"
#include "mux/lesson.h"

/* Which bytes this program makes of what it is given. A change of the program that changes any byte of a
 * stream, the compiled-in picture included, raises it. */
#define BINDINGS_STREAM_FORMAT 1

struct binding {
    char hash[LESSON_HASH_MAX];
    uint32_t seconds; /* its length */
};

struct bindings;

/* None yet, of this program's stream format. Never NULL. */
struct bindings *bindings_new(void);
/* NULL when the bytes are no such file. */
struct bindings *bindings_parse(const char *bytes, size_t length);
void bindings_free(struct bindings **bindings);
/* The bytes of the file, to be freed with g_free(): the same bindings make the same bytes. */
char *bindings_build(const struct bindings *bindings, size_t *length);

uint32_t bindings_get_stream_format(const struct bindings *bindings);
/* NULL when there is no lesson behind the source in this format, or `bindings` is NULL. */
const struct binding *bindings_get(const struct bindings *bindings, const char *source,
                                   const struct house *house);
/* Adds those of others that it has not; of NULL nothing. */
void bindings_complete(struct bindings *bindings, const struct bindings *others);
/* In place of what it had. */
void bindings_set(struct bindings *bindings, const char *source, const struct house *house,
                  const struct binding *binding);

#endif
