/* chalkcast render: the exact stream of a stretch of time, or one lesson alone. */
#include "playout/command.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "playout/programme.h"
#include "playout/progress.h"
#include "playout/rendering.h"
#include "playout/replay.h"
#include "playout/report.h"
#include "playout/solo.h"
#include "playout/studio.h"
#include "schedules/calendar.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] render --from TIME --for LENGTH [-o FILE] [--multiplex NAME]\n"
    "                        [--as-run [--rehearsal]]\n"
    "       chalkcast [-C DIR] render --lesson HASH|SOURCE [-o FILE]\n"
    "\n"
    "Writes the exact transport stream of that time, byte for byte what `play` sends, as fast as\n"
    "the machine can. The first packet is the first slot at or after TIME. Where another station.xml\n"
    "begins to hold within it, it says from which second on: both sides are rendered apart.\n"
    "\n"
    "  --from TIME        2020-03-02T08:00:00+08:00, or without the offset in the station's time\n"
    "  --for LENGTH       90s, 10m, 2h, 1.5s\n"
    "  -o, --output FILE  - for standard output, null, or sha256 for the hash alone (default: -)\n"
    "  --multiplex NAME   which one, when the station has several\n"
    "  --as-run           what went out, by the as-run log: with what was shown instead of a lesson that\n"
    "                     was gone, and without what did not leave\n"
    "  --rehearsal        ... by the log of `play --at`\n"
    "  --lesson WHICH     one prepared lesson alone, by its hash or source, to watch it\n"
    "\n"
    "Examples:\n"
    "  chalkcast render --from '2020-03-02 08:00:00' --for 90s -o first.ts\n"
    "  chalkcast render --lesson p3/water.mp4 | ffplay -\n";

struct options {
    const char *from, *length, *output, *multiplex, *lesson;
    bool as_run, rehearsal;
};

struct outcome { /* context of the callbacks */
    struct progress progress;
    const struct channel *channel;
    uint64_t faults;
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
        fprintf(stderr, "chalkcast render: service %s: lesson %s %s, %s is seen instead\n",
                outcome->channel->plan->services[fault->service].id, fault->source,
                lesson_error_text(fault->error), fault->instead ? fault->instead : "the compiled-in picture");
}

static bool note_progress(void *context, uint64_t done)
{
    struct outcome *outcome = context;
    progress_set(&outcome->progress, done);
    return !interrupted;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"from", required_argument, NULL, 'f'},   {"for", required_argument, NULL, 'l'},
        {"output", required_argument, NULL, 'o'}, {"multiplex", required_argument, NULL, 'm'},
        {"lesson", required_argument, NULL, 'L'}, {"as-run", no_argument, NULL, 'a'},
        {"rehearsal", no_argument, NULL, 'r'},    {0}};
    int letter;
    while ((letter = command_next_option(&command_render, argc, argv, "o:", names)) != -1) {
        switch (letter) {
        case 'f':
            options->from = optarg;
            break;
        case 'l':
            options->length = optarg;
            break;
        case 'o':
            options->output = optarg;
            break;
        case 'm':
            options->multiplex = optarg;
            break;
        case 'L':
            options->lesson = optarg;
            break;
        case 'a':
            options->as_run = true;
            break;
        case 'r':
            options->rehearsal = true;
            break;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return command_usage(&command_render, "\"%s\" is one word too many", argv[optind]);
    if (options->rehearsal && !options->as_run)
        return command_usage(&command_render, "--rehearsal goes with --as-run");
    if (options->lesson && (options->from || options->length || options->multiplex || options->as_run))
        return command_usage(&command_render, "--lesson renders the whole lesson: it goes with -o only");
    if (!options->lesson && (!options->from || !options->length))
        return command_usage(&command_render,
                             "--from TIME and --for LENGTH are needed, or --lesson HASH|SOURCE");
    return EXIT_OK;
}

struct stretch {
    struct slot_rate rate;
    uint64_t first, end; /* slots */
};

/* In the time of the station that holds now: that of then is found by it. */
static int parse_begin(const struct options *options, const struct zone *zone, int64_t *second, uint32_t *ns)
{
    if (calendar_parse_instant(options->from, zone, second, ns) && *second >= 0)
        return EXIT_OK;
    return command_usage(
        &command_render,
        "--from \"%s\" is not a time: 2020-03-02T08:00:00+08:00 is, or 2020-03-02T08:00:00 in "
        "the station's time",
        options->from);
}

/* The slots of [--from, --from + --for). */
static int parse_stretch(const struct options *options, const struct multiplex_plan *plan, int64_t second,
                         uint32_t ns, struct stretch *stretch)
{
    int64_t for_seconds;
    uint32_t for_ns;
    if (!calendar_parse_length(options->length, &for_seconds, &for_ns))
        return command_usage(&command_render, "--for \"%s\" is not a length: 90s, 10m and 2h are",
                             options->length);
    stretch->rate = slot_rate_new(plan->delivery.bits_num, plan->delivery.bits_den);
    stretch->first = slot_at(stretch->rate, second, ns);
    ns += for_ns;
    stretch->end = slot_at(stretch->rate, second + for_seconds + ns / 1000000000, ns % 1000000000);
    return EXIT_OK;
}

static int run_job(struct rendering_job *job, struct outcome *outcome, const char *output)
{
    job->sink = sink_new(output);
    if (!job->sink)
        return command_fail(&command_render, EXIT_WORLD, "%s cannot be written: %s", output, strerror(errno));
    progress_begin(&outcome->progress, "rendering", job->end - job->first);
    enum rendering_result result = rendering_run(job);
    progress_end(&outcome->progress);
    if (result == RENDERING_DONE && sink_finish(&job->sink))
        return outcome->faults ? EXIT_WARNINGS : EXIT_OK;
    int error = errno;
    sink_free(&job->sink);
    if (result == RENDERING_NO_MEMORY)
        return command_fail(&command_render, EXIT_WORLD, "out of memory");
    if (result == RENDERING_STOPPED)
        return command_fail(&command_render, EXIT_ERRORS, "stopped; nothing was written");
    if (error == EPIPE)
        return EXIT_OK; /* whoever reads has seen enough */
    return command_fail(&command_render, EXIT_WORLD, "%s cannot be written: %s", output, strerror(error));
}

/* All revisions of the timetable that hold in the stretch. */
static int render_stretch(const struct options *options, const struct revisions *revisions, size_t multiplex,
                          const struct stretch *stretch, struct diagnostics *diagnostics)
{
    struct programme programme;
    int64_t begin = slot_second(stretch->rate, stretch->first);
    int64_t end = slot_second(stretch->rate, stretch->end) + 2; /* the last second needs the one behind it */
    int code = EXIT_ERRORS;
    if (programme_init(&programme, revisions, multiplex, begin, end, diagnostics)) {
        struct outcome outcome = {.channel = programme.channels};
        struct rendering_job job = {.channels = programme.channels,
                                    .channel_count = programme.count,
                                    .first = stretch->first,
                                    .end = stretch->end,
                                    .report = report_fault,
                                    .progress = note_progress,
                                    .context = &outcome};
        code = run_job(&job, &outcome, options->output);
    }
    programme_fini(&programme);
    return code;
}

/* Second by second; *missing slots never left. NULL, or what stands against it. */
static char *replay_stretch(struct replay *replay, const struct stretch *stretch, struct sink *sink,
                            uint64_t *missing)
{
    char *fault = NULL;
    *missing = stretch->end - stretch->first;
    for (int64_t at = slot_second(stretch->rate, stretch->first);
         !fault && !interrupted && slot_at(stretch->rate, at, 0) < stretch->end; at++) {
        const struct asrun_second *parts[ASRUN_PARTS];
        const size_t count = replay_find(replay, at, parts);
        for (size_t i = 0; !fault && i < count; i++) {
            const uint64_t first = MAX(parts[i]->first, stretch->first);
            const uint64_t last = MIN(parts[i]->last, stretch->end - 1);
            if (first > last)
                continue;
            fault = replay_second(replay, parts[i], first, last, sink);
            *missing -= last - first + 1;
        }
    }
    return fault;
}

static int render_as_run(const struct options *options, const struct revisions *revisions,
                         const char *multiplex, const struct stretch *stretch)
{
    uint64_t missing;
    struct sink *sink = sink_new(options->output);
    if (!sink)
        return command_fail(&command_render, EXIT_WORLD, "%s cannot be written: %s", options->output,
                            strerror(errno));
    char *folder = studio_file(revisions->station, "state", options->rehearsal ? "rehearsal" : "asrun");
    struct replay *replay = replay_new(revisions, multiplex, folder);
    char *fault = replay_stretch(replay, stretch, sink, &missing);
    replay_free(&replay);
    g_free(folder);
    int code = EXIT_OK;
    if (fault || interrupted)
        code =
            command_fail(&command_render, EXIT_ERRORS, "%s; nothing was written", fault ? fault : "stopped");
    else if (!sink_finish(&sink))
        code = command_fail(&command_render, EXIT_WORLD, "%s cannot be written: %s", options->output,
                            strerror(errno));
    else if (missing > 0)
        code =
            command_fail(&command_render, EXIT_WARNINGS,
                         "%" PRIu64 " of %" PRIu64 " slots did not leave, as far as the log knows: they are "
                         "left out",
                         missing, stretch->end - stretch->first);
    sink_free(&sink);
    g_free(fault);
    return code;
}

static int find_multiplex(const struct options *options, const struct studio *studio, size_t *index)
{
    *index = studio_find_multiplex(studio, options->multiplex);
    if (*index < studio->station->multiplex_count)
        return EXIT_OK;
    if (!options->multiplex)
        return command_usage(&command_render,
                             "the station has several multiplexes: say which with --multiplex");
    return command_usage(&command_render, "the station has no multiplex \"%s\"", options->multiplex);
}

/* By the station that holds then. */
static int render(const struct options *options, struct revisions *revisions, struct diagnostics *diagnostics)
{
    struct stretch stretch = {0};
    size_t index;
    int64_t second;
    uint32_t ns;
    int code = parse_begin(options, revisions->station->station->zone, &second, &ns);
    if (code != EXIT_OK)
        return code;
    if (!revisions_settle(revisions, second, diagnostics))
        return EXIT_ERRORS;
    code = find_multiplex(options, revisions->station, &index);
    if (code == EXIT_OK)
        code = parse_stretch(options, &revisions->station->station->multiplexes[index], second, ns, &stretch);
    if (code != EXIT_OK)
        return code;
    const uint64_t last = MAX(stretch.end, stretch.first + 1) - 1;
    if (!programme_is_one(revisions, second, slot_second(stretch.rate, last) + 1, diagnostics))
        return EXIT_ERRORS;
    const char *name = revisions->station->station->multiplexes[index].name;
    return options->as_run ? render_as_run(options, revisions, name, &stretch)
                           : render_stretch(options, revisions, index, &stretch, diagnostics);
}

/* Errors of the station stop a rendering; warnings and refused timetables are `check`'s to tell. */
static int render_directory(const struct options *options, const char *directory)
{
    struct diagnostics diagnostics = {0};
    struct revisions revisions;
    struct studio folder;
    struct terminal terminal;
    terminal_init(&terminal, stderr);
    int code;
    if (revisions_open(&revisions, &folder, directory, &diagnostics))
        code = render(options, &revisions, &diagnostics);
    else
        code = folder.station ? EXIT_WORLD : EXIT_ERRORS;
    if (diagnostics.errors)
        report_diagnostics(&diagnostics, &terminal);
    diagnostics_fini(&diagnostics);
    revisions_fini(&revisions);
    studio_close(&folder);
    return code;
}

/* A lesson alone is the only lesson of a station made for it. */
static int render_lesson(struct options *options, const char *directory)
{
    struct solo solo;
    char error[512];
    if (!solo_init(&solo, directory, options->lesson, error, sizeof error))
        return command_fail(&command_render, EXIT_ERRORS, "%s", error);
    options->from = SOLO_FROM;
    options->length = solo.length;
    const int code = render_directory(options, solo.directory);
    solo_fini(&solo);
    return code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct options options = {.output = "-"};
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    if (strcmp(options.output, "-") == 0 && isatty(STDOUT_FILENO))
        return command_usage(&command_render,
                             "a transport stream is not for a terminal: give -o FILE or pipe it");
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, note_interrupt);
    signal(SIGTERM, note_interrupt);
    if (options.lesson)
        return render_lesson(&options, invocation->directory);
    return render_directory(&options, invocation->directory);
}

const struct command command_render = {.name = "render",
                                       .summary = "Write the exact stream of a stretch of time to a file",
                                       .help = help,
                                       .run = run};
