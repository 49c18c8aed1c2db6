/* chalkcast act: what changes the air while it is on, by way of the journal. */
#include "playout/command.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "playout/late.h"
#include "playout/notice.h"
#include "playout/proposal.h"
#include "playout/report.h"
#include "schedules/calendar.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] act ACTION [ARGUMENT...] [OPTION...]\n"
    "\n"
    "Changes what is on air without a break. Each action is checked, tells what it changes (items,\n"
    "the guide, what viewers see) and is entered into the journal as a revision that holds from a\n"
    "whole second on; `play` changes over at that very second, and `render`, `rehearse`, `guide`\n"
    "and `check` use the revision that holds. With any error nothing is entered.\n"
    "\n"
    "  load                         the timetables of DIR/timetables and station.xml; from the first\n"
    "                               one on the folder alone changes nothing any more. With another\n"
    "                               station.xml `play` begins anew at that second\n"
    "  cancel ITEM                  an item does not air; one that is on air ends\n"
    "  replace ITEM SOURCE          another source for it; one that is on air is joined in progress\n"
    "  delay ITEM LENGTH            an item that has not begun starts later: 5m, 90s\n"
    "  cut ITEM [TIME]              an item that is on air or will be ends early\n"
    "  repeat ITEM TIME             an item airs once more\n"
    "  hold WHERE                   the fallback is shown until it is released\n"
    "  release WHERE                back to plan: holds, slates and notices end\n"
    "  slate WHERE SOURCE LENGTH    a prepared source is shown instead, going round\n"
    "  notice WHERE TEXT LENGTH     the same of a text, which is drawn first\n"
    "  late ITEM                    its lesson has come late: it is joined in progress, begins anew,\n"
    "                               or airs again in empty time\n"
    "  revoke NUMBER                as if that revision had not been entered\n"
    "  list                         the actions that hold, with the numbers of their revisions\n"
    "\n"
    "WHERE is services (p1 or p1,p2), a stage (primary, junior, senior) or all. Later items keep\n"
    "their instants but for --shift.\n"
    "\n"
    "  --from TIME   the second: 2020-03-02T08:00:00+08:00, or without the offset in the station's\n"
    "                time (default: 6 s from now, a slate 4 s)\n"
    "  --shift       the items behind it move too, up to empty time or a filler (cancel, cut, delay,\n"
    "                repeat)\n"
    "  --on SERVICE  where to repeat (default: the item's own)\n"
    "  --rule RULE   of what is late: join, delay or make-good (default: that of its kind, make-good\n"
    "                for lessons, join for others)\n"
    "  --dry-run     only tells\n"
    "\n"
    "Exit status: 0 entered, or nothing to enter; 1 entered, and the warnings say what viewers see;\n"
    "2 refused, 64 wrong usage, 74 the journal cannot be read or written.\n"
    "\n"
    "Examples:\n"
    "  chalkcast -C build/station act load --dry-run\n"
    "  chalkcast act load --from '2020-03-09 00:00:00'\n"
    "  chalkcast act delay p3-20200302-1 10m --shift\n"
    "  chalkcast act slate all breaks/rest.mp4 5m\n";

struct request { /* the words of the command line */
    const char *deed;
    char **words; /* behind it */
    int count;
    const char *from, *on, *rule;
    bool dry_run, shift;
};

/* What an action takes: i item, s source, l length, t time, T time or nothing, w where, x text, n number. */
static const struct shape {
    const char *deed, *words;
    bool shifts;
} shapes[] = {{"load", "", false},      {"cancel", "i", true},   {"replace", "is", false},
              {"delay", "il", true},    {"cut", "iT", true},     {"repeat", "it", true},
              {"hold", "w", false},     {"release", "w", false}, {"slate", "wsl", false},
              {"notice", "wxl", false}, {"late", "i", false},    {"revoke", "n", false},
              {"list", "", false}};

static const struct shape *find_shape(const char *deed)
{
    for (size_t i = 0; i < G_N_ELEMENTS(shapes); i++)
        if (strcmp(shapes[i].deed, deed) == 0)
            return &shapes[i];
    return NULL;
}

static int check_words(const struct request *request, const struct shape *shape)
{
    const int needed = (int)strlen(shape->words);
    const bool open = needed > 0 && shape->words[needed - 1] == 'T';
    if (request->count < needed - open)
        return command_usage(&command_act, "%s needs %d more word%s", request->deed,
                             needed - open - request->count, needed - open - request->count > 1 ? "s" : "");
    if (request->count > needed)
        return command_usage(&command_act, "\"%s\" is one word too many", request->words[needed]);
    if (request->shift && !shape->shifts)
        return command_usage(&command_act, "%s shifts nothing", request->deed);
    if (request->on && strcmp(request->deed, "repeat") != 0)
        return command_usage(&command_act, "--on is for repeat");
    if (request->rule && strcmp(request->deed, "late") != 0)
        return command_usage(&command_act, "--rule is for late");
    return EXIT_OK;
}

static int parse_request(int argc, char **argv, struct request *request)
{
    static const struct option names[] = {
        {"from", required_argument, NULL, 'f'}, {"on", required_argument, NULL, 'o'},
        {"rule", required_argument, NULL, 'r'}, {"shift", no_argument, NULL, 's'},
        {"dry-run", no_argument, NULL, 'n'},    {0}};
    int letter;
    while ((letter = command_next_option(&command_act, argc, argv, "", names)) != -1) {
        if (letter == 'f')
            request->from = optarg;
        else if (letter == 'o')
            request->on = optarg;
        else if (letter == 'r')
            request->rule = optarg;
        else if (letter == 's')
            request->shift = true;
        else if (letter == 'n')
            request->dry_run = true;
        else
            return EXIT_USAGE;
    }
    if (optind == argc)
        return command_usage(&command_act, "which action? \"load\" is one");
    request->deed = argv[optind++];
    request->words = argv + optind;
    request->count = argc - optind;
    const struct shape *shape = find_shape(request->deed);
    if (!shape)
        return command_usage(
            &command_act,
            "there is no action \"%s\"; accepted: load, cancel, replace, delay, cut, repeat, "
            "hold, release, slate, notice, late, revoke, list",
            request->deed);
    return check_words(request, shape);
}

/* --- words into an action */

static bool is_meant(const char *where, const struct service *service)
{
    static const char *const stages[] = {
        [STAGE_PRIMARY] = "primary", [STAGE_JUNIOR] = "junior", [STAGE_SENIOR] = "senior"};
    const enum stage stage = station_get_stage(service->grade);
    char **ids = g_strsplit(where, ",", -1);
    const bool meant = strcmp(where, "all") == 0 || g_strv_contains((const char *const *)ids, service->id) ||
                       (stage != STAGE_NONE && strcmp(where, stages[stage]) == 0);
    g_strfreev(ids);
    return meant;
}

/* "p1 p2", to be freed; NULL when there is none, or not all are there. */
static char *list_services(const struct station *station, const char *where)
{
    GString *list = g_string_new(NULL);
    size_t found = 0, named = 1;
    for (const char *c = where; *c; c++)
        named += *c == ',';
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++)
            if (is_meant(where, &station->multiplexes[m].services[s])) {
                g_string_append_printf(list, "%s%s", found ? " " : "",
                                       station->multiplexes[m].services[s].id);
                found++;
            }
    const bool good = found > 0 && found >= named;
    return g_string_free(list, !good);
}

static int parse_time(const struct proposal *proposal, const char *text, int64_t *second)
{
    uint32_t ns;
    if (calendar_parse_instant(text, proposal->station.station->zone, second, &ns) && ns == 0)
        return EXIT_OK;
    return command_usage(&command_act, "\"%s\" is not a whole second: 2020-03-02T08:00:00 is", text);
}

static int parse_length(const char *text, int64_t *length)
{
    uint32_t ns;
    if (calendar_parse_length(text, length, &ns) && ns == 0 && *length < 86400)
        return EXIT_OK;
    return command_usage(&command_act, "\"%s\" is not a length of whole seconds below a day: 90s, 5m are",
                         text);
}

static int parse_text(const struct proposal *proposal, const char *text, struct action *action)
{
    char *error = NULL;
    const bool good = g_utf8_validate(text, -1, NULL) && notice_prepare(&proposal->station, text, &error);
    if (good) {
        action->text = g_strdup(text);
        action->source = notice_source(text);
        return EXIT_OK;
    }
    command_fail(&command_act, EXIT_ERRORS, "nothing is entered: %s",
                 error ? error : "the text is not UTF-8");
    g_free(error);
    return EXIT_ERRORS;
}

static int parse_word(const struct proposal *proposal, char shape, const char *word, struct action *action)
{
    if (shape == 'i')
        action->item = g_strdup(word);
    if (shape == 's')
        action->source = g_strdup(word);
    if (shape == 'x')
        return parse_text(proposal, word, action);
    if (shape == 'w' && !(action->on = list_services(proposal->station.station, word)))
        return command_usage(&command_act,
                             "\"%s\" is nowhere: services of station.xml (p1,p2), primary, junior, senior or "
                             "all are accepted",
                             word);
    if (shape == 'l')
        return parse_length(word, action->kind == ACTION_DELAY ? &action->by : &action->length);
    return g_ascii_tolower(shape) == 't' ? parse_time(proposal, word, &action->at) : EXIT_OK;
}

/* Where an item is repeated: on the service that is said, or its own. */
static int find_place(const struct proposal *proposal, const struct request *request, struct action *action)
{
    const struct item *item = plan_find_item(proposal->before->studio.plan, action->item);
    size_t multiplex;
    if (request->on && !station_get_service(proposal->station.station, request->on, &multiplex))
        return command_usage(&command_act, "there is no service \"%s\" in station.xml", request->on);
    if (!item && !request->on)
        return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: there is no item \"%s\"",
                            action->item);
    action->on = g_strdup(request->on ? request->on : item->service->id);
    return EXIT_OK;
}

static int act(struct proposal *proposal, const struct request *request, struct action *action)
{
    int code = action->kind == ACTION_REPEAT ? find_place(proposal, request, action) : EXIT_OK;
    return code == EXIT_OK ? proposal_act(proposal, action, 1) : code;
}

/* An item whose lesson has come after its time: by the rule that is said, or that of its kind. */
static int act_late(struct proposal *proposal, const struct request *request)
{
    const struct plan *plan = proposal->before->studio.plan;
    const struct item *item = plan_find_item(plan, request->words[0]);
    struct action actions[LATE_ACTIONS];
    if (!item)
        return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: there is no item \"%s\"",
                            request->words[0]);
    const enum late_rule rule = request->rule ? late_rule_of(request->rule) : late_rule_of_kind(item->kind);
    if (rule == LATE_RULES)
        return command_usage(&command_act, "there is no rule \"%s\"; accepted: join, delay, make-good",
                             request->rule);
    const size_t count = late_build(plan, item, rule, proposal->from, actions);
    if (count == 0)
        return command_fail(&command_act, EXIT_ERRORS,
                            "nothing is entered: \"%s\" is over, and there is no "
                            "empty time for it",
                            item->id);
    return proposal_act(proposal, actions, count);
}

static int propose_revocation(struct proposal *proposal, const char *word)
{
    guint64 number;
    if (!g_ascii_string_to_unsigned(word, 10, 1, UINT32_MAX, &number, NULL))
        return command_usage(&command_act, "\"%s\" is not the number of a revision", word);
    return proposal_revoke(proposal, (uint32_t)number);
}

/* The second is set last once more: drawing a notice takes a while. */
static int propose(struct proposal *proposal, const struct request *request)
{
    const char *shape = find_shape(request->deed)->words;
    struct action action = {.kind = action_kind_of(request->deed), .shift = request->shift};
    const bool urgent = action.kind == ACTION_SLATE || action.kind == ACTION_NOTICE;
    const int64_t earliest = urgent ? PROPOSAL_URGENT : PROPOSAL_EARLIEST;
    int code = proposal_set_second(proposal, request->from, earliest); /* words are of the station of then */
    for (int i = 0; code == EXIT_OK && i < request->count; i++)
        code = parse_word(proposal, shape[i], request->words[i], &action);
    if (code == EXIT_OK)
        code = proposal_set_second(proposal, request->from, earliest);
    if (code == EXIT_OK && strcmp(request->deed, "load") == 0)
        code = proposal_load(proposal);
    else if (code == EXIT_OK && strcmp(request->deed, "revoke") == 0)
        code = propose_revocation(proposal, request->words[0]);
    else if (code == EXIT_OK && strcmp(request->deed, "late") == 0)
        code = act_late(proposal, request);
    else if (code == EXIT_OK)
        code = act(proposal, request, &action);
    g_free(action.item);
    g_free(action.source);
    g_free(action.on);
    g_free(action.text);
    return code;
}

/* --- what was done */

static void print_action(const struct proposal *proposal, const struct action *action)
{
    const struct zone *zone = proposal->station.station->zone;
    char from[CALENDAR_TEXT], at[CALENDAR_TEXT];
    FILE *file = proposal->terminal->file;
    fprintf(file, "%6u  %s  ", action->revision,
            calendar_format(action->from, zone, "%Y-%m-%d %H:%M:%S", from));
    terminal_cell(proposal->terminal, STYLE_BOLD, 8, action_name(action->kind));
    fprintf(file, "%s", action->item ? action->item : action->on);
    if (action->at)
        fprintf(file, " at %s", calendar_format(action->at, zone, "%Y-%m-%d %H:%M:%S", at));
    if (action->item && action->on)
        fprintf(file, " on %s", action->on);
    if (action->by)
        fprintf(file, " by %" G_GINT64_FORMAT " s", action->by);
    if (action->length)
        fprintf(file, " for %" G_GINT64_FORMAT " s", action->length);
    if (action->source)
        fprintf(file, " %s", action->source);
    if (action->text)
        fprintf(file, " \"%s\"", action->text);
    fprintf(file, "%s\n", action->shift ? " with shift" : "");
}

/* Those of the newest revision, which has all that still hold. */
static int list(struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    struct revision *newest = revision_new(revisions, revisions->count - 1, &proposal->diagnostics);
    const struct actions *actions = newest ? plan_actions(newest->studio.plan) : NULL;
    for (size_t i = 0; actions && i < actions->count; i++)
        print_action(proposal, &actions->list[i]);
    if (newest && (!actions || actions->count == 0))
        fprintf(proposal->terminal->file, "no action holds: the timetables air as they are\n");
    if (!newest)
        report_diagnostics(&proposal->diagnostics, proposal->terminal);
    revision_free(&newest);
    return newest || !proposal->diagnostics.errors ? EXIT_OK : EXIT_WORLD;
}

static int tell_and_enter(struct proposal *proposal, const struct request *request)
{
    if (proposal_is_nothing(proposal)) {
        const struct revisions *revisions = &proposal->revisions;
        if (revisions->entered == 0)
            fprintf(proposal->terminal->file, "nothing to enter: nothing has been on air yet but this\n");
        else
            fprintf(proposal->terminal->file,
                    "nothing to enter: the timetables are those of revision %u, and so is station.xml\n",
                    revisions->entries[revisions->count - 1].number);
        return EXIT_OK;
    }
    const bool warned = proposal_tell(proposal);
    const int code = request->dry_run ? EXIT_OK : proposal_enter(proposal);
    return code == EXIT_OK && warned ? EXIT_WARNINGS : code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct request request = {0};
    struct proposal proposal;
    struct terminal terminal;
    int code = parse_request(argc, argv, &request);
    if (code != EXIT_OK)
        return code;
    terminal_init(&terminal, stdout);
    code = proposal_init(&proposal, invocation->directory, &terminal);
    if (code == EXIT_OK && strcmp(request.deed, "list") == 0) {
        code = list(&proposal);
    } else if (code == EXIT_OK) {
        code = propose(&proposal, &request);
        code = code == EXIT_OK ? tell_and_enter(&proposal, &request) : code;
    }
    proposal_fini(&proposal);
    return code;
}

const struct command command_act = {
    .name = "act", .summary = "Change what is on air", .help = help, .run = run};
