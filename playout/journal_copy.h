/* Journals of two machines made one: what one has more than the other is entered there, as long as both began
 * alike. Each hash covers all before it, so revisions of the same number and hash are the same. */
#ifndef PLAYOUT_JOURNAL_COPY_H
#define PLAYOUT_JOURNAL_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/journal.h"

/* Enters into `to` what `from` has more: *copied revisions. False with a message in error, when they differ
 * from some revision on or one cannot be read or written; what was copied before stays. */
bool journal_copy(struct journal *from, struct journal *to, uint32_t *copied, char *error, size_t size);

/* Enters one revision as it is there, but for the file of a name (NULL: whole, and the hash comes out the
 * same). False with a message in error. */
bool journal_copy_revision(struct journal *from, struct journal *to, const struct journal_revision *revision,
                           const char *without, char *error, size_t size);
/* Makes the file a copy of the journal, to be opened as JOURNAL_KEPT; whole or not at all, then false. */
bool journal_keep(struct journal *journal, const char *path);

#endif
