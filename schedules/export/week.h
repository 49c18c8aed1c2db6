/* A service's week as a table: days are columns, and wherever an event of any day begins or ends a line goes
 * across. Rows are by the clock on the wall, so lessons of one hour stand side by side; an event over
 * midnight is on both days; events in the hour that autumn repeats share a cell. */
#ifndef SCHEDULES_EXPORT_WEEK_H
#define SCHEDULES_EXPORT_WEEK_H

#include <stdbool.h>

#include "schedules/export/edition.h"

#define WEEK_DAYS 7
#define WEEK_LINE 10 /* height of a row is in tenths of its titles' type */

struct week_cell {
    int day;            /* 0 is Monday */
    int begin, end;     /* seconds of the wall clock since midnight, at most 86400 */
    size_t item, count; /* which of the week's items are in it */
    size_t first, last; /* lines above and below it; rows first .. last - 1 */
};

struct week_row {
    int begin, end; /* as in a cell */
    int height;
    bool used; /* something is on */
};

/* A way to turn the paper. */
struct week_sheet {
    const char *name; /* as CSS has it */
    int width, room;  /* of all columns, and for all rows, in millimetres */
};

struct week {
    int64_t monday; /* as calendar_day() counts */
    int days;       /* that have a column: five at least */
    const struct item **items;
    struct week_cell *cells; /* by day and time */
    size_t cell_count;
    struct week_row *rows;
    size_t row_count;
    int height;                     /* of all rows */
    const struct week_sheet *sheet; /* on which the week is best to read ... */
    int type;                       /* ... with titles of this size, in tenths of a millimetre */
};

/* The Monday of the week of an instant. */
int64_t week_monday(int64_t at, const struct zone *zone);

void week_init(struct week *week, const struct edition *edition, const struct edition_service *service,
               int64_t monday);
void week_fini(struct week *week);

#endif
