/* The revisions on air: the one that holds, and those that follow it while the station is on air.
 *
 * Looks into the journal a few times a second. What comes next is built by a thread of its own while there is
 * still time, handed to the rings, and holds from its second on; what no ring uses any more is freed. All of
 * it belongs to the thread that tells the operator. */
#ifndef PLAYOUT_SUCCESSION_H
#define PLAYOUT_SUCCESSION_H

#include <stddef.h>
#include <stdint.h>

#include "playout/ahead.h"
#include "playout/revisions.h"
#include "playout/terminal.h"

#define SUCCESSION_AHEAD 30 /* seconds before it holds a revision is built */

/* Says what happened: `what` is a word, `text` the rest of the line. */
typedef void succession_tell(void *context, enum style style, const char *what, const char *text);

struct succession;

/* Begins with a revision that is on air, of which it becomes the owner; `aheads` are the rings of all
 * multiplexes, which must outlive it, as the revisions must. `begins`: where there is no journal, one is
 * begun with what is on air (beginning.h), which is not for rehearsals. Never NULL. */
struct succession *succession_new(struct revisions *revisions, struct revision *first,
                                  struct ahead *const *aheads, size_t count, bool begins);
/* When nothing is on air any more, and the rings are gone. */
void succession_free(struct succession **succession);

/* Call a few times a second, which is `second` of the stream. Tells of lessons, too, that are found not to be
 * what their names say (verifier.h). */
void succession_turn(struct succession *succession, int64_t second, succession_tell *tell, void *context);

/* A revision that follows and is of another station, of which the caller becomes the owner; NULL: none. The
 * rings cannot take it: another broadcast begins with it. What comes behind it is left to that, as long as
 * it is to hold and is not forgotten. */
struct revision *succession_take_next(struct succession *succession);
void succession_forget_next(struct succession *succession);
/* From now on nothing is built any more, unless the next is forgotten: the revisions are another one's. False
 * when something just is: ask again. */
bool succession_rest(struct succession *succession);

/* The revision that holds in a second, one that succession_turn() was called in or the one before it. */
const struct revision *succession_at(const struct succession *succession, int64_t second);

#endif
