/* A multiplex on air, driven by hand: its datagrams go to a socket here, and every PCR is looked at. */
#ifndef TESTS_ONAIR_BENCH_H
#define TESTS_ONAIR_BENCH_H

#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include "mux/packet.h"
#include "playout/onair.h"
#include "revisions_fixture.h"

#define NS INT64_C(1000000000)
#define LESSON_PACKETS 16 /* of a second of it; the compiled-in picture has more */

/* While this thread is on the packet path. volatile: compilers think that malloc() reads no variable. */
static _Thread_local volatile bool on_packet_path;

struct bench {
    struct studio studio;
    struct channel channel;
    struct ahead *ahead;
    struct udp_output *output;
    struct emission_ring *ring; /* NULL: nobody is told */
    struct onair *onair;
    int receiver;
    uint32_t faults;
    uint64_t k;       /* next slot to be received */
    uint32_t empty;   /* packets received that are a test lesson's */
    GByteArray *kept; /* all that was received; NULL: nothing is kept */
};

static inline void count_fault(void *context, const struct reader_fault *fault)
{
    (void)fault;
    ++*(uint32_t *)context;
}

static inline void open_output(struct bench *bench)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof at;
    char uri[64], error[256];
    bench->receiver = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(bench->receiver, (struct sockaddr *)&at, sizeof at), 0);
    assert_int_equal(getsockname(bench->receiver, (struct sockaddr *)&at, &length), 0);
    snprintf(uri, sizeof uri, "udp://127.0.0.1:%d", ntohs(at.sin_port));
    bench->output = udp_output_new(&(struct output){.uri = uri, .ttl = 1}, "test", error, sizeof error);
    assert_non_null(bench->output);
}

/* The station is read, no lesson is open. */
static inline void bench_open(struct bench *bench, const struct small_station *small)
{
    struct diagnostics diagnostics = {0};
    *bench = (struct bench){0};
    assert_true(studio_open(small->path, &bench->studio));
    assert_true(studio_open_guide(&bench->studio, &diagnostics));
    assert_true(channel_init(&bench->channel, &bench->studio, 0, &diagnostics));
    diagnostics_fini(&diagnostics);
    open_output(bench);
}

static inline void bench_start(struct bench *bench)
{
    bench->ahead = ahead_new(&bench->channel, count_fault, &bench->faults);
    struct onair_job job = {.channel = &bench->channel,
                            .ahead = bench->ahead,
                            .outputs = &bench->output,
                            .output_count = 1,
                            .rings = &bench->ring,
                            .ring_count = bench->ring != NULL};
    clock_init(&job.clock, (struct clock_reading){0, MONDAY_EIGHT * NS, 0}, 0);
    bench->onair = onair_new(&job);
    assert_non_null(bench->onair);
    ahead_fill(bench->ahead, MONDAY_EIGHT, MONDAY_EIGHT + AHEAD_SECONDS);
    onair_start(bench->onair, 0);
    bench->k = onair_get_state(bench->onair).first_slot;
}

static inline void bench_init(struct bench *bench, const struct small_station *small)
{
    bench_open(bench, small);
    bench_start(bench);
}

static inline void bench_fini(struct bench *bench)
{
    onair_free(&bench->onair);
    ahead_free(&bench->ahead);
    emission_ring_free(&bench->ring);
    udp_output_free(&bench->output);
    close(bench->receiver);
    channel_fini(&bench->channel);
    studio_close(&bench->studio);
}

/* The datagram is there, of seven packets, and every PCR in it is that of its slot. */
static inline void receive(struct bench *bench)
{
    uint8_t packets[UDP_PACKETS * TS_PACKET + 1];
    assert_int_equal(recv(bench->receiver, packets, sizeof packets, MSG_DONTWAIT), UDP_PACKETS * TS_PACKET);
    for (int i = 0; i < UDP_PACKETS; i++) {
        uint8_t *packet = packets + i * TS_PACKET, right[TS_PACKET];
        bench->empty += packet[0] != PACKET_SYNC;
        if (packet[0] != PACKET_SYNC || !packet_has_pcr(packet))
            continue;
        memcpy(right, packet, TS_PACKET);
        packet_set_pcr(right, slot_pcr(bench->channel.rate, bench->k + (uint64_t)i));
        assert_memory_equal(packet, right, TS_PACKET);
    }
    if (bench->kept)
        g_byte_array_append(bench->kept, packets, UDP_PACKETS * TS_PACKET);
    bench->k += UDP_PACKETS;
}

/* Sends what is due up to a second of the stream; returns the number of datagrams. */
static inline uint64_t send_until(struct bench *bench, int64_t second)
{
    uint64_t count = 0;
    while (onair_due(bench->onair) < (second - MONDAY_EIGHT) * NS) {
        int64_t due = onair_due(bench->onair);
        on_packet_path = true;
        onair_send(bench->onair, due);
        on_packet_path = false;
        receive(bench);
        count++;
    }
    return count;
}

static inline void wait_until_read(const struct bench *bench, int64_t second)
{
    const struct channel *channel;
    while (!ahead_take(bench->ahead, 0, second, NULL) || !ahead_take(bench->ahead, 1, second, NULL) ||
           !ahead_take_tables(bench->ahead, second, &channel))
        sched_yield();
}

#endif
