#include "playout/deed.h"

#include <stdio.h>
#include <time.h>

#include "playout/command.h"

#define TRIES 8 /* of entering it while others enter as well */

static void tell_nothing(const struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    if (revisions->entered == 0)
        fprintf(proposal->terminal->file, "nothing to enter: nothing has been on air yet but this\n");
    else
        fprintf(proposal->terminal->file,
                "nothing to enter: station.xml, timetables and lessons are those of revision %u\n",
                revisions->entries[revisions->count - 1].number);
}

static int tell_and_enter(const struct deed *deed, struct proposal *proposal, bool *again)
{
    if (proposal_is_nothing(proposal)) {
        if (!deed->quiet)
            tell_nothing(proposal);
        return EXIT_OK;
    }
    const bool warned = proposal_tell(proposal);
    const int code = deed->dry_run ? EXIT_OK : proposal_enter(proposal, again);
    return code == EXIT_OK && warned ? EXIT_WARNINGS : code;
}

static int try_once(const struct deed *deed, int64_t allowance, bool *again)
{
    struct proposal proposal;
    int code = proposal_init(&proposal, deed->directory, deed->terminal);
    *again = false;
    proposal.allowance = allowance;
    if (code == EXIT_OK)
        code = deed->propose(&proposal, deed->context);
    if (code == EXIT_OK)
        code = tell_and_enter(deed, &proposal, again);
    proposal_fini(&proposal);
    return code;
}

int deed_do(const struct deed *deed)
{
    int64_t allowance = 0;
    for (int i = 0; i < TRIES; i++) {
        const int64_t begun = time(NULL);
        bool again;
        const int code = try_once(deed, allowance, &again);
        if (!again)
            return code;
        allowance = time(NULL) - begun + 1;
    }
    return command_fail(&command_act, EXIT_WORLD, "nothing is entered: it came too late %d times", TRIES);
}
