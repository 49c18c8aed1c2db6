/* Seconds of lessons that were read and checked, kept for the next time: a rendering reads each second of a
 * lesson that loops once. A shelf belongs to one thread.
 *
 * What was least recently taken gives way. A shelf has room for at least so many seconds as are in use at a
 * time, so what is in use never does. */
#ifndef PLAYOUT_SHELF_H
#define PLAYOUT_SHELF_H

#include <stddef.h>
#include <stdint.h>

#include "mux/lesson.h"

struct shelf_key {
    size_t source; /* of the lesson */
    size_t kind;   /* seconds of one kind have the same format and tracks, hence room of the same size */
    uint32_t cell;
};

struct shelf;

/* A shelf of so many bytes, and of `least` seconds whatever these take. Never NULL: GLib ends the program
 * when memory is out. */
struct shelf *shelf_new(size_t bytes, size_t least);
void shelf_free(struct shelf **shelf);

/* What is under this key, NULL when nothing is. */
const struct lesson_second *shelf_take(struct shelf *shelf, const struct shelf_key *key);
/* Room under this key, where nothing is yet, for the caller to read into. NULL when memory is out. */
struct lesson_second *shelf_put(struct shelf *shelf, const struct shelf_key *key, const struct house *house,
                                const struct tracks *tracks);
/* Takes away again what was put last: it could not be read. */
void shelf_drop(struct shelf *shelf);

#endif
