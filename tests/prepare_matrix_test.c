/* The matrix of media: whatever a school brings becomes a lesson that another demuxer and other decoders read
 * without a fault, of the right length, or a clear message; a long file takes no more memory than a short
 * one. */
#include "mux/prepare/prepare.h"

#include "tests/prepare_fixture.h"

#define PICTURE "-f lavfi -i testsrc2=s=320x180:r=25:d=2"
#define SOUND "-f lavfi -i sine=660:d=2:r=48000"
#define H264 "-c:v libx264 -preset ultrafast"

static const struct {
    const char *name, *make;
    uint32_t seconds;
    const char *remark; /* NULL: none at all */
} matrix[] = {
    {"8 kHz mono", "$f " PICTURE " -f lavfi -i sine=d=2:r=8000 " H264 " -c:a pcm_mulaw -ac 1 m.mov", 2, NULL},
    {"5.1",
     "$f " PICTURE " -f lavfi -i sine=d=2:r=44100,pan='5.1|c0=c0|c2=c0|c3=c0|c5=c0' " H264 " -c:a ac3 m.mkv",
     2, NULL},
    {"10 bit 4:2:2", "$f " PICTURE " " SOUND " -c:v ffv1 -pix_fmt yuv422p10 -c:a flac m.mkv", 2, NULL},
    {"4:4:4", "$f " PICTURE " " SOUND " -c:v libx264 -preset ultrafast -pix_fmt yuv444p -c:a aac m.mp4", 2,
     NULL},
    {"120 fps", "$f -f lavfi -i testsrc2=s=320x180:r=120:d=2 " SOUND " " H264 " -c:a aac m.mp4", 2, NULL},
    {"rotated",
     "$f " PICTURE " " SOUND " " H264 " -c:a aac r.mp4 && $f -i r.mp4 -c copy -metadata:s:v "
     "rotate=270 m.mp4",
     2, NULL},
    {"interlaced in a progressive flag",
     "$f -f lavfi -i testsrc2=s=720x576:r=50:d=2 " SOUND
     " -vf tinterlace=interleave_top,setfield=prog -c:v ffv1 "
     "-c:a flac m.mkv",
     2, "interlaced though"},
    {"broken timestamps",
     "$f " PICTURE " " SOUND " " H264 " -bf 0 -c:a mp2 r.mkv && $f -i r.mkv -c copy -bsf:v "
     "\"setts=pts=PTS-if(mod(N\\,7)\\,0\\,90):dts=PTS-if(mod(N\\,7)\\,0\\,90)\" m.mkv",
     2, NULL},
    {"no timestamps", "$f " PICTURE " -c:v mpeg4 -bf 0 m.m4v", 2, "There is no sound"},
    {"gaps in sound",
     "$f " PICTURE " " SOUND " " H264 " -af \"aselect='not(between(t,0.5,1.2))'\" -c:a pcm_s16le m.mkv", 2,
     NULL},
    {"sound begins late", "$f " PICTURE " -itsoffset 1 -f lavfi -i sine=d=1 " H264 " -c:a aac m.mp4", 2,
     NULL},
    {"100 streams",
     "$f " PICTURE " " SOUND
     " $(for i in $(seq 1 50); do printf -- '-map 0 -map 1 '; done) -c:v mpeg4 -b:v 50k "
     "-c:a mp2 -t 2 m.mkv",
     2, NULL},
    {"a cover alone",
     "$f " PICTURE " -frames:v 1 p.png && $f " SOUND
     " -i p.png -map 0 -map 1 -c:a aac -c:v copy -disposition:v "
     "attached_pic m.m4a",
     2, NULL},
    {"high dynamic range",
     "$f " PICTURE " " SOUND " -c:v ffv1 -pix_fmt yuv420p10 -color_primaries bt2020 -color_trc smpte2084 "
     "-colorspace bt2020nc -c:a flac m.mkv",
     2, "high dynamic range"},
    {"one sample of sound", "$f " PICTURE " -f lavfi -i sine=d=0.001 " H264 " -c:a pcm_s16le m.mkv", 2, NULL},
    {"a picture of two lines",
     "$f -f lavfi -i testsrc2=s=1000x2:r=25:d=2 " SOUND " -c:v ffv1 -c:a flac m.mkv", 2, NULL},
};

/* A lesson that a demuxer and decoders of others read without a fault, with every picture and frame. */
static void check_lesson(struct fixture *fixture, uint32_t seconds)
{
    char command[512];
    fixture_write_stream(fixture, "lesson.ts");
    snprintf(
        command, sizeof command,
        "$f -xerror -i lesson.ts -f null - && test $(ffprobe -v error -select_streams v -show_entries "
        "packet=size -of csv=p=0 lesson.ts | grep -c .) = %u && test $(ffprobe -v error -select_streams a "
        "-show_entries packet=size -of csv=p=0 lesson.ts | grep -c .) -ge %u",
        seconds * fixture->house.video.fps, seconds * 48000 / fixture->house.audio.samples);
    fixture_run(fixture, command);
}

static void test_every_medium_becomes_a_lesson(void **state)
{
    struct fixture *fixture = *state;
    static const char *const houses[] = {"h264-576i25", "h264-720p25", "mpeg2-576i25"};
    for (size_t i = 0; i < sizeof matrix / sizeof *matrix; i++) {
        fixture_run(fixture, "rm -f m.*");
        fixture_run(fixture, matrix[i].make);
        fixture_run(fixture, "mv m.* medium");
        fixture_set_house(fixture, houses[i % 3], i % 2 ? "aac-96k" : "mp2-128k");
        if (!fixture_prepare(fixture, "medium"))
            fail_msg("%s: %s", matrix[i].name, fixture->result.error);
        const char *error = fixture->result.error;
        if (matrix[i].remark ? !strstr(error, matrix[i].remark) : *error != 0)
            fail_msg("%s: %s", matrix[i].name, error);
        if (fixture->result.info.seconds != matrix[i].seconds)
            fail_msg("%s: %u seconds", matrix[i].name, fixture->result.info.seconds);
        check_lesson(fixture, matrix[i].seconds);
    }
}

struct memory {
    int cells;
    long early, late; /* kB resident */
};

static long resident(void)
{
    long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    assert_non_null(file);
    assert_int_equal(fscanf(file, "%*d %ld", &pages), 1);
    fclose(file);
    return pages * (sysconf(_SC_PAGESIZE) / 1024);
}

/* Looks at the memory after a few cells and after many, then gives up. */
static bool look_at_memory(void *context, double done, double total)
{
    struct memory *memory = context;
    assert_true(done <= total && total > 10700 && total < 10900);
    memory->cells++;
    if (memory->cells == 20)
        memory->early = resident();
    if (memory->cells == 120)
        memory->late = resident();
    return memory->cells < 120;
}

/* The rest of the three hours would be more of the same. */
static void test_three_hours_take_no_more_memory_than_a_minute(void **state)
{
    struct fixture *fixture = *state;
    struct memory memory = {.cells = 0};
    fixture_run(fixture,
                "$f -f lavfi -i testsrc2=s=64x36:r=1:d=60 -c:v mpeg4 -g 1 minute.mkv && $f -stream_loop "
                "179 -i minute.mkv -c copy hours.mkv");
    fixture_set_house(fixture, "h264-576i25", "mp2-128k");
    fixture->job.progress = look_at_memory;
    fixture->job.context = &memory;
    assert_false(fixture_prepare(fixture, "hours.mkv"));
    assert_non_null(strstr(fixture->result.error, "Given up"));
    assert_int_equal(memory.cells, 120);
    if (memory.late > memory.early + 65536)
        fail_msg("%ld kB, then %ld kB", memory.early, memory.late);
    assert_int_equal(fixture_count_lessons(fixture), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_medium_becomes_a_lesson),
        TEST(test_three_hours_take_no_more_memory_than_a_minute),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
