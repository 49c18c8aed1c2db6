/* Sections into packets: counts, bytes and the CRC, against values computed by other means. */
#include "mux/section.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "mux/slot.h"

#define SECTION_MAX 4096

static void count_is_the_packets_needed_with_a_pointer_field(void **state)
{
    (void)state;
    assert_int_equal(section_packet_count(1), 1);
    assert_int_equal(section_packet_count(183), 1);
    assert_int_equal(section_packet_count(184), 2);
    assert_int_equal(section_packet_count(183 + 184), 2);
    assert_int_equal(section_packet_count(183 + 185), 3);
    assert_int_equal(section_packet_count(1024), 6);
    assert_int_equal(section_packet_count(SECTION_MAX), 23);
}

static void packet_bytes_of_a_short_section(void **state)
{
    (void)state;
    const uint8_t section[] = {0x70, 0x70, 0x05, 0xE5, 0x2A, 0x00, 0x00, 0x00};
    uint8_t packet[TS_PACKET];

    section_build_packets(section, sizeof section, 0x0014, 29, packet);
    const uint8_t head[] = {0x47, 0x40, 0x14, 0x1D, 0x00};
    assert_memory_equal(packet, head, sizeof head);
    assert_memory_equal(packet + 5, section, sizeof section);
    for (size_t i = 5 + sizeof section; i < TS_PACKET; i++)
        assert_int_equal(packet[i], 0xFF);
}

/* Reads back what was packed, in the way a receiver does. */
static void read_back(const uint8_t *packets, size_t length, uint16_t pid, uint32_t counter, uint8_t *section)
{
    size_t got = 0;

    for (uint32_t i = 0; i < section_packet_count(length); i++) {
        const uint8_t *packet = packets + (size_t)i * TS_PACKET;
        bool first = i == 0;

        assert_int_equal(packet[0], 0x47);
        assert_int_equal(packet[1] >> 5, first ? 2 : 0);
        assert_int_equal((packet[1] & 0x1F) << 8 | packet[2], pid);
        assert_int_equal(packet[3], 0x10 | ((counter + i) & 0x0F));
        if (first)
            assert_int_equal(packet[4], 0);
        for (size_t at = first ? 5 : 4; at < TS_PACKET; at++) {
            if (got < length)
                section[got++] = packet[at];
            else
                assert_int_equal(packet[at], 0xFF);
        }
    }
    assert_int_equal(got, length);
}

static void every_length_reads_back(void **state)
{
    (void)state;
    uint8_t section[SECTION_MAX], back[SECTION_MAX], packets[23 * TS_PACKET];

    for (size_t i = 0; i < sizeof section; i++)
        section[i] = (uint8_t)(i * 7 + i / 256);
    for (size_t length = 3; length <= SECTION_MAX; length += length < 600 ? 1 : 61) {
        memset(packets, 0xA5, sizeof packets);
        section_build_packets(section, length, 0x1ABC, (uint32_t)length, packets);
        read_back(packets, length, 0x1ABC, (uint32_t)length, back);
        assert_memory_equal(back, section, length);
    }
}

static void nothing_is_written_behind_the_last_packet(void **state)
{
    (void)state;
    uint8_t section[184] = {0}, packets[3 * TS_PACKET];

    memset(packets, 0xA5, sizeof packets);
    section_build_packets(section, sizeof section, 1, 0, packets);
    for (size_t i = 2 * TS_PACKET; i < sizeof packets; i++)
        assert_int_equal(packets[i], 0xA5);
}

static void crc_check_value_of_the_catalogue(void **state)
{
    (void)state;
    /* The published check value of CRC-32/MPEG-2 over the digits 1 to 9. */
    assert_int_equal(section_crc32((const uint8_t *)"123456789", 9), 0x0376E6E7);
    assert_int_equal(section_crc32(NULL, 0), 0xFFFFFFFF);
}

/* Annex A bit by bit: the slow, obvious reference. */
static uint32_t crc_by_bits(const uint8_t *bytes, size_t length)
{
    uint32_t crc = 0xFFFFFFFF;

    for (size_t i = 0; i < length * 8; i++) {
        bool bit = bytes[i / 8] >> (7 - i % 8) & 1, out = crc >> 31;
        crc = crc << 1 ^ (bit != out ? 0x04C11DB7 : 0);
    }
    return crc;
}

static void crc_agrees_with_the_shift_register(void **state)
{
    (void)state;
    uint8_t bytes[512];
    uint32_t random = 1;

    for (size_t i = 0; i < sizeof bytes; i++) {
        random = random * 1664525 + 1013904223;
        bytes[i] = (uint8_t)(random >> 24);
        assert_int_equal(section_crc32(bytes, i + 1), crc_by_bits(bytes, i + 1));
    }
}

static void crc_over_a_whole_section_is_zero(void **state)
{
    (void)state;
    uint8_t section[12] = {0x00, 0xB0, 0x09, 0x00, 0x01, 0xC1, 0x00, 0x00};
    uint32_t crc = section_crc32(section, 8);

    for (int i = 0; i < 4; i++)
        section[8 + i] = (uint8_t)(crc >> (24 - 8 * i));
    assert_int_equal(section_crc32(section, sizeof section), 0);
    section[4] ^= 0x10;
    assert_int_not_equal(section_crc32(section, sizeof section), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(count_is_the_packets_needed_with_a_pointer_field),
        cmocka_unit_test(packet_bytes_of_a_short_section),
        cmocka_unit_test(every_length_reads_back),
        cmocka_unit_test(nothing_is_written_behind_the_last_packet),
        cmocka_unit_test(crc_check_value_of_the_catalogue),
        cmocka_unit_test(crc_agrees_with_the_shift_register),
        cmocka_unit_test(crc_over_a_whole_section_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
