/* The EIT lane as TR 101 290 looks at it: distances, repetition, and guides that are too large. Continuity,
 * whole sections and pages of 16 n packets are checked by the reader in every test. */
#include "tests/epg_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "tests/eit_reader.h"

#define TITLES                                                                                               \
    "<title xml:lang='zh'>水的循环</title><title xml:lang='en'>The water cycle</title>"                  \
    "<description xml:lang='zh'>云从哪里来，雨到哪里去。</description>"

/* Lessons of `length` seconds back to back over [from, until) on a service. */
static void write_run(struct fixture *fixture, int service, int64_t from, int64_t until, int64_t length,
                      const char *content)
{
    unsigned event_id = 1;
    for (int64_t at = from; at < until; at += length)
        fixture_add(fixture, "lesson", service, event_id++ % 65534 + 1, at, length, content);
}

/* School days of `days` days on every service: 14 lessons and breaks from midnight UTC on. */
static void write_school(struct fixture *fixture, int services, int days)
{
    for (int i = 0; i < services; i++) {
        unsigned event_id = 1;
        for (int d = 0; d < days; d++)
            for (int n = 0; n < 14; n++)
                fixture_add(fixture, "lesson", i, event_id++, FIXTURE_MIDNIGHT + d * 86400 + n * 2400, 1200,
                            n % 2 ? "<title xml:lang='zh'>数学</title>" : TITLES);
    }
}

/* Every section that is seen again is so within `seconds`, and what is in the last page was so in time. */
static void check_repetition(const struct reader *reader, uint8_t first_table, uint8_t last_table,
                             double seconds)
{
    static int64_t seen[32][4][256]; /* by service, table and number: slot, 0 for never */
    memset(seen, 0, sizeof seen);
    for (size_t i = 0; i < reader->count; i++) {
        const struct read_section *section = &reader->sections[i];
        if (section->bytes[0] < first_table || section->bytes[0] > last_table)
            continue;
        int64_t *last = &seen[field16(section->bytes + 3) - 101][section->bytes[0] & 3][section->bytes[6]];
        if (*last)
            assert_true(reader_ms(reader, section->last + 1 - *last) < 1000 * seconds);
        *last = section->last + 1;
    }
}

/* Present sections leave in 25 ms a service and 50 ms, following ones in as much again where they fit in the
 * second. */
static void check_rounds(const struct reader *reader, int services)
{
    const double round = 25 * services + 50;
    for (size_t i = 0; i < reader->count; i++) {
        const struct read_section *section = &reader->sections[i];
        const double first = reader_ms(reader, section->first % reader->slots);
        const double end = reader_ms(reader, section->last % reader->slots + 1);
        if (section->bytes[0] != 0x4E || services > 23)
            continue;
        if (section->bytes[6] == 0)
            assert_true(end <= round);
        else /* a slot may be a part of a millisecond before the round */
            assert_true(first > round - reader_ms(reader, 1) && end <= (services <= 17 ? 2 * round : 1000));
    }
}

static void rules_hold_for_any_number_of_services(void **state)
{
    (void)state;
    const int services[] = {1, 2, 3, 5, 8, 12, 16, 17, 18, 20, 23, 24, 30};
    for (size_t i = 0; i < sizeof services / sizeof *services; i++) {
        struct fixture fixture;
        struct reader reader;
        fixture_begin_services(&fixture, services[i]);
        write_school(&fixture, services[i], 3);
        fixture_parse(&fixture);
        reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT + 86400 - 3 * EIT_PERIOD); /* over midnight UTC */
        for (int page = 0; page < 6; page++) {
            reader_page(&reader);
            assert_int_equal(reader.days, EIT_DAYS);
        }
        reader_check_distances(&reader);
        check_rounds(&reader, services[i]);
        check_repetition(&reader, 0x4E, 0x4E, services[i] <= 17 ? 1.001 : 2);
        check_repetition(&reader, 0x50, 0x51, 10);
        assert_in_range(reader_buffered(&reader), TS_PACKET, 512);
        reader_end(&reader);
        fixture_end(&fixture);
    }
}

/* Twelve grades, two weeks: over every midnight every section keeps its period, also into and out of
 * weekends. */
static void sections_keep_their_period_over_every_midnight(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    fixture_begin_services(&fixture, 12);
    for (int i = 0; i < 12; i++) {
        unsigned event_id = 1;
        for (int d = 0; d < 12; d++)
            for (int n = 0; n < 14 && d % 7 < 5; n++)
                fixture_add(&fixture, "lesson", i, event_id++, FIXTURE_MIDNIGHT + d * 86400 + n * 2400, 1200,
                            TITLES);
    }
    fixture_parse(&fixture);
    for (int64_t day = -8; day < 14; day++) {
        reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT + day * 86400 - 2 * EIT_PERIOD);
        for (int page = 0; page < 4; page++)
            reader_page(&reader);
        reader_check_distances(&reader);
        check_repetition(&reader, 0x50, 0x51, 10);
        reader_end(&reader);
    }
    fixture_end(&fixture);
}

/* Switching: a new present is on air within a second (12 services), and never before its start. */
static void present_follows_its_start_within_a_second(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    const int64_t start = FIXTURE_MIDNIGHT + 11;
    fixture_begin_services(&fixture, 12);
    for (int i = 0; i < 12; i++)
        fixture_add(&fixture, "lesson", i, 77, start, 60, TITLES);
    fixture_parse(&fixture);
    reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
    reader_page(&reader);
    reader_page(&reader);
    unsigned seen = 0;
    for (size_t i = 0; i < reader.count; i++) {
        const struct read_section *section = &reader.sections[i];
        const uint8_t *more = NULL;
        if (section->bytes[0] != 0x4E || section->bytes[6] != 0)
            continue;
        bool running = next_event(section, &more) != NULL;
        assert_int_equal(running, section_second(&reader, section) >= start);
        seen += running && section_second(&reader, section) == start;
    }
    assert_int_equal(seen, 12);
    reader_end(&reader);
    fixture_end(&fixture);
}

static bool is_reported(const struct fixture *fixture, const char *words)
{
    for (size_t i = 0; i < fixture->diagnostics.count; i++)
        if (strstr(fixture->diagnostics.list[i].text, words))
            return true;
    return false;
}

/* A lesson each five minutes, day and night, on every service: the furthest days are left out, the rest stays
 * whole and keeps every rule. */
static void large_guide_loses_its_furthest_days(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    fixture_begin_services(&fixture, 4);
    for (int i = 0; i < 4; i++)
        write_run(&fixture, i, FIXTURE_MIDNIGHT, FIXTURE_MIDNIGHT + 9 * 86400, 300, TITLES);
    fixture_parse(&fixture);
    reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
    assert_true(is_reported(&fixture, "days of it and not 8"));
    reader_page(&reader);
    reader_page(&reader);
    assert_in_range(reader.days, 1, EIT_DAYS - 1);
    reader_check_distances(&reader);
    check_repetition(&reader, 0x50, 0x51, 10);
    size_t events = 0;
    for (size_t i = 0; i < reader.count; i++) {
        const uint8_t *more = NULL;
        while (reader.sections[i].bytes[0] / 2 == 0x28 && next_event(&reader.sections[i], &more))
            events++;
    }
    assert_int_equal(events, 2 * 4 * reader.days * 288);
    reader_end(&reader);
    fixture_end(&fixture);
}

static void guide_that_fits_is_not_reported(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    fixture_begin_services(&fixture, 12);
    write_school(&fixture, 12, 5);
    fixture_parse(&fixture);
    reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
    assert_int_equal(fixture.diagnostics.warnings, 0);
    reader_end(&reader);
    fixture_end(&fixture);
}

/* Lessons of one second: eight sections do not hold three hours of them. The first stay, the others are
 * named. */
static void segment_that_overflows_keeps_its_first_events(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    fixture_begin_services(&fixture, 12);
    write_run(&fixture, 0, FIXTURE_MIDNIGHT, FIXTURE_MIDNIGHT + 1200, 1, TITLES);
    fixture_add(&fixture, "lesson", 0, 60000, FIXTURE_MIDNIGHT + 10800, 60, TITLES);
    fixture_parse(&fixture);
    reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
    assert_true(is_reported(&fixture, "eight sections"));
    reader_page(&reader);
    int64_t expected = FIXTURE_MIDNIGHT;
    for (int number = 0; number <= 8; number++)
        for (size_t i = 0; i < reader.count; i++) {
            const uint8_t *event, *more = NULL;
            if (reader.sections[i].bytes[0] != 0x50 || field16(reader.sections[i].bytes + 3) != 101 ||
                reader.sections[i].bytes[6] != number)
                continue;
            assert_int_equal(reader.sections[i].bytes[12], number < 8 ? 7 : 8);
            while ((event = next_event(&reader.sections[i], &more))) {
                assert_int_equal(from_time(event + 2), number < 8 ? expected : FIXTURE_MIDNIGHT + 10800);
                expected++;
            }
        }
    assert_in_range(expected - FIXTURE_MIDNIGHT, 100, 1199);
    assert_int_equal(fixture.diagnostics.warnings, 1200 - (expected - 1 - FIXTURE_MIDNIGHT));
    reader_end(&reader);
    fixture_end(&fixture);
}

/* One service fills the lane, the others are empty: turns do not help, the distance must be waited for. */
static void one_large_service_among_empty_ones(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    fixture_begin_services(&fixture, 12);
    write_run(&fixture, 7, FIXTURE_MIDNIGHT, FIXTURE_MIDNIGHT + 8 * 86400, 360, TITLES);
    fixture_parse(&fixture);
    reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
    for (int page = 0; page < 3; page++)
        reader_page(&reader);
    assert_in_range(reader.days, 4, EIT_DAYS);
    reader_check_distances(&reader);
    check_repetition(&reader, 0x50, 0x51, 10);
    reader_end(&reader);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rules_hold_for_any_number_of_services),
        cmocka_unit_test(sections_keep_their_period_over_every_midnight),
        cmocka_unit_test(present_follows_its_start_within_a_second),
        cmocka_unit_test(large_guide_loses_its_furthest_days),
        cmocka_unit_test(guide_that_fits_is_not_reported),
        cmocka_unit_test(segment_that_overflows_keeps_its_first_events),
        cmocka_unit_test(one_large_service_among_empty_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
