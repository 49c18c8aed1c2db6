/* The bytes of DVB subtitles (ETSI EN 300 743 V1.6.1): a drawn page becomes one PES packet with one display
 * set, complete in itself (page_state "mode change").
 *
 * libavcodec has an encoder of such pages; its page_time_out, versions and CLUT entry for "transparent" are
 * not what cells without history need, so the segments are written here. */
#ifndef MUX_PREPARE_SUBTITLE_SEGMENTS_H
#define MUX_PREPARE_SUBTITLE_SEGMENTS_H

#include <stdint.h>

#include <glib.h>

#define SUBTITLE_PAGE_ID 1 /* composition_page_id, as the PMT's subtitling_descriptor says */
#define SUBTITLE_COLOURS 16
#define SUBTITLE_COLOURS_2_BITS 4 /* pages of no more take about half of the bytes */
#define SUBTITLE_BANDS 8
#define SUBTITLE_VERSIONS 16 /* page_version_number has four bits */
#define SUBTITLE_TIME_OUT 2  /* seconds; the next cell comes after one */

struct subtitle_colour {
    uint8_t y, cr, cb, t; /* ITU-R BT.601; y 0 is transparent, t 0 is opaque (clause 7.2.4) */
};

/* A part of the raster that holds letters: a region with one object. No two share a line (clause 7.2.2);
 * first line and height are even, so that both fields have the same lines. */
struct subtitle_band {
    uint16_t x, y, width, height;
};

struct subtitle_page {
    uint16_t width, height; /* of the raster */
    uint8_t *pixels;        /* width * height numbers of colours; owned by who made the page */
    struct subtitle_colour colours[SUBTITLE_COLOURS]; /* the first one is transparent */
    uint32_t colour_count;
    struct subtitle_band bands[SUBTITLE_BANDS];
    uint32_t band_count; /* 0: an empty page, which clears the screen */
};

/* The PES packet of a page; its PTS is zero. A raster other than 720 x 576 gets a display definition segment.
 * NULL when the page is larger than a PES packet may be. Free with g_byte_array_unref(). */
GByteArray *subtitle_build_pes(const struct subtitle_page *page, uint32_t version);

/* Writes a PTS of 90 kHz into the PES packet. */
void subtitle_set_pts(uint8_t *pes, int64_t pts);

#endif
