/* What people bring as subtitles: any script, any form of text, well made or not. */
#include "mux/prepare/subtitle.h"

#include <glib.h>

#include "mux/prepare/subtitle_wrap.h"
#include "tests/subtitle_fixture.h"

static void test_scripts_are_drawn_with_their_letters(void **state)
{
    struct fixture *fixture = *state;
    /* Two words of each script with as many letters: boxes would look alike. */
    static const char *const words[] = {
        WATER, "火的循环从蒸发开始。", "ཀ", "ཁ", "ئا", "ئە", "ᠮᠠ", "ᠨᠠ", TIBETAN, UYGHUR, MONGOLIAN};
    uint64_t pictures[G_N_ELEMENTS(words)];
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        pictures[i] = picture_of(fixture, words[i]);
        assert_string_equal(fixture->result.error, "");
        for (size_t k = 0; k < i; k++)
            assert_true(pictures[i] != pictures[k]);
    }
}

static void test_each_script_has_its_own_font(void **state)
{
    struct fixture *fixture = *state;
    /* beside Chinese letters those of Tibetan are no smaller than alone */
    picture_of(fixture, TIBETAN);
    uint32_t alone = height_at(fixture, 0, 10);
    picture_of(fixture, WATER);
    uint32_t chinese = height_at(fixture, 0, 10);
    picture_of(fixture, WATER "\n" TIBETAN);
    assert_true(height_at(fixture, 0, 10) + 4 >= chinese + alone);
}

static void test_uyghur_runs_from_right_to_left(void **state)
{
    struct fixture *fixture = *state;
    /* The mark at the end stands at the left: the first columns of both differ. */
    picture_of(fixture, UYGHUR);
    struct display_set *without = screen(fixture, 0, 10);
    picture_of(fixture, UYGHUR " ............");
    struct display_set *with = screen(fixture, 0, 10);
    const struct region *region = &with->regions[with->count - 1];
    uint32_t left = 0, right = 0, middle = region->x + region->width / 2;
    for (uint32_t y = region->y; y < region->y + region->height / 2; y++)
        for (uint32_t x = region->x; x < region->x + region->width; x++)
            if (seen(with, x, y) && (x < region->x + 30 || x >= region->x + region->width - 30))
                *(x < middle ? &left : &right) += 1;
    assert_true(region->width > without->regions[without->count - 1].width);
    assert_true(left * 4 < right); /* dots fill only the foot of the line */
    free(with);
    free(without);
}

static void test_long_lines_are_broken(void **state)
{
    (void)state;
    char *wrapped = subtitle_wrap("太阳照在海面上，水蒸发成为水汽。", 9);
    assert_string_equal(wrapped, "太阳照在海面上，\\N水蒸发成为水汽。");
    g_free(wrapped);
    wrapped = subtitle_wrap("{\\i1}水{\\i0}是water vapour的来源", 6);
    assert_string_equal(wrapped, "{\\i1}水{\\i0}是water \\Nvapour的来源");
    g_free(wrapped);
    wrapped = subtitle_wrap("ཆུའི་འཁོར་རྒྱུག་སྐོར་", 3);
    assert_non_null(strstr(wrapped, "་\\N"));
    g_free(wrapped);
    wrapped = subtitle_wrap("unbreakableunbreakable", 3);
    assert_string_equal(wrapped, "unbreakableunbreakable");
    g_free(wrapped);
}

static void test_files_need_not_be_in_utf_8(void **state)
{
    struct fixture *fixture = *state;
    static const char *const forms[] = {"GBK", "GB18030", "UTF-16LE", "UTF-16BE", "UTF-8"};
    const char *text = "\xEF\xBB\xBF" SRT("00,040", "01,000", WATER);
    uint64_t water = picture_of(fixture, WATER);
    for (int i = 0; i < 5; i++) {
        gsize length;
        const char *from = i < 2 ? text + 3 : text; /* Unicode files begin with a mark, Chinese ones do not */
        char *bytes = g_convert(from, -1, forms[i], "UTF-8", NULL, &length, NULL);
        bring(fixture, bytes, length);
        g_free(bytes);
        assert_true(encode(fixture, fixture->path, -1, 1));
        assert_int_equal(picture_at(fixture, 0, 5), water);
        assert_int_equal(strstr(fixture->result.error, "read as GB 18030") != NULL, i < 2);
    }
    bring(fixture, "1\n00:00:00,000 --> 00:00:01,000\n\xFF\xFF\xFF\n", 36);
    assert_false(encode(fixture, fixture->path, -1, 1));
    assert_non_null(strstr(fixture->result.error, "neither UTF-8 nor GB 18030"));
}

static void test_broken_files_give_what_they_hold(void **state)
{
    struct fixture *fixture = *state;
    uint64_t water = picture_of(fixture, WATER);
    assert_true(encode_text(fixture,
                            "1\n00:00:00,040 --> 00:00:01,000\n" WATER "\n\n"
                            "two\n00:00:02 -> later\nnothing\n\n"
                            "3\n00:00:05,000 --> 00:00:04,000\nbackwards\n\n"
                            "4\n00:00:03,000 --> 00:00:04,000\n" WATER,
                            5));
    assert_true(height_at(fixture, 0, 5) > 0);
    assert_int_equal(height_at(fixture, 4, 0), 0);
    assert_int_equal(picture_at(fixture, 3, 0), water);
    assert_false(encode_text(fixture, "", 1));
    assert_non_null(strstr(fixture->result.error, "holds no subtitle"));
    assert_false(encode_text(fixture, "Dear teacher, this is a letter.\n", 1));
    assert_non_null(strstr(fixture->result.error, "holds no subtitle"));
    assert_false(encode(fixture, fixture->folder, -1, 1));
    assert_non_null(strstr(fixture->result.error, "is no file of subtitles"));
    assert_false(encode(fixture, "/nowhere/lesson.srt", -1, 1));
    assert_non_null(strstr(fixture->result.error, "cannot be read"));
    assert_true(encode_text(fixture, SRT("00,040", "01,000", WATER) SRT("30,000", "31,000", "late"), 1));
    assert_non_null(strstr(fixture->result.error, "1 subtitles begin after the end"));
}

static void test_texts_that_overlap_are_both_seen(void **state)
{
    struct fixture *fixture = *state;
    assert_true(encode_text(fixture, SRT("00,000", "02,000", "水") SRT("01,000", "03,000", "云"), 3));
    uint32_t one = height_at(fixture, 0, 10), both = height_at(fixture, 1, 0),
             other = height_at(fixture, 2, 0);
    assert_true(both >= one + other - 8 && one > 0 && other > 0);
}

static void test_tags_are_not_drawn(void **state)
{
    struct fixture *fixture = *state;
    uint64_t plain = picture_of(fixture, "水 water");
    assert_int_equal(picture_of(fixture, "<font color=\"#F0F0F0\">水</font> water"), plain);
    assert_int_equal(picture_of(fixture, "<unknown>水</unknown> water"), plain);
    picture_of(fixture, "<font color=\"#ff0000\">水</font> water");
    struct display_set *set = screen(fixture, 0, 10);
    bool red = false;
    for (int i = 0; i < 16; i++)
        red = red || (set->clut[i][0] && set->clut[i][1] > 220);
    assert_true(red);
    free(set);
}

static void test_styles_of_ass_are_kept(void **state)
{
    struct fixture *fixture = *state;
    assert_true(
        encode_text(fixture,
                    "[Script Info]\nScriptType: v4.00+\nPlayResX: 640\nPlayResY: 360\n\n[V4+ Styles]\n"
                    "Format: Name, Fontname, Fontsize, PrimaryColour, OutlineColour, BorderStyle, Outline, "
                    "Shadow, Alignment, MarginV\n"
                    "Style: Title,Noto Sans CJK SC,30,&H0000FFFF,&H00000000,1,1,0,8,20\n\n[Events]\n"
                    "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n"
                    "Dialogue: 0,0:00:00.20,0:00:01.00,Title,,0,0,0,,{\\fad(200,200)}水的循环\n",
                    1));
    struct display_set *set = screen(fixture, 0, 10);
    assert_int_equal(set->count, 1);
    assert_in_range(set->regions[0].y, 30, 80);
    bool yellow = false;
    for (int i = 0; i < 16; i++)
        yellow = yellow || (set->clut[i][0] > 180 && set->clut[i][2] < 40 && set->clut[i][3] == 0);
    assert_true(yellow);
    free(set);
}

static void test_streams_of_the_source_are_read(void **state)
{
    struct fixture *fixture = *state;
    uint64_t water = picture_of(fixture, WATER);
    char command[512];
    bring(fixture, SRT("00,040", "01,000", WATER), strlen(SRT("00,040", "01,000", WATER)));
    static const char *const forms[] = {"-c:s srt", "-c:s ass", "-c:s webvtt"};
    for (int i = 0; i < 3; i++) {
        snprintf(
            command, sizeof command,
            "ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=s=64x64:d=2 -i %s -map 0 -map 1 -c:v mpeg4 %s "
            "-f matroska %s",
            fixture->path, forms[i], fixture->source);
        assert_int_equal(system(command), 0);
        assert_true(encode(fixture, NULL, 1, 2));
        if (i != 1) /* ffmpeg writes styles of its own into ASS */
            assert_int_equal(picture_at(fixture, 0, 5), water);
        assert_true(height_at(fixture, 0, 5) > 0);
        assert_int_equal(height_at(fixture, 1, 0), 0);
    }
    assert_false(encode(fixture, NULL, 0, 2));
    assert_non_null(strstr(fixture->result.error, "are no text"));
    assert_false(encode(fixture, NULL, 7, 2));
    assert_non_null(strstr(fixture->result.error, "no stream 7"));
    assert_true(encode_text(fixture, "WEBVTT\n\n00:00.040 --> 00:01.000\n" WATER "\n", 1));
    assert_int_equal(picture_at(fixture, 0, 5), water);
}

static void test_a_script_without_font_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char path[64];
    snprintf(path, sizeof path, "%s/fonts.conf", fixture->folder);
    FILE *file = fopen(path, "w");
    fprintf(file, "<fontconfig><dir>/usr/share/fonts/opentype/noto</dir><cachedir>%s</cachedir></fontconfig>",
            fixture->folder);
    fclose(file);
    setenv("FONTCONFIG_FILE", path, 1);
    assert_false(encode_text(fixture, SRT("00,000", "01,000", "水 " TIBETAN), 1));
    assert_non_null(strstr(fixture->result.error, "Tibetan"));
    assert_non_null(strstr(fixture->result.error, "Install fonts-noto-core"));
    /* a sign that no font has is told, and no reason to refuse */
    assert_true(encode_text(fixture, SRT("00,000", "01,000", "水\U0001FAE0"), 1));
    assert_non_null(strstr(fixture->result.error, "U+1FAE0"));
    unsetenv("FONTCONFIG_FILE");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scripts_are_drawn_with_their_letters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_script_has_its_own_font, setup, teardown),
        cmocka_unit_test_setup_teardown(test_uyghur_runs_from_right_to_left, setup, teardown),
        cmocka_unit_test(test_long_lines_are_broken),
        cmocka_unit_test_setup_teardown(test_files_need_not_be_in_utf_8, setup, teardown),
        cmocka_unit_test_setup_teardown(test_broken_files_give_what_they_hold, setup, teardown),
        cmocka_unit_test_setup_teardown(test_texts_that_overlap_are_both_seen, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tags_are_not_drawn, setup, teardown),
        cmocka_unit_test_setup_teardown(test_styles_of_ass_are_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(test_streams_of_the_source_are_read, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_script_without_font_is_refused, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
