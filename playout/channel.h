/* A multiplex of the plan, ready to be sent: its tables, its lanes and where they lie. Immutable once made,
 * so that the thread on air, the readers and a rendering may share it. */
#ifndef PLAYOUT_CHANNEL_H
#define PLAYOUT_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "epg/service_information.h"
#include "mux/multiplex.h"
#include "playout/studio.h"

struct channel {
    const struct studio *studio;
    size_t index; /* of the multiplex in the station */
    const struct multiplex_plan *plan;
    struct si *si;
    struct multiplex *multiplex;
    struct slot_rate rate;
    size_t services;
    size_t first_service; /* in the lists of studio->formats */
    uint32_t revision;    /* of the timetables */
    int64_t from; /* second from which it holds: INT64_MIN, or where it follows another (programme.h) */
};

/* Builds tables and lanes. False when the lanes do not fit or memory is out: diagnostics say so. The studio,
 * whose guide is open, must outlive it; channel_fini() in either case. */
bool channel_init(struct channel *channel, const struct studio *studio, size_t index,
                  struct diagnostics *diagnostics);
void channel_fini(struct channel *channel);

/* Of channels that hold one after the other: the one that holds in a second. */
const struct channel *channel_at(const struct channel *channels, size_t count, int64_t second);

/* The format of a service and what it carries. */
const struct house *channel_house(const struct channel *channel, size_t service);
const struct tracks *channel_tracks(const struct channel *channel, size_t service);
/* Which of studio->formats it is. */
size_t channel_format(const struct channel *channel, size_t service);
/* Room for a second of a service; NULL when memory is out. */
struct lesson_second *channel_new_second(const struct channel *channel, size_t service);

#endif
