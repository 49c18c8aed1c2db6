/* What people bring: every form of picture and sound becomes a lesson, everything else a clear message, and
 * nothing half made is left behind. */
#include "mux/prepare/prepare.h"

#include <sys/stat.h>

#include "tests/prepare_fixture.h"

#define PICTURE "-f lavfi -i testsrc2=s=320x180:r=25:d=2.6"
#define SOUND "-f lavfi -i sine=660:d=2.6:r=44100"
#define H264 "-c:v libx264 -preset ultrafast"

static const struct {
    const char *name, *make;
    uint32_t seconds;
    const char *remark; /* NULL: none at all */
} forms[] = {
    {"ten.mp4", "$f -f lavfi -i testsrc2=s=320x180:r=10:d=2.6 " SOUND " " H264 " -c:a aac ten.mp4", 3, NULL},
    {"sixty.mkv",
     "$f -f lavfi -i testsrc2=s=640x360:r=60:d=2.6 -f lavfi -i 'sine=d=2.6,pan=5.1|c0=c0|c1=c0|c2=c0' " H264
     " -pix_fmt yuv420p10 -c:a ac3 sixty.mkv",
     3, NULL},
    {"odd.mkv", "$f -f lavfi -i testsrc2=s=321x243:r=25:d=1 -c:v ffv1 -pix_fmt yuv444p odd.mkv", 1,
     "There is no sound"},
    {"tall.mkv", "$f -f lavfi -i testsrc2=s=32x2000:r=25:d=1 -c:v ffv1 tall.mkv", 1, "There is no sound"},
    {"mono.avi", "$f " PICTURE " -f lavfi -i sine=d=2.6:r=8000 -c:v mpeg4 -c:a pcm_s16le mono.avi", 3, NULL},
    {"lines.mpg",
     "$f -f lavfi -i testsrc2=s=720x576:r=50:d=1 -vf tinterlace=interleave_top,fieldorder=tff,setsar=64/45 "
     "-c:v mpeg2video -flags +ildct+ilme -b:v 4M lines.mpg",
     1, "There is no sound"},
    {"uneven.mp4",
     "$f " PICTURE " -vf \"select='not(mod(n,7))+not(mod(n,5))'\" -vsync vfr " H264 " uneven.mp4", 3,
     "There is no sound"},
    {"leap.ts",
     "$f " PICTURE " " SOUND " " H264 " -c:a aac a.ts && $f -i a.ts -c copy -output_ts_offset 5000 b.ts && "
     "cat a.ts b.ts >leap.ts",
     6, NULL},
    {"heard.m4a", "$f " SOUND " -c:a aac heard.m4a", 2, "the lesson shows a slate"},
    {"cover.mp3",
     "$f " PICTURE " -frames:v 1 p.png && $f " SOUND " -i p.png -map 0 -map 1 -c:a libmp3lame -c:v copy "
     "-disposition:v attached_pic cover.mp3",
     2, NULL},
    {"still.png", "$f " PICTURE " -frames:v 1 still.png", 1, "There is no sound"},
    {"changing.ts",
     "$f " PICTURE " " SOUND " " H264 " -c:a mp2 -ac 1 c.ts && $f -f lavfi -i testsrc=s=640x480:d=2 -f lavfi "
     "-i sine=d=2:r=32000 " H264 " -c:a mp2 -ac 2 -output_ts_offset 2.6 d.ts && cat c.ts d.ts >changing.ts",
     5, NULL},
    {"cut.mp4",
     "$f -f lavfi -i testsrc2=s=320x180:r=25:d=9 " H264 " -g 25 -movflags faststart w.mp4 && "
     "head -c $(($(stat -c %s w.mp4) / 2)) w.mp4 >cut.mp4",
     0, "it may be cut"},
};

static const struct {
    const char *name, *make, *error;
} refused[] = {
    {"nowhere.mp4", "true", "cannot be opened"},
    {"folder.mp4", "mkdir folder.mp4", "not a file"},
    {"empty.mp4", "touch empty.mp4", "empty"},
    {"letter.mp4", "for i in 1 2 3 4 5 6 7 8 9; do echo 'Dear teacher, this is a letter.'; done >letter.mp4",
     "cannot be read as picture or sound"},
    {"letter.txt", "yes 'Dear teacher' | head -n 200 >letter.txt", "text"},
    {"list.mp4",
     "$f " PICTURE " " H264 " film.mp4 && printf 'ffconcat version 1.0\\nfile film.mp4\\n' >list.mp4",
     "list of other files"},
    {"list.m3u8", "printf '#EXTM3U\\n#EXTINF:2,\\nhttp://127.0.0.1:9/film.ts\\n' >list.m3u8",
     "cannot be read as picture or sound"},
    {"noise.mp4", "head -c 200000 /dev/urandom >noise.mp4", "cannot be read as picture or sound"},
    {"zeros.mp4", "head -c 200000 /dev/zero >zeros.mp4", "cannot be read as picture or sound"},
    {"headless.mp4", "$f " PICTURE " " H264 " whole.mp4 && head -c 20000 whole.mp4 >headless.mp4",
     "moov atom not found"},
    {"words.srt", "printf '1\\n00:00:01,000 --> 00:00:02,000\\nHello\\n' >words.srt",
     "neither picture nor sound"},
};

static void test_every_form_becomes_a_lesson(void **state)
{
    struct fixture *fixture = *state;
    fixture->job.title = "水的循环 · The water cycle";
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        fixture_run(fixture, forms[i].make);
        if (!fixture_prepare(fixture, forms[i].name))
            fail_msg("%s: %s", forms[i].name, fixture->result.error);
        if (forms[i].seconds && fixture->result.info.seconds != forms[i].seconds)
            fail_msg("%s: %u seconds", forms[i].name, fixture->result.info.seconds);
        const char *error = fixture->result.error;
        if (forms[i].remark ? !strstr(error, forms[i].remark) : *error != 0)
            fail_msg("%s: %s", forms[i].name, error);
        fixture_extract(fixture);
        fixture_run(fixture, "$f -xerror -i picture.264 -f null - && $f -xerror -i sound.mp2 -f null -");
    }
}

static void test_everything_else_is_refused(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        fixture_run(fixture, refused[i].make);
        if (fixture_prepare(fixture, refused[i].name))
            fail_msg("%s was accepted", refused[i].name);
        if (!strstr(fixture->result.error, refused[i].error))
            fail_msg("%s: %s", refused[i].name, fixture->result.error);
        assert_int_equal(fixture_count_lessons(fixture), 0);
    }
}

static void test_no_place_for_lessons_is_told(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "$f " PICTURE " " H264 " film.mp4");
    fixture->job.directory = "/nowhere/lessons";
    assert_false(fixture_prepare(fixture, "film.mp4"));
    assert_non_null(strstr(fixture->result.error, "/nowhere/lessons"));
}

struct colour {
    uint8_t r, g, b;
};

/* The colour at (x, y) of the tenth picture of the lesson that was made. */
static struct colour pixel(struct fixture *fixture, int x, int y)
{
    char command[256], path[64];
    struct colour colour;
    snprintf(
        command, sizeof command,
        "$f -i picture.264 -vf \"select='eq(n,10)',crop=2:2:%d:%d\" -frames:v 1 -f rawvideo -pix_fmt rgb24 "
        "pixel",
        x, y);
    fixture_run(fixture, command);
    snprintf(path, sizeof path, "%s/pixel", fixture->folder);
    FILE *file = fopen(path, "r");
    assert_int_equal(fread(&colour, sizeof colour, 1, file), 1);
    fclose(file);
    return colour;
}

#define assert_colour(got, red, green, blue)                                                                 \
    do {                                                                                                     \
        struct colour is = got;                                                                              \
        assert_in_range(is.r + 16, (red), (red) + 32);                                                       \
        assert_in_range(is.g + 16, (green), (green) + 32);                                                   \
        assert_in_range(is.b + 16, (blue), (blue) + 32);                                                     \
    } while (0)

/* A phone held upright writes lying pictures and says how to turn them; here, as the ffmpeg player shows it,
 * a quarter to the left. */
static void test_portrait_is_turned_upright(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture,
                "$f -f lavfi -i color=0xC03020:s=640x360:d=1,drawbox=320:0:320:360:0x2030C0:fill " H264
                " lying.mp4 && $f -i lying.mp4 -c copy -metadata:s:v rotate=90 phone.mp4");
    assert_true(fixture_prepare(fixture, "phone.mp4"));
    fixture_extract(fixture);
    assert_colour(pixel(fixture, 640, 100), 0x20, 0x30, 0xC0);
    assert_colour(pixel(fixture, 640, 620), 0xC0, 0x30, 0x20);
    assert_colour(pixel(fixture, 300, 360), 0, 0, 0); /* 405 pixels wide, in the middle */
    assert_colour(pixel(fixture, 450, 100), 0x20, 0x30, 0xC0);
}

/* Standard definition comes in BT.601 colours, computers bring RGB and full range. */
static void test_colours_stay_what_they_are(void **state)
{
    struct fixture *fixture = *state;
    static const char *const made[] = {
        "-vf scale=out_color_matrix=smpte170m,format=yuv420p -colorspace smpte170m " H264 " -qp 4 c.mkv",
        "-vf scale=out_color_matrix=bt709,format=yuv420p -colorspace bt709 " H264 " -qp 4 c.mkv",
        "-vf scale=out_color_matrix=smpte170m:out_range=pc,format=yuvj420p -c:v mjpeg -q:v 1 c.mkv",
        "-c:v ffv1 -pix_fmt bgr0 c.mkv",
    };
    for (size_t i = 0; i < sizeof made / sizeof *made; i++) {
        char command[256];
        snprintf(command, sizeof command, "$f -f lavfi -i color=0xC83214:s=640x360:d=1,format=gbrp %s",
                 made[i]);
        fixture_run(fixture, command);
        assert_true(fixture_prepare(fixture, "c.mkv"));
        fixture_extract(fixture);
        assert_colour(pixel(fixture, 640, 360), 0xC8, 0x32, 0x14);
    }
}

/* Half transparent, it lies over the film and over the slate as well. */
static void test_logo_is_laid_over(void **state)
{
    struct fixture *fixture = *state;
    char logo[64];
    snprintf(logo, sizeof logo, "%s/logo.png", fixture->folder);
    fixture_run(fixture,
                "$f -f lavfi -i color=white:s=200x80 -vf format=rgba,colorchannelmixer=aa=0.5 -frames:v "
                "1 logo.png && $f -f lavfi -i color=black:s=640x360:d=1 " H264 " black.mp4 && "
                "$f " SOUND " heard.wav");
    fixture->job.logo = logo;
    assert_true(fixture_prepare(fixture, "black.mp4"));
    fixture_extract(fixture);
    assert_colour(pixel(fixture, 150, 60), 128, 128, 128);
    assert_colour(pixel(fixture, 400, 60), 0, 0, 0);
    assert_true(fixture_prepare(fixture, "heard.wav"));
    fixture_extract(fixture);
    assert_true(pixel(fixture, 150, 60).b > 100 && pixel(fixture, 400, 60).b < 100);
    fixture_run(fixture, "echo no picture >logo.png");
    assert_false(fixture_prepare(fixture, "black.mp4"));
    assert_non_null(strstr(fixture->result.error, logo));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_form_becomes_a_lesson),  TEST(test_everything_else_is_refused),
        TEST(test_no_place_for_lessons_is_told), TEST(test_portrait_is_turned_upright),
        TEST(test_colours_stay_what_they_are),   TEST(test_logo_is_laid_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
