/* The rehearsal station of a drill: a copy of a station in a folder of its own, on air in a process of its
 * own, in networks and mounts of their own where the system allows it. Whatever a fault does to it, the
 * station that was copied and the machine's networks are not touched.
 *
 * The lessons are the station's, through links; those that faults damage are copies. */
#ifndef PLAYOUT_DRILL_STATION_H
#define PLAYOUT_DRILL_STATION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "playout/studio.h"

#define DRILL_ADDRESS "239.255.99.1"
#define DRILL_PORT 5098
#define DRILL_INTERFACE "lo"

struct drill_station {
    char path[64];                 /* its folder, "" when there is none */
    const struct studio *original; /* with its plan */
    size_t multiplex;
    int64_t at;         /* second of the stream ... */
    int64_t begun_ns;   /* ... at this monotonic instant */
    pid_t player;       /* 0: none */
    int64_t started_ns; /* monotonic instant at which it was started */
    bool own_network, own_mounts;
};

/* Copies the multiplex, and gets it networks and mounts of its own; before there is any thread. False with a
 * message. drill_station_fini() in either case. */
bool drill_station_init(struct drill_station *station, const struct studio *original, size_t multiplex,
                        int64_t at, char *error, size_t size);
/* Ends the player and removes the folder. */
void drill_station_fini(struct drill_station *station);

/* Puts it on air: it is then as late as it would be had it never been off. False when no process can be made.
 */
bool drill_station_start(struct drill_station *station);
/* Sends it a signal that ends it, and waits. */
void drill_station_end(struct drill_station *station, int signal_number);

/* What its file is called, to be freed: FOLDER may be NULL. */
char *drill_station_file(const struct drill_station *station, const char *folder, const char *name);
/* The copy of the lesson that the first service shows `after` seconds after the begin; and what it shows when
 * it cannot (fallback). NULL when there is none. To be freed. */
char *drill_station_lesson(const struct drill_station *station, int64_t second, bool fallback,
                           const char **source);
/* Makes a copy of a lesson whole again: the same file, as it was. */
bool drill_station_mend(const struct drill_station *station, const char *copy);

/* Of the machine, monotonic; and waiting. */
int64_t drill_now(void);
void drill_wait_until(int64_t monotonic_ns);

#endif
