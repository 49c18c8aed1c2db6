/* A run of preparation: which lessons are to be made, one after the other, with one bar for all. A file that
 * cannot be made stops none of the others; an interrupt stops them all and leaves no half lesson. */
#ifndef PLAYOUT_PREPARATION_H
#define PLAYOUT_PREPARATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <glib.h>
#include <signal.h>

#include "playout/progress.h"
#include "playout/studio.h"

#define PREPARATION_SOON 3600 /* seconds */

struct preparation {
    struct studio *studio;
    /* Called when a lesson was made that airs by now or within PREPARATION_SOON; NULL: never. */
    void (*made_due)(struct preparation *preparation);
    unsigned threads;
    sigset_t stop_on; /* blocked signals that end the run while they are pending */
    char *folder;     /* lessons/ */
    GPtrArray *tasks; /* struct task; those that air first come first */
    GHashTable *due;  /* source to the second in which its next item begins */
    struct terminal out, err;
    struct progress progress;
    uint64_t bytes_done, bytes_total; /* of the sources, which stand for the work */
    uint64_t task_bytes;              /* of the source at work */
    size_t present, made, missing, failed;
    uint64_t made_seconds;
    bool stopped;
};

/* Starts with nothing to do. The caller has blocked the signals. preparation_fini() it. */
void preparation_init(struct preparation *preparation, struct studio *studio, unsigned threads,
                      const sigset_t *stop_on);
void preparation_fini(struct preparation *preparation);

/* Looks at every source of the plan and takes those that have no lesson of their present encode key. */
void preparation_add_plan(struct preparation *preparation);
/* Takes one file: a path, or the name of a source. Below sources/ it is named as in timetables, elsewhere by
 * its file name. */
void preparation_add_file(struct preparation *preparation, const char *file);

/* Makes what was taken, in the order in which it airs. */
void preparation_run(struct preparation *preparation);

#endif
