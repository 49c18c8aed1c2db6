/* XMLTV, iCalendar, JSON and pages: the plan's own truth, in a form that others read. */
#include "playout/publication.h"

#include <glib/gstdio.h>
#include <jansson.h>
#include <libxml/xpath.h>
#include <sys/stat.h>

#include "schedules/export/ical.h"
#include "schedules/export/json.h"
#include "schedules/export/web.h"
#include "schedules/export/week.h"
#include "schedules/export/xmltv.h"
#include "tests/plan_fixture.h"

#define REVISED_AT INT64_C(1582862400) /* 2020-02-28 12:00 in Beijing */

#define SCHOOL_DAY                                                                                           \
    "<lesson id='p1-1' service='p1' start='2020-02-29T08:00:00' length='PT20M' source='p1/water.mp4'>\n"     \
    "  <title>水的循环</title><title xml:lang='en'>The water cycle</title><subject>科学</subject>\n"   \
    "  <grade>1</grade><teacher>周明</teacher><school>实验小学</school>\n"                             \
    "  <textbook edition='教科版' unit='3'/><episode series='water' number='2' of='14'/>\n"               \
    "  <description>雨从哪里来？</description></lesson>\n"                                             \
    "<break id='p1-b' service='p1' start='2020-02-29T08:20:00' length='PT20M' kind='eye-exercises' "         \
    "source='eyes.mp4'/>\n"                                                                                  \
    "<filler id='p1-f' service='p1' start='2020-02-29T08:40:00' length='PT5M' source='f.mp4'/>\n"            \
    "<filler id='p1-n' service='p1' start='2020-02-29T08:45:00' length='PT5M' source='n.mp4'>"               \
    "<title>通知</title></filler>\n"                                                                       \
    "<break id='p1-b2' service='p1' start='2020-02-29T08:50:00' length='PT10M' kind='eye-exercises' "        \
    "source='eyes.mp4'/>\n"                                                                                  \
    "<lesson id='p1-2' service='p1' start='2020-02-29T23:50:00' length='PT20M' source='p1/again.mp4'>\n"     \
    "  <title>水的循环</title><title xml:lang='en'>The water cycle</title><subject>科学</subject>\n"   \
    "  <episode series='water' number='2' of='14'/></lesson>\n"                                              \
    "<lesson id='p2-1' service='p2' start='2020-03-02T08:00:00' length='PT30M' source='p1/water.mp4' "       \
    "minimum-age='12'>\n"                                                                                    \
    "  <title>\"雨\" &amp; &lt;云&gt;; a, b\\c</title></lesson>\n"

/* Everything of a timetable; the plan is freed by drop(). */
static struct edition publish(struct place *place, const char *timetable)
{
    struct edition edition;
    write_timetable(place, "a.xml", timetable);
    struct plan *plan = parse_plan(place);
    assert_int_equal(place->faults.errors, 0);
    edition_init(&edition, plan, NULL, INT64_MIN, INT64_MAX, REVISED_AT);
    return edition;
}

static void drop(struct edition *edition)
{
    struct plan *plan = (struct plan *)edition->plan;
    edition_fini(edition);
    plan_free(&plan);
}

static const char *find(const GPtrArray *files, const char *name)
{
    for (guint i = 0; i < files->len; i++) {
        const struct export_file *file = files->pdata[i];
        if (strcmp(file->name, name) == 0)
            return file->content->str;
    }
    fail_msg("there is no %s", name);
    return NULL;
}

static char *part(const char *text, const char *first, const char *last)
{
    const char *begin = strstr(text, first), *end = begin ? strstr(begin, last) : NULL;
    assert_non_null(end);
    return g_strndup(begin, (gsize)(end - begin) + strlen(last));
}

static size_t count(const char *text, const char *words)
{
    size_t found = 0;
    for (; (text = strstr(text, words)); text += strlen(words))
        found++;
    return found;
}

static void assert_golden(const char *text, const char *file)
{
    char *golden;
    assert_true(g_file_get_contents(file, &golden, NULL, NULL));
    assert_string_equal(text, golden);
    g_free(golden);
}

static void assert_file(GPtrArray *files, const char *name, const char *golden)
{
    assert_golden(find(files, name), golden);
    g_ptr_array_unref(files);
}

static void test_each_format_reads_like_the_timetable(void **state)
{
    struct edition edition = publish(*state, TIMETABLE(SCHOOL_DAY));
    assert_file(xmltv_build(&edition), "guide.xml", "tests/golden/export.xml");
    assert_file(json_guide_build(&edition), "guide.json", "tests/golden/export.json");
    drop(&edition);
}

/* Line ends are CR LF (RFC 5545 3.1); the golden file has them as well. */
static void test_a_calendar_for_each_service(void **state)
{
    struct edition edition = publish(*state, TIMETABLE(SCHOOL_DAY));
    GPtrArray *files = ical_build(&edition);
    assert_int_equal(files->len, 2);
    assert_golden(find(files, "p1.ics"), "tests/golden/export.ics");
    assert_non_null(strstr(find(files, "p2.ics"), "SUMMARY;LANGUAGE=zh:\"雨\" & <云>\\; a\\, b\\\\c\r\n"));
    g_ptr_array_unref(files);
    drop(&edition);
}

static void test_the_week_is_a_table(void **state)
{
    struct edition edition = publish(*state, TIMETABLE(SCHOOL_DAY));
    GPtrArray *files = web_build(&edition);
    assert_int_equal(files->len, 3);
    char *table = part(find(files, "p1-2020-02-24.html"), "<main", "</main>\n");
    assert_golden(table, "tests/golden/export-week.html");
    g_free(table);
    g_ptr_array_unref(files);
    drop(&edition);
}

static void test_pages_escape_what_timetables_say(void **state)
{
    struct edition edition = publish(
        *state,
        TIMETABLE("<lesson id='x' service='p1' start='2020-03-02T08:00:00' length='PT20M' "
                  "source='x.mp4'><title>&lt;/script>&lt;img src=x onerror='alert(1)'>&amp;{{style}}</title>"
                  "<teacher>&lt;b></teacher></lesson>\n"));
    GPtrArray *files = web_build(&edition);
    for (guint i = 0; i < files->len; i++) {
        const struct export_file *file = files->pdata[i];
        assert_null(strstr(file->content->str, "<img"));
        assert_int_equal(count(file->content->str, "{{style}}"), 1);
        assert_int_equal(count(file->content->str, "</script>"),
                         strcmp(file->name, "index.html") == 0 ? 2 : 0);
        assert_null(strstr(file->content->str, "http://"));
        assert_null(strstr(file->content->str, "https://"));
    }
    g_ptr_array_unref(files);
    drop(&edition);
}

/* The same events, with the numbers that receivers know them by. */
static void test_json_has_the_events_of_the_plan(void **state)
{
    struct edition edition = publish(*state, TIMETABLE(SCHOOL_DAY));
    GPtrArray *files = json_guide_build(&edition);
    json_t *guide = json_loads(find(files, "guide.json"), 0, NULL);
    for (size_t i = 0; i < 2; i++) {
        json_t *items = json_object_get(json_array_get(json_object_get(guide, "services"), i), "items");
        size_t found = 0;
        for (size_t k = 0; k < plan_item_count(edition.plan, 0, i); k++) {
            const struct item *item = plan_item(edition.plan, 0, i, k);
            if (!item_has_event(item))
                continue;
            json_t *object = json_array_get(items, found++);
            assert_string_equal(json_string_value(json_object_get(object, "id")), item->id);
            assert_int_equal(json_integer_value(json_object_get(object, "event_id")), item->event_id);
        }
        assert_int_equal(json_array_size(items), found);
        assert_int_equal(found, i == 0 ? 5 : 1);
    }
    json_decref(guide);
    g_ptr_array_unref(files);
    drop(&edition);
}

static char *xpath(const char *xml, const char *path)
{
    xmlDoc *document = xmlReadMemory(xml, (int)strlen(xml), NULL, NULL, XML_PARSE_NONET);
    assert_non_null(document);
    xmlXPathContext *context = xmlXPathNewContext(document);
    xmlXPathObject *found = xmlXPathEvalExpression(BAD_CAST path, context);
    xmlChar *value = xmlXPathCastToString(found);
    char *text = g_strdup((const char *)value);
    xmlFree(value);
    xmlXPathFreeObject(found);
    xmlXPathFreeContext(context);
    xmlFreeDoc(document);
    return text;
}

static void assert_xpath(const GPtrArray *files, const char *path, const char *expected)
{
    char *found = xpath(find(files, "guide.xml"), path);
    assert_string_equal(found, expected);
    g_free(found);
}

static void test_a_repeat_names_its_first_run(void **state)
{
    struct edition edition = publish(*state, TIMETABLE(SCHOOL_DAY));
    GPtrArray *files = xmltv_build(&edition);
    assert_xpath(files, "count(//previously-shown)", "1");
    assert_xpath(files, "//programme[@start='20200229235000 +0800']/previously-shown/@start",
                 "20200229080000 +0800");
    g_ptr_array_unref(files);
    drop(&edition);
}

/* Lessons without a series are the same when their source is; elsewhere at the same time is no repeat. */
static void test_the_same_source_elsewhere_is_a_repeat_only_later(void **state)
{
    struct edition edition = publish(
        *state,
        TIMETABLE("<lesson id='a' service='p1' start='2020-03-02T08:00:00' length='PT20M' source='s.mp4'>"
                  "<title>课</title></lesson>\n"
                  "<lesson id='b' service='p2' start='2020-03-02T08:00:00' length='PT20M' source='s.mp4'>"
                  "<title>课</title></lesson>\n"
                  "<lesson id='c' service='p2' start='2020-03-02T09:00:00' length='PT20M' source='s.mp4'>"
                  "<title>课</title></lesson>\n"));
    GPtrArray *files = xmltv_build(&edition);
    assert_xpath(files, "count(//previously-shown)", "1");
    assert_xpath(files, "//programme[@start='20200302090000 +0800']/previously-shown/@channel", "1.1.65.dvb");
    g_ptr_array_unref(files);
    drop(&edition);
}

/* Every line at most 75 octets, whole characters on each, and nothing lost. */
static void test_long_texts_are_folded_between_characters(void **state)
{
    GString *words = g_string_new(NULL);
    for (int i = 0; i < 400; i++)
        g_string_append(words, i % 7 == 0 ? "é😀" : "水的循环，");
    char *timetable =
        g_strdup_printf(TIMETABLE("<lesson id='x' service='p1' start='2020-03-02T08:00:00' length='PT20M' "
                                  "source='x.mp4'><title>课</title><description>%s</description></lesson>\n"),
                        words->str);
    struct edition edition = publish(*state, timetable);
    GPtrArray *files = ical_build(&edition);
    char **lines = g_strsplit(find(files, "p1.ics"), "\r\n", -1);
    GString *unfolded = g_string_new(NULL);
    for (char **line = lines; *line; line++) {
        assert_true(strlen(*line) <= 75);
        assert_true(g_utf8_validate(*line, -1, NULL));
        g_string_append_printf(unfolded, "%s%s", **line == ' ' ? "" : "\n", *line + (**line == ' '));
    }
    assert_non_null(strstr(unfolded->str, words->str));
    g_strfreev(lines);
    g_string_free(unfolded, TRUE);
    g_string_free(words, TRUE);
    g_free(timetable);
    g_ptr_array_unref(files);
    drop(&edition);
}

static void move_to(struct place *place, const char *station)
{
    station_free(&place->station);
    place->station = station_in(station);
}

#define BERLIN_NIGHT                                                                                         \
    LESSON("n1", "p1", "2020-10-25T00:30:00Z", "PT30M")                                                      \
    LESSON("n2", "p1", "2020-10-25T01:00:00Z", "PT30M")                                                      \
    LESSON("n3", "p1", "2020-10-25T01:30:00Z", "PT30M")                                                      \
    LESSON("n4", "p1", "2020-10-25T03:00:00", "PT30M")

/* 02:30 summer time, 02:00, 02:30 and 03:00 winter time follow one another. */
static void test_the_hour_that_autumn_repeats(void **state)
{
    move_to(*state, STATION_IN("Europe/Berlin"));
    struct edition edition = publish(*state, TIMETABLE(BERLIN_NIGHT));
    GPtrArray *files = xmltv_build(&edition);
    assert_xpath(files, "//programme[1]/@start", "20201025023000 +0200");
    assert_xpath(files, "//programme[1]/@stop", "20201025020000 +0100");
    assert_xpath(files, "//programme[4]/@start", "20201025030000 +0100");
    g_ptr_array_unref(files);
    struct week week;
    week_init(&week, &edition, &edition.services[0], week_monday(1603584000, edition.station->zone));
    assert_int_equal(week.cell_count, 2);
    assert_int_equal(week.cells[0].count, 3);
    assert_int_equal(week.cells[0].begin, 2 * 3600 + 1800);
    assert_int_equal(week.cells[0].end, 3 * 3600);
    assert_int_equal(week.cells[1].begin, 3 * 3600);
    week_fini(&week);
    files = web_build(&edition);
    assert_non_null(strstr(find(files, "index.html"), "\"zone\":[[1603585800,7200],[1603587600,3600]]"));
    g_ptr_array_unref(files);
    drop(&edition);
}

/* A day of 23 hours, which begins at 01:00 in Beirut: nothing is lost, nothing is twice. */
static void test_days_that_skip_midnight(void **state)
{
    move_to(*state, STATION_IN("Asia/Beirut"));
    struct edition edition =
        publish(*state, TIMETABLE(LESSON("a", "p1", "2020-03-28T23:50:00", "PT20M")
                                      LESSON("b", "p1", "2020-03-29T08:00:00", "PT20M")));
    struct week week;
    week_init(&week, &edition, &edition.services[0],
              week_monday(plan_item(edition.plan, 0, 0, 0)->start, edition.station->zone));
    assert_int_equal(week.days, 7);
    assert_int_equal(week.cell_count, 3);
    assert_int_equal(week.cells[0].end, 86400);
    assert_int_equal(week.cells[1].begin, 3600);
    assert_int_equal(week.cells[1].end, 3600 + 600);
    week_fini(&week);
    drop(&edition);
}

static size_t count_events(const struct plan *plan, int64_t day)
{
    struct edition edition;
    const struct zone *zone = plan_station(plan)->zone;
    edition_init(&edition, plan, "p1", calendar_day_start(day, zone), calendar_day_start(day + 1, zone), 0);
    assert_int_equal(edition.service_count, 1);
    const size_t events = edition_event_count(&edition);
    edition_fini(&edition);
    return events;
}

static void test_a_day_has_what_is_on_air_in_it(void **state)
{
    struct edition edition = publish(*state, TIMETABLE(SCHOOL_DAY));
    const int64_t leap_day = calendar_day(REVISED_AT, edition.station->zone) + 1;
    assert_int_equal(count_events(edition.plan, leap_day - 1), 0);
    assert_int_equal(count_events(edition.plan, leap_day), 5);
    assert_int_equal(count_events(edition.plan, leap_day + 1), 1); /* over midnight */
    assert_int_equal(count_events(edition.plan, leap_day + 2), 0);
    drop(&edition);
}

static void test_weeks_begin_on_mondays(void **state)
{
    const struct place *place = *state;
    const struct zone *zone = place->station->zone;
    static const int64_t days[] = {-4, -3, 0, 3, 4, 18316, 18322, 18323};
    static const int64_t mondays[] = {-10, -3, -3, -3, 4, 18316, 18316, 18323}; /* 18316: 2020-02-24 */
    for (size_t i = 0; i < G_N_ELEMENTS(days); i++)
        assert_int_equal(week_monday(calendar_day_start(days[i], zone), zone), mondays[i]);
}

static void test_a_week_over_new_year(void **state)
{
    struct edition edition = publish(*state, TIMETABLE(LESSON("a", "p1", "2020-12-31T23:50:00", "PT20M")));
    GPtrArray *files = web_build(&edition);
    const char *page = find(files, "p1-2020-12-28.html");
    assert_non_null(strstr(page, "<section id=\"d2020-12-31\""));
    assert_non_null(strstr(page, "<section id=\"d2021-01-01\""));
    assert_int_equal(count(page, "datetime=\"2020-12-31T23:50:00+08:00\""), 2);
    g_ptr_array_unref(files);
    drop(&edition);
}

/* Lessons of 20 minutes without a break: eight are read best across, thirty upright. */
static const char *sheet_for(struct place *place, int lessons)
{
    GString *timetable = g_string_new("<timetable xmlns='urn:chalkcast:timetable:1' xml:lang='zh'>\n");
    for (int i = 0; i < lessons; i++)
        g_string_append_printf(
            timetable,
            "<lesson id='l%d' service='p1' start='2020-03-02T%02d:%02d:00' length='PT20M' "
            "source='s.mp4'><title>课</title><title xml:lang='en'>Lesson</title></lesson>\n",
            i, 8 + i / 3, i % 3 * 20);
    g_string_append(timetable, "</timetable>");
    struct edition edition = publish(place, timetable->str);
    struct week week;
    week_init(&week, &edition, &edition.services[0], 18323);
    assert_int_equal(week.row_count, lessons);
    const char *name = week.sheet->name;
    week_fini(&week);
    drop(&edition);
    g_string_free(timetable, TRUE);
    return name;
}

static void test_the_sheet_is_turned_to_be_read(void **state)
{
    assert_string_equal(sheet_for(*state, 8), "landscape");
    assert_string_equal(sheet_for(*state, 30), "portrait");
}

static void test_an_empty_plan_is_still_a_guide(void **state)
{
    struct edition edition = publish(*state, TIMETABLE(""));
    GPtrArray *files = web_build(&edition);
    assert_int_equal(files->len, 1);
    assert_non_null(strstr(find(files, "index.html"), "\"zone\":[[1582862400,28800]]"));
    g_ptr_array_unref(files);
    files = ical_build(&edition);
    assert_non_null(strstr(find(files, "p2.ics"), "END:VCALENDAR\r\n"));
    g_ptr_array_unref(files);
    drop(&edition);
}

static void write_guide(const struct place *place, const char *words, bool expected)
{
    char *path = g_build_filename(place->directory, "timetables", "guide.txt", NULL), *error = NULL;
    GPtrArray *files = export_files_new();
    export_files_add(files, g_string_new(words), "guide.txt");
    assert_int_equal(publication_write_file(files->pdata[0], path, &error), expected);
    assert_int_equal(error == NULL, expected);
    g_free(error);
    g_ptr_array_unref(files);
    g_free(path);
}

/* A file that is there stays as it was when the new one cannot be written whole. */
static void test_a_file_is_replaced_whole_or_not_at_all(void **state)
{
    const struct place *place = *state;
    char *folder = g_build_filename(place->directory, "timetables", NULL), *text;
    char *path = g_build_filename(folder, "guide.txt", NULL);
    write_guide(place, "old", true);
    write_guide(place, "new and longer", true);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    assert_string_equal(text, "new and longer");
    g_free(text);
    assert_int_equal(g_remove(path), 0);
    assert_int_equal(g_mkdir(path, 0700), 0); /* a folder of that name: the file goes into it */
    write_guide(place, "inside", true);
    char *inside = g_build_filename(path, "guide.txt", NULL);
    assert_true(g_file_get_contents(inside, &text, NULL, NULL));
    assert_string_equal(text, "inside");
    assert_int_equal(g_remove(inside), 0);
    assert_int_equal(g_mkdir(inside, 0700), 0);
    write_guide(place, "nowhere", false);
    assert_int_equal(g_rmdir(inside), 0);
    assert_int_equal(g_rmdir(path), 0); /* nothing half-written is left in it */
    g_free(inside);
    g_free(text);
    g_free(path);
    g_free(folder);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, place_set_up, place_tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_format_reads_like_the_timetable),
        TEST(test_a_calendar_for_each_service),
        TEST(test_the_week_is_a_table),
        TEST(test_pages_escape_what_timetables_say),
        TEST(test_json_has_the_events_of_the_plan),
        TEST(test_a_repeat_names_its_first_run),
        TEST(test_the_same_source_elsewhere_is_a_repeat_only_later),
        TEST(test_long_texts_are_folded_between_characters),
        TEST(test_the_hour_that_autumn_repeats),
        TEST(test_days_that_skip_midnight),
        TEST(test_a_day_has_what_is_on_air_in_it),
        TEST(test_weeks_begin_on_mondays),
        TEST(test_a_week_over_new_year),
        TEST(test_the_sheet_is_turned_to_be_read),
        TEST(test_an_empty_plan_is_still_a_guide),
        TEST(test_a_file_is_replaced_whole_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
