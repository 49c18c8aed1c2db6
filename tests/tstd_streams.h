/* Streams for the tests of the decoder model: units put into packets at chosen or at random slots. */
#ifndef TESTS_TSTD_STREAMS_H
#define TESTS_TSTD_STREAMS_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/tstd_reference.h"

static const struct slot_rate cable = {859375, 34}; /* DVB-C 64QAM 6.875 MBd */

enum kind { VIDEO, PACKETS_OF_SOUND, FRAMES_OF_SOUND, SECTIONS, KINDS };

static struct tstd_limits limits_of(enum kind kind)
{
    struct tstd_limits limits = kind == VIDEO      ? tstd_limits_avc(16800000, 16800000, 0, 0)
                                : kind == SECTIONS ? tstd_limits_sections(38014705)
                                                   : tstd_limits_mpeg_audio();

    if (kind == PACKETS_OF_SOUND)
        limits.path = TSTD_PES;
    return limits;
}

/* ---- streams ---- */

static struct stream *stream_new(enum kind kind, struct slot_rate rate)
{
    struct stream *stream = calloc(1, sizeof *stream);

    assert_non_null(stream);
    stream->limits = limits_of(kind);
    stream->scale = tstd_slot_scale(rate);
    return stream;
}

/* The slot nearest to an instant in units of 90 kHz. */
static uint64_t slot_near(struct slot_rate rate, int64_t at)
{
    return (uint64_t)((__int128)at * rate.num / rate.den / 90000);
}

/* The multiplexes here carry a whole number of slots in 1, 7 or 34 seconds. */
static struct tstd_arrival arrival_of(const struct stream *stream, uint64_t slot)
{
    uint64_t num = stream->scale / TS_PACKET;

    return tstd_slot_arrival((struct slot_rate){num, num == cable.num ? cable.den
                                                     : num == 60000   ? 7
                                                                      : 1},
                             slot);
}

/* Adds a packet that carries as many of the bytes as it can behind `field` bytes of adaptation field. */
static size_t add_packet(struct stream *stream, uint64_t slot, bool start, const uint8_t *bytes, size_t left,
                         size_t field)
{
    assert_true(stream->count < PACKETS);
    uint8_t *packet = stream->packet[stream->count];

    stream->arrival[stream->count++] = arrival_of(stream, slot);
    memset(packet, 0xFF, TS_PACKET);
    if (TS_PACKET - 4 - field > left)
        field = TS_PACKET - 4 - left;
    packet[0] = 0x47;
    packet[1] = start ? 0x40 : 0;
    packet[2] = 0x64;
    packet[3] =
        (uint8_t)((field ? 0x20 : 0) | (left ? 0x10 : 0) | (left ? ++stream->counter : stream->counter) % 16);
    if (field)
        packet[4] = (uint8_t)(field - 1);
    if (field > 1)
        packet[5] = 0;
    memcpy(packet + 4 + field, bytes, TS_PACKET - 4 - field);
    return TS_PACKET - 4 - field;
}

static void put_time(uint8_t *field, int prefix, int64_t time)
{
    field[0] = (uint8_t)(prefix << 4 | (time >> 30 & 7) << 1 | 1);
    field[1] = (uint8_t)(time >> 22);
    field[2] = (uint8_t)((time >> 15 & 0x7F) << 1 | 1);
    field[3] = (uint8_t)(time >> 7);
    field[4] = (uint8_t)((time & 0x7F) << 1 | 1);
}

/* A PES packet of one unit; returns its length. With_dts: the PTS is then one frame later, and not looked at.
 */
static size_t build_pes(uint8_t *pes, size_t length, int64_t time, bool with_dts, uint8_t stuffing)
{
    uint8_t header = (uint8_t)((with_dts ? 10 : 5) + stuffing);

    memset(pes, 0xFF, 9u + header);
    memcpy(pes, (uint8_t[]){0, 0, 1, with_dts ? 0xE0 : 0xC0, 0, 0, 0x84, with_dts ? 0xC0 : 0x80, header}, 9);
    put_time(pes + 9, with_dts ? 3 : 2, time + (with_dts ? 3600 : 0));
    if (with_dts)
        put_time(pes + 14, 1, time);
    for (size_t i = 0; i < length; i++)
        pes[9u + header + i] = (uint8_t)(i | 2);
    if (9u + header + length - 6 < 65536) {
        pes[4] = (uint8_t)((3u + header + length) >> 8);
        pes[5] = (uint8_t)(3u + header + length);
    }
    return 9u + header + length;
}

/* A unit of `length` bytes to be decoded at `time` (90 kHz), its packets `apart` slots from each other. */
static uint64_t add_unit(struct stream *stream, uint64_t slot, uint32_t apart, size_t length, int64_t time)
{
    uint8_t *pes = malloc(length + 300);
    size_t whole = build_pes(pes, length, time, stream->limits.path == TSTD_VIDEO, 0), done = 0;

    for (; done < whole; slot += apart)
        done += add_packet(stream, slot, done == 0, pes + done, whole - done, 0);
    free(pes);
    return slot;
}

/* ---- random ones ---- */

static uint32_t below(uint64_t *seed, uint32_t limit)
{
    *seed = *seed * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)((*seed >> 33) % limit);
}

/* Bytes of whole frames one after another: Layer II, any rate. Returns how many. */
static uint32_t build_frames(uint8_t *bytes, uint32_t frames, uint64_t *seed)
{
    uint32_t done = 0;

    for (uint32_t i = 0; i < frames; i++) {
        uint8_t header[AUDIO_FRAME_HEADER] = {0xFF, 0xFD,
                                              (uint8_t)((1 + below(seed, 14)) << 4 | below(seed, 3) << 2)};
        struct audio_frame frame;
        assert_true(audio_frame_parse(AUDIO_FORMAT_MPEG, header, &frame));
        memset(bytes + done, 0x55, frame.bytes);
        memcpy(bytes + done, header, sizeof header);
        done += frame.bytes;
    }
    return done;
}

/* A PES packet in random packets. */
static void add_random_packets(struct stream *stream, uint64_t *slot, uint64_t *seed, uint32_t mean,
                               const uint8_t *pes, uint32_t whole)
{
    for (uint32_t done = 0; done < whole;) {
        uint32_t field = stream->counter / 256 % 2 && below(seed, 4) == 0 ? below(seed, 184) : 0;
        bool start = done == 0;
        done += (uint32_t)add_packet(stream, *slot, start, pes + done, whole - done, field);
        *slot += 1 + (below(seed, 3) ? 0 : below(seed, 2 * mean));
        if (below(seed, 30) == 0) { /* a duplicate */
            memcpy(stream->packet[stream->count], stream->packet[stream->count - 1], TS_PACKET);
            stream->arrival[stream->count++] = arrival_of(stream, (*slot)++);
        }
        if (below(seed, 30) == 0)
            add_packet(stream, (*slot)++, false, pes, 0, 184);
    }
}

static int64_t random_time(const struct stream *stream, uint64_t slot, uint64_t *seed)
{
    struct tstd_arrival now = arrival_of(stream, slot);

    return ((int64_t)(now.clock * 90000 / (int64_t)stream->scale) +
            below(seed, below(seed, 4) ? 20000 : 110000)) %
           (1LL << 33);
}

static void add_random_unit(struct stream *stream, uint64_t *slot, uint64_t *seed, uint32_t mean)
{
    bool video = stream->limits.path == TSTD_VIDEO;
    uint32_t length = 1 + below(seed, video ? 12000 : 1000);
    uint8_t *pes = malloc(length + 300);
    uint32_t whole = (uint32_t)build_pes(pes, length, random_time(stream, *slot, seed), video,
                                         (uint8_t)below(seed, below(seed, 3) ? 1 : 180));

    if (video && below(seed, 2))
        pes[4] = pes[5] = 0;
    if (stream->count && below(seed, 9) == 0)
        pes[7] = 0; /* no time stamp */
    add_random_packets(stream, slot, seed, mean, pes, whole);
    free(pes);
}

/* Frames in PES packets that begin and end anywhere, most of them with a time stamp. */
static void add_random_frames(struct stream *stream, uint64_t *slot, uint64_t *seed, uint32_t mean)
{
    uint8_t *frames = malloc(1728 * 8), *pes = malloc(1728 * 8 + 300);
    uint32_t length = build_frames(frames, 8, seed), done = 0;

    while (done < length) {
        uint32_t part = below(seed, 3) ? 1 + below(seed, length - done) : length - done;
        uint32_t header =
            (uint32_t)build_pes(pes, part, random_time(stream, *slot, seed), false, (uint8_t)below(seed, 3)) -
            part;
        memcpy(pes + header, frames + done, part);
        if (below(seed, 4) == 0)
            pes[7] = 0;
        add_random_packets(stream, slot, seed, mean, pes, header + part);
        done += part;
    }
    free(frames);
    free(pes);
}

/* Packets of a measured stream: bytes come now faster, now slower, and the programme's clock is another. */
static void unsettle(struct stream *stream, uint64_t *seed)
{
    int64_t byte_for = stream->arrival[0].byte_for;

    stream->scale *= 10;
    for (uint32_t i = 0; i < stream->count; i++) {
        struct tstd_arrival *arrival = &stream->arrival[i];
        arrival->at *= 10;
        arrival->clock = arrival->at + (int64_t)stream->scale * 3 + below(seed, 100);
        arrival->byte_for = byte_for * 10 - below(seed, (uint32_t)byte_for * 3);
    }
}

#endif
