/* Revision, outputs and threads are made in this order and ended in the other. */
#include "playout/broadcast.h"

#include <errno.h>
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "playout/announcer.h"
#include "playout/asrun_writer.h"
#include "playout/board.h"
#include "playout/crew.h"
#include "playout/partner.h"
#include "playout/report.h"
#include "playout/sender.h"
#include "playout/succession.h"
#include "playout/switchboard.h"
#include "playout/transmitter.h"
#include "playout/watch.h"

#define NS INT64_C(1000000000)
/* From when all is read to the first slot: threads are up by then. */
#define START_NS 3000000
#define START_MORE_NS 12000000  /* for each further multiplex */
#define FILL_FIRST_NS (NS / 2)  /* on air, in which the crew has read on */
#define MULTIPLEXES_A_SENDER 16 /* at 38 Mb/s they take about a quarter of a core */
#define MAKES_IT_HOLD "`chalkcast act load` makes it hold, with --dry-run it only tells what it changes"

struct broadcast {
    struct revisions *revisions;
    struct studio studio; /* lent: the station of all that it sends */
    struct announcer *announcer;
    struct clock clock;     /* until it is on air */
    struct revision *first; /* until there is a succession, which takes it */
    struct succession *succession;
    struct partner *partner; /* NULL: this machine is alone */
    struct transmitter *transmitters;
    size_t count;
    struct crew *crew;
    struct sender **senders;
    size_t sender_count;
    struct asrun_writer *asrun; /* NULL: nothing is logged */
    int asrun_told;             /* its fault, as last told */
    struct watch *watch;
    int64_t told;            /* second up to which changes are told, 0: nothing was yet */
    bool rehearsal, follows; /* another one was on air before it */
};

static int64_t second_in(const struct broadcast *broadcast, int64_t ns)
{
    const struct clock clock =
        broadcast->crew ? onair_get_clock(broadcast->transmitters[0].onair) : broadcast->clock;
    return clock_stream(&clock, clock_read().monotonic_ns + ns) / NS;
}

int64_t broadcast_second(const struct broadcast *broadcast)
{
    return second_in(broadcast, 0);
}

static void broadcast_free(struct broadcast **broadcast)
{
    for (size_t i = 0; i < (*broadcast)->sender_count; i++)
        sender_free(&(*broadcast)->senders[i]);
    free((*broadcast)->senders);
    crew_free(&(*broadcast)->crew);
    for (size_t i = 0; i < (*broadcast)->count && (*broadcast)->asrun; i++)
        onair_end((*broadcast)->transmitters[i].onair);
    asrun_writer_free(&(*broadcast)->asrun);
    for (size_t i = 0; i < (*broadcast)->count; i++)
        transmitter_fini(&(*broadcast)->transmitters[i]);
    partner_free(&(*broadcast)->partner);
    succession_free(&(*broadcast)->succession);
    revision_free(&(*broadcast)->first);
    watch_free(&(*broadcast)->watch);
    free((*broadcast)->transmitters);
    announcer_free(&(*broadcast)->announcer);
    g_clear_pointer(broadcast, g_free);
}

/* --- its making */

/* The revision that holds now. What `check` tells of it is not told here, but for what is refused. */
static bool open_revision(struct broadcast *broadcast)
{
    struct diagnostics diagnostics = {0};
    struct terminal terminal;
    terminal_init(&terminal, stderr);
    broadcast->first =
        revision_new(broadcast->revisions, revisions_find(broadcast->revisions, broadcast_second(broadcast)),
                     &diagnostics);
    if (broadcast->first)
        report_diagnostics(&broadcast->first->studio.diagnostics, &terminal);
    const bool good = broadcast->first && revision_open_channels(broadcast->first, &diagnostics);
    if (diagnostics.errors)
        report_diagnostics(&diagnostics, &terminal);
    diagnostics_fini(&diagnostics);
    return good;
}

/* As early as can be: it has answered by the time of the first datagram. */
static bool find_partner(struct broadcast *broadcast)
{
    const struct clock *clock = &broadcast->clock;
    if (!broadcast->studio.station->machines[0])
        return true;
    broadcast->partner =
        partner_new(&broadcast->studio, broadcast->revisions, clock->stream_ns - clock->monotonic_ns);
    return broadcast->partner;
}

/* What follows goes on with the clock of the broadcast before; all multiplexes have the same but for
 * microseconds. */
static struct clock find_clock(const struct broadcast_job *job)
{
    const struct clock_reading now = clock_read();
    struct clock clock;
    if (job->before)
        return onair_get_clock(job->before->transmitters[0].onair);
    clock_init(&clock, now, job->rehearsal ? job->at * NS + job->at_ns - now.utc_ns : 0);
    return clock;
}

struct broadcast *broadcast_new(const struct broadcast_job *job)
{
    struct broadcast *broadcast = g_new0(struct broadcast, 1);
    broadcast->revisions = job->revisions;
    broadcast->rehearsal = job->rehearsal;
    broadcast->follows = job->before;
    broadcast->first = job->revision;
    broadcast->clock = find_clock(job);
    if (broadcast->first || open_revision(broadcast)) {
        studio_lend(&broadcast->first->studio, &broadcast->studio);
        broadcast->announcer = announcer_new(broadcast->studio.station->zone);
        broadcast->watch = watch_new(&broadcast->studio);
    }
    if (!broadcast->announcer || !broadcast->watch || !find_partner(broadcast))
        broadcast_free(&broadcast);
    return broadcast;
}

static bool open_transmitters(struct broadcast *broadcast, char *error, size_t size)
{
    const struct station *station = broadcast->studio.station;
    broadcast->transmitters = calloc(station->multiplex_count, sizeof *broadcast->transmitters);
    bool good = broadcast->transmitters;
    while (good && broadcast->count < station->multiplex_count) {
        const size_t index = broadcast->count++;
        struct transmitter *transmitter = &broadcast->transmitters[index];
        transmitter->studio = &broadcast->studio;
        transmitter->announcer = broadcast->announcer;
        transmitter->line = broadcast->partner ? partner_get_line(broadcast->partner, index) : NULL;
        good = transmitter_open(transmitter, index, broadcast->rehearsal, error, size);
    }
    return good;
}

bool broadcast_make(struct broadcast *broadcast, char *error, size_t size)
{
    *error = '\0';
    bool good = open_transmitters(broadcast, error, size);
    for (size_t i = 0; good && i < broadcast->count; i++)
        good =
            transmitter_make(&broadcast->transmitters[i], &broadcast->first->channels[i], broadcast->clock);
    if (!good && !*error)
        snprintf(error, size, "memory is out");
    return good;
}

static void fill(struct broadcast *broadcast, int64_t second, int64_t last)
{
    for (size_t i = 0; i < broadcast->count; i++)
        ahead_fill(broadcast->transmitters[i].ahead, second, last);
}

void broadcast_fill(struct broadcast *broadcast, int64_t second)
{
    fill(broadcast, second, second + AHEAD_SECONDS);
}

/* --- its start */

static bool start_onairs(struct broadcast *broadcast, int64_t begin)
{
    struct ahead **aheads = calloc(broadcast->count, sizeof *aheads);
    for (size_t i = 0; aheads && i < broadcast->count; i++) {
        aheads[i] = broadcast->transmitters[i].ahead;
        onair_start(broadcast->transmitters[i].onair, begin);
    }
    broadcast->crew = aheads ? crew_new(aheads, broadcast->count) : NULL;
    if (broadcast->crew) {
        broadcast->succession = succession_new(broadcast->revisions, broadcast->first, aheads,
                                               broadcast->count, !broadcast->rehearsal);
        broadcast->first = NULL;
    }
    free(aheads);
    return broadcast->crew != NULL;
}

static bool add_sender(struct broadcast *broadcast, struct onair *const *onairs, size_t count,
                       enum pacing pacing)
{
    broadcast->senders[broadcast->sender_count] = sender_new(onairs, count, pacing);
    return broadcast->senders[broadcast->sender_count] && ++broadcast->sender_count;
}

/* A multiplex that spins has a sender of its own; the others share as few as will do, at most one per core.
 */
static bool start_senders(struct broadcast *broadcast)
{
    struct onair **onairs = calloc(broadcast->count, sizeof *onairs);
    size_t shared = 0, cores = (size_t)sysconf(_SC_NPROCESSORS_ONLN);
    broadcast->senders = calloc(broadcast->count, sizeof *broadcast->senders);
    bool good = onairs && broadcast->senders;
    for (size_t i = 0; good && i < broadcast->count; i++) {
        struct onair *onair = broadcast->transmitters[i].onair;
        if (transmitter_spins(&broadcast->transmitters[i]))
            good = add_sender(broadcast, &onair, 1, PACING_SPIN);
        else
            onairs[shared++] = onair;
    }
    size_t senders = (shared + MULTIPLEXES_A_SENDER - 1) / MULTIPLEXES_A_SENDER;
    senders = senders < cores ? senders : cores;
    for (size_t i = 0; good && i < senders; i++) {
        size_t first = i * shared / senders, end = (i + 1) * shared / senders;
        good = add_sender(broadcast, onairs + first, end - first, PACING_SLEEP);
    }
    free(onairs);
    return good;
}

static int64_t start_ns(const struct broadcast *broadcast)
{
    return START_NS + (int64_t)(broadcast->count - 1) * START_MORE_NS;
}

/* Viewers see nothing yet: only what is in use within the next moment, the second on air and the one behind
 * it. The crew reads on while that is on air. */
static void fill_first(struct broadcast *broadcast)
{
    const int64_t second = broadcast_second(broadcast), most = second + AHEAD_SECONDS;
    const int64_t lead = start_ns(broadcast) + FILL_FIRST_NS;
    int64_t last = second;
    for (int64_t soon; last < (soon = MIN(second_in(broadcast, lead) + 1, most)); last = soon)
        fill(broadcast, second, soon);
}

bool broadcast_start(struct broadcast *broadcast)
{
    fill_first(broadcast);
    const int64_t begin = clock_read().monotonic_ns + start_ns(broadcast);
    return start_onairs(broadcast, begin) && start_senders(broadcast);
}

bool broadcast_take_over(struct broadcast *broadcast, struct broadcast *before, int64_t second)
{
    broadcast->clock = onair_get_clock(before->transmitters[0].onair);
    for (size_t i = 0; i < broadcast->count; i++)
        onair_set_clock(broadcast->transmitters[i].onair, broadcast->clock);
    if (!start_onairs(broadcast, clock_monotonic(&broadcast->clock, second * NS)) ||
        !start_senders(broadcast))
        return false;
    for (size_t i = 0; i < before->count; i++)
        onair_stop_at(before->transmitters[i].onair, second);
    return true;
}

/* Without it the station is on air all the same. */
void broadcast_log(struct broadcast *broadcast)
{
    struct emission_ring **rings = calloc(broadcast->count, sizeof *rings);
    char *folder = studio_file(&broadcast->studio, "state", broadcast->rehearsal ? "rehearsal" : "asrun");
    for (size_t i = 0; rings && i < broadcast->count; i++)
        rings[i] = broadcast->transmitters[i].ring;
    if (rings)
        broadcast->asrun = asrun_writer_new(folder, broadcast->studio.station, broadcast->follows, rings);
    if (!broadcast->asrun)
        announcer_tell(broadcast->announcer, broadcast_second(broadcast), STYLE_RED, "as-run",
                       "no as-run log is kept: %s", strerror(errno));
    g_free(folder);
    free(rings);
}

/* --- what is told */

static bool is_realtime(const struct broadcast *broadcast)
{
    bool all = true;
    for (size_t i = 0; i < broadcast->sender_count; i++)
        all = all && sender_is_realtime(broadcast->senders[i]);
    return all;
}

/* The operator has edited station.xml, and may think that it holds. */
static void tell_other_station(struct broadcast *broadcast, int64_t second)
{
    if (stations_is_edited(broadcast->revisions->stations, &broadcast->studio))
        announcer_tell(broadcast->announcer, second, STYLE_YELLOW, "note",
                       "%s holds, the file in the folder is another one: " MAKES_IT_HOLD,
                       broadcast->studio.station->file);
}

static void print_on_air(struct broadcast *broadcast, size_t index, int64_t second)
{
    const struct terminal *terminal = announcer_get_terminal(broadcast->announcer);
    const struct station *station = broadcast->studio.station;
    const struct channel *channel = &succession_at(broadcast->succession, second)->channels[index];
    char text[CALENDAR_TEXT];
    terminal_print(terminal, STYLE_BOLD, "%s", "ON AIR");
    fprintf(terminal->file, "  %s, multiplex %s, %.3f Mb/s, %s%s\n",
            channel->plan->network->name.list[0].utf8, channel->plan->name,
            (double)channel->plan->delivery.bits_num / channel->plan->delivery.bits_den / 1e6,
            calendar_format(second, station->zone, "%A %d %B %Y %H:%M:%S", text),
            broadcast->rehearsal ? " (rehearsal)" : "");
    board_print(channel, second, terminal);
    switchboard_print(channel, second, terminal);
}

static void print_start(struct broadcast *broadcast, int64_t second)
{
    const struct terminal *terminal = announcer_get_terminal(broadcast->announcer);
    if (broadcast->follows)
        announcer_tell(broadcast->announcer, second, STYLE_GREEN, "revised", "%s holds",
                       broadcast->studio.station->file);
    for (size_t i = 0; i < broadcast->count; i++)
        print_on_air(broadcast, i, second);
    if (!is_realtime(broadcast))
        terminal_print(
            terminal, STYLE_YELLOW, "%s",
            "  without real-time priority, which this user may not have (`ulimit -r`): datagrams leave "
            "less evenly\n");
    if (!broadcast->follows)
        fprintf(terminal->file, "  Ctrl-C ends.\n");
    tell_other_station(broadcast, second);
    broadcast->told = second;
}

static void tell_asrun(struct broadcast *broadcast, int64_t second)
{
    const int fault = broadcast->asrun ? asrun_writer_fault(broadcast->asrun) : 0;
    if (fault == broadcast->asrun_told)
        return;
    broadcast->asrun_told = fault;
    announcer_tell(broadcast->announcer, second, fault ? STYLE_RED : STYLE_GREEN, "as-run",
                   "the as-run log is %s%s", fault ? "not written, it waits: " : "written again",
                   fault ? strerror(fault) : "");
}

static void tell_news(void *context, enum style style, const char *what, const char *text)
{
    const struct broadcast *broadcast = context;
    announcer_tell(broadcast->announcer, broadcast->told, style, what, "%s", text);
}

static void tell_second(struct broadcast *broadcast, int64_t second)
{
    const struct revision *before = succession_at(broadcast->succession, second - 1);
    const struct revision *now = succession_at(broadcast->succession, second);
    if (now != before)
        announcer_tell(broadcast->announcer, second, STYLE_GREEN, "revised",
                       "revision %u of the timetables holds", now->number);
    for (size_t i = 0; i < broadcast->count; i++) {
        switchboard_tell(&before->channels[i], &now->channels[i], second, broadcast->announcer);
        board_print_changes(&before->channels[i], &now->channels[i], second,
                            announcer_get_terminal(broadcast->announcer));
    }
}

static void tell_edited(struct broadcast *broadcast, int64_t second)
{
    for (const char *path; (path = watch_next(broadcast->watch));) {
        const bool lessons = g_str_has_suffix(path, "lessons");
        announcer_tell(
            broadcast->announcer, second, STYLE_YELLOW, "changed", "%s: %s", path,
            lessons ? "the air keeps the lessons that it has; `chalkcast act lessons` makes new ones air"
                    : "the air keeps what holds; " MAKES_IT_HOLD);
    }
}

void broadcast_tell(struct broadcast *broadcast)
{
    int64_t second = broadcast_second(broadcast);
    if (!broadcast->told)
        print_start(broadcast, second);
    succession_turn(broadcast->succession, second, tell_news, broadcast);
    announcer_turn(broadcast->announcer, second);
    for (; broadcast->told < second; broadcast->told++)
        tell_second(broadcast, broadcast->told + 1);
    for (size_t i = 0; i < broadcast->count; i++)
        transmitter_tell(&broadcast->transmitters[i], second);
    if (broadcast->partner)
        partner_turn(broadcast->partner, broadcast->revisions, second, tell_news, broadcast);
    tell_asrun(broadcast, second);
    tell_edited(broadcast, second);
    fflush(announcer_get_terminal(broadcast->announcer)->file);
}

void broadcast_say(struct broadcast *broadcast, enum style style, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *text = g_strdup_vprintf(format, values);
    va_end(values);
    announcer_tell(broadcast->announcer, broadcast_second(broadcast), style,
                   style == STYLE_RED ? "fault" : "revised", "%s", text);
    g_free(text);
}

struct succession *broadcast_get_succession(struct broadcast *broadcast)
{
    return broadcast->succession;
}

bool broadcast_end(struct broadcast **pointer)
{
    struct broadcast *broadcast = *pointer;
    bool good = true;
    if (!broadcast)
        return true;
    if (broadcast->told)
        announcer_turn(broadcast->announcer, broadcast_second(broadcast));
    for (size_t i = 0; broadcast->told && i < broadcast->count; i++)
        good = transmitter_sum_up(&broadcast->transmitters[i], is_realtime(broadcast),
                                  announcer_get_terminal(broadcast->announcer)->file) &&
               good;
    broadcast_free(pointer);
    return good;
}
