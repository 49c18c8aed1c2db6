/* The rings before the slots: full before the first one, never a second under another's number, and whole
 * whatever lessons do meanwhile. Waiting is for the crew to be there, never for time to pass. */
#include "playout/ahead.h"

#include <sched.h>

#include "mux/packet.h"
#include "playout/crew.h"
#include "playout/slate.h"
#include "small_station.h"

#define MONDAY_EIGHT INT64_C(1583107200) /* 2020-03-02T08:00:00+08:00: p3/water.mp4 on service 0 */

struct bench {
    struct small_station *small;
    struct studio studio;
    struct channel channel;
};

static void count_fault(void *context, const struct reader_fault *fault)
{
    uint32_t *faults = context;
    assert_int_equal(fault->service, 0);
    assert_string_equal(fault->source, "p3/water.mp4");
    assert_null(fault->instead);
    (*faults)++;
}

static void bench_init(struct bench *bench, struct small_station *small)
{
    struct diagnostics diagnostics = {0};
    bench->small = small;
    assert_true(studio_open(small->path, &bench->studio));
    assert_true(studio_open_guide(&bench->studio, &diagnostics));
    assert_true(channel_init(&bench->channel, &bench->studio, 0, &diagnostics));
    diagnostics_fini(&diagnostics);
}

static void bench_fini(struct bench *bench)
{
    channel_fini(&bench->channel);
    studio_close(&bench->studio);
}

/* Rings that are full from `second` on, and a crew that keeps them so. */
static struct ahead *start(const struct bench *bench, int64_t second, uint32_t *faults, struct crew **crew)
{
    struct ahead *ahead = ahead_new(&bench->channel, count_fault, faults);
    assert_non_null(ahead);
    ahead_fill(ahead, second, second + AHEAD_SECONDS);
    *crew = crew_new(&ahead, 1);
    assert_non_null(*crew);
    return ahead;
}

static void stop(struct ahead **ahead, struct crew **crew)
{
    crew_free(crew);
    assert_null(*crew);
    ahead_free(ahead);
    assert_null(*ahead);
}

static const struct lesson_second *wait_for(struct ahead *ahead, size_t service, int64_t second)
{
    const struct lesson_second *taken;
    while (!(taken = ahead_take(ahead, service, second, NULL)))
        sched_yield();
    return taken;
}

static void check_second(const struct bench *bench, const struct lesson_second *taken, int64_t second,
                         bool is_lesson)
{
    assert_non_null(taken);
    assert_true(taken->second == second);
    const struct house *house = channel_house(&bench->channel, 0);
    assert_true(taken->first_frame == audio_first_frame(&house->audio, second));
    assert_int_equal(taken->frames, audio_first_frame(&house->audio, second + 1) - taken->first_frame);
    assert_int_equal(taken->cell->count == 16, is_lesson); /* the picture has more */
    assert_true(taken->cell->count <= house->video.slots);
}

/* A slow disk at the start: the seconds that are on air once it is done were there too late. */
static void test_all_is_there_before_the_first_slot(void **state)
{
    const struct channel *channel;
    struct bench bench;
    uint32_t faults = 0;
    small_station_add_lesson(*state, "p3/water.mp4", 30, "key", 1, NULL);
    bench_init(&bench, *state);
    int64_t second = MONDAY_EIGHT + EIT_PERIOD - 1; /* the EIT pages of two periods */
    struct crew *crew;
    struct ahead *ahead = start(&bench, second, &faults, &crew);
    for (int64_t i = second; i <= second + AHEAD_SECONDS; i++) {
        check_second(&bench, ahead_take(ahead, 0, i, NULL), i, true);
        check_second(&bench, ahead_take(ahead, 1, i, NULL), i, false); /* a service without any item */
        assert_non_null(ahead_take_tables(ahead, i, &channel));
        assert_ptr_equal(channel, &bench.channel);
    }
    stop(&ahead, &crew);
    assert_int_equal(faults, 0);
    bench_fini(&bench);
}

static void test_no_second_goes_under_another_number(void **state)
{
    const struct channel *channel;
    struct bench bench;
    uint32_t faults = 0;
    small_station_add_lesson(*state, "p3/water.mp4", 30, "key", 1, NULL);
    bench_init(&bench, *state);
    struct crew *crew;
    struct ahead *ahead = start(&bench, MONDAY_EIGHT, &faults, &crew);
    for (int64_t i = AHEAD_SECONDS + 1; i < 100; i++)
        assert_null(ahead_take(ahead, 0, MONDAY_EIGHT + i, NULL));
    for (int64_t i = 1; i < 100; i++)
        assert_null(ahead_take(ahead, 0, MONDAY_EIGHT - i, NULL));
    for (int64_t second = MONDAY_EIGHT; second < MONDAY_EIGHT + 40; second++) {
        ahead_advance(ahead, second);
        for (size_t service = 0; service < 2; service++) {
            check_second(&bench, ahead_take(ahead, service, second, NULL), second, service == 0);
            check_second(&bench, wait_for(ahead, service, second + 2), second + 2, service == 0);
        }
        while (!ahead_take_tables(ahead, second + 2, &channel))
            sched_yield();
    }
    stop(&ahead, &crew);
    assert_int_equal(faults, 0);
    bench_fini(&bench);
}

/* What was not read when it was due is left out; reading goes on with what can still be used. */
static void test_what_is_late_is_left_out(void **state)
{
    struct bench bench;
    uint32_t faults = 0;
    bench_init(&bench, *state);
    struct crew *crew;
    struct ahead *ahead = start(&bench, MONDAY_EIGHT, &faults, &crew);
    int64_t late = MONDAY_EIGHT + 1000;
    ahead_advance(ahead, late);
    check_second(&bench, wait_for(ahead, 1, late + AHEAD_SECONDS), late + AHEAD_SECONDS, false);
    assert_null(ahead_take(ahead, 1, late, NULL));
    assert_null(ahead_take(ahead, 1, late + 1, NULL));
    stop(&ahead, &crew);
    bench_fini(&bench);
}

/* The file is gone between the plan and the first slot: each second is told and the picture is there. */
static void test_a_lesson_that_disappears_at_the_start_is_told(void **state)
{
    struct small_station *small = *state;
    struct bench bench;
    uint32_t faults = 0;
    char hash[LESSON_HASH_MAX], *path;
    small_station_add_lesson(small, "p3/water.mp4", 30, "key", 1, hash);
    bench_init(&bench, small);
    path = g_strdup_printf("%s/lessons/%s" LESSON_SUFFIX, small->path, hash);
    assert_int_equal(unlink(path), 0);
    struct crew *crew;
    struct ahead *ahead = start(&bench, MONDAY_EIGHT, &faults, &crew);
    for (int64_t i = MONDAY_EIGHT; i <= MONDAY_EIGHT + AHEAD_SECONDS; i++)
        check_second(&bench, ahead_take(ahead, 0, i, NULL), i, false);
    stop(&ahead, &crew);
    assert_int_equal(faults, AHEAD_SECONDS + 1);
    g_free(path);
    bench_fini(&bench);
}

/* A file that is removed while it is on air is still read. */
static void test_a_lesson_removed_on_air_goes_on(void **state)
{
    struct small_station *small = *state;
    struct bench bench;
    uint32_t faults = 0;
    char hash[LESSON_HASH_MAX], *path;
    small_station_add_lesson(small, "p3/water.mp4", 30, "key", 1, hash);
    bench_init(&bench, small);
    struct crew *crew;
    struct ahead *ahead = start(&bench, MONDAY_EIGHT, &faults, &crew);
    path = g_strdup_printf("%s/lessons/%s" LESSON_SUFFIX, small->path, hash);
    assert_int_equal(unlink(path), 0);
    for (int64_t second = MONDAY_EIGHT; second < MONDAY_EIGHT + 10; second++) {
        ahead_advance(ahead, second);
        check_second(&bench, wait_for(ahead, 0, second + 2), second + 2, true);
    }
    stop(&ahead, &crew);
    assert_int_equal(faults, 0);
    g_free(path);
    bench_fini(&bench);
}

static void check_picture(const char *video, const char *audio)
{
    static const struct tracks tracks = {.audio_count = 2, .subtitle_count = 1};
    struct house house;
    assert_true(house_parse(video, audio, &house));
    struct lesson *slate = slate_open(&house);
    struct lesson_second *second = lesson_second_new(&house, &tracks);
    assert_non_null(slate);
    assert_int_equal(lesson_read_silent(slate, &tracks, 0, MONDAY_EIGHT, &house, second), LESSON_OK);
    assert_true(second->cell->count >= 16);
    for (int i = 0; i < 2; i++) {
        const uint8_t *packet = second->audio[i], *frame = packet + packet_payload_offset(packet) + 14;
        uint8_t silence[HOUSE_AUDIO_BYTES_MAX];
        cell_build_silence(&house.audio, silence);
        assert_int_equal(frame[0], 0xFF);
        assert_memory_equal(frame, silence, 9);
    }
    lesson_second_free(&second);
    lesson_free(&slate);
}

/* There is a picture in every format and at every rate, and it goes with every sound. */
static void test_the_picture_goes_with_any_format(void **state)
{
    (void)state;
    static const char *const sounds[] = {"mp2-96k", "mp2-160k", "mp2-384k", "aac-64k", "aac-256k"};
    static const char *const rates[] = {"h264-576i25-700k",   "h264-720p25-1000k",  "h264-720p25-12000k",
                                        "h264-720p50-1500k",  "h264-1080i25-2000k", "h264-1080p25-2000k",
                                        "hevc-1080p50-1500k", "mpeg2-576i25-2000k", "mpeg2-576i25-9000k"};
    for (size_t i = 0; i < sizeof sounds / sizeof *sounds; i++)
        check_picture("h264-720p25", sounds[i]);
    for (size_t i = 0; house_video_name(i); i++)
        check_picture(house_video_name(i), "mp2-128k");
    for (size_t i = 0; i < sizeof rates / sizeof *rates; i++)
        check_picture(rates[i], "aac-128k");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_all_is_there_before_the_first_slot),
        TEST(test_no_second_goes_under_another_number),
        TEST(test_what_is_late_is_left_out),
        TEST(test_a_lesson_that_disappears_at_the_start_is_told),
        TEST(test_a_lesson_removed_on_air_goes_on),
        cmocka_unit_test(test_the_picture_goes_with_any_format),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
