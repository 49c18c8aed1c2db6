/* Everything is built and checked in this process before one row is written: `play` finds nothing in the
 * journal that it cannot air. */
#include "playout/proposal.h"

#include <glib.h>
#include <string.h>
#include <time.h>

#include "playout/binder.h"
#include "playout/command.h"
#include "playout/effect.h"
#include "playout/kept.h"
#include "playout/late.h"
#include "playout/report.h"
#include "schedules/calendar.h"

static const char *time_text(const struct proposal *proposal, int64_t second, char text[CALENDAR_TEXT])
{
    return calendar_format(second, proposal->station.station->zone, "%Y-%m-%d %H:%M:%S", text);
}

static int refuse(struct proposal *proposal, const char *why)
{
    for (size_t i = 0; i < proposal->step_count; i++)
        report_diagnostics(&proposal->steps[i].next.diagnostics, proposal->terminal);
    report_diagnostics(&proposal->diagnostics, proposal->terminal);
    return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: %s", why);
}

/* --- what is there */

int proposal_init(struct proposal *proposal, const char *directory, struct terminal *terminal)
{
    *proposal = (struct proposal){.directory = directory, .terminal = terminal};
    struct revisions *revisions = &proposal->revisions;
    if (!studio_open_station(directory, &proposal->station)) {
        report_diagnostics(&proposal->station.diagnostics, terminal);
        return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: mend the station first");
    }
    if (!revisions_init(revisions, &proposal->station, &proposal->diagnostics)) {
        report_diagnostics(&proposal->diagnostics, terminal);
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered");
    }
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
    studio_close(&proposal->station);
    diagnostics_fini(&proposal->diagnostics);
}

/* What holds before it. A year of timetables takes its time: without a second that was asked for, the
 * earliest is later then. */
static int open_before(struct proposal *proposal, int64_t earliest, bool asked)
{
    size_t index = SIZE_MAX;
    for (;;) {
        if (!asked)
            proposal->from = time(NULL) + earliest;
        const size_t found = revisions_find(&proposal->revisions, proposal->from - 1);
        if (found == index)
            return EXIT_OK;
        index = found;
        struct diagnostics unsaid = {0}; /* it was told when it was entered */
        revision_free(&proposal->before);
        proposal->before = revision_new(&proposal->revisions, index, &unsaid);
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

/* --- drafts */

static struct proposal_step *add_step(struct proposal *proposal, int64_t from)
{
    if (!proposal->steps) /* all at once: what a studio has made knows where the studio is */
        proposal->steps = g_new0(struct proposal_step, proposal->revisions.count + 1);
    struct proposal_step *step = &proposal->steps[proposal->step_count++];
    *step = (struct proposal_step){.from = from};
    return step;
}

/* The timetables that an entry has, or the folder where there is no journal. */
static bool take_timetables(struct proposal *proposal, size_t index, struct draft *draft)
{
    const struct revisions *revisions = &proposal->revisions;
    if (revisions->entered == 0)
        return draft_init(draft, &proposal->station, &proposal->diagnostics);
    return draft_init_revision(draft, &proposal->station, revisions->journal,
                               revisions->entries[index].number, &proposal->diagnostics);
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
    for (size_t i = 0; i < proposal->station.station->multiplex_count; i++) {
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
    studio_lend(&proposal->station, &step->next);
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

static struct binder_wish wish_for_all(const struct proposal *proposal)
{
    return (struct binder_wish){.all = true, .on_air = &proposal->before->studio, .from = proposal->from};
}

int proposal_load(struct proposal *proposal)
{
    struct proposal_step *step = add_step(proposal, proposal->from);
    if (!draft_init(&step->draft, &proposal->station, &proposal->diagnostics))
        return refuse(proposal, "the timetables cannot be read");
    struct actions *actions = new_actions(proposal);
    kept_add(proposal->before->studio.plan, proposal->from, actions);
    const struct binder_wish wish = wish_for_all(proposal);
    const int code = open_step(proposal, step, actions, &proposal->before->studio, &wish);
    actions_free(&actions);
    return code;
}

/* Is there a lesson of the source in the formats of all services that are to show it? */
static bool is_prepared(const struct proposal *proposal, const struct action *action, const struct item *item)
{
    const struct studio *next = &proposal->steps->next;
    const struct station *station = proposal->station.station;
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

/* A step for what holds at the proposal's second, and one for each revision that holds later. */
static int open_steps(struct proposal *proposal,
                      void (*change)(struct actions *actions, const void *context, uint32_t number),
                      const void *context, const struct binder_wish *wish)
{
    const struct revisions *revisions = &proposal->revisions;
    const size_t first = revisions_find(revisions, proposal->from);
    int code = EXIT_OK;
    proposal->keeps = true;
    for (size_t i = first; code == EXIT_OK && i < revisions->count; i++) {
        struct diagnostics unsaid = {0};
        struct revision *base = revision_new(revisions, i, &unsaid);
        struct proposal_step *step =
            add_step(proposal, i == first ? proposal->from : revisions->entries[i].from);
        struct actions *actions = new_actions(proposal);
        if (base && take_timetables(proposal, i, &step->draft)) {
            kept_add(base->studio.plan, proposal->from, actions);
            change(actions, context, proposal->number);
            code = open_step(proposal, step, actions, &base->studio, wish);
        } else {
            code = refuse(proposal, "what was entered before cannot be read");
        }
        actions_free(&actions);
        revision_free(&base);
        diagnostics_fini(&unsaid);
    }
    return code;
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
    int code = open_steps(proposal, add_actions, &addition, wish);
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

static void remove_actions(struct actions *actions, const void *context, uint32_t number)
{
    (void)number;
    actions_remove(actions, *(const uint32_t *)context);
}

/* The timetables of the revision before one, with the actions that hold now. */
static int load_before(struct proposal *proposal, uint32_t number)
{
    struct proposal_step *step = add_step(proposal, proposal->from);
    if (!draft_init_revision(&step->draft, &proposal->station, proposal->revisions.journal, number - 1,
                             &proposal->diagnostics))
        return refuse(proposal, "what was entered before cannot be read");
    struct actions *actions = new_actions(proposal);
    kept_add(proposal->before->studio.plan, proposal->from, actions);
    const int code = open_step(proposal, step, actions, &proposal->before->studio, &(struct binder_wish){0});
    actions_free(&actions);
    return code;
}

/* Are the timetables that hold those of a revision, and not of the one before it already? */
static bool holds_timetables(const struct proposal *proposal, uint32_t number)
{
    struct journal *journal = proposal->revisions.journal;
    uint8_t now[JOURNAL_HASH], then[JOURNAL_HASH], before[JOURNAL_HASH];
    return journal_get_timetables(journal, proposal->before->number, now) &&
           journal_get_timetables(journal, number, then) &&
           journal_get_timetables(journal, number - 1, before) && memcmp(now, then, sizeof now) == 0 &&
           memcmp(then, before, sizeof then) != 0;
}

int proposal_revoke(struct proposal *proposal, uint32_t number)
{
    const struct actions *actions = plan_actions(proposal->before->studio.plan);
    bool acted = false;
    for (size_t i = 0; actions && i < actions->count; i++)
        acted = acted || actions->list[i].revision == number;
    if (number == 0 || number >= proposal->revisions.entered)
        return command_fail(
            &command_act, EXIT_ERRORS,
            "nothing is entered: there is no revision %u; `chalkcast act list` tells which are", number);
    if (!acted && !holds_timetables(proposal, number))
        return command_fail(&command_act, EXIT_ERRORS,
                            "nothing is entered: what revision %u entered does not hold any more", number);
    return acted ? open_steps(proposal, remove_actions, &number, &(struct binder_wish){0})
                 : load_before(proposal, number);
}

/* --- the effect */

bool proposal_is_nothing(const struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    const struct draft *draft = &proposal->steps[proposal->step_count - 1].draft;
    const size_t index = revisions_find(revisions, proposal->from);
    if (revisions->entered == 0)
        return !draft_get_companion(draft, DRAFT_ACTIONS) &&
               draft_is_of(draft, proposal->before->studio.plan);
    return index + 1 == revisions->count &&
           memcmp(revisions->entries[index].content, draft->content, JOURNAL_HASH) == 0;
}

/* Revisions that were to hold later never will, or will with the action. */
static void tell_later(const struct proposal *proposal)
{
    char text[CALENDAR_TEXT];
    for (size_t i = 0; i < proposal->revisions.count; i++) {
        const struct journal_revision *entry = &proposal->revisions.entries[i];
        if (entry->from < proposal->from || (entry->from == proposal->from && proposal->keeps))
            continue;
        terminal_print(proposal->terminal, STYLE_YELLOW,
                       proposal->keeps ? "revision %u, which is to hold from %s on, takes it over\n"
                                       : "revision %u, which was to hold from %s on, never will\n",
                       entry->number, time_text(proposal, entry->from, text));
    }
}

/* What is shown over the items changes none of them. */
static void tell_overlays(const struct proposal *proposal)
{
    const struct actions *actions = plan_actions(proposal->steps->next.plan);
    char until[CALENDAR_TEXT];
    for (size_t i = 0; actions && i < actions->count; i++) {
        const struct action *action = &actions->list[i];
        if (action->revision != proposal->number)
            continue;
        if (action->kind == ACTION_HOLD)
            fprintf(proposal->terminal->file, "until it is released; ");
        else if (action->length > 0)
            fprintf(proposal->terminal->file, "until %s; ",
                    time_text(proposal, action->from + action->length, until));
        else
            continue;
        fprintf(proposal->terminal->file, "the guide keeps the items, which go on behind it\n");
    }
}

bool proposal_tell(const struct proposal *proposal)
{
    const struct proposal_step *step = proposal->steps;
    const struct terminal *terminal = proposal->terminal;
    char text[CALENDAR_TEXT];
    report_diagnostics(&step->next.diagnostics, terminal);
    terminal_print(terminal, STYLE_BOLD, "From %s on\n", time_text(proposal, proposal->from, text));
    tell_later(proposal);
    const struct effect effect =
        effect_print(&proposal->before->studio, &step->next, proposal->from, terminal);
    tell_overlays(proposal);
    fprintf(terminal->file, "%zu items new, %zu changed, %zu gone; %zu services change at once; ",
            effect.added, effect.changed, effect.removed, effect.cut);
    terminal_print(terminal, effect.unprepared ? STYLE_YELLOW : STYLE_PLAIN, "%zu without a whole lesson\n",
                   effect.unprepared);
    return effect.unprepared > 0 || step->next.diagnostics.warnings > 0;
}
