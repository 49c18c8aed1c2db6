/* The slot clock: every instant from one rational rate. Products of a slot number and 27 MHz do not fit in 64
 * bits, so they are taken in 128; nothing is rounded before the last step and nothing accumulates. */
#include "mux/slot.h"

#include <assert.h>

typedef unsigned __int128 wide;

#define NS_PER_SECOND 1000000000
#define PCR_MODULUS ((UINT64_C(1) << 33) * 300)
#define PCR_BYTE 10 /* the byte with the last bit of program_clock_reference_base */

static uint64_t greatest_common_divisor(uint64_t a, uint64_t b)
{
    while (b) {
        uint64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

struct slot_rate slot_rate_new(uint64_t bits_num, uint64_t bits_den)
{
    assert(bits_num && bits_den && bits_num < UINT64_C(1) << 40 && bits_den < UINT64_C(1) << 20);
    uint64_t den = bits_den * TS_PACKET * 8;
    uint64_t common = greatest_common_divisor(bits_num, den);
    return (struct slot_rate){bits_num / common, den / common};
}

uint32_t slot_per_superframe(struct slot_rate rate)
{
    return rate.num / rate.den;
}

uint64_t slot_at(struct slot_rate rate, int64_t second, uint32_t ns)
{
    assert(second >= 0 && ns < NS_PER_SECOND);
    wide instant = (wide)second * NS_PER_SECOND + ns;
    wide den = (wide)rate.den * NS_PER_SECOND;
    return (instant * rate.num + den - 1) / den;
}

int64_t slot_second(struct slot_rate rate, uint64_t k)
{
    return (wide)k * rate.den / rate.num;
}

int64_t slot_ns(struct slot_rate rate, uint64_t k, int64_t second)
{
    return (int64_t)((wide)k * rate.den * NS_PER_SECOND / rate.num) - second * NS_PER_SECOND;
}

uint64_t slot_pcr(struct slot_rate rate, uint64_t k)
{
    wide byte = (wide)k * TS_PACKET + PCR_BYTE;
    wide den = (wide)rate.num * TS_PACKET;
    return (byte * rate.den * TICKS_PER_SECOND + den / 2) / den % PCR_MODULUS;
}
