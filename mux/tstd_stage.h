/* The stages of the decoder model, shared by tstd.c, which knows PES packets and frames, and tstd_stage.c,
 * which knows buffers. */
#ifndef MUX_TSTD_STAGE_H
#define MUX_TSTD_STAGE_H

#include "mux/leak.h"
#include "mux/packet.h"
#include "mux/tstd.h"

#define NEVER ((instant)1 << 126)
#define PES_HEADER_TIMES 19 /* up to the end of the DTS */
#define UNITS 1024          /* at 25 a second, 40 s: a stream that fills it is long called too_long */

struct unit {                     /* what is not decoded yet */
    instant payload_at, last_out; /* first byte at TB, last byte so far in EB or B */
    instant time, decoded_at;
    uint32_t held;            /* bytes of it in EB or B */
    bool timed, done, sounds; /* has a time stamp; is complete or given up; an audio frame begins in it */
};

struct pes_header { /* in MB */
    instant leaves_at;
    uint32_t bytes;
};

struct pes { /* the PES packet that is coming in */
    uint8_t header[PES_HEADER_TIMES];
    uint32_t header_size; /* 0 until known */
    uint64_t got;
    instant begins_at, ahead; /* `ahead`: of the programme's clock, of `begins_at` */
};

struct tstd {
    struct tstd_limits limits;
    instant second, scale_unit, tick; /* the caller's unit; of 90 kHz */
    struct leak tb, main;             /* main: MB of video, B of sections */
    struct gauge tb_gauge, main_gauge;
    struct unit units[UNITS];
    struct pes_header headers[UNITS];
    uint64_t begun, decoded, headers_begun, headers_gone; /* counted from the start of the stream */
    uint32_t header_bytes, held;                          /* now in MB, and in EB or B */
    uint32_t held_peak;
    bool held_over; /* in this packet */
    bool inside;    /* a PES packet whose beginning was seen is coming in */
    struct pes pes;
    struct audio_framer framer;
    bool pending;                    /* a time stamp waits for the next frame to begin */
    instant pending_time, next_time; /* next_time: NEVER where no frame was timed */
    int counter;                     /* continuity counter of the last payload, -1 before */
    instant margin_min, delay_max;
    struct tstd_report report;
};

/* A packet on its way through TB. */
struct train {
    instant at, byte_for, clock; /* its first byte */
    uint32_t offset;             /* of the payload */
    uint32_t count;              /* bytes of payload */
    uint32_t header;             /* of them, those of a PES header that does not leave MB */
};

instant stage_tb_in(const struct train *train, uint32_t i);
instant stage_tb_out(const struct tstd *tstd, const struct train *train, uint32_t i);
uint64_t stage_busy_seconds(const struct tstd *tstd, const struct leak *leak, instant until);
void stage_pass_tb(struct tstd *tstd, const struct train *train);
instant stage_main_out(const struct tstd *tstd, const struct train *train, uint32_t i);
void stage_begin_header(struct tstd *tstd);
void stage_date_headers(struct tstd *tstd, instant at);
void stage_pass_main(struct tstd *tstd, const struct train *train);
void stage_note_main_busy(struct tstd *tstd, instant until);
void stage_leave_main(struct tstd *tstd, const struct train *train);
struct unit *stage_current_unit(struct tstd *tstd);
void stage_pass_units(struct tstd *tstd, const struct train *train, uint32_t from, uint32_t to);
void stage_complete_unit(struct tstd *tstd);
void stage_abandon_unit(struct tstd *tstd);
struct unit *stage_begin_unit(struct tstd *tstd, instant at);

#endif
