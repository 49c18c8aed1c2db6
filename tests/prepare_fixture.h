/* A folder for media and lessons, and the steps that tests of preparation share. Media are made by the ffmpeg
 * command from its own test pictures and tones. */
#ifndef TESTS_PREPARE_FIXTURE_H
#define TESTS_PREPARE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <dirent.h>
#include <unistd.h>

#include <cmocka.h>

#include "mux/packet.h"
#include "mux/prepare/prepare.h"
#include "mux/section.h"

#define START 1583107200 /* 2020-03-02T00:00:00Z */

struct fixture {
    struct house house;
    char folder[32], lessons[64], path[128];
    struct prepare_job job;
    struct prepare_result result;
};

static inline int fixture_setup(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    *state = fixture;
    strcpy(fixture->folder, "/tmp/prepare-test-XXXXXX");
    assert_non_null(mkdtemp(fixture->folder));
    snprintf(fixture->lessons, sizeof fixture->lessons, "%s/lessons", fixture->folder);
    char command[128];
    snprintf(command, sizeof command, "mkdir %s", fixture->lessons);
    assert_int_equal(system(command), 0);
    assert_true(house_parse("h264-720p25", "mp2-128k", &fixture->house));
    fixture->job = (struct prepare_job){
        .house = &fixture->house,
        .path = fixture->path,
        .source = "test",
        .preset = "ultrafast",
        .loudness = -24,
        .directory = fixture->lessons,
        .threads = 2,
    };
    return 0;
}

static inline int fixture_teardown(void **state)
{
    struct fixture *fixture = *state;
    char command[64];
    snprintf(command, sizeof command, "rm -rf %s", fixture->folder);
    int code = system(command);
    free(fixture);
    return code;
}

/* Runs a command of the shell in the fixture's folder; $f is "ffmpeg -v error -y". */
static inline void fixture_run(const struct fixture *fixture, const char *command)
{
    char whole[1024];
    snprintf(whole, sizeof whole, "cd %s && f='ffmpeg -nostdin -v error -y' && { %s; }", fixture->folder,
             command);
    if (system(whole) != 0)
        fail_msg("%s", command);
}

/* The job's file from now on. */
static inline void fixture_use(struct fixture *fixture, const char *name)
{
    snprintf(fixture->path, sizeof fixture->path, "%s/%s", fixture->folder, name);
}

static inline bool fixture_prepare(struct fixture *fixture, const char *name)
{
    fixture_use(fixture, name);
    return prepare_lesson(&fixture->job, &fixture->result);
}

/* Files in lessons/. */
static inline int fixture_count_lessons(const struct fixture *fixture)
{
    int count = 0;
    DIR *listing = opendir(fixture->lessons);
    assert_non_null(listing);
    for (const struct dirent *entry; (entry = readdir(listing));)
        count += entry->d_name[0] != '.' || strlen(entry->d_name) > 2;
    closedir(listing);
    return count;
}

static inline struct lesson *fixture_open(const struct fixture *fixture)
{
    struct lesson *lesson = NULL;
    char path[256];
    snprintf(path, sizeof path, "%s/%s.lesson", fixture->lessons, fixture->result.hash);
    assert_int_equal(lesson_open(path, &fixture->house, &lesson), LESSON_OK);
    return lesson;
}

static inline FILE *fixture_create(const struct fixture *fixture, const char *name)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", fixture->folder, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

/* Calls `take` for every second of the lesson that was made. */
typedef void fixture_take(void *context, const struct lesson_second *second);
static inline void fixture_read(const struct fixture *fixture, fixture_take *take, void *context)
{
    struct lesson *lesson = fixture_open(fixture);
    const struct tracks *tracks = &lesson_info(lesson)->tracks;
    struct lesson_second *second = lesson_second_new(&fixture->house, tracks);
    assert_non_null(second);
    for (uint32_t i = 0; i < lesson_info(lesson)->seconds; i++) {
        assert_int_equal(lesson_read(lesson, tracks, i, START + i, second), LESSON_OK);
        take(context, second);
    }
    lesson_second_free(&second);
    lesson_free(&lesson);
}

struct fixture_streams {
    const struct fixture *fixture;
    FILE *picture, *sound;
    uint32_t track;
};

static inline void fixture_write_streams(void *context, const struct lesson_second *second)
{
    const struct fixture_streams *streams = context;
    for (uint32_t k = 0; k < second->cell->count; k++) {
        const uint8_t *packet = second->cell->packets + (size_t)k * 188;
        uint32_t at = packet_payload_offset(packet) + (packet_is_start(packet) ? 19 : 0);
        if (packet_has_payload(packet))
            fwrite(packet + at, 188 - at, 1, streams->picture);
    }
    for (uint32_t k = 0; k < second->frames * streams->fixture->house.audio.packets; k++) {
        const uint8_t *packet = second->audio[streams->track] + (size_t)k * 188;
        uint32_t at = packet_payload_offset(packet) + (packet_is_start(packet) ? 14 : 0);
        fwrite(packet + at, 188 - at, 1, streams->sound);
    }
}

/* The elementary streams of the lesson that was made, as files picture.264 and sound.mp2 (which is AAC in an
 * AAC house) in the folder. */
static inline void fixture_extract_track(struct fixture *fixture, uint32_t track)
{
    struct fixture_streams streams = {.fixture = fixture,
                                      .picture = fixture_create(fixture, "picture.264"),
                                      .sound = fixture_create(fixture, "sound.mp2"),
                                      .track = track};
    fixture_read(fixture, fixture_write_streams, &streams);
    fclose(streams.picture);
    fclose(streams.sound);
}

static inline void fixture_extract(struct fixture *fixture)
{
    fixture_extract_track(fixture, 0);
}

#define FIXTURE_PMT_PID 0x100
#define FIXTURE_VIDEO_PID 0x101
#define FIXTURE_AUDIO_PID 0x102

static inline void fixture_write_packet(FILE *file, const uint8_t *packet, uint16_t pid, uint64_t pts)
{
    uint8_t patched[188];
    memcpy(patched, packet, sizeof patched);
    patched[1] |= pid >> 8;
    patched[2] = pid & 0xFF;
    if (packet_is_start(packet))
        packet_add_pes_time(patched, pts);
    fwrite(patched, sizeof patched, 1, file);
}

static inline void fixture_write_section(FILE *file, uint8_t *section, size_t length, uint16_t pid)
{
    uint8_t packet[188];
    uint32_t crc = section_crc32(section, length - 4);
    for (int i = 0; i < 4; i++)
        section[length - 4 + i] = crc >> (24 - 8 * i);
    section_build_packets(section, length, pid, 0, packet);
    fwrite(packet, sizeof packet, 1, file);
}

static inline void fixture_write_second(void *context, const struct lesson_second *second)
{
    const struct fixture_streams *streams = context;
    const struct audio_format *audio = &streams->fixture->house.audio;
    for (uint32_t k = 0; k < second->cell->count; k++)
        fixture_write_packet(streams->picture, second->cell->packets + (size_t)k * 188, FIXTURE_VIDEO_PID,
                             (uint64_t)second->second * 90000 - CELL_PTS_BASE);
    for (uint32_t k = 0; k < second->frames * audio->packets; k++)
        fixture_write_packet(streams->picture, second->audio[0] + (size_t)k * 188, FIXTURE_AUDIO_PID,
                             (uint64_t)(second->first_frame + k / audio->packets) * audio->frame_pts);
}

/* The lesson that was made, with its first sound, as a transport stream: PAT, PMT, and the packets. */
static inline void fixture_write_stream(struct fixture *fixture, const char *name)
{
    struct fixture_streams streams = {.fixture = fixture, .picture = fixture_create(fixture, name)};
    uint8_t pat[16] = {0, 0xB0, 13, 0, 1, 0xC1, 0, 0, 0, 1, 0xE0 | FIXTURE_PMT_PID >> 8, 0};
    uint8_t pmt[26] = {2,
                       0xB0,
                       23,
                       0,
                       1,
                       0xC1,
                       0,
                       0,
                       0xE1,
                       0x01,
                       0xF0,
                       0,
                       fixture->house.video.stream_type,
                       0xE1,
                       0x01,
                       0xF0,
                       0,
                       fixture->house.audio.stream_type,
                       0xE1,
                       0x02,
                       0xF0,
                       0};
    fixture_write_section(streams.picture, pat, sizeof pat, 0);
    fixture_write_section(streams.picture, pmt, sizeof pmt, FIXTURE_PMT_PID);
    fixture_read(fixture, fixture_write_second, &streams);
    fclose(streams.picture);
}

/* The same with another house. */
static inline void fixture_set_house(struct fixture *fixture, const char *video, const char *audio)
{
    assert_true(house_parse(video, audio, &fixture->house));
}

#endif
