/* A multiplex on air, driven by hand: every slot leaves, whatever disks do; nothing is allocated; memory
 * stays. The disk that stalls is preadv(2), which lessons are read with: here it waits until it is let go. */
#include "playout/onair.h"

#include <malloc.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include "mux/packet.h"
#include "playout/crew.h"
#include "small_station.h"

#define NS INT64_C(1000000000)
#define MONDAY_EIGHT INT64_C(1583107200) /* 2020-03-02T08:00:00+08:00: p3/water.mp4 on service 0 */
#define LESSON_PACKETS 16                /* of a second of it; the compiled-in picture has more */
#define STALL 20                         /* seconds */

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif

/* --- a disk that stalls */

static struct disk {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stalled, waiting; /* waiting: somebody reads meanwhile */
} disk = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false};

ssize_t preadv(int descriptor, const struct iovec *parts, int count, off_t offset)
{
    pthread_mutex_lock(&disk.lock);
    disk.waiting = disk.stalled;
    while (disk.stalled)
        pthread_cond_wait(&disk.changed, &disk.lock);
    disk.waiting = false;
    pthread_mutex_unlock(&disk.lock);
    ssize_t total = 0;
    for (int i = 0; i < count; i++) {
        ssize_t got = pread(descriptor, parts[i].iov_base, parts[i].iov_len, offset + total);
        if (got < 0)
            return got;
        total += got;
    }
    return total;
}

static void set_stalled(bool stalled)
{
    pthread_mutex_lock(&disk.lock);
    disk.stalled = stalled;
    pthread_cond_broadcast(&disk.changed);
    pthread_mutex_unlock(&disk.lock);
}

static bool is_waited_for(void)
{
    pthread_mutex_lock(&disk.lock);
    bool waiting = disk.waiting;
    pthread_mutex_unlock(&disk.lock);
    return waiting;
}

/* --- allocations of this thread, counted while it is on air */

static _Thread_local volatile bool counted; /* volatile: compilers think that malloc() reads no variable */
static _Thread_local volatile unsigned allocations;

#ifndef SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void __libc_free(void *old);

void *malloc(size_t size)
{
    allocations += counted;
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocations += counted;
    return __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    allocations += counted;
    return __libc_realloc(old, size);
}

void free(void *old)
{
    allocations += counted && old;
    __libc_free(old);
}
#endif

/* --- a multiplex with an output to a socket here */

struct bench {
    struct studio studio;
    struct channel channel;
    struct ahead *ahead;
    struct udp_output *output;
    struct onair *onair;
    int receiver;
    uint32_t faults;
    uint64_t k; /* next slot to be received */
};

static void count_fault(void *context, const struct reader_fault *fault)
{
    (void)fault;
    ++*(uint32_t *)context;
}

static void open_output(struct bench *bench)
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

static void bench_init(struct bench *bench, const struct small_station *small)
{
    struct diagnostics diagnostics = {0};
    *bench = (struct bench){0};
    assert_true(studio_open(small->path, &bench->studio));
    assert_true(studio_open_guide(&bench->studio, &diagnostics));
    assert_true(channel_init(&bench->channel, &bench->studio, 0, &diagnostics));
    diagnostics_fini(&diagnostics);
    open_output(bench);
    bench->ahead = ahead_new(&bench->channel, count_fault, &bench->faults);
    struct onair_job job = {
        .channel = &bench->channel, .ahead = bench->ahead, .outputs = &bench->output, .output_count = 1};
    clock_init(&job.clock, (struct clock_reading){0, MONDAY_EIGHT * NS}, 0);
    bench->onair = onair_new(&job);
    assert_non_null(bench->onair);
    ahead_fill(bench->ahead, MONDAY_EIGHT, MONDAY_EIGHT + AHEAD_SECONDS);
    onair_start(bench->onair, 0);
    bench->k = onair_get_state(bench->onair).first_slot;
}

static void bench_fini(struct bench *bench)
{
    onair_free(&bench->onair);
    ahead_free(&bench->ahead);
    udp_output_free(&bench->output);
    close(bench->receiver);
    channel_fini(&bench->channel);
    studio_close(&bench->studio);
}

/* The datagram is there, of seven packets, and every PCR in it is that of its slot. */
static void receive(struct bench *bench)
{
    uint8_t packets[UDP_PACKETS * TS_PACKET + 1];
    assert_int_equal(recv(bench->receiver, packets, sizeof packets, MSG_DONTWAIT), UDP_PACKETS * TS_PACKET);
    for (int i = 0; i < UDP_PACKETS; i++) {
        uint8_t *packet = packets + i * TS_PACKET, right[TS_PACKET];
        if (packet[0] != PACKET_SYNC ||
            !packet_has_pcr(packet)) /* the packets of the test's lesson are empty */
            continue;
        memcpy(right, packet, TS_PACKET);
        packet_set_pcr(right, slot_pcr(bench->channel.rate, bench->k + (uint64_t)i));
        assert_memory_equal(packet, right, TS_PACKET);
    }
    bench->k += UDP_PACKETS;
}

/* Sends what is due up to a second of the stream; returns the number of datagrams. */
static uint64_t send_until(struct bench *bench, int64_t second)
{
    uint64_t count = 0;
    while (onair_due(bench->onair) < (second - MONDAY_EIGHT) * NS) {
        int64_t due = onair_due(bench->onair);
        counted = true;
        onair_send(bench->onair, due);
        counted = false;
        receive(bench);
        count++;
    }
    return count;
}

static void wait_until_read(const struct bench *bench, int64_t second)
{
    const struct channel *channel;
    while (!ahead_take(bench->ahead, 0, second) || !ahead_take(bench->ahead, 1, second) ||
           !ahead_take_tables(bench->ahead, second, &channel))
        sched_yield();
}

/* --- the tests */

/* While the reader hangs in a read, every slot leaves, with the picture for the lessons; when the disk is
 * back, so are the lessons, within the seconds that are read ahead. If anything on air waited for the disk
 * this would hang. */
static void test_a_stalled_disk_costs_fallback_and_no_slot(void **state)
{
    struct bench bench;
    int64_t second = MONDAY_EIGHT;
    small_station_add_lesson(*state, "p3/water.mp4", 30, "key", 1, NULL);
    bench_init(&bench, *state);
    struct crew *crew = crew_new(&bench.ahead, 1);
    uint64_t first = bench.k;
    while (second < MONDAY_EIGHT + 5) {
        send_until(&bench, ++second);
        wait_until_read(&bench, second + 2);
    }
    assert_int_equal(onair_get_state(bench.onair).unready, 0);
    alarm(30);
    set_stalled(true);
    send_until(&bench, ++second);
    while (!is_waited_for())
        sched_yield();
    for (int i = 0; i < STALL; i++)
        send_until(&bench, ++second);
    uint64_t unready = onair_get_state(bench.onair).unready;
    assert_in_range(unready, STALL - AHEAD_SECONDS, 2 * STALL); /* of one service, or of both */
    alarm(0);
    set_stalled(false);
    wait_until_read(&bench, second + 2);
    for (int i = 0; i < 5; i++) {
        send_until(&bench, ++second);
        wait_until_read(&bench, second + 2);
        const struct lesson_second *read = ahead_take(bench.ahead, 0, second + 1);
        assert_int_equal(read->cell->count, LESSON_PACKETS);
    }
    assert_in_range(onair_get_state(bench.onair).unready, unready, unready + 2 * AHEAD_SECONDS);
    uint64_t end = slot_at(bench.channel.rate, second, 0);
    assert_in_range(bench.k, end, end + UDP_PACKETS);
    assert_int_equal(onair_get_state(bench.onair).slots, bench.k - first);
    assert_int_equal(onair_get_state(bench.onair).lost, 0);
    crew_free(&crew);
    bench_fini(&bench);
}

/* Of a minute, in which pages and items turn. What is ahead is read here, between the sends. */
static void test_nothing_is_allocated_on_the_packet_path(void **state)
{
#ifdef SANITIZED
    (void)state;
    skip(); /* it has an allocator of its own */
#else
    struct bench bench;
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    bench_init(&bench, *state);
    allocations = 0;
    for (int64_t second = MONDAY_EIGHT + 1; second < MONDAY_EIGHT + 60; second++) {
        send_until(&bench, second);
        if (second % 10 == 0)
            continue; /* and the slate is taken */
        while (ahead_read(bench.ahead) || ahead_build(bench.ahead))
            ;
    }
    assert_int_equal(allocations, 0);
    assert_int_equal(bench.faults, 0);
    counted = true; /* the count counts */
    void *volatile block = malloc(1);
    free(block);
    counted = false;
    assert_int_equal(allocations, 2);
    bench_fini(&bench);
#endif
}

/* MONTH=yes makes the hours a month (make soak). */
static void test_memory_is_flat(void **state)
{
    struct bench bench;
    int64_t length = getenv("MONTH") ? 30 * 86400 : 1800;
    size_t settled = 0;
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    bench_init(&bench, *state);
    for (int64_t second = MONDAY_EIGHT; second < MONDAY_EIGHT + length; second++) {
        ahead_advance(bench.ahead, second);
        while (ahead_read(bench.ahead) || ahead_build(bench.ahead))
            ;
        if (second == MONDAY_EIGHT + 600)
            settled = mallinfo2().uordblks + mallinfo2().hblkhd;
    }
    size_t now = mallinfo2().uordblks + mallinfo2().hblkhd;
    assert_true(now <= settled);
    bench_fini(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_stalled_disk_costs_fallback_and_no_slot),
        TEST(test_nothing_is_allocated_on_the_packet_path),
        TEST(test_memory_is_flat),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
