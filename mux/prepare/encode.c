/* x264 through libavcodec, set so that every GOP of every lesson is a stranger's good neighbour. */
#include "mux/prepare/encode.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <libavutil/opt.h>

#define CRF_MAX 51.0
#define TRIES 6            /* the last one at CRF_MAX */
#define CRF_PER_OCTAVE 6.0 /* half the bytes: the quantiser's step doubles every 6 (H.264 8.5.8) */
#define CRF_STEP_MIN 1.0
#define FULL 0.9              /* of the lane: what a GOP should fill at most, as the next one may be larger */
#define PACKET_BITS (180 * 8) /* payload of a packet less its share of PES headers and PCR */
#define MAX_RATE 0.6
#define BUFFER 0.7 /* an IDR picture may take most of it; it has the lead, 0.84 of the lane, to come in */
#define NAL_SEI 6
#define NAL_SPS 7
#define NAL_PPS 8

/* The parameter sets of h264-720p25: High profile, level 3.1, 1280x720, square samples, 25 fps, BT.709, three
 * reference frames, one frame of reordering (H.264 7.3.2.1, 7.3.2.2). */
static const uint8_t parameter_sets[] = {
    0x67, 0x64, 0x00, 0x1F, 0xAC, 0xD1, 0x00, 0x50, 0x05, 0xBB, 0x01, 0x6A, 0x02, 0x02,
    0x02, 0x80, 0x00, 0x00, 0x03, 0x00, 0x80, 0x00, 0x00, 0x19, 0x47, 0x8C, 0x18, 0x89, /* SPS */
    0x68, 0xEB, 0xEC, 0xB2, 0x2C,                                                       /* PPS */
};

/* x264 lowers the chroma quantiser's offset, which is in the PPS, by 2 when it optimises for the eye; it does
 * so from subpixel refinement 6 on. The other presets are given the same offset. */
static const struct {
    const char *name;
    int chroma_qp_offset;
} presets[] = {
    {"ultrafast", -2}, {"superfast", -2}, {"veryfast", -2}, {"faster", -2},  {"fast", 0},
    {"medium", 0},     {"slow", 0},       {"slower", 0},    {"veryslow", 0},
};

static int find_preset(const char *preset)
{
    for (size_t i = 0; i < sizeof presets / sizeof *presets; i++)
        if (strcmp(presets[i].name, preset) == 0)
            return i;
    return -1;
}

bool encode_is_preset(const char *preset)
{
    return find_preset(preset) >= 0;
}

const char *encode_fault_text(enum encode_fault fault)
{
    switch (fault) {
    case ENCODE_OK:
        return "";
    case ENCODE_REFUSED:
        return "The video encoder stopped. Install libavcodec with libx264 and run prepare again.";
    case ENCODE_OTHER_SET:
        return "This libx264 writes other parameter sets than the house's, so its lessons could not follow "
               "others on air. Use libx264 of Debian 12.";
    case ENCODE_TOO_LARGE:
        return "A second of the picture does not fit its lane even at the lowest quality. Soften or shrink "
               "the picture's noise and run prepare again.";
    }
    return "unknown fault";
}

static void set_options(AVCodecContext *codec, const struct house *house, int preset, double crf)
{
    char options[512];
    snprintf(options, sizeof options,
             "stitchable=1:keyint=%d:min-keyint=%d:scenecut=0:open-gop=0:bframes=2:b-pyramid=none:b-adapt=1:"
             "ref=3:weightp=1:weightb=1:8x8dct=1:cabac=1:aud=1:repeat-headers=1:annexb=1:nal-hrd=none:"
             "force-cfr=1:sync-lookahead=0:rc-lookahead=%d:chroma-qp-offset=%d",
             HOUSE_FPS, HOUSE_FPS, HOUSE_FPS, presets[preset].chroma_qp_offset);
    av_opt_set(codec->priv_data, "preset", presets[preset].name, 0);
    av_opt_set(codec->priv_data, "profile", "high", 0);
    av_opt_set(codec->priv_data, "level", "3.1", 0);
    av_opt_set_double(codec->priv_data, "crf", crf, 0);
    av_opt_set(codec->priv_data, "x264-params", options, 0);
    codec->width = house->video.width;
    codec->height = house->video.height;
    codec->pix_fmt = AV_PIX_FMT_YUV420P;
    codec->time_base = (AVRational){1, HOUSE_FPS};
    codec->framerate = (AVRational){HOUSE_FPS, 1};
    codec->sample_aspect_ratio = (AVRational){1, 1};
    codec->color_primaries = AVCOL_PRI_BT709;
    codec->color_trc = AVCOL_TRC_BT709;
    codec->colorspace = AVCOL_SPC_BT709;
    codec->color_range = AVCOL_RANGE_MPEG;
    codec->thread_count = 1;
    /* x264 aims at a buffer half full: what it then gives the GOP, MAX_RATE + BUFFER / 2, just fits the lane
     */
    double lane = (double)house->video.slots * PACKET_BITS;
    codec->rc_max_rate = (int64_t)(MAX_RATE * lane);
    codec->rc_buffer_size = (int)(BUFFER * lane);
}

static AVCodecContext *open_codec(const struct house *house, int preset, double crf)
{
    const AVCodec *x264 = avcodec_find_encoder_by_name("libx264");
    AVCodecContext *codec = x264 ? avcodec_alloc_context3(x264) : NULL;
    if (!codec)
        return NULL;
    set_options(codec, house, preset, crf);
    if (avcodec_open2(codec, x264, NULL) < 0)
        avcodec_free_context(&codec);
    return codec;
}

/* Gives all pictures and takes all access units. False when x264 does not play its part. */
static bool encode_pictures(AVCodecContext *codec, AVFrame *const *pictures, AVPacket **packets)
{
    uint32_t given = 0, got = 0;
    while (got < HOUSE_FPS) {
        int error = avcodec_receive_packet(codec, packets[got]);
        if (error == 0) {
            got++;
        } else if (error != AVERROR(EAGAIN) || given > HOUSE_FPS) {
            return false;
        } else {
            AVFrame *picture = given < HOUSE_FPS ? pictures[given] : NULL;
            if (picture)
                picture->pts = given;
            if (avcodec_send_frame(codec, picture) < 0)
                return false;
            given++;
        }
    }
    return true;
}

/* The next start code at or after `at`; `end` when there is none. */
static const uint8_t *find_start_code(const uint8_t *at, const uint8_t *end)
{
    for (; at + 3 <= end; at++)
        if (at[0] == 0 && at[1] == 0 && at[2] == 1)
            return at;
    return end;
}

/* Where the NAL unit of this start code begins: its zero_byte belongs to it (H.264 Annex B.1). */
static uint8_t *unit_begin(AVPacket *packet, const uint8_t *start_code)
{
    uint8_t *begin = packet->data + (start_code - packet->data);
    return begin > packet->data && start_code < packet->data + packet->size && begin[-1] == 0 ? begin - 1
                                                                                              : begin;
}

/* Takes the SEI NAL units out of an access unit, in place (x264 writes its settings there), and compares the
 * parameter sets of an IDR picture with the house's. */
static bool clean_unit(AVPacket *packet)
{
    const uint8_t *end = packet->data + packet->size, *at = find_start_code(packet->data, end);
    uint8_t *to = packet->data;
    size_t sets = 0;
    bool good = true;
    while (at < end) {
        const uint8_t *next = find_start_code(at + 3, end), *next_begin = unit_begin(packet, next);
        const uint8_t *begin = unit_begin(packet, at);
        size_t length = next_begin - at - 3;
        int type = length > 0 ? at[3] & 0x1F : NAL_SEI;
        if (type == NAL_SPS || type == NAL_PPS) {
            good = good && length <= sizeof parameter_sets - sets &&
                   memcmp(parameter_sets + sets, at + 3, length) == 0;
            sets += good ? length : 0;
        }
        if (type != NAL_SEI) {
            memmove(to, begin, next_begin - begin);
            to += next_begin - begin;
        }
        at = next;
    }
    packet->size = to - packet->data;
    return good && sets == (packet->flags & AV_PKT_FLAG_KEY ? sizeof parameter_sets : 0);
}

static bool build_units(AVPacket *const *packets, struct access_unit *units, size_t *bytes)
{
    *bytes = 0;
    for (int i = 0; i < HOUSE_FPS; i++) {
        AVPacket *packet = packets[i];
        if (!clean_unit(packet) || (i == 0) != !!(packet->flags & AV_PKT_FLAG_KEY))
            return false;
        units[i] = (struct access_unit){
            .bytes = packet->data,
            .length = packet->size,
            .pts = packet->pts * HOUSE_FRAME_PTS,
            .dts = i * HOUSE_FRAME_PTS - HOUSE_REORDER_PTS,
        };
        if (units[i].pts < units[i].dts)
            return false;
        *bytes += packet->size;
    }
    return true;
}

/* Encodes the pictures once. *late: bytes that do not fit; *bytes: all there are. */
static enum encode_fault encode_once(const struct house *house, int preset, double crf,
                                     AVFrame *const *pictures, AVPacket **packets, struct cell *cell,
                                     size_t *late, size_t *bytes)
{
    struct access_unit units[HOUSE_FPS];
    AVCodecContext *codec = open_codec(house, preset, crf);
    enum encode_fault fault = ENCODE_OK;
    if (!codec || !encode_pictures(codec, pictures, packets))
        fault = ENCODE_REFUSED;
    else if (!build_units(packets, units, bytes))
        fault = ENCODE_OTHER_SET;
    else
        *late = cell_build(cell, house, units, HOUSE_FPS);
    for (int i = 0; i < HOUSE_FPS; i++)
        av_packet_unref(packets[i]);
    avcodec_free_context(&codec);
    return fault;
}

/* The quantiser for the next try: what is late must go, and a little more. */
static double next_crf(double crf, uint32_t again, size_t late, size_t bytes)
{
    if (again + 2 >= TRIES)
        return CRF_MAX;
    double octaves = late < bytes ? log2((double)bytes / (bytes - late)) : 1;
    return fmin(crf + CRF_PER_OCTAVE * octaves + CRF_STEP_MIN, CRF_MAX);
}

static struct encode_result encode_until_it_fits(const struct house *house, int preset, double crf,
                                                 AVFrame *const *pictures, AVPacket **packets,
                                                 struct cell *cell)
{
    struct encode_result result = {.crf = crf};
    for (;;) {
        size_t late = 0, bytes = 0;
        result.fault = encode_once(house, preset, result.crf, pictures, packets, cell, &late, &bytes);
        if (result.fault != ENCODE_OK || late == 0)
            return result;
        if (result.crf >= CRF_MAX) {
            result.fault = ENCODE_TOO_LARGE;
            return result;
        }
        result.crf = next_crf(result.crf, result.again++, late, bytes);
    }
}

struct encode_result encode_gop(const struct house *house, const char *preset, double crf,
                                AVFrame *const *pictures, struct cell *cell)
{
    struct encode_result result = {.fault = ENCODE_REFUSED};
    AVPacket *packets[HOUSE_FPS];
    bool good = encode_is_preset(preset);
    for (int i = 0; i < HOUSE_FPS; i++)
        good = (packets[i] = av_packet_alloc()) && good;
    if (good)
        result = encode_until_it_fits(house, find_preset(preset), crf, pictures, packets, cell);
    for (int i = 0; i < HOUSE_FPS; i++)
        av_packet_free(&packets[i]);
    return result;
}
