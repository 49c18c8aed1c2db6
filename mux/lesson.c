/* Opening a prepared lesson: its header and where everything lies, checked against each other. */
#include "mux/lesson.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mux/lesson_store.h"

const char *lesson_error_text(enum lesson_error error)
{
    switch (error) {
    case LESSON_OK:
        return "no error";
    case LESSON_CANNOT_OPEN:
        return "cannot be opened";
    case LESSON_NOT_A_LESSON:
        return "is not a prepared lesson";
    case LESSON_OTHER_HOUSE:
        return "is prepared for another house format";
    case LESSON_DAMAGED:
        return "is damaged or cut";
    case LESSON_CANNOT_WRITE:
        return "cannot be written";
    case LESSON_OLD:
        return "was prepared by an earlier version of chalkcast and has to be prepared again";
    case LESSON_MISNAMED:
        return "is not the lesson of its name";
    }
    return "unknown error";
}

bool lesson_store_read(const struct lesson *lesson, uint64_t offset, struct iovec *parts, int count)
{
    size_t wanted = 0;
    for (int i = 0; i < count; i++)
        wanted += parts[i].iov_len;
    if (offset > lesson->layout.length || wanted > lesson->layout.length - offset)
        return false;
    if (lesson->descriptor >= 0)
        return preadv(lesson->descriptor, parts, count, offset) == (ssize_t)wanted;
    for (int i = 0; i < count; offset += parts[i++].iov_len)
        memcpy(parts[i].iov_base, lesson->memory + offset, parts[i].iov_len);
    return true;
}

/* Without sound any sound will do: it can only be read silent. */
static bool is_house(const struct lesson *lesson)
{
    return strcmp(lesson->info.video, lesson->house.video.name) == 0 &&
           (lesson->info.tracks.audio_count == 0 ||
            strcmp(lesson->info.audio, lesson->house.audio.name) == 0);
}

/* Where the sound ends. */
static uint64_t audio_end(const struct lesson *lesson)
{
    uint64_t frames = (uint64_t)lesson->layout.audio_frames * lesson->info.tracks.audio_count;
    return lesson->layout.audio_at + frames * lesson_audio_record(&lesson->house.audio);
}

/* Are the parts as long as they say? */
static bool is_whole(const struct lesson *lesson)
{
    const struct lesson_layout *layout = &lesson->layout;
    uint64_t seconds = lesson->info.seconds, rows = 1 + lesson->info.tracks.subtitle_count;
    return layout->audio_at >= LESSON_HEADER && audio_end(lesson) <= layout->offsets_at &&
           layout->offsets_at + rows * seconds * sizeof *lesson->offsets == layout->length &&
           (lesson->info.tracks.audio_count == 0 ||
            layout->audio_frames > audio_first_frame(&lesson->house.audio, seconds));
}

/* Reads the offsets, row by row; where a row ends is where the next part begins, without a gap. */
static bool read_offsets(struct lesson *lesson)
{
    uint32_t seconds = lesson->info.seconds, rows = 1 + lesson->info.tracks.subtitle_count;
    const struct lesson_layout *layout = &lesson->layout;
    for (uint32_t i = 0; i < rows; i++) {
        uint64_t *row = lesson->offsets + i * (seconds + UINT64_C(1));
        uint64_t size = seconds * sizeof *row;
        struct iovec part = {row, size};
        if (!lesson_store_read(lesson, layout->offsets_at + i * size, &part, 1))
            return false;
        row[seconds] = i == 0 ? layout->audio_at : layout->offsets_at;
        if (i > 1)
            row[-1] = row[0];
    }
    uint64_t after_audio = rows > 1 ? lesson->offsets[seconds + 1] : layout->offsets_at;
    return lesson->offsets[0] == LESSON_HEADER && after_audio == audio_end(lesson);
}

/* Takes the header, however the bytes were reached. */
static enum lesson_error open_store(struct lesson *lesson, uint64_t length, const struct house *house)
{
    char header[LESSON_HEADER];
    struct iovec part = {header, sizeof header};
    lesson->layout.length = length;
    if (!lesson_store_read(lesson, 0, &part, 1))
        return LESSON_NOT_A_LESSON;
    enum lesson_error error = lesson_header_parse(header, &lesson->info, &lesson->layout);
    if (error != LESSON_OK)
        return error;
    if (lesson->layout.length != length)
        return LESSON_DAMAGED;
    lesson->house = *house;
    if (!is_house(lesson))
        return LESSON_OTHER_HOUSE;
    if (!is_whole(lesson))
        return LESSON_DAMAGED;
    const uint64_t rows = 1 + lesson->info.tracks.subtitle_count;
    lesson->offsets = malloc(rows * (lesson->info.seconds + UINT64_C(1)) * sizeof *lesson->offsets);
    if (!lesson->offsets)
        return LESSON_CANNOT_OPEN;
    return read_offsets(lesson) ? LESSON_OK : LESSON_DAMAGED;
}

static enum lesson_error open_with(const struct lesson *from, uint64_t length, const struct house *house,
                                   struct lesson **lesson)
{
    struct lesson *opened = malloc(sizeof *opened);
    if (!opened)
        return LESSON_CANNOT_OPEN;
    *opened = *from;
    enum lesson_error error = open_store(opened, length, house);
    if (error == LESSON_OK) {
        *lesson = opened;
    } else {
        opened->descriptor = -1; /* the caller keeps it */
        lesson_free(&opened);
    }
    return error;
}

enum lesson_error lesson_open_memory(const uint8_t *bytes, size_t length, const struct house *house,
                                     struct lesson **lesson)
{
    return open_with(&(struct lesson){.descriptor = -1, .memory = bytes}, length, house, lesson);
}

enum lesson_error lesson_open(const char *path, const struct house *house, struct lesson **lesson)
{
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe is not waited for */
    struct stat status;
    if (descriptor < 0)
        return LESSON_CANNOT_OPEN;
    enum lesson_error error = LESSON_NOT_A_LESSON;
    if (fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode))
        error = open_with(&(struct lesson){.descriptor = descriptor}, status.st_size, house, lesson);
    if (error != LESSON_OK)
        close(descriptor);
    return error;
}

enum lesson_error lesson_read_info(const char *path, struct lesson_info *info)
{
    char header[LESSON_HEADER];
    struct lesson_layout layout;
    struct stat status;
    int descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor < 0)
        return LESSON_CANNOT_OPEN;
    ssize_t got = fstat(descriptor, &status) == 0 ? pread(descriptor, header, sizeof header, 0) : -1;
    close(descriptor);
    if (got != LESSON_HEADER)
        return LESSON_NOT_A_LESSON;
    enum lesson_error error = lesson_header_parse(header, info, &layout);
    if (error != LESSON_OK)
        return error;
    return layout.length == (uint64_t)status.st_size ? LESSON_OK : LESSON_DAMAGED;
}

struct lesson *lesson_of_cell(const struct cell *cell, const struct house *house)
{
    struct lesson *lesson = calloc(1, sizeof *lesson);
    if (!lesson)
        return NULL;
    uint64_t bytes = lesson_cell_record(house->video.slots, cell->count);
    lesson->descriptor = -1;
    lesson->house = *house;
    lesson->info.seconds = 1;
    memcpy(lesson->info.video, house->video.name, sizeof lesson->info.video);
    lesson->memory = lesson->owned = malloc(bytes);
    lesson->offsets = calloc(2, sizeof *lesson->offsets);
    lesson->layout.length = bytes;
    if (!lesson->owned || !lesson->offsets) {
        lesson_free(&lesson);
        return NULL;
    }
    lesson->offsets[1] = lesson_cell_build(cell, house->video.slots, lesson->owned);
    return lesson;
}

const struct lesson_info *lesson_info(const struct lesson *lesson)
{
    return &lesson->info;
}

int lesson_get_descriptor(const struct lesson *lesson)
{
    return lesson->descriptor;
}

void lesson_free(struct lesson **lesson)
{
    if (!*lesson)
        return;
    if ((*lesson)->descriptor >= 0)
        close((*lesson)->descriptor);
    free((*lesson)->owned);
    free((*lesson)->offsets);
    free(*lesson);
    *lesson = NULL;
}

static void hash_text(const uint8_t *digest, char *hash)
{
    for (int i = 0; i < 32; i++)
        snprintf(hash + 2 * i, 3, "%02x", digest[i]);
}

enum lesson_error lesson_hash_descriptor(int descriptor, bool (*goes_on)(void *context), void *context,
                                         char *hash)
{
    uint8_t block[65536], digest[EVP_MAX_MD_SIZE];
    EVP_MD_CTX *digester = EVP_MD_CTX_new();
    bool good = digester && EVP_DigestInit_ex(digester, EVP_sha256(), NULL);
    off_t at = 0;
    ssize_t got = 0;
    while (good && (got = pread(descriptor, block, sizeof block, at)) > 0) {
        good = EVP_DigestUpdate(digester, block, got) && (!goes_on || goes_on(context));
        at += got;
    }
    good = good && got == 0 && EVP_DigestFinal_ex(digester, digest, NULL);
    EVP_MD_CTX_free(digester);
    if (good)
        hash_text(digest, hash);
    return good ? LESSON_OK : LESSON_CANNOT_OPEN;
}

enum lesson_error lesson_hash_file(const char *path, char *hash)
{
    const int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return LESSON_CANNOT_OPEN;
    const enum lesson_error error = lesson_hash_descriptor(descriptor, NULL, NULL, hash);
    close(descriptor);
    return error;
}
