/* Collects sections as a demultiplexer chip does. */
#include "tests/receiver/filter.h"

#include <string.h>

#define SYNC 0x47
#define STUFFING 0xFF
#define HEADER 3 /* table_id and section_length */

static uint32_t stated_length(const uint8_t *section)
{
    return HEADER + ((section[1] & 0x0Fu) << 8 | section[2]);
}

static void drop(struct filter *filter)
{
    filter->broken += filter->open && filter->got > 0;
    filter->open = false;
    filter->got = 0;
}

static void take(struct filter *filter, const uint8_t *bytes, uint32_t count, filter_section *section,
                 void *context)
{
    while (count > 0 && filter->open) {
        if (filter->got == 0 && *bytes == STUFFING) { /* nothing more until a section starts */
            filter->open = false;
            return;
        }
        uint32_t whole = filter->got < HEADER ? HEADER : stated_length(filter->bytes);
        uint32_t part = whole - filter->got < count ? whole - filter->got : count;
        memcpy(filter->bytes + filter->got, bytes, part);
        filter->got += part;
        bytes += part;
        count -= part;
        if (filter->got < HEADER)
            return;
        whole = stated_length(filter->bytes);
        if (whole > FILTER_SECTION) {
            drop(filter);
        } else if (filter->got == whole) {
            section(context, filter->bytes, whole);
            filter->got = 0;
        }
    }
}

/* Where the payload begins; FILTER_PACKET when there is none, or nothing of use. */
static uint32_t payload(const uint8_t *packet)
{
    const bool error = packet[1] & 0x80, scrambled = packet[3] & 0xC0, some = packet[3] & 0x10;
    uint32_t start = 4 + (packet[3] & 0x20 ? 1u + packet[4] : 0);
    return packet[0] == SYNC && !error && !scrambled && some && start < FILTER_PACKET ? start : FILTER_PACKET;
}

void filter_packet(struct filter *filter, const uint8_t *packet, filter_section *section, void *context)
{
    uint32_t at = payload(packet);
    if (at == FILTER_PACKET)
        return;
    const uint8_t counter = packet[3] & 0x0F;
    if (filter->tuned && counter == filter->counter)
        return; /* the same packet again */
    if (filter->tuned && counter != (filter->counter + 1) % 16)
        drop(filter);
    filter->tuned = true;
    filter->counter = counter;
    if (!(packet[1] & 0x40)) {
        take(filter, packet + at, FILTER_PACKET - at, section, context);
        return;
    }
    uint32_t start = at + 1u + packet[at];
    if (start >= FILTER_PACKET) {
        drop(filter);
        return;
    }
    take(filter, packet + at + 1, start - at - 1, section, context);
    drop(filter);
    filter->open = true;
    take(filter, packet + start, FILTER_PACKET - start, section, context);
}
