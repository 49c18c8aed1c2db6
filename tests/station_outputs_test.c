/* station.xml: the outputs of a station, and the names by which they are switched. */
#include "schedules/station.h"

#include "tests/schedules_fixture.h"

#define HEAD                                                                                                 \
    "<station xmlns='urn:chalkcast:station:1' id='s' timezone='Asia/Shanghai' country='CHN'>\n"              \
    "<house video='h264-720p25' audio='mp2-128k'/>\n"                                                        \
    "<network network-id='1' original-network-id='1'><name xml:lang='zh'>n</name></network>\n"
#define MULTIPLEX(name, number, outputs)                                                                     \
    "<multiplex name='" name "' transport-stream-id='" number "' delivery='dvb-c 64qam 6875000'>"            \
    "<service id='" name "' service-id='" number "'><name xml:lang='zh'>a</name></service>\n" outputs        \
    "</multiplex>\n"
#define TAIL "</station>\n"

static void assert_refused(const char *text, int line, const char *said)
{
    struct diagnostics faults = {0};
    assert_null(station_parse_bytes(text, strlen(text), "station.xml", &faults));
    assert_int_equal(faults.errors, 1);
    assert_true(reported(&faults, line, said));
    diagnostics_fini(&faults);
}

static void an_output_is_known_by_its_name_or_its_uri(void **state)
{
    (void)state;
    struct station *station = station_in(
        HEAD MULTIPLEX("m", "1", "<output name='a' uri='udp://1.2.3.4:5'/><output uri='rtp://1.2.3.4:6'/>\n")
            MULTIPLEX("a", "2", "<output name='c' uri='udp://1.2.3.4:7' standby='true'/>\n") TAIL);
    const struct multiplex_plan *first = &station->multiplexes[0], *second = &station->multiplexes[1];
    assert_string_equal(first->outputs[0].name, "a"); /* a multiplex may have the same */
    assert_string_equal(first->outputs[1].name, "rtp://1.2.3.4:6");
    assert_false(first->outputs[0].standby);
    assert_true(second->outputs[0].standby);
    assert_ptr_equal(station_get_output(station, "a"), &first->outputs[0]);
    assert_ptr_equal(station_get_output(station, "rtp://1.2.3.4:6"), &first->outputs[1]);
    assert_ptr_equal(station_get_output(station, "c"), &second->outputs[0]);
    assert_null(station_get_output(station, "udp://1.2.3.4:5")); /* it has a name */
    station_free(&station);
}

static void two_outputs_have_two_names(void **state)
{
    (void)state;
    assert_refused(
        HEAD MULTIPLEX("m", "1", "<output name='a' uri='udp://1.2.3.4:5'/>\n")
            MULTIPLEX("n", "2", "<output name='a' uri='udp://1.2.3.4:6'/>\n") TAIL,
        8,
        "<output> has output name \"a\", which <output> (line 5) has; accepted is one that nothing "
        "else has");
    assert_refused(HEAD MULTIPLEX("m", "1",
                                  "<output interface='eth0' uri='udp://1.2.3.4:5'/>\n"
                                  "<output interface='eth1' uri='udp://1.2.3.4:5'/>\n") TAIL,
                   6, "<output> without name, whose name is its uri, has output name \"udp://1.2.3.4:5\"");
    struct station *station =
        station_in(HEAD MULTIPLEX("m", "1",
                                  "<output interface='eth0' uri='udp://1.2.3.4:5'/>\n"
                                  "<output interface='eth1' uri='udp://1.2.3.4:5' name='b'/>\n") TAIL);
    station_free(&station);
}

static void what_is_no_name_and_no_standby(void **state)
{
    (void)state;
    assert_refused(HEAD MULTIPLEX("m", "1", "<output name='a b' uri='udp://1.2.3.4:5'/>\n") TAIL, 5,
                   "name of <output> is \"a b\"; accepted is a name of letters, digits");
    assert_refused(HEAD MULTIPLEX("m", "1", "<output standby='yes' uri='udp://1.2.3.4:5'/>\n") TAIL, 5,
                   "standby of <output> is \"yes\"; accepted is true or false");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_output_is_known_by_its_name_or_its_uri),
        cmocka_unit_test(two_outputs_have_two_names),
        cmocka_unit_test(what_is_no_name_and_no_standby),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
