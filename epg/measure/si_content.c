/* Walks the loops of NIT and SDT (EN 300 468 5.2.1, 5.2.3). Lengths that do not fit end the walk. */
#include "epg/measure/si_content.h"

#include <string.h>

#include "epg/measure/sub_table.h"

#define CRC_BYTES 4
#define SDT_OTHER 0x46
#define SDT_LOOP 11
#define SERVICE_BYTES 5
#define TS_BYTES 6
#define DELIVERY_TERRESTRIAL 0x5A
#define EXTENSION 0x7F
#define EXTENSION_T2 0x04

static uint32_t field16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static uint32_t length12(const uint8_t *bytes)
{
    return field16(bytes) & 0x0FFF;
}

static uint32_t end_of(const struct measured_section *section)
{
    return section->length - CRC_BYTES;
}

uint64_t si_content_key(const struct measured_section *section)
{
    const uint8_t *bytes = section->bytes;
    uint8_t table_id = bytes[0];
    uint32_t ids = 0;
    if (section->pid == 0x13 || section->pid == 0x14)
        return sub_table_key(section->pid, table_id, 0, 0);
    if (section->pid == 0x12) /* transport_stream_id, original_network_id */
        ids = field16(bytes + 8) << 16 | field16(bytes + 10);
    else if (table_id == SDT_OTHER && section->length >= SDT_LOOP + CRC_BYTES)
        ids = field16(bytes + 8);
    return sub_table_key(section->pid, table_id, (uint16_t)field16(bytes + 3), ids);
}

static bool has_terrestrial(const uint8_t *descriptors, uint32_t length)
{
    for (uint32_t i = 0; i + 2 <= length && i + 2 + descriptors[i + 1] <= length;
         i += 2u + descriptors[i + 1])
        if (descriptors[i] == DELIVERY_TERRESTRIAL ||
            (descriptors[i] == EXTENSION && descriptors[i + 1] > 0 && descriptors[i + 2] == EXTENSION_T2))
            return true;
    return false;
}

bool si_content_is_terrestrial(const struct measured_section *section)
{
    uint32_t at = 10 + length12(section->bytes + 8) + 2, end = end_of(section);
    while (at + TS_BYTES <= end) {
        uint32_t length = length12(section->bytes + at + 4);
        at += TS_BYTES;
        if (at + length > end)
            return false;
        if (has_terrestrial(section->bytes + at, length))
            return true;
        at += length;
    }
    return false;
}

void si_content_services(const struct measured_section *section,
                         void (*service)(void *context, uint64_t key, int64_t at), void *context)
{
    const uint8_t *bytes = section->bytes;
    const uint8_t table_id = bytes[0] == SDT_OTHER ? 0x4F : 0x4E;
    uint32_t at = SDT_LOOP, end = end_of(section);
    while (at + SERVICE_BYTES <= end) {
        if (bytes[at + 2] & 1)
            service(context,
                    sub_table_key(0x12, table_id, (uint16_t)field16(bytes + at),
                                  field16(bytes + 3) << 16 | field16(bytes + 8)),
                    section->last_at);
        at += SERVICE_BYTES + length12(bytes + at + 3);
    }
}
