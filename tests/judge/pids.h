/* The rules of packets: sync, continuity, which PIDs there are, runs of one PID, null packets. */
#ifndef TESTS_JUDGE_PIDS_H
#define TESTS_JUDGE_PIDS_H

#include "tests/judge/packet.h"
#include "tests/judge/programmes.h"
#include "tests/judge/rules.h"

struct pids {
    uint64_t packets, nulls, run, run_max;
    uint16_t run_pid, run_max_pid;
    struct {
        uint64_t packets;
        int8_t counter; /* -1 before the first */
        bool repeated, referenced;
    } of[PIDS];
};

void pids_init(struct pids *pids, const struct programmes *programmes);
/* The packet in slot k. Returns false when it is no transport packet that others could read. */
bool pids_packet(struct pids *pids, struct rules *rules, uint64_t k, const uint8_t *packet);
void pids_finish(struct pids *pids, struct rules *rules);

#endif
