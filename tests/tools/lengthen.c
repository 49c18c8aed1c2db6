/* Makes a long lesson of a short one by repeating it, for measuring what reading costs when nothing repeats.
 * Usage: lengthen LESSON SECONDS DIRECTORY */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mux/lesson.h"
#include "mux/packet.h"

#define START 120 /* where the grid of every audio format begins anew */

/* The frame that the packets carry. */
static uint32_t unpack_frame(const struct audio_format *audio, const uint8_t *packets, uint8_t *frame)
{
    uint32_t length = 0;
    for (uint32_t i = 0; i < audio->packets; i++) {
        const uint8_t *packet = packets + i * 188;
        uint32_t from = packet_payload_offset(packet) + (i == 0 ? CELL_PES_AUDIO : 0);
        memcpy(frame + length, packet + from, 188 - from);
        length += 188 - from;
    }
    return length;
}

static bool add_second(struct lesson_writer *writer, const struct house *house, const struct tracks *tracks,
                       const struct lesson_second *second)
{
    uint8_t frame[HOUSE_AUDIO_PACKETS_MAX * 188];
    bool good = lesson_writer_add_cell(writer, second->cell) == LESSON_OK;
    for (uint32_t t = 0; good && t < tracks->subtitle_count; t++)
        good = lesson_writer_add_subtitles(writer, t, second->subtitles[t]) == LESSON_OK;
    for (uint32_t t = 0; t < tracks->audio_count; t++)
        for (uint32_t i = 0; good && i < second->frames; i++) {
            const uint8_t *packets = second->audio[t] + (size_t)i * house->audio.packets * 188;
            uint32_t length = unpack_frame(&house->audio, packets, frame);
            good = lesson_writer_add_audio(writer, t, frame, length) == LESSON_OK;
        }
    return good;
}

static bool lengthen(const struct lesson *lesson, const struct house *house, uint32_t seconds,
                     const char *directory)
{
    struct lesson_info info = *lesson_info(lesson);
    char hash[LESSON_HASH_MAX];
    struct lesson_second *second = lesson_second_new(house, &info.tracks);
    struct lesson_writer *writer = lesson_writer_new(directory, house, &info.tracks);
    bool good = second && writer;
    for (uint32_t i = 0; good && i < seconds; i++)
        good = lesson_read(lesson, &info.tracks, i % info.seconds, START + i, second) == LESSON_OK &&
               add_second(writer, house, &info.tracks, second);
    good = good && lesson_writer_finish(&writer, &info, hash) == LESSON_OK;
    lesson_writer_free(&writer);
    lesson_second_free(&second);
    return good;
}

int main(int argc, char **argv)
{
    struct lesson_info info;
    struct house house;
    struct lesson *lesson = NULL;
    bool good = argc == 4 && lesson_read_info(argv[1], &info) == LESSON_OK &&
                house_parse(info.video, info.audio, &house) &&
                lesson_open(argv[1], &house, &lesson) == LESSON_OK &&
                lengthen(lesson, &house, (uint32_t)atoi(argv[2]), argv[3]);
    lesson_free(&lesson);
    return good ? 0 : 1;
}
