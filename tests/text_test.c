/* Text for receivers: golden bytes (computed with other codecs than glibc's), fates, and cuts. */
#include "epg/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>
#include <glib.h>

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

/* --- golden/text.txt */

static enum text_policy policy_of(const char *name)
{
    static const char *const names[] = {
        [TEXT_GB2312] = "gb2312", [TEXT_UCS2] = "ucs2", [TEXT_UTF8] = "utf-8", [TEXT_GBK] = "gbk"};
    size_t policy = 0;
    while (strcmp(names[policy], name) != 0)
        assert_true(++policy < G_N_ELEMENTS(names));
    return (enum text_policy)policy;
}

static unsigned fate_of(const char *letters)
{
    return (strchr(letters, 'n') ? TEXT_NORMALISED : 0) | (strchr(letters, 'o') ? TEXT_OTHER_TABLE : 0) |
           (strchr(letters, 'c') ? TEXT_CUT : 0);
}

static void check_row(char **cells)
{
    uint8_t bytes[256];
    char hex[2 * sizeof bytes + 1], replaced[64];
    size_t length;
    const size_t limit = (size_t)g_ascii_strtoull(cells[1], NULL, 10);
    assert_in_range(limit, 1, sizeof bytes);
    unsigned fate =
        text_encode(cells[5], policy_of(cells[0]), bytes, limit, &length, replaced, sizeof replaced);
    assert_string_equal(to_hex(bytes, length, hex), cells[3]);
    assert_int_equal(fate, fate_of(cells[2]));
    if (!(fate & TEXT_CUT)) /* of what was cut off, nothing is told */
        assert_string_equal(replaced, cells[4]);
}

/* Every character of the Basic Multilingual Plane that the table has, and its bytes: FNV-1a. An iconv that
 * knows another GBK than glibc's does not pass. */
static void check_digest(char **cells)
{
    const enum text_policy policy = policy_of(cells[0]);
    const size_t selector = policy == TEXT_GB2312;
    uint64_t digest = UINT64_C(0xCBF29CE484222325), count = 0;
    for (gunichar c = 0xA0; c < 0x10000; c++) {
        char utf8[7] = {0};
        uint8_t bytes[64];
        size_t length;
        if (c >= 0xD800 && c < 0xF900)
            continue;
        g_unichar_to_utf8(c, utf8);
        if (text_encode(utf8, policy, bytes, sizeof bytes, &length, NULL, 0) != TEXT_EXACT ||
            length != selector + 2)
            continue;
        const uint8_t all[] = {(uint8_t)(c >> 8), (uint8_t)c, bytes[selector], bytes[selector + 1]};
        for (size_t i = 0; i < sizeof all; i++)
            digest = (digest ^ all[i]) * UINT64_C(0x100000001B3);
        count++;
    }
    assert_int_equal(count, g_ascii_strtoull(cells[2], NULL, 10));
    assert_true(digest == g_ascii_strtoull(cells[3], NULL, 16));
}

static void bytes_are_those_of_other_codecs(void **state)
{
    (void)state;
    char *file;
    size_t rows = 0;
    assert_true(g_file_get_contents("tests/golden/text.txt", &file, NULL, NULL));
    char **lines = g_strsplit(file, "\n", -1);
    for (char **line = lines; *line; line++) {
        char **cells = g_strsplit(*line, "\t", -1);
        if (g_strv_length(cells) == 6)
            check_row(cells);
        else if (g_strv_length(cells) == 4)
            check_digest(cells);
        else
            assert_string_equal(*line, "");
        rows++;
        g_strfreev(cells);
    }
    assert_true(rows > 100);
    g_strfreev(lines);
    g_free(file);
}

/* Which characters send a text to another table, each once. */
static void characters_that_a_table_lacks_are_named(void **state)
{
    (void)state;
    char lacking[16];
    text_lacking("朱镕基见朱镕，王喆〇½😀", TEXT_GB2312, lacking, sizeof lacking);
    assert_string_equal(lacking, "镕喆");
    text_lacking("朱镕基한", TEXT_GBK, lacking, sizeof lacking);
    assert_string_equal(lacking, "한");
    text_lacking("镕喆玥", TEXT_GB2312, lacking, 7);
    assert_string_equal(lacking, "镕喆");
    text_lacking("朱镕基", TEXT_UTF8, lacking, sizeof lacking);
    assert_string_equal(lacking, "");
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
        cmocka_unit_test(bytes_are_those_of_other_codecs),
        cmocka_unit_test(characters_that_a_table_lacks_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
