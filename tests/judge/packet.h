/* What the judge reads from a transport packet (ISO/IEC 13818-1 2.4.3.2, 2.4.3.4) and from the time stamps in
 * it. The judge shares no parser with the program that it judges. A place in the stream is the number of
 * bytes that the multiplex has sent since the epoch: 188 k + i for byte i of slot k. */
#ifndef TESTS_JUDGE_PACKET_H
#define TESTS_JUDGE_PACKET_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/slot.h"

#define PID_NULL 0x1FFF
#define PIDS 0x2000
#define CLOCK_WRAP (INT64_C(1) << 33) /* of PTS and DTS */

static inline uint16_t packet_pid(const uint8_t *packet)
{
    return (uint16_t)((packet[1] & 0x1F) << 8 | packet[2]);
}

static inline bool packet_starts_unit(const uint8_t *packet)
{
    return packet[1] & 0x40;
}

static inline bool packet_has_payload(const uint8_t *packet)
{
    return packet[3] & 0x10;
}

/* The flags of a not empty adaptation field, else 0. */
static inline uint8_t packet_flags(const uint8_t *packet)
{
    return packet[3] & 0x20 && packet[4] ? packet[5] : 0;
}

/* Where the payload begins; TS_PACKET when there is none. */
static inline uint32_t packet_payload(const uint8_t *packet)
{
    uint32_t offset = 4 + (packet[3] & 0x20 ? packet[4] + 1u : 0);

    return packet_has_payload(packet) && offset < TS_PACKET ? offset : TS_PACKET;
}

static inline bool packet_has_pcr(const uint8_t *packet)
{
    return packet_flags(packet) & 0x10;
}

static inline uint64_t packet_pcr(const uint8_t *packet)
{
    const uint8_t *p = packet + 6;
    uint64_t base =
        (uint64_t)p[0] << 25 | (uint64_t)p[1] << 17 | (uint64_t)p[2] << 9 | (uint64_t)p[3] << 1 | p[4] >> 7;

    return base * 300 + ((p[4] & 1u) << 8 | p[5]);
}

static inline int64_t place_ns(struct slot_rate rate, uint64_t at)
{
    return (int64_t)((__int128)at * rate.den * 1000000000 / ((__int128)rate.num * TS_PACKET));
}

/* Of all numbers with these low bits, the nearest to the 90 kHz count of a place. */
static inline int64_t unwrap_pts(struct slot_rate rate, int64_t pts, uint64_t near)
{
    int64_t now = (int64_t)((__int128)near * rate.den * PTS_PER_SECOND / ((__int128)rate.num * TS_PACKET));
    int64_t ahead = (pts - now % CLOCK_WRAP + CLOCK_WRAP) % CLOCK_WRAP;

    return now + (ahead < CLOCK_WRAP / 2 ? ahead : ahead - CLOCK_WRAP);
}

#endif
