/* Fills each segment's sections in order, with the smallest limit that lets all of its events in. */
#include "epg/guide_sections.h"

#include <stdlib.h>
#include <string.h>

#include "epg/eit_section.h"
#include "epg/mjd.h"
#include "mux/section.h"

#define PACKETS_LIKED 6 /* sections of about 1000 bytes: every receiver has a buffer for them */

struct split { /* what is being split */
    const struct event *events;
    size_t count;
    bool extended;
    const struct guide_limits *limits;
    struct diagnostics *diagnostics;
};

/* Three hours since 1970; a day holds a whole number of them. */
static int64_t segment_of(const struct event *event)
{
    int64_t day = mjd_day(event->start);
    return day * GUIDE_SEGMENTS_A_DAY + (event->start - day * MJD_DAY) / GUIDE_SEGMENT;
}

/* Fills sections of at most `limit` packets in order; returns how many of the events [first, end) fit in
 * GUIDE_SECTIONS. */
static size_t fill_segment(const struct split *split, size_t first, size_t end, uint32_t limit,
                           struct guide_section *list, uint8_t *used)
{
    const bool alone = split->limits->alone && end - first <= GUIDE_SECTIONS;
    size_t bytes = 0, next = first;

    *used = 0;
    for (; next < end; next++) {
        size_t more = event_size(&split->events[next], split->extended);
        if (next == first || alone || section_packet_count(bytes + more) > limit) {
            if (*used == GUIDE_SECTIONS)
                break;
            list[*used] = (struct guide_section){.first = next, .number = *used};
            bytes = EIT_SECTION_EMPTY;
            ++*used;
        }
        bytes += more;
        list[*used - 1].count++;
        list[*used - 1].packets = (uint16_t)section_packet_count(bytes);
    }
    return next - first;
}

static void report_dropped(const struct event *event, struct diagnostics *diagnostics)
{
    diagnostics_add(diagnostics, SEVERITY_WARNING, event->item->file, event->item->line,
                    "event %u: viewers see it as present and following only, eight sections do not hold all "
                    "events of its three hours",
                    event->item->event_id);
}

/* Splits the segment of event `first` into `list`; returns the first event behind it. */
static size_t split_segment(const struct split *split, size_t first, struct guide_section *list,
                            uint8_t *used)
{
    int64_t segment = segment_of(&split->events[first]);
    size_t end = first, fitting = 0;

    while (end < split->count && segment_of(&split->events[end]) == segment)
        end++;
    for (uint32_t limit = PACKETS_LIKED; limit <= split->limits->packets_max && fitting < end - first;
         limit++)
        fitting = fill_segment(split, first, end, limit, list, used);
    for (uint8_t i = 0; i < *used; i++) {
        list[i].segment = segment;
        list[i].last = *used - 1;
    }
    for (size_t i = first + fitting; i < end && split->diagnostics; i++)
        report_dropped(&split->events[i], split->diagnostics);
    return end;
}

bool guide_sections_init(struct guide_sections *sections, const struct event *events, size_t count,
                         bool extended, const struct guide_limits *limits, struct diagnostics *diagnostics)
{
    const struct split split = {events, count, extended, limits, diagnostics};
    uint8_t used = 0;

    /* No more sections than events, but a segment is first filled where up to eight have room. */
    *sections = (struct guide_sections){.list = calloc(count + GUIDE_SECTIONS, sizeof *sections->list)};
    if (!sections->list)
        return false;
    for (size_t next = 0; next < count; sections->count += used)
        next = split_segment(&split, next, sections->list + sections->count, &used);
    return true;
}

bool guide_sections_copy(struct guide_sections *sections, const struct guide_sections *from)
{
    *sections = (struct guide_sections){.list = calloc(from->count + 1, sizeof *sections->list),
                                        .count = from->count};
    if (!sections->list)
        return false;
    memcpy(sections->list, from->list, from->count * sizeof *from->list);
    return true;
}

void guide_sections_fini(struct guide_sections *sections)
{
    free(sections->list);
    *sections = (struct guide_sections){0};
}

size_t guide_sections_find(const struct guide_sections *sections, int64_t segment)
{
    size_t low = 0, high = sections->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (sections->list[middle].segment < segment)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t guide_sections_changes(const struct guide_sections *sections, int64_t segment, uint8_t number)
{
    const size_t end = guide_sections_find(sections, segment + 1);
    int64_t changed_at = INT64_MIN; /* segment of the last change counted: they come and they go */
    uint32_t count = 0;
    for (size_t i = 0; i < end; i++) {
        const struct guide_section *section = &sections->list[i];
        if (section->number != number || (segment - section->segment) % GUIDE_SEGMENTS_A_DAY != 0)
            continue;
        count += section->segment != changed_at;
        changed_at = section->segment + GUIDE_SEGMENTS_A_DAY;
        count += changed_at <= segment;
    }
    return count;
}
