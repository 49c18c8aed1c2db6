/* From the items of a service to its events and sections. */
#include "epg/guide.h"

#include <stdlib.h>
#include <string.h>

#include "epg/component.h"
#include "epg/eit_section.h"
#include "epg/mjd.h"
#include "mux/section.h"

#define PACKETS_LIKED 6 /* sections of about 1000 bytes: every receiver has a buffer for them */

/* A state begins with every event, and one with every gap behind an event. */
static void number_states(struct guide *guide)
{
    uint32_t ordinal = 0;
    for (size_t i = 0; i < guide->event_count; i++) {
        bool gap = i > 0 && guide->events[i - 1].end < guide->events[i].start;
        ordinal += gap ? 2 : 1;
        guide->events[i].ordinal = ordinal;
    }
}

static bool encode_components(struct guide *guide, const struct service *service, const struct house *house)
{
    dvbpsi_descriptor_t *list = NULL;
    const bool done = component_add_all(&list, service, house);
    for (const dvbpsi_descriptor_t *each = list; done && each; each = each->p_next) {
        uint8_t *out = guide->components + guide->components_length;
        out[0] = each->i_tag;
        out[1] = each->i_length;
        memcpy(out + 2, each->p_data, each->i_length);
        guide->components_length = (uint8_t)(guide->components_length + 2 + each->i_length);
    }
    dvbpsi_DeleteDescriptors(list);
    return done;
}

bool guide_init(struct guide *guide, const struct plan *plan, size_t multiplex, size_t service,
                const struct house *house, struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(plan);
    const struct multiplex_plan *stream = &station->multiplexes[multiplex];
    const struct event_policy policy = event_policy_get(station, stream);
    size_t count = plan_item_count(plan, multiplex, service);

    *guide = (struct guide){.service_id = stream->services[service].service_id,
                            .transport_stream_id = stream->transport_stream_id,
                            .original_network_id = stream->network->original_network_id,
                            .events = calloc(count + 1, sizeof *guide->events)};
    if (!guide->events || !encode_components(guide, &stream->services[service], house))
        return false;
    for (size_t i = 0; i < count; i++) {
        const struct item *item = plan_item(plan, multiplex, service, i);
        if (!item_has_event(item))
            continue;
        if (!event_init(&guide->events[guide->event_count], item, &policy, diagnostics))
            return false;
        guide->event_count++;
    }
    number_states(guide);
    return true;
}

void guide_fini(struct guide *guide)
{
    for (size_t i = 0; i < guide->event_count; i++)
        event_fini(&guide->events[i]);
    free(guide->events);
    free(guide->sections);
    *guide = (struct guide){0};
}

/* Three hours since 1970; a day holds a whole number of them. */
static int64_t segment_of(const struct event *event)
{
    int64_t day = mjd_day(event->start);
    return day * GUIDE_SEGMENTS_A_DAY + (event->start - day * MJD_DAY) / GUIDE_SEGMENT;
}

/* Fills sections of at most `limit` packets in order; returns how many of the events fit in GUIDE_SECTIONS.
 */
static size_t fill_segment(const struct guide *guide, size_t first, size_t end, uint32_t limit,
                           struct guide_section *sections, uint8_t *used)
{
    size_t bytes = 0, next = first;

    *used = 0;
    for (; next < end; next++) {
        size_t more = guide->events[next].length;
        if (next == first || section_packet_count(bytes + more) > limit) {
            if (*used == GUIDE_SECTIONS)
                break;
            sections[*used] = (struct guide_section){.first = next, .number = *used};
            bytes = EIT_SECTION_EMPTY;
            ++*used;
        }
        bytes += more;
        sections[*used - 1].count++;
        sections[*used - 1].packets = (uint16_t)section_packet_count(bytes);
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

/* Splits the segment of event `first`; returns the first event behind it. */
static size_t split_segment(struct guide *guide, size_t first, uint32_t packets_max,
                            struct diagnostics *diagnostics)
{
    struct guide_section *sections = guide->sections + guide->section_count;
    int64_t segment = segment_of(&guide->events[first]);
    size_t end = first, fitting = 0;
    uint8_t used = 0;

    while (end < guide->event_count && segment_of(&guide->events[end]) == segment)
        end++;
    for (uint32_t limit = PACKETS_LIKED; limit <= packets_max && fitting < end - first; limit++)
        fitting = fill_segment(guide, first, end, limit, sections, &used);
    for (uint8_t i = 0; i < used; i++) {
        sections[i].segment = segment;
        sections[i].last = used - 1;
    }
    guide->section_count += used;
    for (size_t i = first + fitting; i < end; i++)
        report_dropped(&guide->events[i], diagnostics);
    return end;
}

bool guide_split(struct guide *guide, uint32_t packets_max, struct diagnostics *diagnostics)
{
    /* No more sections than events, but a segment is first filled where up to eight have room. */
    guide->sections = calloc(guide->event_count + GUIDE_SECTIONS, sizeof *guide->sections);
    if (!guide->sections)
        return false;
    for (size_t next = 0; next < guide->event_count;)
        next = split_segment(guide, next, packets_max, diagnostics);
    return true;
}

/* Number of events that have begun at `second`. */
static size_t count_begun(const struct guide *guide, int64_t second)
{
    size_t low = 0, high = guide->event_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (guide->events[middle].start <= second)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct guide_state guide_at(const struct guide *guide, int64_t second)
{
    size_t begun = count_begun(guide, second);
    struct guide_state state = {.from = INT64_MIN, .until = INT64_MAX};

    if (begun < guide->event_count) {
        state.following = &guide->events[begun];
        state.until = state.following->start;
    }
    if (begun == 0)
        return state;
    const struct event *last = &guide->events[begun - 1];
    bool over = last->end <= second;
    state.present = over ? NULL : last;
    state.from = over ? last->end : last->start;
    state.until = over ? state.until : last->end;
    state.ordinal = last->ordinal + over;
    return state;
}

size_t guide_find_section(const struct guide *guide, int64_t segment)
{
    size_t low = 0, high = guide->section_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (guide->sections[middle].segment < segment)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

uint32_t guide_packets_max(const struct guide *guide)
{
    uint32_t most = section_packet_count(EIT_SECTION_EMPTY);
    for (size_t i = 0; i < guide->event_count; i++) {
        uint32_t packets = section_packet_count(EIT_SECTION_EMPTY + event_size(&guide->events[i], true) +
                                                guide->components_length);
        most = packets > most ? packets : most;
    }
    return most;
}
