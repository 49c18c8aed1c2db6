/* The beginning of a journal: revision 0, what was on air before the first change.
 *
 * A station that has no journal airs its folder of timetables. When that is edited, what it was is lost; so
 * `play` keeps what it went on air with in DIR/state/journal.0, and the first action makes it the journal. */
#ifndef PLAYOUT_BEGINNING_H
#define PLAYOUT_BEGINNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/draft.h"
#include "playout/journal.h"
#include "playout/studio.h"

/* Keeps the folder that this plan was made of; `content` is what a journal knows it by. False when it is not
 * that any more, or cannot be written. */
bool beginning_write(const struct studio *station, const struct plan *plan, uint8_t content[JOURNAL_HASH]);

/* Opens the journal for entering. When there is none it is made of what was kept, else of the draft. NULL
 * with a message in error. */
struct journal *beginning_open(const struct draft *draft, int64_t now, char *error, size_t size);

#endif
