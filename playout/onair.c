/* Each datagram is filled before its deadline and sent at it. Deadlines are absolute; nothing adds up. */
#include "playout/onair.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "playout/slate.h"

#define NS INT64_C(1000000000)
#define SLATES 3 /* seconds that may be in use at once */

struct onair {
    struct onair_job job;
    struct lesson **slate; /* per service: the compiled-in picture, for those that have nothing in time ... */
    struct lesson_second **slates; /* ... and [services * SLATES] seconds of it */
    const struct lesson_second **here, **next;
    struct table_page *pages;
    uint8_t time_packet[TS_PACKET];        /* of the last of them: the rings' is written over */
    struct shown *shown_here, *shown_next; /* what they are */
    int64_t pages_second;                  /* whose pages they are */
    uint8_t datagram[UDP_PACKETS * TS_PACKET];
    int64_t second;          /* superframe that is being filled */
    uint64_t end;            /* its end */
    uint64_t first, ready;   /* slot of the first datagram, and of the one that is ready ... */
    int64_t due;             /* ... and when it is due */
    uint64_t begun;          /* first slot that left of it, or will */
    uint32_t split;          /* packets of the datagram that belong to the second before */
    bool *on, *on_before;    /* per output: is it on in this second, in the one before it */
    XXH3_state_t *digest;    /* of what has left of the second that is leaving */
    struct emission **rooms; /* per ring: where that second is told when it has left; NULL: nowhere */
    uint64_t *told_lost, *told_held;
    bool rejoined;                /* the slots before `begun` were left out */
    bool planned, planned_before; /* all of this second, of the one before */
    atomic_ullong slots, late_max_ns, lost, skipped, unready, held;
    atomic_llong clock_step_ns;
    atomic_int lost_errno;
    struct slot_rate rate;
    atomic_ullong stop;                            /* the first slot that never leaves */
    atomic_llong stream_ns, ignored_ns, asleep_ns; /* of the clock, as it was last followed: at monotonic 0 */
};

static void tell_unready(const struct channel *channel, size_t service, int64_t second, struct shown *shown)
{
    const struct plan *plan = channel->studio->plan;
    const struct on_air planned = plan_at(plan, channel->index, service, second);
    shown_init(shown, channel, &planned);
    shown_set_source(shown, plan, PLAN_SLATE, 0);
    shown->cause = SHOWN_UNREADY;
    shown->filling = true;
}

/* Decides, once, what the services show in a second. */
static void take_next(struct onair *onair, int64_t second)
{
    const struct channel *channel = onair->job.channel;
    for (size_t i = 0; i < channel->services; i++) {
        const struct shown *shown;
        onair->next[i] = ahead_take(onair->job.ahead, i, second, &shown);
        if (onair->next[i]) {
            onair->shown_next[i] = *shown;
            continue;
        }
        struct lesson_second *slate = onair->slates[i * SLATES + second % SLATES];
        if (slate->second != second)
            lesson_read_silent(onair->slate[i], channel_tracks(channel, i), 0, second,
                               channel_house(channel, i), slate);
        onair->next[i] = slate;
        tell_unready(channel, i, second, &onair->shown_next[i]);
        atomic_fetch_add(&onair->unready, 1);
    }
}

/* The lanes are those of the plan that the tables tell: when these were not built in time, both stay. */
static void take_tables(struct onair *onair, int64_t second)
{
    const struct table_page *pages = ahead_take_tables(onair->job.ahead, second, &onair->job.channel);
    if (!pages)
        return;
    const size_t count = si_lane_count(onair->job.channel->si);
    memcpy(onair->pages, pages, count * sizeof *pages);
    memcpy(onair->time_packet, pages[count - 1].packets, sizeof onair->time_packet);
    onair->pages[count - 1].packets = onair->time_packet;
    onair->pages_second = second;
}

/* They are switched with the revision whose tables leave. */
static void switch_outputs(struct onair *onair, int64_t second)
{
    const struct channel *channel = onair->job.channel;
    bool *old = onair->on_before;
    onair->on_before = onair->on;
    onair->on = old;
    for (size_t i = 0; i < onair->job.output_count; i++)
        onair->on[i] = plan_sends(channel->studio->plan, channel->index, i, second);
}

static void publish_clock(struct onair *onair)
{
    const struct clock *clock = &onair->job.clock;
    atomic_store(&onair->stream_ns, clock_stream(clock, 0));
    atomic_store(&onair->ignored_ns, clock->ignored_ns);
    atomic_store(&onair->asleep_ns, clock->asleep_ns);
}

static void tell_partner(struct onair *onair)
{
    const struct clock *clock = &onair->job.clock;
    const struct emission begun = {.second = onair->second,
                                   .revision = onair->job.channel->revision,
                                   .pages_second = onair->pages_second,
                                   .services = onair->job.channel->services,
                                   .here = onair->shown_here,
                                   .next = onair->shown_next};
    onair->planned_before = onair->planned;
    onair->planned = partner_line_turn(onair->job.partner, &begun);
    partner_line_follow(onair->job.partner, clock->stream_ns - clock->monotonic_ns);
}

static void turn_second(struct onair *onair, int64_t second)
{
    const struct lesson_second **old = onair->here;
    struct shown *shown = onair->shown_here;
    onair->shown_here = onair->shown_next;
    onair->shown_next = shown;
    onair->second = second;
    onair->end = slot_at(onair->job.channel->rate, second + 1, 0);
    onair->here = onair->next;
    onair->next = old;
    ahead_advance(onair->job.ahead, second);
    take_next(onair, second + 1);
    take_tables(onair, second);
    switch_outputs(onair, second);
    int64_t step = clock_follow(&onair->job.clock, clock_read());
    if (step)
        atomic_fetch_add(&onair->clock_step_ns, step);
    publish_clock(onair);
    if (onair->job.partner)
        tell_partner(onair);
}

static bool is_any_on(const struct onair *onair, const bool *on)
{
    bool any = false;
    for (size_t i = 0; i < onair->job.output_count; i++)
        any = any || on[i];
    return any;
}

/* Notes what is told of the second when the last of its slots has left. */
static void tell_second(struct onair *onair, uint64_t end)
{
    const size_t services = onair->job.channel->services;
    for (size_t i = 0; i < onair->job.ring_count; i++) {
        struct emission *room = emission_ring_room(onair->job.rings[i]);
        onair->rooms[i] = room;
        if (!room)
            continue;
        room->second = onair->second;
        room->first = onair->begun;
        room->last = end - 1;
        room->rejoined = onair->rejoined;
        room->switched_off = !is_any_on(onair, onair->on);
        room->revision = onair->job.channel->revision;
        room->pages_second = onair->pages_second;
        memcpy(room->here, onair->shown_here, services * sizeof *room->here);
        memcpy(room->next, onair->shown_next, services * sizeof *room->next);
    }
    onair->begun = end;
    onair->rejoined = false;
}

static void publish_second(struct onair *onair)
{
    const uint64_t digest = XXH3_64bits_digest(onair->digest);
    const uint64_t lost = atomic_load_explicit(&onair->lost, memory_order_relaxed);
    const uint64_t held = atomic_load_explicit(&onair->held, memory_order_relaxed);
    XXH3_64bits_reset(onair->digest);
    for (size_t i = 0; i < onair->job.ring_count; i++) {
        struct emission *room = onair->rooms[i];
        if (!room)
            continue;
        room->digest = digest;
        room->lost = (uint32_t)(lost - onair->told_lost[i]);
        room->lost_errno = atomic_load_explicit(&onair->lost_errno, memory_order_relaxed);
        onair->told_lost[i] = lost;
        room->held = (uint32_t)(held - onair->told_held[i]);
        onair->told_held[i] = held;
        onair->rooms[i] = NULL;
        emission_ring_publish(onair->job.rings[i]);
    }
}

/* The datagram has left. */
static void digest_datagram(struct onair *onair)
{
    const size_t split = (size_t)onair->split * TS_PACKET;
    XXH3_64bits_update(onair->digest, onair->datagram, split);
    if (onair->split == UDP_PACKETS)
        return;
    publish_second(onair);
    XXH3_64bits_update(onair->digest, onair->datagram + split, sizeof onair->datagram - split);
}

/* Makes the datagram ready that begins with slot k. */
static void fill_datagram(struct onair *onair, uint64_t k)
{
    onair->split = UDP_PACKETS;
    onair->ready = k;
    onair->due = ONAIR_NEVER;
    if (k + UDP_PACKETS > atomic_load(&onair->stop))
        return;
    for (uint32_t filled = 0; filled < UDP_PACKETS;) {
        while (k + filled >= onair->end) {
            if (onair->begun < onair->end) {
                onair->split = filled;
                tell_second(onair, onair->end);
            }
            turn_second(onair, onair->second + 1);
        }
        struct superframe frame = {onair->second, onair->here, onair->next, onair->pages};
        uint64_t left = onair->end - (k + filled);
        uint32_t count = left < UDP_PACKETS - filled ? left : UDP_PACKETS - filled;
        multiplex_fill(onair->job.channel->multiplex, &frame, k + filled, count,
                       onair->datagram + (size_t)filled * TS_PACKET);
        filled += count;
    }
    onair->due = clock_monotonic(&onair->job.clock,
                                 onair->second * NS + slot_ns(onair->job.channel->rate, k, onair->second));
}

/* The datagram that is ready never leaves. */
void onair_end(struct onair *onair)
{
    if (onair->job.partner)
        partner_line_leave(onair->job.partner);
    if (onair->split == UDP_PACKETS)
        tell_second(onair, onair->ready);
    for (size_t i = 0; i < onair->job.ring_count; i++) {
        struct emission *room = onair->rooms[i];
        if (room && room->first >= onair->ready)
            onair->rooms[i] = NULL; /* nothing has left */
        else if (room)
            room->last = onair->ready - 1;
    }
    publish_second(onair);
}

/* Brings the superframe about in which the multiplex begins, or goes on; the first slot is the first of a
 * datagram. */
static void begin(struct onair *onair, int64_t stream_ns, bool fill)
{
    const int64_t second = stream_ns / NS;
    const uint64_t k = slot_at(onair->job.channel->rate, second, stream_ns % NS);
    onair->begun = (k + UDP_PACKETS - 1) / UDP_PACKETS * UDP_PACKETS;
    if (fill)
        ahead_fill(onair->job.ahead, second, second + 1);
    take_next(onair, second);
    turn_second(onair, second);
    fill_datagram(onair, onair->begun);
}

void onair_start(struct onair *onair, int64_t monotonic_ns)
{
    begin(onair, clock_stream(&onair->job.clock, monotonic_ns), true);
    onair->first = onair->ready;
}

/* Goes on with the slot that is due now. What was read ahead is not for its second: for as long as the crew
 * takes to read again it is the picture. */
static void rejoin(struct onair *onair, int64_t monotonic_ns)
{
    const uint64_t ready = onair->ready;
    onair_end(onair);
    onair->rejoined = true;
    begin(onair, clock_stream(&onair->job.clock, monotonic_ns), false);
    atomic_fetch_add(&onair->skipped, onair->ready - ready);
}

int64_t onair_due(const struct onair *onair)
{
    return onair->due;
}

/* Per output: is it on in the second in which the datagram that is ready begins? */
static const bool *get_switches(const struct onair *onair)
{
    return onair->split > 0 && onair->split < UDP_PACKETS ? onair->on_before : onair->on;
}

/* A datagram that begins in one second and ends in the next is as planned when both are. What no output would
 * have sent is not left to the partner. */
static bool is_held_back(struct onair *onair, int64_t monotonic_ns)
{
    const bool planned = onair->planned && (onair->split == UDP_PACKETS || onair->planned_before);
    if (!onair->job.partner || !partner_line_holds_back(onair->job.partner, planned, monotonic_ns))
        return false;
    atomic_fetch_add_explicit(&onair->held, is_any_on(onair, get_switches(onair)), memory_order_relaxed);
    return true;
}

static void send_datagram(struct onair *onair, int64_t monotonic_ns)
{
    const bool *on = get_switches(onair);
    size_t sent = 0, lost = 0;
    for (size_t i = 0; i < onair->job.output_count; i++) {
        if (!on[i])
            continue;
        if (udp_output_send(onair->job.outputs[i], onair->job.channel->rate, onair->ready, onair->datagram)) {
            sent++;
            continue;
        }
        atomic_store(&onair->lost_errno, errno);
        atomic_fetch_add(&onair->lost, 1);
        lost++;
    }
    if (onair->job.partner && sent == 0 && lost > 0)
        partner_line_lose(onair->job.partner, monotonic_ns);
}

void onair_send(struct onair *onair, int64_t monotonic_ns)
{
    int64_t late = monotonic_ns - onair->due;
    if (late > ONAIR_LATE_NS) {
        rejoin(onair, monotonic_ns);
        return;
    }
    if (late > (int64_t)atomic_load_explicit(&onair->late_max_ns, memory_order_relaxed))
        atomic_store_explicit(&onair->late_max_ns, late, memory_order_relaxed);
    if (!is_held_back(onair, monotonic_ns))
        send_datagram(onair, monotonic_ns);
    atomic_fetch_add_explicit(&onair->slots, UDP_PACKETS, memory_order_relaxed);
    digest_datagram(onair);
    fill_datagram(onair, onair->ready + UDP_PACKETS);
}

static bool allocate(struct onair *onair)
{
    const struct channel *channel = onair->job.channel;
    onair->here = calloc(channel->services, sizeof *onair->here);
    onair->next = calloc(channel->services, sizeof *onair->next);
    onair->pages = calloc(si_lane_count(channel->si), sizeof *onair->pages);
    onair->slate = calloc(channel->services, sizeof *onair->slate);
    onair->slates = calloc(channel->services * SLATES, sizeof *onair->slates);
    onair->shown_here = calloc(channel->services, sizeof *onair->shown_here);
    onair->shown_next = calloc(channel->services, sizeof *onair->shown_next);
    onair->on = calloc(onair->job.output_count + 1, sizeof *onair->on);
    onair->on_before = calloc(onair->job.output_count + 1, sizeof *onair->on_before);
    onair->digest = XXH3_createState();
    onair->rooms = calloc(onair->job.ring_count + 1, sizeof *onair->rooms);
    onair->told_lost = calloc(onair->job.ring_count + 1, sizeof *onair->told_lost);
    onair->told_held = calloc(onair->job.ring_count + 1, sizeof *onair->told_held);
    if (onair->digest)
        XXH3_64bits_reset(onair->digest);
    bool good = onair->here && onair->next && onair->pages && onair->slate && onair->slates &&
                onair->shown_here && onair->shown_next && onair->on && onair->on_before && onair->digest &&
                onair->rooms && onair->told_lost && onair->told_held;
    for (size_t i = 0; good && i < channel->services; i++)
        good = (onair->slate[i] = slate_open(channel_house(channel, i)));
    for (size_t i = 0; good && i < channel->services * SLATES; i++) {
        onair->slates[i] = channel_new_second(channel, i / SLATES);
        good = onair->slates[i];
        if (good)
            onair->slates[i]->second = -1;
    }
    return good;
}

struct onair *onair_new(const struct onair_job *job)
{
    struct onair *onair = calloc(1, sizeof *onair);
    if (!onair)
        return NULL;
    onair->job = *job;
    onair->rate = job->channel->rate;
    atomic_init(&onair->stop, UINT64_MAX);
    publish_clock(onair);
    if (!allocate(onair))
        onair_free(&onair);
    return onair;
}

void onair_set_clock(struct onair *onair, struct clock clock)
{
    onair->job.clock = clock;
    publish_clock(onair);
}

/* The thread on air follows it once a second: what was read twice alike is of one time. */
struct clock onair_get_clock(const struct onair *onair)
{
    const struct clock_reading now = clock_read();
    struct clock clock = {.monotonic_ns = now.monotonic_ns, .followed_ns = now.monotonic_ns};
    int64_t stream_ns;
    do {
        stream_ns = atomic_load(&onair->stream_ns);
        clock.ignored_ns = atomic_load(&onair->ignored_ns);
        clock.asleep_ns = atomic_load(&onair->asleep_ns);
    } while (stream_ns != atomic_load(&onair->stream_ns) ||
             clock.ignored_ns != atomic_load(&onair->ignored_ns));
    clock.stream_ns = stream_ns + now.monotonic_ns;
    clock.shift_ns = onair->job.clock.shift_ns;
    return clock;
}

void onair_stop_at(struct onair *onair, int64_t second)
{
    atomic_store(&onair->stop, slot_at(onair->rate, second, 0));
}

void onair_free(struct onair **pointer)
{
    struct onair *onair = *pointer;
    if (!onair)
        return;
    for (size_t i = 0; onair->slate && i < onair->job.channel->services; i++)
        lesson_free(&onair->slate[i]);
    for (size_t i = 0; onair->slates && i < onair->job.channel->services * SLATES; i++)
        lesson_second_free(&onair->slates[i]);
    free(onair->slate);
    free(onair->slates);
    free(onair->here);
    free(onair->next);
    free(onair->pages);
    free(onair->shown_here);
    free(onair->shown_next);
    free(onair->on);
    free(onair->on_before);
    XXH3_freeState(onair->digest);
    free(onair->rooms);
    free(onair->told_lost);
    free(onair->told_held);
    free(onair);
    *pointer = NULL;
}

struct onair_state onair_get_state(struct onair *onair)
{
    return (struct onair_state){.first_slot = onair->first,
                                .slots = atomic_load(&onair->slots),
                                .late_max_ns = atomic_load(&onair->late_max_ns),
                                .lost = atomic_load(&onair->lost),
                                .lost_errno = atomic_load(&onair->lost_errno),
                                .held = atomic_load(&onair->held),
                                .skipped = atomic_load(&onair->skipped),
                                .unready = atomic_load(&onair->unready),
                                .clock_step_ns = atomic_load(&onair->clock_step_ns)};
}
