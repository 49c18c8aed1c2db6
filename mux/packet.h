/* Fields of a transport packet and of a PES header, one small accessor each (ISO/IEC 13818-1 2.4.3.2
 * to 2.4.3.7). Every pointer is to a packet of 188 bytes, or to the five bytes of a PTS or DTS. */
#ifndef MUX_PACKET_H
#define MUX_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PACKET_SYNC 0x47
#define PACKET_NULL_PID 0x1FFF
#define PACKET_HEADER 4
#define PACKET_PAYLOAD 184
#define PACKET_PES_PTS 14 /* bytes of a PES header with a PTS ... */
#define PACKET_PES_DTS 19 /* ... and with a DTS */
#define PACKET_PTS_MODULUS (UINT64_C(1) << 33)

static inline bool packet_is_start(const uint8_t *packet)
{
    return packet[1] & 0x40;
}

static inline uint16_t packet_get_pid(const uint8_t *packet)
{
    return (packet[1] & 0x1F) << 8 | packet[2];
}

static inline void packet_set_pid(uint8_t *packet, uint16_t pid)
{
    packet[1] = (packet[1] & 0xE0) | pid >> 8;
    packet[2] = pid & 0xFF;
}

static inline bool packet_has_payload(const uint8_t *packet)
{
    return packet[3] & 0x10;
}

static inline void packet_set_counter(uint8_t *packet, uint32_t counter)
{
    packet[3] = (packet[3] & 0xF0) | (counter & 0x0F);
}

/* Where the payload begins. */
static inline uint32_t packet_payload_offset(const uint8_t *packet)
{
    return PACKET_HEADER + (packet[3] & 0x20 ? 1u + packet[4] : 0);
}

static inline bool packet_has_pcr(const uint8_t *packet)
{
    return packet[3] & 0x20 && packet[4] >= 7 && packet[5] & 0x10;
}

/* pcr: 27 MHz ticks below 2^33 * 300; the packet has room for one. */
static inline void packet_set_pcr(uint8_t *packet, uint64_t pcr)
{
    uint64_t base = pcr / 300;
    uint32_t extension = pcr % 300;
    packet[6] = base >> 25;
    packet[7] = base >> 17;
    packet[8] = base >> 9;
    packet[9] = base >> 1;
    packet[10] = (base & 1) << 7 | 0x7E | extension >> 8;
    packet[11] = extension & 0xFF;
}

/* A PTS or DTS of 33 bits; the four bits before it stay. */
static inline uint64_t packet_get_pes_time(const uint8_t *field)
{
    return (uint64_t)(field[0] & 0x0E) << 29 | field[1] << 22 | (field[2] & 0xFE) << 14 | field[3] << 7 |
           field[4] >> 1;
}

static inline void packet_set_pes_time(uint8_t *field, uint64_t time)
{
    field[0] = (field[0] & 0xF0) | (time >> 29 & 0x0E) | 1;
    field[1] = time >> 22;
    field[2] = (time >> 14 & 0xFE) | 1;
    field[3] = time >> 7;
    field[4] = (time << 1 & 0xFE) | 1;
}

/* The PES header of a packet that begins one; NULL when not even its PTS would be in the packet. */
static inline uint8_t *packet_get_pes(uint8_t *packet)
{
    uint32_t offset = packet_payload_offset(packet);
    return offset + PACKET_PES_PTS <= 188 ? packet + offset : NULL;
}

/* Adds `by` (90 kHz) to the PTS and the DTS, where there are such, of a PES that begins in the packet. Any
 * packet may be given: nothing is written outside of it. */
static inline void packet_add_pes_time(uint8_t *packet, uint64_t by)
{
    uint8_t *pes = packet_get_pes(packet);
    if (!pes || !(pes[7] & 0x80))
        return;
    packet_set_pes_time(pes + 9, (packet_get_pes_time(pes + 9) + by) % PACKET_PTS_MODULUS);
    if (pes[7] & 0x40 && pes + PACKET_PES_DTS <= packet + 188)
        packet_set_pes_time(pes + 14, (packet_get_pes_time(pes + 14) + by) % PACKET_PTS_MODULUS);
}

#endif
