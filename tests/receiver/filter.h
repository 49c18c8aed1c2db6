/* The section filter of a set-top box: sections out of the packets of one PID (ISO/IEC 13818-1 2.4.4). A
 * section with a gap in its continuity is dropped, as is one that claims more than 4096 bytes. */
#ifndef TESTS_RECEIVER_FILTER_H
#define TESTS_RECEIVER_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#define FILTER_PACKET 188
#define FILTER_SECTION 4096

struct filter {
    uint16_t pid;
    bool tuned;      /* a packet has come */
    uint8_t counter; /* continuity_counter of the newest packet */
    bool open;       /* the next byte belongs to a section, or is stuffing */
    uint32_t got;
    uint8_t bytes[FILTER_SECTION];
    uint32_t broken; /* sections that were dropped */
};

typedef void filter_section(void *context, const uint8_t *section, uint32_t length);

/* Takes the next packet of the PID and hands on each section that it completes, CRC not yet checked. */
void filter_packet(struct filter *filter, const uint8_t *packet, filter_section *section, void *context);

#endif
