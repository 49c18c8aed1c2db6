/* Everything is built and checked in this process before one row is written: `play` finds nothing in the
 * journal that it cannot air. */
#include "playout/proposal.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#include "playout/beginning.h"
#include "playout/command.h"
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
    if (!revisions_init_kept(revisions, &proposal->folder, &proposal->diagnostics)) {
        report_diagnostics(&proposal->diagnostics, terminal);
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered");
    }
    if (!take_station(proposal, time(NULL)))
        return refuse(proposal, "mend the station first");
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
            proposal->from = time(NULL) + earliest;
        const size_t found = revisions_find(revisions, proposal->from - 1);
        if (proposal->before && proposal->before->number == revisions->entries[found].number)
            return take_station(proposal, proposal->from)
                       ? EXIT_OK
                       : refuse(proposal, "what was entered before cannot be read");
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
    const struct studio *station = revisions_get_station(revisions, index, &proposal->diagnostics);
    if (!station)
        return false;
    if (revisions->entered == 0)
        return draft_init(draft, station, &proposal->diagnostics);
    return draft_init_revision(draft, station, revisions->journal, revisions->entries[index].number,
                               &proposal->diagnostics);
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
    if (action->kind == ACTION_HOLD || action->kind == ACTION_RELEASE)
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
    for (size_t i = 0; i < next->station->multiplex_count; i++) {
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
    studio_lend(draft->studio, &step->next);
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
    if (!proposal->folder.station) {
        report_diagnostics(&proposal->folder.diagnostics, proposal->terminal);
        return refuse(proposal, "mend the station first");
    }
    if (!draft_init(&step->draft, &proposal->folder, &proposal->diagnostics))
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
    const struct station *station = next->station;
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

static const struct studio *get_station(struct proposal *proposal, uint32_t number)
{
    const struct revisions *revisions = &proposal->revisions;
    return stations_get(revisions->stations, revisions->journal, number, &proposal->diagnostics);
}

/* The timetables and the station of the revision before one, with the actions that hold now. */
static int load_before(struct proposal *proposal, uint32_t number)
{
    struct proposal_step *step = add_step(proposal, proposal->from);
    const struct studio *station = get_station(proposal, number - 1);
    if (!station || !draft_init_revision(&step->draft, station, proposal->revisions.journal, number - 1,
                                         &proposal->diagnostics))
        return refuse(proposal, "what was entered before cannot be read");
    struct actions *actions = new_actions(proposal);
    add_kept(proposal, proposal->before->studio.plan, actions);
    const int code = open_step(proposal, step, actions);
    actions_free(&actions);
    return code;
}

/* Do two revisions have the same timetables and station? */
static bool is_same_load(struct proposal *proposal, uint32_t one, uint32_t other)
{
    struct journal *journal = proposal->revisions.journal;
    uint8_t content[2][JOURNAL_HASH];
    return journal_get_timetables(journal, one, content[0]) &&
           journal_get_timetables(journal, other, content[1]) &&
           memcmp(content[0], content[1], JOURNAL_HASH) == 0 &&
           get_station(proposal, one) == get_station(proposal, other);
}

/* Is what holds what a revision loaded, and not that of the one before it already? */
static bool holds_load(struct proposal *proposal, uint32_t number)
{
    return is_same_load(proposal, proposal->before->number, number) &&
           !is_same_load(proposal, number, number - 1);
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
    if (!acted && !holds_load(proposal, number))
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
        return !draft_get_companion(draft, DRAFT_ACTIONS) &&
               draft_is_of(draft, proposal->before->studio.plan);
    return index + 1 == revisions->count &&
           memcmp(revisions->entries[index].content, draft->content, JOURNAL_HASH) == 0;
}

bool proposal_changes_station(const struct proposal *proposal)
{
    return proposal->steps->next.station != proposal->before->studio.station;
}

/* --- the entry */

/* The guide's versions go on from those before it. NULL when memory is out. */
static struct journal_service *build_services(const struct studio *before, const struct proposal_step *step,
                                              size_t *count)
{
    const struct station *station = step->next.station;
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
    struct journal_service *services = build_services(before, step, &entry.service_count);
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
