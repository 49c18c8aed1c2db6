/* What the readers of the parts of a station file share. Part of station.c's work; nothing else uses it. */
#ifndef SCHEDULES_STATION_PART_H
#define SCHEDULES_STATION_PART_H

#include <glib.h>

#include "schedules/station.h"
#include "schedules/xml.h"

struct reading {
    struct xml *xml;
    struct station *station;       /* what has been read of it so far */
    const struct network *network; /* of the multiplex that is read now */
    GHashTable *used;              /* what may be used once, as text, to who uses it, as text */
};

/* Takes what a format describes for an element; reports it when another has it. */
void station_part_use_once(struct reading *reading, const xmlNode *element, const char *user,
                           const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A number in its range; `otherwise` when it is not there or refused. */
uint16_t station_part_number(const struct xml *xml, const xmlNode *element, const char *attribute,
                             uint16_t min, uint16_t max, uint16_t otherwise);
/* Which of `count` words an attribute is; `otherwise` when it is not there or refused. */
int station_part_word(const xmlNode *element, const char *attribute, const char *const *words, size_t count,
                      int otherwise);
/* Every <name> of an element; reports it when there is none. */
void station_part_names(const struct xml *xml, const xmlNode *element, struct texts *names);

/* station_network.c: the networks, of which there must be one; then that of a <multiplex>, NULL when there is
 * none; when all multiplexes are read <guide>, NULL when the file has none. */
void station_part_networks(struct reading *reading, const xmlNode *root);
const struct network *station_part_network(const struct reading *reading, const xmlNode *multiplex);
void station_part_guide(struct reading *reading, const xmlNode *element);
void station_part_free_networks(struct station *station);

/* station_service.c: a service of the multiplex that is read now. */
struct service station_part_service(struct reading *reading, const xmlNode *element);
void station_part_free_service(struct service *service);

#endif
