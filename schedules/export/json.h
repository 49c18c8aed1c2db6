/* The guide as JSON (RFC 8259), for apps and scripts. Times are RFC 3339 in the station's zone, texts are
 * objects by language ("zh", "en"), and what a timetable does not say is not there. */
#ifndef SCHEDULES_EXPORT_JSON_H
#define SCHEDULES_EXPORT_JSON_H

#include <jansson.h>

#include "schedules/export/edition.h"

/* One file. */
GPtrArray *json_guide_build(const struct edition *edition);

/* {"zh": "...", "en": "..."} in the order of the timetable. A new reference. */
json_t *json_texts(const struct texts *texts);
/* The document as text, without any '<', so that HTML may hold it too. Drops the reference. */
GString *json_text(json_t *document, size_t flags);

#endif
