/* What two machines that send one station tell each other of a multiplex: what it sent, what it is about to
 * send, and what could make it differ.
 *
 * One datagram, numbers in network byte order. Whatever arrives is either a whole message of this form or
 * none. */
#ifndef PLAYOUT_PARTNER_MESSAGE_H
#define PLAYOUT_PARTNER_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/emission.h"
#include "playout/journal.h"
#include "playout/shown.h"

#define PARTNER_MESSAGE_MAX 1400 /* bytes: one datagram everywhere */
#define PARTNER_SECONDS 4
#define PARTNER_SERVICES 64

struct partner_second {           /* of the stream, whole or in part */
    int64_t second;               /* -1: none */
    uint64_t first, last, digest; /* emission.h */
    bool planned;                 /* nothing of it was shown instead of what the plan names */
    uint32_t oldest, newest;      /* of the revisions that it was made by */
};

struct partner_service { /* what it presented */
    uint64_t lesson;     /* the first half of the lesson's hash, 0: the compiled-in picture */
    uint32_t cell;
    enum shown_cause cause;
};

struct partner_times { /* ns of each machine's stream clock; 0: never */
    int64_t sent_at;
    int64_t heard_at; /* when the other's newest message came, and ... */
    int64_t echoed;   /* ... when that was sent, by the other's clock */
};

struct partner_message {
    /* the machine */
    uint32_t stream;           /* transport_stream_id of the multiplex that it is about */
    uint64_t run;              /* a random number that is its own while it runs */
    bool asks;                 /* wants an answer at once */
    int64_t since_ns;          /* of its stream clock: when it came on air */
    uint64_t station, program; /* XXH3-64 of station.xml, of the program's version */
    struct partner_times times;
    /* the journal */
    uint32_t entries;           /* in it */
    uint8_t head[JOURNAL_HASH]; /* hash of the newest one, zeros: there is none */
    uint32_t holds;             /* the revision that holds in some seconds' time, and ... */
    int64_t from;               /* ... since when */
    /* the stream */
    bool sending;            /* what it fills leaves it */
    bool planned;            /* what it sends now is what the plan names */
    int64_t doubtful, until; /* seconds that are known not to be as planned; the first is later: none */
    struct partner_second seconds[PARTNER_SECONDS]; /* second s lies at s % PARTNER_SECONDS */
    size_t service_count;
    struct partner_service services[PARTNER_SERVICES]; /* in the newest second */
};

/* What is compared of a second, but for its slots and digest. */
struct partner_second partner_second_of(const struct emission *emission);

/* Nothing is known yet. */
void partner_message_init(struct partner_message *message);
/* Bytes written. */
size_t partner_message_build(const struct partner_message *message, uint8_t bytes[PARTNER_MESSAGE_MAX]);
/* False when the bytes are no message. */
bool partner_message_parse(const uint8_t *bytes, size_t length, struct partner_message *message);

/* How far the other's stream clock is ahead of this one's, which shows now_ns as the other's times arrive,
 * and how wrong that may be at most: half of the way there and back. False when the other has not heard of
 * this one yet. */
bool partner_times_gap(const struct partner_times *theirs, int64_t now_ns, int64_t *gap, int64_t *error);

/* The newest of its seconds; NULL when there is none. */
const struct partner_second *partner_message_newest(const struct partner_message *message);

#endif
