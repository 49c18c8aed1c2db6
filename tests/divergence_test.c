/* What two machines tell each other, as bytes, and what they make of two such messages. */
#include "playout/divergence.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define NS INT64_C(1000000000)
#define MS INT64_C(1000000)
#define SERVICES 2
#define START 1000 /* second of the stream */

static struct partner_message describe(int64_t since_ns, uint64_t run)
{
    return (struct partner_message){
        .stream = 7, .run = run, .since_ns = since_ns, .station = 11, .program = 12};
}

/* Whatever two machines tell of a second whose bytes differ, exactly one gives way. */
static void test_exactly_one_of_two_gives_way(void **state)
{
    (void)state;
    for (unsigned bits = 0; bits < 1u << 10; bits++) {
        struct partner_message one = describe(bits & 1, 1), two = describe(bits >> 1 & 1, 2);
        one.seconds[0] =
            (struct partner_second){START, 0, 1, 77, bits >> 2 & 1, bits >> 3 & 1, 1 + (bits >> 4 & 1)};
        two.seconds[0] =
            (struct partner_second){START, 0, 1, 78, bits >> 5 & 1, bits >> 6 & 1, 1 + (bits >> 7 & 1)};
        one.holds = bits >> 8 & 1;
        two.planned = bits >> 9 & 1;
        for (int i = 1; i < PARTNER_SECONDS; i++)
            one.seconds[i].second = two.seconds[i].second = -1;
        assert_int_not_equal(divergence_yields(&one, &two), divergence_yields(&two, &one));
    }
}

static void test_a_second_is_compared_when_both_sent_the_same_slots(void **state)
{
    (void)state;
    struct partner_message one = describe(1, 1), two = describe(2, 2);
    struct partner_second here, there;
    partner_message_init(&one);
    partner_message_init(&two);
    assert_false(divergence_compare(&one, &two, &here, &there));
    one.seconds[0] = (struct partner_second){START, 100, 199, 1, true, 0, 0};
    two.seconds[0] = (struct partner_second){START, 150, 199, 2, true, 0, 0}; /* it began in it */
    assert_false(divergence_compare(&one, &two, &here, &there));
    one.seconds[1] = (struct partner_second){START + 1, 200, 299, 3, true, 0, 0};
    two.seconds[1] = (struct partner_second){START + 1, 200, 299, 3, true, 0, 0};
    two.seconds[2] = (struct partner_second){START + 2, 300, 399, 4, true, 0, 0};
    assert_true(divergence_compare(&one, &two, &here, &there));
    assert_int_equal(here.second, START + 1);
}

/* --- messages */

static struct partner_message full_message(void)
{
    struct partner_message message = describe(3, 4);
    message.asks = message.sending = true;
    message.times = (struct partner_times){5 * NS, 6 * NS, 7 * NS};
    message.entries = 8;
    memset(message.head, 9, sizeof message.head);
    message.holds = 10;
    message.from = JOURNAL_ALWAYS;
    message.doubtful = 11;
    message.until = -1;
    for (int i = 0; i < PARTNER_SECONDS; i++)
        message.seconds[i] = (struct partner_second){START + i, 1, UINT64_MAX, 12, true, 13, UINT32_MAX};
    message.service_count = PARTNER_SERVICES;
    for (size_t i = 0; i < PARTNER_SERVICES; i++)
        message.services[i] = (struct partner_service){i << 56, (uint32_t)i, (enum shown_cause)(i % 3)};
    return message;
}

static void test_a_message_comes_back_as_it_was(void **state)
{
    (void)state;
    uint8_t bytes[PARTNER_MESSAGE_MAX], again[PARTNER_MESSAGE_MAX];
    const struct partner_message message = full_message();
    struct partner_message back;
    const size_t length = partner_message_build(&message, bytes);
    assert_in_range(length, 1, PARTNER_MESSAGE_MAX);
    assert_true(partner_message_parse(bytes, length, &back));
    assert_int_equal(partner_message_build(&back, again), length);
    assert_memory_equal(bytes, again, length);
    assert_int_equal(back.from, JOURNAL_ALWAYS);
    assert_int_equal(back.services[63].lesson, UINT64_C(63) << 56);
}

/* Each shorter and longer one is refused, and each byte may be anything. */
static void test_what_is_no_message_is_refused(void **state)
{
    (void)state;
    const struct partner_message message = full_message();
    uint8_t bytes[PARTNER_MESSAGE_MAX + 1] = {0};
    struct partner_message back;
    const size_t length = partner_message_build(&message, bytes);
    for (size_t i = 0; i <= sizeof bytes; i++) {
        uint8_t *exact = malloc(i + 1);
        memcpy(exact, bytes, i);
        assert_int_equal(partner_message_parse(exact, i, &back), i == length);
        free(exact);
    }
    for (size_t i = 0; i < length; i++) {
        const uint8_t before = bytes[i];
        for (int value = 0; value < 256; value += 5) {
            bytes[i] = (uint8_t)value;
            if (partner_message_parse(bytes, length, &back))
                assert_in_range(back.service_count, 0, PARTNER_SERVICES);
        }
        bytes[i] = before;
    }
}

static void test_clocks_are_compared_as_by_ntp(void **state)
{
    (void)state;
    /* Theirs is 30 ms ahead; 2 ms there, 4 ms back: the answer is wrong by half of what they differ. */
    const struct partner_times times = {.echoed = 1000 * MS, .heard_at = 1032 * MS, .sent_at = 1132 * MS};
    int64_t gap, error;
    assert_true(partner_times_gap(&times, 1106 * MS, &gap, &error));
    assert_int_equal(gap, 29 * MS);
    assert_int_equal(error, 3 * MS);
    assert_false(partner_times_gap(&(struct partner_times){.sent_at = NS}, NS, &gap, &error));
}

static void test_every_cause_has_words(void **state)
{
    (void)state;
    struct service services[SERVICES] = {{.id = "p1"}, {.id = "p2"}};
    const struct multiplex_plan plan = {.services = services, .service_count = SERVICES};
    char text[DIVERGENCE_TEXT];
    for (int cause = DIVERGENCE_NONE; cause <= DIVERGENCE_BYTES; cause++) {
        const struct divergence divergence = {
            .cause = (enum divergence_cause)cause, .service = 1, .revision = 9};
        assert_true(divergence_is_named(&divergence, &plan));
        assert_true(strlen(divergence_text(&divergence, &plan, text)) > 10);
    }
    const struct divergence missing = {.cause = DIVERGENCE_REVISION_HERE, .revision = 9};
    assert_string_equal(divergence_text(&missing, &plan, text),
                        "revision 9, which the partner airs, is missing here");
    const struct divergence unplanned = {.cause = DIVERGENCE_UNPLANNED_HERE, .service = 1};
    assert_string_equal(divergence_text(&unplanned, &plan, text),
                        "service p2 does not show here what is planned");
    const struct divergence unknown = {.cause = DIVERGENCE_UNPLANNED_HERE, .service = SERVICES};
    assert_false(divergence_is_named(&unknown, &plan));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exactly_one_of_two_gives_way),
        cmocka_unit_test(test_a_second_is_compared_when_both_sent_the_same_slots),
        cmocka_unit_test(test_a_message_comes_back_as_it_was),
        cmocka_unit_test(test_what_is_no_message_is_refused),
        cmocka_unit_test(test_clocks_are_compared_as_by_ntp),
        cmocka_unit_test(test_every_cause_has_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
