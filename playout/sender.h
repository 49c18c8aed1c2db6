/* A sender: the thread that sleeps, and sends the datagrams of its multiplexes when the clock says so.
 *
 * A multiplex belongs to one sender. One that serves many gathers the datagrams of a short while into one
 * wake-up: each of its multiplexes makes them at most SENDER_GATHER_NS later. It runs with real-time priority
 * where that is allowed. */
#ifndef PLAYOUT_SENDER_H
#define PLAYOUT_SENDER_H

#include <stdbool.h>
#include <stddef.h>

#include "playout/onair.h"
#include "schedules/station.h"

#define SENDER_GATHER_NS 10000 /* for each multiplex of a sender that has several */

#define SENDER_NAME "sender" /* of the threads, as ps and top show them */

struct sender;

/* Starts on multiplexes that are started, which must outlive the sender; the list is copied. It ends when all
 * of them have stopped. NULL when memory or threads are out. */
struct sender *sender_new(struct onair *const *onairs, size_t count, enum pacing pacing);
/* Stops after the datagram that is being sent. */
void sender_free(struct sender **sender);
bool sender_is_realtime(const struct sender *sender);

#endif
