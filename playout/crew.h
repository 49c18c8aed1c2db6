/* The crew: the threads that keep all multiplexes filled ahead of the air. A few of them read lessons, each
 * for its share of the multiplexes, and may be held up by a disk; one builds tables and never is. */
#ifndef PLAYOUT_CREW_H
#define PLAYOUT_CREW_H

#include <stddef.h>

#include "playout/ahead.h"

#define CREW_READER "reader" /* names of the threads, as ps and top show them */
#define CREW_BUILDER "builder"

struct crew;

/* Starts on filled rings, which must outlive the crew; the list is copied. NULL when memory or threads are
 * out. */
struct crew *crew_new(struct ahead *const *aheads, size_t count);
/* Ends the threads, when they have read what they are reading. */
void crew_free(struct crew **crew);

#endif
