/* The time line of subtitles. It is cut into parts wherever an event begins or ends; each part is drawn once.
 * Then every second is laid out for trial, and as long as one does not fit, its largest part is drawn with
 * less effort; so a part looks the same in all its seconds. */
#include "mux/prepare/subtitle.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

#include <glib.h>

#include "mux/cell.h"
#include "mux/prepare/subtitle_draw.h"
#include "mux/prepare/subtitle_font.h"
#include "mux/prepare/subtitle_segments.h"
#include "mux/prepare/subtitle_text.h"

#define FRAME_PTS (90000 / SUBTITLE_FPS)
/* The decoder's pixel buffer has 80 kB, of which 60 kB are shown (EN 300 743 clause 5); larger rasters are
 * taken to have more in proportion. */
#define PIXEL_BUFFER 60000
#define SD_PIXELS (720 * 576)
/* A plain text that would hide more than this part of the picture is drawn smaller. */
#define HEIGHT_MAX_PERCENT 36

static const struct subtitle_effort efforts[] = {{15, 1},  {3, 1},   {3, 0.92}, {3, 0.85},
                                                 {3, 0.7}, {3, 0.6}, {3, 0.5}};
#define EFFORTS (sizeof efforts / sizeof *efforts)

/* A stretch of time in which the same is seen. */
struct part {
    uint32_t begin, end; /* frames */
    bool visible;
    size_t effort;    /* EFFORTS: left out, for no effort fits */
    uint32_t version; /* page_version_number; 0 is the empty page's */
    GByteArray *pes;
};

struct line { /* of time */
    struct work *work;
    struct subtitle_drawer *drawer;
    struct part *parts;
    uint32_t count;
    uint32_t current; /* the part that is seen when the second under way begins */
    struct cell *cell;
};

static uint32_t next_cut(const int32_t *begins, const int32_t *ends, uint32_t from, uint32_t frames)
{
    uint32_t frame = from + 1;
    /* the first frame of a lesson is an empty page: a part of its own */
    while (frame > 1 && frame < frames && !begins[frame] && !ends[frame])
        frame++;
    return frame;
}

/* Cuts the lesson, all of it, where events begin and end. */
static void find_parts(struct line *line, const struct subtitle_text *text, uint32_t frames)
{
    int32_t *begins = g_new0(int32_t, frames + 1), *ends = g_new0(int32_t, frames + 1), visible = 0;
    GArray *parts = g_array_new(FALSE, TRUE, sizeof(struct part));
    for (size_t i = 0; i < text->count; i++) {
        begins[text->events[i].begin]++;
        ends[text->events[i].end]++;
    }
    for (uint32_t frame = 0, end; frame < frames; frame = end) {
        end = next_cut(begins, ends, frame, frames);
        visible += begins[frame] - ends[frame];
        bool shown = visible > 0 && frame > 0;
        uint32_t version = shown ? 1 + parts->len % (SUBTITLE_VERSIONS - 1) : 0;
        struct part part = {.begin = frame, .end = end, .visible = shown, .version = version};
        g_array_append_val(parts, part);
    }
    line->count = parts->len;
    line->parts = (struct part *)(void *)g_array_free(parts, FALSE);
    g_free(ends);
    g_free(begins);
}

static bool fits_decoder(const struct subtitle_drawer *drawer, const struct subtitle_page *page)
{
    uint64_t pixels = 0, height = 0, raster = (uint64_t)page->width * page->height;
    for (uint32_t i = 0; i < page->band_count; i++) {
        pixels += (uint64_t)page->bands[i].width * page->bands[i].height;
        height += page->bands[i].height;
    }
    if (subtitle_drawer_is_plain(drawer) && height * 100 > (uint64_t)page->height * HEIGHT_MAX_PERCENT)
        return false;
    return pixels / 2 * SD_PIXELS <= PIXEL_BUFFER * MAX(raster, SD_PIXELS);
}

/* Draws the part with its effort, or with the next less one that the decoder can hold. */
static void draw(struct line *line, struct part *part)
{
    static const struct subtitle_page nothing;
    g_clear_pointer(&part->pes, g_byte_array_unref);
    for (; part->visible && part->effort < EFFORTS; part->effort++) {
        const struct subtitle_page *page =
            subtitle_draw(line->drawer, part->begin, part->end, efforts[part->effort]);
        if (page->band_count == 0) /* spaces */
            break;
        part->pes = fits_decoder(line->drawer, page) ? subtitle_build_pes(page, part->version) : NULL;
        if (part->pes)
            return;
    }
    struct subtitle_page empty = nothing;
    subtitle_drawer_get_raster(line->drawer, &empty.width, &empty.height);
    part->visible = false;
    part->pes = subtitle_build_pes(&empty, 0);
}

/* The first part that begins behind second `number`; its predecessors from line->current on are seen in it.
 */
static uint32_t find_end(struct line *line, uint32_t number)
{
    uint32_t first = number * SUBTITLE_FPS, end = line->current;
    while (line->parts[line->current].end <= first)
        line->current++;
    for (end = line->current; end < line->count && line->parts[end].begin < first + SUBTITLE_FPS;)
        end++;
    return end;
}

/* Lays out second `number`; seconds are asked for in order. False when it does not fit. */
static bool lay_out(struct line *line, uint32_t number, uint32_t end)
{
    const uint8_t *pes[SUBTITLE_FPS];
    size_t lengths[SUBTITLE_FPS];
    int32_t pts[SUBTITLE_FPS];
    uint32_t count = 0;
    for (uint32_t i = line->current; i < end; i++, count++) {
        const struct part *part = &line->parts[i];
        uint32_t frame = MAX(part->begin, number * SUBTITLE_FPS) - number * SUBTITLE_FPS;
        pts[count] = (int32_t)frame * FRAME_PTS;
        subtitle_set_pts(part->pes->data, pts[count] + CELL_PTS_BASE);
        pes[count] = part->pes->data;
        lengths[count] = part->pes->len;
    }
    return cell_build_subtitles(line->cell, pes, lengths, pts, count) == 0;
}

static void draw_less(struct line *line, uint32_t end)
{
    struct part *largest = &line->parts[line->current];
    for (uint32_t i = line->current; i < end; i++)
        if (line->parts[i].pes->len > largest->pes->len)
            largest = &line->parts[i];
    assert(largest->visible); /* a second of empty pages fits */
    largest->effort++;
    draw(line, largest);
}

static bool fit_all(struct line *line, uint32_t seconds)
{
    line->current = 0;
    for (uint32_t number = 0, drawn = 0; number < seconds; number++) {
        uint32_t end = find_end(line, number);
        for (; drawn < end; drawn++)
            draw(line, &line->parts[drawn]);
        while (!lay_out(line, number, end))
            draw_less(line, end);
        if (!work_report(line->work, number + 1))
            return false;
    }
    return true;
}

static bool write_all(struct line *line, uint32_t seconds, uint32_t track, struct lesson_writer *writer)
{
    line->current = 0;
    for (uint32_t number = 0; number < seconds; number++) {
        lay_out(line, number, find_end(line, number));
        if (lesson_writer_add_subtitles(writer, track, line->cell) != LESSON_OK)
            return work_fail(line->work, "The lesson cannot be written (%s).", strerror(errno));
    }
    return true;
}

static void remark(const struct line *line)
{
    uint32_t smaller = 0, absent = 0, first = 0;
    for (uint32_t i = 0; i < line->count; i++) {
        const struct part *part = &line->parts[i];
        bool is_smaller = part->effort < EFFORTS && efforts[part->effort].scale < 1;
        if (smaller + absent == 0)
            first = part->begin / SUBTITLE_FPS;
        smaller += is_smaller;
        absent += part->effort == EFFORTS;
    }
    if (smaller)
        work_remark(line->work, "%u long subtitles are drawn smaller (the first at %u:%02u).", smaller,
                    first / 60, first % 60);
    if (absent)
        work_remark(line->work, "%u subtitles are too large and left out (see %u:%02u). Shorten them.",
                    absent, first / 60, first % 60);
}

static bool encode(struct line *line, const struct subtitle_text *text, uint32_t track, uint32_t seconds,
                   struct lesson_writer *writer)
{
    struct subtitle_fonts fonts;
    if (!subtitle_fonts_find(line->work, text, &fonts))
        return false;
    line->cell = cell_new(HOUSE_SUBTITLE_SLOTS);
    line->drawer = subtitle_drawer_new(&line->work->job->house->video, text, &fonts);
    if (!line->cell || !line->drawer)
        return work_fail(line->work, "Memory is out. Close other programs and run prepare again.");
    find_parts(line, text, seconds * SUBTITLE_FPS);
    if (!fit_all(line, seconds) || !write_all(line, seconds, track, writer))
        return false;
    remark(line);
    return true;
}

bool subtitle_encode(struct work *work, const char *path, int stream, uint32_t track, uint32_t seconds,
                     struct lesson_writer *writer)
{
    struct subtitle_text *text;
    if (!subtitle_text_read(work, path, stream, seconds, &text))
        return false;
    struct line line = {.work = work};
    bool good = encode(&line, text, track, seconds, writer);
    for (uint32_t i = 0; i < line.count; i++)
        g_clear_pointer(&line.parts[i].pes, g_byte_array_unref);
    g_free(line.parts);
    subtitle_drawer_free(&line.drawer);
    cell_free(&line.cell);
    subtitle_text_free(&text);
    return good;
}
