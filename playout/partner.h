/* The other machine that sends this station: a thread that tells it what left here, hears what left there,
 * and compares. Neither needs the other to send; both send the same packets (SMPTE ST 2022-7) until they
 * disagree.
 *
 * Each machine is the one whose address of <station machines="..."> it has. UDP; nothing is retransmitted:
 * what counts is said many times a second. */
#ifndef PLAYOUT_PARTNER_H
#define PLAYOUT_PARTNER_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/partner_line.h"
#include "playout/partner_report.h"
#include "playout/revisions.h"

struct partner;

/* Begins to talk. offset_ns: how far the stream's clock is ahead of the monotonic one. NULL when memory or
 * threads are out. The station, which has machines, must outlive it; of the studio no more is needed. */
struct partner *partner_new(const struct studio *studio, const struct revisions *revisions,
                            int64_t offset_ns);
void partner_free(struct partner **partner);

/* The part that is about a multiplex. */
struct partner_line *partner_get_line(struct partner *partner, size_t multiplex);

/* For one thread, a few times a second: takes the revisions as they are now, tells what has changed; it is
 * `second` of the stream. */
void partner_turn(struct partner *partner, const struct revisions *revisions, int64_t second,
                  partner_teller *tell, void *context);

#endif
