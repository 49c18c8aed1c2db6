/* A prepared lesson that was damaged, read second by second. libFuzzer's entry point.
 *
 * The first byte of the input chooses what is done to a good lesson of two seconds: 0, the rest of the input
 * takes the place of its beginning; 1, it is cut to the length that two bytes say; else pairs of offset
 * (three bytes) and byte are written into it. Whatever opens must read without harm: good, or called damaged.
 */
#include "mux/lesson.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECONDS 2
#define FPS 25
#define LENGTH_MAX 200000
#define START 1583107200

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct tracks tracks = {.audio = {{"chi", false}, {"tib", false}},
                                     .subtitles = {{"tib", false}, {"chi", true}},
                                     .audio_count = 2,
                                     .subtitle_count = 2};

static void write_subtitles(struct lesson_writer *writer)
{
    struct cell *cell = cell_new(HOUSE_SUBTITLE_SLOTS);
    uint8_t bytes[500] = {0};
    const uint8_t *pes = bytes;
    assert(cell && cell_build_subtitles(cell, &pes, &(size_t){sizeof bytes}, &(int32_t){9000}, 1) == 0);
    assert(lesson_writer_add_subtitles(writer, 1, cell) == LESSON_OK);
    cell_free(&cell);
}

static void write_cells(struct lesson_writer *writer, const struct house *house)
{
    struct cell *cell = cell_new(house->video.slots);
    struct access_unit units[FPS];
    uint8_t bytes[900];
    memset(bytes, 0x55, sizeof bytes);
    for (int i = 0; i < FPS; i++)
        units[i] = (struct access_unit){bytes, sizeof bytes, i * 3600, (i - 1) * 3600};
    assert(writer && cell && cell_build(cell, house, units, FPS) == 0);
    for (int i = 0; i < SECONDS; i++)
        assert(lesson_writer_add_cell(writer, cell) == LESSON_OK);
    cell_free(&cell);
}

/* The good lesson, by way of a file. */
static size_t make_lesson(const struct house *house, uint8_t *lesson)
{
    char folder[] = "/tmp/lesson-fuzz-XXXXXX", hash[LESSON_HASH_MAX], path[128];
    struct lesson_info info = {.source = "fuzz"};
    assert(mkdtemp(folder));
    struct lesson_writer *writer = lesson_writer_new(folder, house, &tracks);
    write_cells(writer, house);
    write_subtitles(writer);
    assert(lesson_writer_finish(&writer, &info, hash) == LESSON_OK);
    snprintf(path, sizeof path, "%s/%s" LESSON_SUFFIX, folder, hash);
    FILE *file = fopen(path, "r");
    assert(file);
    size_t length = fread(lesson, 1, LENGTH_MAX, file);
    assert(length < LENGTH_MAX);
    fclose(file);
    unlink(path);
    rmdir(folder);
    return length;
}

static size_t damage(uint8_t *lesson, size_t length, const uint8_t *data, size_t size)
{
    if (size < 3)
        return length;
    if (data[0] == 0) {
        memcpy(lesson, data + 1, size - 1 < length ? size - 1 : length);
    } else if (data[0] == 1) {
        size_t cut = (size_t)data[1] << 8 | data[2];
        return cut < length ? cut : length;
    } else {
        for (size_t i = 1; i + 4 <= size; i += 4)
            lesson[((size_t)data[i] << 16 | data[i + 1] << 8 | data[i + 2]) % length] = data[i + 3];
    }
    return length;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t good[LENGTH_MAX];
    static size_t good_length;
    struct house house;
    assert(house_parse("h264-720p25", "mp2-128k", &house));
    if (!good_length)
        good_length = make_lesson(&house, good);
    uint8_t *bytes = malloc(good_length);
    assert(bytes);
    memcpy(bytes, good, good_length);
    size_t length = damage(bytes, good_length, data, size);
    uint8_t *exact = realloc(bytes, length ? length : 1); /* so that reading past the end is noticed */
    struct lesson *lesson = NULL;
    if (lesson_open_memory(exact, length, &house, &lesson) == LESSON_OK) {
        struct lesson_second *second = lesson_second_new(&house, &tracks);
        assert(second);
        uint32_t seconds = lesson_info(lesson)->seconds;
        for (uint32_t i = 0; i < seconds && i < 2 * SECONDS; i++) {
            enum lesson_error error = lesson_read(lesson, &tracks, i, START + i, second);
            assert(error == LESSON_OK || error == LESSON_DAMAGED);
        }
        lesson_second_free(&second);
        lesson_free(&lesson);
    }
    free(exact);
    return 0;
}
