/* What the tables of a multiplex take of it and how often they come: for people who plan it. */
#ifndef EPG_SI_BUDGET_H
#define EPG_SI_BUDGET_H

#include <stddef.h>
#include <stdint.h>

#include "epg/service_information.h"

enum si_budget_table {
    SI_BUDGET_PAT,
    SI_BUDGET_PMT,
    SI_BUDGET_NIT_ACTUAL,
    SI_BUDGET_NIT_OTHER,
    SI_BUDGET_SDT_ACTUAL,
    SI_BUDGET_SDT_OTHER,
    SI_BUDGET_BAT,
    SI_BUDGET_STATE_ACTUAL,
    SI_BUDGET_STATE_OTHER,
    SI_BUDGET_PRIME_ACTUAL, /* the schedule's first days, which come more often, ... */
    SI_BUDGET_LATER_ACTUAL, /* ... and the others */
    SI_BUDGET_PRIME_OTHER,
    SI_BUDGET_LATER_OTHER,
    SI_BUDGET_TDT,
    SI_BUDGET_TOT,
    SI_BUDGET_TABLES
};

struct si_budget_row {
    const char *name;    /* "EIT schedule actual" */
    size_t sections;     /* different ones, on the day that has most of them */
    uint64_t bytes;      /* of these */
    double packets;      /* per second */
    double cycle, limit; /* seconds: between two of the same section at most, and what the standards allow */
};

struct si_budget {
    struct si_budget_row rows[SI_BUDGET_TABLES]; /* without sections: not sent */
    uint32_t eit_slots;                          /* per second, for the EIT rows together ... */
    double eit_packets; /* ... of which so many are used at most, stuffing left out */
};

/* False when memory is out. */
bool si_budget_init(struct si_budget *budget, const struct si *si);

#endif
