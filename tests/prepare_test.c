/* Preparation keeps its promises: whole seconds, house parameter sets, timing, loudness, keys; and what is
 * given up, or fails, leaves nothing behind. */
#include "mux/prepare/prepare.h"

#include <math.h>
#include <signal.h>
#include <sys/wait.h>

#include "tests/prepare_fixture.h"
#include "mux/prepare/encode.h"
#include "mux/prepare/sound.h"
#include "mux/prepare/preset.h"
#include "mux/prepare/sound_reader.h"

static int setup(void **state)
{
    fixture_setup(state);
    /* a flash and a beep from 1.0 s on, 3.3 s in all */
    fixture_run(
        *state,
        "$f -f lavfi -i \"testsrc2=s=320x180:r=30000/1001:d=3.3,drawbox=c=white:t=fill:enable='gte(t,1)"
        "*lt(t,1.5)'\" -f lavfi -i \"aevalsrc='0.5*sin(2*PI*997*t)*gte(t,1)*lt(t,3)':d=3.3:s=44100\" "
        "-c:v libx264 -preset ultrafast -c:a aac -b:a 192k film.mp4");
    return 0;
}

/* DTS go on by one frame, PTS are a permutation of the second's frames, the first is the second itself. */
static void check_times(void *context, const struct lesson_second *second)
{
    const struct video_format *video = &((const struct fixture *)context)->house.video;
    uint64_t base = CELL_PTS_BASE;
    uint64_t shown = 0;
    int64_t units = 0;
    for (uint32_t i = 0; i < second->cell->count; i++) {
        const uint8_t *packet = second->cell->packets + (size_t)i * 188;
        if (!packet_is_start(packet))
            continue;
        const uint8_t *pes = packet + packet_payload_offset(packet);
        uint64_t pts = (packet_get_pes_time(pes + 9) - base) % PACKET_PTS_MODULUS;
        uint64_t dts = (packet_get_pes_time(pes + 14) - base) % PACKET_PTS_MODULUS;
        assert_true(dts == (uint64_t)((units - 1) * video->frame_pts) % PACKET_PTS_MODULUS);
        assert_true(pts % video->frame_pts == 0 && pts / video->frame_pts < video->fps);
        assert_true(units > 0 || pts == 0);
        shown |= UINT64_C(1) << pts / video->frame_pts;
        units++;
    }
    assert_int_equal(units, video->fps);
    assert_true(shown == (UINT64_C(1) << video->fps) - 1);
}

static void test_film_becomes_whole_seconds(void **state)
{
    struct fixture *fixture = *state;
    assert_true(fixture_prepare(fixture, "film.mp4"));
    assert_string_equal(fixture->result.error, "");
    struct lesson *lesson = fixture_open(fixture);
    const struct lesson_info *info = lesson_info(lesson);
    assert_int_equal(info->seconds, 4); /* 3.3 s: the last picture is held */
    assert_string_equal(info->source, "test");
    assert_string_equal(info->encode_key, fixture->result.info.encode_key);
    assert_true(info->source_size > 0 && info->prepared_at > START);
    fixture_read(fixture, check_times, fixture);
    lesson_free(&lesson);
    fixture_extract(fixture);
    fixture_run(fixture, "$f -xerror -i picture.264 -f null - && $f -xerror -i sound.mp2 -f null -");
    fixture_run(fixture,
                "test \"$(ffprobe -v error -count_frames -show_entries stream=nb_read_frames,width,height,"
                "profile,level,has_b_frames,r_frame_rate,color_space -of csv=p=0 picture.264)\" = "
                "High,1280,720,1,31,bt709,25/1,100");
}

/* The bytes up to the first slice of the lesson: AUD, SPS, PPS. */
static size_t read_sets(struct fixture *fixture, uint8_t *sets, size_t room)
{
    struct lesson *lesson = fixture_open(fixture);
    const struct tracks *tracks = &lesson_info(lesson)->tracks;
    struct lesson_second *second = lesson_second_new(&fixture->house, tracks);
    assert_int_equal(lesson_read(lesson, tracks, 0, START, second), LESSON_OK);
    const uint8_t *packet = second->cell->packets;
    const uint8_t *bytes = packet + packet_payload_offset(packet) + 19;
    static const uint8_t slice[] = {0, 0, 1, 0x65};
    const uint8_t *end = memmem(bytes, packet + 188 - bytes, slice, sizeof slice);
    assert_non_null(end);
    size_t length = end - bytes;
    assert_true(length <= room);
    memcpy(sets, bytes, length);
    lesson_second_free(&second);
    lesson_free(&lesson);
    return length;
}

static void test_parameter_sets_are_the_same_for_every_preset(void **state)
{
    struct fixture *fixture = *state;
    static const char *const presets[] = {"ultrafast", "superfast", "veryfast", "faster",  "fast",
                                          "medium",    "slow",      "slower",   "veryslow"};
    uint8_t first[184], sets[184];
    size_t length = 0;
    fixture_run(fixture, "$f -f lavfi -i testsrc=s=64x36:d=1 -c:v ffv1 tiny.mkv");
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++) {
        fixture->job.preset = presets[i];
        assert_true(fixture_prepare(fixture, "tiny.mkv"));
        size_t got = read_sets(fixture, i == 0 ? first : sets, sizeof sets);
        if (i == 0)
            length = got;
        assert_int_equal(got, length);
        assert_memory_equal(i == 0 ? first : sets, first, length);
    }
    fixture->job.preset = "ultrafast";
    assert_true(fixture_prepare(fixture, "film.mp4"));
    assert_int_equal(read_sets(fixture, sets, sizeof sets), length);
    assert_memory_equal(sets, first, length);
    fixture->job.preset = "placebo";
    assert_false(fixture_prepare(fixture, "film.mp4"));
    assert_non_null(strstr(fixture->result.error, PRESET_NAMES));
}

/* Pictures do not depend on how many encoders were at work. */
static void test_threads_make_the_same_pictures(void **state)
{
    struct fixture *fixture = *state;
    for (unsigned threads = 1; threads <= 3; threads += 2) {
        fixture->job.threads = threads;
        assert_true(fixture_prepare(fixture, "film.mp4"));
        fixture_extract(fixture);
        fixture_run(fixture, threads == 1 ? "mv picture.264 one.264" : "cmp picture.264 one.264");
    }
}

/* Noise at all frequencies cannot fit at the usual quality. */
static void test_hard_pictures_fit(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "$f -f lavfi -i nullsrc=s=640x360:d=2,geq=lum='random(1)*255':cb=128:cr=128 -c:v "
                         "libx264 -preset ultrafast -qp 10 noise.mp4");
    assert_true(fixture_prepare(fixture, "noise.mp4"));
    assert_int_equal(fixture->result.info.seconds, 2);
    fixture_extract(fixture);
    fixture_run(fixture, "$f -xerror -i picture.264 -f null -");
}

static struct sound measure_lesson(struct fixture *fixture)
{
    struct sound sound;
    struct work work = {.job = &fixture->job, .result = &fixture->result};
    fixture_extract(fixture);
    fixture_use(fixture, "sound.mp2");
    assert_true(sound_measure(&work, &(struct sound_source){fixture->path, -1}, &sound));
    return sound;
}

static void test_loudness_is_the_houses(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *sound;
        double target;
    } cases[] = {
        {"sine=440:d=6,volume=-30dB", -24},
        {"anoisesrc=a=0.9:c=pink:d=6:r=48000:seed=1,lowpass=6000", -23}, /* as wide as speech */
        {"anoisesrc=a=0.02:c=brown:d=6:r=22050:seed=1", -24},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[256];
        snprintf(command, sizeof command, "$f -f lavfi -i %s loud.wav", cases[i].sound);
        fixture_run(fixture, command);
        fixture->job.loudness = cases[i].target;
        assert_true(fixture_prepare(fixture, "loud.wav"));
        struct sound sound = measure_lesson(fixture);
        assert_true(fabs(sound.loudness - cases[i].target) < 0.5);
        assert_true(sound.peak < 1);
    }
}

/* Clicks far above a quiet sound: the gain would drive them past full scale, the limiter holds them. */
static void test_peaks_stay_below_full_scale(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture,
                "$f -f lavfi -i \"aevalsrc='(0.01+0.9*lt(mod(t,1),0.002))*sin(2*PI*3000*t)':d=6:s=48000\" "
                "click.wav");
    assert_true(fixture_prepare(fixture, "click.wav"));
    assert_true(measure_lesson(fixture).peak < 0.95);
}

static void test_sound_begins_with_its_picture(void **state)
{
    struct fixture *fixture = *state;
    struct work work = {.job = &fixture->job, .result = &fixture->result};
    struct sound_reader *reader;
    AVFrame *samples = av_frame_alloc();
    assert_true(fixture_prepare(fixture, "film.mp4"));
    fixture_extract(fixture);
    fixture_use(fixture, "sound.mp2");
    assert_true(sound_reader_open(&work, &(struct sound_source){fixture->path, -1},
                                  ",aformat=sample_fmts=flt", &reader));
    int64_t count = 0, onset = -1;
    while (sound_reader_next(reader, samples)) {
        const float *values = (const float *)(const void *)samples->data[0];
        for (int i = 0; i < samples->nb_samples && onset < 0; i++)
            if (fabsf(values[2 * i]) > 0.02f)
                onset = count + i;
        count += samples->nb_samples;
        av_frame_unref(samples);
    }
    sound_reader_free(&reader);
    av_frame_free(&samples);
    assert_in_range(onset, 48000 - 48, 48000 + 48); /* 1 ms */
    fixture_run(fixture, "test \"$(ffmpeg -nostdin -i picture.264 -vf \"select='gte(n,22)*lt(n,28)',"
                         "negate,blackframe=90:32\" -f null - 2>&1 | grep -c pblack)\" = 3"); /* 25, 26, 27 */
}

static void test_key_names_what_the_lesson_depends_on(void **state)
{
    struct fixture *fixture = *state;
    struct prepare_result other;
    fixture_use(fixture, "film.mp4");
    assert_true(prepare_key(&fixture->job, &fixture->result));
    assert_int_equal(strlen(fixture->result.info.encode_key), 64);
    fixture->job.title = "another";
    fixture->job.threads = 1;
    assert_true(prepare_key(&fixture->job, &other));
    assert_string_equal(other.info.encode_key, fixture->result.info.encode_key);
    fixture->job.loudness = -23;
    assert_true(prepare_key(&fixture->job, &other));
    assert_string_not_equal(other.info.encode_key, fixture->result.info.encode_key);
    fixture->job.loudness = -24;
    fixture->job.preset = "fast";
    assert_true(prepare_key(&fixture->job, &other));
    assert_string_not_equal(other.info.encode_key, fixture->result.info.encode_key);
    fixture->job.logo = "/nowhere/logo.png";
    assert_false(prepare_key(&fixture->job, &other));
    assert_non_null(strstr(other.error, "/nowhere/logo.png"));
}

static bool append_byte(void *context, double done, double total)
{
    (void)total;
    const struct fixture *fixture = context;
    if (done > 0)
        fixture_run(fixture, "printf x >>film.mp4");
    return true;
}

static void test_file_that_changes_while_read_is_refused(void **state)
{
    struct fixture *fixture = *state;
    fixture->job.progress = append_byte;
    fixture->job.context = fixture;
    assert_false(fixture_prepare(fixture, "film.mp4"));
    assert_non_null(strstr(fixture->result.error, "changed while it was read"));
    assert_int_equal(fixture_count_lessons(fixture), 0);
}

static bool give_up_at(void *context, double done, double total)
{
    assert_true(done >= 0 && done <= total + 0.001);
    return done < *(const double *)context;
}

static void test_given_up_leaves_nothing(void **state)
{
    struct fixture *fixture = *state;
    fixture->job.progress = give_up_at;
    for (double at = 0; at < 3.3; at += 0.8) {
        fixture->job.context = &at;
        assert_false(fixture_prepare(fixture, "film.mp4"));
        assert_non_null(strstr(fixture->result.error, "Given up"));
        assert_int_equal(fixture_count_lessons(fixture), 0);
    }
    double never = 1000;
    fixture->job.context = &never;
    assert_true(fixture_prepare(fixture, "film.mp4"));
    assert_int_equal(fixture_count_lessons(fixture), 1);
}

static void test_clean_removes_what_killed_runs_left(void **state)
{
    struct fixture *fixture = *state;
    pid_t gone = fork();
    if (gone == 0)
        _exit(0);
    assert_int_equal(waitpid(gone, NULL, 0), gone);
    char command[256];
    snprintf(command, sizeof command,
             "cd lessons && touch .partial-%d-abc .partial-%d-abc .partial-x keep.lesson", (int)gone,
             (int)getpid());
    fixture_run(fixture, command);
    prepare_clean(fixture->lessons);
    prepare_clean("/nowhere");
    assert_int_equal(fixture_count_lessons(fixture), 3);
    snprintf(command, sizeof command, "test ! -e lessons/.partial-%d-abc", (int)gone);
    fixture_run(fixture, command);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_film_becomes_whole_seconds),
        TEST(test_parameter_sets_are_the_same_for_every_preset),
        TEST(test_threads_make_the_same_pictures),
        TEST(test_hard_pictures_fit),
        TEST(test_loudness_is_the_houses),
        TEST(test_peaks_stay_below_full_scale),
        TEST(test_sound_begins_with_its_picture),
        TEST(test_key_names_what_the_lesson_depends_on),
        TEST(test_file_that_changes_while_read_is_refused),
        TEST(test_given_up_leaves_nothing),
        TEST(test_clean_removes_what_killed_runs_left),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
