/* From the items of a service to its events, and from an instant to what is present and following. */
#include "epg/guide.h"

#include <stdlib.h>
#include <string.h>

#include "epg/component.h"
#include "epg/eit_section.h"
#include "epg/guide_items.h"
#include "epg/mjd.h"
#include "mux/section.h"

#define INSTANTS                                                                                             \
    2 /* at which a state begins between two events: the gap, and the one from which it is "soon" */

/* --- states */

/* The instants at which another state begins behind the start of event begun - 1 and before that of the next,
 * in order; returns their number. */
static int find_instants(const struct guide *guide, size_t begun, int64_t instants[INSTANTS])
{
    const struct event *last = begun > 0 ? &guide->events[begun - 1] : NULL;
    const struct event *next = begun < guide->event_count ? &guide->events[begun] : NULL;
    int count = 0;

    if (last && (!next || last->end < next->start))
        instants[count++] = last->end;
    if (!next || (last && next->start - GUIDE_SOON <= last->start))
        return count;
    const int64_t soon = next->start - GUIDE_SOON;
    if (count == 0 || instants[0] < soon) {
        instants[count++] = soon;
    } else if (soon < instants[0]) {
        instants[count++] = instants[0];
        instants[0] = soon;
    }
    return count;
}

/* A state begins with every event and at the instants between. */
static void number_states(struct guide *guide)
{
    int64_t unused[INSTANTS];
    uint32_t ordinal = 0;
    for (size_t i = 0; i < guide->event_count; i++) {
        ordinal += (uint32_t)find_instants(guide, i, unused) + 1;
        guide->events[i].ordinal = ordinal;
    }
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
    const size_t begun = count_begun(guide, second);
    const struct event *last = begun > 0 ? &guide->events[begun - 1] : NULL;
    const struct event *next = begun < guide->event_count ? &guide->events[begun] : NULL;
    struct guide_state state = {.present = last && second < last->end ? last : NULL,
                                .following = next,
                                .soon = next && second >= next->start - GUIDE_SOON,
                                .from = last ? last->start : INT64_MIN,
                                .until = next ? next->start : INT64_MAX,
                                .ordinal = last ? last->ordinal : 0};
    int64_t instants[INSTANTS];
    const int count = find_instants(guide, begun, instants);
    for (int i = 0; i < count && state.until > instants[i]; i++) {
        if (second < instants[i]) {
            state.until = instants[i];
        } else {
            state.from = instants[i];
            state.ordinal++;
        }
    }
    return state;
}

/* --- encoding */

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

bool guide_state_is_extended(const struct guide *guide, const struct event *event)
{
    return section_packet_count(EIT_SECTION_EMPTY + event_size(event, true) + guide->components_length) <=
           GUIDE_STATE_PACKETS;
}

static size_t largest_state(const struct guide *guide)
{
    size_t most = EIT_SECTION_EMPTY;
    for (size_t i = 0; i < guide->event_count; i++) {
        const struct event *event = &guide->events[i];
        size_t size = EIT_SECTION_EMPTY + guide->components_length +
                      event_size(event, guide_state_is_extended(guide, event));
        most = size > most ? size : most;
    }
    return most;
}

/* The same bytes for an item that is the same. */
static bool copy_event(struct event *event, const struct event *from, const struct item *item)
{
    *event = *from;
    event->item = item;
    event->bytes = malloc((size_t)from->length + from->extended_length);
    if (!event->bytes)
        return false;
    memcpy(event->bytes, from->bytes, (size_t)from->length + from->extended_length);
    event->extended = event->bytes + from->length;
    return true;
}

/* An event of this day is not in the other guide. */
static void note_edit(struct guide *guide, const struct event *event)
{
    const int64_t day = mjd_day(event->start);
    guide->edited.first = day < guide->edited.first ? day : guide->edited.first;
    guide->edited.end = day >= guide->edited.end ? day + 1 : guide->edited.end;
}

/* The event of `previous` that this item makes as well; NULL when there is none. *next goes on in step with
 * the items. */
static const struct event *find_known(struct guide *guide, const struct guide *previous, size_t *next,
                                      const struct item *item)
{
    for (; previous && *next < previous->event_count; ++*next) {
        const struct event *event = &previous->events[*next];
        if (event->start > item->start)
            return NULL;
        if (guide_items_same(event->item, item)) {
            ++*next;
            return event;
        }
        note_edit(guide, event);
    }
    return NULL;
}

/* Each event that `previous` has is taken from there, in step with it. */
static bool encode_events(struct guide *guide, const struct guide *previous,
                          const struct event_policy *policy, struct diagnostics *diagnostics)
{
    const size_t count = plan_item_count(guide->plan, guide->multiplex, guide->service);
    size_t next = 0;
    guide->events = calloc(count + 1, sizeof *guide->events);
    for (size_t i = 0; guide->events && i < count; i++) {
        const struct item *item = plan_item(guide->plan, guide->multiplex, guide->service, i);
        struct event *event = &guide->events[guide->event_count];
        if (!item_has_event(item))
            continue;
        const struct event *known = find_known(guide, previous, &next, item);
        if (known ? !copy_event(event, known, item) : !event_init(event, item, policy, diagnostics))
            return false;
        if (!known)
            note_edit(guide, event);
        guide->event_count++;
    }
    for (; previous && next < previous->event_count; next++)
        note_edit(guide, &previous->events[next]);
    return guide->events;
}

bool guide_init(struct guide *guide, const struct plan *plan, size_t multiplex, size_t service,
                const struct house *house, const struct guide *previous, struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(plan);
    const struct multiplex_plan *stream = &station->multiplexes[multiplex];
    const struct event_policy policy = event_policy_get(station, stream);

    *guide = (struct guide){.plan = plan,
                            .multiplex = multiplex,
                            .service = service,
                            .service_id = stream->services[service].service_id,
                            .transport_stream_id = stream->transport_stream_id,
                            .original_network_id = stream->network->original_network_id,
                            .edited = {INT64_MAX, INT64_MIN}};
    if (!encode_components(guide, &stream->services[service], house) ||
        !encode_events(guide, previous, &policy, diagnostics))
        return false;
    number_states(guide);
    guide->state_size = largest_state(guide);
    return true;
}

void guide_fini(struct guide *guide)
{
    for (size_t i = 0; i < guide->event_count; i++)
        event_fini(&guide->events[i]);
    free(guide->events);
    guide_sections_fini(&guide->sections[0]);
    guide_sections_fini(&guide->sections[1]);
    guide_changes_fini(&guide->changes[0]);
    guide_changes_fini(&guide->changes[1]);
    *guide = (struct guide){0};
}

bool guide_split(struct guide *guide, const struct guide_limits *limits, struct diagnostics *diagnostics)
{
    /* Those with extended events are the larger ones: what does not fit there is told. */
    for (int extended = 0; extended < 2; extended++)
        if (!guide_sections_init(&guide->sections[extended], guide->events, guide->event_count, extended,
                                 limits, extended ? diagnostics : NULL))
            return false;
    return true;
}
