/* The laboratory: any transport stream, byte by byte in one pass and constant memory, judged by TR 101 290
 * and the T-STD (ISO/IEC 13818-1 2.4.2). This is the part below the service information; epg/measure/ judges
 * that from the sections that come out here.
 *
 * The time of a byte follows from the PCRs of one reference PID, linear between two of them (2.4.2.2);
 * packets wait inside until the next PCR has come. For a constant rate all PCRs are held against one line by
 * position in the stream, in integers. */
#ifndef MUX_MEASURE_LABORATORY_H
#define MUX_MEASURE_LABORATORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mux/measure/finding.h"

#define LABORATORY_STREAMS 1024 /* elementary streams that are followed; more are counted, not judged */

struct measured_section {
    uint16_t pid;
    const uint8_t *bytes; /* whole, from table_id to CRC_32; CRC not yet judged by the listener */
    uint32_t length;
    bool crc_good;             /* true as well where there is none */
    int64_t first_at, last_at; /* 27 MHz ticks of its first and last byte */
};

struct laboratory_listener {
    /* Every section of PIDs 0x0000 to 0x001F and of the PMTs, in order. May be NULL. */
    void (*section)(void *context, const struct measured_section *section);
    void *context;
};

struct laboratory;

/* `findings` must outlive it. NULL when memory is out. */
struct laboratory *laboratory_new(struct findings *findings, const struct laboratory_listener *listener);
void laboratory_free(struct laboratory **laboratory);

/* Any number of bytes as they come; finds and keeps packet sync by itself (188, 192 or 204 bytes). */
void laboratory_feed(struct laboratory *laboratory, const uint8_t *bytes, size_t length);
/* Ends the stream: what waits is judged, streams that stopped are noted, statistics are complete. */
void laboratory_finish(struct laboratory *laboratory);

/* Time of the stream so far, 27 MHz ticks. */
int64_t laboratory_elapsed(const struct laboratory *laboratory);

/* --- what was measured, complete after laboratory_finish() --- */

struct rate_statistics { /* of the multiplex */
    uint64_t packets, nulls;
    double bits_per_second; /* by PCR over the whole stream */
    bool constant;          /* every PCR within 500 ns of one line by position */
};
struct rate_statistics laboratory_rate(const struct laboratory *laboratory);

enum stream_codec {
    CODEC_UNKNOWN,
    CODEC_SECTIONS, /* PSI, SI, private sections */
    CODEC_MPEG2_VIDEO,
    CODEC_AVC,
    CODEC_HEVC,
    CODEC_MPEG_AUDIO,
    CODEC_AAC,
    CODEC_AC3,
    CODEC_SUBTITLES, /* EN 300 743 */
    CODEC_TELETEXT,  /* EN 300 472 */
    CODEC_EAC3,      /* these two without a decoder model */
    CODEC_LATM       /* AAC in LOAS */
};
const char *stream_codec_name(enum stream_codec codec); /* "H.264", "MPEG audio", ... */

struct pcr_statistics {
    uint64_t count;
    int64_t interval_max;               /* ticks */
    int64_t accuracy_min, accuracy_max; /* ticks off the line, PCR_AC; in 1/1000 tick; INT64_MIN: not
                                           measured, the rate is not constant */
    int64_t drift_max; /* of the line's slope against 27 MHz by the rate or arrival, in mHz/s; INT64_MIN: not
                          measured */
    int64_t overall_min, overall_max; /* PCR_OJ by arrival, live only, ns; INT64_MIN: not measured */
};

struct tstd_statistics {
    bool judged;
    uint64_t leak;                      /* Rx, bits per second, out of TB */
    char leak_by[32];                   /* what says so: "NAL HRD", "level 3.1", "13818-1 2.4.2.3" */
    uint32_t tb_peak, mb_peak, eb_peak; /* bytes */
    uint32_t tb_size, mb_size, eb_size; /* bytes */
    int64_t delay_max;                  /* longest stay of a byte, ticks */
};

struct pid_statistics {
    uint16_t pid;
    uint16_t program; /* program_number, 0: none */
    uint8_t stream_type;
    enum stream_codec codec;
    bool referenced;
    uint64_t packets;
    double bits_per_second;
    uint32_t run_max;                 /* most packets of it next to one another */
    int64_t spacing_min, spacing_max; /* ticks between two packets */
    uint64_t units;                   /* access units or sections */
    int64_t unit_step;                /* usual step of DTS (video) or PTS, 90 kHz; 0: none */
    uint64_t jumps;                   /* steps of another length */
    int64_t margin_min, margin_max, margin_first,
        margin_last;           /* PTS (DTS where there is one) - arrival, ticks */
    double margin_slope;       /* of the margin, ticks per second (PTS_DRIFT) */
    struct pcr_statistics pcr; /* count 0: carries none */
    struct tstd_statistics tstd;
};
/* PIDs that were seen, ascending. */
size_t laboratory_pid_count(const struct laboratory *laboratory);
struct pid_statistics laboratory_pid(const struct laboratory *laboratory, size_t index);

/* Arrival of live datagrams: call before laboratory_feed() with the bytes of the datagram. `at_ns` is the
 * kernel's receive timestamp. Feeds PCR_OJ. */
void laboratory_arrival(struct laboratory *laboratory, int64_t at_ns);

#endif
