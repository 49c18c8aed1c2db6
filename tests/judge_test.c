/* The judge is judged: a small clean stream passes every rule, and each fault made in it is named by its
 * rule. */
#include "tests/judge/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mux/section.h"
#include "tests/judge/events.h"
#include "tests/judge/packet.h"

#define SLOTS 3600 /* a second: 5 414 400 bit/s */
#define SECONDS 4
#define BEGIN INT64_C(1583107200) /* 2020-03-02T00:00:00Z */
#define FIRST ((uint64_t)BEGIN * SLOTS)
#define PID_VIDEO 0x100
#define PID_AUDIO 0x101
#define PID_PMT 0x1000
#define SERVICE 101

struct fixture {
    uint8_t packets[SECONDS * SLOTS][TS_PACKET];
    uint32_t following_apart; /* slots from EIT present to EIT following */
};

static bool is_free(struct fixture *fixture, uint64_t slot)
{
    return packet_pid(fixture->packets[slot]) == PID_NULL;
}

/* Puts a packet into the first free slot from `slot` on. */
static uint64_t place(struct fixture *fixture, uint64_t slot, const uint8_t *packet)
{
    while (slot < SECONDS * SLOTS && !is_free(fixture, slot))
        slot++;
    if (slot < SECONDS * SLOTS)
        memcpy(fixture->packets[slot], packet, TS_PACKET);
    return slot;
}

static void put_pcr(uint8_t *field, uint64_t pcr)
{
    uint64_t base = pcr / 300;

    field[0] = (uint8_t)(base >> 25);
    field[1] = (uint8_t)(base >> 17);
    field[2] = (uint8_t)(base >> 9);
    field[3] = (uint8_t)(base >> 1);
    field[4] = (uint8_t)((base & 1) << 7 | 0x7E | pcr % 300 >> 8);
    field[5] = (uint8_t)(pcr % 300);
}

static void put_time(uint8_t *field, int prefix, int64_t time)
{
    field[0] = (uint8_t)(prefix << 4 | (time >> 29 & 0x0E) | 1);
    field[1] = (uint8_t)(time >> 22);
    field[2] = (uint8_t)((time >> 14 & 0xFE) | 1);
    field[3] = (uint8_t)(time >> 7);
    field[4] = (uint8_t)((time & 0x7F) << 1 | 1);
}

static void header(uint8_t *packet, uint16_t pid, bool start)
{
    if (!packet) {
        fail_msg("the stream has no such packet");
        return;
    }
    memset(packet, 0xFF, TS_PACKET);
    memcpy(packet, (uint8_t[]){0x47, (uint8_t)((start ? 0x40 : 0) | pid >> 8), (uint8_t)pid, 0x10}, 4);
}

/* One frame of 40 ms: 8 packets, the PCR in the first and the fifth, an IDR when its PTS is a whole second.
 */
static void add_frame(struct fixture *fixture, uint32_t frame)
{
    uint64_t slot = frame * SLOTS / 25;
    int64_t dts = (BEGIN * 90000 + frame * 3600 + 43200) % CLOCK_WRAP;
    int64_t pts = BEGIN * 90000 + frame * 3600 + 46800;
    bool idr = pts % 90000 == 0;

    for (int i = 0; i < 8; i++, slot += 4) {
        uint8_t packet[TS_PACKET];
        header(packet, PID_VIDEO, i == 0);
        if (i % 4 == 0) {
            while (!is_free(fixture, slot))
                slot++;
            packet[3] |= 0x20;
            packet[4] = 7;
            packet[5] = (uint8_t)(0x10 | (i == 0 && idr ? 0x40 : 0));
            put_pcr(packet + 6, slot_pcr((struct slot_rate){SLOTS, 1}, FIRST + slot));
        }
        if (i == 0) {
            memcpy(packet + 12, (uint8_t[]){0, 0, 1, 0xE0, 0, 0, 0x84, 0xC0, 10}, 9);
            put_time(packet + 21, 3, pts % CLOCK_WRAP);
            put_time(packet + 26, 1, dts);
            memcpy(packet + 31, (uint8_t[]){0, 0, 0, 1, 9, 0x10, 0, 0, 1, idr ? 0x65 : 0x41}, 10);
        }
        slot = place(fixture, slot, packet);
    }
}

/* One Layer II frame: 3 packets, 80 ms ahead of its time. */
static void add_audio(struct fixture *fixture, uint32_t frame)
{
    int64_t first = (BEGIN * 90000 + 2159) / 2160 * 2160, pts = first + frame * INT64_C(2160);
    int64_t slot = (pts - BEGIN * 90000 - 7200) * SLOTS / 90000;

    for (int i = 0; i < 3 && slot >= 0 && slot < SECONDS * SLOTS; i++) {
        uint8_t packet[TS_PACKET];
        header(packet, PID_AUDIO, i == 0);
        if (i == 0) {
            memcpy(packet + 4, (uint8_t[]){0, 0, 1, 0xC0, 1, 0x8A, 0x84, 0x80, 5}, 9);
            put_time(packet + 13, 2, pts % CLOCK_WRAP);
        } else if (i == 2) { /* 400 bytes in all: 32 in the last */
            packet[3] |= 0x20;
            packet[4] = 151;
            packet[5] = 0;
        }
        slot = (int64_t)place(fixture, (uint64_t)slot, packet) + 10;
    }
}

static void add_section(struct fixture *fixture, uint64_t slot, uint16_t pid, uint8_t *section, size_t length,
                        bool crc)
{
    uint8_t packets[4 * TS_PACKET];

    if (crc) {
        uint32_t value = section_crc32(section, length);
        for (int i = 0; i < 4; i++)
            section[length++] = (uint8_t)(value >> (24 - 8 * i));
    }
    section_build_packets(section, length, pid, 0, packets);
    for (uint32_t i = 0; i < section_packet_count(length); i++)
        slot = place(fixture, slot, packets + i * TS_PACKET) + 10;
}

static void add_table(struct fixture *fixture, uint64_t slot, uint16_t pid, uint8_t table_id,
                      uint16_t extension, uint8_t number, uint8_t last, const void *body, size_t length)
{
    uint8_t section[512] = {table_id,
                            (uint8_t)(0xB0 | (length + 9) >> 8),
                            (uint8_t)(length + 9),
                            (uint8_t)(extension >> 8),
                            (uint8_t)extension,
                            0xC1,
                            number,
                            last};

    memcpy(section + 8, body, length);
    add_section(fixture, slot, pid, section, 8 + length, true);
}

/* 2020-03-02 is MJD 0xE61E. */
static void add_time(struct fixture *fixture, uint32_t second)
{
    uint8_t section[16] = {0x70, 0x70, 5, 0xE6, 0x1E, 0, 0, (uint8_t)second};

    if (second % 2)
        memcpy(section, (uint8_t[]){0x73, 0x70, 11}, 3);
    section[8] = 0xF0;
    section[9] = 0;
    add_section(fixture, second * SLOTS, 0x14, section, second % 2 ? 10 : 8, second % 2);
}

static void add_event(struct fixture *fixture, uint64_t slot, uint8_t table_id, uint8_t number, uint8_t last)
{
    static const uint8_t title[] = "\x13\xCB\xAE\xB5\xC4\xD1\xAD\xBB\xB7"; /* 水的循环 */
    uint8_t body[64] = {
        0, 1, 0x20, 1, last, table_id, 0, (uint8_t)(7 + number), 0xE6, 0x1E, 0, (uint8_t)(number * 0x20)};

    memcpy(body + 12, (uint8_t[]){0, 0, 0x20, 0, number ? 0x20 : 0x80, 16, 0x4D, 14, 'c', 'h', 'i', 9}, 12);
    memcpy(body + 24, title, 9);
    body[33] = 0;
    add_table(fixture, slot, 0x12, table_id, SERVICE, number, last, body, 34);
}

static void add_tables(struct fixture *fixture)
{
    static const uint8_t pat[] = {0, SERVICE, 0xE0 | PID_PMT >> 8, PID_PMT & 0xFF};
    static const uint8_t pmt[] = {0xE1, 0x00, 0xF0, 0, 0x1B, 0xE1, 0x00, 0xF0, 0, 0x03, 0xE1, 0x01, 0xF0, 0};
    static const uint8_t nit[] = {0xF0, 0, 0xF0, 0}, sdt[] = {0x20, 1, 0xFF};

    for (uint64_t slot = 20; slot + 10 < SECONDS * SLOTS; slot += 288) {
        add_table(fixture, slot, 0, 0, 1, 0, 0, pat, sizeof pat);
        add_table(fixture, slot + 100, PID_PMT, 2, SERVICE, 0, 0, pmt, sizeof pmt);
    }
    for (uint32_t second = 0; second < SECONDS; second++) {
        uint64_t slot = (uint64_t)second * SLOTS;
        add_time(fixture, second);
        add_table(fixture, slot + 300, 0x10, 0x40, 0x2001, 0, 0, nit, sizeof nit);
        add_table(fixture, slot + 600, 0x11, 0x42, 1, 0, 0, sdt, sizeof sdt);
        add_event(fixture, slot + 900, 0x4E, 0, 1);
        add_event(fixture, slot + 900 + fixture->following_apart, 0x4E, 1, 1);
        add_event(fixture, slot + 2700, 0x50, 0, 0);
    }
}

static struct fixture *build(uint32_t following_apart)
{
    struct fixture *fixture = malloc(sizeof *fixture);
    uint8_t counter[PIDS] = {0};

    assert_non_null(fixture);
    fixture->following_apart = following_apart;
    for (uint32_t i = 0; i < SECONDS * SLOTS; i++)
        header(fixture->packets[i], PID_NULL, false);
    add_tables(fixture);
    for (uint32_t frame = 0; frame < SECONDS * 25; frame++)
        add_frame(fixture, frame);
    for (uint32_t frame = 0; frame < SECONDS * 42 + 10; frame++)
        add_audio(fixture, frame);
    for (uint32_t i = 0; i < SECONDS * SLOTS; i++)
        fixture->packets[i][3] |= counter[packet_pid(fixture->packets[i])]++ & 0x0F;
    return fixture;
}

/* The n-th packet of a PID, of those that start a unit when told so. */
static uint8_t *find(struct fixture *fixture, uint16_t pid, bool start, uint32_t n)
{
    for (uint32_t i = 0; i < SECONDS * SLOTS; i++) {
        uint8_t *packet = fixture->packets[i];
        if (packet_pid(packet) == pid && (!start || packet_starts_unit(packet)) && n-- == 0)
            return packet;
    }
    fail();
    return NULL;
}

/* Judges the stream and frees it: which rules were broken, as bits. */
static uint64_t judge(struct fixture *fixture)
{
    struct house house = {.video.max_br = 16800000, .video.cpb = 16800000};
    struct judge *judge = judge_new((struct slot_rate){SLOTS, 1}, &house);
    uint64_t broken = 0, k = 0;

    assert_true(judge_packets(judge, fixture->packets[0], SECONDS * SLOTS));
    assert_true(judge_first_slot(judge, &k));
    assert_int_equal(k, FIRST);
    const struct rules *rules = judge_finish(judge);
    assert_non_null(rules);
    for (int i = 0; i < RULE_COUNT; i++) {
        broken |= rules->of[i].faults ? UINT64_C(1) << i : 0;
        if (rules->of[i].faults)
            print_message("rule %d: %s\n", i, rules->of[i].first);
    }
    judge_free(&judge);
    free(fixture);
    return broken;
}

#define ONLY(rule) (UINT64_C(1) << (rule))
#define APART 900

static void a_clean_stream_passes(void **state)
{
    (void)state;
    assert_int_equal(judge(build(APART)), 0);
}

static void a_dropped_packet_is_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);

    header(find(fixture, PID_VIDEO, false, 201), PID_NULL, false);
    assert_int_equal(judge(fixture), ONLY(RULE_CONTINUITY));
}

static void a_pcr_off_by_three_ticks_is_found(void **state)
{
    (void)state;
    for (int off = -3; off <= 3; off += 3) {
        struct fixture *fixture = build(APART);
        uint8_t *packet = find(fixture, PID_VIDEO, true, 30);
        put_pcr(packet + 6, packet_pcr(packet) + (uint64_t)off);
        assert_int_equal(judge(fixture), off ? ONLY(RULE_PCR_ACCURACY) : 0);
    }
}

static void a_missing_pcr_is_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);

    find(fixture, PID_VIDEO, false, 4)[5] &= 0xEF; /* the first frame's second PCR */
    find(fixture, PID_VIDEO, true, 1)[5] &= 0xEF;
    assert_int_equal(judge(fixture), ONLY(RULE_PCR_INTERVAL));
}

static void a_bad_crc_is_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);

    find(fixture, 0x11, true, 1)[10] ^= 1;
    assert_int_equal(judge(fixture), ONLY(RULE_CRC));
}

static void sections_too_close_are_found(void **state)
{
    (void)state;
    assert_int_equal(judge(build(100)), 0);
    assert_int_equal(judge(build(80)), ONLY(RULE_SPACING_SUB_TABLE) | ONLY(RULE_SPACING_EIT_PF));
}

static void a_dts_jump_is_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);
    uint8_t *packet = find(fixture, PID_VIDEO, true, 40);

    put_time(packet + 26, 1, (BEGIN * 90000 + 40 * 3600 + 43200 + 1) % CLOCK_WRAP);
    assert_int_equal(judge(fixture), ONLY(RULE_VIDEO_DTS_STEP));
}

static void an_audio_pts_off_the_grid_is_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);

    find(fixture, PID_AUDIO, true, 20)[17] ^= 2;
    assert_int_equal(judge(fixture), ONLY(RULE_AUDIO_PTS_STEP) | ONLY(RULE_AUDIO_GRID));
}

static void a_missing_idr_is_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);
    uint8_t *packet = find(fixture, PID_VIDEO, true, 37);

    assert_int_equal(packet[40], 0x65);
    packet[40] = 0x41;
    assert_int_equal(judge(fixture), ONLY(RULE_RANDOM_ACCESS) | ONLY(RULE_IDR_EVERY_SECOND));
}

static void a_missing_table_is_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);

    header(find(fixture, 0, false, 10), PID_NULL, false);
    header(find(fixture, 0, false, 10), PID_NULL, false);
    for (uint32_t n = 10; n < 48; n++) {
        uint8_t *packet = find(fixture, 0, false, n);
        packet[3] = (uint8_t)(0x10 | n % 16);
    }
    assert_int_equal(judge(fixture), ONLY(RULE_PAT_INTERVAL));
}

static void a_late_unit_is_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);

    for (uint32_t frame = 0; frame < SECONDS * 25; frame++) { /* all 480 ms earlier: no lead is left */
        uint8_t *packet = find(fixture, PID_VIDEO, true, frame);
        put_time(packet + 26, 1, (BEGIN * 90000 + frame * 3600 + 500) % CLOCK_WRAP);
    }
    assert_int_equal(judge(fixture), ONLY(RULE_VIDEO_DECODE));
}

static void foreign_packets_are_found(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);
    uint8_t packet[TS_PACKET];

    header(packet, 0x777, false);
    place(fixture, 5000, packet);
    assert_int_equal(judge(fixture), ONLY(RULE_UNREFERENCED_PIDS));
    fixture = build(APART);
    fixture->packets[7000][0] = 0;
    assert_true(judge(fixture) & ONLY(RULE_SYNC));
}

static void events_are_printed_once(void **state)
{
    (void)state;
    struct fixture *fixture = build(APART);
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    struct events *events = events_new(out);

    events_packets(events, fixture->packets[0], SECONDS * SLOTS);
    events_free(&events);
    fclose(out);
    assert_string_equal(text, "101 present 7 2020-03-02T00:00:00Z 00:20:00 4 水的循环\n"
                              "101 following 8 2020-03-02T00:20:00Z 00:20:00 1 水的循环\n"
                              "101 schedule 7 2020-03-02T00:00:00Z 00:20:00 4 水的循环\n");
    free(text);
    free(fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_clean_stream_passes),
        cmocka_unit_test(a_dropped_packet_is_found),
        cmocka_unit_test(a_pcr_off_by_three_ticks_is_found),
        cmocka_unit_test(a_missing_pcr_is_found),
        cmocka_unit_test(a_bad_crc_is_found),
        cmocka_unit_test(sections_too_close_are_found),
        cmocka_unit_test(a_dts_jump_is_found),
        cmocka_unit_test(an_audio_pts_off_the_grid_is_found),
        cmocka_unit_test(a_missing_idr_is_found),
        cmocka_unit_test(a_missing_table_is_found),
        cmocka_unit_test(a_late_unit_is_found),
        cmocka_unit_test(foreign_packets_are_found),
        cmocka_unit_test(events_are_printed_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
