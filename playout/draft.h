/* The folder of timetables as it is at one moment, whole in memory: what becomes a revision of the journal is
 * the very bytes that were checked. */
#ifndef PLAYOUT_DRAFT_H
#define PLAYOUT_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/journal.h"
#include "playout/studio.h"

struct draft {
    const struct studio *studio;
    struct journal_file *files; /* DIR/timetables/ *.xml in order of name */
    size_t count;
    uint8_t content[JOURNAL_HASH];
};

/* Reads it. False when the folder or a file cannot be read, or there is none: diagnostics say so.
 * draft_fini() in either case. The studio must outlive it. */
bool draft_init(struct draft *draft, const struct studio *studio, struct diagnostics *diagnostics);
void draft_fini(struct draft *draft);

/* The plan of it; its compiled form is where that of the revision is looked for (revisions.h). */
struct plan *draft_parse(const struct draft *draft, struct diagnostics *diagnostics);
/* Is it what this folder's plan was made of? */
bool draft_is_of(const struct draft *draft, const struct plan *plan);

#endif
