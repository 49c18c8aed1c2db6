/* Text for receivers: golden bytes (computed with other codecs than glibc's), fates, and cuts. */
#include "epg/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>

struct golden {
    const char *utf8;
    enum text_policy policy;
    const char *hex;
    unsigned fate;
    const char *replaced;
};

static const char *to_hex(const uint8_t *bytes, size_t length, char *hex)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 0x0F];
    }
    hex[2 * length] = '\0';
    return hex;
}

static void check(const struct golden *golden, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        uint8_t bytes[256];
        char hex[2 * sizeof bytes + 1], replaced[64];
        size_t length;
        unsigned fate = text_encode(golden[i].utf8, golden[i].policy, bytes, sizeof bytes, &length, replaced,
                                    sizeof replaced);
        assert_string_equal(to_hex(bytes, length, hex), golden[i].hex);
        assert_int_equal(fate, golden[i].fate);
        assert_string_equal(replaced, golden[i].replaced ? golden[i].replaced : "");
    }
}

static void ascii_has_no_selector_in_any_table(void **state)
{
    (void)state;
    const struct golden golden[] = {
        {"Primary 1", TEXT_GB2312, "5072696D6172792031", 0, NULL},
        {"Primary 1", TEXT_UCS2, "5072696D6172792031", 0, NULL},
        {"Primary 1", TEXT_UTF8, "5072696D6172792031", 0, NULL},
        {"Primary 1", TEXT_GBK, "5072696D6172792031", 0, NULL},
        {"", TEXT_GB2312, "", 0, NULL},
        {"a\nb\tc\x7F", TEXT_GB2312, "612062206320", 0, NULL},
    };
    check(golden, sizeof golden / sizeof *golden);
}

static void chinese_goes_as_gb2312(void **state)
{
    (void)state;
    const struct golden golden[] = {
        {"中文", TEXT_GB2312, "13D6D0CEC4", 0, NULL},
        {"第1课 水的循环 A", TEXT_GB2312, "13B5DA31BFCE20CBAEB5C4D1ADBBB72041", 0, NULL},
        {"一\n二", TEXT_GB2312, "13D2BB20B6FE", 0, NULL},
    };
    check(golden, sizeof golden / sizeof *golden);
}

/* glibc's GB2312 encoder refuses both, its decoder reads the bytes as U+30FB and U+2015: the code table has
 * them. */
static void middle_dot_and_dash_stay_in_gb2312(void **state)
{
    (void)state;
    const struct golden golden[] = {
        {"·", TEXT_GB2312, "13A1A4", 0, NULL},
        {"—", TEXT_GB2312, "13A1AA", 0, NULL},
        {"语文·古诗——春", TEXT_GB2312, "13D3EFCEC4A1A4B9C5CAABA1AAA1AAB4BA", 0, NULL},
    };
    check(golden, sizeof golden / sizeof *golden);
}

static void lacking_characters_are_normalised(void **state)
{
    (void)state;
    const struct golden golden[] = {
        {"二〇二〇年", TEXT_GB2312, "13B6FEA1F0B6FEA1F0C4EA", TEXT_NORMALISED, "〇→○"},
        {"½", TEXT_GB2312, "13312F32", TEXT_NORMALISED, "½→1/2"},
        {"5㎡–6㎡", TEXT_GB2312, "13356D322D366D32", TEXT_NORMALISED, "㎡→m2, –→-"},
        {"−5℃", TEXT_GB2312, "132D35A1E6", TEXT_NORMALISED, "−→-"},
        {"España", TEXT_GB2312, "13457370616E61", TEXT_NORMALISED, "ñ→n"},
        {"𠮷", TEXT_GB2312, "13BCAA", TEXT_NORMALISED, "𠮷→吉"},
        {"好😀", TEXT_GB2312, "13BAC3A1FE", TEXT_NORMALISED, "😀→〓"},
        {"好😀", TEXT_UCS2, "11597D3013", TEXT_NORMALISED, "😀→〓"},
    };
    check(golden, sizeof golden / sizeof *golden);
}

static void names_are_not_transliterated_but_go_as_ucs2(void **state)
{
    (void)state;
    const struct golden golden[] = {
        {"镕", TEXT_GB2312, "119555", TEXT_OTHER_TABLE, NULL},
        {"朱镕·A", TEXT_GB2312, "116731955500B70041", TEXT_OTHER_TABLE, NULL},
        {"한", TEXT_GBK, "11D55C", TEXT_OTHER_TABLE, NULL},
    };
    check(golden, sizeof golden / sizeof *golden);
}

static void other_policies(void **state)
{
    (void)state;
    const struct golden golden[] = {
        {"中½", TEXT_UCS2, "114E2D00BD", 0, NULL},
        {"中½", TEXT_UTF8, "15E4B8ADC2BD", 0, NULL},
        {"😀", TEXT_UTF8, "15F09F9880", 0, NULL},
        {"朱镕〇", TEXT_GBK, "D6ECE946A996", 0, NULL},
        {"½〇", TEXT_GBK, "312F32A996", TEXT_NORMALISED, "½→1/2"},
    };
    check(golden, sizeof golden / sizeof *golden);
}

/* U+E08A is the line break of Annex A: from a user it must not reach a receiver, in UTF-8 least of all. */
static void private_and_invisible_characters_do_not_pass(void **state)
{
    (void)state;
    const struct golden golden[] = {
        {"中\xEE\x82\x8A文", TEXT_UTF8, "15E4B8ADE38093E69687", TEXT_NORMALISED, "\xEF\xBF\xBD→〓"},
        {"中\xEE\x82\x8A文", TEXT_UCS2, "114E2D30136587", TEXT_NORMALISED, "\xEF\xBF\xBD→〓"},
        {"\xEF\xBB\xBF中\xE2\x80\x8B文", TEXT_GB2312, "13D6D0CEC4", 0, NULL},
        {"中\xFF文", TEXT_GB2312, "13D6D0A1FECEC4", TEXT_NORMALISED, "\xEF\xBF\xBD→〓"},
    };
    check(golden, sizeof golden / sizeof *golden);
}

/* Every limit: the bytes are the start of the whole, and end between characters. */
static void cuts_fall_between_characters(void **state)
{
    (void)state;
    static const struct {
        enum text_policy policy;
        const char *utf8;
        size_t ends[8]; /* lengths at which the encoding may end, ascending, the whole last */
    } cases[] = {
        {TEXT_GB2312, "中a文½", {1, 3, 4, 6, 9}}, {TEXT_UCS2, "中a文½", {1, 3, 5, 7, 9}},
        {TEXT_UTF8, "中a文😀", {1, 4, 5, 8, 12}},  {TEXT_GBK, "中a文½", {0, 2, 3, 5, 8}},
        {TEXT_GB2312, "镕a文", {1, 3, 5, 7}},     {TEXT_GB2312, "abc", {0, 1, 2, 3}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        uint8_t whole[64], part[64];
        size_t whole_length, length, last = 0;
        text_encode(cases[i].utf8, cases[i].policy, whole, sizeof whole, &whole_length, NULL, 0);
        while (last < 7 && cases[i].ends[last + 1])
            last++;
        assert_int_equal(whole_length, cases[i].ends[last]);
        for (size_t limit = 0; limit <= whole_length; limit++) {
            size_t end = 0;
            for (size_t j = 0; j <= last; j++)
                end = cases[i].ends[j] <= limit ? cases[i].ends[j] : end;
            memset(part, 0xA5, sizeof part);
            unsigned fate = text_encode(cases[i].utf8, cases[i].policy, part, limit, &length, NULL, 0);
            assert_int_equal(length, end);
            assert_memory_equal(part, whole, end);
            assert_int_equal(part[limit], 0xA5);
            assert_int_equal(!!(fate & TEXT_CUT), limit < whole_length);
        }
    }
}

static void list_of_replacements_never_overruns(void **state)
{
    (void)state;
    uint8_t bytes[64];
    size_t length;
    for (size_t size = 0; size < 24; size++) {
        char replaced[32];
        memset(replaced, 'x', sizeof replaced);
        unsigned fate = text_encode("〇½–㎡", TEXT_GB2312, bytes, sizeof bytes, &length, replaced, size);
        assert_int_equal(fate, TEXT_NORMALISED);
        assert_int_equal(replaced[size], 'x');
        if (size)
            assert_true(strlen(replaced) < size);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ascii_has_no_selector_in_any_table),
        cmocka_unit_test(chinese_goes_as_gb2312),
        cmocka_unit_test(middle_dot_and_dash_stay_in_gb2312),
        cmocka_unit_test(lacking_characters_are_normalised),
        cmocka_unit_test(names_are_not_transliterated_but_go_as_ucs2),
        cmocka_unit_test(other_policies),
        cmocka_unit_test(private_and_invisible_characters_do_not_pass),
        cmocka_unit_test(cuts_fall_between_characters),
        cmocka_unit_test(list_of_replacements_never_overruns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
