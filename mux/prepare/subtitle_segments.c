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

/* Codes of four bits, the first in the upper half of a byte. */
struct nibbles {
    GByteArray *bytes;
    bool half;
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

static void put4(struct nibbles *to, uint32_t code)
{
    if (to->half)
        to->bytes->data[to->bytes->len - 1] |= code;
    else
        put8(to->bytes, code << 4);
    to->half = !to->half;
}

/* Writes as much of a run as one 4-bit/pixel_code_string entry takes (Table 27); returns the pixels taken. */
static uint32_t put_run(struct nibbles *to, uint32_t colour, uint32_t length)
{
    if (length >= 25) {
        uint32_t taken = MIN(length, 280);
        put4(to, 0);
        put4(to, 0xF);
        put4(to, (taken - 25) >> 4);
        put4(to, (taken - 25) & 0xF);
        put4(to, colour);
        return taken;
    }
    if (length >= 10 || (length == 9 && colour)) {
        put4(to, 0);
        put4(to, 0xE);
        put4(to, length - 9);
        put4(to, colour);
        return length;
    }
    if (colour == 0) {
        put4(to, 0);
        put4(to, length >= 3 ? length - 2 : 0xB + length);
        return length;
    }
    if (length >= 4) {
        uint32_t taken = MIN(length, 7);
        put4(to, 0);
        put4(to, 8 + taken - 4);
        put4(to, colour);
        return taken;
    }
    put4(to, colour);
    return 1;
}

static void put_line(GByteArray *bytes, const uint8_t *line, uint32_t width)
{
    struct nibbles to = {bytes, false};
    put8(bytes, 0x11); /* 4-bit/pixel code string */
    for (uint32_t x = 0; x < width;) {
        uint32_t length = 1;
        while (x + length < width && line[x + length] == line[x])
            length++;
        x += put_run(&to, line[x], length);
    }
    put4(&to, 0); /* end of string ... */
    put4(&to, 0);
    put8(bytes, 0xF0); /* ... and of object line */
}

static uint32_t put_field(GByteArray *bytes, const struct subtitle_page *page,
                          const struct subtitle_band *band, uint32_t first)
{
    guint before = bytes->len;
    for (uint32_t y = first; y < band->height; y += 2)
        put_line(bytes, page->pixels + (size_t)(band->y + y) * page->width + band->x, band->width);
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

static void put_clut(GByteArray *bytes, const struct subtitle_page *page, uint32_t version)
{
    guint length_at = begin(bytes, CLUT_DEFINITION);
    put8(bytes, 0);
    put8(bytes, version << 4 | 0x0F);
    for (uint32_t i = 0; i < page->colour_count; i++) {
        const struct subtitle_colour *colour = &page->colours[i];
        put8(bytes, i);
        put8(bytes, 0x5F); /* an entry of the 16-colour CLUT, in full range */
        put8(bytes, colour->y);
        put8(bytes, colour->cr);
        put8(bytes, colour->cb);
        put8(bytes, colour->t);
    }
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
