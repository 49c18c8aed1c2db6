/* Where `measure` gets its bytes: files whole, datagrams as they came, RTP without its header and with its
 * losses; and the histogram of when they came. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "playout/measure/arrival.h"
#include "playout/measure/intake.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define SECOND INT64_C(1000000000)

struct link { /* a sender on the loopback address, and the intake that hears it */
    int sender;
    struct intake *intake;
};

static void link_begin(struct link *link, const char *scheme)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof to;
    char source[64], error[256];
    bool usage;
    int probe = socket(AF_INET, SOCK_DGRAM, 0); /* finds a free port */
    assert_int_equal(bind(probe, (struct sockaddr *)&to, sizeof to), 0);
    assert_int_equal(getsockname(probe, (struct sockaddr *)&to, &length), 0);
    close(probe);
    snprintf(source, sizeof source, "%s://127.0.0.1:%d", scheme, ntohs(to.sin_port));
    assert_true(intake_is_live(source));
    link->intake = intake_new(source, &usage, error, sizeof error);
    assert_non_null(link->intake);
    link->sender = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(connect(link->sender, (struct sockaddr *)&to, sizeof to), 0);
}

static void link_end(struct link *link)
{
    close(link->sender);
    intake_free(&link->intake);
    assert_null(link->intake);
}

static void say(struct link *link, const void *bytes, size_t length)
{
    assert_int_equal(send(link->sender, bytes, length, 0), length);
}

/* What is sent over the loopback is there at once. */
static struct intake_piece hear(struct link *link)
{
    struct intake_piece piece;
    assert_int_equal(intake_read(link->intake, &piece), INTAKE_BYTES);
    return piece;
}

static void datagrams_come_whole_in_order_and_dated(void **state)
{
    (void)state;
    struct link link;
    uint8_t bytes[1316];
    struct timespec now;
    int64_t before = 0;
    link_begin(&link, "udp");
    for (int i = 0; i < 100; i++) { /* more than a batch */
        memset(bytes, i, sizeof bytes);
        say(&link, bytes, sizeof bytes);
    }
    for (int i = 0; i < 100; i++) {
        struct intake_piece piece = hear(&link);
        memset(bytes, i, sizeof bytes);
        assert_int_equal(piece.length, sizeof bytes);
        assert_memory_equal(piece.bytes, bytes, sizeof bytes);
        assert_int_equal(piece.lost, 0);
        assert_true(piece.arrived_at >= before);
        before = piece.arrived_at;
    }
    clock_gettime(CLOCK_REALTIME, &now);
    assert_true(before != INTAKE_NO_TIME && before <= now.tv_sec * SECOND + now.tv_nsec);
    assert_true(before > (now.tv_sec - 60) * SECOND);
    struct intake_piece piece;
    assert_int_equal(intake_read(link.intake, &piece), INTAKE_NOTHING);
    assert_int_equal(intake_dropped(link.intake), 0);
    link_end(&link);
}

/* Two senders on one address: whose bytes are whose, no receiver knows. */
static void another_sender_is_noticed(void **state)
{
    (void)state;
    struct link link, other;
    link_begin(&link, "udp");
    other.sender = socket(AF_INET, SOCK_DGRAM, 0);
    struct sockaddr_in to;
    socklen_t length = sizeof to;
    assert_int_equal(getpeername(link.sender, (struct sockaddr *)&to, &length), 0);
    assert_int_equal(connect(other.sender, (struct sockaddr *)&to, sizeof to), 0);
    for (int i = 0; i < 3; i++)
        say(&link, "one", 3);
    for (int i = 0; i < 3; i++)
        hear(&link);
    assert_int_equal(intake_changes(link.intake), 0);
    say(&other, "two", 3);
    say(&link, "one", 3);
    for (int i = 0; i < 2; i++)
        assert_int_equal(hear(&link).length, 3);
    assert_int_equal(intake_changes(link.intake), 2);
    close(other.sender);
    link_end(&link);
}

/* A header of RFC 3550 with so many contributing sources, an extension of so many words, and padding. */
static void say_rtp(struct link *link, unsigned sequence, unsigned sources, int extension, unsigned padding)
{
    uint8_t bytes[256] = {0x80};
    size_t length = 12 + 4 * sources;
    bytes[0] |= (uint8_t)(sources | (extension >= 0 ? 0x10u : 0) | (padding ? 0x20u : 0));
    bytes[1] = 33;
    bytes[2] = (uint8_t)(sequence >> 8);
    bytes[3] = (uint8_t)sequence;
    if (extension >= 0) {
        bytes[length + 3] = (uint8_t)extension;
        length += 4 + 4 * (size_t)extension;
    }
    memcpy(bytes + length, "payload", 7);
    length += 7 + padding;
    if (padding)
        bytes[length - 1] = (uint8_t)padding;
    say(link, bytes, length);
}

static void assert_payload(struct intake_piece piece, uint32_t lost)
{
    assert_int_equal(piece.length, 7);
    assert_memory_equal(piece.bytes, "payload", 7);
    assert_int_equal(piece.lost, lost);
}

static void rtp_header_comes_off(void **state)
{
    (void)state;
    struct link link;
    link_begin(&link, "rtp");
    say_rtp(&link, 1, 0, -1, 0);
    say_rtp(&link, 2, 3, -1, 0);
    say_rtp(&link, 3, 0, 2, 0);
    say_rtp(&link, 4, 1, 0, 5);
    for (int i = 0; i < 4; i++)
        assert_payload(hear(&link), 0);
    link_end(&link);
}

static void rtp_tells_what_was_lost(void **state)
{
    (void)state;
    struct link link;
    link_begin(&link, "rtp");
    say_rtp(&link, 65534, 0, -1, 0);
    assert_payload(hear(&link), 0);
    say_rtp(&link, 65535, 0, -1, 0);
    assert_payload(hear(&link), 0);
    say_rtp(&link, 3, 0, -1, 0); /* 0, 1 and 2 are missing */
    assert_payload(hear(&link), 3);
    say_rtp(&link, 2, 0, -1, 0); /* too late: its place has passed */
    assert_int_equal(hear(&link).length, 0);
    say_rtp(&link, 3, 0, -1, 0); /* twice */
    assert_int_equal(hear(&link).length, 0);
    say_rtp(&link, 4, 0, -1, 0);
    assert_payload(hear(&link), 0);
    say_rtp(&link, 30000, 0, -1, 0); /* the sender began anew: nobody knows how many */
    assert_payload(hear(&link), 1);
    link_end(&link);
}

/* Bytes 1 and 8 of a header: the payload type, and the source. */
static void say_rtp_of(struct link *link, unsigned sequence, uint8_t type, uint8_t source)
{
    uint8_t bytes[19] = {0x80, type, (uint8_t)(sequence >> 8), (uint8_t)sequence, [8] = source};
    memcpy(bytes + 12, "payload", 7);
    say(link, bytes, sizeof bytes);
}

static void rtp_of_another_order_source_or_type_is_told(void **state)
{
    (void)state;
    struct link link;
    link_begin(&link, "rtp");
    static const struct {
        uint16_t sequence;
        uint8_t type, source;
        bool taken;
        uint32_t lost;
    } said[] = {{65533, 33, 1, true, 0}, {1, 33, 1, true, 3},   {65535, 33, 1, false, 0},
                {0, 33, 1, false, 0},    {0, 33, 1, false, 0},  {7, 96, 9, false, 0},
                {2, 33, 1, true, 0},     {900, 33, 2, true, 0}, {901, 33, 2, true, 0},
                {3, 33, 1, true, 0}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++) {
        say_rtp_of(&link, said[i].sequence, said[i].type, said[i].source);
        struct intake_piece piece = hear(&link);
        assert_int_equal(piece.length, said[i].taken ? 7 : 0);
        assert_int_equal(piece.lost, said[i].lost);
    }
    assert_int_equal(intake_late(link.intake), 2); /* 65535 and 0; 65534 never came, 0 came twice */
    assert_int_equal(intake_changes(link.intake), 2);
    link_end(&link);
}

static void what_is_no_rtp_is_left_out(void **state)
{
    (void)state;
    static const uint8_t raw[] = {0x47, 0x1F, 0xFF, 0x10, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2},
                         padded[] = {0xA0, 33, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 200};
    struct link link;
    link_begin(&link, "rtp");
    say(&link, raw, sizeof raw);
    say(&link, "short", 5);
    say(&link, padded, sizeof padded); /* more padding than bytes */
    for (int i = 0; i < 3; i++)
        assert_int_equal(hear(&link).length, 0);
    link_end(&link);
}

static void files_are_read_to_their_end(void **state)
{
    (void)state;
    char path[] = "/tmp/intake-test-XXXXXX", error[256];
    bool usage;
    int file = mkstemp(path);
    size_t size = 1000000, got = 0;
    uint8_t *bytes = malloc(size);
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i % 251);
    assert_int_equal(write(file, bytes, size), size);
    close(file);
    struct intake *intake = intake_new(path, &usage, error, sizeof error);
    assert_non_null(intake);
    assert_false(intake_is_live(path));
    assert_int_equal(intake_size(intake), size);
    struct intake_piece piece;
    enum intake_result result;
    while ((result = intake_read(intake, &piece)) == INTAKE_BYTES) {
        assert_int_equal(piece.arrived_at, INTAKE_NO_TIME);
        assert_true(got + piece.length <= size);
        assert_memory_equal(piece.bytes, bytes + got, piece.length);
        got += piece.length;
    }
    assert_int_equal(result, INTAKE_END);
    assert_int_equal(got, size);
    intake_free(&intake);
    unlink(path);
    free(bytes);
}

static void addresses_that_are_none_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *source;
        bool usage;
    } cases[] = {{"udp://", true},
                 {"udp://239.255.12.1", true},
                 {"udp://239.255.12.1:0", true},
                 {"udp://239.255.12.1:70000", true},
                 {"udp://239.255.12:5004", true},
                 {"udp://239.255.12.1:5004x", true},
                 {"rtp://239.255.12.1:5004@nosuch0", true},
                 {"/nowhere/at/all.ts", false},
                 {"/tmp", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char error[256] = "";
        bool usage;
        struct intake *intake = intake_new(cases[i].source, &usage, error, sizeof error);
        struct intake_piece piece;
        if (intake) { /* a folder opens; it does not read */
            assert_int_equal(intake_read(intake, &piece), INTAKE_FAILED);
            intake_free(&intake);
            continue;
        }
        assert_int_equal(usage, cases[i].usage);
        assert_true(strlen(error) > 0);
    }
}

static void histogram_tells_intervals_within_a_few_percent(void **state)
{
    (void)state;
    struct arrival *arrival = calloc(1, sizeof *arrival);
    int64_t at = 1583107200 * SECOND;
    assert_non_null(arrival);
    assert_int_equal(arrival_mean(arrival), 0);
    arrival_add(arrival, at, 0);
    assert_int_equal(arrival_mean(arrival), 0);
    for (int i = 0; i < 10000; i++) { /* 277 us, 20 of them 2 ms late, caught up by the next */
        bool late = i % 500 == 7, next = i % 500 == 8;
        arrival_add(arrival, at += 277 * US + (late ? 2 * MS : 0) - (next ? 2 * MS : 0), i == 5 ? 3 : 0);
    }
    assert_int_equal(arrival->datagrams, 10001);
    assert_int_equal(arrival->lost, 3);
    assert_int_equal(arrival_mean(arrival), 277 * US);
    assert_int_equal(arrival->longest, 2277 * US);
    assert_in_range(arrival_quantile(arrival, 500), 274 * US, 280 * US);
    assert_in_range(arrival_quantile(arrival, 997), 274 * US, 280 * US);
    assert_in_range(arrival_quantile(arrival, 999), 2254 * US, 2277 * US);
    struct arrival_class classes[ARRIVAL_CLASSES];
    uint64_t all = 0;
    arrival_classes(arrival, classes);
    for (int i = 0; i < ARRIVAL_CLASSES; i++)
        all += classes[i].count;
    assert_int_equal(all, 10000);
    assert_int_equal(classes[0].count, 9960); /* < 3 us */
    assert_int_equal(classes[4].count, 20);   /* at once after a late one: 277 us early */
    assert_int_equal(classes[6].count, 20);   /* 2 ms late */
    free(arrival);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(datagrams_come_whole_in_order_and_dated),
        cmocka_unit_test(rtp_header_comes_off),
        cmocka_unit_test(rtp_tells_what_was_lost),
        cmocka_unit_test(another_sender_is_noticed),
        cmocka_unit_test(rtp_of_another_order_source_or_type_is_told),
        cmocka_unit_test(what_is_no_rtp_is_left_out),
        cmocka_unit_test(files_are_read_to_their_end),
        cmocka_unit_test(addresses_that_are_none_are_refused),
        cmocka_unit_test(histogram_tells_intervals_within_a_few_percent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
