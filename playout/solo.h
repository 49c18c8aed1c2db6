/* One lesson alone: a station of one service, made in a temporary directory, whose only timetable is that
 * lesson. The one mechanism that airs lessons then shows it as well. */
#ifndef PLAYOUT_SOLO_H
#define PLAYOUT_SOLO_H

#include <stdbool.h>
#include <stddef.h>

#define SOLO_START "2020-03-02T00:00:00Z" /* of the lesson ... */
#define SOLO_FROM "2020-03-01T23:59:59Z"  /* ... and a second before: its first pictures leave ahead of it */

struct solo {
    char directory[64]; /* of that station */
    char length[32];    /* from SOLO_FROM to the lesson's end, "21s" */
};

/* Finds the lesson by source or hash in the station directory and makes the station. False with a message in
 * error. */
bool solo_init(struct solo *solo, const char *station, const char *which, char *error, size_t size);
/* Removes the directory. */
void solo_fini(struct solo *solo);

#endif
