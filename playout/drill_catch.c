/* A datagram is known by its RTP sequence number and by when it came: the number repeats every 65536
 * datagrams, which is longer than any clock here is wrong by. Its payload is kept as a hash. */
#include "playout/drill_catch.h"

#include <arpa/inet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#include <xxhash.h>

#include "playout/outputs/udp.h"
#include "playout/rendering.h"

#define NS INT64_C(1000000000)
#define RTP_HEADER 12
#define PAYLOAD (UDP_PACKETS * TS_PACKET)
#define BUFFER (64 << 20)

struct caught {
    uint64_t number; /* slot / UDP_PACKETS */
    int64_t arrived_ns;
    uint64_t hash;
};

struct drill_catch {
    const struct drill_station *station;
    struct slot_rate rate;
    int descriptor;
    struct caught *list;
    size_t count, room;
    pthread_mutex_t lock; /* of the list */
    pthread_t thread;
    bool running;
    atomic_bool stop;
};

static bool join(struct drill_catch *catch)
{
    const int on = 1, size = BUFFER;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(DRILL_PORT)};
    struct ip_mreqn membership = {.imr_ifindex = (int)if_nametoindex(DRILL_INTERFACE)};
    inet_pton(AF_INET, DRILL_ADDRESS, &address.sin_addr);
    membership.imr_multiaddr = address.sin_addr;
    catch->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (catch->descriptor < 0)
        return false;
    setsockopt(catch->descriptor, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    setsockopt(catch->descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    setsockopt(catch->descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
    return setsockopt(catch->descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           bind(catch->descriptor, (struct sockaddr *)&address, sizeof address) == 0 &&
           setsockopt(catch->descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) == 0;
}

/* The number nearest to what is due now that ends in this sequence number. */
static uint64_t number_of(const struct drill_catch *catch, uint16_t sequence, int64_t arrived_ns)
{
    const int64_t passed = arrived_ns - catch->station->begun_ns;
    const uint64_t due =
        slot_at(catch->rate, catch->station->at + passed / NS, (uint32_t)(passed % NS)) / UDP_PACKETS;
    return due + (uint64_t)(int64_t)(int16_t)(uint16_t)(sequence - (uint16_t)due);
}

/* When the kernel had it: this thread may have been kept waiting on a busy machine. */
static int64_t arrival_of(struct msghdr *message)
{
    const struct cmsghdr *part = CMSG_FIRSTHDR(message);
    struct timespec stamp, utc;
    if (!part || part->cmsg_type != SCM_TIMESTAMPNS)
        return drill_now();
    memcpy(&stamp, CMSG_DATA(part), sizeof stamp);
    clock_gettime(CLOCK_REALTIME, &utc);
    return drill_now() - (utc.tv_sec - stamp.tv_sec) * NS - (utc.tv_nsec - stamp.tv_nsec);
}

static void keep(struct drill_catch *catch, const uint8_t *bytes, int64_t arrived_ns)
{
    pthread_mutex_lock(&catch->lock);
    if (catch->count == catch->room) {
        const size_t room = catch->room ? 2 * catch->room : 65536;
        struct caught *list = realloc(catch->list, room * sizeof *list);
        if (list) {
            catch->list = list;
            catch->room = room;
        }
    }
    if (catch->count < catch->room)
        catch->list[catch->count++] =
            (struct caught){number_of(catch, (uint16_t)(bytes[2] << 8 | bytes[3]), arrived_ns), arrived_ns,
                            XXH3_64bits(bytes + RTP_HEADER, PAYLOAD)};
    pthread_mutex_unlock(&catch->lock);
}

/* False when there is none for now. */
static bool take_datagram(struct drill_catch *catch)
{
    uint8_t bytes[RTP_HEADER + PAYLOAD + 1];
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(struct timespec))];
    struct iovec part = {bytes, sizeof bytes};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    if (recvmsg(catch->descriptor, &message, 0) != RTP_HEADER + PAYLOAD)
        return false;
    keep(catch, bytes, arrival_of(&message));
    return true;
}

static void *run(void *argument)
{
    struct drill_catch *catch = argument;
    while (!atomic_load(&catch->stop)) {
        struct pollfd ready = {.fd = catch->descriptor, .events = POLLIN};
        poll(&ready, 1, 100);
        while (take_datagram(catch))
            ;
    }
    return NULL;
}

struct drill_catch *drill_catch_new(const struct drill_station *station)
{
    struct drill_catch *catch = calloc(1, sizeof *catch);
    if (!catch)
        return NULL;
    const struct multiplex_plan *plan = &station->original->station->multiplexes[station->multiplex];
    catch->station = station;
    catch->rate = slot_rate_new(plan->delivery.bits_num, plan->delivery.bits_den);
    pthread_mutex_init(&catch->lock, NULL);
    catch->running = join(catch) && pthread_create(&catch->thread, NULL, run, catch) == 0;
    if (!catch->running)
        drill_catch_free(&catch);
    return catch;
}

void drill_catch_free(struct drill_catch **pointer)
{
    struct drill_catch *catch = *pointer;
    if (!catch)
        return;
    atomic_store(&catch->stop, true);
    if (catch->running)
        pthread_join(catch->thread, NULL);
    if (catch->descriptor >= 0)
        close(catch->descriptor);
    pthread_mutex_destroy(&catch->lock);
    free(catch->list);
    free(catch);
    *pointer = NULL;
}

int64_t drill_catch_last(struct drill_catch *catch)
{
    pthread_mutex_lock(&catch->lock);
    const int64_t last = catch->count ? catch->list[catch->count - 1].arrived_ns : 0;
    pthread_mutex_unlock(&catch->lock);
    return last;
}

/* --- judging */

struct planned { /* hashes of datagrams that should have come */
    uint64_t first, count;
    uint64_t *hashes;
    uint8_t partial[PAYLOAD];
    size_t filled;
};

static bool hash_planned(void *context, const uint8_t *bytes, size_t length)
{
    struct planned *planned = context;
    while (length > 0) {
        size_t part = sizeof planned->partial - planned->filled;
        part = part < length ? part : length;
        memcpy(planned->partial + planned->filled, bytes, part);
        planned->filled += part;
        bytes += part;
        length -= part;
        if (planned->filled < sizeof planned->partial)
            break;
        planned->hashes[planned->count++] = XXH3_64bits(planned->partial, sizeof planned->partial);
        planned->filled = 0;
    }
    return true;
}

static void ignore_fault(void *context, const struct reader_fault *fault)
{
    (void)context, (void)fault;
}

/* Datagrams first .. end - 1. */
static bool render(const struct programme *programme, uint64_t first, uint64_t end, struct planned *planned)
{
    *planned = (struct planned){.first = first, .hashes = calloc(end - first + 1, sizeof *planned->hashes)};
    struct rendering_job job = {.channels = programme->channels,
                                .channel_count = programme->count,
                                .first = first * UDP_PACKETS,
                                .end = end * UDP_PACKETS,
                                .sink = sink_new_function(hash_planned, planned),
                                .report = ignore_fault};
    const bool good = planned->hashes && job.sink && rendering_run(&job) == RENDERING_DONE;
    if (job.sink)
        sink_free(&job.sink);
    return good;
}

/* Datagrams that did not come between two that did: by their numbers, or by the time when the player was
 * started between them, since that one begins a little behind. */
static uint64_t lost_between(const struct drill_catch *catch, const struct caught *a, const struct caught *b)
{
    const int64_t silence = b->arrived_ns - a->arrived_ns, started_ns = catch->station->started_ns;
    if (a->arrived_ns < started_ns && started_ns < b->arrived_ns)
        return slot_at(catch->rate, silence / NS, (uint32_t)(silence % NS)) / UDP_PACKETS;
    return b->number > a->number + 1 ? b->number - a->number - 1 : 0;
}

static void judge(const struct drill_catch *catch, const struct caught *list, size_t count,
                  const struct planned *planned, struct drill_verdict *verdict)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t place = list[i].number - planned->first;
        const uint64_t lost = i ? lost_between(catch, &list[i - 1], &list[i]) : 0;
        verdict->good = place < planned->count && planned->hashes[place] == list[i].hash;
        verdict->lost += lost;
        verdict->other += !verdict->good;
        if (verdict->good && !verdict->first_good_ns)
            verdict->first_good_ns = list[i].arrived_ns;
        if (!verdict->good) {
            verdict->first_other_ns = verdict->first_other_ns ? verdict->first_other_ns : list[i].arrived_ns;
            verdict->last_other_ns = list[i].arrived_ns;
        }
        if (lost || !verdict->good)
            verdict->last_bad_ns = list[i].arrived_ns;
    }
    verdict->datagrams = count;
}

bool drill_catch_judge(struct drill_catch *catch, const struct programme *programme, int64_t from_ns,
                       int64_t until_ns, struct drill_verdict *verdict)
{
    *verdict = (struct drill_verdict){0};
    pthread_mutex_lock(&catch->lock);
    size_t first = 0, end = 0;
    while (first < catch->count && catch->list[first].arrived_ns < from_ns)
        first++;
    for (end = first; end < catch->count && catch->list[end].arrived_ns < until_ns;)
        end++;
    struct caught *list = calloc(end - first + 1, sizeof *list);
    if (list)
        memcpy(list, catch->list + first, (end - first) * sizeof *list);
    pthread_mutex_unlock(&catch->lock);
    uint64_t least = UINT64_MAX, most = 0;
    for (size_t i = 0; list && i < end - first; i++) {
        least = list[i].number < least ? list[i].number : least;
        most = list[i].number > most ? list[i].number : most;
    }
    struct planned planned = {0};
    const bool good = list && (end == first || render(programme, least, most + 1, &planned));
    if (good)
        judge(catch, list, end - first, &planned, verdict);
    free(planned.hashes);
    free(list);
    return good;
}
