/* A receiver for the tests of the EIT: takes the slots of consecutive pages, checks every packet on the way
 * (continuity, no section broken by another), and keeps the sections with the slots they came in. Independent
 * of the code under test. */
#ifndef TESTS_EIT_READER_H
#define TESTS_EIT_READER_H

#include <string.h>

#include "mux/cell.h"
#include "mux/section.h"
#include "mux/slot.h"
#include "tests/epg_fixture.h"

#define READER_PID 0x12
#define EIT_DAYS 8 /* of the schedule, when the station does not ask for more */

struct read_section {
    int64_t first, last; /* slots since the first page */
    size_t length;
    uint8_t bytes[4096];
};

struct reader {
    struct si *si;
    struct eit_page *page;
    uint32_t slots; /* per second */
    int64_t start;  /* second of the first page */
    int64_t now;    /* slots read */
    uint32_t counter;
    int64_t buffered, buffered_most; /* in a transport buffer that loses 1 Mb/s: bits times slots */
    struct read_section *sections;
    size_t count, room;
    bool open;
    int days; /* what eit_page_build() said last */
};

static inline void reader_begin_on(struct reader *reader, struct fixture *fixture, size_t multiplex,
                                   int64_t second)
{
    *reader = (struct reader){.start = second};
    assert_int_equal(second % EIT_PERIOD, 0);
    reader->si = si_new(fixture->plan, multiplex, fixture->houses, fixture->guide, &fixture->diagnostics);
    assert_non_null(reader->si);
    reader->page = eit_page_new(reader->si);
    assert_non_null(reader->page);
    reader->slots = si_lane(reader->si, si_lane_count(reader->si) - 2)->slots;
}

static inline void reader_begin(struct reader *reader, struct fixture *fixture, int64_t second)
{
    reader_begin_on(reader, fixture, 0, second);
}

static inline void reader_end(struct reader *reader)
{
    eit_page_free(&reader->page);
    si_free(&reader->si);
    free(reader->sections);
}

static inline int64_t section_second(const struct reader *reader, const struct read_section *section)
{
    return reader->start + section->first / reader->slots;
}

static inline size_t section_stated(const struct read_section *section)
{
    return 3u + ((size_t)(section->bytes[1] & 0x0F) << 8 | section->bytes[2]);
}

static inline void reader_open(struct reader *reader)
{
    assert_false(reader->open);
    if (reader->count == reader->room) {
        reader->room = reader->room ? 2 * reader->room : 256;
        reader->sections = realloc(reader->sections, reader->room * sizeof *reader->sections);
        assert_non_null(reader->sections);
    }
    reader->sections[reader->count++] = (struct read_section){.first = reader->now};
    reader->open = true;
}

static inline void reader_take(struct reader *reader, const uint8_t *packet)
{
    assert_int_equal(packet[0], 0x47);
    assert_int_equal((packet[1] & 0x1F) << 8 | packet[2], READER_PID);
    assert_int_equal(packet[3], 0x10 | (reader->counter++ & 0x0F));
    bool start = packet[1] & 0x40;
    if (start) {
        assert_int_equal(packet[4], 0);
        reader_open(reader);
    }
    assert_true(reader->open);
    struct read_section *section = &reader->sections[reader->count - 1];
    size_t offset = start ? 5 : 4;
    size_t part = section->length == 0 ? TS_PACKET - offset : section_stated(section) - section->length;
    part = part < TS_PACKET - offset ? part : TS_PACKET - offset;
    assert_true(section->length + part <= sizeof section->bytes);
    memcpy(section->bytes + section->length, packet + offset, part);
    section->length += part;
    if (section->length < section_stated(section))
        return;
    section->length = section_stated(section);
    section->last = reader->now;
    reader->open = false;
    if (section->bytes[0] != 0x72)
        assert_int_equal(section_crc32(section->bytes, section->length), 0);
}

static inline void reader_buffer(struct reader *reader, bool packet)
{
    reader->buffered = reader->buffered > 1000000 ? reader->buffered - 1000000 : 0;
    reader->buffered += packet ? INT64_C(8) * TS_PACKET * reader->slots : 0;
    if (reader->buffered > reader->buffered_most)
        reader->buffered_most = reader->buffered;
}

/* Most bytes in the transport buffer so far. */
static inline uint32_t reader_buffered(const struct reader *reader)
{
    return (uint32_t)(reader->buffered_most / 8 / reader->slots);
}

/* Reads a second of the page that was built last. */
static inline void reader_second(struct reader *reader)
{
    struct table_page pages[64];
    uint8_t time_packet[TS_PACKET];
    uint32_t packets = 0;

    si_pages(reader->si, reader->start + reader->now / reader->slots, reader->page, time_packet, pages);
    const struct table_page *page = &pages[si_lane_count(reader->si) - 2];
    assert_int_equal(page->length, reader->slots);
    assert_true(page->counted);
    for (uint32_t i = 0; i < page->length; i++, reader->now++) {
        reader_buffer(reader, page->index[i] != CELL_EMPTY);
        if (page->index[i] == CELL_EMPTY)
            continue;
        reader_take(reader, page->packets + (size_t)page->index[i] * TS_PACKET);
        packets++;
    }
    assert_int_equal(packets % 16, 0);
    assert_false(reader->open); /* no section goes over the end of a second */
}

/* Reads the next page. */
static inline void reader_page(struct reader *reader)
{
    int64_t second = reader->start + reader->now / reader->slots;
    reader->days = eit_page_build(reader->page, second / EIT_PERIOD);
    for (int i = 0; i < EIT_PERIOD; i++)
        reader_second(reader);
}

static inline double reader_ms(const struct reader *reader, int64_t slots)
{
    return 1000.0 * (double)slots / reader->slots;
}

/* No two sections of one kind closer than 25 ms, end to beginning, and 1 ms by which their slots may be
 * nearer to one another than if all were even. */
static inline void reader_check_distances(const struct reader *reader)
{
    const struct read_section *present_following = NULL;
    for (size_t i = 0; i < reader->count; i++) {
        const struct read_section *here = &reader->sections[i];
        if (here->bytes[0] == 0x4E) {
            if (present_following)
                assert_true(reader_ms(reader, here->first - present_following->last) >= 26);
            present_following = here;
        }
        for (size_t j = i; here->bytes[0] != 0x72 && j-- > 0;) { /* the one before of the same sub_table */
            const struct read_section *other = &reader->sections[j];
            if (reader_ms(reader, here->first - other->last) >= 26)
                break;
            assert_false(other->bytes[0] == here->bytes[0] &&
                         memcmp(other->bytes + 3, here->bytes + 3, 2) == 0);
        }
    }
}

/* Fields of an EIT section (EN 300 468 5.2.4). */
static inline uint16_t field16(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

static inline unsigned from_bcd(uint8_t digits)
{
    return (digits >> 4) * 10u + (digits & 0x0F);
}

static inline int64_t from_time(const uint8_t *bytes)
{
    return (field16(bytes) - INT64_C(40587)) * 86400 + from_bcd(bytes[2]) * 3600 + from_bcd(bytes[3]) * 60 +
           from_bcd(bytes[4]);
}

static inline int64_t from_length(const uint8_t *bytes)
{
    return from_bcd(bytes[0]) * 3600 + from_bcd(bytes[1]) * 60 + from_bcd(bytes[2]);
}

/* The event at *event, which moves on; NULL behind the last. */
static inline const uint8_t *next_event(const struct read_section *section, const uint8_t **event)
{
    const uint8_t *here = *event ? *event : section->bytes + 14;
    if (here == section->bytes + section->length - 4)
        return NULL;
    *event = here + 12 + (field16(here + 10) & 0x0FFF);
    assert_true(*event <= section->bytes + section->length - 4);
    return here;
}

#endif
