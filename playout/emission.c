/* `told` and `heard` only grow; entry n lies at n % EMISSION_SECONDS. */
#include "playout/emission.h"

#include <stdatomic.h>
#include <stdlib.h>

struct emission_ring {
    struct emission entries[EMISSION_SECONDS];
    struct shown *shown; /* of all entries */
    atomic_size_t told, heard;
};

struct emission_ring *emission_ring_new(size_t services)
{
    struct emission_ring *ring = calloc(1, sizeof *ring);
    if (!ring)
        return NULL;
    ring->shown = calloc(EMISSION_SECONDS * 2 * (services + 1), sizeof *ring->shown);
    if (!ring->shown) {
        emission_ring_free(&ring);
        return NULL;
    }
    for (size_t i = 0; i < EMISSION_SECONDS; i++) {
        ring->entries[i].services = services;
        ring->entries[i].here = ring->shown + 2 * i * services;
        ring->entries[i].next = ring->entries[i].here + services;
    }
    return ring;
}

void emission_ring_free(struct emission_ring **ring)
{
    if (*ring)
        free((*ring)->shown);
    free(*ring);
    *ring = NULL;
}

struct emission *emission_ring_room(struct emission_ring *ring)
{
    const size_t told = atomic_load_explicit(&ring->told, memory_order_relaxed);
    const size_t heard = atomic_load_explicit(&ring->heard, memory_order_acquire);
    return told - heard < EMISSION_SECONDS ? &ring->entries[told % EMISSION_SECONDS] : NULL;
}

void emission_ring_publish(struct emission_ring *ring)
{
    atomic_fetch_add_explicit(&ring->told, 1, memory_order_release);
}

const struct emission *emission_ring_peek(struct emission_ring *ring)
{
    const size_t heard = atomic_load_explicit(&ring->heard, memory_order_relaxed);
    const size_t told = atomic_load_explicit(&ring->told, memory_order_acquire);
    return heard < told ? &ring->entries[heard % EMISSION_SECONDS] : NULL;
}

void emission_ring_drop(struct emission_ring *ring)
{
    atomic_fetch_add_explicit(&ring->heard, 1, memory_order_release);
}
