/* What of the plan is published, the same in every format: the chosen services, the events on air in the
 * chosen time, and which lessons are repeats. Events are those of the EIT (item_has_event()), so a file never
 * says more, or less, than the broadcast guide; how a lesson is stored is nobody's business.
 *
 * Place in the flow: plan -> edition -> xmltv, ical, json, web -> files (playout/publication.h). */
#ifndef SCHEDULES_EXPORT_EDITION_H
#define SCHEDULES_EXPORT_EDITION_H

#include <glib.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/plan.h"

struct edition_service {
    const struct multiplex_plan *multiplex;
    const struct service *service;
    size_t multiplex_index, service_index; /* as plan_item() counts */
};

struct edition {
    const struct plan *plan;
    const struct station *station;
    int64_t from, until; /* Unix seconds; INT64_MIN, INT64_MAX: everything */
    int64_t revised_at;  /* when the timetables last changed */
    struct edition_service *services;
    size_t service_count;
    GHashTable *first_runs; /* what a lesson shows, to the item that shows it first */
};

/* A file to be published. Its name has no '/'. */
struct export_file {
    char *name;
    GString *content;
};

/* service: an id, or NULL for all. The plan must outlive the edition. */
void edition_init(struct edition *edition, const struct plan *plan, const char *service, int64_t from,
                  int64_t until, int64_t revised_at);
void edition_fini(struct edition *edition);

/* The events of a service that are on air within the edition's time, in order of start. *index is 0 before
 * the first; NULL after the last. */
const struct item *edition_next_event(const struct edition *edition, const struct edition_service *service,
                                      size_t *index);
/* The number of events of all services. */
size_t edition_event_count(const struct edition *edition);

/* The lesson, anywhere in the plan, that showed first what this one repeats (the same episode of a series, or
 * the same source when it has none); NULL when it is no repeat. */
const struct item *edition_first_run(const struct edition *edition, const struct item *item);

/* A list of export_file, which frees what it holds. */
GPtrArray *export_files_new(void);
/* Takes the content. `format` makes the name. */
void export_files_add(GPtrArray *files, GString *content, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
