/* Conforming: fields, light, size, colours, turns, borders and the logo, in this order. */
#include "mux/prepare/chain.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <libavfilter/avfilter.h>
#include <libavutil/pixdesc.h>

#define HD_LINES 720.0
#define SD_LINES 576
/* The logo's place, at 720 lines: within the safe area of EBU R95 (3.5 % of each side), at most so large. */
#define LOGO_MARGIN 27
#define LOGO_PART 5 /* of the raster's width and height */

struct text {
    char *at;
    size_t room;
};

__attribute__((format(printf, 2, 3))) static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(text->at, text->room, format, arguments);
    va_end(arguments);
    size_t used = length > 0 && (size_t)length < text->room ? (size_t)length : 0;
    text->at += used;
    text->room -= used;
}

bool chain_is_same_form(const struct chain_form *a, const struct chain_form *b)
{
    return a->width == b->width && a->height == b->height && a->format == b->format &&
           a->aspect.num == b->aspect.num && a->aspect.den == b->aspect.den && a->space == b->space &&
           a->range == b->range && a->transfer == b->transfer && a->fields == b->fields;
}

bool chain_is_tone_mapped(const struct chain_form *form)
{
    return (form->transfer == AVCOL_TRC_SMPTE2084 || form->transfer == AVCOL_TRC_ARIB_STD_B67) &&
           avfilter_get_by_name("zscale") && avfilter_get_by_name("tonemap");
}

static int even(double size, int most)
{
    int rounded = 2 * (int)lround(size / 2);
    return rounded < 2 ? 2 : rounded > most ? most : rounded;
}

static const char *house_matrix(const struct video_format *video)
{
    return video->height == SD_LINES ? "bt470bg" : "bt709";
}

/* The matrix of the frames as the colorspace filter calls it; NULL when it is the house's already. */
static const char *foreign_matrix(const struct video_format *video, enum AVColorSpace space)
{
    bool standard = video->height == SD_LINES;
    switch (space) {
    case AVCOL_SPC_UNSPECIFIED:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_BT470BG:
        return standard ? NULL : "smpte170m";
    case AVCOL_SPC_SMPTE240M:
        return "smpte240m";
    case AVCOL_SPC_FCC:
        return "fcc";
    case AVCOL_SPC_BT2020_NCL:
        return "bt2020nc";
    default:
        return standard ? "bt709" : NULL;
    }
}

/* Light above paper white (203 cd/m2, ITU-R BT.2408) is rolled off, wide colours are clipped. The size is
 * changed on the way, as the rest is costly. */
static void add_tone_map(struct text *text, const struct chain_form *form, int w, int h)
{
    add(text,
        "zscale=w=%d:h=%d:tin=%s:min=2020_ncl:pin=2020:rin=limited:t=linear:npl=203,format=gbrpf32le,"
        "zscale=p=709,tonemap=mobius:desat=0,zscale=t=709:m=709:r=limited,format=yuv420p,",
        w, h, form->transfer == AVCOL_TRC_SMPTE2084 ? "smpte2084" : "arib-std-b67");
}

/* Scaling, and colours to the house's. The scaler changes YCbCr matrices by way of RGB, at three times the
 * cost of the colorspace filter, so it is told that there is nothing to change. */
static void add_scale(struct text *text, const struct video_format *video, const struct chain_form *form,
                      int w, int h)
{
    bool rgb = av_pix_fmt_desc_get(form->format)->flags & AV_PIX_FMT_FLAG_RGB;
    const char *house = house_matrix(video);
    const char *matrix = rgb ? NULL : foreign_matrix(video, form->space);
    if (form->width != w || form->height != h || form->format != AV_PIX_FMT_YUV420P ||
        form->range == AVCOL_RANGE_JPEG)
        add(text,
            "scale=w=%d:h=%d:flags=bicubic:interl=%d:in_color_matrix=%s:out_color_matrix=%s:out_range=tv,"
            "format=yuv420p,",
            w, h, form->fields == CHAIN_KEEP, house, house);
    if (matrix)
        add(text,
            "colorspace=ispace=%s:iprimaries=bt709:itrc=bt709:irange=tv:space=%s:primaries=bt709:trc=bt709:"
            "range=tv:format=yuv420p:fast=1,",
            matrix, house);
}

static const char *const field_filters[] = {
    [CHAIN_PROGRESSIVE] = "",
    [CHAIN_DEINTERLACE] = "bwdif=mode=send_frame:deint=interlaced,",
    [CHAIN_BOB] = "bwdif=mode=send_field:deint=interlaced,",
    [CHAIN_KEEP] = "fieldorder=tff,",
};

/* Turns, and the borders around what does not fill the raster. Fields stay where they are: a border is a
 * multiple of four lines, as the chroma of 4:2:0 has half of them. */
static void add_place(struct text *text, const struct video_format *video, const struct chain_form *form,
                      int w, int h)
{
    static const char *const turns[] = {"", "transpose=clock,", "hflip,vflip,", "transpose=cclock,"};
    add(text, "%s%ssetsar=%u/%u", turns[form->quarters], form->mirrored ? "hflip," : "", video->aspect_num,
        video->aspect_den);
    if (w != video->width || h != video->height)
        add(text, ",pad=%u:%u:(ow-iw)/2:floor((oh-ih)/8)*4:color=black", video->width, video->height);
}

static void add_conform(struct text *text, const struct video_format *video, const struct chain_form *form)
{
    bool lying = form->quarters % 2;
    double house_aspect = (double)video->aspect_num / video->aspect_den;
    double aspect = form->aspect.num > 0 && form->aspect.den > 0 ? av_q2d(form->aspect) : 1;
    double width = form->width * aspect, height = form->height;
    double scale = fmin(video->width * house_aspect / (lying ? height : width),
                        video->height / (lying ? width : height));
    int w = even(width * scale / (lying ? 1 : house_aspect), lying ? video->height : video->width);
    int h = even(height * scale / (lying ? house_aspect : 1), lying ? video->width : video->height);
    if (form->fields == CHAIN_KEEP)
        h = h < 4 ? 4 : h / 4 * 4;
    struct chain_form mapped = *form;
    add(text, "%s", field_filters[form->fields]);
    if (chain_is_tone_mapped(form)) {
        add_tone_map(text, form, w, h);
        mapped.width = w;
        mapped.height = h;
        mapped.format = AV_PIX_FMT_YUV420P;
        mapped.space = AVCOL_SPC_BT709;
        mapped.range = AVCOL_RANGE_MPEG;
    }
    add_scale(text, video, &mapped, w, h);
    add_place(text, video, form, lying ? h : w, lying ? w : h);
}

/* The logo keeps the size that it has at 720 lines when that is small enough; one of the raster's own shape
 * covers the raster. */
static void add_logo(struct text *text, const struct video_format *video, const AVFrame *logo)
{
    double aspect = (double)video->aspect_num / video->aspect_den, unit = video->height / HD_LINES;
    double shown = video->width * aspect; /* the raster's width in square pixels */
    double fit = fmin(shown / logo->width, (double)video->height / logo->height);
    bool covers = logo->width * 2 >= shown &&
                  fabs((double)logo->width / logo->height * video->height / shown - 1) < 0.01;
    double scale = covers ? fit : fmin(unit, fit / LOGO_PART);
    add(text,
        "[main];[logo]scale=w=%d:h=%d:flags=bicubic:out_color_matrix=%s:out_range=tv,"
        "format=yuva420p[small];[main][small]overlay=x=%d:y=%d:format=yuv420:eof_action=repeat",
        even(logo->width * scale / aspect, video->width), even(logo->height * scale, video->height),
        house_matrix(video), covers ? 0 : even(LOGO_MARGIN * 2 * unit / aspect, video->width),
        covers ? 0 : even(LOGO_MARGIN * unit, video->height) / 4 * 4);
}

void chain_build(const struct video_format *video, const struct chain_form *form, const AVFrame *logo,
                 char *chain, size_t size)
{
    struct text text = {chain, size};
    add(&text, "[in]");
    add_conform(&text, video, form);
    if (logo)
        add_logo(&text, video, logo);
}
