/* slate-maker OUT: makes the compiled-in picture, a lesson of one second of picture and silence, by the same
 * steps as any other lesson. Run by the build; its result is in every chalkcast, so that there is always
 * something to send. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libavutil/log.h>

#include "mux/prepare/encode.h"
#include "mux/prepare/slate.h"
#include "mux/lesson.h"

#define PRESET "slow"
#define CRF 12.0 /* a still picture may be fine */

static const struct slate_line lines[] = {
    {"chalkcast", 104, 262, "0xF2F0E6"},
    {"请稍候", 64, 420, "0xF2F0E6"},
    {"Please stand by", 34, 496, "0xB9C7BC"},
};

static bool make_cell(const struct house *house, struct cell *cell)
{
    AVFrame *picture = slate_new(house, lines, sizeof lines / sizeof *lines), *pictures[HOUSE_FPS] = {NULL};
    bool good = picture && cell;
    for (int i = 0; good && i < HOUSE_FPS; i++)
        good = (pictures[i] = av_frame_clone(picture));
    struct encode_result result = {.fault = ENCODE_REFUSED};
    if (good)
        result = encode_gop(house, PRESET, CRF, pictures, cell);
    for (int i = 0; i < HOUSE_FPS; i++)
        av_frame_free(&pictures[i]);
    av_frame_free(&picture);
    if (result.fault != ENCODE_OK)
        fprintf(stderr, "slate-maker: %s\n", encode_fault_text(result.fault));
    return result.fault == ENCODE_OK;
}

/* Writes the lesson into `directory` and moves it to `out`. */
static bool write_lesson(const struct house *house, const struct cell *cell, const char *directory,
                         const char *out)
{
    struct lesson_info info = {.source = "chalkcast"};
    char hash[LESSON_HASH_MAX], *path;
    struct lesson_writer *writer = lesson_writer_new(directory, house);
    if (!writer)
        return false;
    if (lesson_writer_add_cell(writer, cell) != LESSON_OK) {
        lesson_writer_free(&writer);
        return false;
    }
    if (lesson_writer_finish(&writer, &info, hash) != LESSON_OK ||
        asprintf(&path, "%s/%s" LESSON_SUFFIX, directory, hash) < 0)
        return false;
    bool good = rename(path, out) == 0;
    free(path);
    return good;
}

int main(int count, char **arguments)
{
    struct house house;
    if (count != 2) {
        fprintf(stderr, "usage: slate-maker OUT\n");
        return 64;
    }
    av_log_set_level(AV_LOG_QUIET);
    if (!house_parse("h264-720p25", "mp2-128k", &house))
        return 1;
    const char *slash = strrchr(arguments[1], '/');
    char *directory = slash ? strndup(arguments[1], slash - arguments[1] + 1) : strdup(".");
    struct cell *cell = cell_new(&house);
    bool good = directory && make_cell(&house, cell);
    if (good && !write_lesson(&house, cell, directory, arguments[1])) {
        fprintf(stderr, "slate-maker: %s: %m\n", arguments[1]);
        good = false;
    }
    cell_free(&cell);
    free(directory);
    return good ? 0 : 1;
}
