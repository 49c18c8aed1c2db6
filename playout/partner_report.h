/* What the operator is told of the partner: what has changed, once, with its cause. */
#ifndef PLAYOUT_PARTNER_REPORT_H
#define PLAYOUT_PARTNER_REPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/partner_line.h"
#include "playout/terminal.h"
#include "schedules/station.h"

struct partner_gap { /* how far the partner's clock is ahead, and how wrong that may be */
    int64_t ns, error;
    int64_t measured_at; /* 0: never */
};

struct partner_view {
    int machine; /* which of the station's this one is, -1: none */
    struct partner_gap gap;
    struct partner_judgement *judgements; /* of each multiplex */
};

/* Says what happened: `what` is a word, `text` the rest of the line. */
typedef void partner_teller(void *context, enum style style, const char *what, const char *text);

struct partner_report;

/* Nothing was told yet. NULL when memory is out; the station must outlive it. */
struct partner_report *partner_report_new(const struct station *station);
void partner_report_free(struct partner_report **report);
/* Tells what is not as it was in the last view; it is `second` of the stream. */
void partner_report_turn(struct partner_report *report, const struct partner_view *view, int64_t second,
                         partner_teller *tell, void *context);

#endif
