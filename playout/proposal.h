/* A change of what airs, before it is entered into the journal: the timetables, station and actions that are
 * to hold, the second from which they do, and what that does to the air, the guide and later items.
 *
 * Revisions that hold later are made again as well (alteration.h): with an action that is entered, or with
 * their own actions on timetables that are loaded. */
#ifndef PLAYOUT_PROPOSAL_H
#define PLAYOUT_PROPOSAL_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/ahead.h"
#include "playout/draft.h"
#include "playout/revisions.h"
#include "playout/terminal.h"

/* From when a revision may hold, in seconds from now: `play` finds and builds it, and what it has read
 * already up to two seconds before is read again (ahead.h). */
#define PROPOSAL_URGENT 4
/* What it must be at least when it is entered; what has taken longer is proposed again. */
#define PROPOSAL_LEAST 3
/* For what can wait: nothing needs to be read again. */
#define PROPOSAL_EARLIEST (2 + 1 + AHEAD_SECONDS)
/* Any second that is said, for who only asks. */
#define PROPOSAL_ANY (INT64_MIN / 2)

struct proposal_step { /* a revision that is to be entered */
    int64_t from;
    struct draft draft;
    struct studio next; /* of the draft, and lent by the station that it is of */
};

struct proposal {
    const char *directory;
    struct terminal *terminal;
    struct studio folder, station; /* DIR's, which may be broken; and lent: what holds at the second */
    struct revisions revisions;
    int64_t from;
    int64_t allowance; /* seconds that an earlier try has taken: the default second is so much later */
    uint32_t number;   /* of the revision that it will be */
    struct revision *before;
    bool loads; /* other timetables */
    struct proposal_step *steps;
    size_t step_count;
    struct diagnostics diagnostics;
};

/* These return an exit_code, and have said why when it is not EXIT_OK. proposal_fini() in either case. */
int proposal_init(struct proposal *proposal, const char *directory, struct terminal *terminal);
void proposal_fini(struct proposal *proposal);
/* From when it holds, `earliest` seconds from now or later; NULL: then. */
int proposal_set_second(struct proposal *proposal, const char *text, int64_t earliest);

/* One of these, once. */
int proposal_load(struct proposal *proposal); /* the folder: timetables and station.xml */
/* Takes copies. The sources of the actions, and one more unless it is NULL, get lessons where they have none.
 */
int proposal_act(struct proposal *proposal, const struct action *actions, size_t count, const char *source);
/* The lessons that are there by now, and what is to be done of those that came late (late.h). */
int proposal_bind(struct proposal *proposal);
int proposal_revoke(struct proposal *proposal, uint32_t number); /* as if it had not been entered */

/* Is it what holds then already, and for good? */
bool proposal_is_nothing(const struct proposal *proposal);
/* Does another station hold from its second on? `play` then begins anew. */
bool proposal_changes_station(const struct proposal *proposal);
/* Tells what it does; true when viewers see something that they would not expect. */
bool proposal_tell(const struct proposal *proposal);
/* *again: somebody else has entered something meanwhile, or it has taken too long; nothing is entered, and it
 * may be proposed once more. */
int proposal_enter(struct proposal *proposal, bool *again);

#endif
