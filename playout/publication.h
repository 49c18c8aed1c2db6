/* The plan as files for other programs and for people: which formats there are, and how they reach a disk.
 * A file appears under its name when it is complete and safe on the disk, or not at all. */
#ifndef PLAYOUT_PUBLICATION_H
#define PLAYOUT_PUBLICATION_H

#include <stdbool.h>

#include "schedules/export/edition.h"

struct publication {
    const char *name; /* "xmltv" */
    GPtrArray *(*build)(const struct edition *edition);
    bool for_each_service; /* a file for each, not one for all */
    bool many;             /* several files even for one service */
};

/* NULL when there is no format of this name. */
const struct publication *publication_get(const char *name);
/* "xmltv, ical, html or json" */
#define PUBLICATION_NAMES "xmltv, ical, html or json"

/* Writes one file to `output`, or into it when it is a folder; to standard output when it is NULL or "-". On
 * failure false and *error, to be freed with g_free(). */
bool publication_write_file(const struct export_file *file, const char *output, char **error);
/* Writes all files into a folder, which is made when there is none. */
bool publication_write_folder(const GPtrArray *files, const char *output, char **error);

/* The latest instant at which station.xml or a timetable was written: what a reader takes as the age of the
 * guide, the same each time it is published. */
int64_t publication_revised_at(const char *directory);

#endif
