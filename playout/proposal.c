/* Everything is built and checked in this process before one row is written: `play` finds nothing in the
 * journal that it cannot air. */
#include "playout/proposal.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#include "playout/beginning.h"
#include "playout/command.h"
#include "playout/effect.h"
#include "playout/report.h"
#include "schedules/calendar.h"

#define KEPT_FOR                                                                                             \
    172800 /* seconds that an action is kept behind what it is about: the guide tells of today               \
            */

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
    if (!revisions_init_kept(revisions, &proposal->station, &proposal->diagnostics)) {
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

/* Is what the action is about over, and told by nothing any more? */
static bool is_spent(const struct proposal *proposal, const struct action *action, const struct plan *plan)
{
    const struct item *item = action->item ? plan_find_item(plan, action->item) : NULL;
    int64_t end = action->from + action->length;
    if (action->kind == ACTION_HOLD || action->kind == ACTION_RELEASE || action->kind == ACTION_OUTPUT)
        return false;
    if (item)
        end = MAX(MAX(item->start, action->at) + item->length + action->by, end);
    return end + KEPT_FOR < proposal->from;
}

/* Those that the timetables of a plan had, but for what is long over. */
static void add_kept(const struct proposal *proposal, const struct plan *plan, struct actions *actions)
{
    const struct actions *old = plan_actions(plan);
    for (size_t i = 0; old && i < old->count; i++)
        if (!is_spent(proposal, &old->list[i], plan))
            actions_add(actions, &old->list[i]);
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

/* Builds what a draft makes, with its actions. */
static int open_step(struct proposal *proposal, struct proposal_step *step, const struct actions *actions)
{
    struct draft *draft = &step->draft;
    draft->entering = step == proposal->steps ? proposal->number : 0;
    draft_set_actions(draft, actions);
    studio_lend(&proposal->station, &step->next);
    if (!studio_take_plan(&step->next, draft_parse(draft, &step->next.diagnostics)))
        return refuse(proposal, "memory is out");
    if (step->next.diagnostics.errors > 0)
        return refuse(proposal, "mend what is said above first");
    if (!studio_open_guide(&step->next, &proposal->diagnostics) || !fits(proposal, &step->next))
        return refuse(proposal, "the timetables do not fit in the multiplex");
    return EXIT_OK;
}

int proposal_load(struct proposal *proposal)
{
    struct proposal_step *step = add_step(proposal, proposal->from);
    if (!draft_init(&step->draft, &proposal->station, &proposal->diagnostics))
        return refuse(proposal, "the timetables cannot be read");
    struct actions *actions = new_actions(proposal);
    add_kept(proposal, proposal->before->studio.plan, actions);
    const int code = open_step(proposal, step, actions);
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
            if (shows && (source == PLAN_SLATE || !library_get(next->library, source, format)))
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
                      const void *context)
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
            add_kept(proposal, base->studio.plan, actions);
            change(actions, context, proposal->number);
            code = open_step(proposal, step, actions);
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

int proposal_act(struct proposal *proposal, const struct action *actions, size_t count)
{
    const struct addition addition = {actions, count, proposal->from};
    int code = open_steps(proposal, add_actions, &addition);
    for (size_t i = 0; code == EXIT_OK && i < count; i++)
        code = check_source(proposal, &actions[i]);
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
    add_kept(proposal, proposal->before->studio.plan, actions);
    const int code = open_step(proposal, step, actions);
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
    return acted ? open_steps(proposal, remove_actions, &number) : load_before(proposal, number);
}

/* --- the effect */

bool proposal_is_nothing(const struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    const struct draft *draft = &proposal->steps[proposal->step_count - 1].draft;
    const size_t index = revisions_find(revisions, proposal->from);
    if (revisions->entered == 0)
        return draft->count == draft->timetables && draft_is_of(draft, proposal->before->studio.plan);
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
        effect_print(proposal->before->studio.plan, step->next.plan, proposal->from, terminal);
    tell_overlays(proposal);
    fprintf(terminal->file, "%zu items new, %zu changed, %zu gone; %zu services change at once; ",
            effect.added, effect.changed, effect.removed, effect.cut);
    terminal_print(terminal, effect.unprepared ? STYLE_YELLOW : STYLE_PLAIN, "%zu without a whole lesson\n",
                   effect.unprepared);
    return effect.unprepared > 0 || effect.silenced > 0 || step->next.diagnostics.warnings > 0;
}

/* --- the entry */

/* The guide's versions go on from those before it. NULL when memory is out. */
static struct journal_service *build_services(const struct proposal *proposal, const struct studio *before,
                                              const struct proposal_step *step, size_t *count)
{
    const struct station *station = proposal->station.station;
    *count = network_guide_count(step->next.guide);
    struct guide_versions *versions = g_new0(struct guide_versions, *count);
    struct journal_service *services = g_new0(struct journal_service, *count), *service = services;
    if (!network_guide_succeed(before->guide, step->next.guide, step->from, versions))
        g_clear_pointer(&services, g_free);
    else
        network_guide_set_versions(step->next.guide, versions);
    for (size_t i = 0; services && i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++, service++) {
            service->id = station->multiplexes[i].services[k].id;
            memcpy(service->versions, &versions[service - services], sizeof service->versions);
        }
    g_free(versions);
    return services;
}

/* Compiled forms of timetables that hold no more and will not be needed at a start. */
static void remove_compiled(const struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    char *state = studio_file(&proposal->station, "state", NULL);
    GHashTable *kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < proposal->step_count; i++)
        g_hash_table_add(
            kept, revision_compiled_path(&proposal->station, proposal->steps[i].draft.timetables_content));
    for (size_t i = revisions_find(revisions, time(NULL)); revisions->journal && i < revisions->count; i++) {
        uint8_t content[JOURNAL_HASH];
        if (journal_get_timetables(revisions->journal, revisions->entries[i].number, content))
            g_hash_table_add(kept, revision_compiled_path(&proposal->station, content));
    }
    GDir *dir = g_dir_open(state, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        char *path = g_build_filename(state, name, NULL);
        if (g_str_has_prefix(name, "plan-") && !g_hash_table_contains(kept, path))
            g_unlink(path);
        g_free(path);
    }
    if (dir)
        g_dir_close(dir);
    g_hash_table_unref(kept);
    g_free(state);
}

static bool enter_step(const struct proposal *proposal, struct journal *journal, size_t index, int64_t now)
{
    const struct proposal_step *step = &proposal->steps[index];
    const struct studio *before = index ? &proposal->steps[index - 1].next : &proposal->before->studio;
    struct journal_revision entered;
    struct journal_entry entry = {.number = proposal->number + (uint32_t)index,
                                  .from = step->from,
                                  .entered_at = now,
                                  .files = step->draft.files,
                                  .file_count = step->draft.count};
    struct journal_service *services = build_services(proposal, before, step, &entry.service_count);
    entry.services = services;
    const bool good = services && journal_append(journal, &entry, &entered);
    g_free(services);
    return good;
}

/* All of them or none, safe on the disk. */
static bool enter_steps(const struct proposal *proposal, struct journal *journal)
{
    const int64_t now = time(NULL);
    bool good = journal_begin(journal);
    for (size_t i = 0; good && i < proposal->step_count; i++)
        good = enter_step(proposal, journal, i, now);
    return journal_end(journal, good);
}

int proposal_enter(struct proposal *proposal)
{
    char error[512], text[CALENDAR_TEXT];
    journal_free(&proposal->revisions.journal); /* it may be what becomes the journal now */
    struct journal *journal = beginning_open(&proposal->steps->draft, time(NULL), error, sizeof error);
    if (!journal)
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: %s", error);
    const bool good = enter_steps(proposal, journal);
    g_strlcpy(error, *journal_fault(journal) ? journal_fault(journal) : "memory is out", sizeof error);
    journal_free(&journal);
    if (!good)
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: %s", error);
    for (size_t i = 0; i < proposal->step_count; i++) {
        terminal_print(proposal->terminal, STYLE_GREEN, "entered as revision %u",
                       proposal->number + (uint32_t)i);
        fprintf(proposal->terminal->file, ", holds from %s on\n",
                time_text(proposal, proposal->steps[i].from, text));
    }
    fflush(proposal->terminal->file);
    remove_compiled(proposal);
    if (time(NULL) + PROPOSAL_URGENT <= proposal->from + 1)
        return EXIT_OK;
    terminal_print(proposal->terminal, STYLE_YELLOW, "the disk was slow: it may air a little later\n");
    return EXIT_WARNINGS;
}
