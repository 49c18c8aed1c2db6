/* The rules of tables: which may be where, whole, right, often enough (TS 101 154 for PAT and PMT, TR 101
 * 211 4.4.1 for the rest) and 25 ms apart (EN 300 468 5.1.4.1; TR 101 290 3.1 to 3.8 for any two of some
 * table_ids). */
#ifndef TESTS_JUDGE_TABLES_H
#define TESTS_JUDGE_TABLES_H

#include "mux/slot.h"
#include "tests/judge/programmes.h"
#include "tests/judge/rules.h"
#include "tests/judge/sections.h"

struct tables;

/* The programmes and the rules must outlive it. The stream begins at place `at`. NULL when memory is out. */
struct tables *tables_new(struct slot_rate rate, const struct programmes *programmes, struct rules *rules,
                          uint64_t at);
void tables_free(struct tables **tables);
/* A packet of a PID that carries tables; others are let pass. */
void tables_packet(struct tables *tables, uint64_t at, const uint8_t *packet);
/* The stream ends at place `at`: missing sections are noted, figures written. */
void tables_finish(struct tables *tables, uint64_t at);

#endif
