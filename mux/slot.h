/* The slot clock: which 188-byte packet leaves when (architecture law 2).
 *
 * Slot k leaves at k * den / num seconds on the stream's time scale, which equals Unix time since 2017
 * (TAI - 37 s). num / den is the number of slots per second, exact, in lowest terms: DVB-C 64QAM
 * 6.875 MBd carries 859375/34 slots per second. A superframe is the slots that leave in one second;
 * it holds slot_per_superframe() of them or one more. Integers only; every function is pure. */
#ifndef MUX_SLOT_H
#define MUX_SLOT_H

#include <stdint.h>

#define TS_PACKET 188
#define TICKS_PER_SECOND 27000000 /* ISO/IEC 13818-1 2.4.2.2: the system clock */
#define PTS_PER_SECOND 90000      /* ISO/IEC 13818-1 2.4.3.7 */

struct slot_rate {
    uint64_t num, den; /* slots per second, lowest terms */
};

/* The rate of a multiplex of bits_num/bits_den bits per second. bits_num < 2^40, bits_den < 2^20. */
struct slot_rate slot_rate_new(uint64_t bits_num, uint64_t bits_den);

/* Slots that every superframe holds (the extra one of some superframes is not counted). */
uint32_t slot_per_superframe(struct slot_rate rate);

/* The first slot that leaves at or after `second` s plus `ns` nanoseconds (0 <= ns < 1e9). */
uint64_t slot_at(struct slot_rate rate, int64_t second, uint32_t ns);

/* The superframe (whole second) in which slot k leaves. */
int64_t slot_second(struct slot_rate rate, uint64_t k);

/* Nanoseconds from the start of `second` until slot k leaves, rounded down; may be negative. */
int64_t slot_ns(struct slot_rate rate, uint64_t k, int64_t second);

/* The PCR of a packet in slot k, in 27 MHz ticks modulo 2^33 * 300, rounded to nearest: the instant of the
 * byte that holds the last bit of program_clock_reference_base, byte 10 (ISO/IEC 13818-1 2.4.3.5). */
uint64_t slot_pcr(struct slot_rate rate, uint64_t k);

#endif
