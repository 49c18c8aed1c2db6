/* The decoder model, T-STD (ISO/IEC 13818-1 2.4.2 and 2.14.3.1 for AVC): transport, multiplex and elementary
 * buffers of one stream, exact in integers, byte by byte.
 *
 * An instant is given as slot number and byte, so nothing is rounded. One access unit per PES packet; its DTS
 * is on the PCR line, which is the slot clock. A unit whose beginning was not seen, and a last one whose end
 * was not, are not judged. */
#ifndef MUX_TSTD_H
#define MUX_TSTD_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/house.h"
#include "mux/slot.h"

enum tstd_stream { TSTD_VIDEO_AVC, TSTD_AUDIO_MPEG, TSTD_SECTIONS };

struct tstd_report {
    uint64_t packets, units;            /* transport packets seen, access units decoded */
    uint64_t tb_overflow;               /* packets during which TB held more than 512 bytes */
    uint64_t tb_never_empty;            /* seconds on end that TB was never empty */
    uint64_t mb_overflow, eb_overflow;  /* packets during which MB (video), or EB or B, held too much */
    uint64_t underflow;                 /* units not complete at their DTS, or without one */
    uint64_t too_long;                  /* units of which a byte stayed longer than 1 s */
    uint32_t tb_peak, mb_peak, eb_peak; /* bytes */
    int64_t margin_min_ns;              /* least time from a unit's last byte in EB or B to its DTS */
};

struct tstd;

/* A model of one PID in a multiplex of this rate; of sections, as many PIDs as share a buffer. NULL when
 * memory is out. */
struct tstd *tstd_new(enum tstd_stream kind, struct slot_rate rate, const struct house *house);
void tstd_free(struct tstd **tstd);
/* The packet that leaves in slot k (slots ascend); packets of other PIDs are not given. */
void tstd_packet(struct tstd *tstd, uint64_t k, const uint8_t *packet);
/* Ends the stream: what is complete is decoded. The report lives as long as the model. */
const struct tstd_report *tstd_finish(struct tstd *tstd);

#endif
