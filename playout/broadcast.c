/* Revision, outputs and threads are made in this order and ended in the other. */
#include "playout/broadcast.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "playout/announcer.h"
#include "playout/asrun_writer.h"
#include "playout/board.h"
#include "playout/crew.h"
#include "playout/onair.h"
#include "playout/partner.h"
#include "playout/report.h"
#include "playout/sender.h"
#include "playout/succession.h"
#include "playout/switchboard.h"
#include "playout/watch.h"

#define NS INT64_C(1000000000)
/* From when all is read to the first slot: threads are up by then. */
#define START_NS 3000000
#define START_MORE_NS 12000000  /* for each further multiplex */
#define MULTIPLEXES_A_SENDER 16 /* at 38 Mb/s they take about a quarter of a core */
#define WELL_SECONDS 10         /* without a loss: an output takes datagrams again */

struct transmitter { /* one multiplex */
    struct broadcast *broadcast;
    const struct multiplex_plan *plan;
    size_t index;
    struct udp_output **outputs;
    size_t output_count;
    struct ahead *ahead;
    struct emission_ring *ring; /* of the as-run log */
    struct onair *onair;
    struct emission_ring *rings[2]; /* whose listeners are told what left */
    size_t ring_count;
    struct onair_state told;
    uint64_t lost_before; /* datagrams, while outputs took all; and ... */
    int64_t lost_at;      /* ... when they last did not: a second, 0 while they do */
    int64_t *fault_until; /* per service: last second that was not as planned, to tell a fault once */
    atomic_ullong faults; /* seconds of services that were not as planned */
};

struct broadcast {
    struct revisions *revisions;
    const struct studio *studio; /* their station */
    struct announcer *announcer;
    struct clock clock;     /* of the board */
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
    int64_t told; /* second up to which changes are told */
    bool rehearsal;
};

static int64_t stream_second(const struct broadcast *broadcast)
{
    return clock_stream(&broadcast->clock, clock_read().monotonic_ns) / NS;
}

/* From the threads that read. */
static void report_fault(void *context, const struct reader_fault *fault)
{
    struct transmitter *transmitter = context;
    struct broadcast *broadcast = transmitter->broadcast;
    int64_t *until = &transmitter->fault_until[fault->service];
    const bool again = *until == fault->second - 1;
    if (broadcast->partner)
        partner_line_doubt(partner_get_line(broadcast->partner, transmitter->index), fault->second);
    *until = fault->second;
    atomic_fetch_add(&transmitter->faults, 1);
    if (!again)
        announcer_leave(broadcast->announcer, fault->second, "service %s: lesson %s %s; viewers see %s",
                        transmitter->plan->services[fault->service].id, fault->source,
                        lesson_error_text(fault->error),
                        fault->instead ? fault->instead : "the compiled-in picture");
}

static bool open_outputs(struct transmitter *transmitter, char *error, size_t size)
{
    const struct broadcast *broadcast = transmitter->broadcast;
    const struct multiplex_plan *plan = transmitter->plan;
    char name[256];
    snprintf(name, sizeof name, "%s/%s", broadcast->studio->station->id, plan->name);
    transmitter->outputs = calloc(plan->output_count + 1, sizeof *transmitter->outputs);
    for (size_t i = 0; transmitter->outputs && i < plan->output_count; i++) {
        char why[256] = "out of memory";
        const struct output *output = &plan->outputs[i];
        transmitter->outputs[i] = udp_output_new(output, name, why, sizeof why);
        if (!transmitter->outputs[i]) {
            snprintf(error, size, "%s:%d: %s", broadcast->studio->station->file, output->line, why);
            return false;
        }
        transmitter->output_count++;
        if (broadcast->rehearsal && !output->rehearsal && !udp_output_is_local(transmitter->outputs[i])) {
            snprintf(error, size,
                     "%s:%d: --at is for rehearsals and %s can leave this machine: use interface=\"lo\", or "
                     "mark the "
                     "output with rehearsal=\"true\"",
                     broadcast->studio->station->file, output->line, output->uri);
            return false;
        }
    }
    return transmitter->outputs != NULL;
}

static void close_transmitter(struct transmitter *transmitter)
{
    onair_free(&transmitter->onair);
    emission_ring_free(&transmitter->ring);
    ahead_free(&transmitter->ahead);
    for (size_t i = 0; i < transmitter->output_count; i++)
        udp_output_free(&transmitter->outputs[i]);
    free(transmitter->outputs);
    free(transmitter->fault_until);
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
        close_transmitter(&(*broadcast)->transmitters[i]);
    partner_free(&(*broadcast)->partner);
    succession_free(&(*broadcast)->succession);
    revision_free(&(*broadcast)->first);
    watch_free(&(*broadcast)->watch);
    free((*broadcast)->transmitters);
    announcer_free(&(*broadcast)->announcer);
    free(*broadcast);
    *broadcast = NULL;
}

static bool is_realtime(const struct broadcast *broadcast)
{
    bool all = true;
    for (size_t i = 0; i < broadcast->sender_count; i++)
        all = all && sender_is_realtime(broadcast->senders[i]);
    return all;
}

static void print_start(struct broadcast *broadcast)
{
    const struct terminal *terminal = announcer_get_terminal(broadcast->announcer);
    char text[CALENDAR_TEXT];
    int64_t second = stream_second(broadcast);
    const struct station *station = broadcast->studio->station;
    for (size_t i = 0; i < broadcast->count; i++) {
        const struct channel *channel = &succession_at(broadcast->succession, second)->channels[i];
        terminal_print(terminal, STYLE_BOLD, "%s", "ON AIR");
        fprintf(terminal->file, "  %s, multiplex %s, %.3f Mb/s, %s%s\n",
                channel->plan->network->name.list[0].utf8, channel->plan->name,
                (double)channel->plan->delivery.bits_num / channel->plan->delivery.bits_den / 1e6,
                calendar_format(second, station->zone, "%A %d %B %Y %H:%M:%S", text),
                broadcast->rehearsal ? " (rehearsal)" : "");
        board_print(channel, second, terminal);
        switchboard_print(channel, second, terminal);
    }
    if (!is_realtime(broadcast))
        terminal_print(
            terminal, STYLE_YELLOW, "%s",
            "  without real-time priority, which this user may not have (`ulimit -r`): datagrams leave "
            "less evenly\n");
    fprintf(terminal->file, "  Ctrl-C ends.\n");
    fflush(terminal->file);
    broadcast->told = second;
}

static bool make_onair(struct transmitter *transmitter)
{
    const struct broadcast *broadcast = transmitter->broadcast;
    const struct channel *channel = &broadcast->first->channels[transmitter->index];
    transmitter->ahead = ahead_new(channel, report_fault, transmitter);
    transmitter->ring = emission_ring_new(channel->services);
    if (!transmitter->ahead || !transmitter->ring)
        return false;
    int64_t second = stream_second(broadcast);
    ahead_fill(transmitter->ahead, second, second + AHEAD_SECONDS);
    transmitter->rings[transmitter->ring_count++] = transmitter->ring;
    struct partner_line *line =
        broadcast->partner ? partner_get_line(broadcast->partner, transmitter->index) : NULL;
    if (line)
        transmitter->rings[transmitter->ring_count++] = partner_line_ring(line);
    transmitter->onair = onair_new(&(struct onair_job){.channel = channel,
                                                       .ahead = transmitter->ahead,
                                                       .outputs = transmitter->outputs,
                                                       .output_count = transmitter->output_count,
                                                       .clock = broadcast->clock,
                                                       .rings = transmitter->rings,
                                                       .ring_count = transmitter->ring_count,
                                                       .partner = line});
    return transmitter->onair != NULL;
}

/* Without it the station is on air all the same. */
static void start_asrun(struct broadcast *broadcast)
{
    struct emission_ring **rings = calloc(broadcast->count, sizeof *rings);
    char *folder = studio_file(broadcast->studio, "state", broadcast->rehearsal ? "rehearsal" : "asrun");
    for (size_t i = 0; rings && i < broadcast->count; i++)
        rings[i] = broadcast->transmitters[i].ring;
    if (rings)
        broadcast->asrun = asrun_writer_new(folder, broadcast->studio->station, rings);
    if (!broadcast->asrun)
        announcer_tell(broadcast->announcer, stream_second(broadcast), STYLE_RED, "as-run",
                       "no as-run log is kept: %s", strerror(errno));
    g_free(folder);
    free(rings);
}

/* All that takes time comes first, then all start together. */
static bool start_onairs(struct broadcast *broadcast)
{
    struct ahead **aheads = calloc(broadcast->count, sizeof *aheads);
    bool good = aheads != NULL;
    for (size_t i = 0; good && i < broadcast->count; i++) {
        good = make_onair(&broadcast->transmitters[i]);
        aheads[i] = broadcast->transmitters[i].ahead;
    }
    int64_t begin = clock_read().monotonic_ns + START_NS + (int64_t)(broadcast->count - 1) * START_MORE_NS;
    for (size_t i = 0; good && i < broadcast->count; i++)
        onair_start(broadcast->transmitters[i].onair, begin);
    broadcast->crew = good ? crew_new(aheads, broadcast->count) : NULL;
    if (broadcast->crew) {
        broadcast->succession = succession_new(broadcast->revisions, broadcast->first, aheads,
                                               broadcast->count, !broadcast->rehearsal);
        broadcast->first = NULL;
    }
    free(aheads);
    return broadcast->crew != NULL;
}

static bool spins(const struct transmitter *transmitter)
{
    for (size_t i = 0; i < transmitter->plan->output_count; i++)
        if (transmitter->plan->outputs[i].pacing == PACING_SPIN)
            return true;
    return false;
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
        if (spins(&broadcast->transmitters[i]))
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

static bool make_transmitters(struct broadcast *broadcast, char *error, size_t size)
{
    const struct station *station = broadcast->studio->station;
    broadcast->transmitters = calloc(station->multiplex_count, sizeof *broadcast->transmitters);
    while (broadcast->transmitters && broadcast->count < station->multiplex_count) {
        struct transmitter *transmitter = &broadcast->transmitters[broadcast->count];
        transmitter->broadcast = broadcast;
        transmitter->index = broadcast->count++;
        transmitter->plan = &station->multiplexes[transmitter->index];
        transmitter->fault_until = calloc(transmitter->plan->service_count, sizeof(int64_t));
        if (!transmitter->fault_until || !open_outputs(transmitter, error, size))
            return false;
    }
    return broadcast->transmitters != NULL;
}

/* The revision that holds now. What `check` tells of it is not told here, but for what is refused. */
static bool open_revision(struct broadcast *broadcast)
{
    struct diagnostics diagnostics = {0};
    struct terminal terminal;
    terminal_init(&terminal, stderr);
    broadcast->first = revision_new(
        broadcast->revisions, revisions_find(broadcast->revisions, stream_second(broadcast)), &diagnostics);
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
    if (!broadcast->studio->station->machines[0])
        return true;
    broadcast->partner =
        partner_new(broadcast->studio->station, broadcast->revisions, clock->stream_ns - clock->monotonic_ns);
    return broadcast->partner;
}

struct broadcast *broadcast_new(const struct broadcast_job *job, char *error, size_t size)
{
    struct broadcast *broadcast = calloc(1, sizeof *broadcast);
    if (!broadcast)
        return NULL;
    broadcast->revisions = job->revisions;
    broadcast->studio = job->revisions->station;
    broadcast->rehearsal = job->rehearsal;
    broadcast->announcer = announcer_new(broadcast->studio->station->zone);
    struct clock_reading now = clock_read();
    clock_init(&broadcast->clock, now, job->rehearsal ? job->at * NS + job->at_ns - now.utc_ns : 0);
    broadcast->watch = watch_new(broadcast->studio);
    bool made = broadcast->announcer && broadcast->watch && find_partner(broadcast) &&
                open_revision(broadcast) && make_transmitters(broadcast, error, size);
    bool good = made && start_onairs(broadcast) && start_senders(broadcast);
    if (made && !good)
        snprintf(error, size, "not on air: no more memory or threads to be had (`ulimit -u`)");
    if (!good) {
        broadcast_free(&broadcast);
        return NULL;
    }
    start_asrun(broadcast);
    print_start(broadcast);
    return broadcast;
}

/* An outage of an output is told once, and its end. */
static void tell_losses(struct transmitter *transmitter, const struct onair_state *now, int64_t second)
{
    struct announcer *announcer = transmitter->broadcast->announcer;
    const char *name = transmitter->plan->name;
    const bool losing = now->lost != transmitter->told.lost;
    if (losing && !transmitter->lost_at)
        announcer_tell(announcer, second, STYLE_RED, "fault",
                       "multiplex %s: an output does not take datagrams: %s", name,
                       strerror(now->lost_errno));
    if (losing)
        transmitter->lost_at = second;
    if (transmitter->lost_at && second - transmitter->lost_at >= WELL_SECONDS) {
        announcer_tell(announcer, second, STYLE_GREEN, "good",
                       "multiplex %s: outputs take datagrams again, %" PRIu64 " were lost", name,
                       now->lost - transmitter->lost_before);
        transmitter->lost_before = now->lost;
        transmitter->lost_at = 0;
    }
}

/* What the thread on air has counted since it was last asked. */
static void tell_state(struct transmitter *transmitter, int64_t second)
{
    struct announcer *announcer = transmitter->broadcast->announcer;
    struct onair_state now = onair_get_state(transmitter->onair), *told = &transmitter->told;
    const char *name = transmitter->plan->name;
    if (now.unready != told->unready)
        announcer_tell(announcer, second, STYLE_RED, "fault",
                       "multiplex %s: %" PRIu64
                       " seconds of services were not read in time; viewers saw the compiled-in picture",
                       name, now.unready - told->unready);
    if (now.skipped != told->skipped)
        announcer_tell(announcer, second, STYLE_RED, "fault",
                       "multiplex %s: the machine or this process stood still; %" PRIu64
                       " packets were not sent because their time was over",
                       name, now.skipped - told->skipped);
    if (now.clock_step_ns != told->clock_step_ns)
        announcer_tell(announcer, second, STYLE_RED, "clock",
                       "the system clock was stepped by %.3f s; the stream keeps its own time",
                       (now.clock_step_ns - told->clock_step_ns) / 1e9);
    tell_losses(transmitter, &now, second);
    *told = now;
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
        const bool timetable = strstr(path, "timetables") != NULL, lesson = strstr(path, "lessons") != NULL;
        announcer_tell(
            broadcast->announcer, second, STYLE_YELLOW, "changed", "%s: %s", path,
            timetable ? "the air keeps the timetables that it has; `chalkcast act load` makes these hold, "
                        "with --dry-run it only tells what they change"
            : lesson  ? "the air keeps the lessons that it has; `chalkcast act lessons` makes new ones air"
                      : "the air keeps what was read at the start; `chalkcast check` shows the new one, "
                        "a restart takes it");
    }
}

void broadcast_tell(struct broadcast *broadcast)
{
    int64_t second = stream_second(broadcast);
    succession_turn(broadcast->succession, second, tell_news, broadcast);
    announcer_turn(broadcast->announcer, second);
    for (; broadcast->told < second; broadcast->told++)
        tell_second(broadcast, broadcast->told + 1);
    for (size_t i = 0; i < broadcast->count; i++)
        tell_state(&broadcast->transmitters[i], second);
    if (broadcast->partner)
        partner_turn(broadcast->partner, broadcast->revisions, second, tell_news, broadcast);
    tell_asrun(broadcast, second);
    tell_edited(broadcast, second);
    fflush(announcer_get_terminal(broadcast->announcer)->file);
}

bool broadcast_end(struct broadcast **pointer)
{
    struct broadcast *broadcast = *pointer;
    bool good = true;
    announcer_turn(broadcast->announcer, stream_second(broadcast));
    for (size_t i = 0; i < broadcast->count; i++) {
        struct transmitter *transmitter = &broadcast->transmitters[i];
        struct onair_state state = onair_get_state(transmitter->onair);
        uint64_t unplanned = atomic_load(&transmitter->faults) + state.unready;
        good = good && state.lost == 0 && state.skipped == 0 && unplanned == 0;
        fprintf(announcer_get_terminal(broadcast->announcer)->file,
                "off air  multiplex %s: %" PRIu64 " packets from slot %" PRIu64
                ", at most %.3f ms late%s, %" PRIu64 " datagrams lost, %" PRIu64 " seconds not as planned\n",
                transmitter->plan->name, state.slots, state.first_slot, state.late_max_ns / 1e6,
                is_realtime(broadcast) ? "" : " (without real-time priority)", state.lost, unplanned);
    }
    broadcast_free(pointer);
    return good;
}
