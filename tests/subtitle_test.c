/* Subtitles: the bytes of EN 300 743 read back by a reader of the tests' own and by FFmpeg, every second
 * alone, and what people bring as subtitle files. */
#include "mux/prepare/subtitle.h"

#include <stdio.h>
#include <unistd.h>

#include <glib.h>

#include "mux/packet.h"
#include "mux/prepare/subtitle_draw.h"
#include "mux/prepare/subtitle_font.h"
#include "mux/prepare/subtitle_segments.h"
#include "mux/prepare/subtitle_text.h"
#include "mux/prepare/subtitle_wrap.h"
#include "tests/subtitle_reader.h"

#define START 1583107200 /* 2020-03-02T00:00:00Z */
#define SECONDS_MAX 16
#define FRAME 3600
#define SRT(begin, end, words) "1\n00:00:" begin " --> 00:00:" end "\n" words "\n\n"
#define WATER "水的循环从蒸发开始。"
#define TIBETAN "ཆུའི་འཁོར་རྒྱུག"
#define UYGHUR "سۇنىڭ ئايلىنىشى"
#define MONGOLIAN "ᠤᠰᠤᠨ ᠤ ᠡᠷᠭᠢᠯᠲᠡ"

struct pes {
    uint8_t *bytes;
    size_t length;
    int32_t pts; /* from the second */
};

struct fixture {
    char folder[32], path[64], source[64];
    struct house house;
    struct prepare_job job;
    struct prepare_result result;
    struct work work;
    struct pes pes[SECONDS_MAX][25]; /* of what was encoded last */
    uint32_t counts[SECONDS_MAX];
};

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    strcpy(fixture->folder, "/tmp/subtitle-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->path, sizeof fixture->path, "%s/lesson.srt", fixture->folder);
    snprintf(fixture->source, sizeof fixture->source, "%s/lesson.mkv", fixture->folder);
    assert_true(house_parse("h264-720p25", "mp2-128k", &fixture->house));
    fixture->job = (struct prepare_job){.house = &fixture->house, .path = fixture->source};
    fixture->work = (struct work){.job = &fixture->job, .result = &fixture->result};
    *state = fixture;
    return 0;
}

static void forget(struct fixture *fixture)
{
    for (uint32_t i = 0; i < SECONDS_MAX; i++)
        while (fixture->counts[i] > 0)
            free(fixture->pes[i][--fixture->counts[i]].bytes);
    fixture->result = (struct prepare_result){0};
    fixture->work.failed = false;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    forget(fixture);
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    int code = system(command);
    free(fixture);
    return code;
}

static void bring(const struct fixture *fixture, const char *text, size_t length)
{
    FILE *file = fopen(fixture->path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, length, file), length);
    assert_int_equal(fclose(file), 0);
}

/* The PES packets of a cell: counters run, nothing is left over, PTS are those of the second. */
static uint32_t unpack(const struct cell *cell, int64_t second, struct pes *pes)
{
    uint32_t count = 0;
    assert_int_equal(cell->count % 16, 0);
    for (uint32_t i = 0; i < cell->count; i++) {
        const uint8_t *packet = cell->packets + (size_t)i * 188;
        uint32_t from = packet_payload_offset(packet);
        assert_int_equal(packet[3] & 15, i % 16);
        if (packet_is_start(packet)) {
            assert_true(count < 25);
            uint64_t pts = packet_get_pes_time(packet + from + 9);
            int64_t away = (int64_t)(pts - (uint64_t)second * 90000) & (PACKET_PTS_MODULUS - 1);
            assert_in_range(away, 0, 24 * FRAME);
            pes[count++] = (struct pes){malloc((size_t)cell->count * 188), 0, (int32_t)away};
        }
        assert_true(count > 0);
        memcpy(pes[count - 1].bytes + pes[count - 1].length, packet + from, 188 - from);
        pes[count - 1].length += 188 - from;
    }
    return count;
}

static void read_lesson(struct fixture *fixture, const struct tracks *tracks, const char *path,
                        uint32_t seconds)
{
    struct lesson *lesson = NULL;
    struct lesson_second *second = lesson_second_new(&fixture->house, tracks);
    assert_int_equal(lesson_open(path, &fixture->house, &lesson), LESSON_OK);
    for (uint32_t i = 0; i < seconds; i++) {
        assert_int_equal(lesson_read(lesson, tracks, i, START + i, second), LESSON_OK);
        fixture->counts[i] = unpack(second->subtitles[0], START + i, fixture->pes[i]);
    }
    lesson_second_free(&second);
    lesson_free(&lesson);
}

/* Makes a lesson of nothing but these subtitles and reads it back. */
static bool encode(struct fixture *fixture, const char *path, int stream, uint32_t seconds)
{
    static const struct tracks tracks = {
        .audio = {{"chi", false}}, .audio_count = 1, .subtitles = {{"chi", false}}, .subtitle_count = 1};
    forget(fixture);
    struct lesson_writer *writer = lesson_writer_new(fixture->folder, &fixture->house, &tracks);
    struct cell *cell = cell_new(fixture->house.video.slots);
    assert_true(writer && cell);
    cell->count = 0;
    for (uint32_t i = 0; i < fixture->house.video.slots; i++)
        cell->index[i] = CELL_EMPTY;
    for (uint32_t i = 0; i < seconds; i++)
        assert_int_equal(lesson_writer_add_cell(writer, cell), LESSON_OK);
    bool good = subtitle_encode(&fixture->work, path, stream, 0, seconds, writer);
    if (good) {
        struct lesson_info info = {.source = "test"};
        char hash[LESSON_HASH_MAX], lesson[128];
        assert_int_equal(lesson_writer_finish(&writer, &info, hash), LESSON_OK);
        snprintf(lesson, sizeof lesson, "%s/%s.lesson", fixture->folder, hash);
        read_lesson(fixture, &tracks, lesson, seconds);
    } else {
        lesson_writer_free(&writer);
    }
    cell_free(&cell);
    return good;
}

static bool encode_text(struct fixture *fixture, const char *text, uint32_t seconds)
{
    bring(fixture, text, strlen(text));
    return encode(fixture, fixture->path, -1, seconds);
}

/* The display set that is on the screen `frame` frames into a second, knowing that second alone. */
static struct display_set *screen(const struct fixture *fixture, uint32_t second, uint32_t frame)
{
    assert_true(fixture->counts[second] > 0);
    assert_int_equal(fixture->pes[second][0].pts, 0);
    uint32_t last = 0;
    while (last + 1 < fixture->counts[second] && fixture->pes[second][last + 1].pts <= (int32_t)frame * FRAME)
        last++;
    const struct pes *pes = &fixture->pes[second][last];
    struct display_set *set = read_display_set(pes->bytes, pes->length);
    check_by_ffmpeg(set, pes->bytes, pes->length);
    return set;
}

/* Lines of the screen that show something, 0 when it is empty. */
static uint32_t height_at(const struct fixture *fixture, uint32_t second, uint32_t frame)
{
    struct display_set *set = screen(fixture, second, frame);
    uint32_t height = 0;
    for (uint32_t i = 0; i < set->count; i++)
        height += set->regions[i].height;
    free(set);
    return height;
}

/* A number for all that is seen. */
static uint64_t picture_at(const struct fixture *fixture, uint32_t second, uint32_t frame)
{
    struct display_set *set = screen(fixture, second, frame);
    uint64_t sum = 0;
    for (uint32_t y = 0; y < set->height; y++)
        for (uint32_t x = 0; x < set->width; x++)
            sum = sum * 31 + seen(set, x, y);
    free(set);
    return sum;
}

static uint64_t picture_of(struct fixture *fixture, const char *words)
{
    char *text = g_strdup_printf(SRT("00,400", "01,000", "%s"), words);
    assert_true(encode_text(fixture, text, 1));
    g_free(text);
    assert_true(height_at(fixture, 0, 10) > 0);
    return picture_at(fixture, 0, 10);
}

static void fill_runs(struct subtitle_page *page, uint32_t colours)
{
    uint32_t seed = colours, run = 0, colour = 0;
    for (uint32_t i = 0; i<(uint32_t)page->width * page->height; i++, run -= run> 0) {
        if (run == 0) {
            seed = seed * 1103515245 + 12345;
            run = 1 + (seed >> 8 & 3 ? seed >> 16 & 31 : seed >> 16 & 511);
            colour = (colour + 1 + (seed >> 26) % colours) % (colours + 1);
        }
        page->pixels[i] = colour;
    }
}

static void test_runs_of_every_length_are_read_back(void **state)
{
    (void)state;
    uint8_t *pixels = malloc((size_t)720 * 576);
    for (uint32_t colours = 1; colours < SUBTITLE_COLOURS; colours++) {
        struct subtitle_page page = {
            .width = 720, .height = 576, .pixels = pixels, .colour_count = colours + 1};
        page.bands[0] = (struct subtitle_band){0, 0, 720, 40};
        page.bands[1] = (struct subtitle_band){3, 100, 641, 20};
        page.band_count = 2;
        for (uint32_t i = 0; i <= colours; i++)
            page.colours[i] = (struct subtitle_colour){16 * i, 100 + i, 90 + i, 10 * i};
        fill_runs(&page, colours);
        GByteArray *pes = subtitle_build_pes(&page, colours);
        struct display_set *set = read_display_set(pes->data, pes->len);
        assert_int_equal(set->version, colours);
        assert_false(set->defined);
        for (uint32_t b = 0; b < 2; b++)
            for (uint32_t y = page.bands[b].y; y < page.bands[b].y + page.bands[b].height; y++)
                for (uint32_t x = page.bands[b].x; x < page.bands[b].x + page.bands[b].width; x++) {
                    const uint8_t *entry = set->clut[set->pixels[y * 720 + x]];
                    assert_memory_equal(entry, &page.colours[pixels[y * 720 + x]], 4);
                }
        check_by_ffmpeg(set, pes->data, pes->len);
        free(set);
        g_byte_array_unref(pes);
    }
    free(pixels);
}

static void test_what_is_drawn_is_decoded(void **state)
{
    struct fixture *fixture = *state;
    static const char *const houses[] = {"h264-576i25", "h264-720p25", "h264-1080i25"};
    static const uint32_t widths[] = {720, 1280, 1280};
    bring(fixture, SRT("00,000", "02,000", WATER "\nwater"),
          strlen(SRT("00,000", "02,000", WATER "\nwater")));
    for (int i = 0; i < 3; i++) {
        struct subtitle_text *text;
        struct subtitle_font font;
        assert_true(house_parse(houses[i], "mp2-128k", &fixture->house));
        assert_true(subtitle_text_read(&fixture->work, fixture->path, -1, 2, &text));
        assert_true(subtitle_font_find(&fixture->work, text, &font));
        struct subtitle_drawer *drawer = subtitle_drawer_new(&fixture->house.video, text, &font);
        for (uint32_t colours = 3; colours <= 15; colours += 12) {
            struct subtitle_effort effort = {colours, 1};
            const struct subtitle_page *page = subtitle_draw(drawer, 0, 50, effort);
            GByteArray *pes = subtitle_build_pes(page, 1);
            struct display_set *set = read_display_set(pes->data, pes->len);
            assert_int_equal(set->width, widths[i]);
            assert_int_equal(set->defined, i > 0);
            assert_true(set->count > 0);
            for (uint32_t y = 0; y < set->height; y++)
                for (uint32_t x = 0; x < set->width; x++)
                    if (page->pixels[y * set->width + x])
                        assert_memory_equal(set->clut[set->pixels[y * set->width + x]],
                                            &page->colours[page->pixels[y * set->width + x]], 4);
                    else
                        assert_int_equal(seen(set, x, y), 0);
            check_by_ffmpeg(set, pes->data, pes->len);
            free(set);
            g_byte_array_unref(pes);
        }
        subtitle_drawer_free(&drawer);
        subtitle_text_free(&text);
    }
    assert_string_equal(fixture->result.error, "");
}

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

static void test_every_second_stands_alone(void **state)
{
    struct fixture *fixture = *state;
    assert_true(encode_text(fixture,
                            SRT("00,000", "03,480", WATER) SRT("03,480", "03,801", "云")
                                SRT("05,000", "06,000", "雨") SRT("06,000", "07,000", "雪"),
                            9));
    /* the first frame of a lesson is empty, then the text is there in each second */
    assert_int_equal(height_at(fixture, 0, 0), 0);
    uint64_t water = picture_at(fixture, 0, 1);
    for (uint32_t second = 1; second < 4; second++) {
        struct display_set *set = screen(fixture, second, 0), *before = screen(fixture, second - 1, 11);
        assert_int_equal(picture_at(fixture, second, 0), water);
        assert_int_equal(set->state, 2);
        assert_int_equal(set->time_out, 2);
        assert_int_equal(set->version, before->version);
        free(set);
        free(before);
    }
    assert_int_equal(picture_at(fixture, 3, 11), water);
    /* 3.48 s is the end of frame 11; 3.801 s is rounded to the grid */
    assert_true(picture_at(fixture, 3, 12) != water);
    assert_true(height_at(fixture, 3, 19) > 0);
    assert_int_equal(height_at(fixture, 3, 20), 0);
    assert_int_equal(fixture->pes[3][2].pts, 20 * FRAME);
    assert_int_equal(height_at(fixture, 4, 24), 0);
    assert_true(picture_at(fixture, 5, 0) != picture_at(fixture, 6, 0));
    for (uint32_t second = 7; second < 9; second++) {
        assert_int_equal(height_at(fixture, second, 0), 0);
        assert_int_equal(fixture->counts[second], 1);
    }
}

static void test_neighbours_have_other_versions(void **state)
{
    struct fixture *fixture = *state;
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 40; i++)
        g_string_append_printf(text, "%d\n00:00:%02d,%d --> 00:00:%02d,%d\n第%d句\n\n", i, i / 4,
                               i % 4 * 240 + 40, i / 4, i % 4 * 240 + 280, i);
    assert_true(encode_text(fixture, text->str, 11));
    g_string_free(text, TRUE);
    uint32_t last = 99;
    for (uint32_t second = 0; second < 11; second++)
        for (uint32_t i = 0; i < fixture->counts[second]; i++) {
            const struct pes *pes = &fixture->pes[second][i];
            struct display_set *set = read_display_set(pes->bytes, pes->length);
            assert_int_equal(set->version == 0, set->count == 0);
            if (i > 0)
                assert_int_not_equal(set->version, last);
            for (uint32_t k = 0; k < set->count; k++)
                assert_int_equal(set->regions[k].version, set->version);
            last = set->version;
            free(set);
        }
}

static void test_what_is_too_large_is_drawn_smaller_or_left_out(void **state)
{
    struct fixture *fixture = *state;
    GString *text = g_string_new("1\n00:00:01,000 --> 00:00:02,500\n");
    for (int i = 0; i < 4; i++)
        g_string_append(text, "蒸发凝结降水径流渗透蒸腾循环水汽云雨雪\n");
    assert_true(encode_text(fixture, text->str, 3));
    g_string_free(text, TRUE);
    assert_non_null(strstr(fixture->result.error, "drawn smaller (the first at 0:01)"));
    assert_in_range(height_at(fixture, 1, 0), 40, 720 * 36 / 100);
    assert_int_equal(picture_at(fixture, 1, 0), picture_at(fixture, 2, 0));

    GString *full =
        g_string_new("[Script Info]\nScriptType: v4.00+\nPlayResX: 1280\nPlayResY: 720\n[V4+ Styles]\n"
                     "Format: Name, Fontname, Fontsize, PrimaryColour, Alignment\n"
                     "Style: Default,sans,20,&H0000FFFF,7\n[Events]\n"
                     "Format: Layer, Start, End, Style, Text\n"
                     "Dialogue: 0,0:00:01.00,0:00:02.00,Default,{\\pos(0,0)\\p1}");
    for (int i = 0; i < 4000; i++) /* dust all over the screen */
        g_string_append_printf(full, "m %d %d l %d %d %d %d ", i * 37 % 1270, i * 91 % 710, i * 37 % 1270 + 3,
                               i * 91 % 710, i * 37 % 1270, i * 91 % 710 + 3);
    g_string_append(full, "\nDialogue: 0,0:00:02.00,0:00:03.00,Default,rain\n");
    assert_true(encode_text(fixture, full->str, 3));
    g_string_free(full, TRUE);
    assert_non_null(strstr(fixture->result.error, "left out (see 0:01)"));
    assert_int_equal(height_at(fixture, 1, 0), 0);
    assert_true(height_at(fixture, 2, 0) > 0);
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
        cmocka_unit_test(test_runs_of_every_length_are_read_back),
        cmocka_unit_test_setup_teardown(test_what_is_drawn_is_decoded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_scripts_are_drawn_with_their_letters, setup, teardown),
        cmocka_unit_test_setup_teardown(test_uyghur_runs_from_right_to_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_second_stands_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_neighbours_have_other_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_too_large_is_drawn_smaller_or_left_out, setup, teardown),
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
