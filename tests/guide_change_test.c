/* One timetable follows another on air: which versions change, and that nothing else does. */
#include "tests/epg_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

#include "tests/network_fixture.h"

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

/* --- any edit */

static uint32_t next_random(uint32_t *seed)
{
    *seed = *seed * UINT32_C(1664525) + UINT32_C(1013904223);
    return *seed >> 8;
}

/* School days of which some lessons are missing, have another title, or are late: the same for the same
 * seed, and of the same service the same for the same `edit`. */
static void begin_edited(struct fixture *fixture, uint32_t edit)
{
    begin_network(fixture, "<guide others='schedule' other-days='3'/>", "dvb-c 256qam 6875000");
    for (int s = 0; s < 2 * SERVICES; s++) {
        uint32_t seed = (edit >> s & 1) * (edit + 1) * 77 + (uint32_t)s;
        for (int day = 0; day < 9; day++)
            for (int n = 0; n < 14; n++) {
                const uint32_t fate = next_random(&seed) % 40;
                const int64_t at = FIXTURE_MIDNIGHT + (int64_t)day * DAY + n * LESSON + (fate == 1 ? 600 : 0);
                if (fate > 0 && (day > 4 ? fate < 3 : true))
                    write_title(fixture, s, (unsigned)(day * 14 + n + 1), at, 1200, fate == 2 ? "雨" : "水");
            }
    }
    fixture_parse(fixture);
}

/* All sections of a sub_table that a reader has from a slot on, in order of their numbers, without
 * version_number and CRC_32; sets *version. */
static GByteArray *collect_sub_table(const struct reader *reader, int64_t from, int64_t until,
                                     uint8_t table_id, uint16_t service_id, int *version)
{
    GByteArray *all = g_byte_array_new();
    *version = -1;
    for (int number = 0; number < 256; number++)
        for (size_t i = 0; i < reader->count; i++) {
            const struct read_section *section = &reader->sections[i];
            if (!is_of(section, table_id, service_id) || section->bytes[6] != number ||
                section->first < from || section->first >= until)
                continue;
            assert_true(*version == -1 || *version == version_of(section));
            *version = version_of(section);
            g_byte_array_append(all, section->bytes, 5);
            g_byte_array_append(all, section->bytes + 6, (guint)section->length - 10);
        }
    return all;
}

/* The same content has the same version, other content the next one. Returns whether it moved. */
static bool check_succession(const struct reader *old, const struct reader *new, int64_t from, int64_t until,
                             uint8_t table_id, uint16_t service_id)
{
    int before, after;
    GByteArray *one = collect_sub_table(old, from, until, table_id, service_id, &before);
    GByteArray *other = collect_sub_table(new, from, until, table_id, service_id, &after);
    const bool differ =
        one->len != other->len || (one->len > 0 && memcmp(one->data, other->data, one->len) != 0);
    const bool sent = one->len > 0 && other->len > 0;
    if (sent)
        assert_int_equal(after, (before + differ) % 32);
    g_byte_array_unref(one);
    g_byte_array_unref(other);
    return sent && differ;
}

/* Reads the page of a second before and after the edit, in both multiplexes; returns how many versions moved.
 */
static size_t check_edit(struct fixture *before, struct fixture *after, int64_t from)
{
    const int64_t start = from - from % EIT_PERIOD;
    struct reader old[2], new[2];
    size_t changed = 0;
    for (size_t m = 0; m < 2; m++) {
        reader_begin_on(&old[m], before, m, start);
        reader_begin_on(&new[m], after, m, start);
        reader_page(&old[m]);
        reader_page(&new[m]);
    }
    for (uint16_t id = 101; id < 101 + 2 * SERVICES; id++) {
        const size_t own = id >= 101 + SERVICES;
        const int64_t second = (from - start) * old[own].slots;
        changed += check_succession(&old[own], &new[own], second, second + old[own].slots, 0x4E, id);
        for (uint8_t table = 0; table < 2; table++) {
            changed += check_succession(&old[own], &new[own], 0, INT64_MAX, 0x50 + table, id);
            changed += check_succession(&old[!own], &new[!own], 0, INT64_MAX, 0x60 + table, id);
        }
    }
    for (size_t m = 0; m < 2; m++) {
        reader_end(&old[m]);
        reader_end(&new[m]);
    }
    return changed;
}

static void any_edit_moves_what_it_changes(void **state)
{
    (void)state;
    struct guide_versions versions[2 * SERVICES];
    struct fixture fixtures[2];
    uint32_t seed = 1;
    size_t changed = 0;
    begin_edited(&fixtures[0], 0);
    for (uint32_t edit = 1; edit < 40; edit++) {
        struct fixture *before = &fixtures[(edit + 1) % 2], *after = &fixtures[edit % 2];
        int64_t from = FIXTURE_MIDNIGHT - 3 * DAY + next_random(&seed) % (12 * DAY);
        from = edit % 5 == 0 ? from / DAY * DAY : from / LESSON * LESSON - next_random(&seed) % 15;
        begin_edited(after, edit);
        assert_true(network_guide_succeed(before->guide, after->guide, from, versions));
        network_guide_set_versions(after->guide, versions);
        changed += check_edit(before, after, from);
        fixture_end(before);
    }
    assert_true(changed > 50);
    fixture_end(&fixtures[1]);
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
    for (size_t i = 0; i < 2 * SERVICES; i++) {
        const struct guide_days *edited = &network_guide_get(change.after.guide, i)->edited;
        assert_int_equal(edited->first < edited->end, i < 2);
        if (i < 2)
            assert_int_equal(edited->first, FIXTURE_DAY + (i == 0 ? 1 : 5));
        if (i < 2)
            assert_int_equal(edited->end, edited->first + 1);
    }
    network_guide_free(&change.before.guide); /* nothing of it is used any more */
    struct fixture whole = change.after;
    whole.guide = built;
    for (size_t multiplex = 0; multiplex < 2; multiplex++)
        assert_same_pages(&change.after, &whole, multiplex);
    network_guide_free(&built);
    end_change(&change);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_change_holds_from_its_second),
        cmocka_unit_test(versions_count_on_and_wrap),
        cmocka_unit_test(any_edit_moves_what_it_changes),
        cmocka_unit_test(renewed_guide_is_as_a_new_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
