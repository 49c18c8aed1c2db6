/* Display definition, page composition, region composition, CLUT definition, object data and end of display
 * set segments (clause 7.2). */
#include "mux/prepare/subtitle_segments.h"

#include <stdbool.h>
#include <string.h>

#define PES_HEADER 14 /* with a PTS */
#define PES_MAX (6 + 65535)
#define MODE_CHANGE 2
#define DEPTH_4_BITS 2 /* region_depth and region_level_of_compatibility, Table 12 */
#define SD_WIDTH 720
#define SD_HEIGHT 576
#define BLOCK_MAX 65535

enum segment_type {
    PAGE_COMPOSITION = 0x10,
    REGION_COMPOSITION = 0x11,
    CLUT_DEFINITION = 0x12,
    OBJECT_DATA = 0x13,
    DISPLAY_DEFINITION = 0x14,
    END_OF_DISPLAY_SET = 0x80
};

/* Codes of a few bits, the first in the upper part of a byte. */
struct codes {
    GByteArray *bytes;
    uint32_t left; /* bits of the last byte that are free */
};

static void put8(GByteArray *bytes, uint32_t value)
{
    g_byte_array_append(bytes, &(uint8_t){value}, 1);
}

static void put16(GByteArray *bytes, uint32_t value)
{
    put8(bytes, value >> 8);
    put8(bytes, value);
}

static void set16(GByteArray *bytes, guint at, uint32_t value)
{
    bytes->data[at] = value >> 8;
    bytes->data[at + 1] = value;
}

/* Begins a segment and returns where its length stands. */
static guint begin(GByteArray *bytes, enum segment_type type)
{
    put8(bytes, 0x0F);
    put8(bytes, type);
    put16(bytes, SUBTITLE_PAGE_ID);
    put16(bytes, 0);
    return bytes->len - 2;
}

static void end(GByteArray *bytes, guint length_at)
{
    set16(bytes, length_at, bytes->len - length_at - 2);
}

/* `count` bits that do not cross the end of a byte: always 2 in strings of 2-bit codes, 4 in those of 4. */
static void put_bits(struct codes *to, uint32_t count, uint32_t value)
{
    if (to->left == 0) {
        put8(to->bytes, 0);
        to->left = 8;
    }
    to->left -= count;
    to->bytes->data[to->bytes->len - 1] |= value << to->left;
}

/* Writes as much of a run as one entry of a 4-bit/pixel_code_string takes (clause 7.2.5.2); returns the
 * pixels taken. */
static uint32_t put_run_of_4(struct codes *to, uint32_t colour, uint32_t length)
{
    uint32_t taken = MIN(length, 280);
    if (colour && length < 4) {
        put_bits(to, 4, colour);
        return 1;
    }
    put_bits(to, 4, 0);
    if (length >= 25) {
        put_bits(to, 4, 0xF);
        put_bits(to, 4, (taken - 25) >> 4);
        put_bits(to, 4, (taken - 25) & 0xF);
    } else if (length >= 10 || (length == 9 && colour)) {
        put_bits(to, 4, 0xE);
        put_bits(to, 4, length - 9);
    } else if (!colour) {
        put_bits(to, 4, length >= 3 ? length - 2 : 0xB + length);
        return length;
    } else {
        taken = MIN(length, 7);
        put_bits(to, 4, 8 + taken - 4);
    }
    put_bits(to, 4, colour);
    return taken;
}

/* The same of a 2-bit/pixel_code_string. */
static uint32_t put_run_of_2(struct codes *to, uint32_t colour, uint32_t length)
{
    uint32_t taken = MIN(length, 284);
    if (colour && length < 4) {
        put_bits(to, 2, colour);
        return 1;
    }
    put_bits(to, 2, 0);
    if (length >= 29) {
        put_bits(to, 2, 0);
        put_bits(to, 2, 3);
        for (int shift = 6; shift >= 0; shift -= 2)
            put_bits(to, 2, (taken - 29) >> shift & 3);
    } else if (length >= 12) {
        taken = MIN(length, 27);
        put_bits(to, 2, 0);
        put_bits(to, 2, 2);
        put_bits(to, 2, (taken - 12) >> 2);
        put_bits(to, 2, (taken - 12) & 3);
    } else if (length >= 3) {
        taken = MIN(length, 10);
        put_bits(to, 2, 2 | (taken - 3) >> 2);
        put_bits(to, 2, (taken - 3) & 3);
    } else {
        put_bits(to, 2, length == 1 ? 1 : 0);
        if (length == 2)
            put_bits(to, 2, 1);
        return length;
    }
    put_bits(to, 2, colour);
    return taken;
}

static void put_line(GByteArray *bytes, const uint8_t *line, uint32_t width, bool two_bits)
{
    struct codes to = {bytes, 0};
    put8(bytes, two_bits ? 0x10 : 0x11); /* data_type */
    for (uint32_t x = 0; x < width;) {
        uint32_t length = 1;
        while (x + length < width && line[x + length] == line[x])
            length++;
        x += two_bits ? put_run_of_2(&to, line[x], length) : put_run_of_4(&to, line[x], length);
    }
    for (int i = two_bits ? 3 : 2; i > 0; i--) /* end of string */
        put_bits(&to, two_bits ? 2 : 4, 0);
    put8(bytes, 0xF0); /* end of object line */
}

/* Few colours take half of the bytes as codes of two bits. */
static bool is_two_bits(const struct subtitle_page *page)
{
    return page->colour_count <= SUBTITLE_COLOURS_2_BITS;
}

static uint32_t put_field(GByteArray *bytes, const struct subtitle_page *page,
                          const struct subtitle_band *band, uint32_t first)
{
    guint before = bytes->len;
    for (uint32_t y = first; y < band->height; y += 2)
        put_line(bytes, page->pixels + (size_t)(band->y + y) * page->width + band->x, band->width,
                 is_two_bits(page));
    return bytes->len - before;
}

static bool put_object(GByteArray *bytes, const struct subtitle_page *page, uint32_t id, uint32_t version)
{
    guint length_at = begin(bytes, OBJECT_DATA);
    put16(bytes, id);
    put8(bytes, version << 4 | 1); /* coding of pixels, no colour that keeps what is below */
    guint blocks_at = bytes->len;
    put16(bytes, 0);
    put16(bytes, 0);
    uint32_t top = put_field(bytes, page, &page->bands[id], 0);
    uint32_t bottom = put_field(bytes, page, &page->bands[id], 1);
    if (bytes->len - length_at - 2 > BLOCK_MAX)
        return false;
    set16(bytes, blocks_at, top);
    set16(bytes, blocks_at + 2, bottom);
    end(bytes, length_at);
    return true;
}

static void put_display(GByteArray *bytes, const struct subtitle_page *page)
{
    guint length_at = begin(bytes, DISPLAY_DEFINITION);
    put8(bytes, 0x07); /* version 0: the raster of a service never changes; no window */
    put16(bytes, page->width - 1);
    put16(bytes, page->height - 1);
    end(bytes, length_at);
}

static void put_composition(GByteArray *bytes, const struct subtitle_page *page, uint32_t version)
{
    guint length_at = begin(bytes, PAGE_COMPOSITION);
    put8(bytes, SUBTITLE_TIME_OUT);
    put8(bytes, version << 4 | MODE_CHANGE << 2 | 3);
    for (uint32_t i = 0; i < page->band_count; i++) {
        put8(bytes, i);
        put8(bytes, 0xFF);
        put16(bytes, page->bands[i].x);
        put16(bytes, page->bands[i].y);
    }
    end(bytes, length_at);
}

static void put_region(GByteArray *bytes, const struct subtitle_band *band, uint32_t id, uint32_t version)
{
    guint length_at = begin(bytes, REGION_COMPOSITION);
    put8(bytes, id);
    put8(bytes, version << 4 | 0x0F); /* filled with colour 0 before the object is drawn */
    put16(bytes, band->width);
    put16(bytes, band->height);
    put8(bytes, DEPTH_4_BITS << 5 | DEPTH_4_BITS << 2 | 3);
    put8(bytes, 0); /* CLUT_id: one for all */
    put8(bytes, 0);
    put8(bytes, 0x03);
    put16(bytes, id); /* object_id; a basic bitmap of this display set ... */
    put16(bytes, 0);  /* ... at the region's corner */
    put16(bytes, 0xF000);
    end(bytes, length_at);
}

static void put_entry(GByteArray *bytes, uint32_t id, const struct subtitle_colour *colour)
{
    put8(bytes, id);
    put8(bytes, 0x5F); /* of the 16-colour CLUT, in full range */
    put8(bytes, colour->y);
    put8(bytes, colour->cr);
    put8(bytes, colour->cb);
    put8(bytes, colour->t);
}

/* Regions are always of 4 bits, which every decoder has. In them a code of two bits stands for entry 0, 7, 8
 * or 15 (default 2_to_4-bit_map-table, clause 10.4); some decoders forget that, so both get the colour. */
static void put_clut(GByteArray *bytes, const struct subtitle_page *page, uint32_t version)
{
    static const uint8_t map[SUBTITLE_COLOURS_2_BITS] = {0, 7, 8, 15};
    guint length_at = begin(bytes, CLUT_DEFINITION);
    put8(bytes, 0);
    put8(bytes, version << 4 | 0x0F);
    for (uint32_t i = 0; i < page->colour_count; i++)
        put_entry(bytes, i, &page->colours[i]);
    for (uint32_t i = 1; i < page->colour_count && is_two_bits(page); i++)
        put_entry(bytes, map[i], &page->colours[i]);
    end(bytes, length_at);
}

GByteArray *subtitle_build_pes(const struct subtitle_page *page, uint32_t version)
{
    static const uint8_t header[PES_HEADER] = {0, 0, 1, 0xBD, 0, 0, 0x84 /* aligned */, 0x80, 5};
    GByteArray *bytes = g_byte_array_new();
    g_byte_array_append(bytes, header, sizeof header);
    put16(bytes, 0x2000); /* data_identifier, subtitle_stream_id */
    if (page->width != SD_WIDTH || page->height != SD_HEIGHT)
        put_display(bytes, page);
    put_composition(bytes, page, version);
    for (uint32_t i = 0; i < page->band_count; i++)
        put_region(bytes, &page->bands[i], i, version);
    if (page->band_count)
        put_clut(bytes, page, version);
    bool good = true;
    for (uint32_t i = 0; i < page->band_count && good; i++)
        good = put_object(bytes, page, i, version);
    end(bytes, begin(bytes, END_OF_DISPLAY_SET));
    put8(bytes, 0xFF); /* end_of_PES_data_field_marker */
    if (!good || bytes->len > PES_MAX) {
        g_byte_array_unref(bytes);
        return NULL;
    }
    set16(bytes, 4, bytes->len - 6);
    subtitle_set_pts(bytes->data, 0);
    return bytes;
}

void subtitle_set_pts(uint8_t *pes, int64_t pts)
{
    pes[9] = 0x21 | (pts >> 30 & 7) << 1;
    pes[10] = pts >> 22;
    pes[11] = pts >> 14 | 1;
    pes[12] = pts >> 7;
    pes[13] = pts << 1 | 1;
}
