/* The components of a service: what PMT, SDT and EIT say of its picture, sounds and subtitles.
 *
 * component_tag joins the three (EN 300 468 6.2.39): 1 the picture, 2 to 5 the sounds, 6 to 9 the subtitles.
 * Lists of descriptors are as in descriptor.h; the functions return false when memory is out. */
#ifndef EPG_COMPONENT_H
#define EPG_COMPONENT_H

#include "epg/descriptor.h"
#include "mux/house.h"

#define COMPONENT_PAGE 1 /* composition_page_id and ancillary_page_id of all subtitles, EN 300 743 */

/* service_type of EN 300 468 Table 87: by codec and raster. */
uint8_t component_service_type(const struct house *house);

/* The second loop of a PMT: stream_type is the format's (subtitles: COMPONENT_SUBTITLES_TYPE). */
#define COMPONENT_SUBTITLES_TYPE 0x06 /* PES packets of private data, EN 300 743 6 */
bool component_add_video(dvbpsi_descriptor_t **list, const struct house *house);
bool component_add_sound(dvbpsi_descriptor_t **list, const struct service *service, size_t index,
                         const struct house *house);
bool component_add_subtitles(dvbpsi_descriptor_t **list, const struct service *service, size_t index,
                             const struct house *house);

/* Component descriptors of the whole service, for SDT or EIT. */
bool component_add_all(dvbpsi_descriptor_t **list, const struct service *service, const struct house *house);

#endif
