/* A multiplex on air whose outputs are switched by the journal: which datagrams leave where, second by
 * second, driven by hand. */
#include "onair_bench.h"
#include "playout/partner_line.h"
#include "playout/rendering.h"

#define OUTPUTS 2 /* main, and a standby */
#define END (MONDAY_EIGHT + 13)

/* Each is entered as a revision that holds from its second on. */
static const struct action script[] = {
    {.kind = ACTION_OUTPUT, .from = MONDAY_EIGHT + 3, .output = "backup"},
    {.kind = ACTION_OUTPUT, .from = MONDAY_EIGHT + 5, .output = "main", .off = true},
    {.kind = ACTION_OUTPUT, .from = MONDAY_EIGHT + 7, .output = "backup", .off = true},
    {.kind = ACTION_OUTPUT, .from = MONDAY_EIGHT + 10, .output = "main"},
};

/* What the script comes to. */
static bool is_on(size_t output, int64_t second)
{
    const int64_t at = second - MONDAY_EIGHT;
    return output == 0 ? at < 5 || at >= 10 : at >= 3 && at < 7;
}

struct air {
    struct studio station;
    struct revisions revisions;
    struct programme programme; /* from its begin on */
    struct ahead *ahead;
    struct udp_output *outputs[OUTPUTS];
    int receivers[OUTPUTS];
    struct emission_ring *ring;
    struct partner_line *partner;
    struct onair *onair;
    GByteArray *rendered; /* from `first` on */
    uint64_t first;
    uint32_t faults;
};

static void enter_script(const struct small_station *small)
{
    char *text = g_strdup(SMALL_STATION), *output = strstr(text, "    <output ");
    GString *station = g_string_new_len(text, output - text);
    struct actions *actions = actions_new(DRAFT_ACTIONS);
    g_string_append(station, "<output name=\"main\" uri=\"udp://127.0.0.1:5004\"/><output name=\"backup\" "
                             "uri=\"udp://127.0.0.1:5005\" standby=\"true\"/></multiplex></station>");
    small_station_write(small, "station.xml", station->str);
    small_station_add_lesson(small, "p3/water.mp4", 7, "key", 1, NULL);
    revisions_enter(small, JOURNAL_ALWAYS);
    for (size_t i = 0; i < G_N_ELEMENTS(script); i++) {
        actions_add(actions, &script[i]);
        actions->list[i].revision = (uint32_t)i + 1;
        revisions_enter_acted(small, script[i].from, actions);
    }
    actions_free(&actions);
    g_string_free(station, TRUE);
    g_free(text);
}

static void open_outputs(struct air *air)
{
    for (size_t i = 0; i < OUTPUTS; i++) {
        struct bench bench; /* for its output */
        open_output(&bench);
        air->outputs[i] = bench.output;
        air->receivers[i] = bench.receiver;
    }
}

static bool append(void *context, const uint8_t *bytes, size_t length)
{
    g_byte_array_append(context, bytes, (guint)length);
    return true;
}

/* All that is sent from the first datagram of a second up to the one that has the first slot of END. */
static void render(struct air *air, int64_t begin)
{
    const struct slot_rate rate = air->programme.channels[0].rate;
    air->first = (slot_at(rate, begin, 0) + UDP_PACKETS - 1) / UDP_PACKETS * UDP_PACKETS;
    air->rendered = g_byte_array_new();
    struct rendering_job job = {.channels = air->programme.channels,
                                .channel_count = air->programme.count,
                                .first = air->first,
                                .end = slot_at(rate, END, 0) + UDP_PACKETS,
                                .sink = sink_new_function(append, air->rendered),
                                .report = count_fault,
                                .context = &air->faults};
    assert_int_equal(rendering_run(&job), RENDERING_DONE);
    sink_free(&job.sink);
}

/* On air from a second on, with the revisions that hold then and later. */
static void air_init(struct air *air, const struct small_station *small, int64_t begin)
{
    static const struct partner_message mine = {.stream = 7, .run = 1};
    struct diagnostics diagnostics = {0};
    *air = (struct air){0};
    assert_true(studio_open_station(small->path, &air->station));
    assert_true(revisions_init(&air->revisions, &air->station, &diagnostics));
    assert_true(programme_init(&air->programme, &air->revisions, 0, begin, INT64_MAX, &diagnostics));
    open_outputs(air);
    render(air, begin);
    air->ring = emission_ring_new(2);
    air->partner = partner_line_new(&mine, 2);
    air->ahead = ahead_new(&air->programme.channels[0], count_fault, &air->faults);
    for (size_t i = 1; i < air->programme.count; i++)
        assert_true(ahead_follow(air->ahead, &air->programme.channels[i], air->programme.channels[i].from));
    struct onair_job job = {.channel = &air->programme.channels[0],
                            .ahead = air->ahead,
                            .outputs = air->outputs,
                            .output_count = OUTPUTS,
                            .rings = &air->ring,
                            .ring_count = 1,
                            .partner = air->partner};
    clock_init(&job.clock, (struct clock_reading){0, begin * NS, 0}, 0);
    air->onair = onair_new(&job);
    assert_non_null(air->onair);
    ahead_fill(air->ahead, begin, begin + AHEAD_SECONDS);
    onair_start(air->onair, 0);
    assert_int_equal(onair_get_state(air->onair).first_slot, air->first);
    diagnostics_fini(&diagnostics);
}

static void air_fini(struct air *air)
{
    assert_int_equal(air->faults, 0);
    onair_free(&air->onair);
    ahead_free(&air->ahead);
    partner_line_free(&air->partner);
    emission_ring_free(&air->ring);
    for (size_t i = 0; i < OUTPUTS; i++) {
        udp_output_free(&air->outputs[i]);
        close(air->receivers[i]);
    }
    g_byte_array_unref(air->rendered);
    programme_fini(&air->programme);
    revisions_fini(&air->revisions);
    studio_close(&air->station);
}

/* The datagram that begins with slot k is there as it is rendered, or nothing is. */
static void check_received(struct air *air, size_t output, uint64_t k, bool expected)
{
    uint8_t packets[UDP_PACKETS * TS_PACKET + 1];
    const ssize_t got = recv(air->receivers[output], packets, sizeof packets, MSG_DONTWAIT);
    if (got != (expected ? UDP_PACKETS * TS_PACKET : -1))
        fail_msg("output %zu: %zd bytes of slot %llu, in second %lld", output, got, (unsigned long long)k,
                 (long long)(slot_second(air->programme.channels[0].rate, k) - MONDAY_EIGHT));
    if (expected)
        assert_memory_equal(packets, air->rendered->data + (k - air->first) * TS_PACKET,
                            UDP_PACKETS * TS_PACKET);
}

/* Sends the datagram that is ready; returns the second in which the next one begins. */
static int64_t send_next(struct air *air, uint64_t *k)
{
    onair_send(air->onair, onair_due(air->onair));
    *k += UDP_PACKETS;
    while (ahead_read(air->ahead) || ahead_build(air->ahead))
        ;
    return slot_second(air->programme.channels[0].rate, *k);
}

static void check_script(struct air *air, int64_t begin)
{
    uint64_t k = air->first, datagrams[OUTPUTS] = {0};
    for (int64_t second = begin, next; second < END; second = next) {
        const uint64_t sent = k;
        next = send_next(air, &k);
        for (size_t i = 0; i < OUTPUTS; i++) {
            check_received(air, i, sent, is_on(i, second));
            datagrams[i] += is_on(i, second);
        }
    }
    assert_true(datagrams[0] > 3 * 3600 && datagrams[1] > 3600); /* some of each were looked at */
    assert_int_equal(onair_get_state(air->onair).lost, 0);
    assert_int_equal(onair_get_state(air->onair).unready, 0);
}

/* --- the tests */

/* Each datagram to the second in which it begins, on both; what leaves is what is rendered. */
static void test_a_switch_holds_from_the_first_datagram_of_its_second(void **state)
{
    struct air air;
    enter_script(*state);
    air_init(&air, *state, MONDAY_EIGHT);
    check_script(&air, MONDAY_EIGHT);
    for (const struct emission *emission; (emission = emission_ring_peek(air.ring));) {
        const bool off = !is_on(0, emission->second) && !is_on(1, emission->second);
        assert_int_equal(emission->switched_off, off);
        assert_int_equal(emission->lost + emission->held, 0);
        emission_ring_drop(air.ring);
    }
    air_fini(&air);
}

/* It follows from the journal, not from what was there before. */
static void test_a_restart_finds_the_outputs_as_they_were_switched(void **state)
{
    struct air air;
    enter_script(*state);
    for (int64_t begin = MONDAY_EIGHT + 4; begin < MONDAY_EIGHT + 7; begin++) {
        air_init(&air, *state, begin);
        check_script(&air, begin);
        air_fini(&air);
    }
}

/* Nothing but what an output that is on did not take is lost, for this machine and for its partner. */
static void test_an_output_that_is_off_loses_nothing(void **state)
{
    struct air air;
    char error[256];
    uint64_t k;
    enter_script(*state);
    air_init(&air, *state, MONDAY_EIGHT + 5);
    udp_output_free(&air.outputs[0]); /* one that takes nothing */
    air.outputs[0] =
        udp_output_new(&(struct output){.uri = "udp://255.255.255.255:5004"}, "test", error, sizeof error);
    assert_non_null(air.outputs[0]);
    k = air.first;
    for (int64_t second = MONDAY_EIGHT + 5; second < MONDAY_EIGHT + 10; second = send_next(&air, &k)) {
        assert_int_equal(onair_get_state(air.onair).lost, 0);
        partner_line_listen(air.partner, second, onair_due(air.onair));
        assert_true(partner_line_get_message(air.partner)->sending);
    }
    for (int i = 1; i < 100; i++) {
        send_next(&air, &k);
        assert_int_equal(onair_get_state(air.onair).lost, i);
    }
    partner_line_listen(air.partner, MONDAY_EIGHT + 10, onair_due(air.onair));
    assert_false(partner_line_get_message(air.partner)->sending);
    air_fini(&air);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_switch_holds_from_the_first_datagram_of_its_second),
        TEST(test_a_restart_finds_the_outputs_as_they_were_switched),
        TEST(test_an_output_that_is_off_loses_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
