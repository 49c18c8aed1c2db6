/* Lays out one closed GOP in the slots of its second.
 *
 * Access units go out in decoding order, each as soon as the one before has left, but never so early that a
 * byte would wait longer than CELL_DELAY_MAX_NS. Places count in lane slots from the cell's first; their
 * instants are taken as even, and CELL_JITTER_NS is kept free on both sides for where a multiplex really puts
 * them. */
#include "mux/cell.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "mux/packet.h"

#define NS INT64_C(1000000000)
#define PCR_FIELD 8        /* adaptation field with its length, flags and a PCR */
#define TRANSIT_NS 1000000 /* one packet through a slow multiplex, TB and MB, with room to spare */
#define COUNTERS 16
#define FLAG_RANDOM_ACCESS 0x40
#define FLAG_PCR 0x10

struct layout {
    const struct house *house;
    struct cell *cell; /* NULL: only count */
    uint32_t slot;     /* next lane slot */
    uint32_t payloads; /* packets with payload so far */
};

/* What is left of an access unit with its PES header. */
struct remainder {
    uint8_t header[CELL_PES_VIDEO];
    size_t header_left;
    const uint8_t *bytes;
    size_t bytes_left;
};

struct cell *cell_new(const struct house *house)
{
    struct cell *cell = calloc(1, sizeof *cell);
    if (!cell)
        return NULL;
    cell->index = malloc(house->video.slots * sizeof *cell->index);
    cell->packets = malloc((size_t)house->video.slots * 188);
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

static size_t remainder_take(struct remainder *from, uint8_t *to, size_t count)
{
    size_t header = from->header_left < count ? from->header_left : count;
    memcpy(to, from->header + CELL_PES_VIDEO - from->header_left, header);
    from->header_left -= header;
    memcpy(to + header, from->bytes, count - header);
    from->bytes += count - header;
    from->bytes_left -= count - header;
    return count;
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
    return layout->slot % layout->house->video.pcr_every == 0;
}

static uint32_t room(const struct layout *layout)
{
    return is_pcr_slot(layout) ? PACKET_PAYLOAD - PCR_FIELD : PACKET_PAYLOAD;
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

static uint32_t slot_of(const struct house *house, int64_t ns, bool round_up)
{
    int64_t slots = house->video.slots, scaled = ns * slots + (round_up ? NS - 1 : 0);
    int64_t slot = house->video.lead + (scaled >= 0 ? scaled / NS : -((-scaled + NS - 1) / NS));
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
    for (size_t left = bytes; left > 0; ahead.slot++, count++)
        left -= left < room(&ahead) ? left : room(&ahead);
    return count;
}

/* Places one access unit, spread over `extra` more packets than it needs. Returns the bytes that would be
 * late. */
static size_t place_unit(struct layout *layout, const struct access_unit *unit, bool first, uint32_t extra)
{
    const struct house *house = layout->house;
    int64_t dts_ns = (int64_t)unit->dts * NS / 90000;
    uint32_t earliest = slot_of(house, dts_ns - CELL_DELAY_MAX_NS + CELL_JITTER_NS, true);
    uint32_t end = slot_of(house, dts_ns - CELL_JITTER_NS - TRANSIT_NS, false);
    struct remainder rest = {.header_left = CELL_PES_VIDEO, .bytes = unit->bytes, .bytes_left = unit->length};
    build_pes_header(rest.header, unit);
    skip_to(layout, earliest);
    size_t left = CELL_PES_VIDEO + unit->length;
    bool start = true;
    for (uint32_t packets = count_packets(layout, left) + extra; packets > 0; packets--) {
        if (layout->slot >= end)
            return left;
        size_t take = left - (packets - 1); /* each later packet keeps at least one byte */
        take = take < room(layout) ? take : room(layout);
        uint8_t *packet = next_packet(layout, start, layout->payloads++);
        if (packet) {
            uint8_t flags = is_pcr_slot(layout) ? FLAG_PCR : 0;
            build_adaptation(packet, take, flags | (first && start ? FLAG_RANDOM_ACCESS : 0));
            remainder_take(&rest, packet + 188 - take, take);
        }
        left -= take;
        layout->slot++;
        start = false;
    }
    return 0;
}

/* Places all units; the last gets `extra` packets more. Returns the bytes that do not fit. */
static size_t place_units(struct layout *layout, const struct access_unit *units, uint32_t count,
                          uint32_t extra)
{
    size_t late = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (late)
            late += units[i].length + CELL_PES_VIDEO;
        else
            late = place_unit(layout, &units[i], i == 0, i + 1 == count ? extra : 0);
    }
    return late;
}

/* A last unit too small to be cut into up to 16 packets more gets filler data (NAL unit type 12,
 * H.264 7.3.2.7). */
static struct access_unit filled(const struct access_unit *unit, uint8_t *room_for_copy)
{
    static const uint8_t filler[COUNTERS + 6] = {0,    0,    1,    0x0C, 0xFF, 0xFF, 0xFF, 0xFF,
                                                 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
                                                 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x80};
    struct access_unit copy = *unit;
    if (unit->length >= COUNTERS)
        return copy;
    memcpy(room_for_copy, unit->bytes, unit->length);
    memcpy(room_for_copy + unit->length, filler, sizeof filler);
    copy.bytes = room_for_copy;
    copy.length += sizeof filler;
    return copy;
}

size_t cell_build(struct cell *cell, const struct house *house, const struct access_unit *units,
                  uint32_t count)
{
    assert(count > 0 && count <= HOUSE_FPS);
    uint8_t small[2 * COUNTERS + 6];
    struct access_unit list[HOUSE_FPS];
    memcpy(list, units, count * sizeof *units);
    list[count - 1] = filled(&units[count - 1], small);
    struct layout trial = {.house = house};
    size_t late = place_units(&trial, list, count, 0);
    if (late)
        return late;
    uint32_t extra = (COUNTERS - trial.payloads % COUNTERS) % COUNTERS;
    struct layout layout = {.house = house, .cell = cell};
    cell->count = 0;
    late = place_units(&layout, list, count, extra);
    if (late)
        return late;
    assert(layout.payloads % COUNTERS == 0);
    skip_to(&layout, house->video.slots);
    return 0;
}

void cell_build_audio(const struct house *house, const uint8_t *bytes, uint8_t *packets)
{
    uint32_t pes_length = house->audio.bytes + 8;
    uint8_t header[CELL_PES_AUDIO] = {0, 0, 1, 0xC0, pes_length >> 8, pes_length & 0xFF, 0x84, 0x80, 5, 0x20};
    packet_set_pes_time(header + 9, 0);
    size_t left = house->audio.bytes;
    for (uint32_t i = 0; i < house->audio.packets; i++) {
        uint8_t *packet = packets + i * 188;
        size_t head = i == 0 ? sizeof header : 0;
        size_t take = left < PACKET_PAYLOAD - head ? left : PACKET_PAYLOAD - head;
        build_header(packet, i == 0, i);
        build_adaptation(packet, head + take, 0);
        memcpy(packet + 188 - take - head, header, head);
        memcpy(packet + 188 - take, bytes, take);
        bytes += take;
        left -= take;
    }
}

void cell_build_silence(const struct house *house, uint8_t *bytes)
{
    /* bitrate_index of Layer II from 1: 32 48 56 64 80 96 112 128 160 192 224 256 320 384 (ISO/IEC
     * 11172-3 2.4.2.3). */
    static const uint16_t rates[] = {32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384};
    uint32_t index = 0;
    while (rates[index] * 1000u != house->audio.rate)
        index++;
    memset(bytes, 0, house->audio.bytes); /* no bits allocated to any sub-band: silence */
    bytes[0] = 0xFF;
    bytes[1] = 0xFD;                   /* MPEG-1, Layer II, no CRC */
    bytes[2] = (index + 1) << 4 | 0x4; /* 48 kHz */
    bytes[3] = 0x04;                   /* stereo, original */
}
