/* Collects sections byte by byte, and checks them. */
#include "tests/judge/sections.h"

#include "tests/judge/packet.h"

#define TABLE_ID_TOT 0x73
#define MJD_OF_1970 40587
#define SECTION_SYNTAX 0x80

static uint32_t whole_length(const uint8_t *bytes)
{
    return 3 + ((bytes[1] & 0x0Fu) << 8 | bytes[2]);
}

static void take(struct assembler *assembler, uint8_t byte, uint64_t at)
{
    if (assembler->got == 0)
        assembler->first_at = at;
    assembler->bytes[assembler->got++] = byte;
    assembler->open = true;
    if (assembler->got < 3 ||
        (assembler->got < whole_length(assembler->bytes) && assembler->got < SECTION_MAX))
        return;
    struct section section = {.pid = assembler->pid,
                              .bytes = assembler->bytes,
                              .length = assembler->got,
                              .first_at = assembler->first_at,
                              .last_at = at};
    assembler->handler(assembler->context, &section);
    assembler->got = 0;
    assembler->open = false;
}

/* Bytes of which the first belongs to the section that is open, or to none. */
static uint32_t take_rest(struct assembler *assembler, uint64_t at, const uint8_t *packet, uint32_t i,
                          uint32_t end)
{
    while (i < end && assembler->open) {
        take(assembler, packet[i], at + i);
        i++;
    }
    return i;
}

static void take_sections(struct assembler *assembler, uint64_t at, const uint8_t *packet, uint32_t i)
{
    while (i < TS_PACKET && packet[i] != 0xFF) {
        assembler->found = true;
        take(assembler, packet[i], at + i);
        i = take_rest(assembler, at, packet, i + 1, TS_PACKET);
    }
    for (; i < TS_PACKET; i++)
        if (packet[i] != 0xFF) {
            assembler->broken++;
            return;
        }
}

void assembler_packet(struct assembler *assembler, uint64_t at, const uint8_t *packet)
{
    uint32_t i = packet_payload(packet), next = TS_PACKET;

    if (i == TS_PACKET)
        return;
    if (packet_starts_unit(packet)) {
        next = i + 1 + packet[i];
        i++;
    }
    if (next > TS_PACKET) {
        assembler->broken++;
        return;
    }
    i = take_rest(assembler, at, packet, i, next);
    for (; i < next; i++)
        if (packet[i] != 0xFF && assembler->found) {
            assembler->broken++;
            break;
        }
    if (next == TS_PACKET && !packet_starts_unit(packet))
        return;
    if (assembler->open) { /* cut off by the next */
        assembler->broken++;
        assembler->open = false;
        assembler->got = 0;
    }
    take_sections(assembler, at, packet, next);
}

bool section_has_crc(const struct section *section)
{
    return section->length >= 7 && (section->bytes[1] & SECTION_SYNTAX || section->bytes[0] == TABLE_ID_TOT);
}

bool section_crc_fits(const struct section *section)
{
    uint32_t crc = 0xFFFFFFFF;

    for (uint32_t i = 0; i < section->length; i++) {
        crc ^= (uint32_t)section->bytes[i] << 24;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 0x80000000 ? crc << 1 ^ 0x04C11DB7 : crc << 1;
    }
    return crc == 0;
}

uint32_t section_crc_field(const struct section *section)
{
    const uint8_t *p = section->bytes + section->length - 4;

    if (!section_has_crc(section))
        return 0;
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static int64_t bcd(uint8_t byte)
{
    return (byte >> 4) * 10 + (byte & 0x0F);
}

int64_t section_utc(const uint8_t *field)
{
    int64_t days = (field[0] << 8 | field[1]) - MJD_OF_1970;

    return days * 86400 + bcd(field[2]) * 3600 + bcd(field[3]) * 60 + bcd(field[4]);
}
