/* The streams of a service and the delivery of a multiplex in PMT, SDT and NIT, byte by byte. */
#include "tests/tables_reader.h"

#define TRACKS                                                                                               \
    "<network network-id='1' original-network-id='1'><name xml:lang='zh'>网</name></network>\n"             \
    "<multiplex name='a' transport-stream-id='1' delivery='dvb-c 256qam 6875000'>\n"                         \
    "<service id='s0' service-id='101' xml:lang='zh'><name>一</name><house video='hevc-1080p50' "           \
    "audio='aac-96k'/><audio/><audio xml:lang='bo'/><audio kind='description'/>"                             \
    "<subtitles xml:lang='bo'/><subtitles kind='hard-of-hearing'/></service>\n"                              \
    "<service id='s1' service-id='102' xml:lang='zh'><name>二</name><house video='mpeg2-576i25'/>"          \
    "<subtitles xml:lang='ug'/></service>\n"                                                                 \
    "<service id='s2' service-id='103' xml:lang='zh'><name>三</name><house "                                \
    "video='h264-576i25'/></service>\n"                                                                      \
    "<service id='s3' service-id='104' xml:lang='zh'><name>四</name><house "                                \
    "video='h264-1080i25'/></service>\n"                                                                     \
    "</multiplex>"

struct expected { /* a descriptor: tag, length and body */
    const char *bytes;
    size_t length;
};
#define EXPECTED(text) ((struct expected){text, sizeof text - 1})

/* All descriptors of a list, in order. */
static void assert_descriptors(const dvbpsi_descriptor_t *list, struct expected expected)
{
    uint8_t bytes[512];
    size_t used = 0;
    for (; list; list = list->p_next, used += 2u + bytes[used + 1]) {
        bytes[used] = list->i_tag;
        bytes[used + 1] = list->i_length;
        memcpy(bytes + used + 2, list->p_data, list->i_length);
    }
    assert_int_equal(used, expected.length);
    assert_memory_equal(bytes, expected.bytes, used);
}

static void pmt_names_every_sound_and_subtitle(void **state)
{
    (void)state;
    static const struct {
        uint16_t pid;
        uint8_t type;
        struct expected descriptors;
    } streams[] = {
        {0x751, 0x24, EXPECTED("\x52\x01\x01")},
        {0x752, 0x0F,
         EXPECTED("\x52\x01\x02"
                  "\x0A\x04"
                  "chi\x00"
                  "\x7C\x01\x51")},
        {0x753, 0x0F,
         EXPECTED("\x52\x01\x03"
                  "\x0A\x04"
                  "tib\x00"
                  "\x7C\x01\x51")},
        {0x754, 0x0F,
         EXPECTED("\x52\x01\x04"
                  "\x0A\x04"
                  "chi\x03"
                  "\x7F\x05\x06\x87"
                  "chi"
                  "\x7C\x01\x51")},
        {0x756, 0x06,
         EXPECTED("\x52\x01\x06"
                  "\x59\x08"
                  "tib\x14\x00\x01\x00\x01")},
        {0x757, 0x06,
         EXPECTED("\x52\x01\x07"
                  "\x59\x08"
                  "chi\x24\x00\x01\x00\x01")},
    };
    struct reading reading;
    dvbpsi_pmt_t *pmt = NULL;
    read_station(&reading, TRACKS, FIXTURE_MIDNIGHT);
    dvbpsi_t *dvbpsi = dvbpsi_new(NULL, DVBPSI_MSG_NONE);
    dvbpsi_pmt_attach(dvbpsi, 101, keep_pmt, &pmt);
    push_lane(&reading, "PMT s0", dvbpsi);
    assert_non_null(pmt);
    const dvbpsi_pmt_es_t *stream = pmt->p_first_es;
    for (size_t i = 0; i < sizeof streams / sizeof *streams; i++, stream = stream->p_next) {
        assert_non_null(stream);
        assert_int_equal(stream->i_pid, streams[i].pid);
        assert_int_equal(stream->i_type, streams[i].type);
        assert_descriptors(stream->p_first_descriptor, streams[i].descriptors);
    }
    assert_null(stream);
    dvbpsi_pmt_delete(pmt);
    dvbpsi_pmt_detach(dvbpsi);
    dvbpsi_delete(dvbpsi);
    end_reading(&reading);
}

/* EN 300 468 Tables 26 and 87. */
static void sdt_tells_codec_raster_and_audience(void **state)
{
    (void)state;
    static const struct {
        char type;
        struct expected components;
    } services[] = {{0x1F, EXPECTED("\x50\x06\x09\x00\x01"
                                    "chi"
                                    "\x50\x06\xF6\x03\x02"
                                    "chi"
                                    "\x50\x06\xF6\x03\x03"
                                    "tib"
                                    "\x50\x06\xF6\x48\x04"
                                    "chi"
                                    "\x50\x06\xF3\x14\x06"
                                    "tib"
                                    "\x50\x06\xF3\x24\x07"
                                    "chi")},
                    {0x01, EXPECTED("\x50\x06\xF1\x03\x01"
                                    "chi"
                                    "\x50\x06\xF2\x03\x02"
                                    "chi"
                                    "\x50\x06\xF3\x12\x06"
                                    "uig")},
                    {0x16, EXPECTED("\x50\x06\xF5\x03\x01"
                                    "chi"
                                    "\x50\x06\xF2\x03\x02"
                                    "chi")},
                    {0x19, EXPECTED("\x50\x06\xF5\x0B\x01"
                                    "chi"
                                    "\x50\x06\xF2\x03\x02"
                                    "chi")}};
    struct reading reading;
    read_station(&reading, TRACKS, FIXTURE_MIDNIGHT);
    dvbpsi_sdt_t *sdt = decode(&reading, "SDT/BAT", 0x42).sdt;
    dvbpsi_nit_t *nit = decode(&reading, "NIT", 0x40).nit;
    assert_non_null(sdt);
    assert_non_null(nit);
    assert_body(nit->p_first_ts->p_first_descriptor, 0x41, "\0\x65\x1F\0\x66\x01\0\x67\x16\0\x68\x19", 12);
    const dvbpsi_sdt_service_t *service = sdt->p_first_service;
    for (size_t i = 0; i < 4; i++, service = service->p_next) {
        assert_int_equal(find_descriptor(service->p_first_descriptor, 0x48)->p_data[0], services[i].type);
        assert_descriptors(find_descriptor(service->p_first_descriptor, 0x50), services[i].components);
    }
    dvbpsi_sdt_delete(sdt);
    dvbpsi_nit_delete(nit);
    end_reading(&reading);
}

/* The delivery system descriptor of each system, byte by byte. */
static void nit_tells_how_to_tune(void **state)
{
    (void)state;
    static const struct {
        const char *delivery;
        struct expected descriptor;
    } cases[] = {
        {"dvb-c 256qam 6900000", EXPECTED("\x44\x0B\x04\x74\x00\x00\xFF\xF2\x05\x00\x69\x00\x0F")},
        /* 47 400 000 * 10 Hz = 0x02D34440; 8 MHz, 64-QAM, 3/4, 1/32, 8K */
        {"dvb-t 64qam 3/4 1/32", EXPECTED("\x5A\x0B\x02\xD3\x44\x40\x1F\x82\x02\xFF\xFF\xFF\xFF")},
        {"dvb-t qpsk 7/8 1/4 6mhz", EXPECTED("\x5A\x0B\x02\xD3\x44\x40\x5F\x04\x1A\xFF\xFF\xFF\xFF")},
        {"dvb-t2 50300000", EXPECTED("")},
        /* GB/T 28161: FEC 3, 16-QAM 3; C = 1, PN595; M = 720, MFN */
        {"dtmb 16qam 0.8 pn595", EXPECTED("\x5A\x0B\x02\xD3\x44\x40\x33\x22\x17\xFF\xFF\xFF\xFF")},
        {"dtmb 4qam-nr 0.8 pn945", EXPECTED("\x5A\x0B\x02\xD3\x44\x40\x32\x33\x17\xFF\xFF\xFF\xFF")},
        {"dtmb 64qam 0.4 pn420", EXPECTED("\x5A\x0B\x02\xD3\x44\x40\x15\x30\x17\xFF\xFF\xFF\xFF")},
        {"rate 20000000", EXPECTED("")},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct reading reading;
        char station[1024];
        snprintf(station, sizeof station,
                 "<network network-id='1' original-network-id='1'><name xml:lang='zh'>网</name></network>"
                 "<multiplex name='a' transport-stream-id='1' delivery='%s' frequency='474000000'>"
                 "<service id='s0' service-id='101'><name xml:lang='zh'>一</name></service></multiplex>",
                 cases[i].delivery);
        read_station(&reading, station, FIXTURE_MIDNIGHT);
        dvbpsi_nit_t *nit = decode(&reading, "NIT", 0x40).nit;
        assert_non_null(nit);
        const dvbpsi_descriptor_t *list = nit->p_first_ts->p_first_descriptor;
        assert_int_equal(list->i_tag, 0x41);
        assert_descriptors(list->p_next, cases[i].descriptor);
        dvbpsi_nit_delete(nit);
        end_reading(&reading);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pmt_names_every_sound_and_subtitle),
        cmocka_unit_test(sdt_tells_codec_raster_and_audience),
        cmocka_unit_test(nit_tells_how_to_tune),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
