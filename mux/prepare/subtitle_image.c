/* Choosing colours: the most seen colour first, then always the one that is worst served so far, then a few
 * rounds in which each colour moves to the mean of its pixels (Lloyd); in the end it is the most seen of
 * them. All in premultiplied colour, so that what can hardly be seen counts little. No chance is in it: the
 * same raster gives the same page. */
#include "mux/prepare/subtitle_image.h"

#include <stdbool.h>
#include <string.h>

#define CHANNELS 4
#define ALPHA 3
#define BINS (1 << 16) /* four bits of each channel */
#define ROUNDS 4
#define INVISIBLE 16 /* of 255: alpha below is nothing */
#define GAP 8        /* empty lines that part two bands */

struct bin {
    uint32_t count;
    uint64_t sum[CHANNELS];
    int mean[CHANNELS];
    uint8_t colour;
};

struct palette {
    int means[SUBTITLE_COLOURS][CHANNELS];
    uint32_t count;
};

static uint32_t key_of(const uint8_t *pixel)
{
    return (uint32_t)(pixel[0] >> 4) << 12 | (uint32_t)(pixel[1] >> 4) << 8 | (uint32_t)(pixel[2] & 0xF0) |
           pixel[ALPHA] >> 4;
}

/* The colours that are seen, in bins; returns how many. `index` tells the bin of a key. */
static uint32_t collect(const uint8_t *raster, size_t pixels, struct bin *bins, uint32_t *index)
{
    uint32_t count = 0;
    memset(index, 0xFF, BINS * sizeof *index);
    for (size_t i = 0; i < pixels; i++, raster += CHANNELS) {
        if (raster[ALPHA] < INVISIBLE)
            continue;
        uint32_t key = key_of(raster);
        if (index[key] == UINT32_MAX) {
            index[key] = count;
            bins[count++] = (struct bin){.count = 0};
        }
        struct bin *bin = &bins[index[key]];
        bin->count++;
        for (int c = 0; c < CHANNELS; c++)
            bin->sum[c] += raster[c];
    }
    for (uint32_t i = 0; i < count; i++)
        for (int c = 0; c < CHANNELS; c++)
            bins[i].mean[c] = bins[i].sum[c] / bins[i].count;
    return count;
}

static uint64_t distance(const int *a, const int *b)
{
    uint64_t sum = 0;
    for (int c = 0; c < CHANNELS; c++)
        sum += (uint64_t)((a[c] - b[c]) * (a[c] - b[c]));
    return sum;
}

/* How badly the bin is served; sets its colour. */
static uint64_t serve(struct bin *bin, const struct palette *palette)
{
    uint64_t best = UINT64_MAX;
    for (uint32_t i = 0; i < palette->count; i++) {
        uint64_t away = distance(bin->mean, palette->means[i]);
        if (away < best) {
            best = away;
            bin->colour = i;
        }
    }
    return palette->count ? best * bin->count : bin->count;
}

static void choose(struct bin *bins, uint32_t count, uint32_t colours, struct palette *palette)
{
    for (palette->count = 0; palette->count < colours; palette->count++) {
        uint64_t worst = 0;
        const struct bin *next = NULL;
        for (uint32_t i = 0; i < count; i++) {
            uint64_t error = serve(&bins[i], palette);
            if (error > worst) {
                worst = error;
                next = &bins[i];
            }
        }
        if (!next)
            return;
        memcpy(palette->means[palette->count], next->mean, sizeof next->mean);
    }
}

static void settle(struct bin *bins, uint32_t count, struct palette *palette)
{
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t sums[SUBTITLE_COLOURS][CHANNELS] = {{0}}, counts[SUBTITLE_COLOURS] = {0};
        for (uint32_t i = 0; i < count; i++) {
            serve(&bins[i], palette);
            counts[bins[i].colour] += bins[i].count;
            for (int c = 0; c < CHANNELS; c++)
                sums[bins[i].colour][c] += bins[i].sum[c];
        }
        for (uint32_t k = 0; k < palette->count; k++)
            for (int c = 0; c < CHANNELS && counts[k]; c++)
                palette->means[k][c] = sums[k][c] / counts[k];
    }
    for (uint32_t i = 0; i < count; i++)
        serve(&bins[i], palette);
}

/* A colour becomes the one most seen of those that it stands for: a mean would make white letters grey. */
static void sharpen(const struct bin *bins, uint32_t count, struct palette *palette)
{
    uint32_t most[SUBTITLE_COLOURS] = {0};
    for (uint32_t i = 0; i < count; i++)
        if (bins[i].count > most[bins[i].colour]) {
            most[bins[i].colour] = bins[i].count;
            memcpy(palette->means[bins[i].colour], bins[i].mean, sizeof bins[i].mean);
        }
}

/* ITU-R BT.601, 16 to 235, of a premultiplied colour. */
static struct subtitle_colour to_clut(const int *mean)
{
    int alpha = MAX(mean[ALPHA], 1), rgb[3];
    for (int c = 0; c < 3; c++)
        rgb[c] = MIN(mean[c] * 255 / alpha, 255);
    return (struct subtitle_colour){
        .y = (16 * 1000 * 255 + (299 * rgb[0] + 587 * rgb[1] + 114 * rgb[2]) * 219 + 127500) / 255000,
        .cr = (128 * 10000 + 4392 * rgb[0] - 3678 * rgb[1] - 714 * rgb[2] + 5000) / 10000,
        .cb = (128 * 10000 - 1482 * rgb[0] - 2910 * rgb[1] + 4392 * rgb[2] + 5000) / 10000,
        .t = 255 - mean[ALPHA],
    };
}

static bool line_of(const struct subtitle_page *page, uint32_t y, uint32_t *left, uint32_t *right)
{
    const uint8_t *line = page->pixels + (size_t)y * page->width;
    uint32_t first = 0, last = page->width;
    while (first < last && !line[first])
        first++;
    if (first == last)
        return false;
    while (!line[last - 1])
        last--;
    *left = MIN(*left, first);
    *right = MAX(*right, last);
    return true;
}

/* Lines with letters, parted where enough empty ones lie between; the last band takes the rest. */
static void find_bands(struct subtitle_page *page)
{
    page->band_count = 0;
    uint32_t top = 0, bottom = 0, left = page->width, right = 0;
    for (uint32_t y = 0; y <= page->height; y++) {
        bool ended = bottom > top && (y == page->height || y >= bottom + GAP);
        if (ended && (page->band_count < SUBTITLE_BANDS - 1 || y == page->height)) {
            page->bands[page->band_count++] =
                (struct subtitle_band){left, top, right - left, (bottom - top + 1) & ~1u};
            bottom = top = right = 0;
            left = page->width;
        }
        if (y < page->height && line_of(page, y, &left, &right)) {
            if (bottom == top)
                top = y & ~1u;
            bottom = y + 1;
        }
    }
}

void subtitle_image_reduce(const uint8_t *raster, uint32_t colours, struct subtitle_page *page)
{
    size_t pixels = (size_t)page->width * page->height;
    struct bin *bins = g_new(struct bin, BINS);
    uint32_t *index = g_new(uint32_t, BINS);
    struct palette palette;
    uint32_t count = collect(raster, pixels, bins, index);
    choose(bins, count, MIN(colours, SUBTITLE_COLOURS - 1), &palette);
    settle(bins, count, &palette);
    sharpen(bins, count, &palette);
    page->colours[0] = (struct subtitle_colour){0, 128, 128, 255};
    for (uint32_t i = 0; i < palette.count; i++)
        page->colours[i + 1] = to_clut(palette.means[i]);
    page->colour_count = palette.count + 1;
    for (size_t i = 0; i < pixels; i++, raster += CHANNELS)
        page->pixels[i] = raster[ALPHA] < INVISIBLE ? 0 : bins[index[key_of(raster)]].colour + 1;
    find_bands(page);
    g_free(index);
    g_free(bins);
}
