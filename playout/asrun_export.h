/* The as-run log for others to read: one row for each part of a stretch of an item, as CSV (RFC 4180) or
 * JSON. */
#ifndef PLAYOUT_ASRUN_EXPORT_H
#define PLAYOUT_ASRUN_EXPORT_H

#include <glib.h>

#include "playout/asrun.h"

struct asrun_row {
    const char *multiplex;
    struct asrun_stretch part;         /* of a stretch (asrun_part()) */
    const struct asrun_second *tables; /* that left in its first second, NULL: those of no second */
    enum asrun_class class;
    char *cause;
};

/* Adds what left on a day, of one service or (NULL) of all, with what befell the whole multiplex. The log
 * must outlive the rows. */
GArray *asrun_rows_new(void); /* struct asrun_row; g_array_unref() */
void asrun_rows_add(GArray *rows, const struct asrun *asrun, const char *multiplex, const char *service,
                    const struct revisions *revisions);

GString *asrun_export_csv(const GArray *rows, const struct zone *zone);
GString *asrun_export_json(const GArray *rows, const struct zone *zone);

#endif
