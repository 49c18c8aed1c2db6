/* Two machines that send one stream: what they tell each other, what they make of it, and who is silent. Each
 * is a line with a thread on air that is played by hand; the network between them too. */
#include "playout/partner_line.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

#define NS INT64_C(1000000000)
#define MS INT64_C(1000000)
#define SERVICES 2
#define START 1000 /* second of the stream in which both are on air */
#define SLOTS 25000

struct machine {
    struct partner_line *line;
    int64_t now_ns; /* monotonic */
    struct shown here[SERVICES], next[SERVICES];
    uint64_t digest;
    bool told; /* it had something to tell at once */
};

struct pair {
    struct machine a, b; /* a was on air first */
};

static struct partner_message describe(int64_t since_ns, uint64_t run)
{
    return (struct partner_message){
        .stream = 7, .run = run, .since_ns = since_ns, .station = 11, .program = 12};
}

static void machine_init(struct machine *machine, const struct partner_message *mine)
{
    *machine = (struct machine){.now_ns = 5000 * NS, .digest = 42};
    machine->line = partner_line_new(mine, SERVICES);
    assert_non_null(machine->line);
}

static void pair_init(struct pair *pair)
{
    const struct partner_message first = describe(10, 100), second = describe(20, 50);
    machine_init(&pair->a, &first);
    machine_init(&pair->b, &second);
}

static void pair_fini(struct pair *pair)
{
    partner_line_free(&pair->a.line);
    partner_line_free(&pair->b.line);
    assert_null(pair->a.line);
}

static void set_journal(struct machine *machine, uint32_t holds, int64_t from)
{
    static const uint8_t head[JOURNAL_HASH] = {1};
    partner_line_set_journal(machine->line, 3, head, holds, from);
}

static struct emission emission_of(struct machine *machine, int64_t second)
{
    return (struct emission){.second = second,
                             .first = (uint64_t)second * SLOTS,
                             .last = (uint64_t)second * SLOTS + SLOTS - 1,
                             .digest = machine->digest,
                             .revision = machine->here[0].revision,
                             .pages_second = second,
                             .services = SERVICES,
                             .here = machine->here,
                             .next = machine->next};
}

/* What the thread on air does at the beginning and at the end of a second. */
static bool begin(struct machine *machine, int64_t second)
{
    const struct emission emission = emission_of(machine, second);
    return partner_line_turn(machine->line, &emission);
}

static void end(struct machine *machine, int64_t second)
{
    struct emission *room = emission_ring_room(partner_line_ring(machine->line));
    const struct emission emission = emission_of(machine, second);
    assert_non_null(room);
    memcpy(room->here, emission.here, sizeof machine->here);
    memcpy(room->next, emission.next, sizeof machine->next);
    struct shown *here = room->here, *next = room->next;
    *room = emission;
    room->here = here;
    room->next = next;
    emission_ring_publish(partner_line_ring(machine->line));
}

/* Through the bytes, as the network carries them. */
static void tell(struct machine *from, struct machine *to, int64_t second)
{
    uint8_t bytes[PARTNER_MESSAGE_MAX];
    struct partner_message message;
    from->told = partner_line_listen(from->line, second, from->now_ns);
    struct partner_message sent = *partner_line_get_message(from->line);
    sent.times.sent_at = second * NS;
    assert_true(partner_message_parse(bytes, partner_message_build(&sent, bytes), &message));
    assert_true(partner_line_hear(to->line, &message, to->now_ns));
}

static void talk(struct pair *pair, int64_t second)
{
    tell(&pair->a, &pair->b, second);
    tell(&pair->b, &pair->a, second);
}

static void pass(struct pair *pair, int64_t ns)
{
    pair->a.now_ns += ns;
    pair->b.now_ns += ns;
}

static void begin_both(struct pair *pair, int64_t second)
{
    begin(&pair->a, second);
    begin(&pair->b, second);
    talk(pair, second);
}

static void end_both(struct pair *pair, int64_t second)
{
    end(&pair->a, second);
    end(&pair->b, second);
    pass(pair, 100 * MS);
    talk(pair, second);
}

static bool is_silent(struct machine *machine, bool planned)
{
    return partner_line_holds_back(machine->line, planned, machine->now_ns);
}

static enum divergence_cause cause_at(const struct machine *machine)
{
    return partner_line_judge(machine->line, machine->now_ns).divergence.cause;
}

/* --- what they agree about */

static void test_two_that_are_alike_both_send(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    for (int64_t second = START; second < START + 10; second++) {
        begin_both(&pair, second);
        assert_false(is_silent(&pair.a, true) || is_silent(&pair.b, true));
        end_both(&pair, second);
        assert_true(pair.a.told);
        assert_int_equal(cause_at(&pair.a), DIVERGENCE_NONE);
        assert_true(partner_line_judge(pair.a.line, pair.a.now_ns).heard);
        assert_true(partner_line_judge(pair.a.line, pair.a.now_ns).sending);
        pair.a.digest = pair.b.digest = pair.a.digest * 31;
    }
    pair_fini(&pair);
}

static void test_one_that_is_alone_sends_whatever_it_has(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    pair.a.next[1].cause = SHOWN_UNREADABLE;
    assert_false(begin(&pair.a, START));
    assert_false(is_silent(&pair.a, false));
    assert_false(partner_line_judge(pair.a.line, pair.a.now_ns).heard);
    pair_fini(&pair);
}

/* --- who is silent */

static void test_what_is_not_as_planned_is_left_to_a_healthy_partner(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    begin_both(&pair, START);
    pair.a.next[1].cause = SHOWN_UNREADABLE;
    assert_false(begin(&pair.a, START + 1));
    begin(&pair.b, START + 1);
    assert_true(is_silent(&pair.a, false));
    talk(&pair, START + 1);
    assert_false(is_silent(&pair.b, true));
    assert_false(partner_line_get_message(pair.a.line)->sending);
    pass(&pair, PARTNER_PATIENCE_NS - 1);
    assert_true(is_silent(&pair.a, false));
    pass(&pair, 1); /* b is gone */
    assert_false(is_silent(&pair.a, false));
    pair_fini(&pair);
}

static void test_two_that_lack_the_same_both_send_the_fallback(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    pair.a.here[0].cause = pair.b.here[0].cause = SHOWN_UNREADABLE;
    begin_both(&pair, START);
    assert_false(is_silent(&pair.a, false) || is_silent(&pair.b, false));
    end_both(&pair, START);
    assert_false(is_silent(&pair.a, false) || is_silent(&pair.b, false));
    pair_fini(&pair);
}

/* The reader knows of a fault some seconds before it airs. */
static void test_a_partner_that_doubts_a_second_is_not_relied_on(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    partner_line_doubt(pair.b.line, START + 3);
    partner_line_doubt(pair.b.line, START + 4);
    begin_both(&pair, START);
    static const bool relied_on[] = {true, true, false, false, false};
    for (int64_t i = 0; i < 5; i++) {
        begin(&pair.a, START + i); /* without a word from b */
        assert_int_equal(is_silent(&pair.a, false), relied_on[i]);
    }
    begin_both(&pair, START + 5); /* it is over */
    assert_true(is_silent(&pair.a, false));
    pair_fini(&pair);
}

static void test_a_partner_whose_outputs_take_nothing_is_not_relied_on(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    begin_both(&pair, START);
    partner_line_lose(pair.b.line, pair.b.now_ns);
    talk(&pair, START);
    assert_true(pair.b.told);
    assert_false(is_silent(&pair.a, false));
    pass(&pair, PARTNER_PATIENCE_NS);
    talk(&pair, START);
    assert_true(is_silent(&pair.a, false));
    pair_fini(&pair);
}

static void test_a_partner_that_goes_off_air_says_so(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    begin_both(&pair, START);
    assert_true(is_silent(&pair.a, false));
    partner_line_leave(pair.b.line);
    talk(&pair, START);
    assert_true(pair.b.told);
    assert_false(is_silent(&pair.a, false));
    pair_fini(&pair);
}

/* Its sender hangs, its talk goes on. */
static void test_a_partner_whose_air_stands_still_is_not_relied_on(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    begin_both(&pair, START);
    begin(&pair.a, START + 2);
    talk(&pair, START + 2);
    assert_false(is_silent(&pair.a, false));
    pair_fini(&pair);
}

/* --- revisions */

static void set_revisions(struct machine *machine, uint32_t here, uint32_t next)
{
    for (int i = 0; i < SERVICES; i++) {
        machine->here[i].revision = here;
        machine->next[i].revision = next;
    }
}

/* It begins in second START + 2; its first cells leave in the second before. */
static void test_who_is_stale_is_silent_from_the_very_second(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    set_journal(&pair.a, 1, 0);
    set_journal(&pair.b, 2, START + 2);
    set_revisions(&pair.a, 1, 1);
    static const uint32_t revisions[] = {1, 1, 2, 2, 2};
    for (int64_t i = 0; i < 4; i++) {
        set_revisions(&pair.b, revisions[i], revisions[i + 1]);
        begin_both(&pair, START + i);
        assert_int_equal(is_silent(&pair.a, true), i >= 1);
        assert_false(is_silent(&pair.b, true));
        assert_int_equal(cause_at(&pair.a), DIVERGENCE_REVISION_HERE);
        assert_int_equal(cause_at(&pair.b), DIVERGENCE_REVISION_THERE);
        if (i == 1)
            pair.b.digest++;
        end_both(&pair, START + i);
        assert_false(is_silent(&pair.b, true));
    }
    set_journal(&pair.a, 2, START + 2); /* it learns of it late: cells of the old one are still in memory */
    set_revisions(&pair.a, 1, 2);
    begin_both(&pair, START + 4);
    assert_true(is_silent(&pair.a, true));
    set_revisions(&pair.a, 2, 2);
    pair.a.digest = pair.b.digest;
    begin_both(&pair, START + 5);
    end_both(&pair, START + 5);
    assert_false(is_silent(&pair.a, true));
    assert_int_equal(cause_at(&pair.a), DIVERGENCE_NONE);
    pair_fini(&pair);
}

static void test_a_journal_that_is_behind_is_told_and_silences_nobody(void **state)
{
    (void)state;
    static const uint8_t head[JOURNAL_HASH] = {2};
    struct pair pair;
    pair_init(&pair);
    set_journal(&pair.a, 2, 0);
    partner_line_set_journal(pair.b.line, 4, head, 2, 0); /* the newest holds tomorrow */
    set_revisions(&pair.a, 2, 2);
    set_revisions(&pair.b, 2, 2);
    begin_both(&pair, START);
    end_both(&pair, START);
    assert_int_equal(cause_at(&pair.a), DIVERGENCE_BEHIND_HERE);
    assert_int_equal(cause_at(&pair.b), DIVERGENCE_BEHIND_THERE);
    assert_false(is_silent(&pair.a, true) || is_silent(&pair.b, true));
    pair_fini(&pair);
}

static void test_a_revision_that_both_have_silences_nobody(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    set_journal(&pair.a, 2, START + 2);
    set_journal(&pair.b, 2, START + 2);
    static const uint32_t revisions[] = {1, 1, 2, 2, 2};
    for (int64_t i = 0; i < 4; i++) {
        set_revisions(&pair.a, revisions[i], revisions[i + 1]);
        set_revisions(&pair.b, revisions[i], revisions[i + 1]);
        begin_both(&pair, START + i);
        assert_false(is_silent(&pair.a, true) || is_silent(&pair.b, true));
        end_both(&pair, START + i);
    }
    pair_fini(&pair);
}

/* --- bytes that differ */

static void test_bytes_that_differ_are_named_and_one_is_silent(void **state)
{
    (void)state;
    static const struct {
        const char *lesson;
        enum divergence_cause cause;
    } cases[] = {{"", DIVERGENCE_BYTES}, {"0123456789abcdef0123", DIVERGENCE_LESSON}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct pair pair;
        pair_init(&pair);
        strcpy(pair.b.next[1].lesson, cases[i].lesson);
        pair.b.digest++;
        begin_both(&pair, START);
        assert_false(is_silent(&pair.a, true) || is_silent(&pair.b, true)); /* nobody can know */
        end_both(&pair, START);
        talk(&pair, START);
        assert_false(is_silent(&pair.a, true));
        assert_true(is_silent(&pair.b, true)); /* it came later */
        assert_int_equal(cause_at(&pair.a), cases[i].cause);
        assert_int_equal(cause_at(&pair.b), cases[i].cause);
        pair.b.digest--;
        begin_both(&pair, START + 1);
        end_both(&pair, START + 1);
        talk(&pair, START + 1);
        assert_false(is_silent(&pair.b, true));
        pair_fini(&pair);
    }
}

static void test_who_is_set_up_otherwise_and_comes_later_sends_nothing(void **state)
{
    (void)state;
    struct pair pair;
    struct partner_message first = describe(10, 1), second = describe(20, 2);
    second.station++;
    machine_init(&pair.a, &first);
    machine_init(&pair.b, &second);
    begin(&pair.a, START);
    talk(&pair, START);
    talk(&pair, START);
    begin(&pair.b, START);
    assert_true(is_silent(&pair.b, true));
    assert_false(is_silent(&pair.a, true));
    assert_int_equal(cause_at(&pair.b), DIVERGENCE_STATION);
    begin_both(&pair, START + 1);
    end_both(&pair, START + 1); /* what differs does not show in the bytes */
    assert_false(is_silent(&pair.b, true));
    pair_fini(&pair);
}

static void test_what_is_older_or_of_another_stream_is_not_heard(void **state)
{
    (void)state;
    struct pair pair;
    pair_init(&pair);
    struct partner_message message = describe(20, 50);
    message.times.sent_at = 2 * NS;
    assert_true(partner_line_hear(pair.a.line, &message, NS));
    message.times.sent_at = NS;
    assert_false(partner_line_hear(pair.a.line, &message, NS));
    message.run++; /* it was restarted, and its clock is another one */
    assert_true(partner_line_hear(pair.a.line, &message, NS));
    message.stream++;
    assert_false(partner_line_hear(pair.a.line, &message, NS));
    message = describe(10, 100); /* its own echo */
    assert_false(partner_line_hear(pair.a.line, &message, NS));
    pair_fini(&pair);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_that_are_alike_both_send),
        cmocka_unit_test(test_one_that_is_alone_sends_whatever_it_has),
        cmocka_unit_test(test_what_is_not_as_planned_is_left_to_a_healthy_partner),
        cmocka_unit_test(test_two_that_lack_the_same_both_send_the_fallback),
        cmocka_unit_test(test_a_partner_that_doubts_a_second_is_not_relied_on),
        cmocka_unit_test(test_a_partner_whose_outputs_take_nothing_is_not_relied_on),
        cmocka_unit_test(test_a_partner_that_goes_off_air_says_so),
        cmocka_unit_test(test_a_partner_whose_air_stands_still_is_not_relied_on),
        cmocka_unit_test(test_who_is_stale_is_silent_from_the_very_second),
        cmocka_unit_test(test_a_journal_that_is_behind_is_told_and_silences_nobody),
        cmocka_unit_test(test_a_revision_that_both_have_silences_nobody),
        cmocka_unit_test(test_bytes_that_differ_are_named_and_one_is_silent),
        cmocka_unit_test(test_who_is_set_up_otherwise_and_comes_later_sends_nothing),
        cmocka_unit_test(test_what_is_older_or_of_another_stream_is_not_heard),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
