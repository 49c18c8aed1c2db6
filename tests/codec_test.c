/* Parameter sets, audio frames, and the limits of the decoder model that follow from them. */
#include "mux/measure/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Bits written one after the other: "1", "011", ... and numbers as ue(v). */
struct writer {
    uint8_t bytes[256];
    size_t at;
};

static void put(struct writer *writer, uint32_t value, uint32_t count)
{
    for (; count; count--, writer->at++)
        if (value >> (count - 1) & 1)
            writer->bytes[writer->at / 8] |= (uint8_t)(0x80 >> writer->at % 8);
}

static void put_ue(struct writer *writer, uint32_t value)
{
    uint32_t length = 0;

    while ((value + 1) >> (length + 1))
        length++;
    put(writer, 0, length);
    put(writer, value + 1, length + 1);
}

/* Main profile, level 4.0, 1920x1080 interlaced, with a NAL HRD of 8 Mb/s and 4 Mbit. */
static struct writer avc_with_hrd(uint32_t level)
{
    struct writer writer = {.bytes = {0, 0, 0, 1, 9, 0xF0, 0, 0, 1, 0x67, 77, 0x40, (uint8_t)level},
                            .at = 13 * 8};

    put_ue(&writer, 0);   /* seq_parameter_set_id */
    put_ue(&writer, 0);   /* log2_max_frame_num_minus4 */
    put_ue(&writer, 0);   /* pic_order_cnt_type */
    put_ue(&writer, 2);   /* log2_max_pic_order_cnt_lsb_minus4 */
    put_ue(&writer, 4);   /* max_num_ref_frames */
    put(&writer, 0, 1);   /* gaps */
    put_ue(&writer, 119); /* width */
    put_ue(&writer, 33);  /* height */
    put(&writer, 1, 3);   /* frame_mbs_only_flag 0, mb_adaptive 0, direct_8x8 1 */
    put(&writer, 1, 1);   /* cropping */
    for (int i = 0; i < 4; i++)
        put_ue(&writer, i == 3 ? 2 : 0);
    put(&writer, 1, 1); /* VUI */
    put(&writer, 0, 4); /* aspect, overscan, video signal, chroma location */
    put(&writer, 1, 1); /* timing */
    put(&writer, 1001, 32);
    put(&writer, 60000, 32);
    put(&writer, 1, 1);
    put(&writer, 1, 1); /* NAL HRD */
    put_ue(&writer, 0);
    put(&writer, 0, 4);
    put(&writer, 0, 4);
    put_ue(&writer, 8000000 / 64 - 1);
    put_ue(&writer, 4000000 / 16 - 1);
    put(&writer, 1, 1);
    put(&writer, 0x80, 8);
    put(&writer, 0xFFFFFFFF, 32);
    return writer;
}

static void the_nal_hrd_is_read(void **state)
{
    (void)state;
    struct writer writer = avc_with_hrd(40);
    struct tstd_limits limits;

    assert_true(codec_limits(CODEC_AVC, writer.bytes, writer.at / 8, &limits));
    assert_string_equal(limits.by, "NAL HRD");
    assert_int_equal(limits.rx, 9600000);
    assert_int_equal(limits.rb, 24000000);
    assert_int_equal(limits.unit_size, 500000);
    assert_int_equal(limits.mb_size, 16000 + 3750000 - 500000);
    writer = avc_with_hrd(77); /* no such level */
    assert_false(codec_limits(CODEC_AVC, writer.bytes, writer.at / 8, &limits));
}

static void what_is_cut_off_is_not_read(void **state)
{
    (void)state;
    struct writer writer = avc_with_hrd(40);
    struct tstd_limits limits;

    for (size_t length = 0; length < writer.at / 8 - 6; length++) {
        uint8_t *exact = malloc(length + 1);
        memcpy(exact, writer.bytes, length);
        exact = realloc(exact, length ? length : 1);
        if (codec_limits(CODEC_AVC, exact, length, &limits))
            assert_string_equal(limits.by, "level 4.0");
        free(exact);
    }
}

static void other_codecs_are_known(void **state)
{
    (void)state;
    struct tstd_limits limits;
    const uint8_t hevc[] = {0,    0, 1, 0x42, 1, 1, 0x21, 0x60, 0,    3, 0,
                            0xB0, 0, 3, 0,    0, 3, 0,    123,  0xA0, 0, 0};
    const uint8_t mpeg2[] = {0, 0, 1, 0xB3, 0x2D, 0x02, 0x40, 0x33, 0x24, 0x9F, 0x23, 0x81,
                             0, 0, 1, 0xB5, 0x14, 0x82, 0,    1,    0,    0,    0,    0};
    const uint8_t adts[] = {0, 0xFF, 0xF1, 0x4D, 0x80, 0x40, 0x1F, 0xFC, 0, 0};

    assert_true(codec_limits(CODEC_HEVC, hevc, sizeof hevc, &limits));
    assert_string_equal(limits.by, "level 4.1 high tier");
    assert_int_equal(limits.rb, 55000000);
    assert_true(codec_limits(CODEC_MPEG2_VIDEO, mpeg2, sizeof mpeg2, &limits));
    assert_string_equal(limits.by, "MP@ML");
    assert_int_equal(limits.rx, 18000000);
    assert_int_equal(limits.unit_size, 229376);
    assert_int_equal(limits.mb_size, 10000);
    assert_true(codec_limits(CODEC_AAC, adts, sizeof adts, &limits));
    assert_int_equal(limits.rx, 5529600); /* six channels with the low frequencies */
    assert_int_equal(limits.unit_size, 8976);
    assert_true(codec_limits(CODEC_TELETEXT, NULL, 0, &limits));
    assert_int_equal(limits.tb_size, 480);
    assert_false(codec_limits(CODEC_UNKNOWN, adts, sizeof adts, &limits));
}

static void streams_are_named_by_the_pmt(void **state)
{
    (void)state;
    const uint8_t ac3[] = {0x0A, 4, 'z', 'h', 'o', 0, 0x6A, 1, 0}, eac3[] = {0x7A, 1, 0},
                  cut[] = {0x52, 200, 0x6A};

    assert_int_equal(codec_of(0x06, ac3, sizeof ac3), CODEC_AC3);
    assert_int_equal(codec_of(0x06, eac3, sizeof eac3), CODEC_EAC3);
    assert_int_equal(codec_of(0x87, NULL, 0), CODEC_EAC3);
    assert_int_equal(codec_of(0x11, NULL, 0), CODEC_LATM);
    assert_int_equal(codec_of(0x06, cut, sizeof cut), CODEC_UNKNOWN);
    assert_int_equal(codec_of(0x24, NULL, 0), CODEC_HEVC);
    assert_int_equal(codec_of(0x05, NULL, 0), CODEC_SECTIONS);
    assert_string_equal(stream_codec_name(CODEC_AVC), "H.264");
}

static void frames_are_measured(void **state)
{
    (void)state;
    struct audio_frame frame;
    const uint8_t layer2[] = {0xFF, 0xFD, 0xA4, 0, 0, 0, 0}, layer3[] = {0xFF, 0xFB, 0x92, 0, 0, 0, 0};
    const uint8_t ac3[] = {0x0B, 0x77, 0, 0, 0x1C, 0x40, 0xE0}, none[] = {0xFF, 0xFF, 0xFF, 0, 0, 0, 0};

    assert_true(audio_frame_parse(AUDIO_FORMAT_MPEG, layer2, &frame)); /* 192 kb/s at 48 kHz */
    assert_int_equal(frame.bytes, 576);
    assert_int_equal(frame.samples, 1152);
    assert_true(audio_frame_parse(AUDIO_FORMAT_MPEG, layer3, &frame)); /* 128 kb/s at 44.1 kHz, padded */
    assert_int_equal(frame.bytes, 418);
    assert_true(audio_frame_parse(AUDIO_FORMAT_AC3, ac3, &frame)); /* 384 kb/s at 48 kHz */
    assert_int_equal(frame.bytes, 1536);
    assert_int_equal(frame.channels, 5);
    assert_false(audio_frame_parse(AUDIO_FORMAT_MPEG, none, &frame));
}

/* However the bytes are cut, frames begin and end where they do. */
static void frames_are_followed_in_any_pieces(void **state)
{
    (void)state;
    uint8_t bytes[20 + 5 * 576] = {0};

    for (size_t i = 0; i < 5; i++)
        memcpy(bytes + 20 + i * 576, (uint8_t[]){0xFF, 0xFD, 0xA4, 0}, 4);
    for (uint32_t piece = 8; piece < 700; piece += 13) {
        struct audio_framer framer = {.format = AUDIO_FORMAT_MPEG};
        uint32_t begun = 0, ended = 0;
        for (uint32_t i = 20; i < sizeof bytes;) {
            uint32_t to = 20 + ((i - 20) / piece + 1) * piece;
            struct audio_piece taken =
                audio_framer_take(&framer, bytes + i, (to < sizeof bytes ? to : (uint32_t)sizeof bytes) - i);
            assert_true(taken.bytes > 0);
            i += taken.bytes;
            begun += taken.begins;
            ended += taken.ends;
            assert_true(!taken.ends || (i - 20) % 576 == 0);
        }
        assert_int_equal(begun, 5);
        assert_int_equal(ended, 5);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_nal_hrd_is_read),    cmocka_unit_test(what_is_cut_off_is_not_read),
        cmocka_unit_test(other_codecs_are_known), cmocka_unit_test(streams_are_named_by_the_pmt),
        cmocka_unit_test(frames_are_measured),    cmocka_unit_test(frames_are_followed_in_any_pieces),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
