/* Lanes into slots, once; then any packet from its number alone.
 *
 * Placing: each packet of a lane wishes for its ideal slot; in order of slots and then lanes it gets the next
 * free one, or an earlier one where room at the end of the superframe runs short. With no more packets than
 * slots this always succeeds and moves a packet by at most as many slots as there are lanes. */
#include "mux/multiplex.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mux/packet.h"

#define NO_LANE 0xFFFF
#define NO_WISH UINT32_MAX
#define PHASE_BITS 16
#define NS UINT64_C(1000000000)

struct place { /* what a slot of the superframe is for */
    uint16_t lane;
    uint16_t nth; /* the lane's nth slot */
};

struct multiplex {
    struct slot_rate rate;
    struct lane *lanes;
    uint32_t count;
    uint16_t **grids; /* per audio lane: see list_grid() */
    uint32_t slots;   /* in a superframe, the extra one not counted */
    struct place *places;
};

struct wish { /* an ideal place */
    uint32_t slot;
    uint32_t next; /* wish for the same slot, of the same or a later lane; NO_WISH: none */
    struct place place;
};

/* Lanes of equal rate take turns; a lane of one slot has it at the start of the second. */
static uint64_t phase_of(const struct lane *lanes, uint32_t count, uint32_t lane)
{
    uint64_t before = 0, alike = 0;
    if (lanes[lane].slots < 2)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        if (lanes[i].slots != lanes[lane].slots)
            continue;
        alike++;
        before += i < lane;
    }
    return (before << PHASE_BITS) / alike;
}

/* Lists the wishes of all lanes by their slot, in order of lanes: heads[slot] begins a chain. */
static void list_wishes(const struct multiplex *multiplex, uint32_t count, struct wish *wishes,
                        uint32_t *heads)
{
    uint32_t total = 0;
    for (uint32_t slot = 0; slot < multiplex->slots; slot++)
        heads[slot] = NO_WISH;
    for (uint32_t lane = count; lane-- > 0;) {
        uint64_t slots = multiplex->lanes[lane].slots, phase = phase_of(multiplex->lanes, count, lane);
        for (uint32_t nth = slots; nth-- > 0; total++) {
            uint32_t slot = ((nth << PHASE_BITS | phase) * multiplex->slots / slots) >> PHASE_BITS;
            wishes[total] = (struct wish){slot, heads[slot], {lane, nth}};
            heads[slot] = total;
        }
    }
}

/* Gives every wish a slot of its own, in order: the next free one, but none so late that those after it lack
 * room. */
static void grant_wishes(struct multiplex *multiplex, const struct wish *wishes, uint32_t total,
                         const uint32_t *heads)
{
    struct place *places = multiplex->places;
    uint32_t next = 0, left = total;
    for (uint32_t slot = 0; slot < multiplex->slots; slot++) {
        for (uint32_t i = heads[slot]; i != NO_WISH; i = wishes[i].next) {
            uint32_t granted = next > slot ? next : slot, last = multiplex->slots - left--;
            granted = granted < last ? granted : last;
            while (next < granted)
                places[next++].lane = NO_LANE;
            places[next++] = wishes[i].place;
        }
    }
    while (next < multiplex->slots)
        places[next++].lane = NO_LANE;
}

/* The cells are laid out for slots that are at most CELL_JITTER_NS away from even. Audio and subtitles, which
 * leave long before they are needed, may be late by one of their slots more: lanes take turns over that time.
 */
static bool is_even(const struct multiplex *multiplex)
{
    uint64_t slot_for = NS * multiplex->rate.den / multiplex->rate.num + 1;
    for (uint32_t i = 0; i < multiplex->slots; i++) {
        const struct place *place = &multiplex->places[i];
        if (place->lane == NO_LANE || multiplex->lanes[place->lane].kind == LANE_TABLE)
            continue;
        const struct lane *lane = &multiplex->lanes[place->lane];
        int64_t even = NS * place->nth / lane->slots, real = NS * i / multiplex->slots;
        uint64_t most = CELL_JITTER_NS + (lane->kind == LANE_VIDEO ? 0 : NS / lane->slots);
        if (llabs(real - even) + slot_for > most)
            return false;
    }
    return true;
}

/* Which packet an audio lane has in each slot of each second of the grid's period, counted from the first
 * packet of the first frame of that second; CELL_EMPTY for none. Packets of the grid take the lane's slots in
 * order; where the lane has more slots than packets, packet h has slot ceil(h * slots / packets), and the
 * slots between are empty. */
static uint16_t *list_grid(const struct lane *lane)
{
    const struct audio_format *audio = lane->audio;
    uint64_t slots = audio->grid_seconds * lane->slots, packets = audio->grid_frames * audio->packets;
    uint16_t *grid = malloc(slots * sizeof *grid);
    for (uint32_t i = 0; grid && i < slots; i++) {
        uint64_t slot = i + lane->lead, packet = slot * packets / slots;
        uint64_t first = (uint64_t)audio_first_frame(audio, i / lane->slots) * audio->packets;
        bool carries = (packet * slots + packets - 1) / packets == slot;
        assert(packet >= first && packet - first < CELL_EMPTY);
        grid[i] = carries ? packet - first : CELL_EMPTY;
    }
    return grid;
}

static bool list_grids(struct multiplex *multiplex)
{
    for (uint32_t i = 0; i < multiplex->count; i++)
        if (multiplex->lanes[i].kind == LANE_AUDIO &&
            !(multiplex->grids[i] = list_grid(&multiplex->lanes[i])))
            return false;
    return true;
}

struct multiplex *multiplex_new(struct slot_rate rate, const struct lane *lanes, uint32_t count,
                                uint32_t *short_of)
{
    uint32_t slots = slot_per_superframe(rate);
    uint64_t needed = 0;
    for (uint32_t i = 0; i < count; i++)
        needed += lanes[i].slots;
    *short_of = needed > slots ? needed - slots : 0;
    assert(slots > 0 && slots < UINT16_MAX && count < NO_LANE);
    struct multiplex *multiplex = *short_of ? NULL : calloc(1, sizeof *multiplex);
    if (!multiplex)
        return NULL;
    multiplex->rate = rate;
    multiplex->slots = slots;
    multiplex->count = count;
    multiplex->lanes = malloc(count * sizeof *lanes);
    multiplex->grids = calloc(count, sizeof *multiplex->grids);
    multiplex->places = calloc(slots, sizeof *multiplex->places);
    struct wish *wishes = malloc(needed * sizeof *wishes);
    uint32_t *heads = malloc(slots * sizeof *heads);
    bool good = multiplex->lanes && multiplex->grids && multiplex->places && wishes && heads;
    if (good) {
        memcpy(multiplex->lanes, lanes, count * sizeof *lanes);
        good = list_grids(multiplex);
    }
    if (good) {
        list_wishes(multiplex, count, wishes, heads);
        grant_wishes(multiplex, wishes, needed, heads);
        *short_of = is_even(multiplex) ? 0 : 1;
    }
    if (!good || *short_of)
        multiplex_free(&multiplex);
    free(wishes);
    free(heads);
    return multiplex;
}

void multiplex_free(struct multiplex **multiplex)
{
    if (!*multiplex)
        return;
    for (uint32_t i = 0; (*multiplex)->grids && i < (*multiplex)->count; i++)
        free((*multiplex)->grids[i]);
    free((*multiplex)->grids);
    free((*multiplex)->lanes);
    free((*multiplex)->places);
    free(*multiplex);
    *multiplex = NULL;
}

struct slot_rate multiplex_rate(const struct multiplex *multiplex)
{
    return multiplex->rate;
}

/* A packet of a cell, which leaves `lead` lane slots before its whole second. */
static bool copy_cell(const struct multiplex *multiplex, const struct superframe *frame,
                      const struct lane *lane, uint32_t nth, uint64_t k, uint8_t *out)
{
    uint32_t place = nth + lane->lead;
    bool next = place >= lane->slots;
    const struct lesson_second *second = (next ? frame->next : frame->here)[lane->source];
    const struct cell *cell = lane->kind == LANE_VIDEO ? second->cell : second->subtitles[lane->track];
    uint16_t index = cell->index[next ? place - lane->slots : place];
    if (index == CELL_EMPTY)
        return false;
    memcpy(out, cell->packets + (size_t)index * TS_PACKET, TS_PACKET);
    if (packet_is_start(out))
        packet_add_pes_time(out, (uint64_t)(frame->second + next) * PTS_PER_SECOND - CELL_PTS_BASE);
    if (packet_has_pcr(out))
        packet_set_pcr(out, slot_pcr(multiplex->rate, k));
    packet_set_pid(out, lane->pid);
    return true;
}

static bool copy_audio(const struct multiplex *multiplex, const struct superframe *frame, uint32_t number,
                       uint32_t nth, uint8_t *out)
{
    const struct lane *lane = &multiplex->lanes[number];
    const struct audio_format *audio = lane->audio;
    const uint16_t *grid = multiplex->grids[number];
    const struct lesson_second *second = frame->here[lane->source];
    uint32_t packet = grid[frame->second % audio->grid_seconds * lane->slots + nth];
    uint32_t here = second->frames * audio->packets;
    if (packet == CELL_EMPTY)
        return false;
    if (packet >= here) {
        packet -= here;
        second = frame->next[lane->source];
    }
    memcpy(out, second->audio[lane->track] + (size_t)packet * TS_PACKET, TS_PACKET);
    if (packet_is_start(out))
        packet_add_pes_time(out,
                            (uint64_t)(second->first_frame + packet / audio->packets) * audio->frame_pts);
    packet_set_counter(out, second->first_frame * audio->packets + packet);
    packet_set_pid(out, lane->pid);
    return true;
}

static bool copy_table(const struct superframe *frame, const struct lane *lane, uint32_t nth, uint8_t *out)
{
    const struct table_page *page = &frame->pages[lane->source];
    uint64_t slot = (uint64_t)frame->second * lane->slots + nth;
    uint32_t place = slot % page->length;
    uint16_t index = page->index ? page->index[place] : place;
    if (index == CELL_EMPTY)
        return false;
    memcpy(out, page->packets + (size_t)index * TS_PACKET, TS_PACKET);
    if (!page->counted)
        packet_set_counter(out, slot);
    return true;
}

/* The packet of a slot of the superframe; false when it carries nothing. */
static bool copy_place(const struct multiplex *multiplex, const struct superframe *frame, uint32_t slot,
                       uint64_t k, uint8_t *out)
{
    const struct place *place = &multiplex->places[slot];
    if (place->lane == NO_LANE)
        return false;
    const struct lane *lane = &multiplex->lanes[place->lane];
    switch (lane->kind) {
    case LANE_AUDIO:
        return copy_audio(multiplex, frame, place->lane, place->nth, out);
    case LANE_TABLE:
        return copy_table(frame, lane, place->nth, out);
    default:
        return copy_cell(multiplex, frame, lane, place->nth, k, out);
    }
}

static void build_null(uint8_t *out)
{
    static const uint8_t header[] = {PACKET_SYNC, PACKET_NULL_PID >> 8, PACKET_NULL_PID & 0xFF, 0x10};
    memcpy(out, header, sizeof header);
    memset(out + sizeof header, 0xFF, PACKET_PAYLOAD);
}

void multiplex_fill(const struct multiplex *multiplex, const struct superframe *frame, uint64_t k,
                    uint32_t count, uint8_t *out)
{
    uint64_t first = slot_at(multiplex->rate, frame->second, 0);
    for (uint32_t i = 0; i < count; i++, k++, out += TS_PACKET)
        if (k - first >= multiplex->slots || !copy_place(multiplex, frame, k - first, k, out))
            build_null(out);
}
