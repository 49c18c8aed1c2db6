/* The plan: who is on which service when. Immutable, total: every service has an answer for every second.
 *
 * Timetables that contradict one another (overlap on a service, same id, same event_id within 64 days, the
 * depth of the EIT) are resolved by file name: the later file is refused whole. */
#ifndef SCHEDULES_PLAN_H
#define SCHEDULES_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/diagnostics.h"
#include "schedules/station.h"
#include "schedules/timetable.h"

#define PLAN_SLATE SIZE_MAX /* the compiled-in picture and silence */

struct plan_source { /* each file that the timetables or fallbacks name, once */
    const char *path;
    uint32_t seconds;         /* length of the prepared lesson, 0: there is none. Set by plan_set_seconds() */
    const struct item *first; /* first item that names it, or NULL: only a fallback or an action does */
};

struct on_air {
    size_t source;           /* index into sources, or PLAN_SLATE */
    uint32_t cell;           /* second of that lesson */
    const struct item *item; /* NULL in empty time */
    bool filling;            /* true when not the item's own content: fallback or slate */
    uint32_t action;         /* revision of the action that shows it instead of the item, 0: none does */
};

struct plan;

/* Reads DIR/timetables/ *.xml in order of name (an empty or missing folder is an empty plan with a warning).
 * A file with errors is left out, the others hold; diagnostics tell. Never NULL unless memory is out. The
 * station must outlive the plan. */
struct plan *plan_parse(const char *directory, const struct station *station,
                        struct diagnostics *diagnostics);
/* The same of timetables from elsewhere (folder.h), which need not outlive it, and what actions make of them.
 */
struct timetable_files;
struct actions;
struct plan *plan_parse_files(const struct timetable_files *files, const struct station *station,
                              struct diagnostics *diagnostics);
/* Plans of one station that hold one after the other, each from its second on, as one for those who tell
 * them: of each the items in its time. One over a change is cut there, unless the next plan goes on with it.
 * No source is prepared. The plans must outlive it. */
struct plan *plan_join(const struct plan *const *plans, const int64_t *from, size_t count);
void plan_free(struct plan **plan);
/* Writes the timetables into DIR/state/plan in a form that the next plan_parse() takes at once, as long as
 * the files are the same (compiled.h). Does nothing when it is there, or when anything of them was reported.
 * False when it cannot be written: nothing is then lost but time. */
bool plan_save(const struct plan *plan);
/* What its timetables were known by (compiled.h): the key of names and bytes for a folder. */
uint64_t plan_key(const struct plan *plan);

const struct station *plan_station(const struct plan *plan);
/* The actions that are applied to it; NULL when there are none. */
const struct actions *plan_actions(const struct plan *plan);
/* Is a multiplex sent on one of its outputs in a second, as station.xml and actions have it? */
bool plan_sends(const struct plan *plan, size_t multiplex, size_t output, int64_t second);
size_t plan_source_count(const struct plan *plan);
const struct plan_source *plan_source(const struct plan *plan, size_t index);
/* Says how long the prepared lesson of a source is; before the plan is used, once. */
void plan_set_seconds(struct plan *plan, size_t source, uint32_t seconds);
/* The source with this path, or PLAN_SLATE. */
size_t plan_find_source(const struct plan *plan, const char *path);

/* What is seen on a service in the second that begins at `second`: the item's lesson; looped or followed by
 * the service's fallback when it is shorter; the fallback when there is no item or no lesson; the slate when
 * there is no fallback. The fallback starts at its beginning where it begins to be seen. */
struct on_air plan_at(const struct plan *plan, size_t multiplex, size_t service, int64_t second);
/* What replaces that when it cannot be read: the service's fallback, at second % its length, or the slate. */
struct on_air plan_substitute(const struct plan *plan, size_t multiplex, size_t service, int64_t second);

/* The item of this id as the timetables have it, before actions; NULL when there is none. */
const struct item *plan_find_item(const struct plan *plan, const char *id);
/* The items of a service in order of start. */
size_t plan_item_count(const struct plan *plan, size_t multiplex, size_t service);
const struct item *plan_item(const struct plan *plan, size_t multiplex, size_t service, size_t index);
/* Marks the sources [plan_source_count()] that a service ever shows: its fallback, those of its items and
 * what actions show over them. */
void plan_get_sources(const struct plan *plan, size_t multiplex, size_t service, bool *shown);
/* What actions show over the items of a service (overlay.h). */
struct overlay;
const struct overlay *plan_overlays(const struct plan *plan, size_t multiplex, size_t service, size_t *count);
/* Index of the first item that ends after `at`; plan_item_count() when none does. */
size_t plan_next_item(const struct plan *plan, size_t multiplex, size_t service, int64_t at);

#endif
