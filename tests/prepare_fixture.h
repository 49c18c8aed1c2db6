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

/* The elementary streams of the lesson that was made, as files picture.264 and sound.mp2 in the folder. */
static inline void fixture_extract(struct fixture *fixture)
{
    struct lesson *lesson = NULL;
    struct lesson_second *second = lesson_second_new(&fixture->house);
    char path[256];
    snprintf(path, sizeof path, "%s/%s.lesson", fixture->lessons, fixture->result.hash);
    assert_int_equal(lesson_open(path, &fixture->house, &lesson), LESSON_OK);
    snprintf(path, sizeof path, "%s/picture.264", fixture->folder);
    FILE *picture = fopen(path, "w");
    snprintf(path, sizeof path, "%s/sound.mp2", fixture->folder);
    FILE *sound = fopen(path, "w");
    assert_true(picture && sound && second);
    for (uint32_t i = 0; i < lesson_info(lesson)->seconds; i++) {
        assert_int_equal(lesson_read(lesson, i, START + i, second), LESSON_OK);
        for (uint32_t k = 0; k < second->cell->count; k++) {
            const uint8_t *packet = second->cell->packets + (size_t)k * 188;
            uint32_t at = packet_payload_offset(packet) + (packet_is_start(packet) ? 19 : 0);
            if (packet_has_payload(packet))
                fwrite(packet + at, 188 - at, 1, picture);
        }
        for (uint32_t k = 0; k < second->frames * fixture->house.audio.packets; k++) {
            const uint8_t *packet = second->audio + (size_t)k * 188;
            uint32_t at = packet_payload_offset(packet) + (packet_is_start(packet) ? 14 : 0);
            fwrite(packet + at, 188 - at, 1, sound);
        }
    }
    fclose(picture);
    fclose(sound);
    lesson_second_free(&second);
    lesson_free(&lesson);
}

#endif
