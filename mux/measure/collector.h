/* Sections out of the packets of one PID (ISO/IEC 13818-1 2.4.4), with the instants of their first and last
 * byte. */
#ifndef MUX_MEASURE_COLLECTOR_H
#define MUX_MEASURE_COLLECTOR_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/measure/timeline.h"

#define COLLECTOR_BYTES 4096 /* the longest section, 2.4.4.11 */

struct collected {
    const uint8_t *bytes;
    uint32_t length;
    bool crc_good;             /* true where there is none */
    int64_t first_at, last_at; /* units of the timeline */
};

struct collector {
    bool inside; /* a section has begun, or may begin with the next byte */
    uint32_t got;
    int64_t first_at;
    uint8_t bytes[COLLECTOR_BYTES];
};

/* The payload of a packet, which is neither a duplicate nor scrambled. All zero at first. */
void collector_packet(struct collector *collector, const struct timed_packet *packet,
                      void (*section)(void *context, const struct collected *section), void *context);
/* A packet is missing. */
void collector_lose(struct collector *collector);

#endif
