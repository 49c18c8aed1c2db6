/* H.264 by x264 (High profile; ISO/IEC 14496-10). */
#include "mux/prepare/codec.h"

#include <stdio.h>
#include <string.h>

#include <libavutil/opt.h>

#define NAL_IDR 5
#define NAL_SEI 6
#define NAL_SPS 7
#define NAL_PPS 8
#define NAL_AUD 9
#define NAL_TYPE 0x1F
#define SEI_PIC_TIMING 1
/* A pic_timing of one byte as x264 writes it: pic_struct, no clock timestamps, the bit that ends the payload
 * (H.264 D.1.3): top field before bottom field, and a progressive frame. */
#define PIC_STRUCT_TOP_BOTTOM 0x32
#define PIC_STRUCT_FRAME 0x04

/* x264 lowers the chroma quantiser's offset, which is in the PPS, by 2 when it optimises for the eye; it does
 * so from subpixel refinement 6 on. The other presets are given the same offset. */
static int chroma_qp_offset(const char *preset)
{
    static const char *const without[] = {"ultrafast", "superfast", "veryfast", "faster"};
    for (size_t i = 0; i < sizeof without / sizeof *without; i++)
        if (strcmp(without[i], preset) == 0)
            return -2;
    return 0;
}

static void set_options(AVCodecContext *context, const struct video_format *video, const char *preset,
                        double crf)
{
    char options[512];
    snprintf(options, sizeof options,
             "stitchable=1:keyint=%u:min-keyint=%u:scenecut=0:open-gop=0:bframes=2:b-pyramid=none:b-adapt=1:"
             "ref=3:weightp=%d:weightb=1:8x8dct=1:cabac=1:aud=1:repeat-headers=1:annexb=1:nal-hrd=none:"
             "force-cfr=1:sync-lookahead=0:rc-lookahead=%u:chroma-qp-offset=%d:level=%u%s",
             video->fps, video->fps, video->interlaced ? 0 : 1, video->fps, chroma_qp_offset(preset),
             video->level_idc, video->interlaced ? ":tff=1" : "");
    av_opt_set(context->priv_data, "preset", preset, 0);
    av_opt_set(context->priv_data, "profile", "high", 0);
    av_opt_set_double(context->priv_data, "crf", crf, 0);
    av_opt_set(context->priv_data, "x264-params", options, 0);
    if (video->interlaced)
        context->flags |= AV_CODEC_FLAG_INTERLACED_DCT;
}

/* Keeps only the SEI that the interlaced formats need: their SPS says pic_struct_present_flag. */
static bool keep_sei(struct codec_walk *walk, bool progressive)
{
    uint8_t *sei = walk->packet->data + (walk->at + 3 - walk->packet->data);
    if (walk->next - walk->at < 7 || sei[1] != SEI_PIC_TIMING || sei[2] != 1)
        return false;
    if (progressive && sei[3] == PIC_STRUCT_TOP_BOTTOM)
        sei[3] = PIC_STRUCT_FRAME;
    return true;
}

static size_t clean(AVPacket *unit, bool progressive, uint8_t *sets)
{
    size_t length = 0;
    bool delimited = false;
    struct codec_walk walk = codec_walk_begin(unit);
    while (codec_walk_next(&walk)) {
        int type = walk.at[3] & NAL_TYPE;
        if (type == NAL_SPS || type == NAL_PPS)
            length = codec_add_set(&walk, sets, length);
        delimited = delimited || (type == NAL_AUD && walk.to == unit->data);
        if (type != NAL_SEI || keep_sei(&walk, progressive))
            codec_walk_keep(&walk);
    }
    codec_walk_end(&walk);
    return delimited ? length : CODEC_SETS_MAX + 1;
}

static bool is_closed_start(const AVPacket *unit)
{
    const uint8_t *end = unit->data + unit->size, *at = unit->data;
    while ((at = codec_find_start(at, end)) + 3 < end) {
        if ((at[3] & NAL_TYPE) == NAL_IDR)
            return true;
        at += 3;
    }
    return false;
}

const struct codec codec_avc = {"libx264", AV_CODEC_ID_H264, set_options, clean, is_closed_start};
