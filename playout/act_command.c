/* chalkcast act: what changes the air while it is on, by way of the journal. */
#include "playout/command.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "playout/deed.h"
#include "playout/late.h"
#include "playout/notice.h"
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
    "  lessons                      those that were prepared or brought since; what came late is joined\n"
    "                               in progress, and lessons air again in empty time\n"
    "  cancel ITEM                  an item does not air; one that is on air ends\n"
    "  replace ITEM SOURCE          another source for it; one that is on air is joined in progress\n"
    "  delay ITEM LENGTH            an item that has not begun starts later: 5m, 90s\n"
    "  cut ITEM [TIME]              an item that is on air or will be ends early\n"
    "  repeat ITEM TIME             an item airs once more\n"
    "  hold WHERE                   the fallback is shown until it is released\n"
    "  release WHERE                back to plan: holds, slates and notices end\n"
    "  slate WHERE SOURCE LENGTH    a prepared source is shown instead, going round\n"
    "  notice WHERE TEXT LENGTH     the same of a text, which is drawn first\n"
    "  output NAME on|off           an output of station.xml, by its name or uri, sends or does not\n"
    "  late ITEM                    its lesson has come late: it is joined in progress, begins anew,\n"
    "                               or airs again in empty time\n"
    "  revoke NUMBER                as if that revision had not been entered\n"
    "  list                         the actions that hold, with the numbers of their revisions\n"
    "\n"
    "WHERE is services, stages (primary, junior, senior) or all, commas between them: p1,junior.\n"
    "Later items keep their instants but for --shift.\n"
    "\n"
    "  --from TIME   the second: 2020-03-02T08:00:00+08:00, or without the offset in the station's\n"
    "                time (default: 6 s from now; a slate, a notice or an output 4 s)\n"
    "  --shift       the items behind it move too, up to empty time or a filler (cancel, cut, delay,\n"
    "                repeat)\n"
    "  --on SERVICE  where to repeat (default: the item's own)\n"
    "  --rule RULE   of what is late: join, delay or make-good (default: that of its kind, make-good\n"
    "                for lessons, join for others)\n"
    "  --dry-run     only tells; --from may then be any time, also of a rehearsal (`play --at`)\n"
    "\n"
    "Exit status: 0 entered, or nothing to enter; 1 entered, and the warnings say what viewers see;\n"
    "2 refused, 64 wrong usage, 74 the journal cannot be read or written.\n"
    "\n"
    "Examples:\n"
    "  chalkcast -C build/station act load --dry-run\n"
    "  chalkcast act load --from '2020-03-09 00:00:00'\n"
    "  chalkcast act delay p3-20200302-1 10m --shift\n"
    "  chalkcast act slate all breaks/rest.mp4 5m\n"
    "  chalkcast act output backup on\n";

struct request { /* the words of the command line */
    const char *deed;
    char **words; /* behind it */
    int count;
    const char *from, *on, *rule;
    bool dry_run, shift;
};

/* What an action takes: i item, s source, l length, t time, T time or nothing, w where, x text, n number,
 * o output, a on or off. */
static const struct shape {
    const char *deed, *words;
    bool shifts;
} shapes[] = {{"load", "", false},      {"lessons", "", false},   {"cancel", "i", true},
              {"replace", "is", false}, {"delay", "il", true},    {"cut", "iT", true},
              {"repeat", "it", true},   {"hold", "w", false},     {"release", "w", false},
              {"slate", "wsl", false},  {"notice", "wxl", false}, {"output", "oa", false},
              {"late", "i", false},     {"revoke", "n", false},   {"list", "", false}};

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
            "hold, release, slate, notice, output, late, revoke, list",
            request->deed);
    return check_words(request, shape);
}

/* --- words into an action */

static bool is_meant(const char *word, const struct service *service)
{
    static const char *const stages[] = {
        [STAGE_PRIMARY] = "primary", [STAGE_JUNIOR] = "junior", [STAGE_SENIOR] = "senior"};
    const enum stage stage = station_get_stage(service->grade);
    return strcmp(word, "all") == 0 || strcmp(word, service->id) == 0 ||
           (stage != STAGE_NONE && strcmp(word, stages[stage]) == 0);
}

/* Does any of the words mean the service? Those that do are marked as used. */
static bool is_among(char *const *words, const struct service *service, bool *used)
{
    bool any = false;
    for (size_t i = 0; words[i]; i++)
        if (is_meant(words[i], service))
            any = used[i] = true;
    return any;
}

/* "p1 p2" of "p2,p1,p1", to be freed; NULL when a word means no service. */
static char *list_services(const struct station *station, const char *where)
{
    char **words = g_strsplit(where, ",", -1);
    const size_t count = g_strv_length(words);
    bool *used = g_new0(bool, count + 1);
    GString *list = g_string_new(NULL);
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++)
            if (is_among(words, &station->multiplexes[m].services[s], used))
                g_string_append_printf(list, "%s%s", list->len ? " " : "",
                                       station->multiplexes[m].services[s].id);
    const bool good = count > 0 && !memchr(used, false, count);
    g_free(used);
    g_strfreev(words);
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
    const bool good = g_utf8_validate(text, -1, NULL) &&
                      notice_prepare(&proposal->station, proposal->before->studio.library, text, &error);
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

static int parse_output(const struct station *station, const char *name, struct action *action)
{
    if (station_get_output(station, name)) {
        action->output = g_strdup(name);
        return EXIT_OK;
    }
    GString *names = g_string_new(NULL);
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t o = 0; o < station->multiplexes[m].output_count; o++)
            g_string_append_printf(names, "%s%s", names->len ? ", " : "",
                                   station->multiplexes[m].outputs[o].name);
    const int code = command_usage(&command_act, "there is no output \"%s\" in station.xml; accepted: %s",
                                   name, names->len ? names->str : "none, no multiplex has an <output>");
    g_string_free(names, TRUE);
    return code;
}

static int parse_state(const char *text, struct action *action)
{
    action->off = strcmp(text, "off") == 0;
    if (action->off || strcmp(text, "on") == 0)
        return EXIT_OK;
    return command_usage(&command_act, "an output is switched on or off, not \"%s\"", text);
}

static int parse_word(const struct proposal *proposal, char shape, const char *word, struct action *action)
{
    if (shape == 'i')
        action->item = g_strdup(word);
    if (shape == 's')
        action->source = g_strdup(word);
    if (shape == 'x')
        return parse_text(proposal, word, action);
    if (shape == 'o')
        return parse_output(proposal->station.station, word, action);
    if (shape == 'a')
        return parse_state(word, action);
    if (shape == 'w' && !(action->on = list_services(proposal->station.station, word)))
        return command_usage(
            &command_act,
            "\"%s\" is nowhere: services of station.xml, primary, junior, senior and all are "
            "accepted, commas between them (p1,junior)",
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

/* A switch is refused where nothing is to be switched: it was meant for another output, or another time. */
static int check_switch(const struct proposal *proposal, const struct action *action)
{
    const struct output *output = station_get_output(proposal->station.station, action->output);
    struct actions others = *plan_actions(proposal->steps->next.plan);
    others.count--; /* the last is this one */
    if (actions_output_is_on(&others, output, proposal->from) == action->off)
        return EXIT_OK;
    return command_fail(&command_act, EXIT_ERRORS,
                        "nothing is entered: output \"%s\" is %s then already; accepted is %s",
                        action->output, action->off ? "off" : "on", action->off ? "on" : "off");
}

static int act(struct proposal *proposal, const struct request *request, struct action *action)
{
    int code = action->kind == ACTION_REPEAT ? find_place(proposal, request, action) : EXIT_OK;
    code = code == EXIT_OK ? proposal_act(proposal, action, 1, NULL) : code;
    return code == EXIT_OK && action->kind == ACTION_OUTPUT ? check_switch(proposal, action) : code;
}

/* An item whose lesson has come after its time: by the rule that is said, or that of its kind. */
static int act_late(struct proposal *proposal, const struct request *request)
{
    const struct plan *plan = proposal->before->studio.plan;
    const struct item *item = plan_find_item(plan, request->words[0]);
    if (!item)
        return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: there is no item \"%s\"",
                            request->words[0]);
    const enum late_rule rule = request->rule ? late_rule_of(request->rule) : late_rule_of_kind(item->kind);
    if (rule == LATE_RULES)
        return command_usage(&command_act, "there is no rule \"%s\"; accepted: join, delay, make-good",
                             request->rule);
    GArray *actions = g_array_new(FALSE, FALSE, sizeof(struct action));
    int code = EXIT_OK;
    if (!late_is_prepared(&proposal->before->studio, item))
        code = command_fail(
            &command_act, EXIT_ERRORS,
            "nothing is entered: \"%s\" is not prepared; `chalkcast prepare` makes a lesson of it",
            item->source);
    else if (late_add(plan, item, rule, proposal->from, proposal->before->until, actions))
        code = proposal_act(proposal, (const struct action *)(const void *)actions->data, actions->len,
                            item->source);
    else
        code =
            command_fail(&command_act, EXIT_ERRORS,
                         "nothing is entered: \"%s\" is over, and there is no empty time for it", item->id);
    g_array_unref(actions);
    return code;
}

static int propose_revocation(struct proposal *proposal, const char *word)
{
    guint64 number;
    if (!g_ascii_string_to_unsigned(word, 10, 1, UINT32_MAX, &number, NULL))
        return command_usage(&command_act, "\"%s\" is not the number of a revision", word);
    return proposal_revoke(proposal, (uint32_t)number);
}

/* The second is set last once more: drawing a notice takes a while. */
static int propose(struct proposal *proposal, void *context)
{
    const struct request *request = context;
    const char *shape = find_shape(request->deed)->words;
    struct action action = {.kind = action_kind_of(request->deed), .shift = request->shift};
    const bool urgent =
        action.kind == ACTION_SLATE || action.kind == ACTION_NOTICE || action.kind == ACTION_OUTPUT;
    const bool asks = request->dry_run && request->from;
    const int64_t earliest = asks ? PROPOSAL_ANY : urgent ? PROPOSAL_URGENT : PROPOSAL_EARLIEST;
    int code = proposal_set_second(proposal, request->from, earliest); /* words are of the station of then */
    for (int i = 0; code == EXIT_OK && i < request->count; i++)
        code = parse_word(proposal, shape[i], request->words[i], &action);
    if (code == EXIT_OK)
        code = proposal_set_second(proposal, request->from, earliest);
    if (code == EXIT_OK && strcmp(request->deed, "load") == 0)
        code = proposal_load(proposal);
    else if (code == EXIT_OK && strcmp(request->deed, "lessons") == 0)
        code = proposal_bind(proposal);
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
    g_free(action.output);
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
    fprintf(file, "%s", action_object(action));
    if (action->kind == ACTION_OUTPUT)
        fprintf(file, " %s", action->off ? "off" : "on");
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

/* Reads only. */
static int run_list(const char *directory, struct terminal *terminal)
{
    struct proposal proposal;
    int code = proposal_init(&proposal, directory, terminal);
    if (code == EXIT_OK)
        code = list(&proposal);
    proposal_fini(&proposal);
    return code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct request request = {0};
    struct terminal terminal;
    const int code = parse_request(argc, argv, &request);
    if (code != EXIT_OK)
        return code;
    terminal_init(&terminal, stdout);
    if (strcmp(request.deed, "list") == 0)
        return run_list(invocation->directory, &terminal);
    return deed_do(&(struct deed){.directory = invocation->directory,
                                  .terminal = &terminal,
                                  .propose = propose,
                                  .context = &request,
                                  .dry_run = request.dry_run});
}

const struct command command_act = {
    .name = "act", .summary = "Change what is on air", .help = help, .run = run};
