/* station.xml: networks, channel numbers, bouquets and the policy of the guide. */
#include "schedules/station.h"

#include "tests/schedules_fixture.h"

#define HEAD                                                                                                 \
    "<station xmlns='urn:chalkcast:station:1' id='sample' timezone='Asia/Shanghai' country='CHN'>\n"         \
    "<house video='h264-720p25' audio='mp2-128k'/>\n"
#define NETWORK                                                                                              \
    "<network network-id='1' original-network-id='1'><name xml:lang='zh'>示范网</name></network>\n"
#define MULTIPLEX(name, number, more)                                                                        \
    "<multiplex name='" name "' transport-stream-id='" number "' delivery='dvb-c 64qam 6875000' " more ">\n" \
    "<service id='" name "' service-id='" number "'><name xml:lang='zh'>a</name></service>\n</multiplex>\n"
#define TAIL "</station>\n"

static void assert_refused(const char *text, int line, const char *said)
{
    struct diagnostics faults = {0};
    assert_null(station_parse_bytes(text, strlen(text), "station.xml", &faults));
    assert_true(reported(&faults, line, said));
    diagnostics_fini(&faults);
}

static void a_station_that_says_nothing_of_its_guide(void **state)
{
    (void)state;
    struct station *station = station_in(HEAD NETWORK MULTIPLEX("a", "1", "") TAIL);
    const struct guide_policy *guide = &station->guide;
    assert_int_equal(guide->days, 8);
    assert_int_equal(guide->others, OTHERS_NONE);
    assert_int_equal(guide->other_days, 1);
    assert_int_equal(guide->profile, RECEIVER_STANDARD);
    assert_true(guide->extended_events);
    assert_false(guide->single_events || guide->section_versions);
    assert_null(guide->authority);
    assert_int_equal(guide->bouquet_count, 0);
    assert_int_equal(station->network_count, 1);
    assert_null(station->networks[0].id);
    assert_int_equal(station->networks[0].dtmb_frequency, FREQUENCY_BINARY);
    assert_int_equal(station->networks[0].private_data_specifier, 0x28);
    assert_ptr_equal(station->multiplexes[0].network, station->networks);
    assert_int_equal(station->multiplexes[0].services[0].channel_number, 0);
    station_free(&station);
}

static void several_multiplexes_tell_of_one_another(void **state)
{
    (void)state;
    static const struct {
        const char *guide;
        enum guide_others others;
        bool tells;
    } cases[] = {{"", OTHERS_PRESENT, true},
                 {"<guide/>", OTHERS_PRESENT, true},
                 {"<guide others='none'/>", OTHERS_NONE, false},
                 {"<guide others='schedule' other-days='8'/>", OTHERS_SCHEDULE, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = g_strdup_printf(HEAD NETWORK "%s" MULTIPLEX("a", "1", "") MULTIPLEX("b", "2", "") TAIL,
                                     cases[i].guide);
        struct station *station = station_in(text);
        assert_int_equal(station->guide.others, cases[i].others);
        assert_int_equal(station_tells_of(station, 0, 1), cases[i].tells);
        assert_int_equal(station_tells_of(station, 1, 0), cases[i].tells);
        assert_false(station_tells_of(station, 1, 1));
        station_free(&station);
        g_free(text);
    }
}

static void a_policy(void **state)
{
    (void)state;
    struct station *station =
        station_in(HEAD "<guide days='64' others='schedule' other-days='0x40' profile='simple-versions' "
                        "authority='lessons.example.cn'>\n"
                        "<bouquet stage='senior' bouquet-id='0x2103'/>\n"
                        "<bouquet bouquet-id='65535' stage='primary'><name xml:lang='bo'>a</name></bouquet>\n"
                        "</guide>\n" NETWORK MULTIPLEX("a", "1", "") TAIL);
    const struct guide_policy *guide = &station->guide;
    assert_int_equal(guide->days, 64);
    assert_int_equal(guide->others, OTHERS_SCHEDULE);
    assert_int_equal(guide->other_days, 64);
    assert_int_equal(guide->profile, RECEIVER_VERSIONS);
    assert_false(guide->extended_events);
    assert_true(guide->single_events && guide->section_versions);
    assert_string_equal(guide->authority, "lessons.example.cn");
    assert_int_equal(guide->bouquet_count, 2);
    assert_int_equal(guide->bouquets[0].stage, STAGE_SENIOR);
    assert_int_equal(guide->bouquets[0].bouquet_id, 0x2103);
    assert_int_equal(guide->bouquets[0].line, 4);
    assert_int_equal(guide->bouquets[0].name.count, 2);
    assert_string_equal(guide->bouquets[0].name.list[0].utf8, "高中");
    assert_string_equal(guide->bouquets[0].name.list[1].language, "eng");
    assert_string_equal(guide->bouquets[0].name.list[1].utf8, "Senior school");
    assert_int_equal(guide->bouquets[1].stage, STAGE_PRIMARY);
    assert_int_equal(guide->bouquets[1].name.count, 1);
    assert_string_equal(guide->bouquets[1].name.list[0].language, "tib");
    station_free(&station);
}

static void profiles_stand_for_quirks(void **state)
{
    (void)state;
    struct station *station =
        station_in(HEAD NETWORK "<guide profile='simple'/>" MULTIPLEX("a", "1", "") TAIL);
    assert_int_equal(station->guide.profile, RECEIVER_SIMPLE);
    assert_true(station->guide.single_events);
    assert_false(station->guide.extended_events || station->guide.section_versions);
    station_free(&station);
}

static void stages_by_grade(void **state)
{
    (void)state;
    static const enum stage stages[] = {STAGE_NONE,    STAGE_PRIMARY, STAGE_PRIMARY, STAGE_PRIMARY,
                                        STAGE_PRIMARY, STAGE_PRIMARY, STAGE_PRIMARY, STAGE_JUNIOR,
                                        STAGE_JUNIOR,  STAGE_JUNIOR,  STAGE_SENIOR,  STAGE_SENIOR,
                                        STAGE_SENIOR};
    for (int grade = 0; grade <= 12; grade++)
        assert_int_equal(station_get_stage(grade), stages[grade]);
}

#define TWO_NETWORKS                                                                                         \
    "<network id='cable' network-id='1' original-network-id='1' private-data-specifier='0xFFFFFFFF'>"        \
    "<name xml:lang='zh'>a</name></network>\n"                                                               \
    "<network id='air' network-id='2' original-network-id='3' dtmb-frequency='bcd'>"                         \
    "<name xml:lang='zh'>b</name></network>\n"
#define NUMBERED(name, number, more, channel)                                                                \
    "<multiplex name='" name "' transport-stream-id='" number "' delivery='dvb-c 64qam 6875000' " more ">\n" \
    "<service id='" name "' service-id='1' channel-number='" channel "'><name xml:lang='zh'>a</name>"        \
    "</service>\n</multiplex>\n"

static void multiplexes_belong_to_networks(void **state)
{
    (void)state;
    struct station *station = station_in(HEAD NUMBERED("a", "1", "network='air'", "1") TWO_NETWORKS NUMBERED(
        "b", "2", "", "1") NUMBERED("c", "3", "network='cable'", "999") TAIL);
    assert_int_equal(station->network_count, 2);
    assert_int_equal(station->networks[0].private_data_specifier, 0xFFFFFFFF);
    assert_int_equal(station->networks[1].dtmb_frequency, FREQUENCY_BCD);
    assert_int_equal(station->networks[1].original_network_id, 3);
    assert_ptr_equal(station->multiplexes[0].network, &station->networks[1]);
    assert_ptr_equal(station->multiplexes[1].network, &station->networks[0]);
    assert_ptr_equal(station->multiplexes[2].network, &station->networks[0]);
    assert_int_equal(station->multiplexes[2].services[0].channel_number, 999);
    assert_false(station_tells_of(station, 0, 1));
    assert_true(station_tells_of(station, 1, 2));
    station_free(&station);
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *guide, *said;
    } cases[] = {
        {"<guide days='7'/>", "days of <guide> is \"7\"; accepted is a whole number from 8 to 64"},
        {"<guide days='65'/>", "days of <guide> is \"65\""},
        {"<guide other-days='9'/>", "other-days of <guide> is \"9\"; accepted is no more than days"},
        {"<guide other-days='0'/>", "other-days of <guide> is \"0\""},
        {"<guide others='all'/>", "others of <guide> is \"all\"; accepted is none, present or schedule"},
        {"<guide profile='old'/>", "profile of <guide> is \"old\"; accepted is standard, simple or"},
        {"<guide authority='example'/>", "authority of <guide> is \"example\"; accepted is a DNS name"},
        {"<guide><bouquet stage='primary'/></guide>", "<bouquet> has no bouquet-id"},
        {"<guide><bouquet bouquet-id='1'/></guide>", "<bouquet> has no stage; accepted is primary, junior"},
        {"<guide><bouquet stage='x' bouquet-id='1'/></guide>", "stage of <bouquet> is \"x\""},
        {"<guide><bouquet stage='junior' bouquet-id='1'/><bouquet stage='senior' bouquet-id='1'/></guide>",
         "<bouquet> has bouquet-id 1, which <bouquet> (line 3) has"},
        {"<guide><bouquet stage='junior' bouquet-id='1'/><bouquet stage='junior' bouquet-id='2'/></guide>",
         "<bouquet> has stage \"junior\", which <bouquet> (line 3) has"},
        {"<guide/><guide/>", "a second <guide> in <station>; accepted is one"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = g_strdup_printf(HEAD "%s\n" NETWORK MULTIPLEX("a", "1", "") TAIL, cases[i].guide);
        assert_refused(text, 3, cases[i].said);
        g_free(text);
    }
}

static void networks_that_are_refused(void **state)
{
    (void)state;
    assert_refused(HEAD TWO_NETWORKS MULTIPLEX("a", "1", "network='satellite'") TAIL, 5,
                   "network of <multiplex> is \"satellite\"; accepted is the id of a <network>");
    assert_refused(HEAD TWO_NETWORKS NETWORK MULTIPLEX("a", "1", "") TAIL, 5, "<network> has network-id 1");
    assert_refused(HEAD TWO_NETWORKS NETWORK MULTIPLEX("a", "1", "") TAIL, 5,
                   "a second <network> without id; accepted is one by which a <multiplex> names it");
    assert_refused(HEAD TWO_NETWORKS TWO_NETWORKS MULTIPLEX("a", "1", "") TAIL, 5,
                   "<network> has network id \"cable\"");
    assert_refused(HEAD TWO_NETWORKS NUMBERED("a", "1", "", "7") NUMBERED("b", "2", "network='cable'", "7")
                       TAIL,
                   9, "<service> has channel-number 7 in network 1, which <service> (line 6) has");
    assert_refused(HEAD NETWORK NUMBERED("a", "1", "", "1000") TAIL, 5,
                   "channel-number of <service> is \"1000\"; accepted is a whole number from 1 to 999");
    assert_refused(HEAD "<network network-id='1' original-network-id='1' dtmb-frequency='hex'>"
                        "<name xml:lang='zh'>b</name></network>\n" MULTIPLEX("a", "1", "") TAIL,
                   3, "dtmb-frequency of <network> is \"hex\"; accepted is binary or bcd");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_station_that_says_nothing_of_its_guide),
        cmocka_unit_test(several_multiplexes_tell_of_one_another),
        cmocka_unit_test(a_policy),
        cmocka_unit_test(profiles_stand_for_quirks),
        cmocka_unit_test(stages_by_grade),
        cmocka_unit_test(multiplexes_belong_to_networks),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(networks_that_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
