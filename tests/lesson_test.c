/* Prepared lessons: written, named, read back; every damage is found. */
#include "mux/lesson.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>
#include <xxhash.h>

#include "mux/packet.h"

#define SECONDS 5
#define FPS 25
#define SOUND_RECORD (8 + 3 * 188 + 4)
#define START 1583107200 /* 2020-03-02T00:00:00Z */

/* What the lesson has, and what a service may want: one more language, and no description. */
static const struct tracks lesson_tracks = {.audio = {{"chi", false}, {"tib", false}, {"chi", true}},
                                            .subtitles = {{"tib", false}, {"chi", true}},
                                            .audio_count = 3,
                                            .subtitle_count = 2};
static const struct tracks service_tracks = {.audio = {{"tib", false}, {"chi", false}, {"uig", false}},
                                             .subtitles = {{"chi", false}, {"chi", true}, {"tib", false}},
                                             .audio_count = 3,
                                             .subtitle_count = 3};
static const struct tracks plain = {.audio = {{"chi", false}}, .audio_count = 1};

struct fixture {
    struct house house;
    char folder[32], path[160];
};

/* A GOP whose bytes tell the second. */
static void build_cell(const struct house *house, struct cell *cell, int second)
{
    static uint8_t bytes[FPS][3000];
    struct access_unit units[FPS];
    for (int i = 0; i < FPS; i++) {
        memset(bytes[i], 16 + second, sizeof bytes[i]);
        units[i] = (struct access_unit){bytes[i], 500 + 80 * (i + second), 3600 * i, 3600 * (i - 1)};
    }
    assert_int_equal(cell_build(cell, house, units, FPS), 0);
}

/* A display set in the middle of the second whose bytes tell it; none in the even seconds. */
static void build_subtitles(struct cell *cell, int second)
{
    uint8_t bytes[1000];
    const uint8_t *pes = bytes;
    const size_t length = sizeof bytes;
    const int32_t pts = 45000;
    memset(bytes, 64 + second, sizeof bytes);
    packet_set_pes_time(bytes + 9, (uint64_t)pts + CELL_PTS_BASE);
    assert_int_equal(cell_build_subtitles(cell, &pes, &length, &pts, second % 2), 0);
}

static void add_sound(struct lesson_writer *writer, uint32_t track, int frames, uint8_t first)
{
    uint8_t frame[HOUSE_AUDIO_BYTES_MAX];
    for (int i = 0; i < frames; i++) {
        memset(frame, first + i, sizeof frame);
        assert_int_equal(lesson_writer_add_audio(writer, track, frame, 384), LESSON_OK);
    }
}

static int setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    struct lesson_info info = {
        .source = "p3/水.mp4", .source_size = 12345, .source_mtime_ns = 17, .prepared_at = 99};
    char hash[LESSON_HASH_MAX];
    *state = fixture;
    strcpy(fixture->folder, "/tmp/lesson-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    assert_true(house_parse("h264-720p25", "mp2-128k", &fixture->house));
    struct lesson_writer *writer = lesson_writer_new(fixture->folder, &fixture->house, &lesson_tracks);
    struct cell *cell = cell_new(fixture->house.video.slots);
    assert_non_null(writer);
    for (int i = 0; i < SECONDS; i++) {
        build_cell(&fixture->house, cell, i);
        assert_int_equal(lesson_writer_add_cell(writer, cell), LESSON_OK);
    }
    add_sound(writer, 0, 150, 0); /* 3.6 s of sound: the rest is silence */
    add_sound(writer, 1, 300, 1); /* more than the picture: the rest is left out */
    build_subtitles(cell, 0);
    for (int i = 0; i < SECONDS + 2; i++) /* longer than the picture */
        assert_int_equal(lesson_writer_add_subtitles(writer, 0, cell), LESSON_OK);
    for (int i = 0; i < 2; i++) { /* the other seconds have none */
        build_subtitles(cell, i);
        assert_int_equal(lesson_writer_add_subtitles(writer, 1, cell), LESSON_OK);
    }
    assert_int_equal(lesson_writer_finish(&writer, &info, hash), LESSON_OK);
    assert_null(writer);
    snprintf(fixture->path, sizeof fixture->path, "%s/%s.lesson", fixture->folder, hash);
    cell_free(&cell);
    return 0;
}

static int teardown(void **state)
{
    struct fixture *fixture = *state;
    unlink(fixture->path);
    int code = rmdir(fixture->folder); /* fails when anything else was left behind */
    free(fixture);
    return code;
}

static uint8_t *load(const char *path, size_t *length)
{
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    fseek(file, 0, SEEK_END);
    *length = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc(*length);
    assert_int_equal(fread(bytes, 1, *length, file), *length);
    fclose(file);
    return bytes;
}

/* Reads all of a lesson in memory; LESSON_OK only when every part is. */
static enum lesson_error read_all(const uint8_t *bytes, size_t length, const struct house *house)
{
    struct lesson *lesson = NULL;
    enum lesson_error error = lesson_open_memory(bytes, length, house, &lesson);
    if (error != LESSON_OK)
        return error;
    struct lesson_second *second = lesson_second_new(house, &lesson_tracks);
    for (uint32_t i = 0; error == LESSON_OK && i < lesson_info(lesson)->seconds; i++)
        error = lesson_read(lesson, &lesson_tracks, i, START + 1 + i, second);
    lesson_second_free(&second);
    lesson_free(&lesson);
    return error;
}

static void test_named_by_hash_and_readable(void **state)
{
    const struct fixture *fixture = *state;
    char hash[LESSON_HASH_MAX];
    struct lesson_info info;
    assert_int_equal(lesson_hash_file(fixture->path, hash), LESSON_OK);
    assert_non_null(strstr(fixture->path, hash));
    assert_int_equal(lesson_read_info(fixture->path, &info), LESSON_OK);
    assert_int_equal(info.seconds, SECONDS);
    assert_string_equal(info.source, "p3/水.mp4");
    assert_string_equal(info.video, "h264-720p25");
    assert_int_equal(info.source_size, 12345);
    assert_int_equal(info.prepared_at, 99);
    assert_memory_equal(&info.tracks, &lesson_tracks, sizeof info.tracks);
}

/* Every second of the lesson belongs to the second it is read for, its audio to the frames of the grid there.
 */
static void test_seconds_have_their_place(void **state)
{
    const struct fixture *fixture = *state;
    struct lesson *lesson = NULL;
    struct lesson_second *second = lesson_second_new(&fixture->house, &plain);
    assert_int_equal(lesson_open(fixture->path, &fixture->house, &lesson), LESSON_OK);
    for (int start = START; start < START + 3; start++) { /* the three phases of the audio grid */
        int64_t frames = audio_first_frame(&fixture->house.audio, start);
        for (int i = 0; i < SECONDS; i++) {
            assert_int_equal(lesson_read(lesson, &plain, i, start + i, second), LESSON_OK);
            const uint8_t *pes = second->cell->packets + packet_payload_offset(second->cell->packets);
            assert_true(packet_get_pes_time(pes + 9) == CELL_PTS_BASE); /* not dated yet */
            assert_true(second->second == start + i);
            assert_int_equal(pes[19], 16 + i);
            assert_true(second->first_frame == frames); /* no gap, no overlap */
            for (uint32_t f = 0; f < second->frames; f++) {
                const uint8_t *packets = second->audio[0] + f * fixture->house.audio.packets * 188;
                int64_t number = frames + f - audio_first_frame(&fixture->house.audio, start);
                assert_int_equal(packets[188 + 10], number < 150 ? number : 0);
            }
            frames += second->frames;
        }
        assert_true(frames == audio_first_frame(&fixture->house.audio, start + SECONDS));
    }
    lesson_second_free(&second);
    lesson_free(&lesson);
}

/* What was read for one time is shown at any other: as if it had been read for that. */
static void test_seconds_may_be_dated_again(void **state)
{
    const struct fixture *fixture = *state;
    const struct audio_format *audio = &fixture->house.audio;
    struct lesson *lesson = NULL;
    struct lesson_second *kept = lesson_second_new(&fixture->house, &service_tracks);
    struct lesson_second *fresh = lesson_second_new(&fixture->house, &service_tracks);
    assert_int_equal(lesson_open(fixture->path, &fixture->house, &lesson), LESSON_OK);
    for (int i = 0; i < SECONDS; i++) {
        assert_int_equal(lesson_read(lesson, &service_tracks, i, START + i, kept), LESSON_OK);
        for (int at = START + i; at < START + i + 7; at++) { /* over two turns of the grid */
            struct lesson_second shown = *kept;
            lesson_second_date(&shown, audio, at);
            assert_int_equal(lesson_read(lesson, &service_tracks, i, at, fresh), LESSON_OK);
            assert_true(shown.second == at && shown.first_frame == fresh->first_frame);
            assert_int_equal(shown.frames, fresh->frames);
            assert_int_equal(shown.cell->count, fresh->cell->count);
            assert_memory_equal(shown.cell->packets, fresh->cell->packets, shown.cell->count * 188);
            for (uint32_t k = 0; k < service_tracks.audio_count; k++)
                assert_memory_equal(shown.audio[k], fresh->audio[k], shown.frames * audio->packets * 188);
        }
    }
    lesson_second_free(&kept);
    lesson_second_free(&fresh);
    lesson_free(&lesson);
}

/* A service in three languages: each its own sound, and the first again for the one that the lesson lacks;
 * subtitles of the same language and kind or none. */
static void test_tracks_are_those_of_the_service(void **state)
{
    const struct fixture *fixture = *state;
    struct lesson *lesson = NULL;
    struct lesson_second *second = lesson_second_new(&fixture->house, &service_tracks);
    assert_int_equal(lesson_open(fixture->path, &fixture->house, &lesson), LESSON_OK);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(lesson_read(lesson, &service_tracks, i, START + i, second), LESSON_OK);
        size_t size = second->frames * fixture->house.audio.packets * 188;
        assert_memory_equal(second->audio[1], second->audio[2], size);
        for (uint32_t f = 0; f < second->frames; f++) {
            const size_t at = f * fixture->house.audio.packets * 188;
            const int64_t number = second->first_frame + f - audio_first_frame(&fixture->house.audio, START);
            assert_int_equal(second->audio[0][at + 188 + 10], number + 1);
            assert_int_equal(second->audio[1][at + 188 + 10], number);
        }
        assert_int_equal(second->subtitles[0]->count, 0);
        assert_int_equal(second->subtitles[1]->count, i == 1 ? 16 : 0);
        assert_int_equal(second->subtitles[2]->count, 0);
        assert_int_equal(second->subtitles[0]->index[40], CELL_EMPTY);
        if (i != 1)
            continue;
        const uint8_t *packet = second->subtitles[1]->packets, *pes = packet + packet_payload_offset(packet);
        assert_true(packet_get_pes_time(pes + 9) == CELL_PTS_BASE + 45000);
        assert_int_equal(pes[20], 65);
    }
    lesson_second_free(&second);
    lesson_free(&lesson);
}

/* The compiled-in picture goes with any sound and any tracks. */
static void test_a_cell_is_a_silent_lesson(void **state)
{
    (void)state;
    struct house house;
    assert_true(house_parse("h264-720p25", "aac-128k", &house));
    struct cell *cell = cell_new(house.video.slots);
    build_cell(&house, cell, 3);
    struct lesson *lesson = lesson_of_cell(cell, &house);
    struct lesson_second *second = lesson_second_new(&house, &service_tracks);
    assert_int_equal(lesson_info(lesson)->seconds, 1);
    assert_int_equal(lesson_read_silent(lesson, &service_tracks, 0, START, &house, second), LESSON_OK);
    assert_int_equal(lesson_read(lesson, &service_tracks, 0, START, second), LESSON_DAMAGED);
    assert_int_equal(second->cell->count, cell->count);
    assert_memory_equal(second->cell->index, cell->index, house.video.slots * sizeof *cell->index);
    for (uint32_t i = 0; i < service_tracks.audio_count; i++) {
        const uint8_t *packets = second->audio[i] + (second->frames - 1) * house.audio.packets * 188;
        uint8_t silence[HOUSE_AUDIO_BYTES_MAX];
        assert_int_equal(cell_build_silence(&house.audio, silence), 13);
        assert_memory_equal(packets + packet_payload_offset(packets) + CELL_PES_AUDIO, silence, 9);
    }
    assert_int_equal(second->subtitles[2]->count, 0);
    lesson_second_free(&second);
    lesson_free(&lesson);
    cell_free(&cell);
}

/* Lessons of the first version were called damaged. */
static void test_old_lesson_is_to_be_prepared_again(void **state)
{
    const struct fixture *fixture = *state;
    struct lesson *lesson = NULL;
    struct lesson_info info;
    size_t length;
    uint8_t *bytes = load(fixture->path, &length);
    bytes[strlen("chalkcast-lesson ")] = '1';
    assert_int_equal(lesson_open_memory(bytes, length, &fixture->house, &lesson), LESSON_OLD);
    assert_null(lesson);
    assert_non_null(strstr(lesson_error_text(LESSON_OLD), "prepared again"));
    char path[64];
    snprintf(path, sizeof path, "%s/old", fixture->folder);
    FILE *file = fopen(path, "w");
    assert_int_equal(fwrite(bytes, length, 1, file), 1);
    fclose(file);
    assert_int_equal(lesson_read_info(path, &info), LESSON_OLD);
    assert_string_equal(info.source, "p3/水.mp4");
    unlink(path);
    free(bytes);
}

/* Header lines that promise other tracks than there are. */
static void test_forged_tracks_are_refused(void **state)
{
    static const char *const lines[][2] = {{"\ntrack-audio tib\n", "\ntrack-audjo tib\n"},
                                           {"\ntrack-audio tib\n", "\ntrack-audio t-b\n"},
                                           {"\ntrack-audio tib\n", "\ntrack-audio ti \n"},
                                           {"\ntrack-subtitles tib\n", "\ntrack-subtitlez tib\n"},
                                           {" impaired\n", " impairex\n"},
                                           {"\naudio-frames 2", "\naudio-frames 1"}};
    const struct fixture *fixture = *state;
    size_t length;
    uint8_t *bytes = load(fixture->path, &length);
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        char *line = strstr((char *)bytes, lines[i][0]);
        assert_non_null(line);
        memcpy(line, lines[i][1], strlen(lines[i][1]));
        assert_int_not_equal(read_all(bytes, length, &fixture->house), LESSON_OK);
        memcpy(line, lines[i][0], strlen(lines[i][0]));
        assert_int_equal(read_all(bytes, length, &fixture->house), LESSON_OK);
    }
    free(bytes);
}

static void test_other_house_is_refused(void **state)
{
    const struct fixture *fixture = *state;
    struct house other;
    struct lesson *lesson = NULL;
    assert_true(house_parse("h264-720p25", "mp2-192k", &other));
    assert_int_equal(lesson_open(fixture->path, &other, &lesson), LESSON_OTHER_HOUSE);
    assert_null(lesson);
    assert_int_equal(lesson_open("/nowhere.lesson", &other, &lesson), LESSON_CANNOT_OPEN);
    assert_int_equal(lesson_open("/dev/null", &other, &lesson), LESSON_NOT_A_LESSON);
}

static void test_every_damage_is_found(void **state)
{
    const struct fixture *fixture = *state;
    size_t length;
    uint8_t *bytes = load(fixture->path, &length);
    assert_int_equal(read_all(bytes, length, &fixture->house), LESSON_OK);
    size_t audio_at = atoi(strstr((char *)bytes, "\naudio-at ") + 10);
    size_t frames = atoi(strstr((char *)bytes, "\naudio-frames ") + 14);
    size_t audio_end = audio_at + 3 * frames * SOUND_RECORD;
    for (size_t at = 4096; at < length; at += 1 + at % 997) {
        bytes[at] ^= 0x10;
        /* The last two frames of a track are only read by runs that begin on another phase of the grid. */
        bool unread =
            at >= audio_at && at < audio_end && (at - audio_at) / SOUND_RECORD % frames >= frames - 2;
        if (!unread)
            assert_int_not_equal(read_all(bytes, length, &fixture->house), LESSON_OK);
        bytes[at] ^= 0x10;
    }
    for (size_t cut = 0; cut < length; cut += 1 + cut / 3)
        assert_int_not_equal(read_all(bytes, cut, &fixture->house), LESSON_OK);
    free(bytes);
}

/* A lesson whose hashes are right but whose packets are not: an adaptation field longer than its packet. */
static void test_forged_packets_are_refused(void **state)
{
    const struct fixture *fixture = *state;
    size_t length;
    uint8_t *bytes = load(fixture->path, &length);
    uint32_t record = 8 + 4 + fixture->house.video.slots / 8;
    uint8_t *packet = bytes + 4096 + record;
    packet[3] |= 0x20;
    packet[4] = 0xFF;
    uint32_t count;
    memcpy(&count, bytes + 4096 + 8, sizeof count);
    uint32_t aligned = (record + count * 188u + 7) / 8 * 8;
    uint64_t hash = XXH3_64bits(bytes + 4096 + 8, aligned - 8);
    memcpy(bytes + 4096, &hash, sizeof hash);
    assert_int_equal(read_all(bytes, length, &fixture->house), LESSON_DAMAGED);
    free(bytes);
}

static void test_given_up_leaves_nothing(void **state)
{
    const struct fixture *fixture = *state;
    struct lesson_writer *writer = lesson_writer_new(fixture->folder, &fixture->house, &plain);
    assert_non_null(writer);
    lesson_writer_free(&writer);
    assert_null(writer);
    writer = lesson_writer_new("/nowhere", &fixture->house, &plain);
    assert_null(writer);
}

/* Writes a lesson of many small cells; its size when it was finished. */
static enum lesson_error write_long(const struct fixture *fixture, uint32_t seconds, off_t *size)
{
    struct lesson_info info = {.source = "long.mp4"};
    struct lesson_writer *writer = lesson_writer_new(fixture->folder, &fixture->house, &plain);
    struct cell *cell = cell_new(fixture->house.video.slots);
    char hash[LESSON_HASH_MAX] = "", path[160];
    struct stat status;
    build_cell(&fixture->house, cell, 0);
    cell->count = 16;
    for (uint32_t i = 0; i < fixture->house.video.slots; i++)
        cell->index[i] = i < cell->count ? (uint16_t)i : CELL_EMPTY;
    for (uint32_t i = 0; i < seconds; i++)
        assert_int_equal(lesson_writer_add_cell(writer, cell), LESSON_OK);
    enum lesson_error error = lesson_writer_finish(&writer, &info, hash);
    snprintf(path, sizeof path, "%s/%s.lesson", fixture->folder, hash);
    if (error == LESSON_OK) {
        assert_int_equal(stat(path, &status), 0);
        assert_int_equal(unlink(path), 0);
        *size = status.st_size;
    }
    cell_free(&cell);
    return error;
}

/* The disk was full when the offsets, the last part, were written: the cut file got a lesson's name. */
static void test_full_disk_leaves_nothing(void **state)
{
    enum { LONG = 2000 };
    off_t size = 0;
    struct rlimit before, little;
    assert_int_equal(write_long(*state, LONG, &size), LESSON_OK);
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &before), 0);
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    for (off_t less = 1; less < LONG * 8; less += 3000) {
        little = (struct rlimit){size - less, before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
        enum lesson_error error = write_long(*state, LONG, &size);
        assert_int_equal(setrlimit(RLIMIT_FSIZE, &before), 0);
        assert_int_equal(error, LESSON_CANNOT_WRITE);
    }
    signal(SIGXFSZ, handler);
} /* teardown fails when anything was left behind */

/* Opening a pipe waited for someone to write to it, and the station with it. */
static void test_pipe_is_not_waited_for(void **state)
{
    const struct fixture *fixture = *state;
    char path[64];
    struct lesson *lesson = NULL;
    struct lesson_info info;
    snprintf(path, sizeof path, "%s/pipe", fixture->folder);
    assert_int_equal(mkfifo(path, 0600), 0);
    assert_int_equal(lesson_read_info(path, &info), LESSON_NOT_A_LESSON);
    assert_int_equal(lesson_open(path, &fixture->house, &lesson), LESSON_NOT_A_LESSON);
    assert_null(lesson);
    assert_int_equal(unlink(path), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_named_by_hash_and_readable, setup, teardown),
        cmocka_unit_test_setup_teardown(test_seconds_have_their_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_seconds_may_be_dated_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_tracks_are_those_of_the_service, setup, teardown),
        cmocka_unit_test(test_a_cell_is_a_silent_lesson),
        cmocka_unit_test_setup_teardown(test_old_lesson_is_to_be_prepared_again, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forged_tracks_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_other_house_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_damage_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_forged_packets_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_given_up_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full_disk_leaves_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pipe_is_not_waited_for, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
