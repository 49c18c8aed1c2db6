/* A ring of GOPs between the thread that decodes and those that encode. */
#include "mux/prepare/pool.h"

#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define KEPT_BLOCK (32 << 20)
#define KEPT (64 << 20)

struct pool {
    const struct house *house;
    const char *preset;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    pthread_t *threads;
    unsigned thread_count;
    bool closing;
    struct pool_gop *gops;
    unsigned places;
    uint64_t popped, taken, pushed; /* GOPs so far; GOP n is in place n % places; taken: by an encoder */
};

static struct pool_gop *place(struct pool *pool, uint64_t number)
{
    return &pool->gops[number % pool->places];
}

static void *work_on(void *argument)
{
    struct pool *pool = argument;
    pthread_mutex_lock(&pool->lock);
    for (;;) {
        while (!pool->closing && pool->taken == pool->pushed)
            pthread_cond_wait(&pool->changed, &pool->lock);
        if (pool->closing)
            break;
        struct pool_gop *gop = place(pool, pool->taken++);
        pthread_mutex_unlock(&pool->lock);
        struct encode_result result =
            encode_gop(pool->house, pool->preset, ENCODE_CRF, gop->pictures, gop->cell);
        pthread_mutex_lock(&pool->lock);
        gop->result = result;
        gop->done = true;
        pthread_cond_broadcast(&pool->changed);
    }
    pthread_mutex_unlock(&pool->lock);
    return NULL;
}

static bool open_places(struct pool *pool)
{
    pool->gops = calloc(pool->places, sizeof *pool->gops);
    for (unsigned i = 0; pool->gops && i < pool->places; i++)
        if (!(pool->gops[i].cell = cell_new(pool->house->video.slots)))
            return false;
    return pool->gops != NULL;
}

/* Every GOP's encoder takes some 60 MB and gives them back; to have the kernel clear so many pages anew each
 * time would cost a tenth of the whole preparation. So the C library keeps them. */
static void keep_memory(void)
{
    mallopt(M_MMAP_THRESHOLD, KEPT_BLOCK);
    mallopt(M_TRIM_THRESHOLD, KEPT);
    mallopt(M_TOP_PAD, KEPT);
}

struct pool *pool_new(const struct house *house, const char *preset, unsigned threads)
{
    struct pool *pool = calloc(1, sizeof *pool);
    if (!pool)
        return NULL;
    keep_memory();
    pool->house = house;
    pool->preset = preset;
    pool->places = threads + 1; /* one is ready while all encoders are busy */
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->changed, NULL);
    pool->threads = calloc(threads, sizeof *pool->threads);
    bool good = pool->threads && open_places(pool);
    while (good && pool->thread_count < threads) {
        good = pthread_create(&pool->threads[pool->thread_count], NULL, work_on, pool) == 0;
        pool->thread_count += good;
    }
    if (!good)
        pool_free(&pool);
    return pool;
}

static void drop_pictures(struct pool_gop *gop)
{
    for (int i = 0; i < HOUSE_FRAMES_PER_SECOND_MAX; i++)
        av_frame_free(&gop->pictures[i]);
}

void pool_free(struct pool **pool)
{
    struct pool *old = *pool;
    if (!old)
        return;
    pthread_mutex_lock(&old->lock);
    old->closing = true;
    pthread_cond_broadcast(&old->changed);
    pthread_mutex_unlock(&old->lock);
    for (unsigned i = 0; i < old->thread_count; i++)
        pthread_join(old->threads[i], NULL);
    for (unsigned i = 0; old->gops && i < old->places; i++) {
        drop_pictures(&old->gops[i]);
        cell_free(&old->gops[i].cell);
    }
    pthread_cond_destroy(&old->changed);
    pthread_mutex_destroy(&old->lock);
    free(old->gops);
    free(old->threads);
    free(old);
    *pool = NULL;
}

bool pool_is_full(const struct pool *pool)
{
    return pool->pushed - pool->popped == pool->places;
}

bool pool_is_empty(const struct pool *pool)
{
    return pool->pushed == pool->popped;
}

void pool_push(struct pool *pool, AVFrame **pictures)
{
    assert(!pool_is_full(pool));
    struct pool_gop *gop = place(pool, pool->pushed);
    memcpy(gop->pictures, pictures, sizeof gop->pictures);
    memset(pictures, 0, sizeof gop->pictures);
    gop->done = false;
    pthread_mutex_lock(&pool->lock);
    pool->pushed++;
    pthread_cond_broadcast(&pool->changed);
    pthread_mutex_unlock(&pool->lock);
}

const struct pool_gop *pool_pop(struct pool *pool)
{
    assert(!pool_is_empty(pool));
    struct pool_gop *gop = place(pool, pool->popped);
    pthread_mutex_lock(&pool->lock);
    while (!gop->done)
        pthread_cond_wait(&pool->changed, &pool->lock);
    pthread_mutex_unlock(&pool->lock);
    pool->popped++;
    drop_pictures(gop);
    return gop;
}
