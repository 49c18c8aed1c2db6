/* Reading a prepared lesson a second at a time, every byte checked before it counts. */
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
        good = (second->audio[i] = second->frames_room[i] =
                    malloc((size_t)HOUSE_FRAMES_MAX * house->audio.packets * TS_PACKET)) &&
               good;
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
        free((*second)->frames_room[i]);
    for (uint32_t i = 0; i < HOUSE_SUBTITLE_TRACKS; i++)
        cell_free(&(*second)->subtitles[i]);
    free(*second);
    *second = NULL;
}

size_t lesson_second_size(const struct house *house, const struct tracks *tracks)
{
    const size_t slot = TS_PACKET + sizeof(uint16_t);
    return sizeof(struct lesson_second) + house->video.slots * slot +
           (size_t)tracks->audio_count * HOUSE_FRAMES_MAX * house->audio.packets * TS_PACKET +
           tracks->subtitle_count * HOUSE_SUBTITLE_SLOTS * slot;
}

/* Audio frames of a lesson, counted from its first. */
struct stretch {
    uint32_t from, count;
};

/* The frames that a second of a lesson touches wherever the lesson begins on the grid: the difference of two
 * rounded places is what lies between them, rounded down or up. */
static struct stretch frames_of(const struct audio_format *audio, uint32_t number)
{
    uint64_t frames = audio->grid_frames, seconds = audio->grid_seconds;
    uint32_t from = number * frames / seconds;
    uint32_t end = ((number + UINT64_C(1)) * frames + seconds - 1) / seconds;
    return (struct stretch){from, end - from};
}

void lesson_second_date(struct lesson_second *second, const struct audio_format *audio, int64_t at)
{
    assert(at >= second->number);
    second->second = at;
    second->first_frame = audio_first_frame(audio, at);
    second->frames = audio_first_frame(audio, at + 1) - second->first_frame;
    int64_t room_begins =
        audio_first_frame(audio, at - second->number) + frames_of(audio, second->number).from;
    size_t before = (second->first_frame - room_begins) * audio->packets * TS_PACKET;
    for (uint32_t i = 0; i < HOUSE_AUDIO_TRACKS; i++)
        second->audio[i] = second->frames_room[i] ? second->frames_room[i] + before : NULL;
}

/* Numbers the packets of a cell by its bitmap; false when the two do not agree. */
static bool index_cell(struct cell *cell, const uint8_t *bitmap, uint32_t slots)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < slots; i++) {
        uint32_t carries = bitmap[i / 8] >> i % 8 & 1;
        cell->index[i] = next | (carries - 1); /* CELL_EMPTY is all ones */
        next += carries;
    }
    return next == cell->count;
}

/* Is there room for the PES header in every packet that begins a PES? The hashes say that the file is as it
 * was written, not who wrote it. */
static bool are_headers_whole(const uint8_t *packets, uint32_t count, uint32_t header)
{
    for (uint32_t i = 0; i < count; i++, packets += TS_PACKET)
        if (packet_is_start(packets) && packet_payload_offset(packets) + header > TS_PACKET)
            return false;
    return true;
}

/* Reads cell `number` of a row of offsets: 0 the video, above the subtitles. How many packets it has follows
 * from its length, so that one read is enough. */
static bool read_cell(const struct lesson *lesson, uint32_t row, uint32_t slots, uint32_t number,
                      struct cell *cell)
{
    const uint64_t *offsets = lesson->offsets + row * (lesson->info.seconds + UINT64_C(1)) + number;
    uint64_t hash, head = sizeof hash + sizeof cell->count + slots / 8;
    uint64_t at = offsets[0], length = offsets[1] - at,
             count = length < head ? 0 : (length - head) / TS_PACKET;
    uint8_t bitmap[LESSON_BITMAP_MAX], rest[LESSON_ALIGN];
    if (count > slots || length != lesson_cell_record(slots, count))
        return false;
    struct iovec parts[] = {{&hash, sizeof hash},
                            {&cell->count, sizeof cell->count},
                            {bitmap, slots / 8},
                            {cell->packets, count * TS_PACKET},
                            {rest, length - head - count * TS_PACKET}};
    if (!lesson_store_read(lesson, at, parts, 5) || cell->count != count)
        return false;
    XXH3_state_t state;
    XXH3_64bits_reset(&state);
    for (int i = 1; i < 5; i++)
        XXH3_64bits_update(&state, parts[i].iov_base, parts[i].iov_len);
    return XXH3_64bits_digest(&state) == hash && index_cell(cell, bitmap, slots) &&
           are_headers_whole(cell->packets, cell->count, row == 0 ? CELL_PES_VIDEO : CELL_PES_AUDIO);
}

/* Reads the frames that a second of one track of the lesson touches. */
static bool read_audio(const struct lesson *lesson, uint32_t track, const struct stretch *frames,
                       uint8_t *packets)
{
    const struct audio_format *audio = &lesson->house.audio;
    uint32_t record = lesson_audio_record(audio), size = audio->packets * TS_PACKET;
    uint8_t
        records[HOUSE_FRAMES_MAX * (LESSON_HEAD_HASH + HOUSE_AUDIO_PACKETS_MAX * TS_PACKET + LESSON_ALIGN)];
    uint64_t number = (uint64_t)track * lesson->layout.audio_frames + frames->from, hash;
    struct iovec part = {records, (size_t)frames->count * record};
    if (frames->from + frames->count > lesson->layout.audio_frames ||
        !lesson_store_read(lesson, lesson->layout.audio_at + number * record, &part, 1))
        return false;
    for (uint32_t i = 0; i < frames->count; i++, packets += size) {
        const uint8_t *frame = records + (size_t)i * record;
        memcpy(&hash, frame, sizeof hash);
        memcpy(packets, frame + sizeof hash, size);
        if (XXH3_64bits(frame + sizeof hash, record - sizeof hash) != hash ||
            !are_headers_whole(packets, audio->packets, CELL_PES_AUDIO))
            return false;
    }
    return true;
}

/* The sound of every track of the service: of the same language, or the first again. */
static bool read_sound(const struct lesson *lesson, const struct tracks *service, uint32_t cell,
                       struct lesson_second *out)
{
    const struct tracks *has = &lesson->info.tracks;
    const struct stretch frames = frames_of(&lesson->house.audio, cell);
    size_t size = (size_t)frames.count * lesson->house.audio.packets * TS_PACKET;
    int first = -1; /* the service's track that has the lesson's first */
    if (service->audio_count > 0 && has->audio_count == 0)
        return false;
    for (uint32_t i = 0; i < service->audio_count; i++) {
        int track = tracks_find_audio(has, &service->audio[i]);
        if (track == 0 && first >= 0) {
            memcpy(out->frames_room[i], out->frames_room[first], size);
            continue;
        }
        if (!read_audio(lesson, track, &frames, out->frames_room[i]))
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
        else if (!read_cell(lesson, 1 + (uint32_t)track, HOUSE_SUBTITLE_SLOTS, number, cell))
            return false;
    }
    return true;
}

/* The picture, and which frames of the grid of this sound belong to it. */
static bool read_picture(const struct lesson *lesson, uint32_t cell, int64_t second,
                         const struct audio_format *audio, struct lesson_second *out)
{
    assert(cell < lesson->info.seconds && second >= cell);
    out->number = cell;
    lesson_second_date(out, audio, second);
    return read_cell(lesson, 0, lesson->house.video.slots, cell, out->cell);
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
        for (uint32_t i = 0; i < HOUSE_FRAMES_MAX; i++)
            cell_build_audio(audio, silence, length, out->frames_room[k] + i * size);
    for (uint32_t i = 0; i < service->subtitle_count; i++)
        clear_cell(out->subtitles[i], HOUSE_SUBTITLE_SLOTS);
    return LESSON_OK;
}
