/* Counts packets by PID. */
#include "tests/judge/pids.h"

#include <inttypes.h>
#include <string.h>

#define FIRST_FREE_PID 0x20 /* those below are of MPEG and DVB */

void pids_init(struct pids *pids, const struct programmes *programmes)
{
    memset(pids, 0, sizeof *pids);
    for (uint32_t i = 0; i < PIDS; i++)
        pids->of[i].counter = -1;
    for (uint32_t i = 0; i < programmes->count; i++) {
        const struct programme *programme = &programmes->programme[i];
        pids->of[programme->pmt_pid].referenced = true;
        pids->of[programme->pcr_pid].referenced = true;
        pids->of[programme->video_pid].referenced = true;
        pids->of[programme->audio_pid].referenced = true;
        for (uint32_t j = 0; j < programme->other_count; j++)
            pids->of[programme->others[j]].referenced = true;
    }
    pids->of[0].referenced = true;
}

/* ISO/IEC 13818-1 2.4.3.3: one more with each payload, one repetition allowed; here no discontinuity is. */
static void check_counter(struct pids *pids, struct rules *rules, uint64_t k, const uint8_t *packet,
                          uint16_t pid)
{
    int8_t counter = packet[3] & 0x0F, last = pids->of[pid].counter;
    bool same = counter == last, payload = packet_has_payload(packet);
    bool repeats = payload && same && !pids->of[pid].repeated;
    bool fits = last < 0 || (payload ? repeats || counter == ((last + 1) & 0x0F) : same);

    if (!fits)
        rules_fault(rules, RULE_CONTINUITY, "PID 0x%04X %d after %d in slot %" PRIu64, pid, counter, last, k);
    if (packet_flags(packet) & 0x80)
        rules_fault(rules, RULE_CONTINUITY, "PID 0x%04X discontinuity_indicator in slot %" PRIu64, pid, k);
    if (payload)
        pids->of[pid].repeated = last >= 0 && repeats;
    pids->of[pid].counter = counter;
}

static void count_run(struct pids *pids, uint16_t pid)
{
    pids->run = pid == pids->run_pid ? pids->run + 1 : 1;
    pids->run_pid = pid;
    if (pid != PID_NULL && pids->run > pids->run_max) {
        pids->run_max = pids->run;
        pids->run_max_pid = pid;
    }
}

bool pids_packet(struct pids *pids, struct rules *rules, uint64_t k, const uint8_t *packet)
{
    uint16_t pid = packet_pid(packet);

    pids->packets++;
    if (packet[0] != 0x47) {
        rules_fault(rules, RULE_SYNC, "byte 0x%02X in slot %" PRIu64, packet[0], k);
        return false;
    }
    if (packet[1] & 0x80 || packet[3] & 0xC0)
        rules_fault(rules, RULE_SYNC, "transport_error or scrambling in slot %" PRIu64, k);
    count_run(pids, pid);
    pids->of[pid].packets++;
    if (pid == PID_NULL)
        pids->nulls++;
    else
        check_counter(pids, rules, k, packet, pid);
    return true;
}

void pids_finish(struct pids *pids, struct rules *rules)
{
    uint32_t used = 0;

    for (uint32_t pid = 0; pid < PID_NULL; pid++) {
        used += pids->of[pid].packets > 0;
        if (pid >= FIRST_FREE_PID && pids->of[pid].packets && !pids->of[pid].referenced)
            rules_fault(rules, RULE_UNREFERENCED_PIDS, "PID 0x%04X %" PRIu64 " packets", pid,
                        pids->of[pid].packets);
        if (pids->of[pid].referenced && !pids->of[pid].packets)
            rules_fault(rules, RULE_MISSING_PIDS, "PID 0x%04X", pid);
    }
    rules_figure(rules, RULE_SYNC, "%" PRIu64 " packets", pids->packets);
    rules_figure(rules, RULE_CONTINUITY, "%" PRIu32 " PIDs", used);
    rules_figure(rules, RULE_UNREFERENCED_PIDS, "%" PRIu32 " PIDs", used);
    rules_figure(rules, RULE_MISSING_PIDS, "%" PRIu32 " PIDs", used);
    rules_figure(rules, RULE_LONGEST_RUN, "%" PRIu64 " packets of PID 0x%04X", pids->run_max,
                 pids->run_max_pid);
    rules_figure(rules, RULE_NULL_SHARE, "%.3f %%",
                 pids->packets ? 100.0 * (double)pids->nulls / (double)pids->packets : 0.0);
}
