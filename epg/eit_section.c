/* Header, events, CRC_32. */
#include "epg/eit_section.h"

#include <assert.h>

#include "mux/section.h"

#define HEADER_BYTES 14
#define CRC_BYTES 4

enum running_status { UNDEFINED, NOT_RUNNING, STARTS_SOON, PAUSING, RUNNING }; /* EN 300 468 Table 6 */

static void put16(uint8_t *out, uint16_t value)
{
    out[0] = value >> 8;
    out[1] = value & 0xFF;
}

/* Writes header and CRC_32 around the events that end at `length`; returns the length of the section. */
static size_t close_section(const struct guide *guide, const struct eit_header *header, size_t length,
                            uint8_t *out)
{
    length += CRC_BYTES;
    assert(length <= EIT_SECTION_MAX);
    out[0] = header->table_id;
    put16(out + 1, (uint16_t)(0xF000 | (length - 3)));
    put16(out + 3, guide->service_id);
    out[5] = 0xC1 | (header->version % 32) << 1;
    out[6] = header->section_number;
    out[7] = header->last_section_number;
    put16(out + 8, guide->transport_stream_id);
    put16(out + 10, guide->original_network_id);
    out[12] = header->segment_last_section_number;
    out[13] = header->last_table_id;
    uint32_t crc = section_crc32(out, length - CRC_BYTES);
    put16(out + length - 4, (uint16_t)(crc >> 16));
    put16(out + length - 2, (uint16_t)crc);
    return length;
}

size_t eit_section_build(const struct guide *guide, const struct eit_header *header,
                         const struct guide_section *part, bool extended, uint8_t *out)
{
    size_t length = HEADER_BYTES;

    for (size_t i = 0; part && i < part->count; i++)
        length += event_build(&guide->events[part->first + i], UNDEFINED, extended, NULL, 0, out + length);
    return close_section(guide, header, length, out);
}

/* Following is never running (TR 101 211 4.1.4.1). */
static enum running_status get_status(const struct guide_state *state, uint8_t section_number)
{
    if (section_number == 0)
        return RUNNING;
    return state->soon ? STARTS_SOON : NOT_RUNNING;
}

size_t eit_section_build_state(const struct guide *guide, const struct guide_state *state, bool other,
                               uint8_t section_number, uint8_t *out)
{
    const struct event *event = section_number == 0 ? state->present : state->following;
    const struct eit_header header = {.table_id = EIT_PRESENT_FOLLOWING + other,
                                      .version = (uint8_t)(guide->versions.state + state->ordinal),
                                      .section_number = section_number,
                                      .last_section_number = 1,
                                      .segment_last_section_number = 1,
                                      .last_table_id = EIT_PRESENT_FOLLOWING + other};
    size_t length = HEADER_BYTES;

    if (event)
        length += event_build(event, get_status(state, section_number), guide_state_is_extended(guide, event),
                              guide->components, guide->components_length, out + length);
    return close_section(guide, &header, length, out);
}
