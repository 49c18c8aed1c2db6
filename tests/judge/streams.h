/* The rules of clocks, time stamps and IDR pictures. */
#ifndef TESTS_JUDGE_STREAMS_H
#define TESTS_JUDGE_STREAMS_H

#include "mux/slot.h"
#include "tests/judge/programmes.h"
#include "tests/judge/rules.h"

struct streams;

/* The rules must outlive it. The stream begins at place `at`. NULL when memory is out. */
struct streams *streams_new(struct slot_rate rate, const struct programmes *programmes, struct rules *rules,
                            uint64_t at);
void streams_free(struct streams **streams);
/* The packet at place `at`. */
void streams_packet(struct streams *streams, uint64_t at, const uint8_t *packet);
/* The stream ends at place `at`: figures are written. */
void streams_finish(struct streams *streams, uint64_t at);

#endif
