/* Sections into transport packets, and their CRC_32 (ISO/IEC 13818-1 2.4.3.2, 2.4.4 and Annex A).
 *
 * The tables of epg/ come here as whole sections and leave as the packets of a table lane. Every section
 * starts a packet of its own, so a packet never holds the end of one section and the start of the next, and a
 * page can repeat or leave out a section without touching its neighbours. */
#include "mux/section.h"

#include <stdbool.h>
#include <string.h>

#include "mux/slot.h"

#define HEADER_BYTES 4
#define PAYLOAD_BYTES (TS_PACKET - HEADER_BYTES)
#define POINTER_FIELD_BYTES 1
#define STUFFING 0xFF

uint32_t section_packet_count(size_t length)
{
    return (uint32_t)((POINTER_FIELD_BYTES + length + PAYLOAD_BYTES - 1) / PAYLOAD_BYTES);
}

static void build_header(uint8_t *packet, bool first, uint16_t pid, uint32_t counter)
{
    packet[0] = 0x47;
    packet[1] = (uint8_t)((first ? 0x40 : 0) | (pid >> 8 & 0x1F)); /* payload_unit_start_indicator */
    packet[2] = (uint8_t)pid;
    packet[3] = (uint8_t)(0x10 | (counter & 0x0F)); /* payload only, not scrambled */
}

void section_build_packets(const uint8_t *section, size_t length, uint16_t pid, uint32_t counter,
                           uint8_t *packets)
{
    uint32_t count = section_packet_count(length);

    for (uint32_t i = 0; i < count; i++) {
        uint8_t *packet = packets + (size_t)i * TS_PACKET, *payload = packet + HEADER_BYTES;
        size_t room = PAYLOAD_BYTES;

        build_header(packet, i == 0, pid, counter + i);
        if (i == 0) {
            *payload++ = 0; /* pointer_field: the section follows at once */
            room--;
        }
        size_t part = length < room ? length : room;
        memcpy(payload, section, part);
        memset(payload + part, STUFFING, room - part);
        section += part;
        length -= part;
    }
}

/* x^32 + x^26 + ... + 1, register set to ones before, not inverted after: four bits at a time. */
uint32_t section_crc32(const uint8_t *bytes, size_t length)
{
    static const uint32_t remainder[16] = {
        0x00000000, 0x04C11DB7, 0x09823B6E, 0x0D4326D9, 0x130476DC, 0x17C56B6B, 0x1A864DB2, 0x1E475005,
        0x2608EDB8, 0x22C9F00F, 0x2F8AD6D6, 0x2B4BCB61, 0x350C9B64, 0x31CD86D3, 0x3C8EA00A, 0x384FBDBD,
    };
    uint32_t crc = 0xFFFFFFFF;

    for (size_t i = 0; i < length; i++) {
        crc = crc << 4 ^ remainder[crc >> 28 ^ bytes[i] >> 4];
        crc = crc << 4 ^ remainder[crc >> 28 ^ (bytes[i] & 0x0F)];
    }
    return crc;
}
