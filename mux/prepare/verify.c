/* A nominal multiplex: every sixteenth slot belongs to the lane, about as in a full DVB-C channel. */
#include "mux/prepare/verify.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mux/packet.h"
#include "mux/slot.h"
#include "mux/tstd.h"

#define SLOTS_PER_LANE_SLOT 16

struct verify {
    const struct house *house;
    struct slot_rate rate;
    struct tstd *tstd;
    uint64_t second;
};

struct verify *verify_new(const struct house *house)
{
    struct verify *verify = calloc(1, sizeof *verify);
    if (!verify)
        return NULL;
    verify->house = house;
    verify->second = 1; /* the first cell leaves before its second */
    verify->rate = (struct slot_rate){.num = (uint64_t)house->video.slots * SLOTS_PER_LANE_SLOT, .den = 1};
    struct tstd_limits limits = tstd_limits_house(&house->video);
    verify->tstd = tstd_new(&limits, tstd_slot_scale(verify->rate));
    if (!verify->tstd)
        verify_free(&verify);
    return verify;
}

void verify_free(struct verify **verify)
{
    if (!*verify)
        return;
    tstd_free(&(*verify)->tstd);
    free(*verify);
    *verify = NULL;
}

/* The packet as it will be on air: PTS and DTS count from the epoch. */
static const uint8_t *date_packet(const uint8_t *packet, uint64_t second, uint8_t *dated)
{
    if (!packet_is_start(packet))
        return packet;
    memcpy(dated, packet, TS_PACKET);
    packet_add_pes_time(dated, second * PTS_PER_SECOND - CELL_PTS_BASE);
    return dated;
}

void verify_cell(struct verify *verify, const struct cell *cell)
{
    const struct house *house = verify->house;
    uint64_t first = verify->second * house->video.slots - house->video.lead;
    uint8_t dated[TS_PACKET];
    for (uint32_t i = 0; i < house->video.slots; i++) {
        if (cell->index[i] == CELL_EMPTY)
            continue;
        const uint8_t *packet = cell->packets + (size_t)cell->index[i] * TS_PACKET;
        struct tstd_arrival arrival = tstd_slot_arrival(verify->rate, (first + i) * SLOTS_PER_LANE_SLOT);
        tstd_packet(verify->tstd, &arrival, date_packet(packet, verify->second, dated));
    }
    verify->second++;
}

bool verify_finish(struct verify *verify, char *text, size_t size)
{
    const struct tstd_report *report = tstd_finish(verify->tstd);
    snprintf(text, size,
             "TB %" PRIu64 ", MB %" PRIu64 ", EB %" PRIu64 " overflows, %" PRIu64 " pictures late, %" PRIu64
             " held over 1 s",
             report->tb_overflow + report->tb_never_empty, report->mb_overflow + report->mb_never_empty,
             report->eb_overflow, report->underflow, report->too_long);
    return report->tb_overflow + report->tb_never_empty + report->mb_overflow + report->mb_never_empty +
               report->eb_overflow + report->underflow + report->too_long ==
           0;
}
