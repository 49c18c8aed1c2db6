/* chalkcast play: the station live on its outputs. */
#include "playout/command.h"

#include <errno.h>
#include <malloc.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "playout/bulkhead.h"
#include "playout/changeover.h"
#include "playout/control.h"
#include "playout/report.h"
#include "playout/studio.h"
#include "schedules/calendar.h"

#define START_PRIORITY 1           /* real-time; a sender has more (sender.c) */
#define START_ROOM (24 << 20)      /* bytes that the start of one multiplex takes */
#define START_BLOCK_MAX (32 << 20) /* of them in one block: malloc(3) knows no more */
#define USUAL_BLOCK_MAX (128 << 10)
#define LARGE_PAGE (2 << 20)
#define AT_END INT64_C(9000000000) /* year 2255: later nanoseconds do not fit in 64 bits */

static const char help[] =
    "Usage: chalkcast [-C DIR] play [--at TIME]\n"
    "\n"
    "Sends every multiplex of the station live on its outputs, from now on, until Ctrl-C.\n"
    "What holds is what the journal says, timetables and station.xml: files that are edited later\n"
    "are reported, and `chalkcast act load` makes them hold while on air. A station.xml that holds\n"
    "from a second on begins then, in the same process: for some tenths of a millisecond nothing\n"
    "leaves.\n"
    "\n"
    "  --at TIME   a rehearsal: as if it were TIME now; every clock in the stream (PCR, TDT, RTP)\n"
    "              is shifted. Only outputs on the loopback interface, or marked with\n"
    "              rehearsal=\"true\" in station.xml, are then allowed.\n"
    "              2020-03-02T08:00:00+08:00, or without the offset in the station's time\n"
    "\n"
    "Examples:\n"
    "  chalkcast -C build/station play --at '2020-03-02 08:00:00'\n";

static int parse_options(int argc, char **argv, const char **at)
{
    static const struct option names[] = {{"at", required_argument, NULL, 'a'}, {0}};
    int letter;
    while ((letter = command_next_option(&command_play, argc, argv, "", names)) != -1) {
        if (letter != 'a')
            return EXIT_USAGE;
        *at = optarg;
    }
    if (optind < argc)
        return command_usage(&command_play, "\"%s\" is one word too many", argv[optind]);
    return EXIT_OK;
}

/* Signals are waited for in one place; threads inherit the mask. A shell starts what it puts into the
 * background with SIGINT ignored, and an ignored signal is never waited for. */
static sigset_t block_signals(void)
{
    sigset_t signals;
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signals;
}

/* Viewers see nothing until the first datagram: where the user may, what comes before it waits for no other
 * process, but for the senders of other stations. Threads that it makes do without. */
static void hurry(bool hurried)
{
    const struct sched_param priority = {.sched_priority = hurried ? START_PRIORITY : 0};
    sched_setscheduler(0, (hurried ? SCHED_RR : SCHED_OTHER) | SCHED_RESET_ON_FORK, &priority);
}

/* What the start reads goes into large pages, where the system has them: on a virtual machine a third of its
 * time would be faults of small ones. Afterwards large blocks are given back when they are freed, as usual.
 */
static void take_large_pages(bool taken)
{
    mallopt(M_MMAP_THRESHOLD, taken ? START_BLOCK_MAX : USUAL_BLOCK_MAX);
    mallopt(M_TRIM_THRESHOLD, taken ? 2 * START_ROOM : USUAL_BLOCK_MAX);
    char *room = taken ? malloc(START_ROOM) : NULL;
    if (room)
        madvise(room + LARGE_PAGE - (uintptr_t)room % LARGE_PAGE, START_ROOM - LARGE_PAGE, MADV_HUGEPAGE);
    free(room);
}

static void wait_and_tell(struct changeover *changeover, const sigset_t *signals)
{
    const struct timespec pause = {.tv_nsec = 200000000};
    do
        changeover_turn(changeover);
    while (sigtimedwait(signals, NULL, &pause) < 0);
}

static int play(struct revisions *revisions, const char *at)
{
    struct broadcast_job job = {.revisions = revisions};
    char error[512] = "";
    if (at && !calendar_parse_instant(at, revisions->station->station->zone, &job.at, &job.at_ns))
        return command_usage(
            &command_play,
            "--at \"%s\" is not a time: 2020-03-02T08:00:00+08:00 is, or 2020-03-02T08:00:00 in the "
            "station's time",
            at);
    if (job.at < 0 || job.at >= AT_END)
        return command_usage(&command_play, "--at \"%s\" cannot be rehearsed: years 1970 to 2254 can", at);
    job.rehearsal = at != NULL;
    sigset_t signals = block_signals();
    struct changeover *changeover = changeover_new(&job, error, sizeof error);
    hurry(false);
    take_large_pages(false);
    if (!changeover)
        return *error ? command_fail(&command_play, EXIT_ERRORS, "%s", error) : EXIT_ERRORS;
    /* Where allowed: no page is fetched from disk on air. Not MCL_FUTURE: with it, a limit (`ulimit -l`) that
     * is passed later takes memory away on air. */
    mlockall(MCL_CURRENT | MCL_ONFAULT);
    const struct control_job asked = {.directory = revisions->station->path,
                                      .rehearsal = job.rehearsal,
                                      .shift = job.rehearsal ? job.at - time(NULL) : 0};
    struct control *control = control_new(&asked, error, sizeof error);
    if (*error)
        fprintf(stderr, "chalkcast play: there is no control socket: %s\n", error);
    bulkhead_close();
    wait_and_tell(changeover, &signals);
    control_free(&control);
    return changeover_end(&changeover) ? EXIT_OK : EXIT_WARNINGS;
}

/* When the journal cannot be read, what was last known of it airs, or the folder; when the folder is broken,
 * what the journal says. */
static bool open_revisions(struct revisions *revisions, struct studio *folder, const char *directory,
                           struct diagnostics *diagnostics)
{
    studio_open_station(directory, folder);
    revisions_init_on_air(revisions, folder, diagnostics);
    const bool good = revisions_settle(revisions, time(NULL), diagnostics);
    if (good && folder->station)
        diagnostics_append(diagnostics, &folder->diagnostics);
    return good;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    const char *at = NULL;
    struct studio folder = {0};
    struct revisions revisions = {0};
    struct diagnostics diagnostics = {0};
    struct terminal terminal;
    int code = parse_options(argc, argv, &at);
    if (code != EXIT_OK)
        return code;
    terminal_init(&terminal, stderr);
    hurry(true);
    take_large_pages(true);
    bulkhead_open();
    const bool good = open_revisions(&revisions, &folder, invocation->directory, &diagnostics);
    report_diagnostics(&diagnostics, &terminal);
    diagnostics_fini(&diagnostics);
    code = good ? play(&revisions, at)
                : command_fail(&command_play, EXIT_ERRORS, "not on air: mend the station first");
    revisions_fini(&revisions);
    studio_close(&folder);
    return code;
}

const struct command command_play = {
    .name = "play", .summary = "Send the station live on its outputs, from now on", .help = help, .run = run};
