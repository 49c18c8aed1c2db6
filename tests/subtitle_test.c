/* Subtitles: the bytes of EN 300 743 read back by a reader of the tests' own and by FFmpeg, every second
 * alone. */
#include "mux/prepare/subtitle.h"

#include <glib.h>

#include "mux/prepare/subtitle_draw.h"
#include "mux/prepare/subtitle_font.h"
#include "mux/prepare/subtitle_segments.h"
#include "mux/prepare/subtitle_text.h"
#include "tests/subtitle_fixture.h"

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
        struct subtitle_fonts fonts;
        assert_true(house_parse(houses[i], "mp2-128k", &fixture->house));
        assert_true(subtitle_text_read(&fixture->work, fixture->path, -1, 2, &text));
        assert_true(subtitle_fonts_find(&fixture->work, text, &fonts));
        struct subtitle_drawer *drawer = subtitle_drawer_new(&fixture->house.video, text, &fonts);
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
    assert_true(height_at(fixture, 6, 24) > 0);
    for (uint32_t second = 7; second < 9; second++) {
        assert_int_equal(height_at(fixture, second, 0), 0);
        assert_int_equal(fixture->counts[second], 1);
    }
}

static void test_nothing_is_left_when_a_lesson_ends(void **state)
{
    struct fixture *fixture = *state;
    assert_true(encode_text(fixture, SRT("00,000", "09,000", WATER), 2));
    assert_true(height_at(fixture, 1, 23) > 0);
    assert_int_equal(height_at(fixture, 1, 24), 0);
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

/* The decoder of EN 300 743 clause 5 without display definition: every byte of a display set is there before
 * its PTS, and waits in a buffer of 24 576 bytes until then. */
static void check_model(const struct fixture *fixture, uint32_t seconds)
{
    uint32_t most = 0;
    for (int64_t slot = 0; slot < (int64_t)seconds * HOUSE_SUBTITLE_SLOTS; slot++) {
        int64_t now = (slot - HOUSE_SUBTITLE_LEAD) * 90000 / HOUSE_SUBTITLE_SLOTS;
        uint32_t waiting = 0;
        for (uint32_t second = 0; second < seconds; second++) {
            int64_t begin = (int64_t)second * HOUSE_SUBTITLE_SLOTS;
            uint32_t set = UINT32_MAX;
            for (int64_t at = 0; at < HOUSE_SUBTITLE_SLOTS && begin + at <= slot; at++) {
                uint16_t packet = fixture->cells[second]->index[at];
                if (packet == CELL_EMPTY)
                    continue;
                const uint8_t *bytes = fixture->cells[second]->packets + (size_t)packet * 188;
                set += packet_is_start(bytes);
                int64_t due = (int64_t)second * 90000 + fixture->pes[second][set].pts;
                if (begin + at == slot)
                    assert_true(now < due);
                if (due > now)
                    waiting += 188 - packet_payload_offset(bytes);
            }
        }
        most = MAX(most, waiting);
    }
    assert_in_range(most, 5000, 24576);
}

static void test_the_decoder_model_holds(void **state)
{
    struct fixture *fixture = *state;
    assert_true(house_parse("h264-576i25", "mp2-128k", &fixture->house));
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 8; i++)
        g_string_append_printf(text, "%d\n00:00:0%d,%d00 --> 00:00:0%d,900\n%s\n%s\n\n", i, i, i, i + 1,
                               "太阳照在海面上，水蒸发成为水汽，", "当空气上升到高空时凝结成小水滴。");
    assert_true(encode_text(fixture, text->str, 10));
    g_string_free(text, TRUE);
    check_model(fixture, 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_runs_of_every_length_are_read_back),
        cmocka_unit_test_setup_teardown(test_what_is_drawn_is_decoded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_second_stands_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_is_left_when_a_lesson_ends, setup, teardown),
        cmocka_unit_test_setup_teardown(test_neighbours_have_other_versions, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_too_large_is_drawn_smaller_or_left_out, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_decoder_model_holds, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
