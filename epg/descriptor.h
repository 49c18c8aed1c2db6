/* Descriptors of ISO/IEC 13818-1 2.6 and EN 300 468 clause 6, as lists of libdvbpsi.
 *
 * Each function appends to *list and returns false when memory is out; the list stays the caller's, to be
 * freed with dvbpsi_DeleteDescriptors() or given to a table of libdvbpsi. libdvbpsi encodes all but the
 * multilingual names (0x5B to 0x5D), which it does not know. The components of a service are in component.h,
 * the delivery system in delivery_system.h.
 *
 * libdvbpsi's headers may be included only once; those that this one includes must not be included again. */
#ifndef EPG_DESCRIPTOR_H
#define EPG_DESCRIPTOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <dvbpsi/dvbpsi.h>
#include <dvbpsi/psi.h>
#include <dvbpsi/descriptor.h>

#include "epg/wording.h"
#include "schedules/station.h"

/* Bytes of the whole list, tags and lengths included. */
size_t descriptor_list_size(const dvbpsi_descriptor_t *list);

/* One of these bytes, at most 255. */
bool descriptor_add(dvbpsi_descriptor_t **list, uint8_t tag, uint8_t *body, size_t length);

/* The loops of a NIT or BAT. */
bool descriptor_add_network(dvbpsi_descriptor_t **list, const struct texts *network,
                            const struct wording *wording);
bool descriptor_add_bouquet(dvbpsi_descriptor_t **list, const struct texts *bouquet,
                            const struct wording *wording);
bool descriptor_add_services(dvbpsi_descriptor_t **list, const struct multiplex_plan *multiplex,
                             const uint8_t *service_types); /* one per service, EN 300 468 Table 87 */

/* The names of a service and its provider, for an SDT. */
bool descriptor_add_service(dvbpsi_descriptor_t **list, uint8_t service_type, const struct texts *name,
                            const struct texts *network, const struct wording *wording);

/* An event's title and description (NULL: none) in one language, at most `limit` (7 .. 257) bytes in all.
 * *whole says whether all of the description is in it, and then nothing is reported of its cut, because it
 * goes elsewhere as well; NULL: it does not. */
bool descriptor_add_short_event(dvbpsi_descriptor_t **list, const struct text *title, const char *description,
                                size_t limit, const struct wording *wording, bool *whole);

/* An event's genre, the two content nibbles in one byte, and the broadcaster's own byte. */
bool descriptor_add_content(dvbpsi_descriptor_t **list, uint8_t genre, uint8_t user_byte);

/* From what age on an event is for viewers of a country (ISO 3166, three letters; EN 300 468 6.2.28). 0 is
 * sent as rating 0, not defined. */
bool descriptor_add_parental_rating(dvbpsi_descriptor_t **list, const char *country, int minimum_age);

#endif
