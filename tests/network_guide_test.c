/* The guides of a network: what multiplexes tell of one another, how deep, what is left out when it is too
 * much, and how the guide of one timetable follows that of another on air. */
#include "tests/epg_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "epg/si_budget.h"
#include "tests/eit_reader.h"

#define SERVICES 3 /* of each of two multiplexes: service_ids 101-103 and 104-106 */
#define LESSON 2400
#define DAY 86400

/* --- stations and timetables */

static void begin_network(struct fixture *fixture, const char *guide, const char *delivery)
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

static void write_title(struct fixture *fixture, int service, unsigned event_id, int64_t start,
                        int64_t length, const char *title)
{
    char content[256];
    snprintf(content, sizeof content, "<title xml:lang='zh'>%s</title>", title);
    fixture_add(fixture, "lesson", service, event_id, start, length, content);
}

/* Fourteen lessons a day on a service from midnight UTC on; a day of them has other titles. */
static void write_days(struct fixture *fixture, int service, int from, int until, int other_day)
{
    for (int day = from; day < until; day++)
        for (int n = 0; n < 14; n++)
            write_title(fixture, service, (unsigned)(day * 14 + n + 1),
                        FIXTURE_MIDNIGHT + day * (int64_t)DAY + n * LESSON, LESSON,
                        day == other_day ? "雨" : "水的循环");
}

/* --- what is read */

static uint8_t version_of(const struct read_section *section)
{
    return section->bytes[5] >> 1 & 0x1F;
}

static bool is_of(const struct read_section *section, uint8_t table_id, uint16_t service_id)
{
    return section->bytes[0] == table_id && field16(section->bytes + 3) == service_id;
}

static const struct read_section *find_section(const struct reader *reader, uint8_t table_id,
                                               uint16_t service_id, uint8_t number)
{
    for (size_t i = 0; i < reader->count; i++)
        if (is_of(&reader->sections[i], table_id, service_id) && reader->sections[i].bytes[6] == number)
            return &reader->sections[i];
    return NULL;
}

static void read_pages(struct reader *reader, int pages)
{
    for (int i = 0; i < pages; i++)
        reader_page(reader);
}

/* The events of a section, without the components that only present and following have. */
static void assert_same_events(const struct read_section *one, const struct read_section *other)
{
    assert_non_null(one);
    assert_non_null(other);
    assert_int_equal(one->length, other->length);
    assert_memory_equal(one->bytes + 14, other->bytes + 14, one->length - 18);
}

/* Every section of these tables comes again within `seconds`; returns how many different ones there are. */
static size_t check_repetition(const struct reader *reader, uint8_t first, uint8_t last, double seconds)
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

/* --- tests: others */

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

/* --- tests: depth */

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

/* --- tests: one timetable follows another */

struct change { /* of a timetable */
    struct fixture before, after;
    struct guide_versions versions[2 * SERVICES];
};

/* Another title for a lesson of the second day on service 0, and of the sixth on service 1. */
static void begin_change(struct change *change, int64_t from)
{
    struct fixture *fixtures[] = {&change->before, &change->after};
    for (int i = 0; i < 2; i++) {
        begin_network(fixtures[i], "<guide others='schedule' other-days='8'/>", "dvb-c 256qam 6875000");
        for (int s = 0; s < 2 * SERVICES; s++)
            write_days(fixtures[i], s, 0, 12, i == 0 || s > 1 ? -1 : s == 0 ? 1 : 5);
        fixture_parse(fixtures[i]);
    }
    assert_true(network_guide_succeed(change->before.guide, change->after.guide, from, change->versions));
    network_guide_set_versions(change->after.guide, change->versions);
}

static void end_change(struct change *change)
{
    fixture_end(&change->before);
    fixture_end(&change->after);
}

/* From the second that is read next on, the other timetable is on air. */
static void change_over(struct reader *reader, struct fixture *after, size_t multiplex)
{
    const int64_t second = reader->start + reader->now / reader->slots;
    struct reader next;
    reader_begin_on(&next, after, multiplex, second / EIT_PERIOD * EIT_PERIOD);
    eit_page_free(&reader->page);
    si_free(&reader->si);
    reader->si = next.si;
    reader->page = next.page;
    assert_int_equal(next.slots, reader->slots);
    eit_page_build(reader->page, second / EIT_PERIOD);
    for (int64_t rest = EIT_PERIOD - second % EIT_PERIOD; rest > 0; rest--)
        reader_second(reader);
}

/* A sub_table's sections before and after a slot: of one version each, the next one when it changed. */
static void check_versions(const struct reader *reader, int64_t slot, uint8_t table_id, uint16_t service_id,
                           bool changed)
{
    int before = -1, after = -1;
    for (size_t i = 0; i < reader->count; i++) {
        const struct read_section *section = &reader->sections[i];
        if (!is_of(section, table_id, service_id))
            continue;
        int *version = section->first < slot ? &before : &after;
        assert_true(*version < 0 || *version == version_of(section));
        *version = version_of(section);
    }
    assert_true(before >= 0 && after >= 0);
    assert_int_equal(after, (before + changed) % 32);
}

/* In the middle of a page, on both multiplexes: what changed takes the next version at that second, the rest
 * keeps its own, counters and distances go on. */
static void a_change_holds_from_its_second(void **state)
{
    (void)state;
    const int64_t from = FIXTURE_MIDNIGHT + DAY + 1200 + 3;
    struct change change;
    begin_change(&change, from);
    for (size_t multiplex = 0; multiplex < 2; multiplex++) {
        struct reader reader;
        const uint8_t other = multiplex == 0 ? 0 : 0x10;
        reader_begin_on(&reader, &change.before, multiplex, (from / EIT_PERIOD - 2) * EIT_PERIOD);
        read_pages(&reader, 2);
        eit_page_build(reader.page, from / EIT_PERIOD);
        for (int i = 0; i < from % EIT_PERIOD; i++)
            reader_second(&reader);
        const int64_t slot = reader.now;
        change_over(&reader, &change.after, multiplex);
        read_pages(&reader, 2);
        reader_check_distances(&reader);
        check_repetition(&reader, 0x4E, 0x4E, 1.001);
        check_repetition(&reader, 0x50, 0x6F, 10);
        check_versions(&reader, slot, other ? 0x4F : 0x4E, 101, true); /* both lessons are of that day */
        check_versions(&reader, slot, other ? 0x4F : 0x4E, 102, false);
        for (uint16_t service = 0; service < SERVICES; service++)
            for (uint8_t table = 0; table < 2; table++)
                check_versions(&reader, slot, (uint8_t)(0x50 + other + table), (uint16_t)(101 + service),
                               service < 2 && service == table);
        for (uint16_t id = 104; id < 107; id++)
            check_versions(&reader, slot, other ? 0x50 : 0x60, id, false);
        reader_end(&reader);
    }
    end_change(&change);
}

/* Versions count on through any number of changes, and are the same for who starts with the last one. */
static void versions_count_on_and_wrap(void **state)
{
    (void)state;
    const int64_t from = FIXTURE_MIDNIGHT + DAY + 1200;
    struct change change;
    begin_change(&change, from);
    struct network_guide *guides[] = {change.after.guide, change.before.guide};
    struct guide_versions versions[2 * SERVICES];
    struct guide_state first = guide_at(network_guide_get(guides[0], 0), from);
    unsigned started = change.versions[0].state + first.ordinal;
    memcpy(versions, change.versions, sizeof versions);
    for (unsigned i = 1; i < 70; i++) {
        assert_true(network_guide_succeed(guides[(i + 1) % 2], guides[i % 2], from, versions));
        network_guide_set_versions(guides[i % 2], versions);
        struct guide_state now = guide_at(network_guide_get(guides[i % 2], 0), from);
        assert_int_equal((versions[0].state + now.ordinal) % 32, (started + i) % 32);
        assert_int_equal(versions[0].schedule[0], (change.versions[0].schedule[0] + i) % 32);
        assert_int_equal(versions[0].schedule[1], change.versions[0].schedule[1]);
        assert_int_equal(versions[1].schedule[1], (change.versions[1].schedule[1] + i) % 32);
        assert_memory_equal(&versions[2], &change.versions[2], sizeof versions[2]);
    }
    end_change(&change);
}

/* The pages of two guides of one plan in some seconds of every day. */
static void assert_same_pages(struct fixture *one, struct fixture *other, size_t multiplex)
{
    for (int64_t at = FIXTURE_MIDNIGHT - 2 * DAY; at < FIXTURE_MIDNIGHT + 13 * DAY; at += DAY / 2 + 1000) {
        struct reader readers[2];
        const int64_t second = at / EIT_PERIOD * EIT_PERIOD;
        reader_begin_on(&readers[0], one, multiplex, second);
        reader_begin_on(&readers[1], other, multiplex, second);
        for (int i = 0; i < 2; i++)
            reader_page(&readers[i]);
        assert_int_equal(readers[0].count, readers[1].count);
        for (size_t i = 0; i < readers[0].count; i++) {
            const struct read_section *a = &readers[0].sections[i], *b = &readers[1].sections[i];
            assert_int_equal(a->first, b->first);
            assert_int_equal(a->length, b->length);
            assert_memory_equal(a->bytes, b->bytes, a->length);
        }
        for (int i = 0; i < 2; i++)
            reader_end(&readers[i]);
    }
}

static void renewed_guide_is_as_a_new_one(void **state)
{
    (void)state;
    struct change change;
    begin_change(&change, FIXTURE_MIDNIGHT);
    struct network_guide *built = change.after.guide;
    change.after.guide = network_guide_renew(change.before.guide, change.after.plan, change.after.houses,
                                             change.versions, &change.after.diagnostics);
    assert_non_null(change.after.guide);
    for (size_t i = 0; i < 2 * SERVICES; i++)
        assert_int_equal(network_guide_get(change.after.guide, i)->unchanged, i > 1);
    network_guide_free(&change.before.guide); /* nothing of it is used any more */
    struct fixture whole = change.after;
    whole.guide = built;
    for (size_t multiplex = 0; multiplex < 2; multiplex++)
        assert_same_pages(&change.after, &whole, multiplex);
    network_guide_free(&built);
    end_change(&change);
}

/* --- tests: receivers that are not as they should be */

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

/* --- tests: budget */

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
        cmocka_unit_test(a_change_holds_from_its_second),
        cmocka_unit_test(versions_count_on_and_wrap),
        cmocka_unit_test(renewed_guide_is_as_a_new_one),
        cmocka_unit_test(each_section_counts_its_versions),
        cmocka_unit_test(one_event_a_section),
        cmocka_unit_test(budget_is_what_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
