/* Reading a prepared lesson: a second at a time, every byte checked before it counts. */
#include "mux/lesson.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#define XXH_STATIC_LINKING_ONLY /* the hashing state lives on the stack */
#include <xxhash.h>

#include "mux/lesson_store.h"
#include "mux/packet.h"
#include "mux/slot.h"

struct lesson {
    int descriptor; /* -1: in memory */
    const uint8_t *memory;
    struct house house;
    struct lesson_info info;
    struct lesson_layout layout;
    uint64_t *offsets; /* [seconds + 1], of the cells; the last is audio_at */
};

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
    }
    return "unknown error";
}

/* Fills the vectors from `offset`; false when not all of it is there. */
static bool store_read(const struct lesson *lesson, uint64_t offset, struct iovec *parts, int count)
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

static bool is_house(const struct lesson *lesson)
{
    return strcmp(lesson->info.video, lesson->house.video) == 0 &&
           strcmp(lesson->info.audio, lesson->house.audio) == 0;
}

static bool read_offsets(struct lesson *lesson)
{
    uint32_t seconds = lesson->info.seconds;
    const struct lesson_layout *layout = &lesson->layout;
    uint64_t audio = (uint64_t)layout->audio_frames * lesson_audio_record(&lesson->house);
    if (layout->audio_at + audio != layout->offsets_at ||
        layout->offsets_at + seconds * UINT64_C(8) != layout->length ||
        layout->audio_frames < house_first_frame(seconds) + 1)
        return false;
    lesson->offsets = malloc((seconds + UINT64_C(1)) * sizeof *lesson->offsets);
    if (!lesson->offsets)
        return false;
    struct iovec part = {lesson->offsets, seconds * UINT64_C(8)};
    if (!store_read(lesson, layout->offsets_at, &part, 1))
        return false;
    lesson->offsets[seconds] = layout->audio_at;
    return true;
}

/* Takes the header, however the bytes were reached. */
static enum lesson_error open_store(struct lesson *lesson, uint64_t length, const struct house *house)
{
    char header[LESSON_HEADER];
    struct iovec part = {header, sizeof header};
    lesson->layout.length = length;
    if (!store_read(lesson, 0, &part, 1) || !lesson_header_parse(header, &lesson->info, &lesson->layout))
        return LESSON_NOT_A_LESSON;
    if (lesson->layout.length != length)
        return LESSON_DAMAGED;
    lesson->house = *house;
    if (!is_house(lesson))
        return LESSON_OTHER_HOUSE;
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
    if (got != LESSON_HEADER || !lesson_header_parse(header, info, &layout))
        return LESSON_NOT_A_LESSON;
    return layout.length == (uint64_t)status.st_size ? LESSON_OK : LESSON_DAMAGED;
}

const struct lesson_info *lesson_info(const struct lesson *lesson)
{
    return &lesson->info;
}

void lesson_free(struct lesson **lesson)
{
    if (!*lesson)
        return;
    if ((*lesson)->descriptor >= 0)
        close((*lesson)->descriptor);
    free((*lesson)->offsets);
    free(*lesson);
    *lesson = NULL;
}

struct lesson_second *lesson_second_new(const struct house *house)
{
    struct lesson_second *second = calloc(1, sizeof *second);
    if (!second)
        return NULL;
    second->cell = cell_new(house);
    second->audio = malloc((size_t)HOUSE_FRAMES_MAX * house->audio.packets * 188);
    if (!second->cell || !second->audio)
        lesson_second_free(&second);
    return second;
}

void lesson_second_free(struct lesson_second **second)
{
    if (!*second)
        return;
    cell_free(&(*second)->cell);
    free((*second)->audio);
    free(*second);
    *second = NULL;
}

/* Numbers the packets of a cell by its bitmap; false when the two do not agree. */
static bool index_cell(struct cell *cell, const uint8_t *bitmap, uint32_t slots)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < slots; i++)
        cell->index[i] = bitmap[i / 8] >> i % 8 & 1 ? next++ : CELL_EMPTY;
    return next == cell->count;
}

static bool read_cell(const struct lesson *lesson, uint32_t number, struct cell *cell)
{
    const struct house *house = &lesson->house;
    uint64_t hash, at = lesson->offsets[number], length = lesson->offsets[number + 1] - at;
    uint32_t count, bitmap_size = lesson_bitmap_size(house);
    uint8_t bitmap[UINT16_MAX / 8];
    uint64_t fixed = sizeof hash + sizeof count + bitmap_size;
    if (length < fixed || length > fixed + house->video.slots * UINT64_C(188))
        return false;
    struct iovec parts[] = {
        {&hash, sizeof hash}, {&count, sizeof count}, {bitmap, bitmap_size}, {cell->packets, length - fixed}};
    if (!store_read(lesson, at, parts, 4) || count * UINT64_C(188) != length - fixed)
        return false;
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (int i = 1; i < 4; i++)
        XXH3_64bits_update(&state, parts[i].iov_base, parts[i].iov_len);
    cell->count = count;
    return XXH3_64bits_digest(&state) == hash && index_cell(cell, bitmap, house->video.slots);
}

/* The PES header of a packet that begins one, NULL when `length` bytes of it are not in the packet: the
 * hashes say that the file is as it was written, not who wrote it. */
static uint8_t *pes_of(uint8_t *packet, uint32_t length)
{
    uint32_t offset = packet_payload_offset(packet);
    return offset + length <= TS_PACKET ? packet + offset : NULL;
}

/* Makes PTS and DTS absolute: stored ones count from the cell's whole second less CELL_PTS_BASE. */
static bool date_cell(struct cell *cell, int64_t second)
{
    uint64_t base = (uint64_t)second * 90000 - CELL_PTS_BASE;
    for (uint32_t i = 0; i < cell->count; i++) {
        uint8_t *packet = cell->packets + (size_t)i * TS_PACKET;
        if (!packet_is_start(packet))
            continue;
        uint8_t *pes = pes_of(packet, CELL_PES_VIDEO);
        if (!pes)
            return false;
        packet_set_pes_time(pes + 9, (packet_get_pes_time(pes + 9) + base) % PACKET_PTS_MODULUS);
        packet_set_pes_time(pes + 14, (packet_get_pes_time(pes + 14) + base) % PACKET_PTS_MODULUS);
    }
    return true;
}

static bool date_frame(const struct house *house, uint8_t *packets, int64_t frame)
{
    uint8_t *pes = pes_of(packets, CELL_PES_AUDIO);
    if (!pes)
        return false;
    packet_set_pes_time(pes + 9, (uint64_t)frame * HOUSE_AUDIO_PTS % PACKET_PTS_MODULUS);
    for (uint32_t i = 0; i < house->audio.packets; i++)
        packet_set_counter(packets + i * TS_PACKET, frame * house->audio.packets + i);
    return true;
}

static bool read_audio(const struct lesson *lesson, uint32_t cell, struct lesson_second *out)
{
    const struct house *house = &lesson->house;
    uint32_t size = house->audio.packets * 188;
    uint64_t hashes[HOUSE_FRAMES_MAX];
    struct iovec parts[2 * HOUSE_FRAMES_MAX];
    uint64_t from = out->first_frame - house_first_frame(out->second - cell);
    for (uint32_t i = 0; i < out->frames; i++) {
        parts[2 * i] = (struct iovec){&hashes[i], sizeof *hashes};
        parts[2 * i + 1] = (struct iovec){out->audio + (size_t)i * size, size};
    }
    if (!store_read(lesson, lesson->layout.audio_at + from * lesson_audio_record(house), parts,
                    2 * out->frames))
        return false;
    for (uint32_t i = 0; i < out->frames; i++) {
        uint8_t *packets = parts[2 * i + 1].iov_base;
        if (XXH3_64bits(packets, size) != hashes[i] || !date_frame(house, packets, out->first_frame + i))
            return false;
    }
    return true;
}

/* The picture, and which frames of the audio grid belong to it. */
static bool read_picture(const struct lesson *lesson, uint32_t cell, int64_t second,
                         struct lesson_second *out)
{
    assert(cell < lesson->info.seconds && second >= cell);
    out->second = second;
    out->first_frame = house_first_frame(second);
    out->frames = house_first_frame(second + 1) - out->first_frame;
    return read_cell(lesson, cell, out->cell) && date_cell(out->cell, second);
}

enum lesson_error lesson_read(const struct lesson *lesson, uint32_t cell, int64_t second,
                              struct lesson_second *out)
{
    bool good = read_picture(lesson, cell, second, out) && read_audio(lesson, cell, out);
    return good ? LESSON_OK : LESSON_DAMAGED;
}

enum lesson_error lesson_read_silent(const struct lesson *lesson, uint32_t cell, int64_t second,
                                     const struct house *house, struct lesson_second *out)
{
    uint8_t silence[HOUSE_AUDIO_BYTES_MAX];
    if (!read_picture(lesson, cell, second, out))
        return LESSON_DAMAGED;
    cell_build_silence(house, silence);
    for (uint32_t i = 0; i < out->frames; i++) {
        uint8_t *packets = out->audio + (size_t)i * house->audio.packets * 188;
        cell_build_audio(house, silence, packets);
        date_frame(house, packets, out->first_frame + i);
    }
    return LESSON_OK;
}

static void hash_text(const uint8_t *digest, char *hash)
{
    for (int i = 0; i < 32; i++)
        snprintf(hash + 2 * i, 3, "%02x", digest[i]);
}

enum lesson_error lesson_hash_file(const char *path, char *hash)
{
    uint8_t block[65536], digest[EVP_MAX_MD_SIZE];
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = descriptor >= 0 && context && EVP_DigestInit_ex(context, EVP_sha256(), NULL);
    ssize_t got = 0;
    while (good && (got = read(descriptor, block, sizeof block)) > 0)
        good = EVP_DigestUpdate(context, block, got);
    good = good && got == 0 && EVP_DigestFinal_ex(context, digest, NULL);
    EVP_MD_CTX_free(context);
    if (descriptor >= 0)
        close(descriptor);
    if (good)
        hash_text(digest, hash);
    return good ? LESSON_OK : LESSON_CANNOT_OPEN;
}
