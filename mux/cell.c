/* Lays out one closed GOP, or the subtitles of a second, in the slots of its lane.
 *
 * Parcels, which are access units with their PES headers, go out in decoding order, each as soon as the one
 * before has left, but never so early that a byte would wait longer than it may. Places count in lane slots
 * from the cell's first; their instants are taken as even, and CELL_JITTER_NS is kept free on both sides for
 * where a multiplex really puts them. */
#include "mux/cell.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mux/packet.h"

#define NS INT64_C(1000000000)
#define START_CODE 4
#define FLAGS_FIELD 2      /* adaptation field with its length and flags */
#define PCR_FIELD 8        /* adaptation field with its length, flags and a PCR */
#define TRANSIT_NS 1000000 /* one packet through a slow multiplex, TB and MB, with room to spare */
/* Subtitles leak from TB at 192 kb/s (EN 300 743 clause 5): its 512 bytes, and a slot more that the lane may
 * be late. */
#define SUBTITLE_TRANSIT_NS 32000000
#define COUNTERS 16
#define FILLER 22 /* bytes of filler: more than COUNTERS, whatever its head */
#define FLAG_RANDOM_ACCESS 0x40
#define FLAG_PCR 0x10

struct lane_shape {
    uint32_t slots, lead, pcr_every; /* pcr_every 0: no PCR */
    int64_t delay_max_ns, transit_ns;
};

struct layout {
    struct lane_shape shape;
    struct cell *cell;  /* NULL: only count */
    uint32_t slot;      /* next lane slot */
    uint32_t payloads;  /* packets with payload so far */
    bool random_access; /* the next packet with payload says so */
};

/* What leaves together: an access unit and the PES header before it. */
struct parcel {
    uint8_t header[CELL_PES_VIDEO];
    size_t header_left;
    const uint8_t *bytes;
    size_t bytes_left;
    int64_t due_ns; /* when it is decoded, after the cell's whole second */
};

struct cell *cell_new(uint32_t slots)
{
    struct cell *cell = calloc(1, sizeof *cell);
    if (!cell)
        return NULL;
    cell->index = malloc(slots * sizeof *cell->index);
    cell->packets = malloc((size_t)slots * 188);
    if (!cell->index || !cell->packets)
        cell_free(&cell);
    return cell;
}

void cell_free(struct cell **cell)
{
    if (!*cell)
        return;
    free((*cell)->index);
    free((*cell)->packets);
    free(*cell);
    *cell = NULL;
}

static void parcel_take(struct parcel *from, uint8_t *to, size_t count)
{
    size_t header = from->header_left < count ? from->header_left : count;
    memcpy(to, from->header + CELL_PES_VIDEO - from->header_left, header);
    from->header_left -= header;
    memcpy(to + header, from->bytes, count - header);
    from->bytes += count - header;
    from->bytes_left -= count - header;
}

/* Writes the adaptation field that leaves `payload` bytes of the packet; flags 0 and no stuffing writes none.
 */
static void build_adaptation(uint8_t *packet, uint32_t payload, uint8_t flags)
{
    uint32_t length = PACKET_PAYLOAD - payload;
    packet[3] |= (payload ? 0x10 : 0) | (length ? 0x20 : 0);
    if (length == 0)
        return;
    packet[4] = length - 1;
    if (length == 1)
        return;
    memset(packet + 5, 0xFF, length - 1);
    packet[5] = flags;
    if (flags & FLAG_PCR)
        memset(packet + 6, 0, 6);
}

static void build_header(uint8_t *packet, bool start, uint32_t counter)
{
    packet[0] = PACKET_SYNC;
    packet[1] = start ? 0x40 : 0;
    packet[2] = 0;
    packet[3] = counter % COUNTERS;
}

static bool is_pcr_slot(const struct layout *layout)
{
    return layout->shape.pcr_every && layout->slot % layout->shape.pcr_every == 0;
}

static uint32_t room(const struct layout *layout)
{
    uint32_t without_pcr = layout->random_access ? PACKET_PAYLOAD - FLAGS_FIELD : PACKET_PAYLOAD;
    return is_pcr_slot(layout) ? PACKET_PAYLOAD - PCR_FIELD : without_pcr;
}

/* Puts the next packet of the cell into the current slot; NULL when only counting. */
static uint8_t *next_packet(struct layout *layout, bool start, uint32_t counter)
{
    struct cell *cell = layout->cell;
    if (!cell)
        return NULL;
    uint8_t *packet = cell->packets + (size_t)cell->count * 188;
    cell->index[layout->slot] = cell->count++;
    build_header(packet, start, counter);
    return packet;
}

/* Leaves slots empty up to `slot`; the PCR still goes out, its packet repeating the last counter. */
static void skip_to(struct layout *layout, uint32_t slot)
{
    for (; layout->slot < slot; layout->slot++) {
        if (!layout->cell)
            continue;
        if (is_pcr_slot(layout))
            build_adaptation(next_packet(layout, false, layout->payloads + COUNTERS - 1), 0, FLAG_PCR);
        else
            layout->cell->index[layout->slot] = CELL_EMPTY;
    }
}

static uint32_t slot_of(const struct lane_shape *shape, int64_t ns, bool round_up)
{
    int64_t slots = shape->slots, scaled = ns * slots + (round_up ? NS - 1 : 0);
    int64_t slot = shape->lead + (scaled >= 0 ? scaled / NS : -((-scaled + NS - 1) / NS));
    return slot < 0 ? 0 : slot > slots ? slots : slot;
}

static void build_pes_header(uint8_t *header, const struct access_unit *unit)
{
    static const uint8_t fixed[] = {0, 0, 1, 0xE0, 0, 0, 0x84, 0xC0, 10};
    memcpy(header, fixed, sizeof fixed);
    header[9] = 0x30;
    packet_set_pes_time(header + 9, unit->pts + CELL_PTS_BASE);
    header[14] = 0x10;
    packet_set_pes_time(header + 14, unit->dts + CELL_PTS_BASE);
}

/* Packets that `bytes` take from the current slot on. */
static uint32_t count_packets(const struct layout *layout, size_t bytes)
{
    struct layout ahead = *layout;
    uint32_t count = 0;
    for (size_t left = bytes; left > 0; ahead.slot++, count++) {
        left -= left < room(&ahead) ? left : room(&ahead);
        ahead.random_access = false;
    }
    return count;
}

/* Places one parcel, spread over `extra` more packets than it needs. Returns the bytes that would be late. */
static size_t place_parcel(struct layout *layout, struct parcel parcel, uint32_t extra)
{
    const struct lane_shape *shape = &layout->shape;
    uint32_t earliest = slot_of(shape, parcel.due_ns - shape->delay_max_ns + CELL_JITTER_NS, true);
    uint32_t end = slot_of(shape, parcel.due_ns - CELL_JITTER_NS - shape->transit_ns, false);
    skip_to(layout, earliest);
    size_t left = parcel.header_left + parcel.bytes_left;
    bool start = true;
    for (uint32_t packets = count_packets(layout, left) + extra; packets > 0; packets--) {
        if (layout->slot >= end)
            return left;
        size_t take = left - (packets - 1); /* each later packet keeps at least one byte */
        take = take < room(layout) ? take : room(layout);
        uint8_t *packet = next_packet(layout, start, layout->payloads++);
        if (packet) {
            uint8_t flags = is_pcr_slot(layout) ? FLAG_PCR : 0;
            build_adaptation(packet, take, flags | (layout->random_access ? FLAG_RANDOM_ACCESS : 0));
            parcel_take(&parcel, packet + 188 - take, take);
        }
        left -= take;
        layout->slot++;
        layout->random_access = start = false;
    }
    return 0;
}

/* Places all parcels; the last gets `extra` packets more. Returns the bytes that do not fit. */
static size_t place_parcels(struct layout *layout, const struct parcel *parcels, uint32_t count,
                            uint32_t extra)
{
    size_t late = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (late)
            late += parcels[i].header_left + parcels[i].bytes_left;
        else
            late = place_parcel(layout, parcels[i], i + 1 == count ? extra : 0);
    }
    return late;
}

/* Counts the packets, then lays them out with as many more as the continuity counters ask for. */
static size_t build(struct cell *cell, const struct lane_shape *shape, const struct parcel *parcels,
                    uint32_t count, bool random_access)
{
    struct layout trial = {.shape = *shape, .random_access = random_access};
    size_t late = place_parcels(&trial, parcels, count, 0);
    if (late)
        return late;
    uint32_t extra = (COUNTERS - trial.payloads % COUNTERS) % COUNTERS;
    struct layout layout = {.shape = *shape, .cell = cell, .random_access = random_access};
    cell->count = 0;
    late = place_parcels(&layout, parcels, count, extra);
    if (late)
        return late;
    assert(layout.payloads % COUNTERS == 0);
    skip_to(&layout, shape->slots);
    return 0;
}

/* A last unit too small to be cut into up to 16 packets more gets filler after it: filler data
 * (H.264 7.3.2.7, NAL unit type 12; H.265 7.3.2.8, type 38) or zeros before the next start code (ISO/IEC
 * 13818-2 5.2.3). `large` has room for it. */
static void fill_parcel(enum video_codec codec, struct parcel *parcel, uint8_t *large)
{
    static const uint8_t heads[][START_CODE + 1] = {{0, 0, 1, 0x0C}, {0, 0, 1, 0x4C, 0x01}, {0}};
    static const size_t head_lengths[] = {4, 5, 0};
    if (parcel->bytes_left >= COUNTERS)
        return;
    memcpy(large, parcel->bytes, parcel->bytes_left);
    uint8_t *filler = large + parcel->bytes_left;
    bool zeros = codec == VIDEO_MPEG2;
    memset(filler, zeros ? 0 : 0xFF, FILLER);
    memcpy(filler, heads[codec], head_lengths[codec]);
    if (!zeros)
        filler[FILLER - 1] = 0x80;
    parcel->bytes = large;
    parcel->bytes_left += FILLER;
}

size_t cell_build(struct cell *cell, const struct house *house, const struct access_unit *units,
                  uint32_t count)
{
    const struct video_format *video = &house->video;
    assert(count > 0 && count <= HOUSE_FRAMES_PER_SECOND_MAX);
    uint8_t large[COUNTERS + FILLER];
    struct parcel parcels[HOUSE_FRAMES_PER_SECOND_MAX];
    const struct lane_shape shape = {video->slots, video->lead, video->pcr_every, video->delay_max_ns,
                                     TRANSIT_NS};
    for (uint32_t i = 0; i < count; i++) {
        parcels[i] = (struct parcel){.header_left = CELL_PES_VIDEO,
                                     .bytes = units[i].bytes,
                                     .bytes_left = units[i].length,
                                     .due_ns = (int64_t)units[i].dts * NS / 90000};
        build_pes_header(parcels[i].header, &units[i]);
    }
    fill_parcel(video->codec, &parcels[count - 1], large);
    return build(cell, &shape, parcels, count, true);
}

size_t cell_build_subtitles(struct cell *cell, const uint8_t *const *pes, const size_t *lengths,
                            const int32_t *pts, uint32_t count)
{
    static const struct lane_shape shape = {HOUSE_SUBTITLE_SLOTS, HOUSE_SUBTITLE_LEAD, 0, CELL_DELAY_MAX_NS,
                                            SUBTITLE_TRANSIT_NS};
    struct parcel parcels[HOUSE_SUBTITLE_SLOTS];
    size_t total = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert(lengths[i] >= CELL_PES_LEAST);
        total += lengths[i];
    }
    if (count > HOUSE_SUBTITLE_SLOTS)
        return total;
    for (uint32_t i = 0; i < count; i++)
        parcels[i] = (struct parcel){
            .bytes = pes[i], .bytes_left = lengths[i], .due_ns = (int64_t)pts[i] * NS / 90000};
    return build(cell, &shape, parcels, count, false);
}

/* Appends the payload of a packet; a start begins the next unit. False when it cannot be one of a cell. */
static bool parse_packet(const uint8_t *packet, struct access_unit *units, uint32_t *count, uint8_t **to)
{
    uint32_t from = packet_payload_offset(packet);
    if (packet_is_start(packet)) {
        const uint8_t *times = packet + from + 9;
        if (from + CELL_PES_VIDEO > 188 || *count == HOUSE_FRAMES_PER_SECOND_MAX)
            return false;
        units[(*count)++] =
            (struct access_unit){.bytes = *to,
                                 .pts = (int32_t)packet_get_pes_time(times) - CELL_PTS_BASE,
                                 .dts = (int32_t)packet_get_pes_time(times + 5) - CELL_PTS_BASE};
        from += CELL_PES_VIDEO;
    }
    if (*count == 0 || from > 188)
        return false;
    memcpy(*to, packet + from, 188 - from);
    *to += 188 - from;
    units[*count - 1].length += 188 - from;
    return true;
}

uint32_t cell_parse(const struct cell *cell, struct access_unit *units, uint8_t *bytes)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < cell->count; i++) {
        const uint8_t *packet = cell->packets + (size_t)i * 188;
        if (packet_has_payload(packet) && !parse_packet(packet, units, &count, &bytes))
            return 0;
    }
    return count;
}
