/* What other checks must know of the content of NIT and SDT, and which sub_table a section belongs to. */
#ifndef EPG_MEASURE_SI_CONTENT_H
#define EPG_MEASURE_SI_CONTENT_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/measure/laboratory.h"

/* Sections come with good CRC and, where they are of the long syntax, with at least 12 bytes (EIT: 18). */

uint64_t si_content_key(const struct measured_section *section);
/* NIT: does any transport stream go by terrestrial_delivery_system_descriptor (0x5A, DVB-T and DTMB) or T2?
 */
bool si_content_is_terrestrial(const struct measured_section *section);
/* SDT: the key of EIT p/f (actual, of SDT other: other) of every service with EIT_present_following_flag,
 * which says that this stream has them (EN 300 468 5.2.3). */
void si_content_services(const struct measured_section *section,
                         void (*service)(void *context, uint64_t key, int64_t at), void *context);

#endif
