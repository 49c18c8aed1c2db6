/* A station on air: all its multiplexes on all their outputs, and what the operator is told meanwhile. Where
 * another station follows, that is another broadcast (changeover.h). */
#ifndef PLAYOUT_BROADCAST_H
#define PLAYOUT_BROADCAST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/revisions.h"
#include "playout/succession.h"
#include "playout/terminal.h"

struct broadcast;

struct broadcast_job {
    struct revisions *revisions; /* its own until it ends or another one takes over */
    bool rehearsal;              /* the clock is shifted: it is `at` now */
    int64_t at;
    uint32_t at_ns;
    struct broadcast *before;  /* that is on air, which it is to take over from; NULL: none */
    struct revision *revision; /* what it begins with, with its channels; NULL: what holds now */
};

/* Opens what it begins with, of which it becomes the owner in either case. NULL when memory is out, or with
 * diagnostics printed. */
struct broadcast *broadcast_new(const struct broadcast_job *job);
/* Makes all that sends: outputs are opened, which takes its time; nothing leaves. False with a message in
 * error. For any one thread, as broadcast_fill() is. */
bool broadcast_make(struct broadcast *broadcast, char *error, size_t size);
/* Reads what is to be sent from this second on, for as long as the disk takes. */
void broadcast_fill(struct broadcast *broadcast, int64_t second);
/* Goes on air at once, as soon as what comes first is read. False when memory or threads are out. */
bool broadcast_start(struct broadcast *broadcast);
/* Goes on air at a second for which it was filled, and sees that the one before leaves it then: a second from
 * now at least. False when memory or threads are out: the one before goes on. */
bool broadcast_take_over(struct broadcast *broadcast, struct broadcast *before, int64_t second);
/* Begins the as-run log, when that of the one before has ended. */
void broadcast_log(struct broadcast *broadcast);
/* Ends, prints a summary if anything was told of it, frees and nulls. True when every slot left as planned.
 */
bool broadcast_end(struct broadcast **broadcast);

/* For the thread that tells. Prints what is on air at first, then what has happened since the last call:
 * changes of item, faults, edited files. Call a few times a second, once it is on air. */
void broadcast_tell(struct broadcast *broadcast);
/* Tells a fault (STYLE_RED), or what becomes of a revision. */
void broadcast_say(struct broadcast *broadcast, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The second of its stream. */
int64_t broadcast_second(const struct broadcast *broadcast);
/* Its revisions, once it is on air. */
struct succession *broadcast_get_succession(struct broadcast *broadcast);

#endif
