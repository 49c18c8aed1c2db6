/* The guides of all services of the station, encoded once and shared by the service information of every
 * multiplex; what of them each multiplex's EIT lane sends; and the version numbers that its sub_tables have
 * at any instant.
 *
 * A pure function of the plan, the formats and the version bases. The bases are what a journal keeps with
 * each revision of the timetable, so that a machine that starts today counts on where another one is.
 *
 * Where a lane does not hold all that the station asks for, it sends fewer days on every day of the plan,
 * those of other multiplexes first, and then no extended events (eit_schedule_thin()). */
#ifndef EPG_NETWORK_GUIDE_H
#define EPG_NETWORK_GUIDE_H

#include <stdint.h>

#include "epg/eit_lane.h"
#include "epg/guide.h"
#include "mux/house.h"
#include "schedules/diagnostics.h"
#include "schedules/plan.h"

struct network_guide;

/* Encodes the guides. `houses` and `versions` have an entry for every service of the station, those of its
 * first multiplex first; neither is kept. versions NULL: all bases are 0. Reports what viewers see of texts
 * that had to change (warnings with the file and line of the item). NULL when memory is out. The plan must
 * outlive it. */
struct network_guide *network_guide_new(const struct plan *plan, const struct house *houses,
                                        const struct guide_versions *versions,
                                        struct diagnostics *diagnostics);
/* The same, faster and to the same end, after an edit: what `previous` has of the same items is taken from
 * there and not reported again. It is of the same station and may be freed later. */
struct network_guide *network_guide_renew(const struct network_guide *previous, const struct plan *plan,
                                          const struct house *houses, const struct guide_versions *versions,
                                          struct diagnostics *diagnostics);
void network_guide_free(struct network_guide **guide);

const struct station *network_guide_station(const struct network_guide *guide);
/* Services of the station, and the guide of one: services of a multiplex are neighbours, in its order. */
size_t network_guide_count(const struct network_guide *guide);
const struct guide *network_guide_get(const struct network_guide *guide, size_t service);
/* Multiplexes, the index of the first service of one, and its EIT lane. */
size_t network_guide_multiplexes(const struct network_guide *guide);
size_t network_guide_first(const struct network_guide *guide, size_t multiplex);
const struct eit_lane *network_guide_lane(const struct network_guide *guide, size_t multiplex);

/* The bases with which `next`, a guide that holds from second `from` on, goes on from `previous`: a sub_table
 * that is the same at `from` keeps its version, one that differs takes the next one. Of another station it
 * may be: a service that both have, by its id, goes on, with the next version of all its schedule where
 * services or multiplexes came or went; a new one begins at 0. versions: [services of next's station]; they
 * are for network_guide_set_versions(next) or for the next network_guide_new() of the same plan. False when
 * memory is out. */
bool network_guide_succeed(const struct network_guide *previous, const struct network_guide *next,
                           int64_t from, struct guide_versions *versions);
/* Gives it other bases; before it is used. */
void network_guide_set_versions(struct network_guide *guide, const struct guide_versions *versions);

#endif
