/* Reading XML, with timetables as the example: encodings, what is refused for safety, and what is said of
 * files that are broken. */
#include "schedules/xml.h"

#include "tests/schedules_fixture.h"

#define DATA "tests/data/schedules/"

static int set_up(void **state)
{
    *state = station_in(STATION_IN("Asia/Shanghai"));
    return 0;
}

static int tear_down(void **state)
{
    station_free((struct station **)state);
    return 0;
}

static void lines_beyond_65535(void **state)
{
    GString *text = g_string_new("<timetable xmlns='urn:chalkcast:timetable:1' xml:lang='zh'>\n");
    for (int i = 0; i < 70000; i++)
        g_string_append_c(text, '\n');
    g_string_append(text,
                    "<lesson id='a' service='p9' start='2020-03-02T08:00:00' length='PT20M' source='a'>\n"
                    "<title>t</title></lesson></timetable>");
    assert_timetable_refused(text->str, *state, 70002, "service of <lesson>");
    g_string_free(text, TRUE);
}

static void any_encoding_that_xml_declares(void **state)
{
    static const char *const files[] = {"utf-8.xml",   "utf-8-bom.xml", "gbk.xml",
                                        "gb18030.xml", "utf-16.xml",    "utf-16be.xml"};
    for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
        char *file = g_strconcat(DATA, files[i], NULL);
        struct diagnostics faults = {0};
        struct timetable *timetable = timetable_parse(file, *state, &faults);
        assert_non_null(timetable);
        assert_int_equal(faults.count, 0);
        const struct item *item = &timetable->items[0];
        assert_string_equal(item->id, "p1-水-1");
        assert_string_equal(item->source, "p1/水的循环.mp4");
        assert_string_equal(item->title.list[0].utf8, "水的循环：雨·雪—云");
        assert_string_equal(item->teacher, "朱镕");
        assert_int_equal(item->line, 4);
        timetable_free(&timetable);
        g_free(file);
    }
}

static void characters_of_four_bytes(void **state)
{
    char *utf8 = g_strconcat("<?xml version='1.0' encoding='GB18030'?>\n",
                             TIMETABLE(LESSON("a", "p1", "2020-03-02T08:00:00", "PT1S")), NULL);
    char **halves = g_strsplit(utf8, "课", 2);
    char *whole = g_strjoin("𠮷䶮", halves[0], halves[1], NULL);
    gsize length;
    char *bytes = g_convert(whole, -1, "GB18030", "UTF-8", NULL, &length, NULL);
    assert_non_null(bytes);
    struct diagnostics faults = {0};
    struct timetable *timetable = timetable_parse_bytes(bytes, length, "t.xml", *state, &faults);
    assert_non_null(timetable);
    assert_string_equal(timetable->items[0].title.list[0].utf8, "𠮷䶮");
    timetable_free(&timetable);
    g_free(bytes);
    g_free(whole);
    g_strfreev(halves);
    g_free(utf8);
}

static void bytes_that_are_not_the_encoding(void **state)
{
    assert_timetable_refused(
        "<timetable xmlns='urn:chalkcast:timetable:1'>\n<!-- \xBA\xCF -->\n</timetable>", *state, 2,
        "the bytes here are not UTF-8; accepted are UTF-8 and what the first line declares");
    assert_timetable_refused(
        "<?xml version='1.0' encoding='GBK'?>\n<timetable xmlns='urn:chalkcast:timetable:1'>\n"
        "<!-- \xCB\xAE\n \xFF\xFF -->\n</timetable>",
        *state, 4, "the bytes here are not GBK");
    assert_timetable_refused("<?xml version='1.0' encoding='KLINGON'?>\n<timetable/>", *state, 1,
                             "encoding is \"KLINGON\"; accepted are UTF-8, GB18030, GBK, UTF-16");
    assert_timetable_refused("<?xml version='1.0' encoding='UTF-16'?>\n<timetable/>", *state, 1,
                             "but the bytes are not");
    struct diagnostics faults = {0};
    assert_null(timetable_parse_bytes("\xFF\xFE<\0t", 5, "t.xml", *state, &faults)); /* half a character */
    assert_true(reported(&faults, 1, "the bytes here are not UTF-16LE"));
    diagnostics_fini(&faults);
}

static void no_document_type_no_entities_nothing_external(void **state)
{
    static const struct {
        const char *file;
        int line;
    } cases[] = {{"bomb.xml", 3}, {"external-entity.xml", 2}, {"external-subset.xml", 2}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *file = g_strconcat(DATA, cases[i].file, NULL);
        struct diagnostics faults = {0};
        assert_null(timetable_parse(file, *state, &faults));
        assert_int_equal(faults.count, 1);
        assert_true(
            reported(&faults, cases[i].line, "a document type (<!DOCTYPE) or entities are not accepted"));
        diagnostics_fini(&faults);
        g_free(file);
    }
    /* A hint where a grammar lies is for editors: nobody looks there. */
    struct timetable *timetable =
        parse_good_timetable("<timetable xmlns='urn:chalkcast:timetable:1' "
                             "xmlns:xsi='http://www.w3.org/2001/XMLSchema-instance' "
                             "xsi:schemaLocation='urn:chalkcast:timetable:1 " DATA "bomb.xml'/>",
                             *state);
    timetable_free(&timetable);
}

static void broken_files(void **state)
{
    struct diagnostics faults = {0};
    assert_null(timetable_parse(DATA "not-closed.xml", *state, &faults));
    assert_true(reported(&faults, 4, "not XML: Opening and ending tag mismatch"));
    diagnostics_fini(&faults);
    assert_timetable_refused("", *state, 1, "not XML: Document is empty");
    assert_timetable_refused("hello", *state, 1, "not XML");
    assert_timetable_refused(
        "<timetable xmlns='urn:chalkcast:timetable:1'>\n<lesson id='a' id='b'/></timetable>", *state, 2,
        "not XML: Attribute id redefined");
    assert_timetable_refused("<timetable xmlns='urn:chalkcast:timetable:1'>\n&undefined;</timetable>", *state,
                             2, "not XML");
    assert_timetable_refused("<timetable xmlns='urn:chalkcast:timetable:1'>\n<lesson", *state, 2, "not XML");
    assert_timetable_refused("<timetable xmlns='urn:chalkcast:timetable:2'/>", *state, 1,
                             "accepted is <timetable xmlns=\"urn:chalkcast:timetable:1\">");
    GString *deep = g_string_new(NULL);
    for (int i = 0; i < 100000; i++)
        g_string_append(deep, "<a>");
    assert_timetable_refused(deep->str, *state, 1, "not XML: Excessive depth");
    g_string_free(deep, TRUE);
}

static void what_a_value_says_is_shown_on_one_line(void **state)
{
    struct diagnostics faults = {0};
    char *text = lesson_with("id", "a&#10;b&#9;%s%"
                                   "n一二三四五六七八九十一二三四五六七八九十一二三四五六七八九十一二三四五六"
                                   "七八九十一二三四五六七八九十"
                                   "一二三四五六七八九十");
    assert_null(parse_timetable(text, *state, &faults));
    assert_int_equal(faults.count, 1);
    assert_non_null(strstr(faults.list[0].text, "id of <lesson> is \"a b %s%n一二三"));
    assert_non_null(strstr(faults.list[0].text, "…\"; accepted is a name"));
    assert_true(g_utf8_validate(faults.list[0].text, -1, NULL));
    diagnostics_fini(&faults);
    g_free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_beyond_65535),
        cmocka_unit_test(any_encoding_that_xml_declares),
        cmocka_unit_test(characters_of_four_bytes),
        cmocka_unit_test(bytes_that_are_not_the_encoding),
        cmocka_unit_test(no_document_type_no_entities_nothing_external),
        cmocka_unit_test(broken_files),
        cmocka_unit_test(what_a_value_says_is_shown_on_one_line),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
