#include "playout/proposal.h"

#include <glib.h>
#include <string.h>
#include <time.h>

#include "playout/alteration.h"
#include "playout/command.h"
#include "playout/late.h"
#include "playout/report.h"
#include "schedules/calendar.h"

static const char *time_text(const struct proposal *proposal, int64_t second, char text[CALENDAR_TEXT])
{
    return calendar_format(second, proposal->station.station->zone, "%Y-%m-%d %H:%M:%S", text);
}

/* --- what is there */

static int fail(struct proposal *proposal, const char *why)
{
    report_diagnostics(&proposal->diagnostics, proposal->terminal);
    return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: %s", why);
}

static bool take_station(struct proposal *proposal, int64_t second)
{
    const bool good = revisions_settle(&proposal->revisions, second, &proposal->diagnostics);
    if (good)
        studio_lend(proposal->revisions.station, &proposal->station);
    return good;
}

int proposal_init(struct proposal *proposal, const char *directory, struct terminal *terminal)
{
    *proposal = (struct proposal){.directory = directory, .terminal = terminal};
    struct revisions *revisions = &proposal->revisions;
    studio_open_station(directory, &proposal->folder); /* a broken one is not loaded, that is all */
    if (!revisions_init(revisions, &proposal->folder, &proposal->diagnostics)) {
        report_diagnostics(&proposal->diagnostics, terminal);
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered");
    }
    if (!take_station(proposal, time(NULL)))
        return fail(proposal, "mend the station first");
    if (revisions->journal && !journal_verify(revisions->journal))
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: %s",
                            journal_fault(revisions->journal));
    proposal->number = MAX(revisions->entered, 1);
    return EXIT_OK;
}

void proposal_fini(struct proposal *proposal)
{
    for (size_t i = 0; i < proposal->step_count; i++) {
        studio_close(&proposal->steps[i].next);
        draft_fini(&proposal->steps[i].draft);
    }
    g_free(proposal->steps);
    revision_free(&proposal->before);
    revisions_fini(&proposal->revisions);
    studio_close(&proposal->folder);
    diagnostics_fini(&proposal->diagnostics);
}

/* What holds before it. A year of timetables takes its time: without a second that was asked for, the
 * earliest is later then. */
static int open_before(struct proposal *proposal, int64_t earliest, bool asked)
{
    const struct revisions *revisions = &proposal->revisions;
    for (;;) {
        if (!asked)
            proposal->from = time(NULL) + earliest + proposal->allowance;
        const size_t found = revisions_find(revisions, proposal->from - 1);
        if (proposal->before && proposal->before->number == revisions->entries[found].number)
            return take_station(proposal, proposal->from)
                       ? EXIT_OK
                       : fail(proposal, "what was entered before cannot be read");
        struct diagnostics unsaid = {0}; /* it was told when it was entered */
        revision_free(&proposal->before);
        proposal->before = revision_new(revisions, found, &unsaid);
        if (!proposal->before)
            report_diagnostics(&unsaid, proposal->terminal);
        diagnostics_fini(&unsaid);
        if (!proposal->before)
            return EXIT_WORLD;
    }
}

int proposal_set_second(struct proposal *proposal, const char *text, int64_t earliest)
{
    char at[CALENDAR_TEXT];
    uint32_t ns = 0;
    const int64_t first = time(NULL) + earliest;
    proposal->from = first;
    if (text && (!calendar_parse_instant(text, proposal->station.station->zone, &proposal->from, &ns) || ns))
        return command_usage(&command_act,
                             "--from \"%s\" is not a whole second: 2020-03-02T08:00:00+08:00 is, or "
                             "2020-03-02T08:00:00 in the station's time",
                             text);
    if (proposal->from < first)
        return command_fail(&command_act, EXIT_ERRORS,
                            "nothing is entered: --from \"%s\" is too early, what airs until then is read or "
                            "on its way; from %s on it may be",
                            text, time_text(proposal, first, at));
    return open_before(proposal, earliest, text != NULL);
}

/* --- deeds */

/* Is there a lesson of the source in the formats of all services that are to show it? */
static bool is_prepared(const struct proposal *proposal, const struct action *action, const struct item *item)
{
    const struct studio *next = &proposal->steps->next;
    const struct station *station = next->station;
    const size_t source = plan_find_source(next->plan, action->source);
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++) {
            const struct service *service = &station->multiplexes[m].services[s];
            const size_t format = next->formats.of[formats_service(&next->formats, m, s)];
            const bool shows = item ? service == item->service : action_is_on(action, service);
            const struct library_lesson *lesson = shows ? library_get(next->library, source, format) : NULL;
            if (shows && !(lesson && lesson->fault == LESSON_OK))
                return false;
        }
    return true;
}

/* A prepared lesson must be there when viewers are to see it at once. */
static int check_source(struct proposal *proposal, const struct action *action)
{
    const struct item *item = action->item ? plan_find_item(proposal->steps->next.plan, action->item) : NULL;
    if (!action->source || (item && item->start >= proposal->from) || is_prepared(proposal, action, item))
        return EXIT_OK;
    return command_fail(
        &command_act, EXIT_ERRORS,
        "nothing is entered: \"%s\" is not prepared; `chalkcast prepare` makes a lesson of it",
        action->source);
}

static struct binder_wish wish_for_all(const struct proposal *proposal)
{
    return (struct binder_wish){.all = true, .on_air = &proposal->before->studio, .from = proposal->from};
}

int proposal_load(struct proposal *proposal)
{
    proposal->loads = true;
    if (!proposal->folder.station) {
        report_diagnostics(&proposal->folder.diagnostics, proposal->terminal);
        return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: mend the station first");
    }
    return alteration_apply(
        &(struct alteration){.take = alteration_take_folder, .wish = wish_for_all(proposal)}, proposal);
}

struct addition {
    const struct action *actions;
    size_t count;
    int64_t from;
};

static void add_actions(struct actions *actions, const void *context, uint32_t number)
{
    const struct addition *addition = context;
    for (size_t i = 0; i < addition->count; i++) {
        struct action action = addition->actions[i];
        action.revision = number;
        action.from = addition->from;
        if (action.kind == ACTION_CUT && action.at == 0)
            action.at = addition->from;
        actions_add(actions, &action);
    }
}

/* Every action with the lessons that it asks for. */
static int open_actions(struct proposal *proposal, const struct action *actions, size_t count,
                        const struct binder_wish *wish)
{
    const struct addition addition = {actions, count, proposal->from};
    const struct alteration alteration = {
        .take = alteration_take_own, .change = add_actions, .context = &addition, .wish = *wish};
    int code = alteration_apply(&alteration, proposal);
    for (size_t i = 0; code == EXIT_OK && i < count; i++)
        code = check_source(proposal, &actions[i]);
    return code;
}

/* What an action shows: its own source, or that of its item. */
static const char *source_of(const struct proposal *proposal, const struct action *action)
{
    const struct item *item =
        action->item ? plan_find_item(proposal->before->studio.plan, action->item) : NULL;
    return action->source ? action->source : item ? item->source : "";
}

int proposal_act(struct proposal *proposal, const struct action *actions, size_t count, const char *source)
{
    const char **sources = g_new0(const char *, count + 1);
    for (size_t i = 0; i < count; i++)
        sources[i] = source_of(proposal, &actions[i]);
    sources[count] = source ? source : "";
    const int code = open_actions(proposal, actions, count,
                                  &(struct binder_wish){.sources = sources, .source_count = count + 1});
    g_free(sources);
    return code;
}

int proposal_bind(struct proposal *proposal)
{
    size_t lost;
    const struct binder_wish wish = wish_for_all(proposal);
    GArray *actions = late_list(&proposal->before->studio, proposal->from, proposal->before->until, &lost);
    const int code =
        open_actions(proposal, (const struct action *)(const void *)actions->data, actions->len, &wish);
    if (lost > 0)
        terminal_print(proposal->terminal, STYLE_YELLOW,
                       "%zu lessons that came late are over, and there is no empty time to repeat them\n",
                       lost);
    g_array_unref(actions);
    return code;
}

/* --- what it is */

bool proposal_is_nothing(const struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    const struct draft *draft = &proposal->steps->draft;
    const size_t first = revisions_find(revisions, proposal->from);
    if (revisions->entered == 0)
        return !draft_get_companion(draft, DRAFT_ACTIONS) &&
               draft_is_of(draft, proposal->before->studio.plan);
    bool same = proposal->step_count == revisions->count - first;
    for (size_t i = 0; same && i < proposal->step_count; i++)
        same = memcmp(revisions->entries[first + i].content, proposal->steps[i].draft.content,
                      JOURNAL_HASH) == 0;
    return same;
}

bool proposal_changes_station(const struct proposal *proposal)
{
    return proposal->steps->next.station != proposal->before->studio.station;
}
