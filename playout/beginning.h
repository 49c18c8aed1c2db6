/* The beginning of a journal: revision 0, what was on air before the first change.
 *
 * A station that has no journal airs its folder of timetables and the best lessons that it has. When it goes
 * on air, that is entered, so that from then on nothing changes but by the journal: a folder that is edited,
 * a lesson that is added change nothing at the next start. Two machines that begin alike have the same
 * revision 0: it has no time of its own. */
#ifndef PLAYOUT_BEGINNING_H
#define PLAYOUT_BEGINNING_H

#include <stdbool.h>
#include <stddef.h>

#include "playout/journal.h"
#include "playout/studio.h"

/* Opens the journal for entering. When nothing is in it, what the studio airs is entered first, whose plan is
 * the folder's. NULL with a message in error, also when the folder is not what the plan was made of any more.
 */
struct journal *beginning_open(const struct studio *aired, char *error, size_t size);
/* Sees that the journal begins with what is on air. False with a message in error: it is something else, or
 * cannot be written. */
bool beginning_enter(const struct studio *aired, char *error, size_t size);

#endif
