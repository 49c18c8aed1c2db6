#include "playout/transmitter.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WELL_SECONDS 10 /* without a loss: an output takes datagrams again */

/* --- its making */

/* From the threads that read. */
static void report_fault(void *context, const struct reader_fault *fault)
{
    struct transmitter *transmitter = context;
    int64_t *until = &transmitter->fault_until[fault->service];
    const bool again = *until == fault->second - 1;
    if (transmitter->line)
        partner_line_doubt(transmitter->line, fault->second);
    *until = fault->second;
    atomic_fetch_add(&transmitter->faults, 1);
    if (!again)
        announcer_leave(transmitter->announcer, fault->second, "service %s: lesson %s %s; viewers see %s",
                        transmitter->plan->services[fault->service].id, fault->source,
                        lesson_error_text(fault->error),
                        fault->instead ? fault->instead : "the compiled-in picture");
}

static bool open_output(struct transmitter *transmitter, const struct output *output, const char *name,
                        bool rehearsal, char *error, size_t size)
{
    const char *file = transmitter->studio->station->file;
    char why[256] = "out of memory";
    struct udp_output *opened = udp_output_new(output, name, why, sizeof why);
    if (!opened) {
        snprintf(error, size, "%s:%d: %s", file, output->line, why);
        return false;
    }
    transmitter->outputs[transmitter->output_count++] = opened;
    if (!rehearsal || output->rehearsal || udp_output_is_local(opened))
        return true;
    snprintf(error, size,
             "%s:%d: --at is for rehearsals and %s can leave this machine: use interface=\"lo\", or mark the "
             "output with rehearsal=\"true\"",
             file, output->line, output->uri);
    return false;
}

bool transmitter_open(struct transmitter *transmitter, size_t multiplex, bool rehearsal, char *error,
                      size_t size)
{
    const struct station *station = transmitter->studio->station;
    const struct multiplex_plan *plan = &station->multiplexes[multiplex];
    char name[256];
    snprintf(name, sizeof name, "%s/%s", station->id, plan->name);
    transmitter->plan = plan;
    transmitter->fault_until = calloc(plan->service_count, sizeof(int64_t));
    transmitter->outputs = calloc(plan->output_count + 1, sizeof *transmitter->outputs);
    bool good = transmitter->fault_until && transmitter->outputs;
    for (size_t i = 0; good && i < plan->output_count; i++)
        good = open_output(transmitter, &plan->outputs[i], name, rehearsal, error, size);
    return good;
}

bool transmitter_make(struct transmitter *transmitter, const struct channel *channel, struct clock clock)
{
    transmitter->ahead = ahead_new(channel, report_fault, transmitter);
    transmitter->ring = emission_ring_new(channel->services);
    if (!transmitter->ahead || !transmitter->ring)
        return false;
    transmitter->rings[transmitter->ring_count++] = transmitter->ring;
    if (transmitter->line)
        transmitter->rings[transmitter->ring_count++] = partner_line_ring(transmitter->line);
    transmitter->onair = onair_new(&(struct onair_job){.channel = channel,
                                                       .ahead = transmitter->ahead,
                                                       .outputs = transmitter->outputs,
                                                       .output_count = transmitter->output_count,
                                                       .clock = clock,
                                                       .rings = transmitter->rings,
                                                       .ring_count = transmitter->ring_count,
                                                       .partner = transmitter->line});
    return transmitter->onair != NULL;
}

void transmitter_fini(struct transmitter *transmitter)
{
    onair_free(&transmitter->onair);
    emission_ring_free(&transmitter->ring);
    ahead_free(&transmitter->ahead);
    for (size_t i = 0; i < transmitter->output_count; i++)
        udp_output_free(&transmitter->outputs[i]);
    free(transmitter->outputs);
    free(transmitter->fault_until);
}

bool transmitter_spins(const struct transmitter *transmitter)
{
    for (size_t i = 0; i < transmitter->plan->output_count; i++)
        if (transmitter->plan->outputs[i].pacing == PACING_SPIN)
            return true;
    return false;
}

/* --- what is told */

/* An outage of an output is told once, and its end. */
static void tell_losses(struct transmitter *transmitter, const struct onair_state *now, int64_t second)
{
    struct announcer *announcer = transmitter->announcer;
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
void transmitter_tell(struct transmitter *transmitter, int64_t second)
{
    struct announcer *announcer = transmitter->announcer;
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

bool transmitter_sum_up(const struct transmitter *transmitter, bool realtime, FILE *file)
{
    struct onair_state state = onair_get_state(transmitter->onair);
    uint64_t unplanned = atomic_load(&transmitter->faults) + state.unready;
    fprintf(file,
            "off air  multiplex %s: %" PRIu64 " packets from slot %" PRIu64
            ", at most %.3f ms late%s, %" PRIu64 " datagrams lost, %" PRIu64 " seconds not as planned\n",
            transmitter->plan->name, state.slots, state.first_slot, state.late_max_ns / 1e6,
            realtime ? "" : " (without real-time priority)", state.lost, unplanned);
    return state.lost == 0 && state.skipped == 0 && unplanned == 0;
}
