/* Descriptors of ISO/IEC 13818-1 2.6 and EN 300 468 clause 6, as lists of libdvbpsi.
 *
 * Each function appends to *list and returns false when memory is out; the list stays the caller's, to be
 * freed with dvbpsi_DeleteDescriptors() or given to a table of libdvbpsi. libdvbpsi encodes all but the
 * multilingual names (0x5B, 0x5D) and the AVC video descriptor (0x28), which it does not know.
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

#define DESCRIPTOR_COMPONENT_VIDEO 1 /* component_tag, EN 300 468 6.2.39 */
#define DESCRIPTOR_COMPONENT_AUDIO 2
#define DESCRIPTOR_SERVICE_TYPE 0x19 /* advanced codec HD digital television, EN 300 468 Table 87 */

/* Bytes of the whole list, tags and lengths included. */
size_t descriptor_list_size(const dvbpsi_descriptor_t *list);

/* The second loop of a PMT: H.264 High at level 3.1, the level of the house format; Layer II sound. */
bool descriptor_add_video(dvbpsi_descriptor_t **list);
bool descriptor_add_audio(dvbpsi_descriptor_t **list, const char *language);

/* The loops of a NIT. */
bool descriptor_add_network(dvbpsi_descriptor_t **list, const struct texts *network,
                            const struct wording *wording);
bool descriptor_add_services(dvbpsi_descriptor_t **list, const struct multiplex_plan *multiplex);
bool descriptor_add_cable(dvbpsi_descriptor_t **list, const struct delivery *delivery);

/* A service of an SDT: names and provider, the components of its picture and sound. */
bool descriptor_add_service(dvbpsi_descriptor_t **list, const struct texts *name, const struct texts *network,
                            const struct wording *wording);
bool descriptor_add_components(dvbpsi_descriptor_t **list, const char *language);

/* An event's title and description (NULL: none) in one language, at most `limit` (7 .. 257) bytes in all; its
 * genre, the two content nibbles in one byte. */
bool descriptor_add_short_event(dvbpsi_descriptor_t **list, const struct text *title, const char *description,
                                size_t limit, const struct wording *wording);
bool descriptor_add_content(dvbpsi_descriptor_t **list, uint8_t genre, uint8_t user_byte);

#endif
