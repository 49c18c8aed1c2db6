/* chalkcast measure: any transport stream, judged. */
#include "playout/command.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mux/slot.h"
#include "playout/measure/intake.h"
#include "playout/measure/json_report.h"
#include "playout/measure/text_report.h"
#include "playout/progress.h"
#include "schedules/calendar.h"

static const char help[] =
    "Usage: chalkcast measure FILE|-|udp://GROUP:PORT[@INTERFACE]|rtp://... [--for LENGTH] [--json]\n"
    "\n"
    "Judges a transport stream, ours or another's: ETSI TR 101 290 priorities 1, 2 and 3, the decoder\n"
    "model of ISO/IEC 13818-1 (T-STD) to the byte, PCR, the margin of PTS, joins, tables and the guide.\n"
    "Of datagrams also when they came. Ends with the file, after LENGTH, or on Ctrl-C, and reports then.\n"
    "\n"
    "  --for LENGTH  90s, 10m, 2h: of the stream for a file, of the clock for datagrams\n"
    "  --json        everything that was measured, for machines\n"
    "\n"
    "Exit status: 0 nothing grave, 1 a breach of priority 1 or 2 or of the decoder model or\n"
    "nothing that could be judged,\n"
    "64 wrong usage, 74 the stream cannot be read.\n"
    "\n"
    "Examples:\n"
    "  chalkcast measure first.ts\n"
    "  chalkcast render --from '2020-03-02 08:19:00' --for 2m | chalkcast measure -\n"
    "  chalkcast measure rtp://239.255.12.1:5004@eth0 --for 10m --json\n";

struct options {
    const char *source, *length;
    bool json;
    int64_t ticks; /* INT64_MAX: to the end */
};

struct session {
    const struct options *options;
    struct intake *intake;
    struct measurement measurement;
    struct arrival arrival;
    struct progress progress;
    uint64_t bytes;
    int64_t begun_at; /* monotonic ticks of 27 MHz */
};

static volatile sig_atomic_t interrupted;

static void note_interrupt(int signal_number)
{
    (void)signal_number;
    interrupted = 1;
}

/* Without SA_RESTART: a read that waits must end. */
static void catch_interrupts(void)
{
    struct sigaction action = {.sa_handler = note_interrupt};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"for", required_argument, NULL, 'l'}, {"json", no_argument, NULL, 'j'}, {0}};
    int letter;
    while ((letter = command_next_option(&command_measure, argc, argv, "", names)) != -1) {
        if (letter == 'l')
            options->length = optarg;
        else if (letter == 'j')
            options->json = true;
        else
            return EXIT_USAGE;
    }
    if (optind == argc)
        return command_usage(&command_measure, "what is to be measured? FILE, -, udp://... or rtp://...");
    if (optind + 1 < argc)
        return command_usage(&command_measure, "\"%s\" is one word too many", argv[optind + 1]);
    options->source = argv[optind];
    int64_t second;
    uint32_t ns;
    if (!options->length)
        return EXIT_OK;
    if (!calendar_parse_length(options->length, &second, &ns))
        return command_usage(&command_measure, "--for \"%s\" is not a length: 90s, 10m and 2h are",
                             options->length);
    options->ticks = second * TICKS_PER_SECOND + ns * INT64_C(27) / 1000;
    return EXIT_OK;
}

static int64_t monotonic_ticks(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(27000000) + now.tv_nsec * INT64_C(27) / 1000;
}

static int64_t passed(const struct session *session)
{
    if (intake_is_live(session->options->source))
        return monotonic_ticks() - session->begun_at;
    return laboratory_elapsed(session->measurement.laboratory);
}

static void begin_progress(struct session *session)
{
    uint64_t total = intake_size(session->intake);
    if (session->options->ticks != INT64_MAX)
        total = (uint64_t)session->options->ticks;
    progress_begin(&session->progress, "measuring", total);
}

static void show_progress(struct session *session)
{
    if (session->options->ticks != INT64_MAX)
        progress_set(&session->progress, (uint64_t)passed(session));
    else if (session->progress.total > 0)
        progress_set(&session->progress, session->bytes);
}

static void take(struct session *session, const struct intake_piece *piece)
{
    struct measurement *measurement = &session->measurement;
    if (piece->arrived_at != INTAKE_NO_TIME) {
        arrival_add(&session->arrival, piece->arrived_at, piece->lost);
        laboratory_arrival(measurement->laboratory, piece->arrived_at);
    }
    if (piece->lost > 0)
        findings_add(measurement->findings, DATAGRAM_LOSS, FINDING_NO_PID,
                     laboratory_elapsed(measurement->laboratory), piece->lost,
                     "%u %s lost in a row, by RTP sequence number", piece->lost,
                     piece->lost == 1 ? "datagram" : "datagrams");
    measurement_feed(measurement, piece->bytes, piece->length);
    session->bytes += piece->length;
}

/* False with errno set when the stream cannot be read any more. */
static bool read_all(struct session *session)
{
    struct intake_piece piece;
    enum intake_result result = INTAKE_NOTHING;
    begin_progress(session);
    while (!interrupted && result != INTAKE_END && passed(session) < session->options->ticks) {
        result = intake_read(session->intake, &piece);
        if (result == INTAKE_FAILED)
            break;
        if (result == INTAKE_BYTES)
            take(session, &piece);
        show_progress(session);
    }
    int error = errno;
    progress_end(&session->progress);
    errno = error;
    return result != INTAKE_FAILED;
}

static int report(struct session *session)
{
    struct measurement *measurement = &session->measurement;
    const struct measured_source source = {
        .name = strcmp(session->options->source, "-") == 0 ? "standard input" : session->options->source,
        .arrival = intake_is_live(session->options->source) ? &session->arrival : NULL,
        .dropped = intake_dropped(session->intake),
        .late = intake_late(session->intake),
        .changes = intake_changes(session->intake),
        .rtp = strncmp(session->options->source, "rtp:", 4) == 0};
    struct terminal terminal;
    terminal_init(&terminal, stdout);
    if (session->options->json && !json_report_print(measurement, &source, stdout))
        return command_fail(&command_measure, EXIT_WORLD, "the report cannot be written");
    if (!session->options->json)
        text_report_print(measurement, &source, &terminal);
    if (fflush(stdout) != 0)
        return command_fail(&command_measure, EXIT_WORLD, "the report cannot be written: %s",
                            strerror(errno));
    return !measurement_is_timed(measurement) || findings_are_grave(measurement->findings) ? EXIT_WARNINGS
                                                                                           : EXIT_OK;
}

static int measure(struct session *session)
{
    if (!measurement_init(&session->measurement))
        return command_fail(&command_measure, EXIT_WORLD, "out of memory");
    session->begun_at = monotonic_ticks();
    if (!read_all(session))
        return command_fail(&command_measure, EXIT_WORLD, "%s cannot be read: %s", session->options->source,
                            strerror(errno));
    if (session->bytes == 0)
        return command_fail(&command_measure, EXIT_WORLD, "nothing came from %s", session->options->source);
    measurement_finish(&session->measurement);
    return report(session);
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    (void)invocation;
    struct options options = {.ticks = INT64_MAX};
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    char error[256];
    bool usage;
    struct session session = {.options = &options};
    catch_interrupts();
    session.intake = intake_new(options.source, &usage, error, sizeof error);
    if (!session.intake)
        return usage ? command_usage(&command_measure, "%s", error)
                     : command_fail(&command_measure, EXIT_WORLD, "%s", error);
    code = measure(&session);
    measurement_fini(&session.measurement);
    intake_free(&session.intake);
    return code;
}

const struct command command_measure = {.name = "measure",
                                        .summary =
                                            "Judge a transport stream by TR 101 290 and the decoder model",
                                        .help = help,
                                        .run = run};
