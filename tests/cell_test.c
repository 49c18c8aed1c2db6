/* Cells from random access units, taken apart again by a slow reader. */
#include "mux/cell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mux/packet.h"

#define NS 1000000000.0

#define UNITS HOUSE_FRAMES_PER_SECOND_MAX

struct gop {
    struct access_unit units[UNITS];
    uint32_t count;
    uint8_t *bytes;
};

static struct house house_of(const char *video, const char *audio)
{
    struct house house;
    assert_true(house_parse(video, audio, &house));
    return house;
}

/* Units of `first` bytes for the IDR and about `rest` for the others; every byte is random but no start code.
 */
static struct gop make_gop(const struct video_format *video, unsigned seed, size_t first, size_t rest)
{
    struct gop gop = {.count = video->fps};
    uint32_t random = seed;
    gop.bytes = malloc(first + (gop.count - 1) * (rest + 8));
    uint8_t *at = gop.bytes;
    for (int32_t i = 0; i < (int32_t)gop.count; i++) {
        const int32_t frame = (int32_t)video->frame_pts;
        size_t length = i ? rest + random % 8 : first;
        for (size_t j = 0; j < length; j++) {
            random = random * 1664525 + 1013904223;
            at[j] = 2 + (random >> 24) % 250;
        }
        gop.units[i] = (struct access_unit){at, length, frame * i, frame * (i - 1)};
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
    assert_true(unit->dts / 90000.0 - arrives <= house->video.delay_max_ns / NS + 1e-9);
}

static void check_cell(const struct cell *cell, const struct house *house, const struct gop *gop)
{
    struct reading reading = {.pes = malloc(1000000)};
    uint32_t next = 0;
    for (uint32_t slot = 0; slot < house->video.slots; slot++) {
        if (cell->index[slot] == CELL_EMPTY) {
            assert_int_not_equal(slot % house->video.pcr_every, 0); /* a PCR even in an empty one */
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
    assert_int_equal(reading.unit, gop->count);
    assert_int_equal(reading.payloads % 16, 0);
    const uint8_t *packet = cell->packets;
    while (!packet_has_payload(packet))
        packet += 188;
    assert_true(packet_payload_offset(packet) > 5 && packet[5] & 0x40); /* random access */
    free(reading.pes);
}

/* Lays out 40 random GOPs of a format, most of which fit; how many do not. */
static size_t try_format(const char *name)
{
    const struct house house = house_of(name, "mp2-128k");
    const size_t lane = house.video.slots * 184u;
    struct cell *cell = cell_new(house.video.slots);
    size_t refused = 0;
    for (unsigned seed = 1; seed <= 40; seed++) {
        const size_t first = 100 + seed * 797 % 61 * lane / 61;
        const size_t rest = 7 + seed * 631 % 67 * lane / 67 / house.video.fps;
        struct gop gop = make_gop(&house.video, seed, first, rest);
        const size_t late = cell_build(cell, &house, gop.units, gop.count);
        size_t total = 0;
        for (uint32_t i = 0; i < gop.count; i++)
            total += gop.units[i].length + 19;
        if (late)
            refused++;
        else
            check_cell(cell, &house, &gop);
        if (total > lane)
            assert_in_range(late, 1, total);
        free(gop.bytes);
    }
    cell_free(&cell);
    assert_null(cell);
    return refused;
}

static void test_any_gop_that_fits_is_whole_and_in_time(void **state)
{
    (void)state;
    for (size_t i = 0; house_video_name(i); i++)
        assert_in_range(try_format(house_video_name(i)), 4, 36); /* both sides were tried */
    try_format("h264-720p25-1000k");
    try_format("mpeg2-576i25-9000k");
}

/* Most bytes that wait to be decoded when this cell follows itself, all its packets as early as they may be
 * and all units decoded as late. */
static size_t fullest(const struct cell *cell, const struct house *house, const struct gop *gop)
{
    size_t waiting = 0, most = 0;
    uint32_t unit = 0;
    for (uint32_t n = 0; n < 3 * house->video.slots; n++) {
        const uint32_t slot = n % house->video.slots;
        const double now = ((double)n - house->video.lead) / house->video.slots - CELL_JITTER_NS / NS;
        for (; unit / gop->count + gop->units[unit % gop->count].dts / 90000.0 <= now; unit++)
            waiting -= gop->units[unit % gop->count].length;
        if (cell->index[slot] == CELL_EMPTY)
            continue;
        const uint8_t *packet = cell->packets + cell->index[slot] * 188;
        if (packet_has_payload(packet))
            waiting += 188 - packet_payload_offset(packet) - (packet_is_start(packet) ? 19 : 0);
        most = waiting > most ? waiting : most;
    }
    return most;
}

/* EB: as large as the level says for AVC and HEVC, the VBV for MPEG-2 (ISO/IEC
 * 13818-1 2.4.2.3, 2.14.3, 2.17.2).
 */
static void test_decoder_buffer_holds_the_fullest_cells(void **state)
{
    (void)state;
    static const char *const names[] = {"h264-576i25-8000k",   "h264-720p25-12000k",  "h264-720p50-16000k",
                                        "h264-1080i25-18000k", "h264-1080p25-18000k", "hevc-1080p50-18000k",
                                        "mpeg2-576i25",        "mpeg2-576i25-9000k"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct house house = house_of(names[i], "mp2-128k");
        struct cell *cell = cell_new(house.video.slots);
        size_t tried = 0;
        for (size_t part = 10; part < 100; part += 15) { /* of the lane, for the first unit: per cent */
            const size_t lane = house.video.slots * 180u, first = lane * part / 100;
            for (size_t rest = (lane - first) / house.video.fps; rest > 200; rest = rest * 9 / 10) {
                struct gop gop = make_gop(&house.video, 1, first, rest);
                const bool fits = cell_build(cell, &house, gop.units, gop.count) == 0;
                if (fits) {
                    assert_in_range(fullest(cell, &house, &gop), 1, house.video.cpb / 8);
                    tried++;
                }
                free(gop.bytes);
                if (fits)
                    break;
            }
        }
        assert_in_range(tried, 1, 100);
        cell_free(&cell);
    }
}

static void test_formats_have_whole_lanes(void **state)
{
    (void)state;
    static const char *const names[] = {"h264-720p25-1800k", "mpeg2-576i25-9000k", "h264-576i25-700k"};
    for (size_t i = 0; i < 20; i++) {
        const char *name = house_video_name(i);
        if (!name && i < 10)
            continue;
        if (!name && i - 10 >= sizeof names / sizeof *names)
            break;
        const struct video_format video = house_of(name ? name : names[i - 10], "mp2-128k").video;
        assert_int_equal(video.slots % 16, 0);
        assert_int_equal(video.slots % video.pcr_every, 0);
        assert_true(video.pcr_every * 1000 <= 35 * video.slots);
        assert_int_equal(video.frame_pts * video.fps, 90000);
        assert_true(video.lead < video.slots);
        assert_true(video.slots * 1504 < video.max_br);
    }
    const struct video_format usual = house_of("h264-720p25", "mp2-128k").video; /* as since version 1 */
    assert_int_equal(usual.slots, 1664);
    assert_int_equal(usual.lead, 1398);
    assert_int_equal(usual.pcr_every, 52);
    assert_int_equal(house_of("h264-720p25-1800k", "mp2-128k").video.slots, 1184);
    assert_null(house_video_name(1000));
}

/* The B buffer holds what has come and was not decoded, and the lane brings a frame before its time. */
static void test_audio_lanes_keep_their_buffer(void **state)
{
    (void)state;
    static const char *const names[] = {"mp2-96k",  "mp2-128k", "mp2-384k", "aac-64k", "aac-96k",
                                        "aac-128k", "aac-160k", "aac-192k", "aac-256k"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct audio_format audio = house_of("h264-720p25", names[i]).audio;
        const double frame = audio.frame_pts / 90000.0, lead = (double)audio.lead / audio.slots;
        assert_true((lead / frame + 1) * (audio.bytes + 14) <= 3584);
        assert_true(lead > frame && lead <= 0.096);
        assert_true(audio.slots * audio.grid_seconds >= audio.packets * audio.grid_frames);
        assert_int_equal(audio.grid_frames * audio.frame_pts, audio.grid_seconds * 90000);
        for (int64_t second = 0; second < 100; second++) {
            const int64_t first = audio_first_frame(&audio, second);
            assert_true(llabs(first * audio.frame_pts - second * 90000) <= audio.frame_pts / 2);
            assert_true(audio_first_frame(&audio, second + 1) - first <= HOUSE_FRAMES_MAX);
            assert_true(audio_first_frame(&audio, second + audio.grid_seconds) == first + audio.grid_frames);
        }
    }
}

/* Takes the packets of a frame apart again. */
static void check_frame(const struct audio_format *audio, const uint8_t *frame, uint32_t length)
{
    uint8_t packets[HOUSE_AUDIO_PACKETS_MAX * 188], pes[2000];
    size_t got = 0;
    cell_build_audio(audio, frame, length, packets);
    for (uint32_t i = 0; i < audio->packets; i++) {
        const uint8_t *packet = packets + i * 188;
        const uint32_t offset = packet_payload_offset(packet);
        assert_true(packet_has_payload(packet));
        assert_in_range(offset, 4, 187);
        assert_int_equal(packet_is_start(packet), i == 0);
        memcpy(pes + got, packet + offset, 188 - offset);
        got += 188 - offset;
    }
    assert_int_equal(got, 14 + length);
    assert_int_equal(pes[4] << 8 | pes[5], length + 8);
    assert_memory_equal(pes + 14, frame, length);
}

static void test_audio_frame_fills_its_packets(void **state)
{
    (void)state;
    static const char *const names[] = {"mp2-96k",  "mp2-128k", "mp2-192k", "mp2-256k",
                                        "mp2-384k", "aac-64k",  "aac-256k"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct audio_format audio = house_of("h264-720p25", names[i]).audio;
        uint8_t frame[HOUSE_AUDIO_BYTES_MAX];
        for (uint32_t k = 0; k < audio.bytes; k++)
            frame[k] = k * 7;
        check_frame(&audio, frame, audio.bytes);
        check_frame(&audio, frame, cell_build_silence(&audio, frame));
        for (uint32_t length = 13; audio.codec == AUDIO_AAC && length < audio.bytes; length += 11)
            check_frame(&audio, frame, length);
    }
}

static void test_units_come_out_again(void **state)
{
    (void)state;
    for (size_t i = 0; house_video_name(i); i++) {
        const struct house house = house_of(house_video_name(i), "mp2-128k");
        struct access_unit units[UNITS];
        struct cell *cell = cell_new(house.video.slots);
        uint8_t *bytes = malloc(house.video.slots * 184u);
        struct gop gop = make_gop(&house.video, 7, 5000, 300);
        assert_int_equal(cell_build(cell, &house, gop.units, gop.count), 0);
        assert_int_equal(cell_parse(cell, units, bytes), gop.count);
        for (uint32_t k = 0; k < gop.count; k++) {
            assert_int_equal(units[k].pts, gop.units[k].pts);
            assert_int_equal(units[k].dts, gop.units[k].dts);
            assert_int_equal(units[k].length, gop.units[k].length);
            assert_memory_equal(units[k].bytes, gop.units[k].bytes, units[k].length);
        }
        free(gop.bytes);
        free(bytes);
        cell_free(&cell);
    }
}

#define SETS 3

/* Display sets at the beginning, in the middle and at the end of a second: whole, in order, before their time
 * and not long before. */
static void check_subtitles(const size_t *lengths, uint32_t count, bool fits)
{
    static const int32_t times[SETS] = {0, 45000, 88200};
    uint8_t pes[SETS][9000];
    const uint8_t *list[SETS];
    struct cell *cell = cell_new(HOUSE_SUBTITLE_SLOTS);
    for (uint32_t i = 0; i < count; i++) {
        memset(pes[i], (int)i + 1, sizeof pes[i]);
        list[i] = pes[i];
    }
    assert_int_equal(cell_build_subtitles(cell, list, lengths, times, count) == 0, fits);
    size_t got[SETS] = {0};
    uint32_t payloads = 0, set = 0;
    for (uint32_t slot = 0; fits && slot < HOUSE_SUBTITLE_SLOTS; slot++) {
        if (cell->index[slot] == CELL_EMPTY)
            continue;
        const uint8_t *packet = cell->packets + cell->index[slot] * 188;
        const uint32_t offset = packet_payload_offset(packet);
        set += packet_is_start(packet);
        const double time = times[set - 1] / 90000.0;
        const double leaves = ((double)slot - HOUSE_SUBTITLE_LEAD) / HOUSE_SUBTITLE_SLOTS;
        assert_true(leaves + 0.026 < time && leaves + 0.95 > time);
        assert_int_equal(packet[3] & 15, payloads++ % 16);
        assert_int_equal(packet[187], set);
        assert_false(packet_is_start(packet) && 188 - offset < CELL_PES_AUDIO);
        got[set - 1] += 188 - offset;
    }
    assert_int_equal(fits ? payloads % 16 : 0, 0);
    for (uint32_t i = 0; fits && i < count; i++)
        assert_int_equal(got[i], lengths[i]);
    cell_free(&cell);
}

static void test_subtitles_come_before_their_time(void **state)
{
    (void)state;
    check_subtitles(NULL, 0, true);
    check_subtitles((size_t[]){CELL_PES_LEAST}, 1, true);
    check_subtitles((size_t[]){8800}, 1, true);
    check_subtitles((size_t[]){9000}, 1, false);
    check_subtitles((size_t[]){3000, 3000, 3000}, 3, true);
    check_subtitles((size_t[]){7500, 2000, CELL_PES_LEAST}, 3, true);
    check_subtitles((size_t[]){7500, 8000, 8000}, 3, false);
}

/* 64 packets take two thirds of a second, and the last of them 21 ms to leak out of TB. */
static void test_subtitles_that_would_be_late_are_refused(void **state)
{
    (void)state;
    static const uint8_t pes[11000];
    const uint8_t *list = pes;
    const size_t length = sizeof pes;
    struct cell *cell = cell_new(HOUSE_SUBTITLE_SLOTS);
    assert_int_not_equal(cell_build_subtitles(cell, &list, &length, &(int32_t){12600}, 1), 0);
    assert_int_equal(cell_build_subtitles(cell, &list, &length, &(int32_t){16200}, 1), 0);
    assert_int_equal(cell->count, 64);
    cell_free(&cell);
}

static void test_unknown_house_is_refused(void **state)
{
    (void)state;
    struct house house;
    assert_false(house_parse("h264-721p25", "mp2-128k", &house));
    assert_false(house_parse("h264-720p25", "mp2-129k", &house));
    assert_false(house_parse("h264-720p25", "", &house));
    assert_false(house_parse("h264-720p25", "aac-100k", &house));
    assert_false(house_parse("h264-720p25", "aac", &house));
    assert_false(house_parse("h264-720p25-", "mp2-128k", &house));
    assert_false(house_parse("h264-720p25-01800k", "mp2-128k", &house));
    assert_false(house_parse("h264-720p25-1800", "mp2-128k", &house));
    assert_false(house_parse("h264-720p25-1800kk", "mp2-128k", &house));
    assert_false(house_parse("h264-720p25-999k", "mp2-128k", &house));
    assert_false(house_parse("mpeg2-576i25-15000k", "mp2-128k", &house));
    assert_false(house_parse("h264-720p250", "mp2-128k", &house));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_any_gop_that_fits_is_whole_and_in_time),
        cmocka_unit_test(test_decoder_buffer_holds_the_fullest_cells),
        cmocka_unit_test(test_formats_have_whole_lanes),
        cmocka_unit_test(test_audio_lanes_keep_their_buffer),
        cmocka_unit_test(test_audio_frame_fills_its_packets),
        cmocka_unit_test(test_units_come_out_again),
        cmocka_unit_test(test_subtitles_come_before_their_time),
        cmocka_unit_test(test_subtitles_that_would_be_late_are_refused),
        cmocka_unit_test(test_unknown_house_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
