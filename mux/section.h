/* Sections into transport packets (ISO/IEC 13818-1 2.4.4). */
#ifndef MUX_SECTION_H
#define MUX_SECTION_H

#include <stddef.h>
#include <stdint.h>

/* Transport packets that a section of `length` bytes takes when it starts a packet and the rest of the last
 * one is stuffed with 0xFF. */
uint32_t section_packet_count(size_t length);

/* Writes them to packets (section_packet_count(length) * 188 bytes): payload_unit_start_indicator and
 * pointer_field 0 in the first, continuity counters from `counter` modulo 16. */
void section_build_packets(const uint8_t *section, size_t length, uint16_t pid, uint32_t counter,
                           uint8_t *packets);

/* CRC_32 of ISO/IEC 13818-1 Annex A over `length` bytes; 0 over a whole section with its CRC. */
uint32_t section_crc32(const uint8_t *bytes, size_t length);

#endif
