/* Cells from random access units, taken apart again by a slow reader. */
#include "mux/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mux/packet.h"

#define NS 1000000000.0

struct gop {
    struct access_unit units[HOUSE_FPS];
    uint8_t *bytes;
};

/* Units of `first` bytes for the IDR and about `rest` for the others; every byte is random but no start code.
 */
static struct gop make_gop(unsigned seed, size_t first, size_t rest)
{
    struct gop gop;
    srand(seed);
    gop.bytes = malloc(first + (HOUSE_FPS - 1) * (rest + 8));
    uint8_t *at = gop.bytes;
    for (int i = 0; i < HOUSE_FPS; i++) {
        size_t length = i ? rest + rand() % 8 : first;
        for (size_t j = 0; j < length; j++)
            at[j] = 2 + rand() % 250;
        gop.units[i] = (struct access_unit){at, length, HOUSE_FRAME_PTS * i, HOUSE_FRAME_PTS * (i - 1)};
        at += length;
    }
    return gop;
}

struct reading { /* of one cell */
    size_t unit; /* that is being read, from 1 */
    size_t got;  /* of its PES packet */
    uint32_t payloads;
    uint8_t *pes;
};

static void check_unit(const struct house *house, const struct gop *gop, const struct reading *reading,
                       uint32_t slot)
{
    const struct access_unit *unit = &gop->units[reading->unit - 1];
    assert_true(reading->got >= 19 + unit->length);
    assert_memory_equal(reading->pes, "\0\0\1\xE0", 4);
    assert_int_equal(packet_get_pes_time(reading->pes + 9), unit->pts + CELL_PTS_BASE);
    assert_int_equal(packet_get_pes_time(reading->pes + 14), unit->dts + CELL_PTS_BASE);
    assert_memory_equal(reading->pes + 19, unit->bytes, unit->length);
    double left =
        ((double)slot + 1 - house->video.lead) / house->video.slots; /* when its last packet has left */
    assert_true(left + CELL_JITTER_NS / NS < unit->dts / 90000.0);
}

static void check_arrival(const struct house *house, const struct access_unit *unit, uint32_t slot)
{
    double arrives = ((double)slot - house->video.lead) / house->video.slots - CELL_JITTER_NS / NS;
    assert_true(unit->dts / 90000.0 - arrives <= CELL_DELAY_MAX_NS / NS + 1e-9);
}

static void check_cell(const struct cell *cell, const struct house *house, const struct gop *gop)
{
    struct reading reading = {.pes = malloc(1000000)};
    uint32_t next = 0;
    for (uint32_t slot = 0; slot < house->video.slots; slot++) {
        if (cell->index[slot] == CELL_EMPTY) {
            assert_int_not_equal(slot % house->video.pcr_every, 0); /* a PCR in its slot, even in an empty one */
            continue;
        }
        assert_int_equal(cell->index[slot], next++);
        const uint8_t *packet = cell->packets + cell->index[slot] * 188;
        assert_int_equal(packet[0], 0x47);
        assert_int_equal(packet_has_pcr(packet), slot % house->video.pcr_every == 0);
        if (!packet_has_payload(packet)) {
            assert_int_equal(packet[3] & 15, (reading.payloads + 15) % 16);
            continue;
        }
        assert_int_equal(packet[3] & 15, reading.payloads++ % 16);
        if (packet_is_start(packet)) {
            if (reading.unit)
                check_unit(house, gop, &reading, slot - 1);
            reading.unit++;
            reading.got = 0;
        }
        check_arrival(house, &gop->units[reading.unit - 1], slot);
        uint32_t offset = packet_payload_offset(packet);
        assert_in_range(offset, 4, 187);
        memcpy(reading.pes + reading.got, packet + offset, 188 - offset);
        reading.got += 188 - offset;
    }
    assert_int_equal(next, cell->count);
    assert_int_equal(reading.unit, HOUSE_FPS);
    assert_int_equal(reading.payloads % 16, 0);
    assert_int_equal(packet_payload_offset(cell->packets) > 4 && cell->packets[5] & 0x40,
                     1); /* random access */
    free(reading.pes);
}

static void test_any_gop_that_fits_is_whole_and_in_time(void **state)
{
    (void)state;
    struct house house;
    assert_true(house_parse("h264-720p25", "mp2-128k", &house));
    struct cell *cell = cell_new(&house);
    size_t refused = 0;
    for (unsigned seed = 1; seed <= 400; seed++) {
        size_t first = 100 + seed * 797 % 260000, rest = 7 + seed * 631 % 11000;
        struct gop gop = make_gop(seed, first, rest);
        size_t late = cell_build(cell, &house, gop.units, HOUSE_FPS);
        if (late)
            refused++;
        else
            check_cell(cell, &house, &gop);
        size_t total = 0;
        for (int i = 0; i < HOUSE_FPS; i++)
            total += gop.units[i].length + 19;
        if (total < 200000)
            assert_int_equal(late, 0);
        if (total > house.video.slots * 184)
            assert_in_range(late, 1, total);
        free(gop.bytes);
    }
    assert_in_range(refused, 20, 300); /* both sides were tried */
    cell_free(&cell);
    assert_null(cell);
}

static void test_audio_frame_fills_its_packets(void **state)
{
    (void)state;
    static const char *const rates[] = {"mp2-96k", "mp2-128k", "mp2-192k", "mp2-256k", "mp2-384k"};
    for (size_t r = 0; r < sizeof rates / sizeof *rates; r++) {
        struct house house;
        assert_true(house_parse("h264-720p25", rates[r], &house));
        uint8_t frame[HOUSE_AUDIO_BYTES_MAX], packets[HOUSE_AUDIO_PACKETS_MAX * 188], pes[2000];
        for (uint32_t i = 0; i < house.audio.bytes; i++)
            frame[i] = i * 7;
        cell_build_audio(&house, frame, packets);
        size_t got = 0;
        for (uint32_t i = 0; i < house.audio.packets; i++) {
            const uint8_t *packet = packets + i * 188;
            uint32_t offset = packet_payload_offset(packet);
            assert_int_equal(packet_is_start(packet), i == 0);
            memcpy(pes + got, packet + offset, 188 - offset);
            got += 188 - offset;
        }
        assert_int_equal(got, 14 + house.audio.bytes);
        assert_int_equal(pes[4] << 8 | pes[5], house.audio.bytes + 8);
        assert_memory_equal(pes + 14, frame, house.audio.bytes);
    }
}

static void test_unknown_house_is_refused(void **state)
{
    (void)state;
    struct house house;
    assert_false(house_parse("h264-721p25", "mp2-128k", &house));
    assert_false(house_parse("h264-720p25", "mp2-129k", &house));
    assert_false(house_parse("h264-720p25", "", &house));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_gop_that_fits_is_whole_and_in_time),
        cmocka_unit_test(test_audio_frame_fills_its_packets),
        cmocka_unit_test(test_unknown_house_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
