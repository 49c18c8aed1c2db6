/* Superframe by superframe: two seconds of every service are in memory, the one that is shown and the next.
 */
#include "playout/rendering.h"

#include <errno.h>
#include <stdlib.h>

#define BLOCK 1024              /* packets filled and written at a time: they stay in the cache */
#define KEPT_BYTES (256u << 20) /* of lessons that loop: 12 services of 2.5 Mb/s for a minute each */

struct seconds {                       /* of every service */
    struct lesson_second **rooms;      /* owned */
    struct lesson_second *shown;       /* copies of them, or of what the reader keeps ... */
    const struct lesson_second **list; /* ... and where they are */
};

struct rendering {
    const struct rendering_job *job;
    struct reader *reader;
    struct eit_page *eit;
    int64_t eit_number;
    struct seconds here, next;
    struct table_page *pages;
    uint8_t *block;
    uint8_t time_packet[188];
};

static bool seconds_init(struct seconds *seconds, const struct channel *channel)
{
    seconds->rooms = calloc(channel->services, sizeof *seconds->rooms);
    seconds->shown = calloc(channel->services, sizeof *seconds->shown);
    seconds->list = calloc(channel->services, sizeof *seconds->list);
    bool good = seconds->rooms && seconds->shown && seconds->list;
    for (size_t i = 0; good && i < channel->services; i++) {
        seconds->list[i] = &seconds->shown[i];
        good = (seconds->rooms[i] = channel_new_second(channel, i));
    }
    return good;
}

static void seconds_fini(struct seconds *seconds, size_t count)
{
    for (size_t i = 0; seconds->rooms && i < count; i++)
        lesson_second_free(&seconds->rooms[i]);
    free(seconds->rooms);
    free(seconds->shown);
    free(seconds->list);
}

static bool rendering_init(struct rendering *rendering, const struct rendering_job *job)
{
    const struct channel *channel = job->channel;
    *rendering = (struct rendering){.job = job, .eit_number = -1};
    rendering->reader = reader_new(channel, job->report, job->context);
    rendering->eit = eit_page_new(channel->si);
    bool good = seconds_init(&rendering->here, channel) && seconds_init(&rendering->next, channel);
    rendering->pages = calloc(si_lane_count(channel->si), sizeof *rendering->pages);
    rendering->block = malloc((size_t)BLOCK * 188);
    if (rendering->reader)
        reader_keep(rendering->reader, KEPT_BYTES);
    return good && rendering->reader && rendering->eit && rendering->pages && rendering->block;
}

static void rendering_fini(struct rendering *rendering)
{
    size_t services = rendering->job->channel->services;
    reader_free(&rendering->reader);
    eit_page_free(&rendering->eit);
    seconds_fini(&rendering->here, services);
    seconds_fini(&rendering->next, services);
    free(rendering->pages);
    free(rendering->block);
}

static void read_next(struct rendering *rendering, int64_t second)
{
    struct seconds *next = &rendering->next;
    for (size_t i = 0; i < rendering->job->channel->services; i++) {
        next->shown[i] = *next->rooms[i];
        reader_read(rendering->reader, i, second, &next->shown[i]);
    }
}

static void turn_second(struct rendering *rendering, int64_t second)
{
    const struct si *si = rendering->job->channel->si;
    struct seconds old = rendering->here;
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
                                     .here = rendering->here.list,
                                     .next = rendering->next.list,
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
