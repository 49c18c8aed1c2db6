/* The inspection of the sources: which are missing, not prepared, out of date or too short, and what viewers
 * see because of it. One warning a source and fault, at the first item that names it. */
#ifndef PLAYOUT_INSPECTION_H
#define PLAYOUT_INSPECTION_H

#include <stddef.h>
#include <stdint.h>

#include "playout/studio.h"

struct inspection { /* in lessons, and what they need on disk */
    size_t prepared, unprepared;
    uint64_t prepared_seconds, unprepared_seconds; /* the latter at most */
    uint64_t prepared_bytes, unprepared_bytes;     /* the latter by the rate of the former, or at most */
};

/* Adds the warnings to studio->diagnostics. May read sources whose encode key is not known. */
struct inspection inspection_run(struct studio *studio);

#endif
