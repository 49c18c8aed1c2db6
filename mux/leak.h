/* What buffers of the decoder model are made of: leaks that serve one byte after the other, and gauges of
 * what has been held. Instants are whole numbers of a unit of time that the model chooses. */
#ifndef MUX_LEAK_H
#define MUX_LEAK_H

#include <stdbool.h>
#include <stdint.h>

typedef __int128 instant;

struct leak {
    instant per_byte;   /* how long one byte takes */
    instant free_at;    /* when the last byte so far has left */
    instant busy_since; /* it has held something ever since */
};

/* Bytes that come in evenly, byte i at `at` + i * `apart`. */
struct arrivals {
    instant at, apart;
};

static inline instant later(instant a, instant b)
{
    return a > b ? a : b;
}

/* When byte i of a train has left, if byte 0 came at `first` and this one at `in`. The bytes between come
 * evenly or ever further apart, so the leak was last idle before the first of them or before this one. */
static inline instant leak_leaves(const struct leak *leak, uint32_t i, instant first, instant in)
{
    return later(later(leak->free_at, first) + leak->per_byte * (i + 1), in + leak->per_byte);
}

/* A fill of some bytes, told as the time that the leak takes for them: the bytes are that divided by
 * per_byte, rounded up. So nothing is divided until somebody asks. */
struct gauge {
    instant limit, peak;
    bool over; /* in this packet */
};

static inline void gauge_note(struct gauge *gauge, instant fill)
{
    if (fill > gauge->peak)
        gauge->peak = fill;
    if (fill > gauge->limit)
        gauge->over = true;
}

static inline uint32_t gauge_bytes(const struct gauge *gauge, const struct leak *leak)
{
    instant bytes = leak->per_byte ? (gauge->peak + leak->per_byte - 1) / leak->per_byte : 0;

    return bytes < UINT32_MAX ? (uint32_t)bytes : UINT32_MAX;
}

#endif
