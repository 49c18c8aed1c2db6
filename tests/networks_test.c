/* NIT and SDT of several multiplexes and networks, BAT, channel numbers and delivery systems: golden bytes,
 * and the same read back with libdvbpsi's own decoders. */
#include "epg/tables.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>
#include <dvbpsi/demux.h>
#include <dvbpsi/bat.h>
#include <dvbpsi/nit.h>
#include <dvbpsi/sdt.h>
#include "mux/packet.h"
#include "mux/section.h"
#include "mux/slot.h"
#include "tests/schedules_fixture.h"

#define CABLE "delivery='dvb-c 64qam 6875000' frequency='474000000'"
#define NETWORK(more, content)                                                                               \
    "<network network-id='0x2001' original-network-id='0x2002' " more                                        \
    "><name xml:lang='zh'>网</name>" content "</network>\n"
#define SERVICE(id, number, more, grade)                                                                     \
    "<service id='" id "' service-id='" number "' " more "><name xml:lang='zh'>" id "</name><grade>" grade   \
    "</grade></service>\n"
#define MULTIPLEX(name, number, more, services)                                                              \
    "<multiplex name='" name "' transport-stream-id='" number "' " more ">\n" services "</multiplex>\n"
#define STATION(content)                                                                                     \
    "<station xmlns='urn:chalkcast:station:1' id='t' timezone='Asia/Shanghai' country='CHN'>\n"              \
    "<house video='h264-720p25' audio='mp2-128k'/>\n" content "</station>"

struct made { /* a station and a lane of one of its multiplexes */
    struct station *station;
    struct house houses[64];
    struct carousel lane;
};

static void make_station(struct made *made, const char *text)
{
    size_t count = 0;
    *made = (struct made){.station = station_in(text)};
    for (size_t m = 0; m < made->station->multiplex_count; m++)
        for (size_t i = 0; i < made->station->multiplexes[m].service_count; i++)
            assert_true(house_parse("h264-720p25", "mp2-128k", &made->houses[count++]));
}

static void make_nit(struct made *made, const char *text, size_t multiplex)
{
    const struct wording wording = {.policy = TEXT_GB2312};
    make_station(made, text);
    assert_true(tables_build_nit(&made->lane, made->station, multiplex, made->houses, &wording));
}

static void make_sdt(struct made *made, const char *text, size_t multiplex)
{
    const struct wording wording = {.policy = TEXT_GB2312};
    make_station(made, text);
    assert_true(tables_build_sdt(&made->lane, made->station, multiplex, made->station->guide.others,
                                 made->houses, &wording));
}

static void unmake(struct made *made)
{
    carousel_fini(&made->lane);
    station_free(&made->station);
}

/* --- what libdvbpsi reads */

struct read {
    dvbpsi_nit_t *nits[4];
    dvbpsi_sdt_t *sdts[4];
    dvbpsi_bat_t *bats[4];
    size_t nit_count, sdt_count, bat_count;
};

static void keep_nit(void *data, dvbpsi_nit_t *nit)
{
    struct read *read = data;
    read->nits[read->nit_count++ % 4] = nit;
}

static void keep_sdt(void *data, dvbpsi_sdt_t *sdt)
{
    struct read *read = data;
    read->sdts[read->sdt_count++ % 4] = sdt;
}

static void keep_bat(void *data, dvbpsi_bat_t *bat)
{
    struct read *read = data;
    read->bats[read->bat_count++ % 4] = bat;
}

static void attach(dvbpsi_t *dvbpsi, uint8_t table_id, uint16_t extension, void *data)
{
    if (table_id == 0x40 || table_id == 0x41)
        assert_true(dvbpsi_nit_attach(dvbpsi, table_id, extension, keep_nit, data));
    else if (table_id == 0x42 || table_id == 0x46)
        assert_true(dvbpsi_sdt_attach(dvbpsi, table_id, extension, keep_sdt, data));
    else if (table_id == 0x4A)
        assert_true(dvbpsi_bat_attach(dvbpsi, table_id, extension, keep_bat, data));
    else
        assert_int_equal(table_id, 0x72);
}

static struct read read_lane(const struct made *made)
{
    struct read read = {0};
    dvbpsi_t *dvbpsi = dvbpsi_new(NULL, DVBPSI_MSG_NONE);
    assert_true(dvbpsi_AttachDemux(dvbpsi, attach, &read));
    for (uint32_t i = 0; i < made->lane.length; i++) {
        uint8_t packet[TS_PACKET];
        memcpy(packet, made->lane.packets + (size_t)made->lane.index[i] * TS_PACKET, TS_PACKET);
        packet_set_counter(packet, i);
        assert_true(dvbpsi_packet_push(dvbpsi, packet));
    }
    dvbpsi_DetachDemux(dvbpsi);
    dvbpsi_delete(dvbpsi);
    return read;
}

static void end_read(struct read *read)
{
    for (size_t i = 0; i < read->nit_count; i++)
        dvbpsi_nit_delete(read->nits[i]);
    for (size_t i = 0; i < read->sdt_count; i++)
        dvbpsi_sdt_delete(read->sdts[i]);
    for (size_t i = 0; i < read->bat_count; i++)
        dvbpsi_bat_delete(read->bats[i]);
}

static const dvbpsi_descriptor_t *find(const dvbpsi_descriptor_t *list, uint8_t tag)
{
    while (list && list->i_tag != tag)
        list = list->p_next;
    return list;
}

static void assert_body(const dvbpsi_descriptor_t *list, uint8_t tag, const void *body, size_t length)
{
    const dvbpsi_descriptor_t *descriptor = find(list, tag);
    assert_non_null(descriptor);
    assert_int_equal(descriptor->i_length, length);
    assert_memory_equal(descriptor->p_data, body, length);
}

/* The first section of a table_id in the lane, from its first packet. */
static const uint8_t *find_section(const struct made *made, uint8_t table_id)
{
    for (uint32_t i = 0; i < made->lane.length; i++) {
        const uint8_t *packet = made->lane.packets + (size_t)made->lane.index[i] * TS_PACKET;
        if (packet[1] & 0x40 && packet[5] == table_id)
            return packet + 5;
    }
    fail_msg("no section of table_id 0x%02X", table_id);
    return NULL;
}

/* The first descriptor of a delivery system in the NIT of a station with one multiplex. */
static void assert_delivery(const char *network, const char *delivery, uint8_t tag, const void *body,
                            size_t length)
{
    struct made made;
    char *text = g_strdup_printf(
        STATION("<network network-id='1' original-network-id='1' %s><name xml:lang='zh'>n</name></network>"
                "<multiplex name='m' transport-stream-id='1' delivery='%s' frequency='666000000'>" SERVICE(
                    "a", "1", "", "1") "</multiplex>"),
        network, delivery);
    make_nit(&made, text, 0);
    struct read read = read_lane(&made);
    assert_int_equal(read.nit_count, 1);
    if (length)
        assert_body(read.nits[0]->p_first_ts->p_first_descriptor, tag, body, length);
    else
        assert_null(find(read.nits[0]->p_first_ts->p_first_descriptor, tag));
    end_read(&read);
    unmake(&made);
    g_free(text);
}

static void dvb_t2_tells_its_plp(void **state)
{
    (void)state;
    assert_delivery("", "dvb-t2 40000000", 0x7F, NULL, 0);
    assert_delivery("", "dvb-t2 40000000 plp7", 0x7F, "\x04\x07\0\0", 4);
    assert_delivery("", "dvb-t2 40000000 plp255 system4660", 0x7F, "\x04\xFF\x12\x34", 4);
    /* 666 MHz is 66 600 000 * 10 Hz = 0x03F83C40; 8 MHz 0000, 32k 101, 1/128 100. */
    assert_delivery("", "dvb-t2 40000000 plp0 system1 8mhz 32k 1/128", 0x7F,
                    "\x04\x00\x00\x01\x03\x94\x00\x00\x03\xF8\x3C\x40\x00", 13);
    /* MISO 01, 7 MHz 0001, 16k 100, 19/256 110. */
    assert_delivery("", "dvb-t2 40000000 plp1 7mhz 16k 19/256 miso", 0x7F,
                    "\x04\x01\x00\x00\x47\xD0\x00\x00\x03\xF8\x3C\x40\x00", 13);
}

/* GB/T 28161 gives 0x5A to DTMB: FEC 3 (0.8), 16QAM 3; one carrier without pilots 2, PN595 2; B=52 M=720. */
static void dtmb_writes_its_frequency_either_way(void **state)
{
    (void)state;
    assert_delivery("", "dtmb 16qam 0.8 pn595", 0x5A, "\x03\xF8\x3C\x40\x33\x22\x17\xFF\xFF\xFF\xFF", 11);
    assert_delivery("dtmb-frequency='binary'", "dtmb 16qam 0.8 pn595", 0x5A,
                    "\x03\xF8\x3C\x40\x33\x22\x17\xFF\xFF\xFF\xFF", 11);
    assert_delivery("dtmb-frequency='bcd'", "dtmb 16qam 0.8 pn595", 0x5A,
                    "\x06\x66\x00\x00\x33\x22\x17\xFF\xFF\xFF\xFF", 11);
    /* One carrier with pilots 1, PN420 whose phase is fixed 1; B=52 M=240, SFN. */
    assert_delivery("", "dtmb 4qam 0.4 pn420 c1-pilots fixed m240 sfn", 0x5A,
                    "\x03\xF8\x3C\x40\x11\x11\x03\xFF\xFF\xFF\xFF", 11);
    /* 3780 carriers, PN945 whose phase varies 3; M=720, MFN. */
    assert_delivery("", "dtmb 64qam 0.6 pn945", 0x5A, "\x03\xF8\x3C\x40\x25\x33\x17\xFF\xFF\xFF\xFF", 11);
    /* Only DTMB's is in doubt. */
    assert_delivery("dtmb-frequency='bcd'", "dvb-t qpsk 1/2 1/4", 0x5A,
                    "\x03\xF8\x3C\x40\x1F\x00\x1A\xFF\xFF\xFF\xFF", 11);
}

static void assert_numbers(const char *network, const void *specifier, const void *numbers)
{
    struct made made;
    char *text = g_strdup_printf(
        STATION("<network network-id='1' original-network-id='1' %s><name xml:lang='zh'>n</name></network>"
                "<multiplex name='m' transport-stream-id='1' " CABLE
                ">" SERVICE("a", "257", "channel-number='1'", "1") SERVICE("b", "258", "", "2")
                    SERVICE("c", "259", "channel-number='999'", "3") "</multiplex>"),
        network);
    make_nit(&made, text, 0);
    struct read read = read_lane(&made);
    const dvbpsi_descriptor_t *list = read.nits[0]->p_first_ts->p_first_descriptor;
    assert_body(list, 0x5F, specifier, 4);
    assert_body(list, 0x83, numbers, 8);
    assert_null(find(list, 0x5F)->p_next->p_next); /* nothing else stands behind it */
    end_read(&read);
    unmake(&made);
    g_free(text);
}

static void channel_numbers_say_whose_they_are(void **state)
{
    (void)state;
    assert_numbers("", "\0\0\0\x28", "\x01\x01\xFC\x01\x01\x03\xFF\xE7");
    assert_numbers("private-data-specifier='0x233A'", "\0\0\x23\x3A", "\x01\x01\xFC\x01\x01\x03\xFF\xE7");
    assert_numbers("private-data-specifier='0x29'", "\0\0\0\x29", "\x01\x01\xC0\x01\x01\x03\xC3\xE7");
}

static void without_channel_numbers_there_is_no_descriptor(void **state)
{
    (void)state;
    struct made made;
    make_nit(&made, STATION(NETWORK("", "") MULTIPLEX("m", "1", CABLE, SERVICE("a", "1", "", "1"))), 0);
    struct read read = read_lane(&made);
    const dvbpsi_descriptor_t *list = read.nits[0]->p_first_ts->p_first_descriptor;
    assert_null(find(list, 0x5F));
    assert_null(find(list, 0x83));
    assert_null(find(read.nits[0]->p_first_descriptor, 0x73));
    end_read(&read);
    unmake(&made);
}

/* --- several networks and multiplexes */

#define TWO_NETWORKS                                                                                         \
    STATION("<guide authority='lessons.example.cn'/>\n" NETWORK(                                             \
        "id='cable'", "") "<network id='air' network-id='0x3001' original-network-id='0x3002'><name "        \
                          "xml:lang='en'>Air</name>"                                                         \
                          "</network>\n" MULTIPLEX("a", "7", CABLE, SERVICE("a", "101", "", "1")) MULTIPLEX( \
                              "b", "8", "network='air' delivery='dtmb 16qam 0.8 pn595'",                     \
                              SERVICE("b", "102", "", "2"))                                                  \
                              MULTIPLEX("c", "9", "network='cable' " CABLE, SERVICE("c", "103", "", "7")))

static void each_network_has_its_nit(void **state)
{
    (void)state;
    for (size_t multiplex = 0; multiplex < 3; multiplex++) {
        struct made made;
        make_nit(&made, TWO_NETWORKS, multiplex);
        struct read read = read_lane(&made);
        assert_int_equal(read.nit_count, 2);
        const size_t cable = read.nits[0]->i_network_id == 0x2001 ? 0 : 1;
        const dvbpsi_nit_t *own = read.nits[cable], *other = read.nits[1 - cable];
        assert_int_equal(own->i_table_id, multiplex == 1 ? 0x41 : 0x40);
        assert_int_equal(other->i_network_id, 0x3001);
        assert_int_equal(other->i_table_id, multiplex == 1 ? 0x40 : 0x41);
        assert_body(other->p_first_descriptor, 0x40, "Air", 3);
        assert_body(other->p_first_descriptor, 0x73, "lessons.example.cn", 18);
        assert_int_equal(own->p_first_ts->i_ts_id, 7);
        assert_int_equal(own->p_first_ts->i_orig_network_id, 0x2002);
        assert_int_equal(own->p_first_ts->p_next->i_ts_id, 9);
        assert_null(own->p_first_ts->p_next->p_next);
        assert_int_equal(other->p_first_ts->i_ts_id, 8);
        assert_int_equal(other->p_first_ts->i_orig_network_id, 0x3002);
        assert_null(other->p_first_ts->p_next);
        end_read(&read);
        unmake(&made);
    }
}

static void sdt_other_is_of_the_same_network(void **state)
{
    (void)state;
    struct made made;
    make_sdt(&made, TWO_NETWORKS, 0);
    struct read read = read_lane(&made);
    assert_int_equal(read.sdt_count, 2);
    const size_t actual = read.sdts[0]->i_extension == 7 ? 0 : 1;
    assert_int_equal(read.sdts[actual]->i_network_id, 0x2002);
    const dvbpsi_sdt_t *other = read.sdts[1 - actual];
    assert_memory_equal(find_section(&made, 0x42) + 3, "\x00\x07", 2);
    assert_memory_equal(find_section(&made, 0x46) + 3, "\x00\x09", 2);
    assert_int_equal(other->i_extension, 9);
    assert_int_equal(other->i_network_id, 0x2002);
    const dvbpsi_sdt_service_t *service = other->p_first_service;
    assert_int_equal(service->i_service_id, 103);
    assert_int_equal(service->i_running_status, 4);
    assert_non_null(find(service->p_first_descriptor, 0x48));
    assert_null(service->p_next);
    end_read(&read);
    unmake(&made);
}

static void the_flags_say_what_is_told_of_others(void **state)
{
    (void)state;
    static const struct {
        const char *guide;
        size_t tables;
        bool present, schedule;
    } cases[] = {{"", 2, true, false},
                 {"<guide others='none'/>", 1, false, false},
                 {"<guide others='present'/>", 2, true, false},
                 {"<guide others='schedule'/>", 2, true, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        struct made made;
        char *text = g_strdup_printf(
            STATION("%s" NETWORK("", "") MULTIPLEX("a", "7", CABLE, SERVICE("a", "101", "", "1"))
                        MULTIPLEX("b", "8", CABLE, SERVICE("b", "102", "", "2"))),
            cases[i].guide);
        make_sdt(&made, text, 1);
        struct read read = read_lane(&made);
        assert_int_equal(read.sdt_count, cases[i].tables);
        for (size_t table = 0; table < read.sdt_count; table++) {
            const dvbpsi_sdt_t *sdt = read.sdts[table];
            const bool actual = sdt->i_extension == 8;
            assert_int_equal(sdt->p_first_service->b_eit_present, actual || cases[i].present);
            assert_int_equal(sdt->p_first_service->b_eit_schedule, actual || cases[i].schedule);
        }
        end_read(&read);
        unmake(&made);
        g_free(text);
    }
}

/* --- bouquets */

#define THREE_STAGES                                                                                         \
    STATION("<guide others='none'>\n<bouquet stage='primary' bouquet-id='0x2101'/>\n"                        \
            "<bouquet stage='senior' bouquet-id='0x2103'><name xml:lang='en'>Sixth form</name></bouquet>\n"  \
            "</guide>\n" NETWORK("", "") MULTIPLEX("a", "7", CABLE,                                          \
                                                   SERVICE("a", "101", "", "1") SERVICE("b", "102", "", "7") \
                                                       SERVICE("c", "103", "", "6"))                         \
                MULTIPLEX("b", "8", CABLE, SERVICE("d", "104", "", "10") SERVICE("e", "105", "", "2")))

static void a_bouquet_holds_the_services_of_a_stage(void **state)
{
    (void)state;
    struct made made;
    make_sdt(&made, THREE_STAGES, 1);
    struct read read = read_lane(&made);
    assert_int_equal(read.sdt_count, 1);
    assert_int_equal(read.bat_count, 2);
    const size_t first = read.bats[0]->i_extension == 0x2101 ? 0 : 1;
    const dvbpsi_bat_t *primary = read.bats[first], *senior = read.bats[1 - first];
    assert_body(primary->p_first_descriptor, 0x47, "\x13\xD0\xA1\xD1\xA7", 5);
    assert_body(primary->p_first_descriptor, 0x5C,
                "chi\x05\x13\xD0\xA1\xD1\xA7"
                "eng\x0EPrimary school",
                27);
    const dvbpsi_bat_ts_t *stream = primary->p_first_ts;
    assert_int_equal(stream->i_ts_id, 7);
    assert_int_equal(stream->i_orig_network_id, 0x2002);
    assert_body(stream->p_first_descriptor, 0x41, "\x00\x65\x19\x00\x67\x19", 6);
    assert_int_equal(stream->p_next->i_ts_id, 8);
    assert_body(stream->p_next->p_first_descriptor, 0x41, "\x00\x69\x19", 3);
    assert_null(stream->p_next->p_next);
    assert_int_equal(senior->i_extension, 0x2103);
    assert_body(senior->p_first_descriptor, 0x47, "Sixth form", 10);
    assert_null(find(senior->p_first_descriptor, 0x5C));
    assert_int_equal(senior->p_first_ts->i_ts_id, 8);
    assert_body(senior->p_first_ts->p_first_descriptor, 0x41, "\x00\x68\x19", 3);
    assert_null(senior->p_first_ts->p_next);
    end_read(&read);
    unmake(&made);
}

/* EN 300 468 5.2.2, bit by bit: libdvbpsi's decoders do not look at reserved bits. */
static void a_bat_to_the_bit(void **state)
{
    (void)state;
    struct made made;
    make_sdt(&made,
             STATION("<guide><bouquet stage='junior' bouquet-id='0x2102'><name xml:lang='en'>J</name>"
                     "</bouquet></guide>" NETWORK("", "")
                         MULTIPLEX("m", "1", CABLE, SERVICE("a", "9", "", "8"))),
             0);
    const uint8_t *bat = find_section(&made, 0x4A);
    assert_memory_equal(bat, "\x4A\xF0\x1B\x21\x02", 5);
    assert_int_equal(bat[5] & 0xC1, 0xC1);
    assert_memory_equal(bat + 6,
                        "\x00\x00\xF0\x03\x47\x01J\xF0\x0B\x00\x01\x20\x02\xF0\x05\x41\x03\x00\x09\x19", 20);
    assert_int_equal(section_crc32(bat, 30), 0);
    unmake(&made);
}

/* A digest: it follows what the sub_table says, and nothing else. */
static void versions_follow_their_own_sub_table(void **state)
{
    (void)state;
    static const char *const names[] = {"J", "K"};
    uint8_t bat[2], sdt[2];
    for (int i = 0; i < 2; i++) {
        struct made made;
        char *text = g_strdup_printf(
            STATION("<guide><bouquet stage='junior' bouquet-id='2'><name xml:lang='en'>%s</name></bouquet>"
                    "</guide>" NETWORK("", "") MULTIPLEX("m", "1", CABLE, SERVICE("a", "9", "", "8"))),
            names[i]);
        make_sdt(&made, text, 0);
        bat[i] = find_section(&made, 0x4A)[5];
        sdt[i] = find_section(&made, 0x42)[5];
        unmake(&made);
        g_free(text);
    }
    assert_int_not_equal(bat[0], bat[1]);
    assert_int_equal(sdt[0], sdt[1]);
}

/* What must be said of the names of bouquets is said once, at their line. */
static void changed_words_of_a_bouquet_are_reported(void **state)
{
    (void)state;
    struct made made;
    struct diagnostics diagnostics = {0};
    const struct wording wording = {
        .policy = TEXT_GB2312, .diagnostics = &diagnostics, .file = "station.xml"};
    make_station(&made, STATION("<guide others='present'>\n<bouquet stage='junior' bouquet-id='2'>"
                                "<name xml:lang='zh'>二〇中</name></bouquet></guide>\n" NETWORK("", "")
                                    MULTIPLEX("m", "1", CABLE, SERVICE("a", "9", "", "8"))
                                        MULTIPLEX("n", "2", CABLE, SERVICE("b", "9", "", "8"))));
    for (size_t multiplex = 0; multiplex < 2; multiplex++) {
        assert_true(
            tables_build_sdt(&made.lane, made.station, multiplex, OTHERS_PRESENT, made.houses, &wording));
        carousel_fini(&made.lane);
    }
    assert_int_equal(diagnostics.count, 1);
    assert_int_equal(diagnostics.list[0].line, 4);
    assert_non_null(strstr(diagnostics.list[0].text, "bouquet name"));
    diagnostics_fini(&diagnostics);
    unmake(&made);
}

/* A multiplex of another coding sends other words, so what must be said of them is said for each coding. */
static void changed_words_are_reported_once_for_each_coding(void **state)
{
    (void)state;
    static const enum text_policy policies[] = {TEXT_GB2312, TEXT_GBK, TEXT_GBK};
    struct made made;
    struct diagnostics diagnostics = {0};
    make_station(&made,
                 STATION(NETWORK("", "") MULTIPLEX("a", "1", CABLE,
                                                   "<service id='a' service-id='1'><name xml:lang='zh'>"
                                                   "½</name></service>\n")
                             MULTIPLEX("b", "2", CABLE " text='gbk'", SERVICE("b", "2", "", "1"))
                                 MULTIPLEX("c", "3", CABLE " text='gbk'", SERVICE("c", "3", "", "1"))));
    for (size_t multiplex = 0; multiplex < 3; multiplex++) {
        const struct wording wording = {
            .policy = policies[multiplex], .diagnostics = &diagnostics, .file = "station.xml"};
        assert_true(
            tables_build_sdt(&made.lane, made.station, multiplex, OTHERS_PRESENT, made.houses, &wording));
        carousel_fini(&made.lane);
        assert_int_equal(diagnostics.count, multiplex == 0 ? 1 : 2);
    }
    assert_int_equal(diagnostics.list[1].line, diagnostics.list[0].line);
    diagnostics_fini(&diagnostics);
    unmake(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(dvb_t2_tells_its_plp),
        cmocka_unit_test(dtmb_writes_its_frequency_either_way),
        cmocka_unit_test(channel_numbers_say_whose_they_are),
        cmocka_unit_test(without_channel_numbers_there_is_no_descriptor),
        cmocka_unit_test(each_network_has_its_nit),
        cmocka_unit_test(sdt_other_is_of_the_same_network),
        cmocka_unit_test(the_flags_say_what_is_told_of_others),
        cmocka_unit_test(a_bouquet_holds_the_services_of_a_stage),
        cmocka_unit_test(a_bat_to_the_bit),
        cmocka_unit_test(versions_follow_their_own_sub_table),
        cmocka_unit_test(changed_words_of_a_bouquet_are_reported),
        cmocka_unit_test(changed_words_are_reported_once_for_each_coding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
