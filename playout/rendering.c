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

struct part { /* what a channel needs, from when it first holds */
    struct reader *reader;
    struct eit_page *eit;
    int64_t eit_number;
};

struct rendering {
    const struct rendering_job *job;
    struct part *parts;            /* one per channel */
    const struct channel *channel; /* that holds in the second that is filled */
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
    const struct channel *channel = job->channels;
    *rendering = (struct rendering){.job = job};
    bool good = seconds_init(&rendering->here, channel) && seconds_init(&rendering->next, channel);
    rendering->parts = calloc(job->channel_count, sizeof *rendering->parts);
    rendering->pages = calloc(si_lane_count(channel->si), sizeof *rendering->pages);
    rendering->block = malloc((size_t)BLOCK * 188);
    return good && rendering->parts && rendering->pages && rendering->block;
}

static void rendering_fini(struct rendering *rendering)
{
    const struct rendering_job *job = rendering->job;
    for (size_t i = 0; rendering->parts && i < job->channel_count; i++) {
        reader_free(&rendering->parts[i].reader);
        eit_page_free(&rendering->parts[i].eit);
    }
    seconds_fini(&rendering->here, job->channels->services);
    seconds_fini(&rendering->next, job->channels->services);
    free(rendering->parts);
    free(rendering->pages);
    free(rendering->block);
}

/* The part that holds in a second; NULL when memory is out. */
static struct part *part_at(struct rendering *rendering, int64_t second)
{
    const struct rendering_job *job = rendering->job;
    const struct channel *channel = channel_at(job->channels, job->channel_count, second);
    struct part *part = &rendering->parts[channel - job->channels];
    if (part->reader)
        return part;
    part->eit_number = -1;
    part->eit = eit_page_new(channel->si);
    part->reader = part->eit ? reader_new(channel, job->report, job->context) : NULL;
    if (!part->reader)
        return NULL;
    reader_keep(part->reader, KEPT_BYTES);
    return part;
}

static bool read_next(struct rendering *rendering, int64_t second)
{
    struct seconds *next = &rendering->next;
    const struct part *part = part_at(rendering, second);
    for (size_t i = 0; part && i < rendering->job->channels->services; i++) {
        next->shown[i] = *next->rooms[i];
        struct shown unused; /* faults are reported */
        reader_read(part->reader, i, second, &next->shown[i], &unused);
    }
    return part;
}

static void build_tables(struct rendering *rendering, int64_t second)
{
    const struct rendering_job *job = rendering->job;
    rendering->channel = channel_at(job->channels, job->channel_count, second);
    struct part *part = &rendering->parts[rendering->channel - job->channels];
    if (second / EIT_PERIOD != part->eit_number) {
        part->eit_number = second / EIT_PERIOD;
        eit_page_build(part->eit, part->eit_number);
    }
    si_pages(rendering->channel->si, second, part->eit, rendering->time_packet, rendering->pages);
}

static bool turn_second(struct rendering *rendering, int64_t second)
{
    struct seconds old = rendering->here;
    rendering->here = rendering->next;
    rendering->next = old;
    if (!read_next(rendering, second + 1))
        return false;
    build_tables(rendering, second);
    return true;
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
        multiplex_fill(rendering->channel->multiplex, &frame, k, count, rendering->block);
        if (!sink_write(rendering->job->sink, rendering->block, (size_t)count * 188))
            return false;
        k += count;
    }
    return true;
}

static enum rendering_result render_all(struct rendering *rendering)
{
    const struct rendering_job *job = rendering->job;
    struct slot_rate rate = job->channels->rate;
    int64_t second = slot_second(rate, job->first);
    if (!read_next(rendering, second))
        return RENDERING_NO_MEMORY;
    for (uint64_t k = job->first; k < job->end; second++) {
        uint64_t superframe_end = slot_at(rate, second + 1, 0);
        uint64_t end = superframe_end < job->end ? superframe_end : job->end;
        if (!turn_second(rendering, second))
            return RENDERING_NO_MEMORY;
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
