/* libass gives one-colour masks; they are laid over one another on a transparent raster. Animations stand
 * still at the middle of the time in which no text comes or goes. */
#include "mux/prepare/subtitle_draw.h"

#include <stdlib.h>
#include <string.h>

#include <ass/ass.h>
#include <glib.h>

#include "mux/prepare/subtitle_image.h"
#include "mux/prepare/subtitle_wrap.h"

#define CHANNELS 4
/* Pictures with more lines get subtitles for this display (EN 300 743 clause 7.2.1), which decoders scale:
 * letters for 1080 lines would take twice the rate of the lane. */
#define HD_WIDTH 1280
#define HD_HEIGHT 720
#define FRAME_MS (1000 / SUBTITLE_FPS)
/* A plain text is laid out on 288 lines, as FFmpeg's text decoders suppose (font sizes of SRT tags). */
#define LINES 288
#define EM 15.5 /* of a letter: 31 of 576 lines, 39 of 720 */
#define OUTLINE 1.2
#define MARGIN_SIDE 7 /* percent of the width, EBU R 95 asks for 5 (graphics safe area) */
#define MARGIN_BOTTOM 18

struct subtitle_drawer {
    bool plain;
    ASS_Library *library;
    ASS_Renderer *renderer;
    ASS_Track *track;
    uint8_t *raster; /* premultiplied red, green, blue, alpha */
    struct subtitle_page page;
};

static void be_quiet(int level, const char *format, va_list arguments, void *context)
{
    (void)level, (void)format, (void)arguments, (void)context;
}

static uint32_t lines_width(const struct video_format *video)
{
    return (uint64_t)LINES * video->width * video->aspect_num / ((uint64_t)video->height * video->aspect_den);
}

/* White letters with a dark edge, at the bottom, in the middle, direction by the first strong letter. */
static char *build_header(const struct video_format *video, const struct subtitle_fonts *fonts)
{
    uint32_t width = lines_width(video), side = width * MARGIN_SIDE / 100;
    char size[G_ASCII_DTOSTR_BUF_SIZE], outline[G_ASCII_DTOSTR_BUF_SIZE];
    g_ascii_formatd(size, sizeof size, "%.2f", EM * fonts->usual.size);
    g_ascii_formatd(outline, sizeof outline, "%.2f", OUTLINE);
    return g_strdup_printf(
        "[Script Info]\nScriptType: v4.00+\nPlayResX: %u\nPlayResY: %d\n"
        "ScaledBorderAndShadow: yes\nWrapStyle: 0\n\n[V4+ Styles]\n"
        "Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, "
        "BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, "
        "BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\n"
        "Style: Default,%s,%s,&H00F0F0F0,&H00F0F0F0,&H00101010,&H00101010,0,0,0,0,100,100,"
        "0,0,1,%s,0,2,%u,%u,%d,-1\n\n[Events]\n"
        "Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\n",
        width, LINES, fonts->usual.family, size, outline, side, side, MARGIN_BOTTOM);
}

static void add_event(struct subtitle_drawer *drawer, const struct subtitle_event *event,
                      const struct subtitle_fonts *fonts, double ems)
{
    char *line;
    if (drawer->plain) {
        const char *words = subtitle_event_words(event);
        char *wrapped = subtitle_wrap(words, ems);
        char *dressed = subtitle_fonts_dress(fonts, wrapped, EM);
        line = g_strdup_printf("%.*s%s", (int)(words - event->line), event->line, dressed);
        g_free(dressed);
        g_free(wrapped);
    } else {
        line = g_strdup(event->line);
    }
    ass_process_chunk(drawer->track, line, strlen(line), (long long)event->begin * FRAME_MS,
                      (long long)(event->end - event->begin) * FRAME_MS);
    g_free(line);
}

static bool open_track(struct subtitle_drawer *drawer, const struct video_format *video,
                       const struct subtitle_text *text, const struct subtitle_fonts *fonts)
{
    drawer->track = ass_new_track(drawer->library);
    if (!drawer->track)
        return false;
    char *header = drawer->plain ? build_header(video, fonts) : g_strdup(text->header);
    ass_process_codec_private(drawer->track, header, strlen(header));
    g_free(header);
    ass_set_check_readorder(drawer->track, 0); /* events come once; numbers in files may repeat */
    double ems = lines_width(video) * (100 - 2 * MARGIN_SIDE) / 100.0 / EM;
    for (size_t i = 0; i < text->count; i++)
        add_event(drawer, &text->events[i], fonts, ems);
    return true;
}

static bool open_renderer(struct subtitle_drawer *drawer, const struct video_format *video,
                          const struct subtitle_fonts *fonts)
{
    drawer->library = ass_library_init();
    if (!drawer->library)
        return false;
    ass_set_message_cb(drawer->library, be_quiet, NULL);
    drawer->renderer = ass_renderer_init(drawer->library);
    if (!drawer->renderer)
        return false;
    ass_set_frame_size(drawer->renderer, drawer->page.width, drawer->page.height);
    ass_set_storage_size(drawer->renderer, drawer->page.width, drawer->page.height);
    /* libass wants the width that a square of the picture has on the raster */
    ass_set_pixel_aspect(drawer->renderer, (double)video->aspect_den / video->aspect_num);
    ass_set_shaper(drawer->renderer, ASS_SHAPING_COMPLEX);
    ass_set_fonts(drawer->renderer, NULL, fonts->usual.family, ASS_FONTPROVIDER_FONTCONFIG, NULL, 1);
    return true;
}

struct subtitle_drawer *subtitle_drawer_new(const struct video_format *video,
                                            const struct subtitle_text *text,
                                            const struct subtitle_fonts *fonts)
{
    struct subtitle_drawer *drawer = g_new0(struct subtitle_drawer, 1);
    bool large = video->height > HD_HEIGHT;
    drawer->plain = !text->header;
    drawer->page.width = large ? HD_WIDTH : video->width;
    drawer->page.height = large ? HD_HEIGHT : video->height;
    size_t pixels = (size_t)drawer->page.width * drawer->page.height;
    drawer->page.pixels = g_malloc0(pixels);
    drawer->raster = g_malloc0(pixels * CHANNELS);
    if (!open_renderer(drawer, video, fonts) || !open_track(drawer, video, text, fonts))
        subtitle_drawer_free(&drawer);
    return drawer;
}

void subtitle_drawer_free(struct subtitle_drawer **drawer)
{
    if (!*drawer)
        return;
    if ((*drawer)->track)
        ass_free_track((*drawer)->track);
    if ((*drawer)->renderer)
        ass_renderer_done((*drawer)->renderer);
    if ((*drawer)->library)
        ass_library_done((*drawer)->library);
    g_free((*drawer)->raster);
    g_free((*drawer)->page.pixels);
    g_free(*drawer);
    *drawer = NULL;
}

static void lay_over(struct subtitle_drawer *drawer, const ASS_Image *image)
{
    uint32_t opacity = 255 - (image->color & 0xFF);
    uint8_t rgba[CHANNELS] = {image->color >> 24, image->color >> 16, image->color >> 8, 255};
    for (int y = 0; y < image->h; y++) {
        const uint8_t *mask = image->bitmap + (ptrdiff_t)y * image->stride;
        uint8_t *to =
            drawer->raster + ((size_t)(image->dst_y + y) * drawer->page.width + image->dst_x) * CHANNELS;
        for (int x = 0; x < image->w; x++)
            for (int c = 0; c < CHANNELS; c++, to++) {
                uint32_t cover = mask[x] * opacity;
                *to = (cover * rgba[c] + (255 * 255 - cover) * *to + 255 * 255 / 2) / (255 * 255);
            }
    }
}

const struct subtitle_page *subtitle_draw(struct subtitle_drawer *drawer, uint32_t begin, uint32_t end,
                                          struct subtitle_effort effort)
{
    size_t pixels = (size_t)drawer->page.width * drawer->page.height;
    memset(drawer->raster, 0, pixels * CHANNELS);
    ass_set_font_scale(drawer->renderer, effort.scale);
    long long middle = ((long long)begin + end) * FRAME_MS / 2;
    for (const ASS_Image *image = ass_render_frame(drawer->renderer, drawer->track, middle, NULL); image;
         image = image->next)
        lay_over(drawer, image);
    subtitle_image_reduce(drawer->raster, effort.colours, &drawer->page);
    return &drawer->page;
}

void subtitle_drawer_get_raster(const struct subtitle_drawer *drawer, uint16_t *width, uint16_t *height)
{
    *width = drawer->page.width;
    *height = drawer->page.height;
}

bool subtitle_drawer_is_plain(const struct subtitle_drawer *drawer)
{
    return drawer->plain;
}
