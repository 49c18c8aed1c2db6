/* The decoder model, T-STD (ISO/IEC 13818-1 2.4.2 and its clauses for each codec): transport, multiplex and
 * elementary buffers of one stream, exact in integers, as if byte by byte.
 *
 * Instants are whole numbers of a unit that the caller chooses: of the slot clock, in which nothing is
 * rounded, or of a timeline measured from PCRs. A unit is what decoding takes out at once: an access unit, an
 * audio frame, a PES packet. One whose beginning was not seen, of which packets are missing, or which has no
 * time stamp is not judged; neither is a last one whose end was not seen. */
#ifndef MUX_TSTD_H
#define MUX_TSTD_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/slot.h"
#include "mux/tstd_limits.h"

struct tstd_report {
    uint64_t packets, units;            /* transport packets seen, units decoded */
    uint64_t tb_overflow;               /* packets during which TB held more than it may */
    uint64_t tb_never_empty;            /* seconds on end that TB was never empty */
    uint64_t mb_overflow, eb_overflow;  /* packets during which MB (video), or EB or B, held too much */
    uint64_t mb_never_empty;            /* seconds on end that MB (video) was never empty of payload */
    uint64_t underflow;                 /* units not complete at their DTS */
    uint64_t too_long;                  /* units of which a byte stayed longer than it may */
    uint32_t tb_peak, mb_peak, eb_peak; /* bytes */
    int64_t margin_min_ns;              /* least time from a unit's last byte in EB or B to its DTS */
    int64_t delay_max_ns;               /* longest stay of a byte, from its packet to its decoding */
};

struct tstd_arrival {
    __int128 at;      /* the first byte of the packet, in units of 1/scale second */
    int64_t byte_for; /* from one byte to the next */
    __int128 clock;   /* what the PCR line of the stream's programme shows at `at`, in the same units */
};

struct tstd;

/* A model of one PID; of sections, as many PIDs as share a buffer. `scale`: units of a second. NULL when
 * memory is out. */
struct tstd *tstd_new(const struct tstd_limits *limits, uint64_t scale);
void tstd_free(struct tstd **tstd);
/* The next packet (arrivals ascend); packets of other PIDs are not given. How many counters of faults in the
 * report have changed by it. */
uint32_t tstd_packet(struct tstd *tstd, const struct tstd_arrival *arrival, const uint8_t *packet);
/* So far. The report lives as long as the model. */
const struct tstd_report *tstd_report(struct tstd *tstd);
/* Ends the stream: what is complete is decoded. */
const struct tstd_report *tstd_finish(struct tstd *tstd);

/* --- streams on the slot clock --- */

static inline uint64_t tstd_slot_scale(struct slot_rate rate)
{
    return TS_PACKET * rate.num;
}

static inline struct tstd_arrival tstd_slot_arrival(struct slot_rate rate, uint64_t k)
{
    __int128 at = (__int128)k * TS_PACKET * (int64_t)rate.den;

    return (struct tstd_arrival){.at = at, .byte_for = (int64_t)rate.den, .clock = at};
}

#endif
