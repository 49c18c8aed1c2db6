/* A reader of DVB subtitles for tests, bit by bit as EN 300 743 clause 7 writes it, and FFmpeg's beside it.
 */
#ifndef TESTS_SUBTITLE_READER_H
#define TESTS_SUBTITLE_READER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libavcodec/avcodec.h>

#define REGIONS 8

struct region {
    uint32_t x, y, width, height, version;
};

struct display_set {
    uint32_t width, height; /* of the display */
    bool defined;           /* by a segment */
    uint32_t time_out, version, state, count;
    struct region regions[REGIONS];
    uint8_t clut[16][4];         /* Y, Cr, Cb, T */
    uint8_t pixels[1920 * 1080]; /* entries of the CLUT */
    uint32_t objects;
    bool ended;
};

struct bits {
    const uint8_t *bytes;
    size_t at, end; /* in bits */
};

static inline uint32_t bits_get(struct bits *bits, uint32_t count)
{
    uint32_t value = 0;
    for (; count > 0; count--, bits->at++) {
        assert_true(bits->at < bits->end);
        value = value << 1 | (bits->bytes[bits->at / 8] >> (7 - bits->at % 8) & 1);
    }
    return value;
}

/* One entry of a 2-bit/pixel_code_string: how many pixels of *colour; 0 ends the string. */
static inline uint32_t read_2_bits(struct bits *bits, uint32_t *colour)
{
    *colour = bits_get(bits, 2);
    if (*colour)
        return 1;
    if (bits_get(bits, 1)) { /* switch_1 */
        uint32_t run = bits_get(bits, 3) + 3;
        *colour = bits_get(bits, 2);
        return run;
    }
    if (bits_get(bits, 1)) /* switch_2 */
        return 1;
    uint32_t run = 0;
    switch (bits_get(bits, 2)) { /* switch_3 */
    case 0:
        return 0;
    case 1:
        return 2;
    case 2:
        run = bits_get(bits, 4) + 12;
        break;
    default:
        run = bits_get(bits, 8) + 29;
    }
    *colour = bits_get(bits, 2);
    return run;
}

static inline uint32_t read_4_bits(struct bits *bits, uint32_t *colour)
{
    *colour = bits_get(bits, 4);
    if (*colour)
        return 1;
    if (!bits_get(bits, 1)) { /* switch_1 */
        uint32_t run = bits_get(bits, 3);
        return run ? run + 2 : 0;
    }
    uint32_t run = 0;
    if (!bits_get(bits, 1)) { /* switch_2 */
        run = bits_get(bits, 2) + 4;
    } else {
        switch (bits_get(bits, 2)) { /* switch_3 */
        case 0:
            return 1;
        case 1:
            return 2;
        case 2:
            run = bits_get(bits, 4) + 9;
            break;
        default:
            run = bits_get(bits, 8) + 25;
        }
    }
    *colour = bits_get(bits, 4);
    return run;
}

static inline void read_field(struct display_set *set, const struct region *region, const uint8_t *bytes,
                              size_t length, uint32_t y)
{
    static const uint8_t map[4] = {0, 7, 8, 15}; /* default 2_to_4-bit_map-table */
    struct bits bits = {bytes, 0, length * 8};
    for (; bits.at < bits.end; y += 2) {
        uint32_t type = bits_get(&bits, 8), x = 0, colour, run;
        assert_true(type == 0x10 || type == 0x11);
        assert_true(y < region->height);
        while ((run = type == 0x10 ? read_2_bits(&bits, &colour) : read_4_bits(&bits, &colour)) > 0)
            for (; run > 0; run--, x++) {
                assert_true(x < region->width);
                set->pixels[(region->y + y) * set->width + region->x + x] =
                    type == 0x10 ? map[colour] : colour;
            }
        assert_int_equal(x, region->width);
        bits.at = (bits.at + 7) / 8 * 8;
        assert_int_equal(bits_get(&bits, 8), 0xF0);
    }
    assert_true(y >= region->height);
}

static inline uint32_t get16(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 8 | bytes[1];
}

static inline void read_page(struct display_set *set, const uint8_t *body, size_t length)
{
    set->time_out = body[0];
    set->version = body[1] >> 4;
    set->state = body[1] >> 2 & 3;
    for (size_t at = 2; at < length; at += 6, set->count++) {
        assert_true(set->count < REGIONS);
        assert_int_equal(body[at], set->count);
        set->regions[set->count].x = get16(body + at + 2);
        set->regions[set->count].y = get16(body + at + 4);
    }
}

static inline void read_region(struct display_set *set, const uint8_t *body, size_t length)
{
    assert_int_equal(length, 16);
    assert_true(body[0] < set->count);
    struct region *region = &set->regions[body[0]];
    region->version = body[1] >> 4;
    region->width = get16(body + 2);
    region->height = get16(body + 4);
    assert_int_equal(body[6] >> 2, 2 << 3 | 2); /* four bits */
    assert_int_equal(get16(body + 10), body[0]);
    assert_int_equal(get16(body + 12), 0);
    assert_int_equal(get16(body + 14) & 0xFFF, 0);
    assert_true(region->x + region->width <= set->width && region->y + region->height <= set->height);
}

static inline void read_object(struct display_set *set, const uint8_t *body, size_t length)
{
    uint32_t id = get16(body), top = get16(body + 3), bottom = get16(body + 5);
    assert_true(id < set->count);
    assert_int_equal(body[2] >> 1 & 7, 0);
    assert_int_equal(length, 7 + top + bottom);
    read_field(set, &set->regions[id], body + 7, top, 0);
    read_field(set, &set->regions[id], body + 7 + top, bottom, 1);
    set->objects++;
}

static inline void read_segment(struct display_set *set, uint8_t type, const uint8_t *body, size_t length)
{
    assert_false(set->ended);
    switch (type) {
    case 0x14:
        set->width = get16(body + 1) + 1;
        set->height = get16(body + 3) + 1;
        set->defined = true;
        break;
    case 0x10:
        read_page(set, body, length);
        break;
    case 0x11:
        read_region(set, body, length);
        break;
    case 0x12:
        for (size_t at = 2; at < length; at += 6) {
            assert_int_equal(body[at + 1] & 0xE1, 0x41);
            memcpy(set->clut[body[at]], body + at + 2, 4);
        }
        break;
    case 0x13:
        read_object(set, body, length);
        break;
    default:
        assert_int_equal(type, 0x80);
        set->ended = true;
    }
}

/* Reads a PES packet that holds one display set. Free with free(). */
static inline struct display_set *read_display_set(const uint8_t *pes, size_t length)
{
    static const uint8_t head[] = {0, 0, 1, 0xBD};
    struct display_set *set = calloc(1, sizeof *set);
    set->width = 720;
    set->height = 576;
    assert_memory_equal(pes, head, sizeof head);
    assert_int_equal(get16(pes + 4), length - 6);
    assert_int_equal(pes[6] & 0xC4, 0x84);
    assert_int_equal(pes[7], 0x80);
    assert_int_equal(pes[8], 5);
    assert_int_equal(get16(pes + 14), 0x2000);
    assert_int_equal(pes[length - 1], 0xFF);
    for (size_t at = 16; at < length - 1; at += 6 + get16(pes + at + 4)) {
        assert_int_equal(pes[at], 0x0F);
        assert_int_equal(get16(pes + at + 2), 1);
        assert_true(at + 6 + get16(pes + at + 4) < length);
        read_segment(set, pes[at + 1], pes + at + 6, get16(pes + at + 4));
    }
    assert_true(set->ended);
    assert_int_equal(set->objects, set->count);
    return set;
}

/* What is seen of a pixel, 0 where nothing is. */
static inline uint32_t seen(const struct display_set *set, uint32_t x, uint32_t y)
{
    const uint8_t *entry = set->clut[set->pixels[y * set->width + x]];
    return entry[0] ? (uint32_t)entry[0] << 24 | (uint32_t)entry[1] << 16 | (uint32_t)entry[2] << 8 | entry[3]
                    : 0;
}

/* FFmpeg, starting with this display set, shows the same. */
static inline void check_by_ffmpeg(const struct display_set *set, const uint8_t *pes, size_t length)
{
    AVCodecContext *decoder = avcodec_alloc_context3(avcodec_find_decoder(AV_CODEC_ID_DVB_SUBTITLE));
    assert_int_equal(avcodec_open2(decoder, NULL, NULL), 0);
    AVPacket *packet = av_packet_alloc();
    assert_int_equal(av_new_packet(packet, (int)(length - 17)), 0);
    memcpy(packet->data, pes + 16, length - 17);
    packet->pts = 0;
    AVSubtitle shown = {0};
    int got = 0;
    assert_true(avcodec_decode_subtitle2(decoder, &shown, &got, packet) >= 0);
    assert_true(got);
    assert_int_equal(shown.num_rects, set->count);
    assert_int_equal(shown.end_display_time, set->time_out * 1000);
    for (unsigned i = 0; i < shown.num_rects; i++) {
        const AVSubtitleRect *rect = shown.rects[i];
        for (int y = 0; y < rect->h; y++)
            for (int x = 0; x < rect->w; x++) {
                uint32_t entry = set->pixels[(rect->y + y) * set->width + rect->x + x];
                uint32_t theirs = rect->data[0][y * rect->linesize[0] + x];
                if (entry != theirs)
                    fail_msg("%d,%d: %u, FFmpeg has %u", x, y, entry, theirs);
            }
    }
    avsubtitle_free(&shown);
    av_packet_free(&packet);
    avcodec_free_context(&decoder);
}

#endif
