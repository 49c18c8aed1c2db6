/* The control socket of a station that is on air: DIR/state/control, UNIX, for its owner. A program asks in
 * one line of JSON for an action and is answered in one line, on one connection as often as it likes:
 *
 *   {"do": "slate", "arguments": ["p1", "breaks/rest.mp4", "5m"], "from": ..., "on": ..., "rule": ...,
 * "shift": true, "dry_run": true}
 *   {"status": 0, "said": "From 2026-..."}      as `chalkcast act` ends and what it says, or
 *   {"error": "..."}                            when the line is no such question
 *
 * Each action is a process of its own, the same `chalkcast act`, so nothing that a client sends is worked on
 * by the process on air. Clients are few, their lines short, and who is slow is let go. */
#ifndef PLAYOUT_CONTROL_H
#define PLAYOUT_CONTROL_H

#include <stddef.h>

#define CONTROL_CLIENTS 8
#define CONTROL_LINE 16384  /* bytes of a question */
#define CONTROL_PATIENCE 10 /* seconds that a client may take for a line, or to take its answer */

struct control;

/* Listens and answers in a thread of its own. `program` is what acts: this one when NULL. NULL with a message
 * in error. */
struct control *control_new(const char *directory, const char *program, char *error, size_t size);
/* Ends actions that are not done. */
void control_free(struct control **control);

#endif
