/* What the standards ask of each table of PSI and SI: constants of TR 101 290 V1.4.1 Table 5.0c, TR 101 211
 * V1.9.1 4.4 and EN 300 468 5.1.4.1. */
#ifndef EPG_MEASURE_SI_CLASS_H
#define EPG_MEASURE_SI_CLASS_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/measure/finding.h"

#define SI_TICKS INT64_C(27000000) /* a second */
#define SI_SPACING (SI_TICKS / 40) /* 25 ms between a section and the next */
#define SI_STUFFING_TABLE 0x72     /* allowed on every PID of SI, nobody's table */

struct si_class {
    const char *name;
    uint8_t first, last;      /* table_id */
    uint16_t pid;             /* FINDING_NO_PID: the PMTs' */
    enum indicator indicator; /* that a broken limit is named by; CRC_ERROR where the laboratory judges */
    int seconds;              /* between two of the same section; 0: no limit */
    int seconds_terrestrial;
    bool required; /* it is missed when it never comes */
    bool any_two;  /* the spacing holds between any two sections of the table_id, not of a sub_table alone */
};

/* The class of a table_id on a PID, NULL when it is none of ours. */
const struct si_class *si_class_of(uint16_t pid, uint8_t table_id);
/* All of them, for those who count. */
const struct si_class *si_class_get(unsigned index); /* NULL behind the last */

/* Ticks that may lie between two of the same section; 0: no limit. */
int64_t si_class_limit(const struct si_class *class, uint8_t table_id, uint8_t section_number,
                       bool terrestrial);

/* The indicator that says which table_ids this PID may carry; false when there is none for it. */
bool si_class_pid(uint16_t pid, enum indicator *indicator);

static inline bool si_is_schedule(uint8_t table_id)
{
    return table_id >= 0x50 && table_id <= 0x6F;
}
static inline bool si_is_present_following(uint8_t table_id)
{
    return table_id == 0x4E || table_id == 0x4F;
}

#endif
