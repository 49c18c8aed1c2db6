/* The station directory, opened: what every command works on.
 *
 *   DIR/station.xml  DIR/timetables/ *.xml  DIR/sources/  DIR/lessons/  DIR/state/
 *
 * Reads only, but for state/plan and state/plan-HASH, which are the timetables of the folder and of revisions
 * (revisions.h) once more, for the next start. Everything the user
 * did wrong is in `diagnostics`; paths in it begin with DIR (nothing when DIR is "."), so that they can be
 * opened from where the user stands. */
#ifndef PLAYOUT_STUDIO_H
#define PLAYOUT_STUDIO_H

#include <stdbool.h>
#include <stddef.h>

#include "epg/network_guide.h"
#include "playout/formats.h"
#include "playout/keys.h"
#include "playout/library.h"
#include "playout/verification.h"
#include "schedules/diagnostics.h"
#include "schedules/plan.h"
#include "schedules/station.h"

struct studio {
    char *path;  /* DIR */
    char *bytes; /* of station.xml, as they were read; NULL: they could not be */
    size_t length;
    struct station *station;
    struct formats formats;
    struct plan *plan;                 /* lengths of the prepared lessons are set */
    bool *uses;                        /* [source of the plan * formats.count + format]: is shown in it */
    struct keys **keys;                /* per format */
    struct verification *verification; /* of the lessons' files */
    struct library *library;
    struct bindings *bindings;   /* NULL: the library airs the best that it has */
    struct network_guide *guide; /* NULL before studio_open_guide() */
    struct diagnostics diagnostics;
    bool lent; /* path, bytes, station, formats, keys and verification are another studio's */
};

/* Opens DIR. False when station.xml or a <house> in it is broken: station, plan, keys and library are then
 * NULL. Timetables with errors are left out of the plan and do not make it false. studio_close() it in either
 * case. */
bool studio_open(const char *path, struct studio *studio);
/* The same without plan and library. */
bool studio_open_station(const char *path, struct studio *studio);
/* The same of a station.xml in memory, which it owns from then on; `file` is its name in diagnostics. */
bool studio_open_bytes(const char *path, char *bytes, size_t length, const char *file, struct studio *studio);
/* The same station once more, without plan and library, for another plan. The owner must outlive it. */
void studio_lend(const struct studio *owner, struct studio *studio);
/* Gives it its plan, which it owns from then on, and opens the library. False when memory is out. */
bool studio_take_plan(struct studio *studio, struct plan *plan);
/* Gives it what a revision binds, which it owns from then on, in place of what it had: only that is aired. */
void studio_bind(struct studio *studio, struct bindings *bindings);
void studio_close(struct studio *studio);

/* Encodes the guide of all services, for those who need it on air or to say what is wrong with it. False when
 * memory is out. */
bool studio_open_guide(struct studio *studio, struct diagnostics *diagnostics);

/* DIR/FOLDER/NAME ("sources", "p3/water.mp4"; NAME may be NULL), to be freed; DIR "." is left out. */
char *studio_file(const struct studio *studio, const char *folder, const char *name);

/* Is the source shown by a service of this format? */
bool studio_uses(const struct studio *studio, size_t source, size_t format);

/* Index of the multiplex of this name; the only one when name is NULL and there is one. station's
 * multiplex_count when there is none. */
size_t studio_find_multiplex(const struct studio *studio, const char *name);

#endif
