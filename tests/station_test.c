/* station.xml: what a good one becomes, and what is said of a bad one. */
#include "schedules/station.h"

#include "tests/schedules_fixture.h"

#define HEAD                                                                                                 \
    "<station xmlns='urn:chalkcast:station:1' id='sample' timezone='Asia/Shanghai' country='CHN'>\n"         \
    "<house video='h264-720p25' audio='mp2-128k'/>\n"                                                        \
    "<network network-id='0x2001' original-network-id='8193'><name xml:lang='zh'>示范网</name></network>\n"
#define MULTIPLEX "<multiplex name='m' transport-stream-id='1' delivery='dvb-c 64qam 6875000'>\n"
#define SERVICE(id, number, more)                                                                            \
    "<service id='" id "' service-id='" number "'" more "><name xml:lang='zh'>" id "</name></service>\n"
#define TAIL "</multiplex></station>\n"

static struct station *parse(const char *text, struct diagnostics *faults)
{
    return station_parse_bytes(text, strlen(text), "station.xml", faults);
}

static void assert_refused(const char *text, int line, const char *said)
{
    struct diagnostics faults = {0};
    assert_null(parse(text, &faults));
    assert_true(faults.errors > 0);
    assert_true(reported(&faults, line, said));
    diagnostics_fini(&faults);
}

static void assert_refused_for_service(const char *attributes_and_content, const char *said)
{
    char *text = g_strdup_printf(HEAD MULTIPLEX "<service %s</service>\n" TAIL, attributes_and_content);
    assert_refused(text, 5, said);
    g_free(text);
}

static void the_file_of_the_tests(void **state)
{
    (void)state;
    struct diagnostics faults = {0};
    struct station *station = station_parse("tests/data/schedules/station.xml", &faults);
    assert_non_null(station);
    assert_int_equal(faults.count, 0);
    assert_string_equal(station->file, "tests/data/schedules/station.xml");
    assert_string_equal(station->id, "two-towns");
    assert_string_equal(station->timezone, "Asia/Urumqi");
    assert_int_equal(zone_offset(station->zone, 1583107200), 6 * 3600);
    assert_string_equal(station->country, "CHN");
    assert_string_equal(station->video, "h264-720p25");
    assert_string_equal(station->audio, "mp2-192k");
    assert_string_equal(station->preset, "slow");
    assert_true(station->loudness == -23);
    assert_string_equal(station->logo, "pictures/logo.png");
    assert_int_equal(station->networks[0].network_id, 0x2001);
    assert_int_equal(station->networks[0].original_network_id, 0x2001);
    assert_int_equal(station->networks[0].name.count, 3);
    assert_string_equal(station->networks[0].name.list[1].language, "uig");
    assert_string_equal(station->networks[0].name.list[2].language, "eng");
    assert_string_equal(station->networks[0].name.list[2].utf8, "Two towns & a village");
    assert_int_equal(station->multiplex_count, 2);
    station_free(&station);
    assert_null(station);
}

static void its_multiplexes(void **state)
{
    (void)state;
    struct diagnostics faults = {0};
    struct station *station = station_parse("tests/data/schedules/station.xml", &faults);
    const struct multiplex_plan *first = &station->multiplexes[0], *second = &station->multiplexes[1];
    assert_string_equal(first->name, "primary");
    assert_int_equal(first->transport_stream_id, 1);
    assert_int_equal(first->text, TEXT_GB2312);
    assert_int_equal(first->delivery.frequency, 474000000);
    assert_int_equal(first->service_count, 2);
    assert_int_equal(first->output_count, 2);
    assert_string_equal(first->outputs[0].uri, "udp://239.255.12.1:5004");
    assert_string_equal(first->outputs[0].interface, "lo");
    assert_int_equal(first->outputs[0].ttl, 0);
    assert_false(first->outputs[0].rehearsal);
    assert_null(first->outputs[1].interface);
    assert_int_equal(first->outputs[1].ttl, 1);
    assert_true(first->outputs[1].rehearsal);
    assert_int_equal(first->outputs[0].pacing, PACING_SLEEP);
    assert_int_equal(first->outputs[1].pacing, PACING_SPIN);

    const struct service *service = &first->services[0];
    assert_string_equal(service->name.list[0].utf8, "小学 一年级"); /* a line break is a space */
    assert_string_equal(service->name.list[1].language, "tib");
    assert_int_equal(service->grade, 1);
    assert_string_equal(service->fallback, "fallback/p1.mp4");
    assert_int_equal(service->line, 16);

    assert_int_equal(second->text, TEXT_UTF8);
    assert_int_equal(second->delivery.frequency, 0);
    assert_int_equal(second->services[0].grade, 0);
    assert_null(second->services[0].fallback);
    size_t multiplex = 9;
    assert_ptr_equal(station_get_service(station, "j1", &multiplex), &second->services[0]);
    assert_int_equal(multiplex, 1);
    assert_ptr_equal(station_get_service(station, "p2", NULL), &first->services[1]);
    assert_null(station_get_service(station, "p3", NULL));
    station_free(&station);
}

static void pids_follow_from_service_id_or_are_written_down(void **state)
{
    (void)state;
    struct station *station = station_in(HEAD MULTIPLEX SERVICE("a", "101", "") SERVICE("b", "0xFFFF", "")
                                             SERVICE("c", "102", " pmt-pid='0x20' audio-pid='8190'") TAIL);
    const struct service *services = station->multiplexes[0].services;
    assert_int_equal(services[0].pmt_pid, 0x100 + 16 * 101);
    assert_int_equal(services[0].video_pid, 0x100 + 16 * 101 + 1);
    assert_int_equal(services[0].sounds[0].pid, 0x100 + 16 * 101 + 2);
    assert_int_equal(services[1].pmt_pid, 0x100 + 16 * (65535 % 480));
    assert_int_equal(services[2].pmt_pid, 0x20);
    assert_int_equal(services[2].video_pid, 0x100 + 16 * 102 + 1);
    assert_int_equal(services[2].sounds[0].pid, 8190);
    station_free(&station);
}

static void a_service_with_sounds_and_subtitles(void **state)
{
    (void)state;
    struct station *station =
        station_in(HEAD MULTIPLEX
                   "<service id='a' service-id='101' audio-pid='0x900' xml:lang='zh'><name>a</name>\n"
                   "<audio/><audio xml:lang='bo'/><audio kind='description'/>\n"
                   "<subtitles xml:lang='ug' kind='hard-of-hearing'/><subtitles xml:lang='ug' pid='0x901'/>\n"
                   "<house video='hevc-1080p50'/></service>\n" SERVICE(
                       "b", "102", "") "<service id='c' service-id='103'><name xml:lang='mn'>c</name>"
                                       "<house audio='aac-96k' video='mpeg2-576i25'/></service>\n" TAIL);
    const struct service *services = station->multiplexes[0].services;
    static const struct service_track sounds[] = {
        {"chi", false, 0x900}, {"tib", false, 0x100 + 16 * 101 + 3}, {"chi", true, 0x100 + 16 * 101 + 4}};
    static const struct service_track subtitles[] = {{"uig", true, 0x100 + 16 * 101 + 6},
                                                     {"uig", false, 0x901}};
    assert_int_equal(services[0].sound_count, 3);
    assert_int_equal(services[0].subtitle_count, 2);
    for (size_t i = 0; i < 3; i++) {
        assert_string_equal(services[0].sounds[i].language, sounds[i].language);
        assert_int_equal(services[0].sounds[i].for_impaired, sounds[i].for_impaired);
        assert_int_equal(services[0].sounds[i].pid, sounds[i].pid);
    }
    for (size_t i = 0; i < 2; i++) {
        assert_string_equal(services[0].subtitles[i].language, subtitles[i].language);
        assert_int_equal(services[0].subtitles[i].for_impaired, subtitles[i].for_impaired);
        assert_int_equal(services[0].subtitles[i].pid, subtitles[i].pid);
    }
    assert_string_equal(services[0].video, "hevc-1080p50");
    assert_string_equal(services[0].audio, "mp2-128k");
    assert_string_equal(services[1].video, "h264-720p25");
    assert_int_equal(services[1].sound_count, 1);
    assert_string_equal(services[1].sounds[0].language, "chi");
    assert_int_equal(services[1].subtitle_count, 0);
    assert_string_equal(services[2].audio, "aac-96k");
    assert_string_equal(services[2].video, "mpeg2-576i25");
    assert_string_equal(services[2].sounds[0].language, "mon");
    station_free(&station);
}

static void net_rates_are_exact(void **state)
{
    (void)state;
    static const struct {
        const char *delivery;
        enum modulation modulation;
        uint64_t num, den;
    } cases[] = {
        {"dvb-c 64qam 6875000", QAM_64, 646250000, 17}, /* 38 014 705.88 */
        {"dvb-c 256qam 6875000", QAM_256, 2585000000, 51},
        {"dvb-c 64qam 6900000", QAM_64, 648600000, 17}, /* 38 152 941.18 */
        {"dvb-c 128qam 6875000", QAM_128, 2261875000, 51},
        {"dvb-c 32qam 6875000", QAM_32, 1615625000, 51},
        {"dvb-c 16qam 1000000", QAM_16, 188000000, 51},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        char *text = g_strdup_printf(
            HEAD "<multiplex name='m' transport-stream-id='1' delivery='%s'>\n" SERVICE("a", "1", "") TAIL,
            cases[i].delivery);
        struct station *station = station_in(text);
        const struct delivery *delivery = &station->multiplexes[0].delivery;
        assert_int_equal(delivery->modulation, cases[i].modulation);
        assert_int_equal(delivery->bits_num, cases[i].num);
        assert_int_equal(delivery->bits_den, cases[i].den);
        assert_int_equal(delivery->bits_num * 204, (uint64_t)delivery->symbol_rate *
                                                       (cases[i].modulation + 3) * 188 * delivery->bits_den);
        station_free(&station);
        g_free(text);
    }
}

static void defaults(void **state)
{
    (void)state;
    struct station *station = station_in(HEAD MULTIPLEX SERVICE("a", "1", "") TAIL);
    assert_true(station->loudness == -24);
    assert_string_equal(station->preset, "medium");
    assert_null(station->logo);
    assert_int_equal(station->multiplexes[0].text, TEXT_GB2312);
    assert_int_equal(station->multiplexes[0].output_count, 0);
    station_free(&station);
}

static void order_does_not_matter(void **state)
{
    (void)state;
    struct station *station = station_in(
        "<station xmlns='urn:chalkcast:station:1' id='s' timezone='Asia/Shanghai' country='CHN'>" MULTIPLEX
        "<output uri='rtp://239.0.0.1:1'/>"
        "<service id='a' service-id='1'><fallback source='f'/><grade> 12 </grade>"
        "<name xml:lang='zh-Hans'>甲</name></service></multiplex>"
        "<network network-id='1' original-network-id='1'><name xml:lang='bo'>བོད</name></network>"
        "<house video='h264-720p25' audio='mp2-128k'/></station>");
    assert_int_equal(station->multiplexes[0].services[0].grade, 12);
    assert_string_equal(station->multiplexes[0].services[0].name.list[0].language, "chi");
    assert_string_equal(station->networks[0].name.list[0].language, "tib");
    station_free(&station);
}

static void languages_by_two_and_three_letters(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"zh", "chi"}, {"zh-CN", "chi"}, {"zho", "chi"}, {"chi", "chi"}, {"en", "eng"}, {"EN-gb", "eng"},
        {"bo", "tib"}, {"ug", "uig"},    {"mn", "mon"},  {"ii", "iii"},  {"kk", "kaz"}, {"ko", "kor"},
        {"ja", "jpn"}, {"ru", "rus"},    {"fr", "fre"},  {"de", "ger"},  {"za", "zha"}, {"yue", "yue"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(pairs); i++) {
        char *text =
            g_strdup_printf(HEAD MULTIPLEX "<service id='a' service-id='1'><name xml:lang='%s'>x</name>"
                                           "</service>\n" TAIL,
                            pairs[i][0]);
        struct station *station = station_in(text);
        assert_string_equal(station->multiplexes[0].services[0].name.list[0].language, pairs[i][1]);
        station_free(&station);
        g_free(text);
    }
    assert_refused_for_service("id='a' service-id='1'><name xml:lang='qq'>x</name>",
                               "xml:lang of <name> is \"qq\"; accepted are codes of ISO 639");
    assert_refused_for_service("id='a' service-id='1'><name>x</name>", "<name> has no xml:lang");
    assert_refused_for_service(
        "id='a' service-id='1'><name xml:lang='zh'>x</name><name xml:lang='zh-TW'>y</name>",
        "a second <name> in language chi");
}

static void values_out_of_range(void **state)
{
    (void)state;
    static const char *const wrong[][2] = {
        {"id='a b' service-id='1'>", "id of <service> is \"a b\"; accepted is a name of letters"},
        {"id='a' service-id='0'>",
         "service-id of <service> is \"0\"; accepted is a whole number from 1 to 65535"},
        {"id='a' service-id='0x10000'>", "service-id of <service> is \"0x10000\""},
        {"id='a' service-id='1.5'>", "service-id of <service> is \"1.5\"; accepted is a whole number"},
        {"id='a' service-id='-1'>", "service-id of <service> is \"-1\""},
        {"id='a' service-id='1' pmt-pid='0x1F'>", "pmt-pid of <service> is \"0x1F\""},
        {"id='a' service-id='1' video-pid='0x1FFF'>", "video-pid of <service> is \"0x1FFF\""},
        {"service-id='1'>", "<service> has no id; accepted is a name of letters"},
        {"id='a' service-id='1' colour='red'>",
         "colour is not an attribute of <service>; accepted are id, service-id"},
        {"id='a' service-id='1'><grade>13</grade>", "<grade> is \"13\"; accepted is a grade from 1"},
        {"id='a' service-id='1'><grade>1</grade><grade>2</grade>", "a second <grade> in <service>"},
        {"id='a' service-id='1'><fallback source='../x.mp4'/>", "source of <fallback> is \"../x.mp4\""},
        {"id='a' service-id='1'><fallback source='/x.mp4'/>", "source of <fallback> is \"/x.mp4\""},
        {"id='a' service-id='1'><fallback source='a//b'/>", "source of <fallback> is \"a//b\""},
        {"id='a' service-id='1'><fallback source='a/'/>", "source of <fallback> is \"a/\""},
        {"id='a' service-id='1'><fallback source='a\\b'/>", "source of <fallback> is \"a\\b\""},
        {"id='a' service-id='1'><title/>",
         "<title> is not expected in <service>; accepted are <name>, <grade>"},
        {"id='a' service-id='1'>text", "<service> holds text; accepted in it is <name>"},
        {"id='a' service-id='1'><name xml:lang='zh'> </name>",
         "<name> is \" \"; accepted is text that is not empty"},
        {"id='a' service-id='1'>", "<service> has no <name>"},
        {"id='a' service-id='1'><house/>", "<house> has neither video nor audio"},
        {"id='a' service-id='1'><house video='h264-720p25' logo='x'/>",
         "logo is not an attribute of <house>; accepted are video, audio"},
        {"id='a' service-id='1'><house video='h264 720'/>",
         "video of <house> is \"h264 720\"; accepted is the name of a house format"},
        {"id='a' service-id='1'><audio/>", "<audio> has no xml:lang"},
        {"id='a' service-id='1'><audio xml:lang='q'/>", "xml:lang of <audio> is \"q\""},
        {"id='a' service-id='1'><audio xml:lang='zh' kind='description'/>",
         "the first <audio> is of kind \"description\"; accepted is the main sound"},
        {"id='a' service-id='1'><audio xml:lang='zh' kind='hard-of-hearing'/>",
         "kind of <audio> is \"hard-of-hearing\"; accepted is description"},
        {"id='a' service-id='1'><subtitles xml:lang='zh' kind='description'/>",
         "kind of <subtitles> is \"description\"; accepted is hard-of-hearing"},
        {"id='a' service-id='1'><subtitles xml:lang='zh' pid='0x1FFF'/>", "pid of <subtitles> is \"0x1FFF\""},
        {"id='a' service-id='1'><audio xml:lang='zh'/><audio xml:lang='zho'/>",
         "a second <audio> in language chi; accepted is one of each language and kind"},
        {"id='a' service-id='1'><subtitles xml:lang='bo' kind='hard-of-hearing'/>"
         "<subtitles xml:lang='bo' kind='hard-of-hearing'/>",
         "a second <subtitles> in language tib of this kind"},
        {"id='a' service-id='1'><audio xml:lang='zh'/><audio xml:lang='bo'/><audio xml:lang='ug'/>"
         "<audio xml:lang='mn'/><audio xml:lang='kk'/>",
         "a fifth <audio> in <service>; accepted are at most 4"},
        {"id='a' service-id='1' audio-pid='300'><audio xml:lang='zh' pid='301'/>",
         "pid of the first <audio> and audio-pid of <service>; accepted is one of the two"},
        {"id='a' service-id='1'><audio xml:lang='zh'/><audio xml:lang='bo' pid='0x112'/>",
         "pid of <audio> tib of service \"a\" has PID 0x0112"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++)
        assert_refused_for_service(wrong[i][0], wrong[i][1]);
}

static void outputs_are_addresses(void **state)
{
    (void)state;
    static const char *const wrong[] = {"udp://239.255.12.256:5004", "udp://239.255.12.1",
                                        "udp://239.255.12.1:0",      "udp://239.255.12.1:65536",
                                        "http://1.2.3.4:80",         "udp://host:5004",
                                        "udp://239.255.12.1:5004/x", "udp://[ff02::1]:5004"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        char *text =
            g_strdup_printf(HEAD MULTIPLEX SERVICE("a", "1", "") "<output uri='%s'/>\n" TAIL, wrong[i]);
        assert_refused(text, 6, "uri of <output> is");
        g_free(text);
    }
    assert_refused(HEAD MULTIPLEX SERVICE("a", "1", "") "<output uri='udp://1.2.3.4:5' ttl='256'/>\n" TAIL, 6,
                   "ttl of <output> is \"256\"; accepted is a whole number from 0 to 255");
    assert_refused(HEAD MULTIPLEX SERVICE("a", "1", "") "<output uri='udp://1.2.3.4:5'/>\n"
                                                        "<output uri='rtp://1.2.3.4:5'/>\n" TAIL,
                   7, "<output> has address 1.2.3.4:5, which <output> (line 6) has");
}

static void deliveries_and_zones(void **state)
{
    (void)state;
    static const char *const wrong[] = {"dvb-c 64qam 7200001", "dvb-c 64qam 999999", "dvb-c 8qam 6875000",
                                        "dvb-t 64qam 6875000", "dvb-c 64qam"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        char *text = g_strdup_printf(
            HEAD "<multiplex name='m' transport-stream-id='1' delivery='%s'>\n" SERVICE("a", "1", "") TAIL,
            wrong[i]);
        assert_refused(text, 4, "delivery of <multiplex> is");
        g_free(text);
    }
    assert_refused(
        HEAD
        "<multiplex name='m' transport-stream-id='1' delivery='dtmb 32qam 0.4 pn945'>\n" SERVICE("a", "1", "")
            TAIL,
        4, "is \"dtmb 32qam 0.4 pn945\"; accepted is \"dtmb 16qam 0.8 pn595\": 4qam, 16qam or 64qam with");
    struct station *station =
        station_in(HEAD "<multiplex name='m' transport-stream-id='1' delivery='dtmb 16qam 0.8 pn595' "
                        "frequency='474000000'>\n" SERVICE("a", "1", "") TAIL);
    assert_int_equal(station->multiplexes[0].delivery.bits_num, 20791296);
    assert_int_equal(station->multiplexes[0].delivery.frequency, 474000000);
    station_free(&station);
    assert_refused(
        "<station xmlns='urn:chalkcast:station:1' id='s' timezone='Asia/Peking' country='cn'>\n</station>", 1,
        "timezone of <station> is \"Asia/Peking\"; accepted is the name of a time zone");
    assert_refused(
        "<station xmlns='urn:chalkcast:station:1' id='s' timezone='Asia/Peking' country='cn'>\n</station>", 1,
        "country of <station> is \"cn\"; accepted is three capital letters");
}

static void nothing_is_used_twice(void **state)
{
    (void)state;
    assert_refused(HEAD MULTIPLEX SERVICE("a", "1", "") SERVICE("a", "2", "") TAIL, 6,
                   "<service> has id \"a\", which <service> (line 5) has");
    assert_refused(HEAD MULTIPLEX SERVICE("a", "1", "") SERVICE("b", "0x1", "") TAIL, 6,
                   "service-id 1 in multiplex 1");
    /* 1 and 481 are equal modulo 480. */
    assert_refused(HEAD MULTIPLEX SERVICE("a", "1", "") SERVICE("b", "481", "") TAIL, 6,
                   "video-pid of service \"b\" (derived; may be written down) has PID 0x0111");
    assert_refused(
        HEAD MULTIPLEX SERVICE("a", "1", " video-pid='300' audio-pid='300'") TAIL, 5,
        "audio-pid of service \"a\" has PID 0x012C in multiplex 1, which video-pid of service \"a\"");
    assert_refused(HEAD MULTIPLEX SERVICE("a", "1", "") "</multiplex>" MULTIPLEX SERVICE("b", "1", "") TAIL,
                   6, "<multiplex> has name \"m\"");
    struct station *station = station_in(HEAD MULTIPLEX SERVICE("a", "1", "") SERVICE(
        "b", "481", " pmt-pid='0x100' video-pid='0x101' audio-pid='0x102'") TAIL);
    station_free(&station);
}

static void what_must_be_there(void **state)
{
    (void)state;
    struct diagnostics faults = {0};
    assert_null(parse(
        "<station xmlns='urn:chalkcast:station:1' id='s' timezone='Asia/Shanghai' country='CHN'/>", &faults));
    assert_true(reported(&faults, 1, "<station> has no <house>"));
    assert_true(reported(&faults, 1, "<station> has no <network>"));
    assert_true(reported(&faults, 1, "<station> has no <multiplex>"));
    diagnostics_fini(&faults);
    assert_refused(HEAD MULTIPLEX TAIL, 4, "<multiplex> has no <service>");
    assert_refused(HEAD "<house video='x' audio='y'/>\n" MULTIPLEX SERVICE("a", "1", "") TAIL, 4,
                   "a second <house> in <station>; accepted is one");
}

static void every_fault_at_once_in_order_of_line(void **state)
{
    (void)state;
    struct diagnostics faults = {0};
    assert_null(parse(HEAD MULTIPLEX SERVICE("a", "0", "") "<sevice/>\n" SERVICE(
                          "b", "2", " colour='red'") "<output uri='x'/>\n" SERVICE("b", "x", "") TAIL,
                      &faults));
    assert_int_equal(faults.errors, 6);
    for (size_t i = 0; i + 1 < faults.count; i++)
        assert_true(faults.list[i].line <= faults.list[i + 1].line);
    assert_true(reported(&faults, 5, "service-id of <service> is \"0\""));
    assert_true(
        reported(&faults, 6, "<sevice> is not expected in <multiplex>; accepted are <service>, <output>"));
    assert_true(reported(&faults, 7, "colour is not an attribute"));
    assert_true(reported(&faults, 8, "uri of <output> is \"x\""));
    assert_true(reported(&faults, 9, "service-id of <service> is \"x\""));
    assert_true(reported(&faults, 9, "id \"b\", which <service> (line 7) has"));
    diagnostics_fini(&faults);
}

static void files_that_cannot_be_read(void **state)
{
    (void)state;
    struct diagnostics faults = {0};
    assert_null(station_parse("tests/data/schedules/none.xml", &faults));
    assert_true(reported(&faults, 0, "cannot be read: No such file"));
    assert_null(station_parse("tests/data/schedules", &faults));
    assert_true(reported(&faults, 0, "cannot be read: not a file"));
    assert_int_equal(faults.errors, 2);
    diagnostics_fini(&faults);
}

static void a_timetable_is_no_station(void **state)
{
    (void)state;
    assert_refused("<timetable xmlns='urn:chalkcast:timetable:1'/>", 1,
                   "accepted is <station xmlns=\"urn:chalkcast:station:1\">");
    assert_refused("<station/>", 1, "the file begins with <station> of namespace \"\"");
}

static void the_sample_stations(void **state)
{
    (void)state;
    static const char *const others[] = {"schedules/examples/dtmb/station.xml",
                                         "schedules/examples/cable256/station.xml"};
    struct diagnostics faults = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        struct station *other = station_parse(others[i], &faults);
        assert_non_null(other);
        assert_int_equal(faults.count, 0);
        assert_int_equal(other->multiplex_count, 1);
        station_free(&other);
    }
    struct station *station = station_parse("schedules/examples/station.xml", &faults);
    assert_non_null(station);
    assert_int_equal(faults.count, 0);
    assert_int_equal(station->multiplexes[0].service_count, 12);
    for (size_t i = 0; i < 12; i++) {
        assert_int_equal(station->multiplexes[0].services[i].service_id, 101 + i);
        assert_int_equal(station->multiplexes[0].services[i].grade, 1 + i);
    }
    station_free(&station);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_file_of_the_tests),
        cmocka_unit_test(its_multiplexes),
        cmocka_unit_test(pids_follow_from_service_id_or_are_written_down),
        cmocka_unit_test(a_service_with_sounds_and_subtitles),
        cmocka_unit_test(net_rates_are_exact),
        cmocka_unit_test(defaults),
        cmocka_unit_test(order_does_not_matter),
        cmocka_unit_test(languages_by_two_and_three_letters),
        cmocka_unit_test(values_out_of_range),
        cmocka_unit_test(outputs_are_addresses),
        cmocka_unit_test(deliveries_and_zones),
        cmocka_unit_test(nothing_is_used_twice),
        cmocka_unit_test(what_must_be_there),
        cmocka_unit_test(every_fault_at_once_in_order_of_line),
        cmocka_unit_test(files_that_cannot_be_read),
        cmocka_unit_test(a_timetable_is_no_station),
        cmocka_unit_test(the_sample_stations),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
