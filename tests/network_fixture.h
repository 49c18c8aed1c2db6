/* A network of two multiplexes with school days, and what is read of their guides. */
#ifndef TESTS_NETWORK_FIXTURE_H
#define TESTS_NETWORK_FIXTURE_H

#include "tests/eit_reader.h"

#define SERVICES 3 /* of each of two multiplexes: service_ids 101-103 and 104-106 */
#define LESSON 2400
#define DAY 86400

static inline void begin_network(struct fixture *fixture, const char *guide, const char *delivery)
{
    char content[4096];
    int used = snprintf(content, sizeof content,
                        "<network network-id='0x2001' original-network-id='0x2001'>"
                        "<name xml:lang='zh'>示范网</name></network>\n%s",
                        guide);
    for (int m = 0; m < 2; m++) {
        used +=
            snprintf(content + used, sizeof content - (size_t)used,
                     "<multiplex name='m%d' transport-stream-id='%d' delivery='%s'>\n", m, m + 1, delivery);
        for (int s = m * SERVICES; s < (m + 1) * SERVICES; s++)
            used += snprintf(content + used, sizeof content - (size_t)used,
                             "<service id='s%d' service-id='%d'><name xml:lang='zh'>频道</name></service>\n",
                             s, 101 + s);
        used += snprintf(content + used, sizeof content - (size_t)used, "</multiplex>\n");
    }
    fixture_begin(fixture, content);
}

static inline void write_title(struct fixture *fixture, int service, unsigned event_id, int64_t start,
                               int64_t length, const char *title)
{
    char content[256];
    snprintf(content, sizeof content, "<title xml:lang='zh'>%s</title>", title);
    fixture_add(fixture, "lesson", service, event_id, start, length, content);
}

/* Fourteen lessons a day on a service from midnight UTC on; a day of them has other titles. */
static inline void write_days(struct fixture *fixture, int service, int from, int until, int other_day)
{
    for (int day = from; day < until; day++)
        for (int n = 0; n < 14; n++)
            write_title(fixture, service, (unsigned)(day * 14 + n + 1),
                        FIXTURE_MIDNIGHT + day * (int64_t)DAY + n * LESSON, LESSON,
                        day == other_day ? "雨" : "水的循环");
}

static inline uint8_t version_of(const struct read_section *section)
{
    return section->bytes[5] >> 1 & 0x1F;
}

static inline bool is_of(const struct read_section *section, uint8_t table_id, uint16_t service_id)
{
    return section->bytes[0] == table_id && field16(section->bytes + 3) == service_id;
}

static inline const struct read_section *find_section(const struct reader *reader, uint8_t table_id,
                                                      uint16_t service_id, uint8_t number)
{
    for (size_t i = 0; i < reader->count; i++)
        if (is_of(&reader->sections[i], table_id, service_id) && reader->sections[i].bytes[6] == number)
            return &reader->sections[i];
    return NULL;
}

static inline void read_pages(struct reader *reader, int pages)
{
    for (int i = 0; i < pages; i++)
        reader_page(reader);
}

/* The events of a section, without the components that only present and following have. */
static inline void assert_same_events(const struct read_section *one, const struct read_section *other)
{
    assert_non_null(one);
    assert_non_null(other);
    assert_int_equal(one->length, other->length);
    assert_memory_equal(one->bytes + 14, other->bytes + 14, one->length - 18);
}

/* Every section of these tables comes again within `seconds`; returns how many different ones there are. */
static inline size_t check_repetition(const struct reader *reader, uint8_t first, uint8_t last,
                                      double seconds)
{
    static int64_t seen[2 * SERVICES][32][256];
    size_t count = 0;
    memset(seen, -1, sizeof seen);
    for (size_t i = 0; i < reader->count; i++) {
        const struct read_section *section = &reader->sections[i];
        if (section->bytes[0] < first || section->bytes[0] > last)
            continue;
        int64_t *before = &seen[field16(section->bytes + 3) - 101][section->bytes[0] & 31][section->bytes[6]];
        const int64_t since = *before >= 0 ? *before : 0;
        count += *before < 0;
        assert_true((double)(section->last - since) / reader->slots < seconds);
        *before = section->last;
    }
    for (size_t i = 0; i < 2 * SERVICES * 32 * 256; i++) { /* and until the end */
        const int64_t before = (&seen[0][0][0])[i];
        assert_true(before < 0 || (double)(reader->now - before) / reader->slots < seconds);
    }
    return count;
}

#endif
