/* chalkcast drill: every fault against a rehearsal of the station, and how soon the air was as planned again.
 */
#include "playout/command.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "playout/drill_catch.h"
#include "playout/drill_fault.h"
#include "playout/report.h"
#include "playout/terminal.h"
#include "schedules/calendar.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] drill [--at TIME] [--for SECONDS] [--kills N] [--multiplex NAME]\n"
    "                              [FAULT...]\n"
    "       chalkcast drill --list\n"
    "\n"
    "Puts a copy of the station on air, in networks of its own from which nothing leaves, does it\n"
    "harm, and holds every packet that comes against the one that should have come. Prints for each\n"
    "fault how many slots were lost, for how long viewers saw something else, and how long after the\n"
    "fault was over (after its begin, where the process is ended) all was as planned again.\n"
    "\n"
    "  --at TIME         what is rehearsed: 2020-03-02T08:00:00+08:00 (default: the first item)\n"
    "  --for SECONDS     length of each fault (default: 8)\n"
    "  --kills N         so many times SIGKILL, at random moments, in the fault `killed` (default: 5)\n"
    "  --multiplex NAME  which one, when the station has several\n"
    "  --list            names the faults\n"
    "  FAULT...          only these (default: all that can happen here)\n"
    "\n"
    "Exit status: 0 the air came back as planned each time, 1 it did not, 2 the station has errors,\n"
    "64 wrong usage, 74 the rehearsal cannot be run here.\n"
    "\n"
    "Example:\n"
    "  chalkcast drill --at 2020-03-02T08:05:00 --for 30 disk-stalls killed\n";

#define NS INT64_C(1000000000)
#define SETTLE 7 /* seconds: a lesson is verified, what is read ahead is over, and more */
#define BEFORE_NS 500000000
#define KILL_LEAST_NS 200000000 /* between two kills ... */
#define KILL_MORE_NS 800000000  /* ... and at most so much more */
#define AIR_NS (20 * NS)        /* that a start may take */
#define FOR_MAX 3600
#define KILLS_MAX 100000

struct options {
    const char *at, *multiplex;
    long length, kills;
    bool list;
};

struct drill {
    struct options options;
    struct revisions *revisions;
    struct drill_station station;
    struct drill_catch *catch;
    bool good;
};

/* --- the command line */

static bool parse_number(const char *text, long most, long *number)
{
    char *end;
    *number = strtol(text, &end, 10);
    return !*end && *number >= 1 && *number <= most;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"at", required_argument, NULL, 'a'},    {"for", required_argument, NULL, 'f'},
        {"kills", required_argument, NULL, 'k'}, {"multiplex", required_argument, NULL, 'm'},
        {"list", no_argument, NULL, 'l'},        {0}};
    int letter;
    while ((letter = command_next_option(&command_drill, argc, argv, "", names)) != -1) {
        if (letter == 'a')
            options->at = optarg;
        else if (letter == 'm')
            options->multiplex = optarg;
        else if (letter == 'l')
            options->list = true;
        else if (letter == 'f' && !parse_number(optarg, FOR_MAX, &options->length))
            return command_usage(&command_drill, "--for \"%s\" is not a number from 1 to %d", optarg,
                                 FOR_MAX);
        else if (letter == 'k' && !parse_number(optarg, KILLS_MAX, &options->kills))
            return command_usage(&command_drill, "--kills \"%s\" is not a number from 1 to %d", optarg,
                                 KILLS_MAX);
        else if (letter == '?')
            return EXIT_USAGE;
    }
    return EXIT_OK;
}

static const struct drill_fault *find_fault(const char *name)
{
    for (size_t i = 0; i < drill_fault_count; i++)
        if (strcmp(drill_faults[i].name, name) == 0)
            return &drill_faults[i];
    return NULL;
}

static bool is_wanted(const struct drill_fault *fault, char **names)
{
    for (char **name = names; *name; name++)
        if (strcmp(*name, fault->name) == 0)
            return true;
    return !*names;
}

/* --- a fault */

static int64_t second_now(const struct drill *drill)
{
    return drill->station.at + (drill_now() - drill->station.begun_ns) / NS;
}

/* Programmes are rendered from the station that was copied: the faults do not touch it. */
static bool judge(struct drill *drill, int64_t from_ns, struct drill_verdict *verdict)
{
    struct diagnostics diagnostics = {0};
    struct programme programme;
    const int64_t from = drill->station.at + (from_ns - drill->station.begun_ns) / NS;
    const bool good = programme_init(&programme, drill->revisions, drill->station.multiplex, from - 2,
                                     second_now(drill) + 4, &diagnostics) &&
                      drill_catch_judge(drill->catch, &programme, from_ns, drill_now(), verdict);
    programme_fini(&programme);
    diagnostics_fini(&diagnostics);
    return good;
}

static void print_row(const struct drill_fault *fault, const struct drill_verdict *verdict, int64_t since_ns)
{
    const int64_t other = verdict->last_other_ns - verdict->first_other_ns;
    const int64_t after = verdict->last_bad_ns > since_ns ? verdict->last_bad_ns - since_ns : 0;
    printf("%-16s %-38s %9" PRIu64 " %8.1f s", fault->name, fault->words, verdict->lost * 7, other / 1e9);
    if (verdict->good)
        printf(" %9.3f s\n", after / 1e9);
    else
        printf(" %11s\n", "never");
    fflush(stdout);
}

static void harm(struct drill *drill, const struct drill_fault *fault)
{
    struct drill_scene scene = {.station = &drill->station, .second = second_now(drill)};
    struct drill_verdict verdict;
    const int64_t begun = drill_now();
    const char *why = fault->begin(&scene);
    if (why) {
        printf("%-16s %-38s not here: %s\n", fault->name, fault->words, why);
        return;
    }
    if (!fault->restarts)
        drill_wait_until(begun + drill->options.length * NS);
    fault->end(&scene);
    const int64_t over = fault->restarts ? begun : drill_now();
    drill_wait_until(drill_now() + SETTLE * NS);
    const bool judged = judge(drill, begun - BEFORE_NS, &verdict);
    drill->good = drill->good && judged && verdict.good;
    print_row(fault, &verdict, over);
}

/* --- many restarts */

static int compare(const void *a, const void *b)
{
    const int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* However long a start takes on a busy machine, it is measured. */
static void wait_for_air(const struct drill *drill)
{
    const int64_t started = drill->station.started_ns, until = started + AIR_NS;
    while (drill_catch_last(drill->catch) < started && drill_now() < until)
        drill_wait_until(drill_now() + NS / 100);
}

/* From the start of the process to the first datagram as planned. */
static void kill_often(struct drill *drill)
{
    const long kills = drill->options.kills;
    int64_t *taken = calloc((size_t)kills, sizeof *taken);
    struct drill_verdict verdict = {0};
    uint64_t other = 0;
    srandom((unsigned)drill_now());
    for (long i = 0; taken && i < kills; i++) {
        drill_station_end(&drill->station, SIGKILL);
        if (!drill_station_start(&drill->station))
            break;
        wait_for_air(drill);
        drill_wait_until(drill->station.started_ns + KILL_LEAST_NS + random() % KILL_MORE_NS);
        drill->good = judge(drill, drill->station.started_ns, &verdict) && verdict.good && drill->good;
        taken[i] = verdict.first_good_ns ? verdict.first_good_ns - drill->station.started_ns : INT64_MAX;
        other += verdict.other + verdict.lost;
    }
    if (taken) {
        qsort(taken, (size_t)kills, sizeof *taken, compare);
        printf(
            "%ld restarts after SIGKILL: from process start to the first packet, as planned: median %.1f ms, "
            "99 of 100 within %.1f ms, worst %.1f ms; %" PRIu64 " datagrams lost or other after that\n",
            kills, taken[kills / 2] / 1e6, taken[kills - 1 - kills / 100] / 1e6, taken[kills - 1] / 1e6,
            other);
    }
    drill->good = drill->good && taken && other == 0;
    free(taken);
}

/* --- the drill */

static void run_faults(struct drill *drill, char **names)
{
    printf("%-16s %-38s %9s %10s %11s\n", "fault", "what happens", "lost", "other for", "right after");
    for (size_t i = 0; i < drill_fault_count; i++)
        if (is_wanted(&drill_faults[i], names))
            harm(drill, &drill_faults[i]);
    if (is_wanted(find_fault("killed"), names))
        kill_often(drill);
}

static int start(struct drill *drill)
{
    drill->catch = drill_catch_new(&drill->station);
    if (!drill->catch || !drill_station_start(&drill->station))
        return command_fail(&command_drill, EXIT_WORLD, "the rehearsal cannot be started or received");
    wait_for_air(drill);
    if (!drill_catch_last(drill->catch))
        return command_fail(&command_drill, EXIT_WORLD, "the rehearsal sends nothing");
    drill_wait_until(drill_now() + 2 * NS);
    return EXIT_OK;
}

static int rehearse(struct drill *drill, const struct revision *revision, size_t multiplex, int64_t at,
                    char **names)
{
    char error[256];
    int code = EXIT_OK;
    signal(SIGPIPE, SIG_IGN);
    if (!drill_station_init(&drill->station, &revision->studio, multiplex, at, error, sizeof error))
        code = command_fail(&command_drill, EXIT_WORLD, "%s", error);
    if (code == EXIT_OK)
        code = start(drill);
    if (code == EXIT_OK) {
        run_faults(drill, names);
        code = drill->good ? EXIT_OK : EXIT_WARNINGS;
    }
    drill_station_fini(&drill->station);
    drill_catch_free(&drill->catch);
    return code;
}

/* When the first item of the multiplex begins. */
static bool find_begin(const struct plan *plan, size_t multiplex, size_t services, int64_t *at)
{
    *at = INT64_MAX;
    for (size_t i = 0; i < services; i++) {
        if (plan_item_count(plan, multiplex, i) == 0)
            continue;
        const int64_t start = plan_item(plan, multiplex, i, 0)->start;
        *at = start < *at ? start : *at;
    }
    return *at != INT64_MAX;
}

static int run_drill(struct drill *drill, struct revisions *revisions, struct diagnostics *diagnostics,
                     char **names)
{
    int64_t at = time(NULL);
    uint32_t ns;
    if (drill->options.at &&
        !calendar_parse_instant(drill->options.at, revisions->station->station->zone, &at, &ns))
        return command_usage(&command_drill, "--at \"%s\" is not a time", drill->options.at);
    if (!revisions_settle(revisions, at, diagnostics))
        return EXIT_ERRORS;
    const struct station *station = revisions->station->station;
    const size_t multiplex = studio_find_multiplex(revisions->station, drill->options.multiplex);
    if (multiplex == station->multiplex_count)
        return command_usage(&command_drill, "say which multiplex with --multiplex NAME");
    struct revision *revision =
        revision_new(drill->revisions, revisions_find(drill->revisions, at), diagnostics);
    int code = EXIT_ERRORS;
    if (revision && !drill->options.at &&
        !find_begin(revision->studio.plan, multiplex, station->multiplexes[multiplex].service_count, &at))
        code = command_usage(&command_drill, "there is no item to rehearse: give --at TIME");
    else if (revision)
        code = rehearse(drill, revision, multiplex, at, names);
    revision_free(&revision);
    return code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct drill drill = {.options = {.length = 8, .kills = 5}, .good = true};
    struct studio studio = {0};
    struct revisions revisions = {0};
    struct diagnostics diagnostics = {0};
    struct terminal terminal;
    int code = parse_options(argc, argv, &drill.options);
    for (char **name = argv + optind; code == EXIT_OK && *name; name++)
        if (!find_fault(*name))
            code = command_usage(&command_drill, "there is no fault \"%s\": --list names them", *name);
    if (code != EXIT_OK)
        return code;
    for (size_t i = 0; drill.options.list && i < drill_fault_count; i++)
        printf("%-16s %s\n", drill_faults[i].name, drill_faults[i].words);
    if (drill.options.list)
        return EXIT_OK;
    terminal_init(&terminal, stderr);
    drill.revisions = &revisions;
    code = EXIT_ERRORS;
    if (revisions_open(&revisions, &studio, invocation->directory, &diagnostics))
        code = run_drill(&drill, &revisions, &diagnostics, argv + optind);
    if (diagnostics.errors)
        report_diagnostics(&diagnostics, &terminal);
    diagnostics_fini(&diagnostics);
    revisions_fini(&revisions);
    studio_close(&studio);
    return code;
}

const struct command command_drill = {.name = "drill",
                                      .summary = "Do every fault to a rehearsal, and see the air come back",
                                      .help = help,
                                      .run = run};
