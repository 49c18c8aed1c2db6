/* slate-maker OUT: makes the compiled-in picture, a lesson of one second without sound for every house
 * format, by the same steps as any other lesson. Run by the build; its result is in every chalkcast, so that
 * there is always something to send. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libavutil/log.h>

#include "mux/prepare/encode.h"
#include "mux/prepare/slate.h"
#include "mux/lesson.h"

#define AUDIO "mp2-128k" /* any: there is no sound */
#define PRESET "medium"
#define CRF 18.0 /* a still picture may be fine, and has to fit the least rate of its format */

static const struct slate_line lines[] = {
    {"chalkcast", 104, 262, "0xF2F0E6"},
    {"请稍候", 64, 420, "0xF2F0E6"},
    {"Please stand by", 34, 496, "0xB9C7BC"},
};

static bool make_cell(const struct house *house, struct cell *cell)
{
    AVFrame *picture = slate_new(house, lines, sizeof lines / sizeof *lines),
            *pictures[HOUSE_FRAMES_PER_SECOND_MAX] = {NULL};
    bool good = picture && cell;
    for (uint32_t i = 0; good && i < house->video.fps; i++)
        good = (pictures[i] = av_frame_clone(picture));
    struct encode_result result = {.fault = ENCODE_REFUSED};
    if (good)
        result = encode_gop(house, PRESET, CRF, pictures, cell);
    for (uint32_t i = 0; i < house->video.fps; i++)
        av_frame_free(&pictures[i]);
    av_frame_free(&picture);
    if (result.fault != ENCODE_OK)
        fprintf(stderr, "slate-maker: %s\n", encode_fault_text(result.fault));
    return result.fault == ENCODE_OK;
}

/* Writes the lesson as a file of its own into `directory`; its path, to be freed, or NULL. */
static char *write_lesson(const struct house *house, const struct cell *cell, const char *directory)
{
    static const struct tracks silent;
    struct lesson_info info = {.source = "chalkcast"};
    char hash[LESSON_HASH_MAX], *path;
    struct lesson_writer *writer = lesson_writer_new(directory, house, &silent);
    if (!writer)
        return NULL;
    if (lesson_writer_add_cell(writer, cell) != LESSON_OK) {
        lesson_writer_free(&writer);
        return NULL;
    }
    if (lesson_writer_finish(&writer, &info, hash) != LESSON_OK ||
        asprintf(&path, "%s/%s" LESSON_SUFFIX, directory, hash) < 0)
        return NULL;
    return path;
}

/* Moves the lesson to the end of `out`, after its length. */
static bool append_lesson(const char *path, FILE *out)
{
    uint8_t block[65536];
    struct stat status;
    FILE *lesson = fopen(path, "r");
    if (!lesson)
        return false;
    uint64_t length = fstat(fileno(lesson), &status) == 0 ? (uint64_t)status.st_size : 0, done = 0;
    bool good = length > 0 && fwrite(&length, sizeof length, 1, out) == 1;
    for (size_t got; good && (got = fread(block, 1, sizeof block, lesson)) > 0; done += got)
        good = fwrite(block, got, 1, out) == 1;
    fclose(lesson);
    unlink(path);
    return good && done == length;
}

static bool make_slate(const char *video, const char *directory, FILE *out)
{
    struct house house;
    if (!house_parse(video, AUDIO, &house))
        return false;
    struct cell *cell = cell_new(house.video.slots);
    char *path = make_cell(&house, cell) ? write_lesson(&house, cell, directory) : NULL;
    bool good = path && append_lesson(path, out);
    if (!good)
        fprintf(stderr, "slate-maker: %s: not made\n", video);
    free(path);
    cell_free(&cell);
    return good;
}

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: slate-maker OUT\n");
        return 64;
    }
    av_log_set_level(AV_LOG_QUIET);
    const char *slash = strrchr(arguments[1], '/'), *video;
    char *directory = slash ? strndup(arguments[1], slash - arguments[1] + 1) : strdup(".");
    FILE *out = fopen(arguments[1], "w");
    bool good = directory && out;
    for (size_t i = 0; good && (video = house_video_name(i)); i++)
        good = make_slate(video, directory, out);
    good = out && fclose(out) == 0 && good;
    if (!good)
        fprintf(stderr, "slate-maker: %s: %m\n", arguments[1]);
    if (!good)
        unlink(arguments[1]);
    free(directory);
    return good ? 0 : 1;
}
