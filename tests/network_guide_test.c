/* The guides of a network: what multiplexes tell of one another, how deep, what is left out when it is too
 * much, and receivers with quirks. */
#include "tests/epg_fixture.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "epg/si_budget.h"
#include "tests/network_fixture.h"

/* --- others */

static void multiplexes_tell_of_one_another(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader own, other;
    begin_network(&fixture, "<guide others='schedule' other-days='8'/>", "dvb-c 256qam 6875000");
    for (int s = 0; s < 2 * SERVICES; s++)
        write_days(&fixture, s, 0, 8, -1);
    fixture_parse(&fixture);
    reader_begin_on(&own, &fixture, 0, FIXTURE_MIDNIGHT + 800);
    reader_begin_on(&other, &fixture, 1, FIXTURE_MIDNIGHT + 800);
    read_pages(&own, 2);
    read_pages(&other, 2);
    for (uint16_t id = 101; id < 101 + 2 * SERVICES; id++) {
        struct reader *here = id < 104 ? &own : &other, *there = id < 104 ? &other : &own;
        for (uint8_t number = 0; number < 2; number++) {
            const struct read_section *actual = find_section(here, 0x4E, id, number);
            const struct read_section *told = find_section(there, 0x4F, id, number);
            assert_same_events(actual, told);
            assert_int_equal(version_of(actual), version_of(told));
            assert_int_equal(told->bytes[13], 0x4F);
            assert_int_equal(field16(told->bytes + 8), id < 104 ? 1 : 2); /* whose it is, not where */
        }
        for (uint8_t table = 0; table < 2; table++)
            for (int number = 0; number < 256; number++) {
                const struct read_section *actual =
                    find_section(here, (uint8_t)(0x50 + table), id, (uint8_t)number);
                const struct read_section *told =
                    find_section(there, (uint8_t)(0x60 + table), id, (uint8_t)number);
                assert_int_equal(actual != NULL, told != NULL);
                if (!actual)
                    continue;
                assert_same_events(actual, told);
                assert_int_equal(version_of(actual), version_of(told));
                assert_memory_equal(actual->bytes + 6, told->bytes + 6, 7);
                assert_int_equal(told->bytes[13], actual->bytes[13] + 0x10);
            }
        assert_null(find_section(there, 0x4E, id, 0));
        assert_null(find_section(here, 0x4F, id, 0));
    }
    reader_end(&own);
    reader_end(&other);
    fixture_end(&fixture);
}

/* Any two sections with this table_id keep their distance. */
static void check_any_two(const struct reader *reader, uint8_t table_id)
{
    int64_t last = -1;
    for (size_t i = 0; i < reader->count; i++) {
        if (reader->sections[i].bytes[0] != table_id)
            continue;
        assert_true(last < 0 || reader_ms(reader, reader->sections[i].first - last) >= 26);
        last = reader->sections[i].last;
    }
    assert_true(last >= 0);
}

static void others_are_told_in_time(void **state)
{
    (void)state;
    static const struct {
        const char *delivery;
        double actual, later, other;
    } cases[] = {{"dvb-c 256qam 6875000", 10, 30, 10}, {"dtmb 16qam 0.8 pn595", 30, 30, 60}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        struct reader reader;
        begin_network(&fixture, "<guide others='schedule' other-days='2' days='20'/>", cases[i].delivery);
        for (int s = 0; s < 2 * SERVICES; s++)
            write_days(&fixture, s, 0, 21, -1);
        fixture_parse(&fixture);
        assert_int_equal(fixture.diagnostics.warnings, 0);
        reader_begin_on(&reader, &fixture, 0, FIXTURE_MIDNIGHT + DAY - 15 * EIT_PERIOD); /* over midnight */
        read_pages(&reader, 30);
        assert_int_equal(reader.days, 20);
        assert_int_equal(check_repetition(&reader, 0x4E, 0x4E, 1.001), 2 * SERVICES);
        assert_int_equal(check_repetition(&reader, 0x4F, 0x4F, 10), 2 * SERVICES);
        assert_int_equal(check_repetition(&reader, 0x50, 0x51, cases[i].actual), 2 * 27 * SERVICES);
        assert_true(check_repetition(&reader, 0x52, 0x54, cases[i].later) == 3 * 27 * SERVICES);
        assert_true(check_repetition(&reader, 0x60, 0x60, cases[i].other) == 11 * SERVICES);
        assert_int_equal(check_repetition(&reader, 0x61, 0x6F, 0), 0);
        check_any_two(&reader, 0x4F);
        check_any_two(&reader, 0x60);
        reader_end(&reader);
        fixture_end(&fixture);
    }
}

/* What changes elsewhere is told within the period, at once from then on, and never before. */
static void others_present_follows(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    const int64_t start = FIXTURE_MIDNIGHT + 19;
    begin_network(&fixture, "", "dvb-c 256qam 6875000");
    for (int s = 0; s < 2 * SERVICES; s++)
        write_title(&fixture, s, 7, start, 60, "水");
    fixture_parse(&fixture);
    reader_begin_on(&reader, &fixture, 0, FIXTURE_MIDNIGHT);
    read_pages(&reader, 4);
    size_t running = 0;
    for (size_t i = 0; i < reader.count; i++) {
        const struct read_section *section = &reader.sections[i];
        const uint8_t *more = NULL;
        if (section->bytes[0] != 0x4F || section->bytes[6] != 0)
            continue;
        bool present = next_event(section, &more) != NULL;
        assert_int_equal(present, section_second(&reader, section) >= start);
        running += present && section_second(&reader, section) < start + EIT_PERIOD;
    }
    assert_int_equal(running, SERVICES);
    assert_null(find_section(&reader, 0x60, 104, 0));
    reader_end(&reader);
    fixture_end(&fixture);
}

/* Sixty-four days: all tables up to the last, those between without events as one empty section. */
static void sixty_four_days_have_sixteen_tables(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    begin_network(&fixture, "<guide days='64' others='none'/>", "dvb-c 256qam 6875000");
    write_title(&fixture, 0, 1, FIXTURE_MIDNIGHT + 100, LESSON, "水");
    write_title(&fixture, 0, 2, FIXTURE_MIDNIGHT + INT64_C(63) * DAY + 80000, LESSON, "雨");
    fixture_parse(&fixture);
    reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
    read_pages(&reader, 4);
    assert_int_equal(reader.days, 64);
    for (uint8_t table_id = 0x50; table_id <= 0x5F; table_id++) {
        const struct read_section *section = find_section(&reader, table_id, 101, 0);
        assert_non_null(section);
        assert_int_equal(section->bytes[13], 0x5F);
        if (table_id > 0x50 && table_id < 0x5F)
            assert_int_equal(section->bytes[7], 0);
        assert_int_equal(section->length == 18, table_id != 0x50);
    }
    assert_int_equal(find_section(&reader, 0x5F, 101, 0)->bytes[7], 31 * 8);
    assert_true(find_section(&reader, 0x5F, 101, 31 * 8)->length > 18);
    assert_int_equal(find_section(&reader, 0x50, 102, 0)->bytes[13], 0x50);
    reader_end(&reader);
    fixture_end(&fixture);
}

/* --- depth */

static bool is_reported(const struct fixture *fixture, enum severity severity, const char *words)
{
    for (size_t i = 0; i < fixture->diagnostics.count; i++)
        if (fixture->diagnostics.list[i].severity == severity &&
            strstr(fixture->diagnostics.list[i].text, words))
            return true;
    return false;
}

enum left_out { NOTHING, DAYS_OF_OTHERS, DAYS, EXTENDED_EVENTS, ALL };

/* What is missing of eight days, also of others. */
static enum left_out find_left_out(const struct eit_depth *depth)
{
    if (depth->days == 0)
        return ALL;
    if (!depth->extended)
        return EXTENDED_EVENTS;
    if (depth->days < 8) {
        assert_int_equal(depth->other_days, 0);
        return DAYS;
    }
    return depth->other_days < 8 ? DAYS_OF_OTHERS : NOTHING;
}

static void write_long(struct fixture *fixture, int length, int words)
{
    GString *content = g_string_new("<title xml:lang='zh'>水的循环</title><description xml:lang='zh'>");
    for (int i = 0; i < words; i++)
        g_string_append(content, "云从哪里来");
    g_string_append(content, "</description>");
    for (int s = 0; s < 2 * SERVICES; s++) /* day and night */
        for (int at = 0; at < 9 * DAY; at += length)
            fixture_add(fixture, "lesson", s, (unsigned)(at / length) + 1, FIXTURE_MIDNIGHT + at, length,
                        content->str);
    g_string_free(content, TRUE);
}

/* Days of others go first, then the furthest days, then extended events; then it is refused. */
static void what_does_not_fit_is_left_out_in_order(void **state)
{
    (void)state;
    static const struct {
        int length, words;
        enum left_out left_out;
    } cases[] = {{2400, 1, NOTHING},
                 {1800, 6, DAYS_OF_OTHERS},
                 {3600, 60, DAYS},
                 {1200, 60, EXTENDED_EVENTS},
                 {300, 60, ALL}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct fixture fixture;
        struct reader reader;
        begin_network(&fixture, "<guide others='schedule' other-days='8'/>", "dvb-c 256qam 6875000");
        write_long(&fixture, cases[i].length, cases[i].words);
        fixture_parse(&fixture);
        const struct eit_depth *depth = &network_guide_lane(fixture.guide, 0)->depth;
        reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT + 4 * EIT_PERIOD);
        assert_int_equal(find_left_out(depth), cases[i].left_out);
        assert_int_equal(si_fits(reader.si), cases[i].left_out != ALL);
        assert_int_equal(is_reported(&fixture, SEVERITY_ERROR, "does not fit"), cases[i].left_out == ALL);
        assert_int_equal(is_reported(&fixture, SEVERITY_WARNING, "of its EIT"),
                         cases[i].left_out != ALL && cases[i].left_out != NOTHING);
        read_pages(&reader, 3);
        assert_int_equal(reader.days, depth->days);
        reader_check_distances(&reader);
        check_repetition(&reader, 0x4E, 0x4E, 1.001);
        check_repetition(&reader, 0x50, 0x6F, 10);
        reader_end(&reader);
        fixture_end(&fixture);
    }
}

/* Present sections that are too large for their round are told at once, and take no more time than is said.
 */
static void large_present_sections_are_reported(void **state)
{
    (void)state;
    GString *titles = g_string_new("");
    static const char *const languages[] = {"zh", "bo", "ug", "mn", "kk"};
    for (size_t i = 0; i < sizeof languages / sizeof *languages; i++) {
        g_string_append_printf(titles, "<title xml:lang='%s'>", languages[i]);
        for (int n = 0; n < 30; n++)
            g_string_append(titles, "水的");
        g_string_append(titles, "</title>");
    }
    for (int large = 0; large < 2; large++) {
        struct fixture fixture;
        struct reader reader;
        fixture_begin_services(&fixture, 12);
        for (int s = 0; s < 12; s++)
            fixture_add(&fixture, "lesson", s, 1, FIXTURE_MIDNIGHT, LESSON,
                        large ? titles->str : "<title xml:lang='zh'>水的循环</title>");
        fixture_parse(&fixture);
        reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
        reader_page(&reader);
        double latest = 0;
        for (size_t i = 0; i < reader.count; i++)
            if (reader.sections[i].bytes[0] == 0x4E && reader.sections[i].bytes[6] == 0)
                latest = fmax(latest, reader_ms(&reader, reader.sections[i].last % reader.slots + 1));
        assert_int_equal(latest > 350, large);
        assert_int_equal(is_reported(&fixture, SEVERITY_WARNING, "ms after it begins"), large);
        reader_check_distances(&reader);
        reader_end(&reader);
        fixture_end(&fixture);
    }
    g_string_free(titles, TRUE);
}

/* --- receivers that are not as they should be */

/* The sections of this number on consecutive days: the version changes when the events do, and only then. */
static void each_section_counts_its_versions(void **state)
{
    (void)state;
    struct fixture fixture;
    int before[256], changes = 0, kept = 0;
    begin_network(&fixture, "<guide profile='simple-versions'/>", "dvb-c 256qam 6875000");
    write_days(&fixture, 0, 0, 2, -1);
    write_days(&fixture, 0, 4, 5, -1);
    fixture_parse(&fixture);
    memset(before, -1, sizeof before);
    for (int day = -9; day < 6; day++) {
        struct reader reader;
        reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT + day * DAY);
        reader_page(&reader);
        for (int number = 0; number < 256; number++) {
            const struct read_section *section = find_section(&reader, 0x50, 101, (uint8_t)number);
            const int now = section ? (int)section->length << 5 | version_of(section) : -1;
            if (section && section->length > 18 && before[number] > 0) {
                assert_int_not_equal(now & 31, before[number] & 31);
                changes++;
            }
            if (section && section->length == 18 && before[number] >> 5 == 18) {
                assert_int_equal(now & 31, before[number] & 31);
                kept++;
            }
            before[number] = now;
        }
        reader_end(&reader);
    }
    assert_true(changes > 8 && kept > 8);
    fixture_end(&fixture);
}

/* One event a section, where eight are enough; no more sections than eight. */
static void one_event_a_section(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    begin_network(&fixture, "<guide profile='simple'/>", "dvb-c 256qam 6875000");
    write_days(&fixture, 0, 0, 1, -1);
    for (int n = 0; n < 9; n++) /* the second day's first three hours: one too many */
        write_title(&fixture, 0, (unsigned)(100 + n), FIXTURE_MIDNIGHT + DAY + n * 1200, 1200, "水");
    fixture_parse(&fixture);
    reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
    reader_page(&reader);
    size_t events = 0;
    for (size_t i = 0; i < reader.count; i++) {
        const uint8_t *more = NULL;
        size_t here = 0;
        if (!is_of(&reader.sections[i], 0x50, 101))
            continue;
        while (next_event(&reader.sections[i], &more))
            here++;
        assert_true(here <= 1 || reader.sections[i].bytes[6] / 8 == 8);
        events += here;
    }
    assert_int_equal(events, 14 + 9);
    reader_end(&reader);
    fixture_end(&fixture);
}

/* --- budget */

/* What check prints is what a receiver measures. */
static void budget_is_what_is_sent(void **state)
{
    (void)state;
    struct fixture fixture;
    struct reader reader;
    struct si_budget budget;
    begin_network(&fixture, "<guide days='12' others='schedule'/>", "dvb-c 256qam 6875000");
    for (int s = 0; s < 2 * SERVICES; s++)
        write_days(&fixture, s, 0, 12, -1);
    fixture_parse(&fixture);
    reader_begin(&reader, &fixture, FIXTURE_MIDNIGHT);
    assert_true(si_budget_init(&budget, reader.si));
    read_pages(&reader, 9);
    const struct si_budget_row *rows = budget.rows;
    assert_int_equal(rows[SI_BUDGET_STATE_ACTUAL].sections, check_repetition(&reader, 0x4E, 0x4E, 2));
    assert_int_equal(rows[SI_BUDGET_STATE_OTHER].sections, check_repetition(&reader, 0x4F, 0x4F, 10));
    assert_int_equal(rows[SI_BUDGET_PRIME_ACTUAL].sections,
                     check_repetition(&reader, 0x50, 0x51, rows[SI_BUDGET_PRIME_ACTUAL].cycle + 0.001));
    assert_int_equal(rows[SI_BUDGET_LATER_ACTUAL].sections,
                     check_repetition(&reader, 0x52, 0x5F, rows[SI_BUDGET_LATER_ACTUAL].cycle + 0.001));
    assert_int_equal(rows[SI_BUDGET_PRIME_OTHER].sections,
                     check_repetition(&reader, 0x60, 0x6F, rows[SI_BUDGET_PRIME_OTHER].cycle + 0.001));
    assert_int_equal(rows[SI_BUDGET_PAT].sections, 1);
    assert_int_equal(rows[SI_BUDGET_PMT].sections, SERVICES);
    for (int i = 0; i < SI_BUDGET_TABLES; i++)
        assert_true(rows[i].cycle < rows[i].limit);
    assert_true(budget.eit_packets < budget.eit_slots);
    reader_end(&reader);
    fixture_end(&fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiplexes_tell_of_one_another),
        cmocka_unit_test(others_are_told_in_time),
        cmocka_unit_test(others_present_follows),
        cmocka_unit_test(sixty_four_days_have_sixteen_tables),
        cmocka_unit_test(what_does_not_fit_is_left_out_in_order),
        cmocka_unit_test(large_present_sections_are_reported),
        cmocka_unit_test(each_section_counts_its_versions),
        cmocka_unit_test(one_event_a_section),
        cmocka_unit_test(budget_is_what_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
