/* What a revision entered, be it an action or timetables, taken out of all that holds now or later. */
#include <glib.h>
#include <string.h>

#include "playout/alteration.h"
#include "playout/command.h"

/* What a revision entered, as if it had not been. */
struct revocation {
    uint32_t action; /* revision of the actions, or ... */
    uint32_t load;   /* ... of the timetables and the station; 0: none */
};

static void remove_actions(struct actions *actions, const void *context, uint32_t number)
{
    (void)number;
    actions_remove(actions, ((const struct revocation *)context)->action);
}

/* Do two revisions have the same timetables and station? */
static bool is_same_load(struct proposal *proposal, uint32_t one, uint32_t other)
{
    const struct revisions *revisions = &proposal->revisions;
    struct diagnostics *diagnostics = &proposal->diagnostics;
    uint8_t content[2][JOURNAL_HASH];
    return journal_get_timetables(revisions->journal, one, content[0]) &&
           journal_get_timetables(revisions->journal, other, content[1]) &&
           memcmp(content[0], content[1], JOURNAL_HASH) == 0 &&
           stations_get(revisions->stations, revisions->journal, one, diagnostics) ==
               stations_get(revisions->stations, revisions->journal, other, diagnostics);
}

/* Does an entry have what a revision loaded, and not what the one before that had already? */
static bool has_load(struct proposal *proposal, size_t index, uint32_t number)
{
    return number > 0 && is_same_load(proposal, proposal->revisions.entries[index].number, number) &&
           !is_same_load(proposal, number, number - 1);
}

static bool take_unrevoked(struct proposal *proposal, size_t index, const void *context, struct draft *draft)
{
    const uint32_t number = ((const struct revocation *)context)->load;
    if (!has_load(proposal, index, number))
        return alteration_take_own(proposal, index, context, draft);
    return alteration_take_revision(proposal, number - 1, draft);
}

static bool has_action(const struct actions *actions, uint32_t number)
{
    for (size_t i = 0; actions && i < actions->count; i++)
        if (actions->list[i].revision == number)
            return true;
    return false;
}

/* The action with which a revision was entered, when it is one of several that were: it has the number of the
 * first. 0: none. */
static uint32_t find_first(const struct actions *actions, uint32_t number, const struct journal_revision *all)
{
    uint32_t newest = 0;
    for (size_t i = 0; actions && i < actions->count; i++)
        newest = MAX(newest, actions->list[i].revision);
    return newest < number && all[newest].entered_at == all[number].entered_at ? newest : 0;
}

/* Looks for what a revision entered in all that holds from the proposal's second on. */
static struct revocation find_revocation(struct proposal *proposal, uint32_t number,
                                         const struct journal_revision *all)
{
    const struct revisions *revisions = &proposal->revisions;
    struct revocation found = {0};
    for (size_t i = revisions_find(revisions, proposal->from); i < revisions->count; i++) {
        struct diagnostics unsaid = {0};
        struct revision *entry = revision_new(revisions, i, &unsaid);
        const struct actions *actions = entry ? plan_actions(entry->studio.plan) : NULL;
        const uint32_t first = entry && entry->number == number ? find_first(actions, number, all) : 0;
        if (has_action(actions, number))
            found.action = number;
        else if (first)
            found.action = first;
        else if (has_load(proposal, i, number))
            found.load = number;
        revision_free(&entry);
        diagnostics_fini(&unsaid);
    }
    return found;
}

int proposal_revoke(struct proposal *proposal, uint32_t number)
{
    if (number == 0 || number >= proposal->revisions.entered)
        return command_fail(
            &command_act, EXIT_ERRORS,
            "nothing is entered: there is no revision %u; `chalkcast act list` tells which are", number);
    struct journal_revision *all;
    size_t count;
    if (!journal_list(proposal->revisions.journal, &all, &count))
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: %s",
                            journal_fault(proposal->revisions.journal));
    const struct revocation revocation = find_revocation(proposal, number, all);
    g_free(all);
    if (revocation.action == 0 && revocation.load == 0)
        return command_fail(&command_act, EXIT_ERRORS,
                            "nothing is entered: what revision %u entered does not hold any more", number);
    const struct alteration alteration = {
        .take = take_unrevoked, .change = remove_actions, .context = &revocation};
    return alteration_apply(&alteration, proposal);
}
