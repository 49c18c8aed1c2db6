/* What was measured, for a person to read in a minute: the verdict, the worst finding first, then figures. */
#ifndef PLAYOUT_MEASURE_TEXT_REPORT_H
#define PLAYOUT_MEASURE_TEXT_REPORT_H

#include "playout/measure/arrival.h"
#include "playout/measure/measurement.h"
#include "playout/terminal.h"
#include "schedules/calendar.h"

struct measured_source { /* where the stream came from */
    const char *name;
    const struct arrival *arrival; /* NULL: no datagrams */
    uint64_t dropped;              /* by this machine */
    uint64_t late, changes;        /* intake_late(), intake_changes() */
    bool rtp;
};

void text_report_print(const struct measurement *measurement, const struct measured_source *source,
                       const struct terminal *terminal);

struct text_clock {            /* how an instant of the stream is told */
    const struct si_check *si; /* since the start, and UTC by TDT; or */
    const struct zone *zone;   /* the local time of a stream that began ... */
    int64_t begin;             /* ... at this Unix second */
};
/* One finding in a few lines; `pid` may be NULL. */
void text_report_finding(const struct finding *finding, const struct text_clock *clock,
                         const struct pid_statistics *pid, const struct terminal *terminal);

/* A title line over a part of the report. */
void text_report_title(const struct terminal *terminal, const char *title);
/* A cell with its text at the right. */
void text_report_right(const struct terminal *terminal, enum style style, int columns, const char *format,
                       ...) __attribute__((format(printf, 4, 5)));

#endif
