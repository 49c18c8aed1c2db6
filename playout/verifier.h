/* The verifier: a thread that works out whether lesson files are what their names say, and remembers it
 * (verification.h). Nothing waits for it; it gives way to everything: least priority for processor and disk,
 * and at work at most a third of the time.
 *
 * Readers' open files come first, then all files in the order in which they are due; in the next round only
 * those that have changed are read. A file that is not right is told once, and when it is right again. */
#ifndef PLAYOUT_VERIFIER_H
#define PLAYOUT_VERIFIER_H

#include <glib.h>

#include "playout/terminal.h"
#include "playout/verification.h"

#define VERIFIER_NAME "verifier" /* of the thread, as ps and top show it */

typedef void verifier_teller(void *context, enum style style, const char *what, const char *text);

struct verifier;

/* Takes the claims of readers from now on. The verification must outlive it. NULL when there is no thread to
 * be had. */
struct verifier *verifier_new(struct verification *verification);
/* When no reader is at work any more. Ends when what it is reading returns, and saves. */
void verifier_free(struct verifier **verifier);

/* From now on these files (due.h), in this order; the list becomes its own. For one thread, as the next. */
void verifier_set(struct verifier *verifier, GPtrArray *list);
/* Tells what was found since: `what` is a word, `text` the rest of the line. */
void verifier_tell(struct verifier *verifier, verifier_teller *tell, void *context);

#endif
