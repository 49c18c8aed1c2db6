/* The guide on air: present/following and schedule as a receiver reads them, against the items that were
 * written down. */
#include "tests/epg_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "tests/eit_reader.h"

#define EVENTS_MAX 1024

struct event_written { /* the reference: what was put in the timetable, in order */
    int service;
    unsigned event_id;
    int64_t start, end;
};

struct book {
    struct fixture fixture;
    struct event_written events[EVENTS_MAX];
    size_t count;
};

static void write_event(struct book *book, int service, int64_t start, int64_t length, const char *content)
{
    unsigned event_id = 1000 + (unsigned)book->count;
    assert_true(book->count < EVENTS_MAX);
    fixture_add(&book->fixture, "lesson", service, event_id, start, length, content);
    book->events[book->count++] = (struct event_written){service, event_id, start, start + length};
}

static void write_title(struct book *book, int service, int64_t start, int64_t length)
{
    write_event(book, service, start, length, "<title xml:lang='zh'>水的循环</title>");
}

/* What is on at a second, by looking at all: EVENTS_MAX when nothing. */
static size_t present_at(const struct book *book, int service, int64_t second)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->events[i].service == service && book->events[i].start <= second &&
            second < book->events[i].end)
            return i;
    return EVENTS_MAX;
}

static size_t following_at(const struct book *book, int service, int64_t second)
{
    size_t next = EVENTS_MAX;
    for (size_t i = 0; i < book->count; i++)
        if (book->events[i].service == service && book->events[i].start > second &&
            (next == EVENTS_MAX || book->events[i].start < book->events[next].start))
            next = i;
    return next;
}

static bool is_soon(const struct book *book, int service, int64_t second)
{
    size_t following = following_at(book, service, second);
    return following < EVENTS_MAX && book->events[following].start - second <= 10;
}

/* The number of changes of present and following up to a second, by walking there from `from`. */
static unsigned changes_until(const struct book *book, int service, int64_t from, int64_t second)
{
    unsigned changes = 0;
    for (int64_t s = from; s < second; s++)
        changes += present_at(book, service, s) != present_at(book, service, s + 1) ||
                   following_at(book, service, s) != following_at(book, service, s + 1) ||
                   is_soon(book, service, s) != is_soon(book, service, s + 1);
    return changes;
}

static bool has_events(const struct book *book, int service, int64_t from_day, int64_t end_day)
{
    for (size_t i = 0; i < book->count; i++)
        if (book->events[i].service == service && book->events[i].start >= from_day * 86400 &&
            book->events[i].start < end_day * 86400)
            return true;
    return false;
}

/* Midnights at which one of the two tables of eight days had other sections than the day before. */
static unsigned table_changes(const struct book *book, int service, int index, int64_t day)
{
    unsigned changes = 0;
    for (int64_t d = FIXTURE_DAY - 30; d <= day; d++) {
        bool was_last = has_events(book, service, d - 1 + 4, d - 1 + 8);
        bool is_last = has_events(book, service, d + 4, d + 8);
        bool events = has_events(book, service, d - 1 + 4 * index, d - 1 + 4 * index + 4) ||
                      has_events(book, service, d + 4 * index, d + 4 * index + 4);
        changes += events || was_last != is_last;
    }
    return changes;
}

static void check_event(const struct book *book, size_t expected, const uint8_t *event,
                        unsigned running_status)
{
    assert_int_equal(field16(event), book->events[expected].event_id);
    assert_int_equal(from_time(event + 2), book->events[expected].start);
    assert_int_equal(from_length(event + 7), book->events[expected].end - book->events[expected].start);
    assert_int_equal(event[10] >> 4, running_status << 1);
}

/* One 0x4E section must say what holds in the second it is sent in. */
static void check_present_following(const struct book *book, const struct reader *reader,
                                    const struct read_section *section, int64_t from)
{
    int64_t second = section_second(reader, section);
    int service = field16(section->bytes + 3) - 101;
    bool following = section->bytes[6];
    const uint8_t *event = NULL, *more = NULL;
    size_t expected = following ? following_at(book, service, second) : present_at(book, service, second);

    assert_int_equal(section->bytes[7], 1);
    assert_int_equal(section->bytes[12], 1);
    assert_int_equal(section->bytes[13], 0x4E);
    assert_int_equal(section->bytes[5], 0xC1 | (changes_until(book, service, from, second) % 32) << 1);
    event = next_event(section, &more);
    if (expected == EVENTS_MAX) {
        assert_null(event);
        return;
    }
    assert_non_null(event);
    check_event(book, expected, event, !following ? 4 : is_soon(book, service, second) ? 2 : 1);
    assert_null(next_event(section, &more));
}

static void present_following_is_the_plan_at_every_second(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    struct reader reader;
    const int64_t at = FIXTURE_MIDNIGHT + 64;
    fixture_begin_services(&book.fixture, 3);
    for (int i = 0; i < 20; i++)
        write_title(&book, 0, at + 7 * i, 7); /* back to back, more than 32 states */
    for (int i = 0; i < 20; i++)
        write_title(&book, 1, at + 11 * i, 5 + i % 3 * 3);            /* gaps, and none */
    fixture_add(&book.fixture, "filler", 1, 7, at + 11 * 20, 30, ""); /* no title: a gap */
    write_title(&book, 1, at + 11 * 20 + 30, 60);
    fixture_parse(&book.fixture);
    reader_begin(&reader, &book.fixture, at - 32);
    for (int i = 0; i < 50; i++)
        reader_page(&reader);
    size_t checked = 0;
    for (size_t i = 0; i < reader.count; i++)
        if (reader.sections[i].bytes[0] == 0x4E) {
            check_present_following(&book, &reader, &reader.sections[i], at - 40);
            checked++;
        }
    assert_int_equal(checked, 50 * EIT_PERIOD * 3 * 2);
    reader_end(&reader);
    fixture_end(&book.fixture);
}

struct sub_table { /* what a receiver has of one table of a service */
    const struct read_section *sections[256];
    int last; /* last_section_number; -1: no section */
    uint8_t last_table_id;
};

static struct sub_table collect(const struct reader *reader, uint16_t service_id, uint8_t table_id,
                                unsigned version)
{
    struct sub_table table = {.last = -1};
    for (size_t i = 0; i < reader->count; i++) {
        const uint8_t *bytes = reader->sections[i].bytes;
        if (bytes[0] != table_id || field16(bytes + 3) != service_id)
            continue;
        assert_int_equal(bytes[5], 0xC1 | (version % 32) << 1);
        assert_int_equal(bytes[1] & 0xF0, 0xF0);
        assert_null(table.sections[bytes[6]]); /* once a page */
        table.sections[bytes[6]] = &reader->sections[i];
        assert_true(table.last == -1 || table.last == bytes[7]);
        assert_true(table.last == -1 || table.last_table_id == bytes[13]);
        table.last = bytes[7];
        table.last_table_id = bytes[13];
    }
    return table;
}

/* Every section that the numbers promise is there, and no other (TR 101 211 4.1.4.2). */
static void check_numbers(const struct sub_table *table)
{
    for (int number = 0; number < 256; number++) {
        const struct read_section *section = table->sections[number];
        const struct read_section *first = table->sections[number & ~7];
        if (number > table->last) {
            assert_null(section);
            continue;
        }
        assert_non_null(first);
        assert_true(first->bytes[12] >= (number & ~7) && first->bytes[12] <= (number | 7));
        assert_int_equal(section != NULL, number <= first->bytes[12]);
        if (section)
            assert_int_equal(section->bytes[12], first->bytes[12]);
    }
    if (table->last >= 0)
        assert_non_null(table->sections[table->last]);
}

/* The schedule of a service lists exactly the events that start in [day, day + days), in order and in place.
 */
static size_t check_schedule(const struct book *book, const struct reader *reader, int service, int64_t day,
                             int days)
{
    size_t found = 0, expected = 0;
    int64_t last_start = INT64_MIN;
    for (int index = 0; index < 2; index++) {
        struct sub_table table = collect(reader, (uint16_t)(101 + service), (uint8_t)(0x50 + index),
                                         table_changes(book, service, index, day));
        check_numbers(&table);
        assert_true(index > 0 || table.last >= 0);
        for (int number = 0; number <= table.last; number++) {
            const uint8_t *event, *more = NULL;
            while (table.sections[number] && (event = next_event(table.sections[number], &more))) {
                int64_t start = from_time(event + 2);
                size_t which = present_at(book, service, start);
                assert_int_equal((start - day * 86400) / 10800, index * 32 + number / 8);
                assert_true(start > last_start);
                check_event(book, which, event, 0);
                last_start = start;
                found++;
            }
        }
    }
    for (size_t i = 0; i < book->count; i++)
        expected += book->events[i].service == service && book->events[i].start >= day * 86400 &&
                    book->events[i].start < (day + days) * 86400;
    assert_int_equal(found, expected);
    return found;
}

/* A school week on service 0: 08:00 to 17:30 in Beijing, which is 00:00 to 09:30 UTC. */
static void write_week(struct book *book, int service, int64_t day)
{
    for (int d = 0; d < 5; d++)
        for (int64_t t = 0; t < 9 * 3600 + 1800; t += 2400)
            write_event(book, service, (day + d) * 86400 + t, 1200,
                        "<title xml:lang='zh'>水的循环</title><title xml:lang='en'>The water cycle</title>"
                        "<description xml:lang='zh'>云从哪里来，雨到哪里去。</description>");
}

static void schedule_lists_eight_days_from_midnight_utc(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    fixture_begin_services(&book.fixture, 2);
    write_week(&book, 0, FIXTURE_DAY);
    write_week(&book, 0, FIXTURE_DAY + 7);
    fixture_parse(&book.fixture);
    for (int64_t d = -9; d < 14; d++) {
        struct reader reader;
        reader_begin(&reader, &book.fixture, (FIXTURE_DAY + d) * 86400);
        reader_page(&reader);
        assert_int_equal(reader.days, EIT_DAYS);
        size_t found = check_schedule(&book, &reader, 0, FIXTURE_DAY + d, EIT_DAYS);
        check_schedule(&book, &reader, 1, FIXTURE_DAY + d, EIT_DAYS);
        if (d == -9)
            assert_int_equal(found, 0);
        if (d >= 0 && d < 5) /* six school days of 15 lessons */
            assert_int_equal(found, 90);
        reader_end(&reader);
    }
    fixture_end(&book.fixture);
}

/* 00:00 UTC is 08:00 in Beijing: a lesson is on air while all the schedule's numbers shift by a day. */
static void midnight_utc_with_a_lesson_on_air(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    struct reader before, after;
    const int64_t midnight = FIXTURE_MIDNIGHT + 86400;
    fixture_begin_services(&book.fixture, 2);
    write_title(&book, 0, midnight - 600, 1200);       /* 07:50 to 08:10 */
    write_title(&book, 0, midnight + 3600, 1200);      /* 09:00 */
    write_title(&book, 0, midnight + 4 * 86400, 1200); /* the first event of another table_id */
    fixture_parse(&book.fixture);

    reader_begin(&before, &book.fixture, midnight - EIT_PERIOD);
    reader_page(&before);
    struct sub_table table = collect(&before, 101, 0x50, table_changes(&book, 0, 0, FIXTURE_DAY));
    const uint8_t *more = NULL;
    check_event(&book, 0, next_event(table.sections[7 * 8], &more), 0); /* 21:00 UTC of the first day */
    more = NULL;
    check_event(&book, 1, next_event(table.sections[8 * 8], &more), 0);
    assert_int_equal(table.last, 64);
    assert_int_equal(table.last_table_id, 0x51);
    assert_int_equal(collect(&before, 101, 0x51, table_changes(&book, 0, 1, FIXTURE_DAY)).last,
                     8 * 8); /* five days ahead */
    check_schedule(&book, &before, 0, FIXTURE_DAY, EIT_DAYS);

    reader_begin(&after, &book.fixture, midnight);
    reader_page(&after);
    table = collect(&after, 101, 0x50, table_changes(&book, 0, 0, FIXTURE_DAY + 1));
    more = NULL;
    check_event(&book, 1, next_event(table.sections[0], &more), 0);
    assert_int_equal(table.last, 0);
    assert_int_equal(collect(&after, 101, 0x51, table_changes(&book, 0, 1, FIXTURE_DAY + 1)).last, 0);
    check_schedule(&book, &after, 0, FIXTURE_DAY + 1, EIT_DAYS);
    for (size_t i = 0; i < after.count; i++)
        if (after.sections[i].bytes[0] == 0x4E)
            check_present_following(&book, &after, &after.sections[i], midnight - 700);
    reader_end(&before);
    reader_end(&after);
    fixture_end(&book.fixture);
}

static void service_without_events_has_one_empty_section(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    struct reader reader;
    fixture_begin_services(&book.fixture, 2);
    fixture_parse(&book.fixture);
    reader_begin(&reader, &book.fixture, FIXTURE_MIDNIGHT);
    reader_page(&reader);
    for (uint16_t service_id = 101; service_id <= 102; service_id++) {
        struct sub_table table = collect(&reader, service_id, 0x50, 0);
        assert_int_equal(table.last, 0);
        assert_int_equal(table.last_table_id, 0x50);
        assert_int_equal(table.sections[0]->length, 18);
        assert_int_equal(table.sections[0]->bytes[12], 0);
        assert_int_equal(collect(&reader, service_id, 0x51, 0).last, -1);
    }
    for (size_t i = 0; i < reader.count; i++)
        if (reader.sections[i].bytes[0] == 0x4E)
            check_present_following(&book, &reader, &reader.sections[i], FIXTURE_MIDNIGHT);
    reader_end(&reader);
    fixture_end(&book.fixture);
}

/* The descriptors of one event, byte by byte. */
static void event_has_titles_text_and_genre(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    struct reader reader;
    fixture_begin_services(&book.fixture, 1);
    write_event(&book, 0, FIXTURE_MIDNIGHT + 60, 1200,
                "<title xml:lang='zh'>中文</title><title xml:lang='en'>Chinese</title>"
                "<description xml:lang='zh'>文</description><subject>小学语文</subject><grade>3</grade>");
    fixture_parse(&book.fixture);
    reader_begin(&reader, &book.fixture, FIXTURE_MIDNIGHT);
    reader_page(&reader);
    struct sub_table table = collect(&reader, 101, 0x50, table_changes(&book, 0, 0, FIXTURE_DAY));
    const uint8_t expected[] = "\x4D\x0C"
                               "eng\x07"
                               "Chinese\x00"
                               "\x4D\x0D" /* the timetable's first language last */
                               "chi\x05\x13\xD6\xD0\xCE\xC4\x03\x13\xCE\xC4"
                               "\x54\x02\x97\x31" /* Chinese in grade 3 */
                               "\x55\x04"
                               "CHN\x00";
    const uint8_t *more = NULL, *event = next_event(table.sections[0], &more);
    assert_int_equal(more - event, 12 + sizeof expected - 1);
    assert_memory_equal(event + 12, expected, sizeof expected - 1);
    reader_end(&reader);
    fixture_end(&book.fixture);
}

/* The components of the service follow in present and following, whose loop is longer by them. */
static void present_event_tells_its_components(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    struct reader reader;
    fixture_begin_services(&book.fixture, 1);
    write_event(&book, 0, FIXTURE_MIDNIGHT, 1200, "<title xml:lang='zh'>中文</title>");
    fixture_parse(&book.fixture);
    reader_begin(&reader, &book.fixture, FIXTURE_MIDNIGHT);
    reader_page(&reader);
    struct sub_table schedule = collect(&reader, 101, 0x50, table_changes(&book, 0, 0, FIXTURE_DAY));
    const struct read_section *present = reader.sections;
    while (present->bytes[0] != 0x4E || present->bytes[6] != 0)
        present++;
    const uint8_t components[] = "\x50\x06\xF5\x0B\x01"
                                 "chi"
                                 "\x50\x06\xF2\x03\x02"
                                 "chi";
    const uint8_t *more = NULL, *scheduled = next_event(schedule.sections[0], &more);
    const size_t length = (size_t)(more - scheduled);
    more = NULL;
    const uint8_t *event = next_event(present, &more);
    assert_int_equal(more - event, length + 16);
    assert_int_equal((event[10] & 0x0F) << 8 | event[11], length + 16 - 12);
    assert_memory_equal(event + 12, scheduled + 12, length - 12);
    assert_memory_equal(event + length, components, 16);
    reader_end(&reader);
    fixture_end(&book.fixture);
}

/* Every description that there is room for, of a text that is far too long, in many languages. */
static void event_of_any_size_fits(void **state)
{
    (void)state;
    static const char *const languages[] = {"zh", "en", "bo", "ug", "mn", "kk", "ko", "fr"};
    struct book book = {.count = 0};
    struct reader reader;
    GString *content = g_string_new("");
    for (size_t i = 0; i < G_N_ELEMENTS(languages); i++) {
        g_string_append_printf(content, "<title xml:lang='%s'>", languages[i]);
        for (int j = 0; j < 100; j++)
            g_string_append(content, "题");
        g_string_append_printf(content, "</title><description xml:lang='%s'>", languages[i]);
        for (int j = 0; j < 300; j++)
            g_string_append(content, "述");
        g_string_append(content, "</description>");
    }
    fixture_begin_services(&book.fixture, 1);
    write_event(&book, 0, FIXTURE_MIDNIGHT, 1200, content->str);
    fixture_parse(&book.fixture);
    reader_begin(&reader, &book.fixture, FIXTURE_MIDNIGHT);
    assert_true(book.fixture.diagnostics.count > 0);
    reader_page(&reader);
    struct sub_table table = collect(&reader, 101, 0x50, table_changes(&book, 0, 0, FIXTURE_DAY));
    const uint8_t *more = NULL, *event = next_event(table.sections[0], &more), *at = event + 12;
    assert_true(more - event <= 1085);
    const uint8_t *last = NULL;
    for (; at < more; at += 2 + at[1])
        if (at[0] == 0x4D) { /* name and text end inside the descriptor and between characters */
            assert_int_equal(5 + at[5] + at[6 + at[5]], at[1]);
            assert_int_equal(at[5] % 2, 1);
            assert_int_equal(at[6 + at[5]] % 2, 1);
            last = at;
        }
    assert_non_null(last);
    assert_memory_equal(last + 2, "chi\x77\x13\xCC\xE2", 7);
    assert_ptr_equal(at, more);
    reader_end(&reader);
    fixture_end(&book.fixture);
    g_string_free(content, TRUE);
}

/* The same page, from a page that has built others and from a new one. */
static void page_does_not_depend_on_what_was_built_before(void **state)
{
    (void)state;
    struct book book = {.count = 0};
    struct reader used, fresh;
    fixture_begin_services(&book.fixture, 2);
    write_week(&book, 0, FIXTURE_DAY);
    write_week(&book, 1, FIXTURE_DAY);
    fixture_parse(&book.fixture);
    for (int64_t at = FIXTURE_MIDNIGHT + 1200; at < FIXTURE_MIDNIGHT + 3 * 86400; at += 86400 - 1200) {
        reader_begin(&used, &book.fixture, at);
        eit_page_build(used.page, at / EIT_PERIOD + 5000);
        eit_page_build(used.page, at / EIT_PERIOD - 1);
        reader_begin(&fresh, &book.fixture, at);
        reader_page(&used);
        reader_page(&fresh);
        assert_int_equal(used.count, fresh.count);
        for (size_t i = 0; i < used.count; i++) {
            assert_int_equal(used.sections[i].first, fresh.sections[i].first);
            assert_int_equal(used.sections[i].length, fresh.sections[i].length);
            assert_memory_equal(used.sections[i].bytes, fresh.sections[i].bytes, used.sections[i].length);
        }
        reader_end(&used);
        reader_end(&fresh);
    }
    fixture_end(&book.fixture);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(present_following_is_the_plan_at_every_second),
        cmocka_unit_test(schedule_lists_eight_days_from_midnight_utc),
        cmocka_unit_test(midnight_utc_with_a_lesson_on_air),
        cmocka_unit_test(service_without_events_has_one_empty_section),
        cmocka_unit_test(event_has_titles_text_and_genre),
        cmocka_unit_test(present_event_tells_its_components),
        cmocka_unit_test(event_of_any_size_fits),
        cmocka_unit_test(page_does_not_depend_on_what_was_built_before),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
