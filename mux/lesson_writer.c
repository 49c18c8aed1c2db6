/* Writing a prepared lesson: cells as they come, audio frames beside them until the end, then everything gets
 * its place, its header and its name at once. A file with a lesson's name is always whole. */
#include "mux/lesson.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_STATIC_LINKING_ONLY /* the hashing state lives on the stack */
#include <xxhash.h>

#include "mux/lesson_store.h"

struct lesson_writer {
    struct house house;
    char *directory, *path; /* path: the temporary file */
    FILE *cells, *audio;    /* audio: an unlinked file of its own */
    uint64_t *offsets;
    uint32_t seconds, room; /* room in offsets */
    uint32_t frames;
    uint64_t at; /* bytes in the file so far */
};

static bool open_files(struct lesson_writer *writer)
{
    if (asprintf(&writer->path, "%s/.partial-%d-XXXXXX", writer->directory, (int)getpid()) < 0) {
        writer->path = NULL;
        return false;
    }
    int descriptor = mkstemp(writer->path);
    if (descriptor < 0) {
        free(writer->path);
        writer->path = NULL;
        return false;
    }
    fchmod(descriptor, 0644);
    writer->cells = fdopen(descriptor, "w");
    if (!writer->cells)
        close(descriptor);
    writer->audio = tmpfile();
    return writer->cells && writer->audio;
}

struct lesson_writer *lesson_writer_new(const char *directory, const struct house *house)
{
    struct lesson_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->house = *house;
    writer->directory = strdup(directory);
    char blank[LESSON_HEADER] = {0};
    writer->at = sizeof blank;
    if (!writer->directory || !open_files(writer) || fwrite(blank, sizeof blank, 1, writer->cells) != 1) {
        int error = errno;
        lesson_writer_free(&writer);
        errno = error;
    }
    return writer;
}

static void close_files(struct lesson_writer *writer)
{
    if (writer->cells)
        fclose(writer->cells);
    if (writer->audio)
        fclose(writer->audio);
    writer->cells = writer->audio = NULL;
}

void lesson_writer_free(struct lesson_writer **writer)
{
    if (!*writer)
        return;
    close_files(*writer);
    if ((*writer)->path)
        unlink((*writer)->path);
    free((*writer)->path);
    free((*writer)->directory);
    free((*writer)->offsets);
    free(*writer);
    *writer = NULL;
}

static bool add_offset(struct lesson_writer *writer)
{
    if (writer->seconds == writer->room) {
        uint32_t more = writer->room ? 2 * writer->room : 1024;
        uint64_t *offsets = realloc(writer->offsets, more * sizeof *offsets);
        if (!offsets)
            return false;
        writer->offsets = offsets;
        writer->room = more;
    }
    writer->offsets[writer->seconds++] = writer->at;
    return true;
}

enum lesson_error lesson_writer_add_cell(struct lesson_writer *writer, const struct cell *cell)
{
    uint32_t bitmap_size = lesson_bitmap_size(&writer->house);
    uint8_t bitmap[UINT16_MAX / 8] = {0};
    for (uint32_t i = 0; i < writer->house.video.slots; i++)
        if (cell->index[i] != CELL_EMPTY)
            bitmap[i / 8] |= 1 << i % 8;
    const struct iovec parts[] = {{(void *)&cell->count, sizeof cell->count},
                                  {bitmap, bitmap_size},
                                  {cell->packets, cell->count * UINT64_C(188)}};
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (int i = 0; i < 3; i++)
        XXH3_64bits_update(&state, parts[i].iov_base, parts[i].iov_len);
    uint64_t hash = XXH3_64bits_digest(&state);
    if (!add_offset(writer) || fwrite(&hash, sizeof hash, 1, writer->cells) != 1)
        return LESSON_CANNOT_WRITE;
    writer->at += sizeof hash;
    for (int i = 0; i < 3; i++) {
        if (fwrite(parts[i].iov_base, parts[i].iov_len, 1, writer->cells) != 1)
            return LESSON_CANNOT_WRITE;
        writer->at += parts[i].iov_len;
    }
    return LESSON_OK;
}

enum lesson_error lesson_writer_add_audio(struct lesson_writer *writer, const uint8_t *frame)
{
    uint8_t packets[HOUSE_AUDIO_PACKETS_MAX * 188];
    size_t size = writer->house.audio.packets * 188;
    cell_build_audio(&writer->house, frame, packets);
    uint64_t hash = XXH3_64bits(packets, size);
    writer->frames++;
    bool good =
        fwrite(&hash, sizeof hash, 1, writer->audio) == 1 && fwrite(packets, size, 1, writer->audio) == 1;
    return good ? LESSON_OK : LESSON_CANNOT_WRITE;
}

/* Silence to the end, and two frames more: a run that begins late on the audio grid reaches that far. */
static enum lesson_error pad_audio(struct lesson_writer *writer)
{
    uint8_t silence[HOUSE_AUDIO_BYTES_MAX];
    cell_build_silence(&writer->house, silence);
    enum lesson_error error = LESSON_OK;
    while (error == LESSON_OK && writer->frames < house_first_frame(writer->seconds) + 2)
        error = lesson_writer_add_audio(writer, silence);
    return error;
}

static bool append_audio(struct lesson_writer *writer)
{
    char block[65536];
    size_t got;
    if (fflush(writer->audio) != 0 || fseek(writer->audio, 0, SEEK_SET) != 0)
        return false;
    while ((got = fread(block, 1, sizeof block, writer->audio)) > 0)
        if (fwrite(block, got, 1, writer->cells) != 1)
            return false;
    return !ferror(writer->audio);
}

static bool write_rest(struct lesson_writer *writer, struct lesson_info *info)
{
    char header[LESSON_HEADER];
    struct lesson_layout layout = {.audio_at = writer->at, .audio_frames = writer->frames};
    layout.offsets_at = layout.audio_at + (uint64_t)writer->frames * lesson_audio_record(&writer->house);
    layout.length = layout.offsets_at + writer->seconds * UINT64_C(8);
    info->seconds = writer->seconds;
    memcpy(info->video, writer->house.video, sizeof info->video);
    memcpy(info->audio, writer->house.audio, sizeof info->audio);
    if (!lesson_header_build(info, &layout, header))
        return false;
    return append_audio(writer) &&
           fwrite(writer->offsets, sizeof *writer->offsets, writer->seconds, writer->cells) ==
               writer->seconds &&
           fseek(writer->cells, 0, SEEK_SET) == 0 && fwrite(header, sizeof header, 1, writer->cells) == 1 &&
           fflush(writer->cells) == 0 && fsync(fileno(writer->cells)) == 0;
}

/* Gives the finished file its name; the directory is synced so that the name survives a power cut too. */
static bool name_by_hash(struct lesson_writer *writer, char *hash)
{
    char *path;
    if (lesson_hash_file(writer->path, hash) != LESSON_OK ||
        asprintf(&path, "%s/%s" LESSON_SUFFIX, writer->directory, hash) < 0)
        return false;
    bool good = rename(writer->path, path) == 0;
    free(path);
    if (!good)
        return false;
    free(writer->path);
    writer->path = NULL;
    int directory = open(writer->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        fsync(directory);
        close(directory);
    }
    return true;
}

enum lesson_error lesson_writer_finish(struct lesson_writer **writer, struct lesson_info *info, char *hash)
{
    enum lesson_error error = (*writer)->seconds ? pad_audio(*writer) : LESSON_CANNOT_WRITE;
    if (error == LESSON_OK && (!write_rest(*writer, info) || !name_by_hash(*writer, hash)))
        error = LESSON_CANNOT_WRITE;
    int saved = errno;
    lesson_writer_free(writer);
    errno = saved;
    return error;
}
