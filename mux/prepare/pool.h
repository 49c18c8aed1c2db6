/* Encoders at work: GOPs go in and come out in the same order; as many as there are threads are encoded at
 * once. Memory is bounded by the number of places, not by the length of the lesson. */
#ifndef MUX_PREPARE_POOL_H
#define MUX_PREPARE_POOL_H

#include <stdbool.h>
#include <stdint.h>

#include <libavutil/frame.h>

#include "mux/prepare/encode.h"

struct pool;

struct pool_gop {
    AVFrame *pictures[HOUSE_FRAMES_PER_SECOND_MAX];
    struct cell *cell;
    struct encode_result result;
    bool done; /* guarded by the pool's lock */
};

/* Starts the encoders. NULL when memory or threads are out. `house` and `preset` must outlive the pool. */
struct pool *pool_new(const struct house *house, const char *preset, unsigned threads);
/* Waits for what is being encoded, and throws it away. */
void pool_free(struct pool **pool);

/* Is there no place for another GOP, or no GOP left? */
bool pool_is_full(const struct pool *pool);
bool pool_is_empty(const struct pool *pool);
/* Gives HOUSE_FRAMES_PER_SECOND_MAX pictures to be encoded; they are moved. The pool must not be full. */
void pool_push(struct pool *pool, AVFrame **pictures);
/* Waits for the oldest GOP and takes it out; it holds until the next pool_push(). The pool must not be empty.
 */
const struct pool_gop *pool_pop(struct pool *pool);

#endif
