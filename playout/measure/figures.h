/* Figures of the measure reports as a person reads them. Each writes into the text that it is given and
 * returns it. */
#ifndef PLAYOUT_MEASURE_FIGURES_H
#define PLAYOUT_MEASURE_FIGURES_H

#include <stdint.h>

#include "playout/measure/measurement.h"

#define FIGURE_TEXT 48

/* "1 234 567" */
const char *figure_count(uint64_t count, char text[FIGURE_TEXT]);
/* "38.015 Mb/s", "128.3 kb/s", "904 b/s" */
const char *figure_rate(double bits_per_second, char text[FIGURE_TEXT]);
/* Of 27 MHz ticks: "12.345 s" from a second on, else "12.345 ms". */
const char *figure_ticks(int64_t ticks, char text[FIGURE_TEXT]);
/* Of nanoseconds: "12.3 us", "1.25 ms", "2.00 s". */
const char *figure_ns(int64_t ns, char text[FIGURE_TEXT]);
/* An instant of the stream since its start: "1:02:03.456". */
const char *figure_instant(int64_t ticks, char text[FIGURE_TEXT]);
/* " (08:20:00 UTC)" by TDT, "" when there was none. */
const char *figure_utc(const struct si_check *si, int64_t ticks, char text[FIGURE_TEXT]);
/* What a PID carries: "PAT", "PMT", "EIT", "H.264", "null". */
const char *figure_content(const struct pid_statistics *pid);

#endif
