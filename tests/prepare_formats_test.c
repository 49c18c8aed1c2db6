/* Every house format: what other decoders say of it, fields and pictures where they belong, sounds of several
 * languages, and lessons in the house format that are repacked. */
#include "mux/prepare/prepare.h"

#include <math.h>

#include "mux/prepare/encode.h"
#include "mux/prepare/sound.h"
#include "tests/prepare_fixture.h"

/* x265 forgets a kilobyte for every encoder. */
const char *__lsan_default_suppressions(void);
const char *__lsan_default_suppressions(void)
{
    return "leak:libx265";
}

static const struct {
    const char *video, *probed; /* profile, width, height, has_b_frames, aspect, level, colours, rate */
} formats[] = {
    {"h264-576i25", "High,720,576,1,64:45,30,bt470bg,25/1"},
    {"h264-720p25", "High,1280,720,1,1:1,31,bt709,25/1"},
    {"h264-720p50", "High,1280,720,1,1:1,32,bt709,50/1"},
    {"h264-1080i25", "High,1920,1080,1,1:1,40,bt709,25/1"},
    {"h264-1080p25", "High,1920,1080,1,1:1,40,bt709,25/1"},
    {"hevc-1080p50", "Main,1920,1080,1,1:1,123,bt709,50/1"},
    {"mpeg2-576i25", "Main,720,576,1,64:45,8,bt470bg,25/1"},
};

static int setup(void **state)
{
    fixture_setup(state);
    fixture_run(*state, "$f -f lavfi -i testsrc2=s=320x180:r=25:d=1.4 -f lavfi -i sine=997:d=1.4:r=48000 "
                        "-c:v libx264 -preset ultrafast -c:a aac film.mp4");
    return 0;
}

/* Checks that what ffprobe says of a stream is as expected. */
static void probe(struct fixture *fixture, const char *stream, const char *entries, const char *expected)
{
    char command[512];
    snprintf(command, sizeof command,
             "got=$(ffprobe -v error -select_streams %s -show_entries %s -of csv=p=0 lesson.ts | head -n 1 | "
             "sed 's/,*$//'); test \"$got\" = \"%s\" || { echo \"$got, not %s\"; false; }",
             stream, entries, expected, expected);
    fixture_run(fixture, command);
}

static void test_every_format_is_what_it_says(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        fixture_set_house(fixture, formats[i].video, i % 2 ? "aac-96k" : "mp2-128k");
        if (!fixture_prepare(fixture, "film.mp4"))
            fail_msg("%s: %s", formats[i].video, fixture->result.error);
        assert_string_equal(fixture->result.error, "");
        fixture_write_stream(fixture, "lesson.ts");
        probe(fixture, "v",
              "stream=profile,width,height,has_b_frames,sample_aspect_ratio,level,color_space,r_frame_rate",
              formats[i].probed);
        probe(fixture, "a", "stream=codec_name,sample_rate,channels", i % 2 ? "aac,48000,2" : "mp2,48000,2");
        char command[256];
        snprintf(command, sizeof command,
                 "$f -xerror -i lesson.ts -f null - && test \"$(ffprobe -v error -select_streams v "
                 "-show_entries packet=flags -of csv=p=0 lesson.ts | grep -c .)\" = %u",
                 2 * fixture->house.video.fps);
        fixture_run(fixture, command);
    }
}

/* Checks the frames of picture.264: their flags, and that idet finds fields where there should be some (it
 * cannot be asked for the contrary, as the test pictures' fine lines deceive it). */
static void check_fields(struct fixture *fixture, bool interlaced)
{
    char command[512];
    fixture_extract(fixture);
    snprintf(
        command, sizeof command,
        "n=$(ffmpeg -nostdin -i picture.264 -vf idet -f null - 2>&1 | grep 'Multi frame' | sed "
        "'s/.*TFF: *\\([0-9]*\\).*/\\1/'); test $n -ge %d && test \"$(ffprobe -v error -select_streams v "
        "-show_entries frame=interlaced_frame,top_field_first -of csv=p=0 picture.264 | sort -u | sed "
        "'s/,$//;/^$/d')\" = %d,1",
        interlaced ? 45 : 0, interlaced);
    fixture_run(fixture, command);
}

/* To an interlaced house: fields stay, in either order, films of 50 pictures become fields, those of 25 do
 * not. Fields that are flagged as pictures are found out. */
static void test_fields_stay_fields(void **state)
{
    struct fixture *fixture = *state;
    static const struct {
        const char *make, *remark;
        bool interlaced;
    } cases[] = {
        {"-vf tinterlace=interleave_top,fieldorder=tff -c:v mpeg2video -flags +ildct+ilme -b:v 8M", "", true},
        {"-vf tinterlace=interleave_bottom -c:v ffv1", "", true},
        {"-vf tinterlace=interleave_top,setfield=prog -c:v ffv1", "interlaced though", true},
        {"-c:v libx264 -preset ultrafast", "", true},
        {"-r 25 -c:v libx264 -preset ultrafast", "", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char command[512];
        snprintf(command, sizeof command, "$f -f lavfi -i testsrc2=s=720x576:r=50:d=2 %s fields.mkv",
                 cases[i].make);
        fixture_run(fixture, command);
        fixture_set_house(fixture, i % 2 ? "h264-576i25" : "h264-1080i25", "mp2-128k");
        assert_true(fixture_prepare(fixture, "fields.mkv"));
        assert_non_null(strstr(fixture->result.error, cases[i].remark));
        check_fields(fixture, cases[i].interlaced);
    }
}

/* To a house of 50 pictures a second every field becomes a picture, each another. */
static void test_fields_become_pictures(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "$f -f lavfi -i testsrc2=s=720x576:r=50:d=1 -vf tinterlace=interleave_top,"
                         "setfield=tff -c:v ffv1 fields.mkv");
    fixture_set_house(fixture, "h264-720p50", "mp2-128k");
    assert_true(fixture_prepare(fixture, "fields.mkv"));
    fixture_extract(fixture);
    fixture_run(fixture, "test $(ffmpeg -nostdin -v error -i picture.264 -vf mpdecimate=hi=1:lo=1:frac=1 -f "
                         "framecrc - | grep -vc '#') -ge 49");
}

/* Clicks and noise after silence are where AAC frames grow. */
static void test_aac_frames_keep_to_their_size(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "$f -f lavfi -i \"aevalsrc='0.5*sin(2*PI*997*t)*gte(mod(t,1),0.5)|0.5*random(0)*gte("
                         "mod(t,0.7),0.5)':d=5:s=48000\" burst.wav");
    fixture_set_house(fixture, "h264-576i25", "aac-64k");
    assert_true(fixture_prepare(fixture, "burst.wav"));
    fixture_extract(fixture);
    char command[256];
    snprintf(command, sizeof command,
             "$f -xerror -i sound.mp2 -f null - && ffprobe -v error -show_entries packet=size -of csv=p=0 "
             "sound.mp2 | awk '$1 > %u {bad = 1} $1 > 100 {loud = 1} END {exit bad || !loud}'",
             fixture->house.audio.bytes);
    fixture_run(fixture, command);
}

/* The frequency of the tone in a track, by its crossings of zero. */
static double tone(struct fixture *fixture, uint32_t track)
{
    struct work work = {.job = &fixture->job, .result = &fixture->result};
    struct sound_reader *reader;
    AVFrame *samples = av_frame_alloc();
    int crossings = 0;
    int64_t count = 0;
    float last = 0;
    fixture_extract_track(fixture, track);
    fixture_use(fixture, "sound.mp2");
    assert_true(sound_reader_open(&work, &(struct sound_source){fixture->path, -1},
                                  ",aformat=sample_fmts=flt", &reader));
    while (sound_reader_next(reader, samples)) {
        const float *values = (const float *)(const void *)samples->data[0];
        for (int i = 0; i < samples->nb_samples && count < SOUND_RATE; i++, count++) {
            crossings += last < 0 && values[2 * i] >= 0;
            last = values[2 * i];
        }
        av_frame_unref(samples);
    }
    sound_reader_free(&reader);
    av_frame_free(&samples);
    return crossings;
}

static void test_languages_become_tracks(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(
        fixture,
        "$f -f lavfi -i testsrc2=s=320x180:r=25:d=2 -f lavfi -i sine=400:d=2 -f lavfi -i sine=800:d=2 "
        "-f lavfi -i sine=1200:d=2 -map 0 -map 1 -map 2 -map 3 -c:v libx264 -preset ultrafast -c:a aac "
        "-metadata:s:a:0 language=eng -metadata:s:a:1 language=zho -metadata:s:a:2 language=bod "
        "-disposition:a:2 visual_impaired many.mkv && $f -f lavfi -i sine=2000:d=2 uig.wav");
    struct tracks wanted = {.audio = {{"chi", false}, {"uig", false}, {"mon", false}, {"tib", true}},
                            .audio_count = 4};
    char path[128];
    snprintf(path, sizeof path, "%s/uig.wav", fixture->folder);
    struct prepare_sidecar sidecar = {path, PREPARE_AUDIO, "uig", false};
    fixture->job.tracks = &wanted;
    fixture->job.sidecars = &sidecar;
    fixture->job.sidecar_count = 1;
    assert_true(fixture_prepare(fixture, "many.mkv"));
    struct lesson *lesson = fixture_open(fixture);
    const struct tracks *tracks = &lesson_info(lesson)->tracks;
    assert_int_equal(tracks->audio_count, 3); /* no Mongolian */
    assert_string_equal(tracks->audio[0].language, "chi");
    assert_string_equal(tracks->audio[1].language, "uig");
    assert_true(strcmp(tracks->audio[2].language, "tib") == 0 && tracks->audio[2].for_impaired);
    lesson_free(&lesson);
    static const double tones[] = {800, 2000, 1200};
    struct prepare_result made = fixture->result;
    for (uint32_t i = 0; i < 3; i++) {
        fixture->result = made;
        assert_true(fabs(tone(fixture, i) - tones[i]) < 0.05 * tones[i]);
    }
}

/* The bytes of a file; the caller frees them. */
static uint8_t *read_bytes(const struct fixture *fixture, const char *name, size_t *length)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *length = (size_t)ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

/* What a lesson sends, prepared again, sends the same access units. */
static void test_lesson_in_the_house_format_is_repacked(void **state)
{
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof formats / sizeof *formats; i++) {
        fixture_set_house(fixture, formats[i].video, i % 2 ? "aac-96k" : "mp2-128k");
        assert_true(fixture_prepare(fixture, "film.mp4"));
        assert_string_equal(fixture->result.error, "");
        fixture_write_stream(fixture, "lesson.ts");
        fixture_extract(fixture);
        fixture_run(fixture, "mv picture.264 first.264 && mv sound.mp2 first.mp2");
        assert_true(fixture_prepare(fixture, "lesson.ts"));
        if (!strstr(fixture->result.error, "Repacked: the picture") ||
            !strstr(fixture->result.error, "Repacked: the sound"))
            fail_msg("%s: %s", formats[i].video, fixture->result.error);
        fixture_extract(fixture);
        fixture_run(fixture, "cmp picture.264 first.264");
        size_t first_length, length;
        uint8_t *first = read_bytes(fixture, "first.mp2", &first_length);
        uint8_t *second = read_bytes(fixture, "sound.mp2", &length);
        /* the last frame of all may be silence: the lesson's end lies within it */
        assert_true(length >= first_length - 2 * fixture->house.audio.bytes);
        assert_memory_equal(first, second, first_length - 2 * fixture->house.audio.bytes);
        free(first);
        free(second);
    }
}

/* By another encoder, or longer than its lane, it is encoded. */
static void test_other_films_are_not_repacked(void **state)
{
    struct fixture *fixture = *state;
    fixture_run(fixture, "$f -i film.mp4 -vf scale=1280:720 -c:v libx264 -g 25 -bf 2 -c:a mp2 -b:a 128k "
                         "other.ts");
    assert_true(fixture_prepare(fixture, "other.ts"));
    assert_null(strstr(fixture->result.error, "Repacked: the picture"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_every_format_is_what_it_says), TEST(test_fields_stay_fields),
        TEST(test_fields_become_pictures),       TEST(test_aac_frames_keep_to_their_size),
        TEST(test_languages_become_tracks),      TEST(test_lesson_in_the_house_format_is_repacked),
        TEST(test_other_films_are_not_repacked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
