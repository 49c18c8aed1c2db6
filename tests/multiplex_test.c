/* Lanes in the superframe: evenness, order, null packets, and packets from their number alone. */
#include "mux/multiplex.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mux/packet.h"

#define LANES 60
#define SECOND 1583107201

struct bench { /* a multiplex of table lanes only: PID 32 + lane, packets that tell their lane */
    struct lane lanes[LANES];
    struct table_page pages[LANES];
    uint8_t packets[LANES][188];
    uint32_t count;
};

static void add_lane(struct bench *bench, uint32_t slots)
{
    uint32_t i = bench->count++;
    bench->lanes[i] = (struct lane){.kind = LANE_TABLE, .pid = 32 + i, .source = i, .slots = slots};
    memset(bench->packets[i], i, 188);
    memcpy(bench->packets[i], "\x47\x00\x00\x10", 4);
    packet_set_pid(bench->packets[i], 32 + i);
    bench->pages[i] = (struct table_page){bench->packets[i], NULL, 1, false};
}

static struct slot_rate dvbc(void)
{
    return slot_rate_new(646250000, 17);
}

static uint8_t *fill_second(const struct bench *bench, const struct multiplex *multiplex, int64_t second,
                            uint32_t *count)
{
    uint64_t k = slot_at(dvbc(), second, 0);
    *count = slot_at(dvbc(), second + 1, 0) - k;
    uint8_t *out = malloc(*count * 188u);
    struct superframe frame = {.second = second, .pages = bench->pages};
    multiplex_fill(multiplex, &frame, k, *count, out);
    return out;
}

/* Every lane has its slots, evenly: none further from its even place than there are lanes. */
static void test_lanes_are_even(void **state)
{
    (void)state;
    static const uint32_t slots[] = {1664, 125, 12, 1, 400, 3, 1};
    struct bench bench = {0};
    for (int i = 0; i < LANES; i++)
        add_lane(&bench, slots[i % 7]);
    uint32_t others = 0;
    for (int i = 1; i < LANES; i++)
        others += bench.lanes[i].slots;
    bench.lanes[0].slots = 25275 - others; /* full to the last slot */
    uint32_t short_of, count;
    struct multiplex *multiplex = multiplex_new(dvbc(), bench.lanes, LANES, &short_of);
    assert_non_null(multiplex);
    uint8_t *out = fill_second(&bench, multiplex, SECOND, &count);
    uint32_t nth[LANES] = {0};
    for (uint32_t i = 0; i < 25275; i++) {
        uint32_t lane = packet_get_pid(out + i * 188u) - 32;
        assert_in_range(lane, 0, LANES - 1);
        double even = (double)nth[lane] * 25275 / bench.lanes[lane].slots;
        double period = 25275.0 / bench.lanes[lane].slots;
        assert_true(i >= even - LANES && i <= even + LANES + (bench.lanes[lane].slots > 1 ? period : 0));
        uint64_t counter = (uint64_t)SECOND * bench.lanes[lane].slots + nth[lane]++;
        assert_int_equal(out[i * 188u + 3] & 15, counter % 16);
    }
    for (int i = 0; i < LANES; i++)
        assert_int_equal(nth[i], bench.lanes[i].slots);
    if (count == 25276)
        assert_int_equal(packet_get_pid(out + 25275 * 188u), PACKET_NULL_PID);
    free(out);
    multiplex_free(&multiplex);
}

static void test_one_too_many_is_refused_by_amount(void **state)
{
    (void)state;
    struct bench bench = {0};
    uint32_t short_of;
    add_lane(&bench, 25000);
    add_lane(&bench, 300);
    assert_null(multiplex_new(dvbc(), bench.lanes, 2, &short_of));
    assert_int_equal(short_of, 25);
}

/* Packets do not depend on where filling began (law 1). */
static void test_pieces_equal_the_whole(void **state)
{
    (void)state;
    struct bench bench = {0};
    uint32_t short_of, count;
    for (int i = 0; i < 20; i++)
        add_lane(&bench, 37 * (i + 1));
    struct multiplex *multiplex = multiplex_new(dvbc(), bench.lanes, 20, &short_of);
    uint8_t *whole = fill_second(&bench, multiplex, SECOND, &count), piece[97 * 188];
    struct superframe frame = {.second = SECOND, .pages = bench.pages};
    for (uint32_t i = 0; i + 97 <= count; i += 89) {
        multiplex_fill(multiplex, &frame, slot_at(dvbc(), SECOND, 0) + i, 97, piece);
        assert_memory_equal(piece, whole + i * 188u, sizeof piece);
    }
    free(whole);
    multiplex_free(&multiplex);
}

/* The audio grid through a lane that has more slots than packets: each packet once, in order, in time. */
static void check_grid(const char *name)
{
    static const struct tracks tracks = {.audio_count = 2};
    struct house house;
    uint32_t short_of, count;
    assert_true(house_parse("h264-720p25", name, &house));
    const struct audio_format *audio = &house.audio;
    const struct lane lane = {.kind = LANE_AUDIO,
                              .pid = 0x100,
                              .track = 1,
                              .slots = audio->slots,
                              .lead = audio->lead,
                              .audio = audio};
    struct multiplex *multiplex = multiplex_new(dvbc(), &lane, 1, &short_of);
    struct lesson_second *seconds[2] = {lesson_second_new(&house, &tracks),
                                        lesson_second_new(&house, &tracks)};
    uint64_t expected = 0;
    for (int64_t second = SECOND; second < SECOND + 2 * audio->grid_seconds + 1; second++) {
        for (int i = 0; i < 2; i++) {
            seconds[i]->first_frame = audio_first_frame(audio, second + i);
            seconds[i]->frames = audio_first_frame(audio, second + i + 1) - seconds[i]->first_frame;
            memset(seconds[i]->audio[1], 0, (size_t)HOUSE_FRAMES_MAX * audio->packets * 188);
            for (uint32_t p = 0; p < seconds[i]->frames * audio->packets; p++) {
                uint64_t number = seconds[i]->first_frame * audio->packets + p;
                memcpy(seconds[i]->audio[1] + p * 188u + 8, &number, sizeof number);
            }
        }
        struct superframe frame = {second, (const struct lesson_second *const *)&seconds[0],
                                   (const struct lesson_second *const *)&seconds[1], NULL};
        uint64_t k = slot_at(dvbc(), second, 0);
        count = slot_at(dvbc(), second + 1, 0) - k;
        uint8_t *out = malloc(count * 188u);
        multiplex_fill(multiplex, &frame, k, count, out);
        for (uint32_t i = 0; i < count; i++) {
            uint64_t number;
            if (packet_get_pid(out + i * 188u) != 0x100)
                continue;
            memcpy(&number, out + i * 188u + 8, sizeof number);
            if (expected)
                assert_true(number == expected);
            expected = number + 1;
            const double length = audio->frame_pts / 90000.0;
            const double pts = number / audio->packets * length, leaves = second + (double)i / 25275;
            assert_true(pts - leaves > length * (number % audio->packets == 0 ? 1 : 0) && pts - leaves < 0.1);
        }
        free(out);
    }
    assert_true(expected > 0);
    lesson_second_free(&seconds[0]);
    lesson_second_free(&seconds[1]);
    multiplex_free(&multiplex);
}

/* 125 frames in 3 s, 375 in 8 s: over two turns of the grid and every whole second in them. */
static void test_audio_grid_is_endless(void **state)
{
    (void)state;
    static const char *const names[] = {"mp2-96k", "mp2-128k", "mp2-192k", "mp2-384k",
                                        "aac-64k", "aac-128k", "aac-192k", "aac-256k"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        check_grid(names[i]);
}

#define SERVICES 7 /* one of every video format */
#define SECONDS 4

struct mixed { /* services of every format in one multiplex, with sounds and subtitles */
    struct house houses[SERVICES];
    struct tracks tracks[SERVICES];
    struct lesson_second *seconds[SECONDS][SERVICES];
    struct lane lanes[SERVICES * 5];
    uint32_t count;
    struct multiplex *multiplex;
};

static struct slot_rate cable(void)
{
    return slot_rate_new(50686274, 1);
}

/* One second of a service: access units of its own bytes, silence, one display set in each subtitles track,
 * the later the higher the track. */
static struct lesson_second *make_second(const struct house *house, const struct tracks *tracks,
                                         int64_t second, uint8_t mark)
{
    struct access_unit units[HOUSE_FRAMES_PER_SECOND_MAX];
    uint8_t bytes[4000], pes[1200];
    const uint8_t *list = pes;
    struct cell *cell = cell_new(house->video.slots);
    for (int32_t i = 0; i < (int32_t)house->video.fps; i++)
        units[i] = (struct access_unit){bytes, i ? 900 : sizeof bytes, i * (int32_t)house->video.frame_pts,
                                        (i - 1) * (int32_t)house->video.frame_pts};
    memset(bytes, mark + (uint8_t)second, sizeof bytes);
    memset(pes, mark + (uint8_t)second, sizeof pes);
    pes[7] = 0x80; /* PTS alone */
    assert_int_equal(cell_build(cell, house, units, house->video.fps), 0);
    struct lesson *lesson = lesson_of_cell(cell, house);
    struct lesson_second *made = lesson_second_new(house, tracks);
    assert_int_equal(lesson_read_silent(lesson, tracks, 0, second, house, made), LESSON_OK);
    for (uint32_t i = 0; i < tracks->subtitle_count; i++) {
        const int32_t pts = 30000 * (int32_t)i;
        packet_set_pes_time(pes + 9, (uint64_t)(pts + CELL_PTS_BASE));
        assert_int_equal(cell_build_subtitles(made->subtitles[i], &list, &(size_t){sizeof pes}, &pts, 1), 0);
    }
    lesson_free(&lesson);
    cell_free(&cell);
    return made;
}

static void add_service(struct mixed *mixed, uint16_t i)
{
    const struct house *house = &mixed->houses[i];
    const uint16_t pid = 0x100 + 16 * i;
    mixed->lanes[mixed->count++] = (struct lane){
        .kind = LANE_VIDEO, .pid = pid, .source = i, .slots = house->video.slots, .lead = house->video.lead};
    for (uint8_t k = 0; k < mixed->tracks[i].audio_count; k++)
        mixed->lanes[mixed->count++] = (struct lane){
            LANE_AUDIO, pid + 1 + k, i, k, house->audio.slots, house->audio.lead, &house->audio};
    for (uint8_t k = 0; k < mixed->tracks[i].subtitle_count; k++)
        mixed->lanes[mixed->count++] =
            (struct lane){LANE_SUBTITLES, pid + 5 + k, i, k, HOUSE_SUBTITLE_SLOTS, HOUSE_SUBTITLE_LEAD, NULL};
}

static int mixed_setup(void **state)
{
    struct mixed *mixed = calloc(1, sizeof *mixed);
    uint32_t short_of;
    for (uint16_t i = 0; i < SERVICES; i++) {
        assert_true(house_parse(house_video_name(i), i % 2 ? "aac-128k" : "mp2-192k", &mixed->houses[i]));
        mixed->tracks[i].audio_count = 1 + i % 3;
        mixed->tracks[i].subtitle_count = i % 4;
        for (int s = 0; s < SECONDS; s++)
            mixed->seconds[s][i] =
                make_second(&mixed->houses[i], &mixed->tracks[i], SECOND + s, (uint8_t)(20 * i));
        add_service(mixed, i);
    }
    mixed->multiplex = multiplex_new(cable(), mixed->lanes, mixed->count, &short_of);
    assert_non_null(mixed->multiplex);
    *state = mixed;
    return 0;
}

static int mixed_teardown(void **state)
{
    struct mixed *mixed = *state;
    for (int s = 0; s < SECONDS; s++)
        for (int i = 0; i < SERVICES; i++)
            lesson_second_free(&mixed->seconds[s][i]);
    multiplex_free(&mixed->multiplex);
    free(mixed);
    return 0;
}

/* Fills from slot `from` of the first second on, `step` packets at a time. */
static uint8_t *fill_mixed(const struct mixed *mixed, uint64_t from, uint64_t end, uint32_t step)
{
    uint8_t *out = malloc((end - from) * 188), *to = out;
    for (uint64_t k = from; k < end;) {
        const int64_t second = slot_second(cable(), k);
        const uint64_t turn = slot_at(cable(), second + 1, 0);
        const struct superframe frame = {
            second, (const struct lesson_second *const *)mixed->seconds[second - SECOND],
            (const struct lesson_second *const *)mixed->seconds[second - SECOND + 1], NULL};
        uint64_t until = k + step < turn ? k + step : turn;
        until = until < end ? until : end;
        multiplex_fill(mixed->multiplex, &frame, k, until - k, to);
        to += (until - k) * 188;
        k = until;
    }
    return out;
}

/* Law 1 with services of every format: wherever filling begins and in whatever pieces. */
static void test_mixed_formats_are_pure(void **state)
{
    const struct mixed *mixed = *state;
    const uint64_t from = slot_at(cable(), SECOND, 0), end = slot_at(cable(), SECOND + SECONDS - 1, 0);
    uint8_t *whole = fill_mixed(mixed, from, end, 100000);
    for (uint64_t at = from; at < end; at += 9973) {
        const uint64_t until = at + 4000 < end ? at + 4000 : end;
        uint8_t *piece = fill_mixed(mixed, at, until, 1 + at % 331);
        assert_memory_equal(piece, whole + (at - from) * 188, (until - at) * 188);
        free(piece);
    }
    free(whole);
}

/* How long before its DTS, or PTS where it has no other, the first packet of a PES leaves. */
static double ahead_of(const uint8_t *packet, uint64_t k)
{
    const uint8_t *pes = packet + packet_payload_offset(packet);
    const uint64_t time = packet_get_pes_time(pes + (pes[7] & 0x40 ? 14 : 9));
    const uint64_t leaves = slot_pcr(cable(), k) / 300;
    return (double)(int64_t)((time - leaves) % PACKET_PTS_MODULUS) / 90000;
}

/* Every lane of its own format: in time, counters without a gap, each cell's packets all there, PCRs in time.
 */
static void test_mixed_formats_are_whole(void **state)
{
    const struct mixed *mixed = *state;
    const uint64_t from = slot_at(cable(), SECOND, 0), end = slot_at(cable(), SECOND + SECONDS - 1, 0);
    uint8_t *whole = fill_mixed(mixed, from, end, 7);
    for (uint32_t i = 0; i < mixed->count; i++) {
        const struct lane *lane = &mixed->lanes[i];
        uint64_t pcr_at = from, packets = 0;
        int counter = -1;
        for (uint64_t k = from; k < end; k++) {
            const uint8_t *packet = whole + (k - from) * 188;
            if (packet_get_pid(packet) != lane->pid)
                continue;
            packets++;
            if (packet_has_payload(packet) && counter >= 0)
                assert_int_equal(packet[3] & 15, (counter + 1) % 16);
            counter = packet[3] & 15;
            if (packet_is_start(packet)) {
                const double ahead = ahead_of(packet, k);
                assert_true(ahead > 0.02 && ahead < 0.96);
                if (lane->kind == LANE_SUBTITLES) /* as soon as the cell begins, but not too soon */
                    assert_true(fabs(ahead - fmin(0.54 + lane->track / 3.0, 0.945)) < 0.02);
            }
            if (lane->kind == LANE_VIDEO && packet_has_pcr(packet)) {
                assert_true((double)(k - pcr_at) * 1504 / 50686274 < 0.04);
                pcr_at = k;
            }
        }
        assert_true(packets > 0);
        if (lane->kind == LANE_AUDIO) {
            const double frames = 48000.0 / lane->audio->samples * (SECONDS - 1);
            assert_true(llabs((int64_t)packets - (int64_t)(frames * lane->audio->packets)) <= 6);
        }
        if (lane->kind == LANE_SUBTITLES) /* cut at the lead: the ends of one, all of two, a beginning */
            assert_int_equal(packets, 16 * (SECONDS - 1));
    }
    free(whole);
}

/* When the times in a packet are, in 90 kHz from the epoch: they are shown soon after it leaves. */
static uint64_t whole_time(const uint8_t *field, uint64_t k)
{
    const uint64_t leaves = (uint64_t)((unsigned __int128)k * 1504 * 90000 / 50686274);
    return leaves + (packet_get_pes_time(field) - leaves) % PACKET_PTS_MODULUS;
}

/* The clock is on the second exactly (law 3): the first picture of a cell is shown then, the frames of all
 * audio are on one grid, and their counters follow from their number. */
static void test_packets_are_dated(void **state)
{
    const struct mixed *mixed = *state;
    const uint64_t from = slot_at(cable(), SECOND, 0), end = slot_at(cable(), SECOND + SECONDS - 1, 0);
    uint8_t *whole = fill_mixed(mixed, from, end, 5000);
    for (uint32_t i = 0; i < mixed->count; i++) {
        const struct lane *lane = &mixed->lanes[i];
        const struct house *house = &mixed->houses[lane->source];
        uint32_t begun = 0;
        for (uint64_t k = from; k < end; k++) {
            const uint8_t *packet = whole + (k - from) * 188, *pes = packet + packet_payload_offset(packet);
            if (packet_get_pid(packet) != lane->pid || !packet_is_start(packet))
                continue;
            const uint64_t pts = whole_time(pes + 9, k);
            begun++;
            if (lane->kind == LANE_AUDIO) {
                assert_true(pts % house->audio.frame_pts == 0);
                assert_int_equal(packet[3] & 15, pts / house->audio.frame_pts * house->audio.packets % 16);
            } else if (lane->kind == LANE_SUBTITLES) {
                assert_int_equal(pts % 90000, 30000 * lane->track % 90000);
            } else {
                assert_true((pts - whole_time(pes + 14, k)) == house->video.frame_pts);
                if (packet[3] & 0x20 && packet[5] & 0x40) /* random access: the first of the cell */
                    assert_int_equal(pts % 90000, 0);
            }
        }
        assert_true(begun >= SECONDS - 1);
    }
    free(whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lanes_are_even),
        cmocka_unit_test(test_one_too_many_is_refused_by_amount),
        cmocka_unit_test(test_pieces_equal_the_whole),
        cmocka_unit_test(test_audio_grid_is_endless),
        cmocka_unit_test_setup_teardown(test_mixed_formats_are_pure, mixed_setup, mixed_teardown),
        cmocka_unit_test_setup_teardown(test_mixed_formats_are_whole, mixed_setup, mixed_teardown),
        cmocka_unit_test_setup_teardown(test_packets_are_dated, mixed_setup, mixed_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
