/* What the laboratory finds: every indicator of ETSI TR 101 290 V1.4.1 clause 5.2 and those of our own, how
 * often it was broken, where first and where worst.
 *
 * Instants are 27 MHz ticks since the first byte of the stream. Memory is constant: per indicator and PID one
 * record, PIDs that are broken in most ways first come first served up to FINDING_RECORDS. */
#ifndef MUX_MEASURE_FINDING_H
#define MUX_MEASURE_FINDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FINDING_RECORDS 4096
#define FINDING_TEXT 160
#define FINDING_NO_PID 0xFFFF

enum indicator {
    /* priority 1: the stream cannot be decoded */
    TS_SYNC_LOSS,           /* 1.1 */
    SYNC_BYTE_ERROR,        /* 1.2 */
    PAT_ERROR,              /* 1.3.a */
    CONTINUITY_COUNT_ERROR, /* 1.4 */
    PMT_ERROR,              /* 1.5.a */
    PID_ERROR,              /* 1.6 */
    /* priority 2: continuous monitoring */
    TRANSPORT_ERROR,                   /* 2.1 */
    CRC_ERROR,                         /* 2.2 */
    PCR_REPETITION_ERROR,              /* 2.3a */
    PCR_DISCONTINUITY_INDICATOR_ERROR, /* 2.3b */
    PCR_ACCURACY_ERROR,                /* 2.4 */
    PTS_ERROR,                         /* 2.5 */
    CAT_ERROR,                         /* 2.6 */
    /* priority 3: application dependent */
    NIT_ACTUAL_ERROR,    /* 3.1.a */
    NIT_OTHER_ERROR,     /* 3.1.b */
    SI_REPETITION_ERROR, /* 3.2 */
    BUFFER_ERROR,        /* 3.3: T-STD; counts as priority 1 for the verdict */
    UNREFERENCED_PID,    /* 3.4.a */
    SDT_ACTUAL_ERROR,    /* 3.5.a */
    SDT_OTHER_ERROR,     /* 3.5.b */
    EIT_ACTUAL_ERROR,    /* 3.6.a */
    EIT_OTHER_ERROR,     /* 3.6.b */
    EIT_PF_ERROR,        /* 3.6.c */
    RST_ERROR,           /* 3.7 */
    TDT_ERROR,           /* 3.8 */
    EMPTY_BUFFER_ERROR,  /* 3.9: T-STD */
    DATA_DELAY_ERROR,    /* 3.10: T-STD */
    /* our own */
    TIME_STAMP_JUMP,       /* DTS of video, PTS of audio: not one unit after the one before */
    PTS_DRIFT,             /* the margin between PTS and PCR moves slowly but always the same way */
    EIT_STRUCTURE_ERROR,   /* EIT schedule: segments, section numbers, last_table_id (TR 101 211 4.1.4.2) */
    EIT_CONSISTENCY_ERROR, /* present/following against schedule against TDT */
    TABLE_VERSION_ERROR,   /* content changed under one version, or sections of two versions mixed */
    DATAGRAM_LOSS,         /* RTP sequence number, live only */
    INDICATORS
};

struct indicator_info {
    const char *name;   /* "PCR_repetition_error", as TR 101 290 spells it */
    const char *clause; /* "2.3a"; "-" for our own */
    int priority;       /* 1, 2, 3; 4 for our own */
};
/* Constant. */
const struct indicator_info *indicator_info(enum indicator indicator);

struct finding { /* one indicator on one PID */
    enum indicator indicator;
    uint16_t pid; /* or FINDING_NO_PID */
    uint64_t count;
    int64_t first_at, last_at, worst_at; /* 27 MHz ticks */
    int64_t worst;                       /* how far beyond the limit, in the indicator's own unit */
    char text[FINDING_TEXT];             /* the worst one in words with its figures and the limit: "620 ms
                                            between two PMT sections, at most 500 ms" */
};

struct findings;
/* NULL when memory is out. */
struct findings *findings_new(void);
void findings_free(struct findings **findings);

/* Notes one breach. `worst` orders breaches of one indicator and PID by badness; the text of the worst is
 * kept. No allocation. */
void findings_add(struct findings *findings, enum indicator indicator, uint16_t pid, int64_t at,
                  int64_t worst, const char *format, ...) __attribute__((format(printf, 6, 7)));

/* The records so far, the worst first: by priority (BUFFER_ERROR, EMPTY_BUFFER_ERROR and DATA_DELAY_ERROR
 * among priority 1), then by count. Valid until the next findings_add(). */
size_t findings_count(const struct findings *findings);
const struct finding *findings_get(struct findings *findings, size_t index);
/* All breaches of one indicator. */
uint64_t findings_total(const struct findings *findings, enum indicator indicator);
/* Is there any of priority 1 or 2, or of the T-STD? Decides the exit status of `measure`. */
bool findings_are_grave(const struct findings *findings);

#endif
