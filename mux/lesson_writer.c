/* Writing a prepared lesson: cells as they come, the tracks beside them until the end, then everything gets
 * its place, its header and its name at once. A file with a lesson's name is always whole. */
#include "mux/lesson.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "mux/lesson_store.h"

#define COPY_BLOCK 65536

struct cells { /* one after the other in a file */
    FILE *file;
    uint32_t slots;    /* of their lane */
    uint64_t at;       /* bytes in the file so far */
    uint64_t *offsets; /* of each cell in the file */
    uint32_t count, room;
};

struct frames { /* of one track of sound */
    FILE *file;
    uint32_t count;
};

struct lesson_writer {
    struct house house;
    struct tracks tracks;
    char *directory, *path; /* path: the temporary file */
    uint8_t *record;        /* room for the largest */
    struct cells video;     /* in the temporary file; the other files are unlinked ones of their own */
    struct cells subtitles[HOUSE_SUBTITLE_TRACKS];
    struct frames audio[HOUSE_AUDIO_TRACKS];
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
    writer->video.file = fdopen(descriptor, "w");
    if (!writer->video.file)
        close(descriptor);
    bool good = writer->video.file;
    for (uint32_t i = 0; good && i < writer->tracks.audio_count; i++)
        good = (writer->audio[i].file = tmpfile());
    for (uint32_t i = 0; good && i < writer->tracks.subtitle_count; i++)
        good = (writer->subtitles[i].file = tmpfile());
    return good;
}

struct lesson_writer *lesson_writer_new(const char *directory, const struct house *house,
                                        const struct tracks *tracks)
{
    struct lesson_writer *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->house = *house;
    writer->tracks = *tracks;
    writer->directory = strdup(directory);
    writer->record = malloc(lesson_cell_record(house->video.slots, house->video.slots));
    writer->video.slots = house->video.slots;
    for (uint32_t i = 0; i < tracks->subtitle_count; i++)
        writer->subtitles[i].slots = HOUSE_SUBTITLE_SLOTS;
    char blank[LESSON_HEADER] = {0};
    writer->video.at = sizeof blank;
    if (!writer->directory || !writer->record || !open_files(writer) ||
        fwrite(blank, sizeof blank, 1, writer->video.file) != 1) {
        int error = errno;
        lesson_writer_free(&writer);
        errno = error;
    }
    return writer;
}

static void close_cells(struct cells *cells)
{
    if (cells->file)
        fclose(cells->file);
    free(cells->offsets);
}

void lesson_writer_free(struct lesson_writer **pointer)
{
    struct lesson_writer *writer = *pointer;
    if (!writer)
        return;
    close_cells(&writer->video);
    for (uint32_t i = 0; i < HOUSE_SUBTITLE_TRACKS; i++)
        close_cells(&writer->subtitles[i]);
    for (uint32_t i = 0; i < HOUSE_AUDIO_TRACKS; i++)
        if (writer->audio[i].file)
            fclose(writer->audio[i].file);
    if (writer->path)
        unlink(writer->path);
    free(writer->path);
    free(writer->directory);
    free(writer->record);
    free(writer);
    *pointer = NULL;
}

static bool add_offset(struct cells *cells)
{
    if (cells->count == cells->room) {
        uint32_t more = cells->room ? 2 * cells->room : 1024;
        uint64_t *offsets = realloc(cells->offsets, more * sizeof *offsets);
        if (!offsets)
            return false;
        cells->offsets = offsets;
        cells->room = more;
    }
    cells->offsets[cells->count++] = cells->at;
    return true;
}

uint64_t lesson_cell_build(const struct cell *cell, uint32_t slots, uint8_t *record)
{
    uint64_t bytes = lesson_cell_record(slots, cell->count), hash;
    uint8_t *bitmap = record + sizeof hash + sizeof cell->count, *packets = bitmap + slots / 8;
    memset(record, 0, bytes);
    memcpy(record + sizeof hash, &cell->count, sizeof cell->count);
    for (uint32_t i = 0; i < slots; i++)
        if (cell->index[i] != CELL_EMPTY)
            bitmap[i / 8] |= 1 << i % 8;
    memcpy(packets, cell->packets, cell->count * UINT64_C(188));
    hash = XXH3_64bits(record + sizeof hash, bytes - sizeof hash);
    memcpy(record, &hash, sizeof hash);
    return bytes;
}

static enum lesson_error add_cell(struct cells *cells, const struct cell *cell, uint8_t *record)
{
    uint64_t bytes = lesson_cell_build(cell, cells->slots, record);
    if (!add_offset(cells) || fwrite(record, bytes, 1, cells->file) != 1)
        return LESSON_CANNOT_WRITE;
    cells->at += bytes;
    return LESSON_OK;
}

enum lesson_error lesson_writer_add_cell(struct lesson_writer *writer, const struct cell *cell)
{
    return add_cell(&writer->video, cell, writer->record);
}

enum lesson_error lesson_writer_add_subtitles(struct lesson_writer *writer, uint32_t track,
                                              const struct cell *cell)
{
    assert(track < writer->tracks.subtitle_count);
    return add_cell(&writer->subtitles[track], cell, writer->record);
}

enum lesson_error lesson_writer_add_audio(struct lesson_writer *writer, uint32_t track, const uint8_t *frame,
                                          uint32_t length)
{
    assert(track < writer->tracks.audio_count);
    uint8_t record[LESSON_HEAD_HASH + HOUSE_AUDIO_PACKETS_MAX * 188 + LESSON_ALIGN] = {0};
    uint64_t bytes = lesson_audio_record(&writer->house.audio), hash;
    cell_build_audio(&writer->house.audio, frame, length, record + sizeof hash);
    hash = XXH3_64bits(record + sizeof hash, bytes - sizeof hash);
    memcpy(record, &hash, sizeof hash);
    writer->audio[track].count++;
    return fwrite(record, bytes, 1, writer->audio[track].file) == 1 ? LESSON_OK : LESSON_CANNOT_WRITE;
}

/* Frames of each track: to the end, and two more, for a run that begins late on the audio grid reaches that
 * far. Sound beyond is not kept. */
static uint32_t frames_of(const struct lesson_writer *writer)
{
    return audio_first_frame(&writer->house.audio, writer->video.count) + 2;
}

/* Silence, and seconds without subtitles, to the end. */
static enum lesson_error pad_tracks(struct lesson_writer *writer)
{
    uint8_t silence[HOUSE_AUDIO_BYTES_MAX];
    uint16_t nothing[HOUSE_SUBTITLE_SLOTS];
    const struct cell empty = {.index = nothing, .packets = silence};
    uint32_t length = cell_build_silence(&writer->house.audio, silence), frames = frames_of(writer);
    enum lesson_error error = LESSON_OK;
    for (uint32_t i = 0; i < HOUSE_SUBTITLE_SLOTS; i++)
        nothing[i] = CELL_EMPTY;
    for (uint32_t i = 0; i < writer->tracks.audio_count; i++)
        while (error == LESSON_OK && writer->audio[i].count < frames)
            error = lesson_writer_add_audio(writer, i, silence, length);
    for (uint32_t i = 0; i < writer->tracks.subtitle_count; i++)
        while (error == LESSON_OK && writer->subtitles[i].count < writer->video.count)
            error = lesson_writer_add_subtitles(writer, i, &empty);
    return error;
}

/* Appends the first `bytes` of a track's file to the lesson. */
static bool append_file(struct lesson_writer *writer, FILE *file, uint64_t bytes)
{
    char block[COPY_BLOCK];
    if (fflush(file) != 0 || fseek(file, 0, SEEK_SET) != 0)
        return false;
    while (bytes > 0) {
        size_t size = bytes < sizeof block ? bytes : sizeof block;
        if (fread(block, size, 1, file) != 1 || fwrite(block, size, 1, writer->video.file) != 1)
            return false;
        bytes -= size;
    }
    return true;
}

/* Writes the offsets of as many cells as the lesson has seconds, in a file that begins at `base`. */
static bool append_offsets(struct lesson_writer *writer, const struct cells *cells, uint64_t base)
{
    for (uint32_t i = 0; i < writer->video.count; i++) {
        uint64_t offset = base + cells->offsets[i];
        if (fwrite(&offset, sizeof offset, 1, writer->video.file) != 1)
            return false;
    }
    return true;
}

/* The bytes of as many cells of subtitles as the lesson has seconds. */
static uint64_t subtitle_bytes(const struct lesson_writer *writer, uint32_t track)
{
    const struct cells *cells = &writer->subtitles[track];
    return cells->count > writer->video.count ? cells->offsets[writer->video.count] : cells->at;
}

static bool append_tracks(struct lesson_writer *writer, struct lesson_layout *layout)
{
    uint64_t audio = layout->audio_frames * lesson_audio_record(&writer->house.audio);
    uint64_t at = layout->audio_at, subtitles_at[HOUSE_SUBTITLE_TRACKS];
    bool good = true;
    for (uint32_t i = 0; good && i < writer->tracks.audio_count; i++, at += audio)
        good = append_file(writer, writer->audio[i].file, audio);
    for (uint32_t i = 0; good && i < writer->tracks.subtitle_count; i++) {
        subtitles_at[i] = at;
        good = append_file(writer, writer->subtitles[i].file, subtitle_bytes(writer, i));
        at += subtitle_bytes(writer, i);
    }
    layout->offsets_at = at;
    good = good && append_offsets(writer, &writer->video, 0);
    for (uint32_t i = 0; good && i < writer->tracks.subtitle_count; i++)
        good = append_offsets(writer, &writer->subtitles[i], subtitles_at[i]);
    layout->length = at + (1 + writer->tracks.subtitle_count) * writer->video.count * UINT64_C(8);
    return good;
}

static bool write_rest(struct lesson_writer *writer, struct lesson_info *info)
{
    char header[LESSON_HEADER];
    FILE *file = writer->video.file;
    struct lesson_layout layout = {.audio_at = writer->video.at, .audio_frames = frames_of(writer)};
    info->seconds = writer->video.count;
    info->tracks = writer->tracks;
    memcpy(info->video, writer->house.video.name, sizeof info->video);
    memcpy(info->audio, writer->house.audio.name, sizeof info->audio);
    return append_tracks(writer, &layout) && lesson_header_build(info, &layout, header) &&
           fseek(file, 0, SEEK_SET) == 0 && fwrite(header, sizeof header, 1, file) == 1 &&
           fflush(file) == 0 && fsync(fileno(file)) == 0;
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
    enum lesson_error error = (*writer)->video.count ? pad_tracks(*writer) : LESSON_CANNOT_WRITE;
    if (error == LESSON_OK && (!write_rest(*writer, info) || !name_by_hash(*writer, hash)))
        error = LESSON_CANNOT_WRITE;
    int saved = errno;
    lesson_writer_free(writer);
    errno = saved;
    return error;
}
