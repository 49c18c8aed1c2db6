/* Judges a whole transport stream: packets in, verdicts out. */
#ifndef TESTS_JUDGE_JUDGE_H
#define TESTS_JUDGE_JUDGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "mux/house.h"
#include "mux/slot.h"
#include "tests/judge/rules.h"

struct judge;

/* NULL when memory is out. */
struct judge *judge_new(struct slot_rate rate, const struct house *house);
void judge_free(struct judge **judge);
/* The next packets of the stream. False when memory is out. */
bool judge_packets(struct judge *judge, const uint8_t *packets, size_t count);
/* Whether the first packet's slot is known by now, and which it is. */
bool judge_first_slot(const struct judge *judge, uint64_t *k);
/* The stream ends. NULL when it could not be judged at all: no PAT, PMT, PCR or UTC. Valid until
 * judge_free(). */
const struct rules *judge_finish(struct judge *judge);

#endif
