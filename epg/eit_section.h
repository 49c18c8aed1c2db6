/* One section of an EIT (EN 300 468 5.2.4). Own code: libdvbpsi 1.3.3 cannot number the sections of a
 * schedule and overruns its buffer when given too many events. */
#ifndef EPG_EIT_SECTION_H
#define EPG_EIT_SECTION_H

#include <stddef.h>
#include <stdint.h>

#include "epg/guide.h"

#define EIT_PID 0x0012
#define EIT_PRESENT_FOLLOWING 0x4E /* table_id; of other multiplexes one more */
#define EIT_SCHEDULE 0x50          /* the first; of other multiplexes EIT_OTHER more */
#define EIT_OTHER 0x10
#define EIT_SECTION_EMPTY 18 /* bytes of a section without events: header and CRC_32 */
#define EIT_SECTION_MAX 4096

struct eit_header {
    uint8_t table_id;
    uint8_t version; /* modulo 32 is taken */
    uint8_t section_number, last_section_number, segment_last_section_number;
    uint8_t last_table_id;
};

/* Writes a section of the schedule to out, which has room for it; returns its length. `part` NULL: without
 * events. */
size_t eit_section_build(const struct guide *guide, const struct eit_header *header,
                         const struct guide_section *part, bool extended, uint8_t *out);

/* Section 0 (present) or 1 (following) of the state, empty when there is no such event; `other`: for other
 * multiplexes than the service's own. */
size_t eit_section_build_state(const struct guide *guide, const struct guide_state *state, bool other,
                               uint8_t section_number, uint8_t *out);

#endif
