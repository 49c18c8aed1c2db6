/* Encoding a GOP until it fits its cell, and the house's constants: what makes GOPs each other's neighbours.
 */
#include "mux/prepare/encode.h"

#include <math.h>
#include <string.h>

#include <libavcodec/avcodec.h>
#include <xxhash.h>

#include "mux/prepare/codec.h"
#include "mux/prepare/preset.h"

#define CRF_MAX 51.0
#define TRIES 6            /* the last one at CRF_MAX */
#define CRF_PER_OCTAVE 6.0 /* half the bytes: the quantiser's step doubles every 6 (H.264 8.5.8) */
#define CRF_STEP_MIN 1.0
#define PACKET_BITS (180 * 8) /* payload of a packet less its share of PES headers and PCR */
#define MAX_RATE 0.6
#define BUFFER 0.7 /* an IDR picture may take most of it; it has the lead to come in */
#define SD_HEIGHT 576

/* The hash (XXH3, 64 bits) of the parameter sets of each format: another version of an encoder that writes
 * others is noticed, as its lessons could not follow those that are there. */
static const struct constant {
    const char *format;
    uint64_t sets;
} constants[] = {
    {"h264-576i25", 0x27E480982089F8BC},  {"h264-720p25", 0xAB87A2B86B936089},
    {"h264-720p50", 0x0DDA61DAD12E1CB0},  {"h264-1080i25", 0x3FFC430DBAD4E1FE},
    {"h264-1080p25", 0x732CD859886E9B44}, {"hevc-1080p50", 0x059F93BEC5EAF181},
    {"mpeg2-576i25", 0x31A65BC84801D298},
};

const char *encode_fault_text(enum encode_fault fault)
{
    switch (fault) {
    case ENCODE_OK:
        return "";
    case ENCODE_REFUSED:
        return "The video encoder stopped. Install libavcodec with libx264 and libx265 and run prepare "
               "again.";
    case ENCODE_OTHER_SET:
        return "This video encoder writes other parameter sets than the house's, so its lessons could not "
               "follow others on air. Use libx264, libx265 and FFmpeg of Debian 12.";
    case ENCODE_TOO_LARGE:
        return "A second of the picture does not fit its lane even at the lowest quality. Soften or shrink "
               "the picture's noise and run prepare again.";
    }
    return "unknown fault";
}

static void set_colours(AVCodecContext *context, const struct video_format *video)
{
    bool standard = video->height == SD_HEIGHT; /* ITU-R BT.601, 625 lines; else BT.709 */
    context->color_primaries = standard ? AVCOL_PRI_BT470BG : AVCOL_PRI_BT709;
    context->color_trc = standard ? AVCOL_TRC_SMPTE170M : AVCOL_TRC_BT709;
    context->colorspace = standard ? AVCOL_SPC_BT470BG : AVCOL_SPC_BT709;
    context->color_range = AVCOL_RANGE_MPEG;
}

static AVCodecContext *open_encoder(const struct video_format *video, const char *preset, double crf)
{
    const struct codec *rules = codec_get(video->codec);
    const AVCodec *codec = avcodec_find_encoder_by_name(rules->encoder);
    AVCodecContext *context = codec ? avcodec_alloc_context3(codec) : NULL;
    if (!context)
        return NULL;
    context->width = video->width;
    context->height = video->height;
    context->pix_fmt = AV_PIX_FMT_YUV420P;
    context->time_base = (AVRational){1, (int)video->fps};
    context->framerate = (AVRational){(int)video->fps, 1};
    context->sample_aspect_ratio = (AVRational){video->aspect_num, video->aspect_den};
    context->field_order = video->interlaced ? AV_FIELD_TT : AV_FIELD_PROGRESSIVE;
    context->thread_count = 1;
    set_colours(context, video);
    /* x264 and x265 aim at a buffer half full: what they then give the GOP, MAX_RATE + BUFFER / 2, just fits
     * the lane */
    double lane = (double)video->slots * PACKET_BITS;
    context->rc_max_rate = (int64_t)(MAX_RATE * lane);
    context->rc_buffer_size = (int)(BUFFER * lane);
    rules->set_options(context, video, preset, crf);
    if (avcodec_open2(context, codec, NULL) < 0)
        avcodec_free_context(&context);
    return context;
}

/* Gives all pictures and takes all access units. False when the encoder does not play its part. */
static bool encode_pictures(AVCodecContext *context, uint32_t count, AVFrame *const *pictures,
                            AVPacket **packets)
{
    uint32_t given = 0, got = 0;
    while (got < count) {
        int error = avcodec_receive_packet(context, packets[got]);
        if (error == 0) {
            got++;
        } else if (error != AVERROR(EAGAIN) || given > count) {
            return false;
        } else {
            AVFrame *picture = given < count ? pictures[given] : NULL;
            if (picture) {
                picture->pts = given;
                picture->quality = context->global_quality; /* MPEG-2 looks for it here */
            }
            if (avcodec_send_frame(context, picture) < 0)
                return false;
            given++;
        }
    }
    return true;
}

static bool has_house_sets(const struct video_format *video, const uint8_t *sets, size_t length)
{
    if (length > CODEC_SETS_MAX)
        return false;
    uint64_t hash = XXH3_64bits(sets, length);
    for (size_t i = 0; i < sizeof constants / sizeof *constants; i++) {
        size_t name = strlen(constants[i].format);
        if (strncmp(video->name, constants[i].format, name) == 0 &&
            (video->name[name] == 0 || video->name[name] == '-'))
            return constants[i].sets == hash;
    }
    return false;
}

bool encode_build_units(const struct house *house, AVPacket *const *packets, const bool *progressive,
                        struct access_unit *units, size_t *bytes)
{
    const struct video_format *video = &house->video;
    const struct codec *rules = codec_get(video->codec);
    uint8_t sets[CODEC_SETS_MAX];
    uint64_t shown = 0;
    *bytes = 0;
    for (uint32_t i = 0; i < video->fps; i++) {
        AVPacket *packet = packets[i];
        if (packet->pts < 0 || packet->pts >= video->fps || av_packet_make_writable(packet) < 0)
            return false;
        size_t length = rules->clean(packet, progressive && progressive[packet->pts], sets);
        if (i == 0 ? !has_house_sets(video, sets, length) || !rules->is_closed_start(packet) : length > 0)
            return false;
        units[i] = (struct access_unit){
            .bytes = packet->data,
            .length = packet->size,
            .pts = (int32_t)(packet->pts * video->frame_pts),
            .dts = (int32_t)(i * video->frame_pts) - (int32_t)video->reorder_pts,
        };
        if (units[i].pts < units[i].dts || (i == 0 && packet->pts != 0))
            return false;
        shown |= UINT64_C(1) << packet->pts;
        *bytes += packet->size;
    }
    return shown == (UINT64_C(1) << video->fps) - 1;
}

/* Encodes the pictures once. *late: bytes that do not fit; *bytes: all there are. */
static enum encode_fault encode_once(const struct house *house, const char *preset, double crf,
                                     AVFrame *const *pictures, AVPacket **packets, struct cell *cell,
                                     size_t *late, size_t *bytes)
{
    struct access_unit units[HOUSE_FRAMES_PER_SECOND_MAX];
    bool progressive[HOUSE_FRAMES_PER_SECOND_MAX];
    uint32_t count = house->video.fps;
    AVCodecContext *context = open_encoder(&house->video, preset, crf);
    enum encode_fault fault = ENCODE_OK;
    for (uint32_t i = 0; i < count; i++)
        progressive[i] = !pictures[i]->interlaced_frame;
    if (!context || !encode_pictures(context, count, pictures, packets))
        fault = ENCODE_REFUSED;
    else if (!encode_build_units(house, packets, progressive, units, bytes))
        fault = ENCODE_OTHER_SET;
    else
        *late = cell_build(cell, house, units, count);
    for (uint32_t i = 0; i < count; i++)
        av_packet_unref(packets[i]);
    avcodec_free_context(&context);
    return fault;
}

/* The quantiser for the next try: what is late must go, and a little more. */
static double next_crf(double crf, uint32_t again, size_t late, size_t bytes)
{
    if (again + 2 >= TRIES)
        return CRF_MAX;
    double octaves = late < bytes ? log2((double)bytes / (double)(bytes - late)) : 1;
    return fmin(crf + CRF_PER_OCTAVE * octaves + CRF_STEP_MIN, CRF_MAX);
}

static struct encode_result encode_until_it_fits(const struct house *house, const char *preset, double crf,
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
    AVPacket *packets[HOUSE_FRAMES_PER_SECOND_MAX];
    bool good = preset_is_known(preset);
    for (uint32_t i = 0; i < house->video.fps; i++)
        good = (packets[i] = av_packet_alloc()) && good;
    if (good)
        result = encode_until_it_fits(house, preset, crf, pictures, packets, cell);
    for (uint32_t i = 0; i < house->video.fps; i++)
        av_packet_free(&packets[i]);
    return result;
}
