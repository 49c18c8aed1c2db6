/* The board is computed, a pixel at a time; the letters come from FFmpeg's drawtext and the machine's fonts.
 */
#include "mux/prepare/slate.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <libavfilter/avfilter.h>
#include <libavfilter/buffersink.h>
#include <libavfilter/buffersrc.h>
#include <libavutil/opt.h>

#define WIDE_FROM 0x2E80  /* from here on letters are as wide as high (CJK) */
#define NARROW_WIDTH 0.58 /* of other letters, of their height, on average */
#define SIZE_MIN 16
#define TEXT_PART 0.84   /* of the raster's width that a line may take */
#define FRAME_WIDTH 22.0 /* wooden frame, pixels at 720 lines */
#define TRAY_HEIGHT 20.0
#define SD_LINES 576

/* Families that have Chinese letters, the finest first; the last serves where there is none of them. */
static const char *const fonts[] = {
    "Noto Sans CJK SC",  "Source Han Sans SC",  "Source Han Sans CN", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Droid Sans Fallback", "AR PL UMing CN",     "sans",
};
#define FONTS (sizeof fonts / sizeof *fonts)

struct colour {
    double r, g, b;
};

/* the board's two greens differ in brightness alone, so that its chroma shows no bands */
static const struct colour board = {38, 69, 58}, board_edge = {15, 46, 35}, wood = {134, 97, 62},
                           wood_dark = {84, 58, 36}, chalk_white = {236, 236, 228},
                           chalk_yellow = {233, 205, 120};

static struct colour mix(struct colour a, struct colour b, double part)
{
    part = fmax(0, fmin(1, part));
    return (struct colour){a.r + (b.r - a.r) * part, a.g + (b.g - a.g) * part, a.b + (b.b - a.b) * part};
}

/* How much of a pixel at (x, y) a rounded bar covers. */
static double cover_bar(double x, double y, double left, double right, double middle, double half)
{
    double nearest = fmax(left + half, fmin(right - half, x));
    return half + 0.5 - hypot(x - nearest, y - middle);
}

/* A number from 0 to 1 without pattern, the same on every machine. */
static double grain(uint32_t x, uint32_t y)
{
    uint32_t mixed = x * 374761393u + y * 668265263u;
    mixed = (mixed ^ mixed >> 13) * 1274126177u;
    return (mixed >> 16) / 65535.0;
}

static struct colour shade(double x, double y, double width, double height)
{
    double unit = height / 720, frame = FRAME_WIDTH * unit, tray = TRAY_HEIGHT * unit;
    double edge = fmin(fmin(x, width - x), fmin(y, height - y));
    double far = hypot((x - width / 2) / width, (y - height * 0.46) / height);
    struct colour colour = mix(board, board_edge, far * far * 2.2);
    double inside = edge - frame;
    if (inside < 14 * unit) /* the frame's shadow on the board */
        colour = mix(board_edge, colour, 0.45 + 0.55 * inside / (14 * unit));
    double tray_top = height - frame - tray;
    if (y > tray_top && inside > 0)
        colour = mix(wood, wood_dark, 0.25 + 0.6 * (y - tray_top) / tray);
    if (edge < frame)
        colour = mix(wood_dark, wood, 0.25 + 0.75 * sin(edge / frame * 3.0));
    double stick = tray_top - 4 * unit, half = 5 * unit;
    colour = mix(colour, chalk_white, cover_bar(x, y, width - 318 * unit, width - 236 * unit, stick, half));
    colour = mix(colour, chalk_yellow, cover_bar(x, y, width - 220 * unit, width - 152 * unit, stick, half));
    return colour;
}

/* Rounds so that slow gradients show no bands. */
static uint8_t dither(double value, uint32_t x, uint32_t y)
{
    return fmax(0, fmin(255, floor(value + grain(x, y))));
}

static AVFrame *draw_board(int width, int height)
{
    AVFrame *frame = av_frame_alloc();
    if (!frame)
        return NULL;
    frame->format = AV_PIX_FMT_RGB24;
    frame->width = width;
    frame->height = height;
    if (av_frame_get_buffer(frame, 0) < 0) {
        av_frame_free(&frame);
        return NULL;
    }
    for (int y = 0; y < height; y++) {
        uint8_t *to = frame->data[0] + (ptrdiff_t)y * frame->linesize[0];
        for (int x = 0; x < width; x++) {
            struct colour colour = shade(x + 0.5, y + 0.5, width, height);
            *to++ = dither(colour.r, x, y);
            *to++ = dither(colour.g, x, y);
            *to++ = dither(colour.b, x, y);
        }
    }
    return frame;
}

static AVFilterContext *add(AVFilterGraph *graph, const char *filter, const char *arguments,
                            AVFilterContext *after)
{
    AVFilterContext *context = NULL;
    if (avfilter_graph_create_filter(&context, avfilter_get_by_name(filter), NULL, arguments, NULL, graph) <
        0)
        return NULL;
    return !after || avfilter_link(after, 0, context, 0) == 0 ? context : NULL;
}

/* Letters go to drawtext as they are: no escapes, no expansion. */
static AVFilterContext *add_text(AVFilterGraph *graph, const struct slate_line *line, const char *font,
                                 AVFilterContext *after)
{
    AVFilterContext *text = avfilter_graph_alloc_filter(graph, avfilter_get_by_name("drawtext"), NULL);
    if (!text)
        return NULL;
    char number[32], middle[32];
    snprintf(number, sizeof number, "%d", line->size);
    snprintf(middle, sizeof middle, "%d-max_glyph_h/2", line->y);
    av_opt_set(text->priv, "text", line->text, 0);
    av_opt_set(text->priv, "expansion", "none", 0);
    av_opt_set(text->priv, "font", font, 0);
    av_opt_set(text->priv, "fontcolor", line->colour, 0);
    av_opt_set(text->priv, "fontsize", number, 0);
    av_opt_set(text->priv, "x", "(w-text_w)/2", 0);
    av_opt_set(text->priv, "y", middle, 0);
    if (avfilter_init_dict(text, NULL) < 0 || avfilter_link(after, 0, text, 0) < 0)
        return NULL;
    return text;
}

/* The frame with a line drawn on it (line NULL: none), in the format given; NULL when it cannot be. */
static AVFrame *filter(AVFrame *frame, const struct slate_line *line, const char *font, const char *scale,
                       const char *format)
{
    AVFilterGraph *graph = avfilter_graph_alloc();
    AVFrame *out = av_frame_alloc();
    char arguments[128];
    snprintf(arguments, sizeof arguments, "video_size=%dx%d:pix_fmt=%d:time_base=1/1", frame->width,
             frame->height, frame->format);
    AVFilterContext *source = graph ? add(graph, "buffer", arguments, NULL) : NULL;
    AVFilterContext *last = source && line ? add_text(graph, line, font, source) : source;
    last = last ? add(graph, "scale", scale, last) : NULL;
    last = last ? add(graph, "format", format, last) : NULL;
    AVFilterContext *sink = last ? add(graph, "buffersink", NULL, last) : NULL;
    bool good = out && sink && avfilter_graph_config(graph, NULL) >= 0 &&
                av_buffersrc_write_frame(source, frame) >= 0 &&
                av_buffersrc_close(source, AV_NOPTS_VALUE, 0) >= 0 && av_buffersink_get_frame(sink, out) >= 0;
    avfilter_graph_free(&graph);
    if (!good)
        av_frame_free(&out);
    return out;
}

/* The code point at *text, which moves on behind it; the bytes of broken UTF-8 count one by one. */
static uint32_t next_letter(const char **text)
{
    const uint8_t *at = (const uint8_t *)*text;
    int more = at[0] >= 0xF0 ? 3 : at[0] >= 0xE0 ? 2 : at[0] >= 0xC0 ? 1 : 0;
    uint32_t letter = more ? at[0] & 0x3F >> more : at[0];
    int i = 1;
    for (; i <= more && (at[i] & 0xC0) == 0x80; i++)
        letter = letter << 6 | (at[i] & 0x3F);
    *text += i;
    return letter;
}

/* The width of a line in heights of its letters, about; *wide: it has Chinese letters. */
static double measure_line(const char *text, bool *wide)
{
    double width = 0;
    *wide = false;
    while (*text) {
        bool is_wide = next_letter(&text) >= WIDE_FROM;
        *wide = *wide || is_wide;
        width += is_wide ? 1 : NARROW_WIDTH;
    }
    return width;
}

/* A font without Chinese letters draws the same box for each of them. */
static bool is_chinese(const char *font)
{
    static const char *const letters[] = {"教", "一"};
    AVFrame *blank = draw_board(64, 64), *drawn[2] = {NULL, NULL};
    for (int i = 0; blank && i < 2; i++)
        drawn[i] =
            filter(blank, &(struct slate_line){letters[i], 40, 32, "white"}, font, "out_range=tv", "gray");
    bool found = drawn[0] && drawn[1] &&
                 memcmp(drawn[0]->data[0], drawn[1]->data[0], (size_t)drawn[0]->linesize[0] * 64) != 0;
    av_frame_free(&drawn[0]);
    av_frame_free(&drawn[1]);
    av_frame_free(&blank);
    return found;
}

/* The slate with one more line, or as it was when the line cannot be drawn. */
static AVFrame *write_line(AVFrame *slate, struct slate_line line, const char *font, bool chinese)
{
    bool wide;
    double width = measure_line(line.text, &wide);
    if (width <= 0 || (wide && !chinese))
        return slate;
    line.size = fmax(SIZE_MIN, fmin(line.size, TEXT_PART * slate->width / width));
    AVFrame *written = filter(slate, &line, font, NULL, "rgb24");
    if (written)
        av_frame_free(&slate);
    return written ? written : slate;
}

/* The slate, drawn in square pixels, in the house's raster and colours. */
static AVFrame *conform(AVFrame *slate, const struct video_format *video)
{
    char scale[128];
    snprintf(scale, sizeof scale, "w=%u:h=%u:out_color_matrix=%s:out_range=tv", video->width, video->height,
             video->height == SD_LINES ? "bt470bg" : "bt709");
    AVFrame *conformed = filter(slate, NULL, NULL, scale, "yuv420p");
    if (conformed) {
        conformed->sample_aspect_ratio = (AVRational){video->aspect_num, video->aspect_den};
        conformed->colorspace = video->height == SD_LINES ? AVCOL_SPC_BT470BG : AVCOL_SPC_BT709;
    }
    return conformed;
}

AVFrame *slate_new(const struct house *house, const struct slate_line *lines, int count)
{
    const struct video_format *video = &house->video;
    AVFrame *slate = draw_board(video->width * video->aspect_num / video->aspect_den, video->height);
    if (!slate)
        return NULL;
    size_t font = 0;
    bool chinese = false;
    while (!(chinese = is_chinese(fonts[font])) && font + 1 < FONTS)
        font++;
    for (int i = 0; i < count; i++)
        slate = write_line(slate, lines[i], fonts[font], chinese);
    AVFrame *conformed = conform(slate, video);
    av_frame_free(&slate);
    return conformed;
}
