/* Who is what in a transport stream: PAT, PMTs and CAT, and which PIDs they refer to (ISO/IEC 13818-1 2.4.4).
 */
#ifndef MUX_MEASURE_PROGRAMME_H
#define MUX_MEASURE_PROGRAMME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mux/measure/laboratory.h"
#include "mux/measure/model.h"

#define PROGRAMMES 256
#define PROGRAMME_PIDS 64 /* that one PMT may refer to; more are not followed */
#define PIDS 0x2000
#define PIDS_RESERVED 0x20 /* PIDs below carry PSI and SI and need no reference */

struct programme {
    uint16_t number, pmt_pid, pcr_pid;
    bool known;      /* its PMT has come */
    uint32_t crc;    /* of the PMT that is in force */
    uint8_t section; /* of the PAT, that lists it */
    int64_t pmt_at;  /* the last PMT, before the first one when it was listed; units */
    int64_t told_at; /* when the PMT that is in force came first; units */
    uint32_t pids;
    uint16_t pid[PROGRAMME_PIDS];
    struct model psi; /* of PAT, CAT and PMT together */
};

struct pid_use {
    uint16_t references; /* by PMTs and the CAT */
    uint16_t pmts;       /* programmes whose PMT it carries */
    uint16_t program;    /* program_number, of a stream */
    uint16_t pcr_pid;    /* of its programme */
    uint8_t stream_type;
    enum stream_codec codec;
    bool needed; /* PID_error: video, or audio that is no supplement */
    bool stream; /* an elementary stream, not only a PCR or CA PID */
};

struct programmes {
    uint32_t count;
    struct programme programme[PROGRAMMES];
    uint32_t pat_crc[256]; /* by section_number */
    uint32_t cat_pids;
    uint16_t cat_pid[PROGRAMME_PIDS];
    struct pid_use use[PIDS];
};

/* Sections whole and with a good CRC. Whether anything has changed. `at`: units. */
bool programmes_pat(struct programmes *programmes, const uint8_t *section, size_t length, int64_t at);
/* `programme` is put to whose it is, NULL when no PAT lists it on this PID. */
bool programmes_pmt(struct programmes *programmes, uint16_t pid, const uint8_t *section, size_t length,
                    struct programme **programme);
void programmes_cat(struct programmes *programmes, const uint8_t *section, size_t length);

#endif
