/* The decoder model of every stream of a multiplex, by mux/tstd.h. */
#ifndef TESTS_JUDGE_MODELS_H
#define TESTS_JUDGE_MODELS_H

#include "mux/house.h"
#include "mux/slot.h"
#include "tests/judge/programmes.h"
#include "tests/judge/rules.h"

struct models;

/* NULL when memory is out. */
struct models *models_new(struct slot_rate rate, const struct house *house,
                          const struct programmes *programmes);
void models_free(struct models **models);
/* The packet in slot k. */
void models_packet(struct models *models, uint64_t k, const uint8_t *packet);
/* The stream ends: faults and figures are written. */
void models_finish(struct models *models, struct rules *rules);

#endif
