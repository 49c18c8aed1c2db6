/* What must be known of a stream before its first packet can be judged: the programmes, and the slot number.
 */
#ifndef TESTS_JUDGE_PROGRAMMES_H
#define TESTS_JUDGE_PROGRAMMES_H

#include "mux/slot.h"
#include "tests/judge/sections.h"

#define PROGRAMMES_MAX 64
#define PROGRAMME_OTHERS 16

struct programme {
    uint16_t service_id, pmt_pid;
    bool known;                             /* the PMT was seen */
    uint16_t pcr_pid, video_pid, audio_pid; /* 0 when there is none; the first of each kind */
    uint16_t others[PROGRAMME_OTHERS];      /* streams that are listed and not followed */
    uint32_t other_count;
    struct assembler pmt;
};

struct programmes {
    struct programme programme[PROGRAMMES_MAX];
    uint32_t count;
    bool has_pat, has_pcr, has_utc;
    uint64_t pcr, pcr_packet; /* the first PCR and the number of its packet in the file */
    int64_t utc;              /* the first TDT or TOT likewise */
    uint64_t utc_packet;
    struct assembler pat, time;
};

void programmes_init(struct programmes *programmes);
/* Packets of the file in order. */
void programmes_packet(struct programmes *programmes, uint64_t number, const uint8_t *packet);
/* Whether nothing is missing. */
bool programmes_are_known(const struct programmes *programmes);
/* The slot of the file's first packet, from its first PCR: UTC says which of the 26.5 hours that look alike.
 * False when there was no PCR or no UTC. */
bool programmes_first_slot(const struct programmes *programmes, struct slot_rate rate, uint64_t *k);

#endif
