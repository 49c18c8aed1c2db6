/* Superframe by superframe: two seconds of every service are in memory, the one that is shown and the next.
 */
#include "playout/rendering.h"

#include <errno.h>
#include <stdlib.h>

#define BLOCK 1024 /* packets filled and written at a time: they stay in the cache */

struct rendering {
    const struct rendering_job *job;
    struct reader *reader;
    struct eit_page *eit;
    int64_t eit_number;
    struct lesson_second **here, **next; /* per service */
    struct table_page *pages;
    uint8_t *block;
    uint8_t time_packet[188];
};

static struct lesson_second **new_seconds(const struct channel *channel)
{
    struct lesson_second **seconds = calloc(channel->services, sizeof *seconds);
    for (size_t i = 0; seconds && i < channel->services; i++)
        seconds[i] = channel_new_second(channel, i);
    return seconds;
}

static bool are_seconds(struct lesson_second **seconds, size_t count)
{
    for (size_t i = 0; seconds && i < count; i++)
        if (!seconds[i])
            return false;
    return seconds != NULL;
}

static void free_seconds(struct lesson_second **seconds, size_t count)
{
    for (size_t i = 0; seconds && i < count; i++)
        lesson_second_free(&seconds[i]);
    free(seconds);
}

static bool rendering_init(struct rendering *rendering, const struct rendering_job *job)
{
    const struct channel *channel = job->channel;
    *rendering = (struct rendering){.job = job, .eit_number = -1};
    rendering->reader = reader_new(channel, job->report, job->context);
    rendering->eit = eit_page_new(channel->si);
    rendering->here = new_seconds(channel);
    rendering->next = new_seconds(channel);
    rendering->pages = calloc(si_lane_count(channel->si), sizeof *rendering->pages);
    rendering->block = malloc((size_t)BLOCK * 188);
    return rendering->reader && rendering->eit && are_seconds(rendering->here, channel->services) &&
           are_seconds(rendering->next, channel->services) && rendering->pages && rendering->block;
}

static void rendering_fini(struct rendering *rendering)
{
    size_t services = rendering->job->channel->services;
    reader_free(&rendering->reader);
    eit_page_free(&rendering->eit);
    free_seconds(rendering->here, services);
    free_seconds(rendering->next, services);
    free(rendering->pages);
    free(rendering->block);
}

static void read_next(struct rendering *rendering, int64_t second)
{
    for (size_t i = 0; i < rendering->job->channel->services; i++)
        reader_read(rendering->reader, i, second, rendering->next[i]);
}

static void turn_second(struct rendering *rendering, int64_t second)
{
    const struct si *si = rendering->job->channel->si;
    struct lesson_second **old = rendering->here;
    rendering->here = rendering->next;
    rendering->next = old;
    read_next(rendering, second + 1);
    if (second / EIT_PERIOD != rendering->eit_number) {
        rendering->eit_number = second / EIT_PERIOD;
        eit_page_build(rendering->eit, rendering->eit_number);
    }
    si_pages(si, second, rendering->eit, rendering->time_packet, rendering->pages);
}

/* The slots of one superframe that are wanted. */
static bool render_second(struct rendering *rendering, int64_t second, uint64_t from, uint64_t end)
{
    const struct superframe frame = {.second = second,
                                     .here = (const struct lesson_second *const *)rendering->here,
                                     .next = (const struct lesson_second *const *)rendering->next,
                                     .pages = rendering->pages};
    for (uint64_t k = from; k < end;) {
        uint32_t count = end - k < BLOCK ? end - k : BLOCK;
        multiplex_fill(rendering->job->channel->multiplex, &frame, k, count, rendering->block);
        if (!sink_write(rendering->job->sink, rendering->block, (size_t)count * 188))
            return false;
        k += count;
    }
    return true;
}

static enum rendering_result render_all(struct rendering *rendering)
{
    const struct rendering_job *job = rendering->job;
    struct slot_rate rate = job->channel->rate;
    int64_t second = slot_second(rate, job->first);
    read_next(rendering, second);
    for (uint64_t k = job->first; k < job->end; second++) {
        uint64_t superframe_end = slot_at(rate, second + 1, 0);
        uint64_t end = superframe_end < job->end ? superframe_end : job->end;
        turn_second(rendering, second);
        if (!render_second(rendering, second, k, end))
            return RENDERING_CANNOT_WRITE;
        k = end;
        if (job->progress && !job->progress(job->context, k - job->first))
            return RENDERING_STOPPED;
    }
    return RENDERING_DONE;
}

enum rendering_result rendering_run(const struct rendering_job *job)
{
    struct rendering rendering;
    enum rendering_result result = RENDERING_NO_MEMORY;
    if (rendering_init(&rendering, job))
        result = render_all(&rendering);
    int error = errno;
    rendering_fini(&rendering);
    errno = error;
    return result;
}
