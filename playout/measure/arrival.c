/* Bins grow with the interval: ARRIVAL_STEPS of equal width between each power of two and the next. */
#include "playout/measure/arrival.h"

#include <stdlib.h>

#define BINS ((size_t)ARRIVAL_DOUBLINGS * ARRIVAL_STEPS)
#define STEP_BITS 6
_Static_assert(ARRIVAL_STEPS == 1 << STEP_BITS, "the bits below the highest one choose the bin");

static size_t bin_of(uint64_t ns)
{
    if (ns < ARRIVAL_STEPS)
        return ns;
    unsigned highest = 63u - (unsigned)__builtin_clzll(ns);
    size_t bin = (highest - STEP_BITS + 1) * (size_t)ARRIVAL_STEPS +
                 (ns >> (highest - STEP_BITS) & (ARRIVAL_STEPS - 1));
    return bin < BINS ? bin : BINS - 1;
}

/* Its middle. */
static int64_t interval_of(size_t bin)
{
    if (bin < ARRIVAL_STEPS)
        return (int64_t)bin;
    unsigned shift = (unsigned)(bin / ARRIVAL_STEPS) - 1;
    int64_t low = (int64_t)(ARRIVAL_STEPS + bin % ARRIVAL_STEPS) << shift;
    return low + ((INT64_C(1) << shift) >> 1);
}

void arrival_add(struct arrival *arrival, int64_t at_ns, uint32_t lost)
{
    int64_t interval = at_ns - arrival->last_at;
    arrival->lost += lost;
    if (arrival->datagrams++ == 0) {
        arrival->first_at = arrival->last_at = at_ns;
        return;
    }
    arrival->bin[bin_of(interval > 0 ? (uint64_t)interval : 0)]++;
    if (interval > arrival->longest)
        arrival->longest = interval;
    arrival->last_at = at_ns;
}

int64_t arrival_mean(const struct arrival *arrival)
{
    if (arrival->datagrams < 2)
        return 0;
    return (arrival->last_at - arrival->first_at) / (int64_t)(arrival->datagrams - 1);
}

int64_t arrival_quantile(const struct arrival *arrival, unsigned per_mille)
{
    uint64_t intervals = arrival->datagrams > 1 ? arrival->datagrams - 1 : 0, so_far = 0;
    for (size_t i = 0; i < BINS; i++) {
        so_far += arrival->bin[i];
        if (so_far > 0 && so_far * 1000 >= intervals * per_mille)
            return interval_of(i) < arrival->longest ? interval_of(i) : arrival->longest;
    }
    return 0;
}

void arrival_classes(const struct arrival *arrival, struct arrival_class classes[ARRIVAL_CLASSES])
{
    static const struct {
        const char *name;
        int64_t below; /* ns */
    } limits[ARRIVAL_CLASSES] = {{"< 3 us", 3000},     {"< 10 us", 10000},    {"< 30 us", 30000},
                                 {"< 100 us", 100000}, {"< 300 us", 300000},  {"< 1 ms", 1000000},
                                 {"< 3 ms", 3000000},  {"< 10 ms", 10000000}, {"more", INT64_MAX}};
    int64_t mean = arrival_mean(arrival);
    for (int i = 0; i < ARRIVAL_CLASSES; i++)
        classes[i] = (struct arrival_class){limits[i].name, 0};
    for (size_t i = 0; i < BINS; i++) {
        int64_t off = llabs(interval_of(i) - mean);
        int class = 0;
        while (off >= limits[class].below)
            class ++;
        classes[class].count += arrival->bin[i];
    }
}
