/* What is about to become a revision of the journal, whole in memory: the folder of timetables as it is at
 * one moment, or the timetables of another revision, and behind them the actions that change them and the
 * station that they are of. What is entered is the very bytes that were checked. */
#ifndef PLAYOUT_DRAFT_H
#define PLAYOUT_DRAFT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/journal.h"
#include "playout/studio.h"
#include "schedules/action.h"

/* The files of a revision behind its timetables, in order of name; no timetable's begins with a dot. */
#define DRAFT_ACTIONS ".actions.xml"
#define DRAFT_BINDINGS ".bindings"   /* bindings.h */
#define DRAFT_STATION ".station.xml" /* as it was when the timetables were loaded (stations.h) */
#define DRAFT_COMPANIONS 3

struct draft {
    const struct studio *studio;
    struct journal_file *files; /* timetables in order of name, then its companions */
    size_t count;
    size_t timetables; /* how many of the files are */
    uint8_t content[JOURNAL_HASH], timetables_content[JOURNAL_HASH];
    uint32_t entering; /* number of the revision that it is to be (action.h) */
};

/* Reads DIR/timetables/ *.xml, and takes station.xml as the studio has read it. False when the folder or a
 * file cannot be read, or there is none: diagnostics say so. draft_fini() in either case. The studio must
 * outlive it. */
bool draft_init(struct draft *draft, const struct studio *studio, struct diagnostics *diagnostics);
/* Takes the files of a revision, whose station it is, from the journal. False when they cannot be read. */
bool draft_init_revision(struct draft *draft, const struct studio *studio, struct journal *journal,
                         uint32_t number, struct diagnostics *diagnostics);
void draft_fini(struct draft *draft);
/* Gives it a companion, which it owns from then on, in place of the one of this name; NULL: none. */
void draft_set_companion(struct draft *draft, const char *name, char *bytes, size_t length);
/* NULL when there is none. */
const struct journal_file *draft_get_companion(const struct draft *draft, const char *name);
/* Gives it actions, in place of those it has; none when the list is empty. */
void draft_set_actions(struct draft *draft, const struct actions *actions);
void draft_set_bindings(struct draft *draft, const struct bindings *bindings);

/* The plan of it; its compiled form is where that of the revision is looked for (revisions.h). */
struct plan *draft_parse(const struct draft *draft, struct diagnostics *diagnostics);
/* Is it what this folder's plan was made of? */
bool draft_is_of(const struct draft *draft, const struct plan *plan);

#endif
