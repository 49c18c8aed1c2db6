/* HEVC by x265 (Main profile, main tier; ISO/IEC 23008-2). */
#include "mux/prepare/codec.h"

#include <math.h>
#include <stdio.h>

#include <libavutil/opt.h>

#define CRF_OFFSET 3 /* x265 looks at this CRF about as x264 does without */
#define CRF_MAX 51.0
#define LEVEL_UNIT 3 /* general_level_idc is 30 times the level, x265 counts tenths */
#define NAL_IDR_W_RADL 19
#define NAL_IDR_N_LP 20
#define NAL_VPS 32
#define NAL_PPS 34
#define NAL_AUD 35
#define NAL_SEI_PREFIX 39
#define NAL_SEI_SUFFIX 40

static int unit_type(const uint8_t *start)
{
    return start[3] >> 1 & 0x3F;
}

/* Everything that x265's presets change and that the parameter sets tell is fixed here. Threads: one, as
 * there is an encoder for every GOP. */
static void set_options(AVCodecContext *context, const struct video_format *video, const char *preset,
                        double crf)
{
    char options[1024];
    snprintf(options, sizeof options,
             "log-level=none:pools=none:frame-threads=1:wpp=0:keyint=%u:min-keyint=%u:scenecut=0:open-gop=0:"
             "bframes=2:b-pyramid=0:ref=3:weightp=1:weightb=0:aud=1:repeat-headers=1:annexb=1:info=0:hash=0:"
             "hrd=0:level-idc=%u:high-tier=0:ctu=64:min-cu-size=8:max-tu-size=32:tu-intra-depth=1:"
             "tu-inter-depth=1:amp=0:sao=1:strong-intra-smoothing=1:temporal-mvp=1:signhide=1:tskip=0:"
             "aq-mode=2:qg-size=32:cbqpoffs=0:crqpoffs=0:deblock=0,0:scaling-list=off:lossless=0:"
             "constrained-intra=0:rc-lookahead=%u",
             video->fps, video->fps, video->level_idc / LEVEL_UNIT, video->fps / 2);
    av_opt_set(context->priv_data, "preset", preset, 0);
    av_opt_set(context->priv_data, "profile", "main", 0);
    av_opt_set_double(context->priv_data, "crf", fmin(crf + CRF_OFFSET, CRF_MAX), 0);
    av_opt_set(context->priv_data, "x265-params", options, 0);
}

static size_t clean(AVPacket *unit, bool progressive, uint8_t *sets)
{
    (void)progressive;
    size_t length = 0;
    bool delimited = false;
    struct codec_walk walk = codec_walk_begin(unit);
    while (codec_walk_next(&walk)) {
        int type = unit_type(walk.at);
        if (type >= NAL_VPS && type <= NAL_PPS)
            length = codec_add_set(&walk, sets, length);
        delimited = delimited || (type == NAL_AUD && walk.to == unit->data);
        if (type != NAL_SEI_PREFIX && type != NAL_SEI_SUFFIX)
            codec_walk_keep(&walk);
    }
    codec_walk_end(&walk);
    return delimited ? length : CODEC_SETS_MAX + 1;
}

static bool is_closed_start(const AVPacket *unit)
{
    const uint8_t *end = unit->data + unit->size, *at = unit->data;
    while ((at = codec_find_start(at, end)) + 3 < end) {
        if (unit_type(at) == NAL_IDR_W_RADL || unit_type(at) == NAL_IDR_N_LP)
            return true;
        at += 3;
    }
    return false;
}

const struct codec codec_hevc = {"libx265", AV_CODEC_ID_HEVC, set_options, clean, is_closed_start};
