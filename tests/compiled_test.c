/* Compiled timetables are the timetables: every member of every item, and the same plan; and they are not
 * taken when anything that they follow from is another, or any byte of them. */
#include "schedules/compiled.h"

#include "tests/plan_fixture.h"

#define STATION                                                                                              \
    "<station xmlns='urn:chalkcast:station:1' id='x' timezone='Asia/Shanghai' country='CHN'>"                \
    "<house video='h264-720p25' audio='mp2-128k'/>"                                                          \
    "<network network-id='1' original-network-id='1'><name xml:lang='zh'>网</name></network>"               \
    "<multiplex name='m' transport-stream-id='1' delivery='dvb-c 64qam 6875000'>"                            \
    "<service id='a' service-id='1'><name xml:lang='zh'>x</name></service>"                                  \
    "<service id='b' service-id='2'><name xml:lang='zh'>x</name></service></multiplex></station>"
#define FIRST                                                                                                \
    "<timetable xmlns='urn:chalkcast:timetable:1' xml:lang='zh'>\n"                                          \
    "<lesson id='l1' service='b' start='2020-03-02T08:00:00' length='PT30M' source='p/a.mp4' fill='loop'>"   \
    "<title>水</title><title xml:lang='en'>Water</title><subject>科学</subject><grade>3</grade>"          \
    "<teacher>王芳</teacher><school>示范</school><textbook edition='人教版' unit='1'/>"               \
    "<episode series='s' number='2' of='14'/><description>字</description></lesson>\n"                      \
    "<break id='b1' service='b' start='2020-03-02T08:30:00' length='PT10M' kind='rest' source='r.mp4' "      \
    "minimum-age='7'/>\n"                                                                                    \
    "</timetable>"
#define SECOND                                                                                               \
    "<timetable xmlns='urn:chalkcast:timetable:1'>\n"                                                        \
    "<filler id='f1' service='a' start='2020-03-02T09:00:00Z' length='PT1S' source='f.mp4' event-id='7'/>\n" \
    "</timetable>"

#define FILES 2
static const char *const names[FILES] = {"1.xml", "2.xml"};

struct compiled {
    struct station *station;
    struct timetable *read[FILES], *taken[FILES];
    char *bytes;
    size_t length;
    uint64_t key;
};

static uint64_t key_of(const struct station *station, const char *first, const char *second)
{
    struct compiled_key *key = compiled_key_new(station);
    compiled_key_add(key, names[0], first, strlen(first));
    compiled_key_add(key, names[1], second, strlen(second));
    return compiled_key_end(&key);
}

static void compiled_init(struct compiled *compiled)
{
    struct diagnostics faults = {0};
    *compiled = (struct compiled){.station = station_in(STATION)};
    compiled->read[0] = timetable_parse_bytes(FIRST, strlen(FIRST), names[0], compiled->station, &faults);
    compiled->read[1] = timetable_parse_bytes(SECOND, strlen(SECOND), names[1], compiled->station, &faults);
    assert_int_equal(faults.count, 0);
    compiled->key = key_of(compiled->station, FIRST, SECOND);
    compiled->bytes = compiled_build((const struct timetable *const *)compiled->read, FILES,
                                     compiled->station, compiled->key, &compiled->length);
}

static void compiled_fini(struct compiled *compiled)
{
    for (int i = 0; i < FILES; i++) {
        timetable_free(&compiled->read[i]);
        timetable_free(&compiled->taken[i]);
    }
    g_free(compiled->bytes);
    station_free(&compiled->station);
}

static bool take(struct compiled *compiled, const char *bytes, size_t length, uint64_t key,
                 const struct station *station)
{
    char *copy = g_memdup2(bytes, length);
    struct timetable *taken[FILES] = {NULL};
    const bool good = compiled_parse(copy, length, key, station, names, taken, FILES);
    for (int i = 0; i < FILES; i++) {
        assert_true((taken[i] != NULL) == good);
        timetable_free(&taken[i]);
    }
    g_free(copy);
    (void)compiled;
    return good;
}

static void same_texts(const struct texts *a, const struct texts *b)
{
    assert_int_equal(a->count, b->count);
    for (size_t i = 0; i < a->count; i++) {
        assert_string_equal(a->list[i].language, b->list[i].language);
        assert_string_equal(a->list[i].utf8, b->list[i].utf8);
    }
}

static void same_item(const struct item *a, const struct item *b)
{
    assert_int_equal(a->kind, b->kind);
    assert_true(a->service == b->service);
    assert_int_equal(a->multiplex, b->multiplex);
    assert_int_equal(a->service_index, b->service_index);
    assert_true(a->start == b->start && a->length == b->length);
    assert_int_equal(a->fill, b->fill);
    assert_int_equal(a->event_id, b->event_id);
    assert_int_equal(a->grade, b->grade);
    assert_int_equal(a->minimum_age, b->minimum_age);
    assert_int_equal(a->episode, b->episode);
    assert_int_equal(a->episodes, b->episodes);
    assert_int_equal(a->line, b->line);
    assert_string_equal(a->file, b->file);
    const char *const left[] = {a->id,     a->source,   a->break_kind,    a->subject, a->teacher,
                                a->school, a->textbook, a->textbook_unit, a->series};
    const char *const right[] = {b->id,     b->source,   b->break_kind,    b->subject, b->teacher,
                                 b->school, b->textbook, b->textbook_unit, b->series};
    for (size_t i = 0; i < G_N_ELEMENTS(left); i++)
        assert_int_equal(g_strcmp0(left[i], right[i]), 0);
    same_texts(&a->title, &b->title);
    same_texts(&a->description, &b->description);
}

static void every_member_comes_back(void **state)
{
    (void)state;
    struct compiled compiled;
    compiled_init(&compiled);
    assert_true(compiled_parse(compiled.bytes, compiled.length, compiled.key, compiled.station, names,
                               compiled.taken, FILES));
    for (int i = 0; i < FILES; i++) {
        assert_string_equal(compiled.taken[i]->file, names[i]);
        assert_int_equal(compiled.taken[i]->count, compiled.read[i]->count);
        for (size_t j = 0; j < compiled.read[i]->count; j++)
            same_item(&compiled.taken[i]->items[j], &compiled.read[i]->items[j]);
    }
    compiled_fini(&compiled);
}

static void another_file_has_another_key(void **state)
{
    (void)state;
    struct compiled compiled;
    compiled_init(&compiled);
    assert_true(key_of(compiled.station, FIRST, SECOND) == compiled.key);
    assert_true(key_of(compiled.station, SECOND, FIRST) != compiled.key);
    assert_true(key_of(compiled.station, FIRST " ", SECOND) != compiled.key);
    assert_true(key_of(compiled.station, FIRST, " " SECOND) != compiled.key);
    GString *text = g_string_new(STATION);
    g_string_replace(text, "id='b'", "id='c'", 0);
    struct station *other = station_in(text->str);
    assert_true(key_of(other, FIRST, SECOND) != compiled.key);
    station_free(&other);
    g_string_free(text, TRUE);
    compiled_fini(&compiled);
}

/* The zone database has learnt that Shanghai keeps another time. */
static void another_zone_is_not_taken(void **state)
{
    (void)state;
    struct compiled compiled;
    compiled_init(&compiled);
    GString *text = g_string_new(STATION);
    g_string_replace(text, "Asia/Shanghai", "Asia/Tokyo", 0);
    struct station *other = station_in(text->str);
    assert_true(take(&compiled, compiled.bytes, compiled.length, compiled.key, compiled.station));
    assert_false(take(&compiled, compiled.bytes, compiled.length, compiled.key, other));
    assert_false(take(&compiled, compiled.bytes, compiled.length, compiled.key + 1, compiled.station));
    station_free(&other);
    g_string_free(text, TRUE);
    compiled_fini(&compiled);
}

static void no_damaged_byte_is_taken(void **state)
{
    (void)state;
    struct compiled compiled;
    compiled_init(&compiled);
    for (size_t i = 0; i < compiled.length; i++) {
        compiled.bytes[i] ^= 1;
        assert_false(take(&compiled, compiled.bytes, compiled.length, compiled.key, compiled.station));
        compiled.bytes[i] ^= 1;
        assert_false(take(&compiled, compiled.bytes, i, compiled.key, compiled.station));
    }
    assert_true(take(&compiled, compiled.bytes, compiled.length, compiled.key, compiled.station));
    compiled_fini(&compiled);
}

/* plan_parse() with and without what plan_save() wrote. */
static void compare_plans(const struct place *place, const struct station *station, bool is_saved)
{
    struct diagnostics faults = {0};
    char *saved = g_build_filename(place->directory, "state", "plan", NULL);
    struct plan *first = plan_parse(place->directory, station, &faults);
    assert_true(plan_save(first));
    assert_int_equal(g_file_test(saved, G_FILE_TEST_EXISTS), is_saved);
    const size_t reported = faults.count;
    struct plan *second = plan_parse(place->directory, station, &faults);
    assert_int_equal(faults.count, 2 * reported); /* the same is said again */
    for (size_t service = 0; service < 2; service++) {
        assert_int_equal(plan_item_count(first, 0, service), plan_item_count(second, 0, service));
        for (size_t i = 0; i < plan_item_count(first, 0, service); i++)
            same_item(plan_item(first, 0, service, i), plan_item(second, 0, service, i));
    }
    plan_free(&first);
    plan_free(&second);
    diagnostics_fini(&faults);
    g_free(saved);
}

static void a_saved_plan_is_the_plan(void **state)
{
    struct place *place = *state;
    struct station *station = station_in(STATION);
    write_timetable(place, names[0], FIRST);
    write_timetable(place, names[1], SECOND);
    compare_plans(place, station, true);
    write_timetable(place, names[1], FIRST); /* edited: what was saved no longer counts */
    struct diagnostics faults = {0};
    struct plan *plan = plan_parse(place->directory, station, &faults);
    assert_true(faults.errors > 0);
    assert_int_equal(plan_item_count(plan, 0, 0), 0);
    plan_free(&plan);
    diagnostics_fini(&faults);
    station_free(&station);
}

static void a_plan_with_faults_is_not_saved(void **state)
{
    struct place *place = *state;
    struct station *station = station_in(STATION);
    write_timetable(place, names[0], FIRST);
    write_timetable(place, names[1], "<timetable/>");
    compare_plans(place, station, false);
    station_free(&station);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_member_comes_back),
        cmocka_unit_test(another_file_has_another_key),
        cmocka_unit_test(another_zone_is_not_taken),
        cmocka_unit_test(no_damaged_byte_is_taken),
        TEST(a_saved_plan_is_the_plan),
        TEST(a_plan_with_faults_is_not_saved),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
