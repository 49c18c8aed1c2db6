/* The vertical filter is (-1 2 6 2 -1) / 8: half of the vertical resolution's last octave goes, as in cameras
 * that sum pairs of lines. */
#include "mux/prepare/weave.h"

#include <stdint.h>

static uint8_t clip(int value)
{
    return value < 0 ? 0 : value > 255 ? 255 : value;
}

static const uint8_t *line(const AVFrame *frame, int plane, int y, int height)
{
    y = y < 0 ? 0 : y >= height ? height - 1 : y;
    return frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane];
}

static void weave_line(const AVFrame *from, int plane, int y, int width, int height, uint8_t *to)
{
    const uint8_t *a = line(from, plane, y - 2, height), *b = line(from, plane, y - 1, height);
    const uint8_t *c = line(from, plane, y, height), *d = line(from, plane, y + 1, height);
    const uint8_t *e = line(from, plane, y + 2, height);
    for (int x = 0; x < width; x++)
        to[x] = clip((2 * (b[x] + d[x]) + 6 * c[x] - a[x] - e[x] + 4) >> 3);
}

AVFrame *weave(const AVFrame *top, const AVFrame *bottom)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = top->format;
    frame->width = top->width;
    frame->height = top->height;
    frame->interlaced_frame = 1;
    frame->top_field_first = 1;
    if (av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return NULL;
    }
    for (int plane = 0; plane < 3; plane++) {
        int width = plane ? (frame->width + 1) / 2 : frame->width;
        int height = plane ? (frame->height + 1) / 2 : frame->height;
        for (int y = 0; y < height; y++)
            weave_line(y % 2 ? bottom : top, plane, y, width, height,
                       frame->data[plane] + (ptrdiff_t)y * frame->linesize[plane]);
    }
    return frame;
}
