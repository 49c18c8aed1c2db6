/* Private data of a lesson for receivers and set-top software of a national network that sort lessons by
 * class: what the guide of EN 300 468 has no field for.
 *
 * A private_data_specifier_descriptor (0x5F, EN 300 468 6.2.31) says whose descriptor follows:
 *
 *   descriptor_tag      8  0xC0
 *   descriptor_length   8  3; a longer one has more behind, to be skipped
 *   grade               8  1 (first of primary school) to 12 (last of senior school), 0 not known
 *   subject             8  enum subject (epg/genre.h)
 *   term                8  1 autumn, from August to January; 2 spring, from February to July
 *
 * The term follows from the month in which the lesson begins in the station's own time. */
#ifndef EPG_LESSON_DATA_H
#define EPG_LESSON_DATA_H

#include "epg/descriptor.h"
#include "schedules/timetable.h"

#define LESSON_DATA_TAG 0xC0

/* Appends both descriptors. False when memory is out. */
bool lesson_data_add(dvbpsi_descriptor_t **list, const struct item *item, uint32_t private_data_specifier,
                     const struct zone *zone);

#endif
