/* When datagrams came, by the kernel's timestamps: the intervals between them as a histogram fine enough to
 * read jitter off it (bins of about 1 %), in constant memory. */
#ifndef PLAYOUT_MEASURE_ARRIVAL_H
#define PLAYOUT_MEASURE_ARRIVAL_H

#include <stddef.h>
#include <stdint.h>

#define ARRIVAL_STEPS 64     /* bins in a doubling */
#define ARRIVAL_DOUBLINGS 34 /* up to 17 s */
#define ARRIVAL_CLASSES 9

struct arrival {
    uint64_t datagrams, lost;
    int64_t first_at, last_at; /* ns */
    int64_t longest;           /* interval, ns */
    uint64_t bin[ARRIVAL_DOUBLINGS * ARRIVAL_STEPS];
};

/* `lost`: datagrams missing before this one. */
void arrival_add(struct arrival *arrival, int64_t at_ns, uint32_t lost);

/* Mean interval, ns; 0 when there are not two datagrams. */
int64_t arrival_mean(const struct arrival *arrival);
/* The interval that so many of a thousand do not exceed, ns. */
int64_t arrival_quantile(const struct arrival *arrival, unsigned per_mille);

/* How many intervals were off the mean by less than 3, 10, 30, 100, 300 us, 1, 3, 10 ms, and by more. */
struct arrival_class {
    const char *name; /* "< 3 us" */
    uint64_t count;
};
void arrival_classes(const struct arrival *arrival, struct arrival_class classes[ARRIVAL_CLASSES]);

#endif
