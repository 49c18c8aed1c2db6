/* Texts of any length on their way into an event: where they are divided, cut and reported. */
#include "tests/event_fixture.h"

/* What a receiver has of a string: its table by the selector, decoded by iconv. */
static char *decode(const uint8_t *bytes, size_t length, enum text_policy policy)
{
    const char *codec = policy == TEXT_GBK ? "GBK" : "ASCII";
    if (length > 0 && bytes[0] < 0x20) {
        codec = bytes[0] == 0x11 ? "UCS-2BE" : bytes[0] == 0x13 ? "GB2312" : "UTF-8";
        bytes++;
        length--;
    }
    char *utf8 = g_convert((const char *)bytes, (gssize)length, "UTF-8", codec, NULL, NULL, NULL);
    assert_non_null(utf8); /* not divided inside of a character */
    return utf8;
}

/* Reads the chain of a language and joins its texts; *count is how many descriptors it has. */
static char *join(const struct event *event, const char *language, enum text_policy policy, int *count)
{
    GString *text = g_string_new("");
    int number = 0, last = -1;
    for (const uint8_t *at = event->extended, *end = at + event->extended_length; at < end; at += 2 + at[1]) {
        assert_int_equal(at[0], 0x4E);
        assert_true(at + 2 + at[1] <= end);
        if (memcmp(at + 3, language, 3) != 0)
            continue;
        assert_int_equal(at[2] >> 4, number++);
        assert_true(last == -1 || (at[2] & 0x0F) == last);
        last = at[2] & 0x0F;
        const uint8_t *length = at + 7 + at[6];
        assert_ptr_equal(length + 1 + length[0], at + 2 + at[1]);
        char *part = decode(length + 1, length[0], policy);
        g_string_append(text, part);
        g_free(part);
    }
    assert_int_equal(last + 1, number);
    *count = number;
    return g_string_free(text, FALSE);
}

static char *make_text(int letters)
{
    static const char *const words[] = {"云", "从", "A", "哪", "里", "来", "，", "雨", "7"};
    GString *text = g_string_new("");
    for (int i = 0; i < letters; i++)
        g_string_append(text, words[(size_t)(i * i + i / 3) % G_N_ELEMENTS(words)]);
    return g_string_free(text, FALSE);
}

static void long_text_goes_on_in_a_chain(void **state)
{
    (void)state;
    static const enum text_policy texts[] = {TEXT_GB2312, TEXT_UCS2, TEXT_UTF8, TEXT_GBK};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        for (int letters = 100; letters <= 220; letters++) {
            const struct event_policy policy = {.text = texts[i], .country = "CHN", .extended = true};
            int count;
            char *text = make_text(letters);
            char *items = g_strdup_printf(PLAIN("<title>题</title><teacher>周明</teacher>"
                                                "<description>%s</description>"),
                                          text);
            struct made made = make(items, &policy);
            char *joined = join(&made.event, "chi", policy.text, &count);
            const uint8_t *title = made.event.bytes + HEADER, *beginning = title + 6 + title[5];
            char *cut = decode(beginning + 1, beginning[0], policy.text);
            assert_true(g_str_has_prefix(text, cut));
            assert_string_equal(joined, strlen(cut) == strlen(text) ? "" : text);
            assert_true(letters < 200 || count > 1);
            assert_int_equal(made.faults.count, 0); /* all of it is seen */
            g_free(cut);
            g_free(joined);
            g_free(items);
            g_free(text);
            unmake(&made);
        }
}

/* One Tibetan letter may have several marks: they stay with it. */
static void marks_stay_with_their_letter(void **state)
{
    (void)state;
    for (int shift = 0; shift < 5; shift++) {
        const struct event_policy policy = {.text = TEXT_UCS2, .country = "CHN", .extended = true};
        GString *text = g_string_new("");
        int count;
        for (int i = 0; i < 300; i++)
            g_string_append(text, i < shift ? "།" : "སྒྲུ");
        char *items = g_strdup_printf(PLAIN("<title xml:lang='bo'>།</title>"
                                            "<description xml:lang='bo'>%s</description>"),
                                      text->str);
        struct made made = make(items, &policy);
        char *joined = join(&made.event, "tib", policy.text, &count);
        assert_true(count > 1);
        assert_true(g_str_has_prefix(text->str, joined));
        for (const uint8_t *at = made.event.extended; at < made.event.extended + made.event.extended_length;
             at += 2 + at[1]) { /* the first character of each text is a letter */
            const uint8_t *first = at + 7 + at[6] + 2;
            assert_false(g_unichar_ismark((gunichar)(first[0] << 8 | first[1])));
        }
        g_free(joined);
        g_free(items);
        g_string_free(text, TRUE);
        unmake(&made);
    }
}

/* With all that an item can say in many languages, present and following still have six packets. */
static void event_of_any_size_fits_and_what_is_cut_is_reported(void **state)
{
    (void)state;
    static const char *const languages[] = {"zh", "en", "bo", "ug", "mn", "kk"};
    char *text = make_text(700);
    for (size_t count = 1; count <= G_N_ELEMENTS(languages); count++) {
        GString *items = g_string_new("");
        int descriptors;
        for (size_t i = 0; i < count; i++)
            g_string_append_printf(
                items, "<title xml:lang='%s'>题</title><description xml:lang='%s'>%s</description>",
                languages[i], languages[i], text);
        char *lesson =
            g_strdup_printf(PLAIN("%s<teacher>周明</teacher><episode series='s' number='1'/>"), items->str);
        struct made made = make(lesson, &everything);
        assert_true(event_size(&made.event, true) + EVENT_MORE_MAX <= EVENT_SIZE_MAX);
        assert_true(event_size(&made.event, true) + EVENT_MORE_MAX > EVENT_SIZE_MAX - 32);
        char *joined = join(&made.event, "chi", everything.text, &descriptors);
        assert_true(descriptors >= 1 || count >= 4);
        assert_true(g_str_has_prefix(text, joined));
        assert_int_equal(count_reported(&made, "viewers see only the beginning of its details"),
                         MIN(count, 4));
        assert_int_equal(count_reported(&made, "viewers do not see it"), count > 4 ? count - 4 : 0);
        g_free(joined);
        g_free(lesson);
        g_string_free(items, TRUE);
        unmake(&made);
    }
    g_free(text);
}

static void without_extended_events_a_cut_is_reported(void **state)
{
    (void)state;
    struct event_policy policy = everything;
    policy.extended = false;
    char *text = make_text(200);
    char *lesson =
        g_strdup_printf(PLAIN("<title>题</title><teacher>周明</teacher><description>%s</description>"), text);
    struct made made = make(lesson, &policy);
    assert_int_equal(made.event.extended_length, 0);
    assert_int_equal(event_size(&made.event, true), made.event.length);
    assert_int_equal(made.faults.count, 1);
    assert_int_equal(count_reported(&made, "viewers see only its beginning"), 1);
    g_free(lesson);
    g_free(text);
    unmake(&made);
}

/* A name that the table lacks is reported for one language, not for each. */
static void rare_name_is_reported_once(void **state)
{
    (void)state;
    struct made made =
        make(PLAIN("<title>题</title><title xml:lang='en'>x</title><teacher>王喆</teacher>"), &everything);
    assert_int_equal(made.faults.count, 1);
    assert_int_equal(count_reported(&made, "teacher \"王喆\": has characters outside the network's table"),
                     1);
    unmake(&made);
}

static void description_without_a_title_is_reported(void **state)
{
    (void)state;
    struct made made = make(PLAIN("<title>题</title><description>云</description>"
                                  "<description xml:lang='en'>Clouds</description>"),
                            &everything);
    assert_int_equal(made.faults.count, 1);
    assert_int_equal(
        count_reported(&made, "\"Clouds\": viewers do not see it, there is no title in language \"eng\""), 1);
    unmake(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(long_text_goes_on_in_a_chain),
        cmocka_unit_test(marks_stay_with_their_letter),
        cmocka_unit_test(event_of_any_size_fits_and_what_is_cut_is_reported),
        cmocka_unit_test(without_extended_events_a_cut_is_reported),
        cmocka_unit_test(rare_name_is_reported_once),
        cmocka_unit_test(description_without_a_title_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
