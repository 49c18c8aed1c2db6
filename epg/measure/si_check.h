/* The service information of any stream, judged from its sections: TR 101 290 3.1 to 3.8, the repetition of
 * TR 101 211 4.4, the structure of EIT schedules (TR 101 211 4.1.4.2), versions, and whether
 * present/following, schedule and TDT tell the same story.
 *
 * A limit that is passed counts once, when the section comes again or the stream ends. What cannot be known
 * yet, because the stream is shorter than the limit, is not judged. */
#ifndef EPG_MEASURE_SI_CHECK_H
#define EPG_MEASURE_SI_CHECK_H

#include "mux/measure/laboratory.h"

struct si_check;

/* NULL when memory is out. Memory is bounded by the number of sub_tables, SI_CHECK_TABLES at most. `findings`
 * must outlive it. The stream begins at 0. */
#define SI_CHECK_TABLES 65536
struct si_check *si_check_new(struct findings *findings);
void si_check_free(struct si_check **check);
/* PAT, CAT and PMT are counted and their versions judged; the rest of them is the laboratory's, as is every
 * broken CRC_32 (2.2): such a section is left out here. */
void si_check_section(struct si_check *check, const struct measured_section *section);
void si_check_finish(struct si_check *check, int64_t at);

/* Unix seconds that TDT or TOT give for an instant of the stream; false when none has come. */
bool si_check_utc(const struct si_check *check, int64_t at, int64_t *second);

struct table_statistics { /* one row a table_id */
    const char *name;     /* "EIT p/f actual" */
    uint8_t table_id;
    uint16_t pid;                  /* FINDING_NO_PID: of the PMTs */
    uint32_t sub_tables, sections; /* different ones */
    int64_t interval_max;          /* between two of the same section, ticks; INT64_MIN: none came twice */
    int64_t spacing_min;    /* between any two sections of a sub_table, ticks; INT64_MAX: there were no two */
    uint32_t versions;      /* changes of version_number seen */
    double bits_per_second; /* of sections; complete after si_check_finish() */
};
size_t si_check_table_count(const struct si_check *check);
struct table_statistics si_check_table(const struct si_check *check, size_t index);

#endif
