/* MPEG-2 video by FFmpeg's own encoder (Main profile at main level; ISO/IEC 13818-2). */
#include "mux/prepare/codec.h"

#include <math.h>

#include <libavutil/opt.h>

#define SEQUENCE_HEADER 0xB3
#define EXTENSION 0xB5
#define GROUP 0xB8
#define PICTURE 0x00
#define CLOSED_GOP 0x40 /* in the fourth byte of a group_of_pictures_header (6.2.2.6) */
#define QUANTISER_INDEX_MAX 28

/* The quantiser that x264 would use at this CRF, on the non-linear scale of MPEG-2 (Table 7-6): the step
 * doubles every 6. Beyond the scale's end it still tells the encoder what a bit is worth. */
static double quantiser(double crf)
{
    return 1.7 * exp2((crf - 12) / 6);
}

/* One quantiser for a GOP, that is found by encoding it again when it does not fit; the decoder's buffer is
 * that of the level (Table 8-14). All vbv_delay are 0xFFFF, as the rate varies. */
static void set_options(AVCodecContext *context, const struct video_format *video, const char *preset,
                        double crf)
{
    (void)preset;
    context->flags |= AV_CODEC_FLAG_CLOSED_GOP | AV_CODEC_FLAG_QSCALE;
    if (video->interlaced)
        context->flags |= AV_CODEC_FLAG_INTERLACED_DCT | AV_CODEC_FLAG_INTERLACED_ME;
    context->gop_size = video->fps;
    context->keyint_min = video->fps;
    context->max_b_frames = 2;
    context->qmin = 1;
    context->qmax = QUANTISER_INDEX_MAX;
    context->global_quality = (int)lround(FF_QP2LAMBDA * quantiser(crf));
    context->rc_max_rate = video->max_br;
    context->rc_buffer_size = (int)video->cpb;
    context->mb_decision = FF_MB_DECISION_RD;
    context->trellis = 1;
    av_opt_set_int(context->priv_data, "non_linear_quant", 1, 0);
    av_opt_set_int(context->priv_data, "intra_vlc", 1, 0);
    av_opt_set_int(context->priv_data, "seq_disp_ext", 1, 0);
    av_opt_set_int(context->priv_data, "sc_threshold", 1000000000, 0); /* no picture becomes I by itself */
    /* no picture is encoded again by itself: that is done to whole GOPs, when they do not fit the lane */
    av_opt_set_int(context->priv_data, "lmin", 1, 0);
    av_opt_set_int(context->priv_data, "lmax", 1, 0);
}

/* The sequence header and the extensions after it. */
static size_t clean(AVPacket *unit, bool progressive, uint8_t *sets)
{
    (void)progressive;
    size_t length = 0;
    bool in_sequence = false;
    struct codec_walk walk = codec_walk_begin(unit);
    while (codec_walk_next(&walk)) {
        in_sequence = walk.at[3] == SEQUENCE_HEADER || (in_sequence && walk.at[3] == EXTENSION);
        if (in_sequence)
            length = codec_add_set(&walk, sets, length);
    }
    return length;
}

static bool is_closed_start(const AVPacket *unit)
{
    const uint8_t *end = unit->data + unit->size, *at = unit->data;
    while ((at = codec_find_start(at, end)) + 8 <= end) {
        if (at[3] == GROUP)
            return at[7] & CLOSED_GOP;
        if (at[3] == PICTURE)
            return false;
        at += 3;
    }
    return false;
}

const struct codec codec_mpeg2 = {"mpeg2video", AV_CODEC_ID_MPEG2VIDEO, set_options, clean, is_closed_start};
