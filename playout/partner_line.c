/* The partner's last message becomes a few numbers that answer the question of the thread on air. */
#include "playout/partner_line.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#define NS INT64_C(1000000000)
#define LOST_NS NS       /* not heard for so long: it is told */
#define ON_AIR_SECONDS 2 /* a thread on air that has not turned for longer sends nothing */

struct partner_line {
    struct partner_message mine, theirs;
    int64_t heard_at; /* the newest message; 0: none */
    struct emission_ring *ring;
    /* of the thread on air */
    atomic_llong second;
    atomic_bool planned, held;
    atomic_uint oldest, newest; /* revision */
    atomic_llong lost_at, offset;
    /* of who reads */
    atomic_llong doubtful, until;
    /* for the thread on air */
    atomic_llong sent_at;    /* when the partner last said that it sends */
    atomic_llong planned_to; /* it does as planned in seconds before this */
    atomic_uint holds;       /* the revision by which it does, ... */
    atomic_llong from;       /* ... from this second on */
    atomic_bool yields;
};

struct partner_line *partner_line_new(const struct partner_message *mine, size_t services)
{
    struct partner_line *line = calloc(1, sizeof *line);
    if (!line)
        return NULL;
    partner_message_init(&line->mine);
    partner_message_init(&line->theirs);
    line->mine.stream = mine->stream;
    line->mine.run = mine->run;
    line->mine.since_ns = mine->since_ns;
    line->mine.station = mine->station;
    line->mine.program = mine->program;
    atomic_init(&line->second, -1);
    atomic_init(&line->until, -1);
    atomic_init(&line->planned_to, INT64_MIN);
    line->ring = emission_ring_new(services);
    if (!line->ring)
        partner_line_free(&line);
    return line;
}

void partner_line_free(struct partner_line **line)
{
    if (*line)
        emission_ring_free(&(*line)->ring);
    free(*line);
    *line = NULL;
}

struct emission_ring *partner_line_ring(struct partner_line *line)
{
    return line->ring;
}

/* --- on air */

bool partner_line_turn(struct partner_line *line, const struct emission *begun)
{
    const struct partner_second second = partner_second_of(begun);
    atomic_store(&line->planned, second.planned);
    atomic_store(&line->oldest, second.oldest);
    atomic_store(&line->newest, second.newest);
    atomic_store(&line->second, second.second);
    return second.planned;
}

void partner_line_leave(struct partner_line *line)
{
    atomic_store(&line->second, -1);
}

void partner_line_follow(struct partner_line *line, int64_t offset_ns)
{
    atomic_store(&line->offset, offset_ns);
}

void partner_line_lose(struct partner_line *line, int64_t now_ns)
{
    atomic_store_explicit(&line->lost_at, now_ns, memory_order_relaxed);
}

/* The datagrams of a second carry the beginnings of the next one's cells. */
static bool is_stale(const struct partner_line *line)
{
    const uint32_t holds = atomic_load(&line->holds);
    const int64_t from = atomic_load(&line->from), second = atomic_load(&line->second);
    return second >= from       ? atomic_load(&line->oldest) < holds
           : second + 1 == from ? atomic_load(&line->newest) < holds
                                : false;
}

bool partner_line_holds_back(struct partner_line *line, bool planned, int64_t now_ns)
{
    const int64_t sent_at = atomic_load_explicit(&line->sent_at, memory_order_relaxed);
    bool held = false;
    if (now_ns - sent_at < PARTNER_PATIENCE_NS) {
        const bool relied_on = atomic_load_explicit(&line->second, memory_order_relaxed) <
                               atomic_load_explicit(&line->planned_to, memory_order_relaxed);
        held = atomic_load_explicit(&line->yields, memory_order_relaxed) ||
               (relied_on && (!planned || is_stale(line)));
    }
    atomic_store_explicit(&line->held, held, memory_order_relaxed);
    return held;
}

/* --- reading ahead */

/* What is read for a second begins to leave in the one before it. Who sees the new end with the old beginning
 * doubts too much, for a moment. */
void partner_line_doubt(struct partner_line *line, int64_t second)
{
    const int64_t until = atomic_load(&line->until);
    atomic_store(&line->until, second);
    if (second > until + 1)
        atomic_store(&line->doubtful, second - 1);
}

/* --- the talk */

void partner_line_set_journal(struct partner_line *line, uint32_t entries, const uint8_t head[JOURNAL_HASH],
                              uint32_t holds, int64_t from)
{
    line->mine.entries = entries;
    memcpy(line->mine.head, head, JOURNAL_HASH);
    line->mine.holds = holds;
    line->mine.from = from;
}

/* What of the two that are seen is not as planned, or else the one that begins. */
static struct partner_service service_of(const struct emission *emission, size_t i)
{
    const struct shown *shown =
        emission->here[i].cause != SHOWN_PLANNED ? &emission->here[i] : &emission->next[i];
    char half[17] = "";
    memcpy(half, shown->lesson, sizeof half - 1);
    return (struct partner_service){strtoull(half, NULL, 16), shown->cell, shown->cause};
}

static void take_emission(struct partner_message *mine, const struct emission *emission)
{
    struct partner_second *second = &mine->seconds[emission->second % PARTNER_SECONDS];
    *second = partner_second_of(emission);
    second->first = emission->first;
    second->last = emission->last;
    second->digest = emission->digest;
    mine->service_count = emission->services < PARTNER_SERVICES ? emission->services : PARTNER_SERVICES;
    for (size_t i = 0; i < mine->service_count; i++)
        mine->services[i] = service_of(emission, i);
}

static bool is_sending(const struct partner_line *line, int64_t stream_second, int64_t now_ns)
{
    const int64_t second = atomic_load(&line->second), lost_at = atomic_load(&line->lost_at);
    return second >= 0 && stream_second - second < ON_AIR_SECONDS && !atomic_load(&line->held) &&
           (!lost_at || now_ns - lost_at >= PARTNER_PATIENCE_NS);
}

static void judge_digests(struct partner_line *line)
{
    if (line->heard_at)
        atomic_store(&line->yields, divergence_yields(&line->mine, &line->theirs));
}

int64_t partner_line_get_offset(const struct partner_line *line)
{
    return atomic_load(&line->offset);
}

bool partner_line_listen(struct partner_line *line, int64_t stream_second, int64_t now_ns)
{
    struct partner_message *mine = &line->mine;
    const struct partner_message before = *mine;
    bool news = false;
    for (const struct emission *emission; (emission = emission_ring_peek(line->ring)); news = true) {
        take_emission(mine, emission);
        emission_ring_drop(line->ring);
    }
    mine->sending = is_sending(line, stream_second, now_ns);
    mine->planned = atomic_load(&line->second) < 0 || atomic_load(&line->planned);
    mine->doubtful = atomic_load(&line->doubtful);
    mine->until = atomic_load(&line->until);
    judge_digests(line);
    return news || mine->sending != before.sending || mine->planned != before.planned ||
           mine->until != before.until;
}

const struct partner_message *partner_line_get_message(const struct partner_line *line)
{
    return &line->mine;
}

/* Until when the partner says that it does as planned. */
static int64_t planned_to(const struct partner_message *mine, const struct partner_message *theirs)
{
    if (!theirs->planned || theirs->holds < mine->holds)
        return INT64_MIN;
    return theirs->until < theirs->times.sent_at / NS ? INT64_MAX : theirs->doubtful;
}

bool partner_line_hear(struct partner_line *line, const struct partner_message *theirs, int64_t now_ns)
{
    if (theirs->stream != line->mine.stream || theirs->run == line->mine.run)
        return false;
    if (line->heard_at && theirs->run == line->theirs.run &&
        theirs->times.sent_at < line->theirs.times.sent_at)
        return false;
    line->theirs = *theirs;
    line->heard_at = now_ns;
    judge_digests(line);
    atomic_store(&line->from, theirs->from); /* before `holds`, which is read first */
    atomic_store(&line->holds, theirs->holds);
    atomic_store(&line->planned_to, planned_to(&line->mine, theirs));
    atomic_store(&line->sent_at, theirs->sending ? now_ns : 0);
    return true;
}

struct partner_judgement partner_line_judge(const struct partner_line *line, int64_t now_ns)
{
    return (struct partner_judgement){.heard = line->heard_at && now_ns - line->heard_at < LOST_NS,
                                      .silent = atomic_load(&line->held),
                                      .sending = line->theirs.sending,
                                      .divergence = divergence_find(&line->mine, &line->theirs)};
}
