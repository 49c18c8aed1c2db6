/* How far a long piece of work is, on stderr: a bar with the time left on a terminal, else a line now and
 * then. */
#ifndef PLAYOUT_PROGRESS_H
#define PLAYOUT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "playout/terminal.h"

struct progress {
    struct terminal terminal;
    char what[64]; /* "rendering" */
    uint64_t done, total;
    int64_t begun_at, shown_at; /* monotonic nanoseconds */
    bool drawn;                 /* a bar stands on the last line */
};

/* `total` is in any unit; 0: not known. */
void progress_begin(struct progress *progress, const char *what, uint64_t total);
/* Says how much is done; may be called as often as one likes. */
void progress_set(struct progress *progress, uint64_t done);
/* Changes what is being done, cut to fit. */
void progress_rename(struct progress *progress, const char *what);
/* Makes room for a line of other output: the bar is taken away until the next progress_set(). */
void progress_clear(struct progress *progress);
/* The bar goes. */
void progress_end(struct progress *progress);

/* Length of a time as a person reads it: "0:07", "12:30", "1:02:03". */
#define PROGRESS_TIME 24
const char *progress_time(int64_t seconds, char text[PROGRESS_TIME]);

#endif
