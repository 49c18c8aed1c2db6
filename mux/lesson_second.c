/* Reading a prepared lesson a second at a time, every byte checked before it counts, and dating it. */
#include "mux/lesson.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#define XXH_STATIC_LINKING_ONLY /* the hashing state lives on the stack */
#include <xxhash.h>

#include "mux/lesson_store.h"
#include "mux/packet.h"
#include "mux/slot.h"

static bool is_same(const struct track *track, const struct track *wanted)
{
    return strcmp(track->language, wanted->language) == 0 && track->for_impaired == wanted->for_impaired;
}

int tracks_find_audio(const struct tracks *lesson, const struct track *wanted)
{
    for (uint32_t i = 0; i < lesson->audio_count; i++)
        if (is_same(&lesson->audio[i], wanted))
            return (int)i;
    return 0;
}

int tracks_find_subtitles(const struct tracks *lesson, const struct track *wanted)
{
    for (uint32_t i = 0; i < lesson->subtitle_count; i++)
        if (is_same(&lesson->subtitles[i], wanted))
            return (int)i;
    return -1;
}

struct lesson_second *lesson_second_new(const struct house *house, const struct tracks *tracks)
{
    struct lesson_second *second = calloc(1, sizeof *second);
    if (!second)
        return NULL;
    bool good = (second->cell = cell_new(house->video.slots));
    for (uint32_t i = 0; i < tracks->audio_count; i++)
        good = (second->audio[i] = malloc((size_t)HOUSE_FRAMES_MAX * house->audio.packets * 188)) && good;
    for (uint32_t i = 0; i < tracks->subtitle_count; i++)
        good = (second->subtitles[i] = cell_new(HOUSE_SUBTITLE_SLOTS)) && good;
    if (!good)
        lesson_second_free(&second);
    return second;
}

void lesson_second_free(struct lesson_second **second)
{
    if (!*second)
        return;
    cell_free(&(*second)->cell);
    for (uint32_t i = 0; i < HOUSE_AUDIO_TRACKS; i++)
        free((*second)->audio[i]);
    for (uint32_t i = 0; i < HOUSE_SUBTITLE_TRACKS; i++)
        cell_free(&(*second)->subtitles[i]);
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

/* Reads cell `number` of a row of offsets: 0 the video, above the subtitles. */
static bool read_cell(const struct lesson *lesson, uint32_t row, uint32_t slots, uint32_t number,
                      struct cell *cell)
{
    const uint64_t *offsets = lesson->offsets + row * (lesson->info.seconds + UINT64_C(1)) + number;
    uint64_t hash, at = offsets[0], length = offsets[1] - at;
    uint32_t count;
    uint8_t bitmap[LESSON_BITMAP_MAX], rest[LESSON_ALIGN];
    struct iovec parts[] = {
        {&hash, sizeof hash}, {&count, sizeof count}, {bitmap, slots / 8}, {0}, {rest, 0}};
    if (!lesson_store_read(lesson, at, parts, 2) || count > slots ||
        length != lesson_cell_record(slots, count))
        return false;
    parts[3] = (struct iovec){cell->packets, count * UINT64_C(188)};
    parts[4].iov_len = length - (sizeof hash + sizeof count + slots / 8 + count * UINT64_C(188));
    if (!lesson_store_read(lesson, at, parts, 5))
        return false;
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (int i = 1; i < 5; i++)
        XXH3_64bits_update(&state, parts[i].iov_base, parts[i].iov_len);
    cell->count = count;
    return XXH3_64bits_digest(&state) == hash && index_cell(cell, bitmap, slots);
}

/* The PES header of a packet that begins one, NULL when `length` bytes of it are not in the packet: the
 * hashes say that the file is as it was written, not who wrote it. */
static uint8_t *pes_of(uint8_t *packet, uint32_t length)
{
    uint32_t offset = packet_payload_offset(packet);
    return offset + length <= TS_PACKET ? packet + offset : NULL;
}

static void date(uint8_t *field, uint64_t base)
{
    packet_set_pes_time(field, (packet_get_pes_time(field) + base) % PACKET_PTS_MODULUS);
}

/* Makes PTS, and DTS where the PES headers have it, absolute: stored ones count from the cell's whole second
 * less CELL_PTS_BASE. */
static bool date_cell(struct cell *cell, int64_t second, bool with_dts)
{
    uint64_t base = (uint64_t)second * 90000 - CELL_PTS_BASE;
    for (uint32_t i = 0; i < cell->count; i++) {
        uint8_t *packet = cell->packets + (size_t)i * TS_PACKET;
        if (!packet_is_start(packet))
            continue;
        uint8_t *pes = pes_of(packet, with_dts ? CELL_PES_VIDEO : CELL_PES_AUDIO);
        if (!pes)
            return false;
        date(pes + 9, base);
        if (with_dts)
            date(pes + 14, base);
    }
    return true;
}

static bool date_frame(const struct audio_format *audio, uint8_t *packets, int64_t frame)
{
    uint8_t *pes = pes_of(packets, CELL_PES_AUDIO);
    if (!pes)
        return false;
    packet_set_pes_time(pes + 9, (uint64_t)frame * audio->frame_pts % PACKET_PTS_MODULUS);
    for (uint32_t i = 0; i < audio->packets; i++)
        packet_set_counter(packets + i * TS_PACKET, frame * audio->packets + i);
    return true;
}

/* Reads the frames of a second of one track of the lesson, which began at out->second - cell. */
static bool read_audio(const struct lesson *lesson, uint32_t track, uint32_t cell,
                       const struct lesson_second *out, uint8_t *packets)
{
    const struct audio_format *audio = &lesson->house.audio;
    uint32_t record = lesson_audio_record(audio), size = audio->packets * TS_PACKET;
    uint8_t
        records[HOUSE_FRAMES_MAX * (LESSON_HEAD_HASH + HOUSE_AUDIO_PACKETS_MAX * TS_PACKET + LESSON_ALIGN)];
    uint64_t from = out->first_frame - audio_first_frame(audio, out->second - cell), hash;
    uint64_t at = lesson->layout.audio_at + ((uint64_t)track * lesson->layout.audio_frames + from) * record;
    struct iovec part = {records, (size_t)out->frames * record};
    if (from + out->frames > lesson->layout.audio_frames || !lesson_store_read(lesson, at, &part, 1))
        return false;
    for (uint32_t i = 0; i < out->frames; i++, packets += size) {
        const uint8_t *frame = records + (size_t)i * record;
        memcpy(&hash, frame, sizeof hash);
        memcpy(packets, frame + sizeof hash, size);
        if (XXH3_64bits(frame + sizeof hash, record - sizeof hash) != hash ||
            !date_frame(audio, packets, out->first_frame + i))
            return false;
    }
    return true;
}

/* The sound of every track of the service: of the same language, or the first again. */
static bool read_sound(const struct lesson *lesson, const struct tracks *service, uint32_t cell,
                       struct lesson_second *out)
{
    const struct tracks *has = &lesson->info.tracks;
    size_t size = (size_t)out->frames * lesson->house.audio.packets * TS_PACKET;
    int first = -1; /* the service's track that has the lesson's first */
    if (service->audio_count > 0 && has->audio_count == 0)
        return false;
    for (uint32_t i = 0; i < service->audio_count; i++) {
        int track = tracks_find_audio(has, &service->audio[i]);
        if (track == 0 && first >= 0) {
            memcpy(out->audio[i], out->audio[first], size);
            continue;
        }
        if (!read_audio(lesson, track, cell, out, out->audio[i]))
            return false;
        if (track == 0)
            first = (int)i;
    }
    return true;
}

static void clear_cell(struct cell *cell, uint32_t slots)
{
    cell->count = 0;
    for (uint32_t i = 0; i < slots; i++)
        cell->index[i] = CELL_EMPTY;
}

static bool read_subtitles(const struct lesson *lesson, const struct tracks *service, uint32_t number,
                           struct lesson_second *out)
{
    for (uint32_t i = 0; i < service->subtitle_count; i++) {
        struct cell *cell = out->subtitles[i];
        int track = tracks_find_subtitles(&lesson->info.tracks, &service->subtitles[i]);
        if (track < 0)
            clear_cell(cell, HOUSE_SUBTITLE_SLOTS);
        else if (!read_cell(lesson, 1 + (uint32_t)track, HOUSE_SUBTITLE_SLOTS, number, cell) ||
                 !date_cell(cell, out->second, false))
            return false;
    }
    return true;
}

/* The picture, and which frames of the grid of this sound belong to it. */
static bool read_picture(const struct lesson *lesson, uint32_t cell, int64_t second,
                         const struct audio_format *audio, struct lesson_second *out)
{
    assert(cell < lesson->info.seconds && second >= cell);
    out->second = second;
    out->first_frame = audio_first_frame(audio, second);
    out->frames = audio_first_frame(audio, second + 1) - out->first_frame;
    return read_cell(lesson, 0, lesson->house.video.slots, cell, out->cell) &&
           date_cell(out->cell, second, true);
}

enum lesson_error lesson_read(const struct lesson *lesson, const struct tracks *service, uint32_t cell,
                              int64_t second, struct lesson_second *out)
{
    bool good = read_picture(lesson, cell, second, &lesson->house.audio, out) &&
                read_sound(lesson, service, cell, out) && read_subtitles(lesson, service, cell, out);
    return good ? LESSON_OK : LESSON_DAMAGED;
}

enum lesson_error lesson_read_silent(const struct lesson *lesson, const struct tracks *service, uint32_t cell,
                                     int64_t second, const struct house *house, struct lesson_second *out)
{
    const struct audio_format *audio = &house->audio;
    uint8_t silence[HOUSE_AUDIO_BYTES_MAX];
    size_t size = (size_t)audio->packets * TS_PACKET;
    if (!read_picture(lesson, cell, second, audio, out))
        return LESSON_DAMAGED;
    uint32_t length = cell_build_silence(audio, silence);
    for (uint32_t k = 0; k < service->audio_count; k++)
        for (uint32_t i = 0; i < out->frames; i++) {
            cell_build_audio(audio, silence, length, out->audio[k] + i * size);
            date_frame(audio, out->audio[k] + i * size, out->first_frame + i);
        }
    for (uint32_t i = 0; i < service->subtitle_count; i++)
        clear_cell(out->subtitles[i], HOUSE_SUBTITLE_SLOTS);
    return LESSON_OK;
}
