/* The control socket of a station that is on air: DIR/state/control, UNIX, for its owner. A program asks in
 * one line of JSON for an action and is answered in one line, on one connection as often as it likes:
 *
 *   {"do": "slate", "arguments": ["p1", "breaks/rest.mp4", "5m"], "from": ..., "on": ..., "rule": ...,
 * "shift": true, "dry_run": true}
 *   {"status": 0, "said": "From 2026-..."}      as `chalkcast act` ends and what it says, or
 *   {"error": "..."}                            when the line is no such question
 *
 * Each action is a process of its own, the same `chalkcast act`, so nothing that a client sends is worked on
 * by the process on air. Clients are few, their lines short, and who is slow is let go.
 *
 * A rehearsal has one of its own, DIR/state/rehearsal-control, for people in training. As its journal is the
 * station's, it takes only what changes nothing: `dry_run`, and `list`. What is asked without `from` is asked
 * as of the rehearsal's clock. */
#ifndef PLAYOUT_CONTROL_H
#define PLAYOUT_CONTROL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONTROL_REHEARSAL "rehearsal-control" /* its name in state/ */
#define CONTROL_CLIENTS 8
#define CONTROL_LINE 16384  /* bytes of a question */
#define CONTROL_PATIENCE 10 /* seconds that a client may take for a line, or to take its answer */

struct control;

struct control_job {
    const char *directory; /* of the station */
    const char *program;   /* what acts: this one when NULL */
    bool rehearsal;
    int64_t shift; /* seconds by which its clock is ahead of the system's */
};

/* Listens and answers in a thread of its own. NULL with a message in error. */
struct control *control_new(const struct control_job *job, char *error, size_t size);
/* Ends actions that are not done. */
void control_free(struct control **control);

#endif
