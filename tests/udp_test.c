/* Datagrams as a receiver on this machine gets them; which URIs are refused; what stays on this machine. */
#include "playout/outputs/udp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>
#include <cmocka.h>

#define PAYLOAD (UDP_PACKETS * TS_PACKET)
#define RTP 12
#define STREAM "123456789" /* its CRC-32/MPEG-2 is the check value 0376E6E7 */

static struct udp_output *open_output(const char *uri, const char *interface, char *error, size_t size)
{
    char address[64];
    struct output wanted = {.uri = address, .interface = (char *)interface, .ttl = 1};
    snprintf(address, sizeof address, "%s", uri);
    return udp_output_new(&wanted, STREAM, error, size);
}

/* A socket on a free port of the loopback address, and an output to it. */
static int receive_from(const char *scheme, struct udp_output **output)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    const struct timeval patience = {.tv_sec = 5};
    char uri[64], error[256];
    int receiver = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(receiver, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(receiver, (struct sockaddr *)&at, &length), 0);
    assert_int_equal(setsockopt(receiver, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience), 0);
    snprintf(uri, sizeof uri, "%s://127.0.0.1:%d", scheme, ntohs(at.sin_port));
    *output = open_output(uri, NULL, error, sizeof error);
    assert_non_null(*output);
    return receiver;
}

static void fill_packets(uint8_t *packets)
{
    for (int i = 0; i < PAYLOAD; i++)
        packets[i] = i * 7 % 251;
}

static void test_udp_is_seven_packets_and_nothing_else(void **state)
{
    (void)state;
    uint8_t packets[PAYLOAD], got[PAYLOAD + 100];
    struct udp_output *output;
    int receiver = receive_from("udp", &output);
    fill_packets(packets);
    assert_true(udp_output_send(output, slot_rate_new(37600000, 1), 7000000, packets));
    assert_int_equal(recv(receiver, got, sizeof got, 0), 1316);
    assert_memory_equal(got, packets, PAYLOAD);
    udp_output_free(&output);
    assert_null(output);
    close(receiver);
}

/* RFC 3550 5.1, RFC 2250 2. */
static void check_header(uint64_t bits_num, uint64_t bits_den, uint64_t k, const char *header)
{
    uint8_t packets[PAYLOAD], got[PAYLOAD + 100];
    struct udp_output *output;
    int receiver = receive_from("rtp", &output);
    fill_packets(packets);
    assert_true(udp_output_send(output, slot_rate_new(bits_num, bits_den), k, packets));
    assert_int_equal(recv(receiver, got, sizeof got, 0), RTP + PAYLOAD);
    assert_memory_equal(got, header, RTP);
    assert_memory_equal(got + RTP, packets, PAYLOAD);
    udp_output_free(&output);
    close(receiver);
}

static void test_rtp_header_follows_from_the_slot(void **state)
{
    (void)state;
    /* 25 000 slots/s. Slot 7 000 000: datagram 1 000 000 = 15 * 65536 + 0x4240, after 280 s = 0x1808580
     * ticks.
     */
    check_header(37600000, 1, 7000000, "\x80\x21\x42\x40\x01\x80\x85\x80\x03\x76\xE6\xE7");
    /* The first datagrams: 7 slots are 25.2 ticks. */
    check_header(37600000, 1, 0, "\x80\x21\x00\x00\x00\x00\x00\x00\x03\x76\xE6\xE7");
    check_header(37600000, 1, 7, "\x80\x21\x00\x01\x00\x00\x00\x19\x03\x76\xE6\xE7");
    /* 64QAM at 6.875 MBd on 2 March 2020 08:00:01 in Beijing, in whole fractions: both have wrapped. */
    check_header(646250000, 17, UINT64_C(40014198554694), "\x80\x21\xC0\x0A\xA0\xCF\xE7\xA7\x03\x76\xE6\xE7");
}

static void test_what_is_no_output_is_refused(void **state)
{
    (void)state;
    static const char *const uris[] = {"",
                                       "239.255.12.1:5004",
                                       "http://239.255.12.1:5004",
                                       "udp://239.255.12.1",
                                       "udp://239.255.12.1:",
                                       "udp://239.255.12.1:0",
                                       "udp://239.255.12.1:65536",
                                       "udp://239.255.12.1:-1",
                                       "udp://239.255.12.1:+5004",
                                       "udp://239.255.12.1: 5004",
                                       "udp://239.255.12.1:500400",
                                       "udp://239.255.12.1:5004/",
                                       "udp://239.255.12.1:5004?ttl=1",
                                       "udp://239.255.12:5004",
                                       "udp://239.255.12.256:5004",
                                       "udp://localhost:5004",
                                       "udp://[::1]:5004"};
    for (size_t i = 0; i < sizeof uris / sizeof *uris; i++) {
        char error[256] = "";
        assert_null(open_output(uris[i], NULL, error, sizeof error));
        assert_non_null(strstr(error, "is not an output"));
    }
}

static void test_an_interface_that_is_not_there_is_named(void **state)
{
    (void)state;
    char error[256] = "";
    assert_null(open_output("udp://239.255.12.1:5004", "no-such-if", error, sizeof error));
    assert_non_null(strstr(error, "udp://239.255.12.1:5004 on no-such-if cannot be used"));
}

static void test_what_cannot_leave_this_machine(void **state)
{
    (void)state;
    static const struct {
        const char *uri, *interface;
        bool local;
    } outputs[] = {{"udp://239.255.12.1:5004", "lo", true},  {"rtp://239.255.12.1:5004", "lo", true},
                   {"udp://127.0.0.1:5004", NULL, true},     {"udp://127.9.9.9:5004", NULL, true},
                   {"udp://239.255.12.1:5004", NULL, false}, {"udp://10.0.0.1:5004", NULL, false},
                   {"udp://128.0.0.1:5004", NULL, false}};
    for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
        char error[256];
        struct udp_output *output = open_output(outputs[i].uri, outputs[i].interface, error, sizeof error);
        assert_non_null(output);
        assert_int_equal(udp_output_is_local(output), outputs[i].local);
        udp_output_free(&output);
    }
}

/* A socket may not broadcast unless it asked to: an error that is the same everywhere. */
static void test_a_lost_datagram_is_told(void **state)
{
    (void)state;
    uint8_t packets[PAYLOAD] = {0};
    char error[256];
    struct udp_output *output = open_output("udp://255.255.255.255:5004", NULL, error, sizeof error);
    assert_non_null(output);
    errno = 0;
    assert_false(udp_output_send(output, slot_rate_new(37600000, 1), 7, packets));
    assert_int_not_equal(errno, 0);
    udp_output_free(&output);
}

/* A network of this test's own, where that is allowed: the interface gets another address, or is another. */
static void test_a_network_that_comes_back_is_used(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "ip addr flush dev t0 && ip addr add 10.9.0.2/24 dev t0",
        "ip link del t0 && ip link add t0 type veth peer name t1 && ip addr add 10.9.0.3/24 dev t0 && "
        "ip link set t1 up && ip link set t0 up"};
    uint8_t packets[PAYLOAD] = {0};
    char error[256] = "";
    struct slot_rate rate = slot_rate_new(37600000, 1);
    if (unshare(CLONE_NEWNET) != 0 ||
        system("exec 2>/dev/null; ip link add t0 type veth peer name t1 && ip addr add 10.9.0.1/24 dev t0 && "
               "ip link set t1 up && ip link set t0 up") != 0)
        skip();
    struct udp_output *output = open_output("udp://239.255.12.9:5004", "t0", error, sizeof error);
    assert_non_null(output);
    assert_true(udp_output_send(output, rate, 0, packets));
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(system(changes[i]), 0);
        bool sent = false;
        for (int k = 0; k < 1000 && !sent; k++)
            sent = udp_output_send(output, rate, 0, packets);
        assert_true(sent);
    }
    udp_output_free(&output);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_udp_is_seven_packets_and_nothing_else),
        cmocka_unit_test(test_rtp_header_follows_from_the_slot),
        cmocka_unit_test(test_what_is_no_output_is_refused),
        cmocka_unit_test(test_an_interface_that_is_not_there_is_named),
        cmocka_unit_test(test_what_cannot_leave_this_machine),
        cmocka_unit_test(test_a_lost_datagram_is_told),
        cmocka_unit_test(test_a_network_that_comes_back_is_used), /* the last: it stays there */
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
