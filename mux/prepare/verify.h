/* The decoder model over a whole lesson, cell after cell as they will be on air, before it may be named. */
#ifndef MUX_PREPARE_VERIFY_H
#define MUX_PREPARE_VERIFY_H

#include <stdbool.h>

#include "mux/cell.h"
#include "mux/house.h"

struct verify;

/* NULL when memory is out. */
struct verify *verify_new(const struct house *house);
void verify_free(struct verify **verify);
/* The next second of the lesson. */
void verify_cell(struct verify *verify, const struct cell *cell);
/* True when no buffer ever overflowed or ran empty; else what did is said in `text`. */
bool verify_finish(struct verify *verify, char *text, size_t size);

#endif
