/* The broadcast on air, and the one that takes over from it where another station holds: another station has
 * other multiplexes, rates, services or outputs, so nothing of a broadcast can go on, and a whole one is made
 * beside it by a thread of its own, while there is time. At the second from which the other station holds the
 * one sends its last datagram and the other its first; both were ready long before. What cannot be made does
 * not air, and the one before goes on (law 5). */
#ifndef PLAYOUT_CHANGEOVER_H
#define PLAYOUT_CHANGEOVER_H

#include <stdbool.h>
#include <stddef.h>

#include "playout/broadcast.h"

struct changeover;

/* Goes on air with what holds now. NULL with a message in error, or with diagnostics printed and error empty.
 */
struct changeover *changeover_new(const struct broadcast_job *job, char *error, size_t size);
/* Tells what has happened and does what is due. Call a few times a second. */
void changeover_turn(struct changeover *changeover);
/* Ends what is on air, prints a summary, frees and nulls. True when every slot left as planned. */
bool changeover_end(struct changeover **changeover);

#endif
