/* Everything is built and checked in this process before one row is written: `play` finds nothing in the
 * journal that it cannot air. */
#include "playout/alteration.h"

#include <glib.h>
#include <string.h>

#include "playout/channel.h"
#include "playout/command.h"
#include "playout/kept.h"
#include "playout/report.h"

static int refuse(struct proposal *proposal, const char *why)
{
    for (size_t i = 0; i < proposal->step_count; i++)
        report_diagnostics(&proposal->steps[i].next.diagnostics, proposal->terminal);
    report_diagnostics(&proposal->diagnostics, proposal->terminal);
    return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: %s", why);
}

/* --- a step */

static struct proposal_step *add_step(struct proposal *proposal, int64_t from)
{
    if (!proposal->steps) /* all at once: what a studio has made knows where the studio is */
        proposal->steps = g_new0(struct proposal_step, proposal->revisions.count + 1);
    struct proposal_step *step = &proposal->steps[proposal->step_count++];
    *step = (struct proposal_step){.from = from};
    return step;
}

static struct actions *new_actions(const struct proposal *proposal)
{
    char *file = studio_file(&proposal->station, "timetables", DRAFT_ACTIONS);
    struct actions *actions = actions_new(file);
    g_free(file);
    return actions;
}

/* The lanes of its guide must find room in every multiplex. */
static bool fits(struct proposal *proposal, const struct studio *next)
{
    bool good = true;
    for (size_t i = 0; i < next->station->multiplex_count; i++) {
        struct channel channel;
        good = channel_init(&channel, next, i, &proposal->diagnostics) && good;
        channel_fini(&channel);
    }
    return good;
}

/* What aired, and what the timetables had themselves when they are of a revision. */
static struct bindings *list_aired(const struct studio *aired, const struct draft *draft)
{
    const struct journal_file *file = draft_get_companion(draft, DRAFT_BINDINGS);
    struct bindings *bindings = binder_build_aired(aired);
    struct bindings *own = file ? bindings_parse(file->bytes, file->length) : NULL;
    bindings_complete(bindings, own);
    bindings_free(&own);
    return bindings;
}

/* Builds what a draft makes, with its actions and the lessons that `aired` has or that are wished for. */
static int open_step(struct proposal *proposal, struct proposal_step *step, const struct actions *actions,
                     const struct studio *aired, const struct binder_wish *wish)
{
    struct draft *draft = &step->draft;
    draft->entering = step == proposal->steps ? proposal->number : 0;
    draft_set_actions(draft, actions);
    studio_lend(draft->studio, &step->next);
    if (!studio_take_plan(&step->next, draft_parse(draft, &step->next.diagnostics)))
        return refuse(proposal, "memory is out");
    binder_bind(&step->next, list_aired(aired, draft), wish);
    library_tell_absent(step->next.library, &step->next.diagnostics);
    draft_set_bindings(draft, step->next.bindings);
    if (step->next.diagnostics.errors > 0)
        return refuse(proposal, "mend what is said above first");
    if (!studio_open_guide(&step->next, &proposal->diagnostics) || !fits(proposal, &step->next))
        return refuse(proposal, "the timetables do not fit in the multiplex");
    return EXIT_OK;
}

/* --- all of them */

bool alteration_take_folder(struct proposal *proposal, size_t index, const void *context, struct draft *draft)
{
    (void)index;
    (void)context;
    return draft_init(draft, &proposal->folder, &proposal->diagnostics);
}

/* The timetables that an entry has, or the folder where there is no journal. */
bool alteration_take_own(struct proposal *proposal, size_t index, const void *context, struct draft *draft)
{
    const struct revisions *revisions = &proposal->revisions;
    if (revisions->entered == 0)
        return alteration_take_folder(proposal, index, context, draft);
    return alteration_take_revision(proposal, revisions->entries[index].number, draft);
}

bool alteration_take_revision(struct proposal *proposal, uint32_t number, struct draft *draft)
{
    const struct revisions *revisions = &proposal->revisions;
    const struct studio *station =
        stations_get(revisions->stations, revisions->journal, number, &proposal->diagnostics);
    return station && draft_init_revision(draft, station, revisions->journal, number, &proposal->diagnostics);
}

/* Nothing has changed since the step before: it goes on. */
static void drop_superfluous(struct proposal *proposal)
{
    struct proposal_step *last = &proposal->steps[proposal->step_count - 1];
    if (proposal->step_count < 2 || memcmp(last[-1].draft.content, last->draft.content, JOURNAL_HASH) != 0)
        return;
    studio_close(&last->next);
    draft_fini(&last->draft);
    proposal->step_count--;
}

static int alter_entry(struct proposal *proposal, size_t index, int64_t from,
                       const struct alteration *alteration)
{
    struct diagnostics unsaid = {0}; /* it was told when it was entered */
    struct revision *base = revision_new(&proposal->revisions, index, &unsaid);
    struct proposal_step *step = add_step(proposal, from);
    struct actions *actions = new_actions(proposal);
    int code = EXIT_ERRORS;
    if (base && alteration->take(proposal, index, alteration->context, &step->draft)) {
        kept_add(base->studio.plan, proposal->from, actions);
        if (alteration->change)
            alteration->change(actions, alteration->context, proposal->number);
        code = open_step(proposal, step, actions, &base->studio, &alteration->wish);
    } else {
        code = refuse(proposal,
                      base ? "the timetables cannot be read" : "what was entered before cannot be read");
    }
    actions_free(&actions);
    revision_free(&base);
    diagnostics_fini(&unsaid);
    return code;
}

int alteration_apply(const struct alteration *alteration, struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    const size_t first = revisions_find(revisions, proposal->from);
    int code = EXIT_OK;
    for (size_t i = first; code == EXIT_OK && i < revisions->count; i++) {
        code = alter_entry(proposal, i, i == first ? proposal->from : revisions->entries[i].from, alteration);
        if (code == EXIT_OK)
            drop_superfluous(proposal);
    }
    return code;
}
