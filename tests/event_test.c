/* An event's bytes: golden ones, made with another codec than the program's, and what libdvbpsi's own
 * decoders read in them. */
#include "tests/event_fixture.h"

#include <sys/types.h>

#include <dvbpsi/dvbpsi.h>
#include <dvbpsi/descriptor.h>
#include <dvbpsi/dr_4d.h>
#include <dvbpsi/dr_4e.h>
#include <dvbpsi/dr_54.h>
#include <dvbpsi/dr_55.h>
#include <dvbpsi/dr_76.h>

static GBytes *from_hex(const char *hex)
{
    GByteArray *bytes = g_byte_array_new();
    for (; hex[0] && hex[1]; hex += 2) {
        const guint8 byte = (guint8)(g_ascii_xdigit_value(hex[0]) << 4 | g_ascii_xdigit_value(hex[1]));
        g_byte_array_append(bytes, &byte, 1);
    }
    return g_byte_array_free_to_bytes(bytes);
}

static void assert_bytes(const uint8_t *bytes, size_t length, const char *hex)
{
    gsize expected;
    GBytes *golden = from_hex(hex);
    const void *data = g_bytes_get_data(golden, &expected);
    assert_int_equal(length, expected);
    assert_memory_equal(bytes, data, expected);
    g_bytes_unref(golden);
}

/* The n-th descriptor of a tag, for libdvbpsi; NULL when there is none. */
static dvbpsi_descriptor_t *find(const uint8_t *bytes, size_t length, uint8_t tag, int n)
{
    for (size_t at = 0; at < length; at += 2u + bytes[at + 1]) {
        assert_true(at + 2 + bytes[at + 1] <= length);
        if (bytes[at] == tag && n-- == 0)
            return dvbpsi_NewDescriptor(tag, bytes[at + 1], (uint8_t *)(uintptr_t)(bytes + at + 2));
    }
    return NULL;
}

static dvbpsi_descriptor_t *find_in(const struct made *made, uint8_t tag, int n)
{
    return find(made->event.bytes + HEADER, made->event.length - HEADER, tag, n);
}

/* --- golden */

#define SHORT_EVENTS                                                                                         \
    "4D14656E670F546865207761746572206379636C6500"                                                           \
    "4D116368690913CBAEB5C4D1ADBBB70313D4C6"
#define CONTENT "54029135"    /* nature, grade 3, science */
#define RATING "550443484E00" /* "CHN", not defined */
#define SPECIFIER "5F0412345678"
#define IDENTIFIERS                                                                                          \
    "764C"                                                                                                   \
    "0425637269643A2F2F6C6573736F6E732E6578616D706C652F7365726965732F77617465722F32"                         \
    "0823637269643A2F2F6C6573736F6E732E6578616D706C652F7365726965732F7761746572"
#define LESSON_DATA "C003030502" /* grade 3, science, spring */
#define EXTENDED                                                                                             \
    "4E43006368693D0513BDCCCAA60513D6DCC3F70513D1A7D0A30913CAB5D1E9D0A1D1A70513BDCCB2C40713BDCCBFC6B0E6"     \
    "0513B5A5D4AA01330513BCAFCAFD04322F313400"                                                               \
    "4E4A00656E674407546561636865720513D6DCC3F7065363686F6F6C0913CAB5D1E9D0A1D1A70854657874626F6F6B0713BDCC" \
    "BFC6B0E604556E6974013307457069736F646504322F313400"

static void lesson_with_everything(void **state)
{
    (void)state;
    struct made made = make(WATER, &everything);
    assert_bytes(made.event.bytes + HEADER, made.event.length - HEADER,
                 SHORT_EVENTS CONTENT RATING IDENTIFIERS SPECIFIER LESSON_DATA);
    assert_bytes(made.event.extended, made.event.extended_length, EXTENDED);
    assert_int_equal(made.event.start, EIGHT_O_CLOCK);
    assert_int_equal(made.event.end, EIGHT_O_CLOCK + 1200);
    assert_int_equal(made.faults.count, 0);
    unmake(&made);
}

static void lesson_with_nothing_but_a_title(void **state)
{
    (void)state;
    const struct event_policy policy = {.text = TEXT_GB2312, .country = "CHN", .extended = true};
    struct made made = make(PLAIN("<title>云</title>"), &policy);
    assert_bytes(made.event.bytes + HEADER, made.event.length - HEADER,
                 "4D086368690313D4C600"
                 "54029000" RATING);
    assert_int_equal(made.event.extended_length, 0);
    unmake(&made);
}

static void items_under_every_text_policy(void **state)
{
    (void)state;
    static const char *const golden[] = {
        [TEXT_GB2312] = "4E1A00636869140513BDCCCAA60513D6DCC3F70513BCAFCAFD013200",
        [TEXT_UCS2] = "4E1A0063686914051165595E0805115468660E051196C66570013200",
        [TEXT_UTF8] = "4E20006368691A0715E69599E5B8880715E591A8E6988E0715E99B86E695B0013200",
        [TEXT_GBK] = "4E17006368691104BDCCCAA604D6DCC3F704BCAFCAFD013200"};
    for (size_t i = 0; i < G_N_ELEMENTS(golden); i++) {
        const struct event_policy policy = {.text = (enum text_policy)i, .country = "CHN", .extended = true};
        struct made made =
            make(PLAIN("<title>x</title><teacher>周明</teacher><episode number='2'/>"), &policy);
        assert_bytes(made.event.extended, made.event.extended_length, golden[i]);
        unmake(&made);
    }
}

static void built_with_or_without_what_can_be_left_out(void **state)
{
    (void)state;
    static const uint8_t more[] = {0x50, 0x02, 0xAA, 0xBB};
    uint8_t out[EVENT_SIZE_MAX];
    struct made made = make(WATER, &everything);
    const size_t without = made.event.length, with = without + made.event.extended_length;

    assert_int_equal(event_size(&made.event, false), without);
    assert_int_equal(event_size(&made.event, true), with);
    assert_int_equal(event_build(&made.event, 0, false, NULL, 0, out), without);
    assert_bytes(out, 10, "1234E61E000000002000");
    assert_int_equal(out[10] << 8 | out[11], without - HEADER);
    assert_memory_equal(out + HEADER, made.event.bytes + HEADER, without - HEADER);

    assert_int_equal(event_build(&made.event, 4, true, more, sizeof more, out), with + sizeof more);
    assert_int_equal(out[10] << 8 | out[11], 4 << 13 | (with + sizeof more - HEADER));
    assert_bytes(out + without, made.event.extended_length, EXTENDED);
    assert_memory_equal(out + with, more, sizeof more);
    unmake(&made);
}

/* --- libdvbpsi's decoders */

static void libdvbpsi_reads_short_events_content_and_rating(void **state)
{
    (void)state;
    struct made made = make(WATER, &everything);
    dvbpsi_descriptor_t *title = find_in(&made, 0x4D, 1), *content = find_in(&made, 0x54, 0),
                        *rating = find_in(&made, 0x55, 0);

    const dvbpsi_short_event_dr_t *chinese = dvbpsi_DecodeShortEventDr(title);
    assert_non_null(chinese);
    assert_memory_equal(chinese->i_iso_639_code, "chi", 3);
    assert_int_equal(chinese->i_event_name_length, 9);
    assert_memory_equal(chinese->i_event_name, "\x13\xCB\xAE\xB5\xC4\xD1\xAD\xBB\xB7", 9);
    assert_int_equal(chinese->i_text_length, 3);
    const dvbpsi_content_dr_t *genre = dvbpsi_DecodeContentDr(content);
    assert_int_equal(genre->i_contents_number, 1);
    assert_int_equal(genre->p_content[0].i_type, 0x91);
    assert_int_equal(genre->p_content[0].i_user_byte, 0x35);
    const dvbpsi_parental_rating_dr_t *age = dvbpsi_DecodeParentalRatingDr(rating);
    assert_int_equal(age->i_ratings_number, 1);
    assert_int_equal(age->p_parental_rating[0].i_country_code, 'C' << 16 | 'H' << 8 | 'N');
    assert_int_equal(age->p_parental_rating[0].i_rating, 0);
    dvbpsi_DeleteDescriptors(title);
    dvbpsi_DeleteDescriptors(content);
    dvbpsi_DeleteDescriptors(rating);
    unmake(&made);
}

static void libdvbpsi_reads_items_and_crids(void **state)
{
    (void)state;
    static const char *const items[][2] = {{"Teacher", "\x13\xD6\xDC\xC3\xF7"},
                                           {"School", "\x13\xCA\xB5\xD1\xE9\xD0\xA1\xD1\xA7"},
                                           {"Textbook", "\x13\xBD\xCC\xBF\xC6\xB0\xE6"},
                                           {"Unit", "3"},
                                           {"Episode", "2/14"}};
    struct made made = make(WATER, &everything);
    dvbpsi_descriptor_t *extended = find(made.event.extended, made.event.extended_length, 0x4E, 1),
                        *content = find_in(&made, 0x76, 0);

    const dvbpsi_extended_event_dr_t *english = dvbpsi_DecodeExtendedEventDr(extended);
    assert_non_null(english);
    assert_int_equal(english->i_descriptor_number, 0);
    assert_int_equal(english->i_last_descriptor_number, 0);
    assert_memory_equal(english->i_iso_639_code, "eng", 3);
    assert_int_equal(english->i_entry_count, G_N_ELEMENTS(items));
    for (int i = 0; i < english->i_entry_count; i++) {
        assert_int_equal(english->i_item_description_length[i], strlen(items[i][0]));
        assert_memory_equal(english->i_item_description[i], items[i][0], strlen(items[i][0]));
        assert_int_equal(english->i_item_length[i], strlen(items[i][1]));
        assert_memory_equal(english->i_item[i], items[i][1], strlen(items[i][1]));
    }
    assert_int_equal(english->i_text_length, 0);
    /* It ends each CRID a character early, with a NUL. */
    const dvbpsi_content_id_dr_t *identifiers = dvbpsi_DecodeContentIdDr(content);
    assert_int_equal(identifiers->i_number_of_entries, 2);
    assert_int_equal(identifiers->p_entries[0].i_type, CRID_TYPE_CONTENT);
    assert_int_equal(identifiers->p_entries[0].i_location, CRID_LOCATION_DESCRIPTOR);
    assert_memory_equal(identifiers->p_entries[0].value.path, "crid://lessons.example/series/water/2", 36);
    assert_int_equal(identifiers->p_entries[1].i_type, CRID_TYPE_SERIES);
    assert_memory_equal(identifiers->p_entries[1].value.path, "crid://lessons.example/series/water", 34);
    dvbpsi_DeleteDescriptors(extended);
    dvbpsi_DeleteDescriptors(content);
    unmake(&made);
}
/* --- what an event is */

static char *crid_of(const struct made *made, uint8_t type)
{
    dvbpsi_descriptor_t *descriptor = find_in(made, 0x76, 0);
    char *crid = NULL;
    for (const uint8_t *at = descriptor ? descriptor->p_data : NULL;
         at && at < descriptor->p_data + descriptor->i_length; at += 2 + at[1])
        if (at[0] == type << 2)
            crid = g_strndup((const char *)at + 2, at[1]);
    dvbpsi_DeleteDescriptors(descriptor);
    return crid;
}

static void assert_crids(const char *items, const char *instance, const char *series)
{
    struct made made = make(items, &everything);
    char *first = crid_of(&made, 1), *second = crid_of(&made, 2);
    if (g_strcmp0(first, instance) != 0 || g_strcmp0(second, series) != 0)
        fail_msg("%s, %s", first, second);
    g_free(first);
    g_free(second);
    unmake(&made);
}

static void repeats_carry_the_crid_of_the_first_run(void **state)
{
    (void)state;
#define CRID "crid://lessons.example/"
    assert_crids(PLAIN("<title>x</title><episode series='water' number='2'/>"), CRID "series/water/2",
                 CRID "series/water");
    assert_crids(
        ITEM("lesson", "source='other.mp4'", "<title>y</title><episode series='water' number='2' of='3'/>"),
        CRID "series/water/2", CRID "series/water");
    assert_crids(PLAIN("<title>x</title><episode series='water' number='3'/>"), CRID "series/water/3",
                 CRID "series/water");
    assert_crids(PLAIN("<title>x</title><episode number='3'/>"), CRID "source/p3/water.mp4", NULL);
    assert_crids(PLAIN("<title>y</title>"), CRID "source/p3/water.mp4", NULL);
    assert_crids(PLAIN("<title>x</title><episode series='a b/c' number='1'/>"), CRID "series/a%20b/c/1",
                 CRID "series/a%20b/c");
    assert_crids(PLAIN("<title>x</title><episode series='科学' number='1'/>"),
                 CRID "series/%E7%A7%91%E5%AD%A6/1", CRID "series/%E7%A7%91%E5%AD%A6");
    assert_crids(PLAIN("<title>x</title><episode series='三年级科学' number='1'/>"),
                 CRID "series/!c67806762ce8117b/1", CRID "series/!c67806762ce8117b");
    assert_crids(ITEM("break", "source='e.mp4' kind='eye-exercises'", ""), NULL, NULL);
#undef CRID
}

static void content_identifier_needs_an_authority(void **state)
{
    (void)state;
    struct event_policy policy = everything;
    policy.authority = NULL;
    struct made made = make(WATER, &policy);
    assert_null(find_in(&made, 0x76, 0));
    unmake(&made);
}

static void rating_is_an_age_only_when_one_is_written(void **state)
{
    (void)state;
    static const struct {
        const char *items;
        unsigned rating;
    } cases[] = {{ITEM("lesson", "source='s' minimum-age='4'", "<title>x</title><grade>1</grade>"), 1},
                 {ITEM("lesson", "source='s' minimum-age='18'", "<title>x</title>"), 15},
                 {ITEM("break", "source='s' kind='health' minimum-age='12'", ""), 9},
                 {PLAIN("<title>x</title><grade>12</grade>"), 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct made made = make(cases[i].items, &everything);
        dvbpsi_descriptor_t *rating = find_in(&made, 0x55, 0);
        assert_int_equal(rating->p_data[3], cases[i].rating);
        dvbpsi_DeleteDescriptors(rating);
        unmake(&made);
    }
}

static void subjects(void **state)
{
    (void)state;
    static const struct {
        const char *subject;
        unsigned genre, number;
    } cases[] = {{"语文", 0x97, 1},      {"小学语文", 0x97, 1},    {"藏语文", 0x97, 4},
                 {"数学", 0x92, 2},      {"英语", 0x97, 3},        {"科学", 0x91, 5},
                 {"物理", 0x92, 6},      {"化学", 0x92, 7},        {"生物", 0x91, 8},
                 {"历史", 0x95, 9},      {"地理", 0x94, 10},       {"道德与法治", 0x95, 11},
                 {"信息科学", 0x92, 12}, {"体育与健康", 0x93, 13}, {"美术", 0x90, 14},
                 {"综合实践", 0x90, 15}, {"班会", 0x90, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *items = g_strdup_printf(PLAIN("<title>x</title><grade>12</grade><subject>%s</subject>"),
                                      cases[i].subject);
        struct made made = make(items, &everything);
        dvbpsi_descriptor_t *content = find_in(&made, 0x54, 0);
        assert_int_equal(content->p_data[0], cases[i].genre);
        assert_int_equal(content->p_data[1], 0xC0 | cases[i].number);
        dvbpsi_DeleteDescriptors(content);
        g_free(items);
        unmake(&made);
    }
}

/* The term is that of the month in the station's time, and only lessons have one. */
static void private_data_of_lessons(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        unsigned term;
    } cases[] = {{"2020-01-31T15:59:59Z", 1},
                 {"2020-01-31T16:00:00Z", 2},
                 {"2020-07-31T15:59:59Z", 2},
                 {"2020-07-31T16:00:00Z", 1},
                 {"2020-12-01T08:00:00", 1}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *items = g_strdup_printf("<lesson id='a' service='p1' start='%s' length='PT1S' source='s'>"
                                      "<title>x</title></lesson>",
                                      cases[i].start);
        struct made made = make(items, &everything);
        dvbpsi_descriptor_t *data = find_in(&made, 0xC0, 0);
        assert_int_equal(data->i_length, 3);
        assert_int_equal(data->p_data[0], 0);
        assert_int_equal(data->p_data[2], cases[i].term);
        dvbpsi_DeleteDescriptors(data);
        g_free(items);
        unmake(&made);
    }
    struct made made = make(ITEM("break", "source='e.mp4' kind='rest'", ""), &everything);
    assert_null(find_in(&made, 0x5F, 0));
    assert_null(find_in(&made, 0xC0, 0));
    unmake(&made);
}

/* <guide> decides what of it goes on air. */
static void policy_is_the_stations(void **state)
{
    (void)state;
    static const struct {
        const char *guide;
        bool authority, extended;
        uint32_t specifier;
    } cases[] = {
        {"", false, true, 0},
        {"<guide/>", false, true, 0},
        {"<guide authority='lessons.example' lesson-data-specifier='0x12345678'/>", true, true, 0x12345678},
        {"<guide profile='simple'/>", false, false, 0}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GString *text = g_string_new(STATION_IN("Asia/Shanghai"));
        g_string_replace(text, "<multiplex", cases[i].guide, 1);
        g_string_insert(text, strstr(text->str, " name='m'") - text->str, "<multiplex text='ucs2'");
        struct station *station = station_in(text->str);
        const struct event_policy policy = event_policy_get(station, &station->multiplexes[0]);
        assert_int_equal(policy.text, TEXT_UCS2);
        assert_string_equal(policy.country, "CHN");
        assert_true(policy.zone == station->zone);
        assert_int_equal(policy.authority != NULL, cases[i].authority);
        assert_int_equal(policy.extended, cases[i].extended);
        assert_int_equal(policy.private_data_specifier, cases[i].specifier);
        station_free(&station);
        g_string_free(text, TRUE);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lesson_with_everything),
        cmocka_unit_test(lesson_with_nothing_but_a_title),
        cmocka_unit_test(items_under_every_text_policy),
        cmocka_unit_test(built_with_or_without_what_can_be_left_out),
        cmocka_unit_test(libdvbpsi_reads_short_events_content_and_rating),
        cmocka_unit_test(libdvbpsi_reads_items_and_crids),
        cmocka_unit_test(repeats_carry_the_crid_of_the_first_run),
        cmocka_unit_test(content_identifier_needs_an_authority),
        cmocka_unit_test(rating_is_an_age_only_when_one_is_written),
        cmocka_unit_test(subjects),
        cmocka_unit_test(private_data_of_lessons),
        cmocka_unit_test(policy_is_the_stations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
