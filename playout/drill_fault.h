/* The faults of a drill: each does its harm to the rehearsal station, and undoes it when its time is over. */
#ifndef PLAYOUT_DRILL_FAULT_H
#define PLAYOUT_DRILL_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/drill_station.h"

struct drill_scene { /* where a fault happens */
    struct drill_station *station;
    int64_t second; /* of the stream */
    void *memory;   /* the fault's own, from begin() to end() */
};

struct drill_fault {
    const char *name;
    const char *words; /* what happens, a few words */
    bool restarts;     /* ends the player: what counts is how soon it is back */
    /* Says why not when it cannot happen here; NULL when it did. */
    const char *(*begin)(struct drill_scene *scene);
    void (*end)(struct drill_scene *scene);
};

extern const struct drill_fault drill_faults[];
extern const size_t drill_fault_count;

#endif
