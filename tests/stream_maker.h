/* A small clean transport stream to be broken on purpose, one rule at a time.
 *
 * One packet leaves each millisecond (1 504 000 b/s), so packet k of the array is instant k ms, and every
 * instant is a whole number of PCR ticks. One programme: H.264 level 3.0 with 25 access units a second of 10
 * packets each, PCR in the first of them; Layer II with a frame of 3 packets each 24 ms; PAT and PMT ten
 * times a second; NIT, SDT and EIT present and following once a second; TDT each 10 s. All else is null
 * packets. A test replaces or removes packets and, where the fault is not one of counting, numbers them
 * again. */
#ifndef TESTS_STREAM_MAKER_H
#define TESTS_STREAM_MAKER_H

#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "mux/packet.h"
#include "mux/section.h"
#include "mux/slot.h"

#define MAKER_PMT_PID 0x100
#define MAKER_VIDEO_PID 0x101
#define MAKER_AUDIO_PID 0x102
#define MAKER_PROGRAM 101
#define MAKER_TSID 1
#define MAKER_NETWORK 0x2001
#define MAKER_MJD 58910                     /* 2020-03-02: TDT says 00:00:00 UTC at packet 0 */
#define MAKER_CLOCK (INT64_C(3600) * 90000) /* the 90 kHz clock at packet 0 */
#define MAKER_VIDEO_LEAD 120                /* ms from the first packet of a unit to its DTS */
#define MAKER_AUDIO_LEAD 60

struct made_stream {
    uint32_t count; /* packets, one a millisecond */
    uint8_t (*packet)[TS_PACKET];
};

/* ---- packets ---- */

static inline void maker_null(uint8_t *packet)
{
    memset(packet, 0xFF, TS_PACKET);
    memcpy(packet, (uint8_t[]){PACKET_SYNC, 0x1F, 0xFF, 0x10}, 4);
}

/* What the PCR of packet k says: its byte 10 leaves 10/188 ms after the first. */
static inline uint64_t maker_pcr(uint32_t k)
{
    return MAKER_CLOCK * 300 + (uint64_t)k * 27000 + (27000 * 10 + 94) / 188;
}

/* Packet k: as many of the bytes as fit. Returns how many. */
static inline size_t maker_put(struct made_stream *stream, uint32_t k, uint16_t pid, bool start, bool pcr,
                               const uint8_t *bytes, size_t left)
{
    size_t field = pcr ? 8 : 0;
    uint8_t *packet = stream->packet[k];

    if (TS_PACKET - 4 - field > left)
        field = TS_PACKET - 4 - left;
    memset(packet, 0xFF, TS_PACKET);
    memcpy(packet, (uint8_t[]){PACKET_SYNC, start ? 0x40 : 0, 0, field ? 0x30 : 0x10}, 4);
    packet_set_pid(packet, pid);
    if (field)
        packet[4] = (uint8_t)(field - 1);
    if (field > 1)
        packet[5] = pcr ? 0x10 : 0;
    if (pcr)
        packet_set_pcr(packet, maker_pcr(k));
    memcpy(packet + 4 + field, bytes, TS_PACKET - 4 - field);
    return TS_PACKET - 4 - field;
}

/* Numbers the packets of a PID again, so that no loss shows. */
static inline void maker_renumber(struct made_stream *stream, uint16_t pid)
{
    uint32_t counter = 0;

    for (uint32_t k = 0; k < stream->count; k++) {
        uint8_t *packet = stream->packet[k];
        if (packet_get_pid(packet) == pid)
            packet_set_counter(packet, packet_has_payload(packet) ? counter++ : counter - 1);
    }
}

/* The n-th packet (from 0) of a PID at or after packet `from`; stream->count when there is none. */
static inline uint32_t maker_find(const struct made_stream *stream, uint16_t pid, uint32_t from, uint32_t n)
{
    for (uint32_t k = from; k < stream->count; k++)
        if (packet_get_pid(stream->packet[k]) == pid && n-- == 0)
            return k;
    return stream->count;
}

/* Takes a PID out from packet `from` up to `to`, without a trace in its counters. */
static inline void maker_remove(struct made_stream *stream, uint16_t pid, uint32_t from, uint32_t to)
{
    for (uint32_t k = from; k < to && k < stream->count; k++)
        if (packet_get_pid(stream->packet[k]) == pid)
            maker_null(stream->packet[k]);
    maker_renumber(stream, pid);
}

/* ---- sections ---- */

/* Ends a section whose bytes after section_length are `length` without its CRC_32. Returns its whole length.
 */
static inline size_t maker_seal(uint8_t *section, size_t length)
{
    section[1] = (uint8_t)((section[1] & 0xF0) | (length + 4) >> 8);
    section[2] = (uint8_t)(length + 4);
    uint32_t crc = section_crc32(section, 3 + length);
    for (int i = 0; i < 4; i++)
        section[3 + length + (size_t)i] = (uint8_t)(crc >> (24 - 8 * i));
    return 7 + length;
}

/* The head of a long section, version 0, current; returns the bytes so far. */
static inline size_t maker_head(uint8_t *section, uint8_t table_id, uint16_t extension, uint8_t number,
                                uint8_t last)
{
    memcpy(section,
           (uint8_t[]){table_id, table_id <= 2 ? 0xB0 : 0xF0, 0, (uint8_t)(extension >> 8),
                       (uint8_t)extension, 0xC1, number, last},
           8);
    return 8;
}

/* Puts a whole section into null packets, the first at or after packet k, PID numbered again afterwards by
 * the caller. Returns the packet after its last, or stream->count when there was no room. */
static inline uint32_t maker_put_section(struct made_stream *stream, uint32_t k, uint16_t pid,
                                         const uint8_t *section, size_t length)
{
    uint8_t packets[24][TS_PACKET];
    uint32_t needed = section_packet_count(length), done = 0;

    section_build_packets(section, length, pid, 0, packets[0]);
    for (; k < stream->count && done < needed; k++)
        if (packet_get_pid(stream->packet[k]) == PACKET_NULL_PID)
            memcpy(stream->packet[k], packets[done++], TS_PACKET);
    return done == needed ? k : stream->count;
}

static inline size_t maker_pat(uint8_t *section)
{
    size_t n = maker_head(section, 0x00, MAKER_TSID, 0, 0);

    memcpy(section + n,
           (uint8_t[]){0, 0, 0xE0, 0x10, 0, MAKER_PROGRAM, 0xE0 | MAKER_PMT_PID >> 8, MAKER_PMT_PID & 0xFF},
           8);
    return maker_seal(section, n + 8 - 3);
}

static inline size_t maker_pmt(uint8_t *section)
{
    size_t n = maker_head(section, 0x02, MAKER_PROGRAM, 0, 0);
    const uint8_t streams[] = {0xE0 | MAKER_VIDEO_PID >> 8,
                               MAKER_VIDEO_PID & 0xFF,
                               0xF0,
                               0,
                               0x1B,
                               0xE0 | MAKER_VIDEO_PID >> 8,
                               MAKER_VIDEO_PID & 0xFF,
                               0xF0,
                               0,
                               0x03,
                               0xE0 | MAKER_AUDIO_PID >> 8,
                               MAKER_AUDIO_PID & 0xFF,
                               0xF0,
                               6,
                               0x0A,
                               4,
                               'z',
                               'h',
                               'o',
                               0};

    memcpy(section + n, streams, sizeof streams);
    return maker_seal(section, n + sizeof streams - 3);
}

static inline size_t maker_nit(uint8_t *section)
{
    size_t n = maker_head(section, 0x40, MAKER_NETWORK, 0, 0);
    const uint8_t rest[] = {
        0xF0, 3, 0x40, 1, 'N', 0xF0, 6, 0, MAKER_TSID, MAKER_NETWORK >> 8, MAKER_NETWORK & 0xFF, 0xF0, 0};

    memcpy(section + n, rest, sizeof rest);
    return maker_seal(section, n + sizeof rest - 3);
}

static inline size_t maker_sdt(uint8_t *section)
{
    size_t n = maker_head(section, 0x42, MAKER_TSID, 0, 0);
    const uint8_t rest[] = {MAKER_NETWORK >> 8,
                            MAKER_NETWORK & 0xFF,
                            0xFF,
                            0,
                            MAKER_PROGRAM,
                            0xFD,
                            0x80,
                            7,
                            0x48,
                            5,
                            0x01,
                            1,
                            'P',
                            1,
                            'S'};

    memcpy(section + n, rest, sizeof rest);
    return maker_seal(section, n + sizeof rest - 3);
}

/* Event 1 from 00:00 to 01:00 UTC is present, event 2 of the hour after it follows. */
static inline size_t maker_eit(uint8_t *section, uint8_t number)
{
    size_t n = maker_head(section, 0x4E, MAKER_PROGRAM, number, 1);
    const uint8_t rest[] = {0,
                            MAKER_TSID,
                            MAKER_NETWORK >> 8,
                            MAKER_NETWORK & 0xFF,
                            1,
                            0x4E,
                            0,
                            (uint8_t)(number + 1),
                            MAKER_MJD >> 8,
                            MAKER_MJD & 0xFF,
                            number,
                            0,
                            0,
                            1,
                            0,
                            0,
                            number ? 0x20 : 0x80,
                            8,
                            0x4D,
                            6,
                            'z',
                            'h',
                            'o',
                            1,
                            'E',
                            0};

    memcpy(section + n, rest, sizeof rest);
    return maker_seal(section, n + sizeof rest - 3);
}

static inline size_t maker_tdt(uint8_t *section, uint32_t k)
{
    uint32_t second = k / 1000;
    uint32_t part[3] = {second / 3600, second / 60 % 60, second % 60};

    memcpy(section, (uint8_t[]){0x70, 0x70, 5, MAKER_MJD >> 8, MAKER_MJD & 0xFF}, 5);
    for (int i = 0; i < 3; i++)
        section[5 + i] = (uint8_t)(part[i] / 10 << 4 | part[i] % 10);
    return 8;
}

/* ---- elementary streams ---- */

static inline size_t maker_pes(uint8_t *pes, uint8_t stream_id, int64_t time, size_t length)
{
    memcpy(
        pes,
        (uint8_t[]){0, 0, 1, stream_id, (uint8_t)((length + 8) >> 8), (uint8_t)(length + 8), 0x84, 0x80, 5},
        9);
    pes[9] = 0x21;
    packet_set_pes_time(pes + 9, (uint64_t)time % PACKET_PTS_MODULUS);
    return 14;
}

static inline void maker_put_picture(struct made_stream *stream, uint32_t number)
{
    static const uint8_t head[] = {0,    0,    0,    1,    9,    0xF0, 0,    0,    0,   1, 0x67,
                                   0x42, 0xC0, 0x1E, 0xDA, 2,    0x80, 0xBE, 0x40, 0,   0, 0,
                                   1,    0x68, 0xCE, 0x38, 0x80, 0,    0,    1,    0x65};
    uint8_t pes[10 * 184];
    size_t length = sizeof pes - 8 - 14, done = 0;
    size_t n = maker_pes(pes, 0xE0, MAKER_CLOCK + (40 * (int64_t)number + MAKER_VIDEO_LEAD) * 90, length);

    memset(pes + n, 0x55, length);
    memcpy(pes + n, head, sizeof head);
    for (uint32_t j = 0; j < 10 && 40 * number + 4 * j < stream->count; j++)
        done += maker_put(stream, 40 * number + 4 * j, MAKER_VIDEO_PID, j == 0, j == 0, pes + done,
                          n + length - done);
}

static inline void maker_put_sound(struct made_stream *stream, uint32_t number)
{
    uint8_t pes[14 + 384];
    size_t n = maker_pes(pes, 0xC0, MAKER_CLOCK + (24 * (int64_t)number + MAKER_AUDIO_LEAD) * 90, 384),
           done = 0;

    memset(pes + n, 0x55, 384);
    memcpy(pes + n, (uint8_t[]){0xFF, 0xFD, 0x84, 0}, 4); /* Layer II, 128 kb/s, 48 kHz */
    for (uint32_t j = 0; j < 3 && 24 * number + 8 * j + 1 < stream->count; j++)
        done += maker_put(stream, 24 * number + 8 * j + 1, MAKER_AUDIO_PID, j == 0, false, pes + done,
                          sizeof pes - done);
}

/* ---- the stream ---- */

static inline void maker_put_tables(struct made_stream *stream, uint32_t k)
{
    uint8_t section[256];

    if (k % 100 == 2)
        maker_put_section(stream, k, 0x0000, section, maker_pat(section));
    if (k % 100 == 6)
        maker_put_section(stream, k, MAKER_PMT_PID, section, maker_pmt(section));
    if (k % 1000 == 10)
        maker_put_section(stream, k, 0x0010, section, maker_nit(section));
    if (k % 1000 == 14)
        maker_put_section(stream, k, 0x0011, section, maker_sdt(section));
    if (k % 1000 == 18 || k % 1000 == 118)
        maker_put_section(stream, k, 0x0012, section, maker_eit(section, k % 1000 == 118));
    if (k % 10000 == 22)
        maker_put_section(stream, k, 0x0014, section, maker_tdt(section, k));
}

/* So many seconds of clean stream. NULL when memory is out. */
static inline struct made_stream *maker_new(uint32_t seconds)
{
    static const uint16_t pids[] = {
        0, 0x10, 0x11, 0x12, 0x14, MAKER_PMT_PID, MAKER_VIDEO_PID, MAKER_AUDIO_PID};
    struct made_stream *stream = calloc(1, sizeof *stream);

    if (!stream || !(stream->packet = calloc((size_t)seconds * 1000, TS_PACKET))) {
        free(stream);
        return NULL;
    }
    stream->count = seconds * 1000;
    for (uint32_t k = 0; k < stream->count; k++)
        maker_null(stream->packet[k]);
    for (uint32_t i = 0; 40 * i < stream->count; i++)
        maker_put_picture(stream, i);
    for (uint32_t i = 0; 24 * i < stream->count; i++)
        maker_put_sound(stream, i);
    for (uint32_t k = 0; k < stream->count; k++)
        maker_put_tables(stream, k);
    for (size_t i = 0; i < sizeof pids / sizeof *pids; i++)
        maker_renumber(stream, pids[i]);
    return stream;
}

static inline void maker_free(struct made_stream **stream)
{
    if (*stream)
        free((*stream)->packet);
    free(*stream);
    *stream = NULL;
}

#endif
