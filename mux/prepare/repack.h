/* A film that is in the house format already is not encoded again: its access units become cells as they are.
 *
 * It must have the house's codec, raster and parameter sets (encode.c), access unit delimiters, closed GOPs
 * of one second from its first picture to its last, with one frame of reordering, and each must fit its cell:
 * what `chalkcast render --lesson` writes, and what the same encoder with the same settings makes. */
#ifndef MUX_PREPARE_REPACK_H
#define MUX_PREPARE_REPACK_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/cell.h"
#include "mux/prepare/work.h"

struct repack;

/* Opens the source's film. True with *repack NULL when it is certainly not in the house format. False after
 * work_fail(). */
bool repack_open(struct work *work, struct repack **repack);
void repack_free(struct repack **repack);

/* Lays out the next second into *cell. False at the end, or where the film leaves the house format. */
bool repack_next(struct repack *repack, struct cell *cell);
/* After the last second: did the film end there, whole? */
bool repack_is_whole(const struct repack *repack);

#endif
