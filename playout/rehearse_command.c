/* chalkcast rehearse: a whole broadcast day, judged before it airs. */
#include "playout/command.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "playout/measure/figures.h"
#include "playout/measure/piece.h"
#include "playout/measure/rehearsal.h"
#include "playout/measure/text_report.h"
#include "playout/programme.h"
#include "playout/progress.h"
#include "playout/report.h"
#include "schedules/calendar.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] rehearse --day DAY [--multiplex NAME] [-j N]\n"
    "       chalkcast [-C DIR] rehearse --from TIME --for LENGTH [--multiplex NAME] [-j N]\n"
    "\n"
    "Renders a day of the station as it will be on air and measures every packet of it, as `measure`\n"
    "does, faster than real time and over all cores. Lists every join: each change from one item or\n"
    "source to another.\n"
    "\n"
    "  --day DAY         2020-03-02, from midnight to midnight in the station's time\n"
    "  --from TIME       2020-03-02T08:00:00, whole seconds\n"
    "  --for LENGTH      90s, 10m, 2h\n"
    "  --multiplex NAME  which one, when the station has several\n"
    "  -j, --jobs N      threads (default: one per core)\n"
    "\n"
    "Exit status: 0 nothing grave, 1 a breach of priority 1 or 2, of the decoder model or of a join,\n"
    "or a lesson that cannot be read; 2 the station has errors, 64 wrong usage, 74 memory is out.\n"
    "\n"
    "Example:\n"
    "  chalkcast rehearse --day 2020-03-02\n";

#define JOBS_MAX 256
#define EARLIEST 86400 /* the run-in has a time before it */
#define SERVICE_COLUMNS 10
#define SOURCE_COLUMNS 26

struct options {
    const char *day, *from, *length, *multiplex, *jobs;
    unsigned threads;
};

struct outcome { /* context of the callbacks */
    struct progress progress;
    const struct channel *channel;
    uint64_t faults; /* seconds that are not as planned */
};

static volatile sig_atomic_t interrupted;

static void note_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

static void report_fault(void *context, const struct reader_fault *fault)
{
    struct outcome *outcome = context;
    if (outcome->faults++ < 10)
        fprintf(stderr, "chalkcast rehearse: service %s: lesson %s %s, %s is seen instead\n",
                outcome->channel->plan->services[fault->service].id, fault->source,
                lesson_error_text(fault->error), fault->instead ? fault->instead : "the compiled-in picture");
}

static bool note_progress(void *context, uint64_t done, uint64_t total)
{
    struct outcome *outcome = context;
    outcome->progress.total = total;
    progress_set(&outcome->progress, done);
    return !interrupted;
}

static int take_option(int letter, struct options *options)
{
    switch (letter) {
    case 'd':
        options->day = optarg;
        break;
    case 'f':
        options->from = optarg;
        break;
    case 'l':
        options->length = optarg;
        break;
    case 'm':
        options->multiplex = optarg;
        break;
    case 'j':
        options->jobs = optarg;
        break;
    default:
        return EXIT_USAGE;
    }
    return EXIT_OK;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"day", required_argument, NULL, 'd'},  {"from", required_argument, NULL, 'f'},
        {"for", required_argument, NULL, 'l'},  {"multiplex", required_argument, NULL, 'm'},
        {"jobs", required_argument, NULL, 'j'}, {0}};
    int letter;
    while ((letter = command_next_option(&command_rehearse, argc, argv, "j:", names)) != -1)
        if (take_option(letter, options) != EXIT_OK)
            return EXIT_USAGE;
    if (optind < argc)
        return command_usage(&command_rehearse, "\"%s\" is one word too many", argv[optind]);
    if (!options->day == !(options->from && options->length) ||
        (options->day && (options->from || options->length)))
        return command_usage(&command_rehearse, "--day DAY is needed, or --from TIME and --for LENGTH");
    char *end = "";
    long jobs = options->jobs ? strtol(options->jobs, &end, 10) : sysconf(_SC_NPROCESSORS_ONLN);
    if (*end || jobs < 1 || jobs > JOBS_MAX)
        return command_usage(&command_rehearse, "-j \"%s\" is not a number of threads from 1 to %d",
                             options->jobs, JOBS_MAX);
    options->threads = (unsigned)jobs;
    return EXIT_OK;
}

static int parse_day(const char *text, const struct zone *zone, struct rehearsal_job *job)
{
    char noon[64];
    int64_t at;
    uint32_t ns;
    snprintf(noon, sizeof noon, "%.40sT12:00:00", text);
    if (strlen(text) != strlen("2020-03-02") || !calendar_parse_instant(noon, zone, &at, &ns))
        return command_usage(&command_rehearse, "--day \"%s\" is not a day: 2020-03-02 is", text);
    job->begin = calendar_day_start(calendar_day(at, zone), zone);
    job->end = calendar_day_start(calendar_day(at, zone) + 1, zone);
    return EXIT_OK;
}

static int parse_stretch(const struct options *options, const struct zone *zone, struct rehearsal_job *job)
{
    int64_t seconds;
    uint32_t ns, for_ns;
    if (options->day)
        return parse_day(options->day, zone, job);
    if (!calendar_parse_instant(options->from, zone, &job->begin, &ns) || ns || job->begin < EARLIEST)
        return command_usage(&command_rehearse, "--from \"%s\" is not a time in whole seconds",
                             options->from);
    if (!calendar_parse_length(options->length, &seconds, &for_ns) || for_ns)
        return command_usage(&command_rehearse, "--for \"%s\" is not a length in whole seconds",
                             options->length);
    job->end = job->begin + seconds;
    return EXIT_OK;
}

static void print_source(const char *source, const struct terminal *terminal)
{
    terminal_cell(terminal, source ? STYLE_PLAIN : STYLE_DIM, SOURCE_COLUMNS,
                  source ? source : "(compiled-in picture)");
}

static void print_joins(const struct rehearsal *rehearsal, const struct channel *channel,
                        const struct terminal *terminal)
{
    char text[CALENDAR_TEXT];
    if (rehearsal->joins.count > 0)
        text_report_title(terminal, "Joins");
    for (size_t i = 0; i < rehearsal->joins.count; i++) {
        const struct join *join = &rehearsal->joins.list[i];
        fprintf(terminal->file, "  %s  ",
                calendar_format(join->second, channel->studio->station->zone, "%H:%M:%S", text));
        terminal_cell(terminal, STYLE_BOLD, SERVICE_COLUMNS, channel->plan->services[join->service].id);
        print_source(join->from, terminal);
        fputs("→ ", terminal->file);
        print_source(join->to, terminal);
        if (join->faults)
            terminal_print(terminal, STYLE_RED, "✗ %" PRIu64 " faults", join->faults);
        else
            terminal_print(terminal, STYLE_GREEN, "✓");
        fputc('\n', terminal->file);
    }
}

struct count {
    uint64_t grave, other, joins;
};

static struct count count_all(const struct rehearsal *rehearsal)
{
    struct count count = {0};
    for (size_t i = 0; i < rehearsal->finding_count; i++)
        *(measurement_is_grave(&rehearsal->findings[i]) ? &count.grave : &count.other) +=
            rehearsal->findings[i].count;
    for (size_t i = 0; i < rehearsal->joins.count; i++)
        count.joins += rehearsal->joins.list[i].faults > 0;
    return count;
}

static void print_verdict(const struct rehearsal *rehearsal, const struct rehearsal_job *job, double took,
                          const struct terminal *terminal)
{
    struct count count = count_all(rehearsal);
    char text[CALENDAR_TEXT], number[FIGURE_TEXT], length[PROGRESS_TIME], figure[PROGRESS_TIME];
    if (count.grave || count.joins)
        terminal_print(terminal, STYLE_RED, "✗ not fit for air: %s grave breaches, %" PRIu64 " broken joins",
                       figure_count(count.grave, number), count.joins);
    else if (count.other)
        terminal_print(terminal, STYLE_YELLOW, "! fit for air, with %s remarks",
                       figure_count(count.other, number));
    else
        terminal_print(terminal, STYLE_GREEN, "✓ fit for air: nothing found");
    fprintf(terminal->file, " in %s of %s from %s\n", progress_time(job->end - job->begin, length),
            job->channels->plan->name, calendar_text(job->begin, job->channels->studio->station->zone, text));
    fprintf(terminal->file, "  %zu %s and %s loops, %s\n", rehearsal->joins.count,
            rehearsal->joins.count == 1 ? "join" : "joins", figure_count(rehearsal->joins.loops, number),
            rehearsal->constant ? "constant rate" : "not of constant rate");
    fprintf(terminal->file, "  rendered and measured in %s, %.1f times as fast as on air\n",
            progress_time((int64_t)(took + 0.5), figure), (double)(job->end - job->begin) / took);
}

static void print_findings(const struct rehearsal *rehearsal, const struct rehearsal_job *job,
                           const struct terminal *terminal)
{
    const struct text_clock clock = {.zone = job->channels->studio->station->zone, .begin = job->begin};
    if (rehearsal->finding_count > 0)
        text_report_title(terminal, "Findings, the worst first");
    for (size_t i = 0; i < rehearsal->finding_count; i++)
        text_report_finding(&rehearsal->findings[i], &clock, NULL, terminal);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static int rehearse(struct rehearsal_job *job, struct outcome *outcome)
{
    struct rehearsal rehearsal;
    struct terminal terminal;
    double begun_at = now();
    progress_begin(&outcome->progress, "rehearsing", 0);
    enum rehearsal_result result = rehearsal_run(job, &rehearsal);
    progress_end(&outcome->progress);
    int code = EXIT_OK;
    if (result == REHEARSAL_NO_MEMORY) {
        code = command_fail(&command_rehearse, EXIT_WORLD, "out of memory or threads");
    } else if (result == REHEARSAL_STOPPED) {
        code = command_fail(&command_rehearse, EXIT_ERRORS, "stopped");
    } else {
        terminal_init(&terminal, stdout);
        print_verdict(&rehearsal, job, now() - begun_at, &terminal);
        print_findings(&rehearsal, job, &terminal);
        print_joins(&rehearsal, job->channels, &terminal);
        struct count count = count_all(&rehearsal);
        if (count.grave || count.joins || outcome->faults)
            code = EXIT_WARNINGS;
    }
    rehearsal_fini(&rehearsal);
    return code;
}

/* All revisions of the timetable that hold in the stretch, the run-in and the run-out. */
static int rehearse_stretch(const struct options *options, const struct revisions *revisions,
                            size_t multiplex, struct rehearsal_job *job, struct diagnostics *diagnostics)
{
    struct programme programme;
    struct outcome outcome = {0};
    int code = EXIT_ERRORS;
    if (programme_init(&programme, revisions, multiplex, job->begin - PIECE_RUN_IN - 1,
                       job->end + PIECE_RUN_OUT + 2, diagnostics)) {
        outcome.channel = programme.channels;
        job->channels = programme.channels;
        job->channel_count = programme.count;
        job->threads = options->threads;
        job->report = report_fault;
        job->progress = note_progress;
        job->context = &outcome;
        code = rehearse(job, &outcome);
    }
    programme_fini(&programme);
    return code;
}

static int find_multiplex(const struct options *options, const struct studio *studio, size_t *index)
{
    *index = studio_find_multiplex(studio, options->multiplex);
    if (*index < studio->station->multiplex_count)
        return EXIT_OK;
    if (!options->multiplex)
        return command_usage(&command_rehearse,
                             "the station has several multiplexes: say which with --multiplex");
    return command_usage(&command_rehearse, "the station has no multiplex \"%s\"", options->multiplex);
}

/* By the station that holds then. */
static int rehearse_revisions(const struct options *options, struct revisions *revisions,
                              struct diagnostics *diagnostics)
{
    struct rehearsal_job job = {0};
    size_t index;
    int code = parse_stretch(options, revisions->station->station->zone, &job);
    if (code != EXIT_OK)
        return code;
    if (!revisions_settle(revisions, job.begin, diagnostics))
        return EXIT_ERRORS;
    code = find_multiplex(options, revisions->station, &index);
    if (code != EXIT_OK)
        return code;
    if (!programme_is_one(revisions, job.begin, job.end, diagnostics))
        return EXIT_ERRORS;
    return rehearse_stretch(options, revisions, index, &job, diagnostics);
}

static int rehearse_directory(const struct options *options, const char *directory)
{
    struct diagnostics diagnostics = {0};
    struct revisions revisions;
    struct studio folder;
    struct terminal terminal;
    int code;
    terminal_init(&terminal, stderr);
    if (revisions_open(&revisions, &folder, directory, &diagnostics))
        code = rehearse_revisions(options, &revisions, &diagnostics);
    else
        code = folder.station ? EXIT_WORLD : EXIT_ERRORS;
    if (diagnostics.errors)
        report_diagnostics(&diagnostics, &terminal);
    diagnostics_fini(&diagnostics);
    revisions_fini(&revisions);
    studio_close(&folder);
    return code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct options options = {0};
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    signal(SIGINT, note_interrupt);
    signal(SIGTERM, note_interrupt);
    return rehearse_directory(&options, invocation->directory);
}

const struct command command_rehearse = {.name = "rehearse",
                                         .summary = "Render and judge a whole broadcast day before it airs",
                                         .help = help,
                                         .run = run};
