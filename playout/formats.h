/* The house formats of a station: which service has which, and what the services of a format carry, so that a
 * lesson prepared in a format serves them all. */
#ifndef PLAYOUT_FORMATS_H
#define PLAYOUT_FORMATS_H

#include <stdbool.h>
#include <stddef.h>

#include "mux/house.h"
#include "mux/lesson.h"
#include "schedules/diagnostics.h"
#include "schedules/plan.h"

#define FORMATS_NONE SIZE_MAX

struct format {
    struct house house;
    struct tracks tracks; /* of all services of this format; the first one's first sound is the main one */
};

struct formats {
    const struct station *station;
    struct format *list; /* each once; the first is that of the station's own <house> */
    size_t count;
    /* Per service of the station, multiplex after multiplex: */
    struct house *houses;
    struct tracks *tracks;
    size_t *of; /* index in list */
};

/* Reads the names. False when one is not known: diagnostics say so. The station must outlive it.
 * formats_fini() in either case. */
bool formats_init(struct formats *formats, const struct station *station, struct diagnostics *diagnostics);
void formats_fini(struct formats *formats);

/* Where houses, tracks and of have this service. */
size_t formats_service(const struct formats *formats, size_t multiplex, size_t service);
/* The format of these names; FORMATS_NONE when the station has none of them. */
size_t formats_find(const struct formats *formats, const char *video, const char *audio);

/* Which sources are shown in which formats: [source * count + format], to be freed with g_free(). */
bool *formats_uses(const struct formats *formats, const struct plan *plan);

#endif
