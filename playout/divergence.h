/* What two machines that should send the same stream disagree about, and who of them gives way.
 *
 * Pure, and fair: given the same two messages, each machine comes to the same answer, seen from its side. */
#ifndef PLAYOUT_DIVERGENCE_H
#define PLAYOUT_DIVERGENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/partner_message.h"
#include "schedules/station.h"

enum divergence_cause {
    DIVERGENCE_NONE,
    DIVERGENCE_REVISION_HERE,  /* this machine's journal lacks a revision that holds, ... */
    DIVERGENCE_REVISION_THERE, /* ... or the partner's does */
    DIVERGENCE_BEHIND_HERE,    /* ..., or one that does not hold yet */
    DIVERGENCE_BEHIND_THERE,
    DIVERGENCE_JOURNAL,        /* they have as many entries, but not the same */
    DIVERGENCE_UNPLANNED_HERE, /* this machine shows something else than what is planned, ... */
    DIVERGENCE_UNPLANNED_THERE,
    DIVERGENCE_STATION, /* station.xml */
    DIVERGENCE_PROGRAM, /* chalkcast itself */
    DIVERGENCE_LESSON,  /* each shows what is planned, and it is not the same */
    DIVERGENCE_BYTES    /* none of these */
};

struct divergence {
    enum divergence_cause cause;
    uint32_t revision; /* that is missing */
    size_t service;    /* that shows it; the number of services: it is not known which */
    bool sure;         /* the bytes of a second were compared, and differ */
};

/* The newest second of which both sent the same slots. False when there is none. */
bool divergence_compare(const struct partner_message *mine, const struct partner_message *theirs,
                        struct partner_second *here, struct partner_second *there);

/* What is the matter, before it is sent where that can be known. */
struct divergence divergence_find(const struct partner_message *mine, const struct partner_message *theirs);
/* Must this machine be silent while the partner sends? When the bytes of a second differ, and before any were
 * compared, when the machines are not set up alike: then true for exactly one of the two. */
bool divergence_yields(const struct partner_message *mine, const struct partner_message *theirs);

/* Is it known which service it is, where that matters? If not, the end of the second will tell. */
bool divergence_is_named(const struct divergence *divergence, const struct multiplex_plan *plan);
#define DIVERGENCE_TEXT 256
/* As a person is told. */
const char *divergence_text(const struct divergence *divergence, const struct multiplex_plan *plan,
                            char text[DIVERGENCE_TEXT]);

#endif
