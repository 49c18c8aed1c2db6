/* The time of every packet, from the PCRs of one reference PID (ISO/IEC 13818-1 2.4.2.2): linear between two
 * of them. Packets wait here until the PCR after them has come, in bounded memory. Where no PCR comes, and
 * across a jump of the clock, time goes on at the rate of before. */
#ifndef MUX_MEASURE_TIMELINE_H
#define MUX_MEASURE_TIMELINE_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/slot.h"

#define TIMELINE_UNITS 10000 /* of a tick of 27 MHz: the instants here */
#define TIMELINE_SECOND (INT64_C(27000000) * TIMELINE_UNITS)
#define TIMELINE_WAITING 16384 /* packets that may wait */
#define PCR_MODULUS ((INT64_C(1) << 33) * 300)

struct timed_packet {
    const uint8_t *bytes;
    uint64_t number;  /* of the packet in the stream, lost ones counted as well as is known */
    int64_t at;       /* its first byte, units since the first byte of the stream */
    int64_t byte_for; /* from one byte to the next, units */
};

struct timeline;

/* `sink` gets every packet in order. NULL when memory is out. */
struct timeline *timeline_new(void (*sink)(void *context, const struct timed_packet *packet), void *context);
void timeline_free(struct timeline **timeline);
void timeline_push(struct timeline *timeline, const uint8_t *packet);
/* So many packets' bytes are missing here. */
void timeline_skip(struct timeline *timeline, uint64_t packets);
void timeline_finish(struct timeline *timeline);
/* Of what has come out. */
int64_t timeline_elapsed(const struct timeline *timeline);
/* Bits per second between the last two PCRs; 0: not known. */
uint64_t timeline_rate(const struct timeline *timeline);

/* The PCR of a packet that has one, ticks. */
static inline int64_t timeline_pcr(const uint8_t *packet)
{
    int64_t base =
        (int64_t)packet[6] << 25 | packet[7] << 17 | packet[8] << 9 | packet[9] << 1 | packet[10] >> 7;

    return base * 300 + ((packet[10] & 1) << 8 | packet[11]);
}

/* b - a of two PCRs, the nearest way around. */
static inline int64_t timeline_pcr_step(int64_t a, int64_t b)
{
    int64_t step = (b - a) % PCR_MODULUS;

    if (step >= PCR_MODULUS / 2)
        step -= PCR_MODULUS;
    return step < -PCR_MODULUS / 2 ? step + PCR_MODULUS : step;
}

#endif
