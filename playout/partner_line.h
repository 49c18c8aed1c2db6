/* A multiplex that two machines send: what both have told of it, and who is silent when they disagree.
 *
 * The thread on air asks before each datagram, and never waits: what it needs is in atomics. A machine is
 * silent only while its partner is heard and sends, and only when its own bytes are not the true ones: not as
 * planned, by an older revision than the partner's, or other than the partner's in a second in which the
 * partner goes before it (divergence.h). Clocks are arguments: `now_ns` is monotonic. */
#ifndef PLAYOUT_PARTNER_LINE_H
#define PLAYOUT_PARTNER_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/divergence.h"
#include "playout/emission.h"
#include "playout/partner_message.h"

#define PARTNER_PATIENCE_NS INT64_C(250000000) /* a partner that is silent for longer is not relied on */

struct partner_line;

/* What of its messages is the same for ever: stream, run, since_ns, station, program. NULL when memory is
 * out. */
struct partner_line *partner_line_new(const struct partner_message *mine, size_t services);
void partner_line_free(struct partner_line **line);

/* --- for the thread on air. It tells of each second that begins what it will show: all but slots and digest.
 * True when that is all as planned. */
bool partner_line_turn(struct partner_line *line, const struct emission *begun);
/* How far its stream clock is ahead of the monotonic one. */
void partner_line_follow(struct partner_line *line, int64_t offset_ns);
/* It sends no more. */
void partner_line_leave(struct partner_line *line);
/* No output took a datagram. */
void partner_line_lose(struct partner_line *line, int64_t now_ns);
/* Is a datagram, which is as planned or not, to be left to the partner? */
bool partner_line_holds_back(struct partner_line *line, bool planned, int64_t now_ns);
/* To be given to it: told every second when it has left. */
struct emission_ring *partner_line_ring(struct partner_line *line);

/* --- for who reads ahead: a second will not be as planned. */
void partner_line_doubt(struct partner_line *line, int64_t second);

/* --- for the thread that talks with the partner; the rest is its alone */
void partner_line_set_journal(struct partner_line *line, uint32_t entries, const uint8_t head[JOURNAL_HASH],
                              uint32_t holds, int64_t from);
int64_t partner_line_get_offset(const struct partner_line *line);
/* Takes what has left since. True when there is something that the partner should know at once. */
bool partner_line_listen(struct partner_line *line, int64_t stream_second, int64_t now_ns);
/* What to tell; `times` is to be filled in. */
const struct partner_message *partner_line_get_message(const struct partner_line *line);
/* What the partner tells. False when it is older than what is known, or about something else. */
bool partner_line_hear(struct partner_line *line, const struct partner_message *theirs, int64_t now_ns);

struct partner_judgement {
    bool heard;   /* the partner, lately; else the rest is void */
    bool silent;  /* this machine, ... */
    bool sending; /* ... or the partner does not */
    struct divergence divergence;
};
struct partner_judgement partner_line_judge(const struct partner_line *line, int64_t now_ns);

#endif
