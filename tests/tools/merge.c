/* merge: a receiver of one stream that comes on two paths (SMPTE ST 2022-7), which counts.
 *
 *   merge ADDRESS PORT SECONDS INTERFACE INTERFACE [--window MS] [--out FILE]
 *
 * Joins the group on both interfaces and gives out each RTP packet once, in order, a window's time after it
 * first came: 50 ms, if not told otherwise. Until SECONDS have passed, or until SIGINT or SIGTERM, then
 * prints
 *
 *   packets     given out           lost       never came within the window of their neighbours
 *   duplicates  came once more      differing  of them, not the same bytes, RTP header and all
 *   late        came, but when they were lost already
 *   dropped     by this machine's kernel
 *   path-0, path-1      what came on each
 *   skew-median         of the duplicates, whole ms
 *   silence-max         longest time without any packet, ms
 *   differing-for       from the first packet that differed to the last, ms */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define MS_NS INT64_C(1000000)
#define PATHS 2
#define RECEIVE_BUFFER (64 << 20)
#define PACKET_MAX 1500
#define RTP_HEADER 12
#define SKEWS 1000 /* ms */
#define RING 16384 /* a quarter of the sequence numbers: 4.5 s at 38 Mb/s */
#define EXIT_USAGE 64

struct place { /* of one sequence number */
    int64_t number, arrived_at;
    size_t length;
    uint8_t bytes[PACKET_MAX];
};

struct merge {
    struct in_addr group;
    uint16_t port;
    unsigned interfaces[PATHS];
    int sockets[PATHS];
    int64_t for_ns, window_ns;
    FILE *out;
    struct place *ring;
    bool begun;
    int64_t next,
        newest; /* number to be given out, and the highest that came; they go on where 16 bits wrap */
    int64_t heard_at, differed_at, differing_for, silence_max;
    uint64_t skews[SKEWS]; /* duplicates by whole ms, the last with all above */
    uint64_t packets, lost, duplicates, differing, late, paths[PATHS];
    uint32_t dropped[PATHS];
};

static volatile sig_atomic_t stopped;

static void stop(int number)
{
    (void)number;
    stopped = 1;
}

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now); /* as the kernel stamps what arrives */
    return now.tv_sec * 1000 * MS_NS + now.tv_nsec;
}

/* --- the command line */

static bool parse_options(int argc, char **argv, struct merge *merge)
{
    static const struct option options[] = {
        {"window", required_argument, NULL, 'w'}, {"out", required_argument, NULL, 'o'}, {0}};
    merge->window_ns = 50 * MS_NS;
    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (option == 'w')
            merge->window_ns = strtoll(optarg, NULL, 10) * MS_NS;
        else if (option != 'o' || !(merge->out = fopen(optarg, "wb")))
            return false;
    }
    return merge->window_ns > 0 && merge->window_ns < 1000 * MS_NS;
}

static bool parse(int argc, char **argv, struct merge *merge)
{
    if (!parse_options(argc, argv, merge) || argc - optind != 3 + PATHS)
        return false;
    argv += optind;
    merge->port = (uint16_t)strtoul(argv[1], NULL, 10);
    merge->for_ns = (int64_t)(strtod(argv[2], NULL) * 1e9);
    for (int i = 0; i < PATHS; i++)
        if (!(merge->interfaces[i] = if_nametoindex(argv[3 + i])))
            return false;
    return inet_pton(AF_INET, argv[0], &merge->group) == 1 && merge->port && merge->for_ns > 0;
}

/* --- receiving */

/* What comes in by this interface only, whatever else of this machine has joined the group. */
static int open_path(const struct merge *merge, unsigned interface)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1, off = 0,
        room = RECEIVE_BUFFER;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(merge->port), .sin_addr = merge->group};
    struct ip_mreqn membership = {.imr_multiaddr = merge->group, .imr_ifindex = (int)interface};
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room); /* root may pass the limit */
    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0 &&
        setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off) == 0 &&
        bind(fd, (struct sockaddr *)&address, sizeof address) == 0 &&
        setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) == 0)
        return fd;
    close(fd);
    return -1;
}

/* The kernel's time of arrival; how many packets it had to drop by then. */
static int64_t read_ancillary(struct msghdr *message, uint32_t *dropped)
{
    int64_t arrived_at = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            arrived_at = time.tv_sec * 1000 * MS_NS + time.tv_nsec;
        } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) {
            memcpy(dropped, CMSG_DATA(part), sizeof *dropped);
        }
    }
    return arrived_at;
}

/* --- merging */

static struct place *place_of(struct merge *merge, int64_t number)
{
    return &merge->ring[number % RING];
}

/* The number nearest to the newest one that ends in this sequence number. */
static int64_t number_of(struct merge *merge, const uint8_t *bytes)
{
    uint16_t sequence = (uint16_t)(bytes[2] << 8 | bytes[3]);
    if (!merge->begun)
        merge->next = merge->newest = 65536 + sequence;
    merge->begun = true;
    return merge->newest + (int16_t)(uint16_t)(sequence - (uint16_t)merge->newest);
}

static void note_duplicate(struct merge *merge, const struct place *first, const struct place *again)
{
    int64_t skew = llabs(again->arrived_at - first->arrived_at) / MS_NS;
    merge->skews[skew < SKEWS ? skew : SKEWS - 1]++;
    merge->duplicates++;
    if (again->length == first->length && memcmp(again->bytes, first->bytes, first->length) == 0)
        return;
    if (!merge->differing++)
        merge->differed_at = again->arrived_at;
    merge->differing_for = again->arrived_at - merge->differed_at;
}

static void take(struct merge *merge, struct place *packet)
{
    packet->number = number_of(merge, packet->bytes);
    struct place *place = place_of(merge, packet->number);
    if (merge->heard_at && packet->arrived_at - merge->heard_at > merge->silence_max)
        merge->silence_max = packet->arrived_at - merge->heard_at;
    if (packet->arrived_at > merge->heard_at)
        merge->heard_at = packet->arrived_at;
    if (place->length && place->number == packet->number) {
        note_duplicate(merge, place, packet);
    } else if (packet->number < merge->next) {
        merge->late++;
    } else {
        *place = *packet;
        if (packet->number > merge->newest)
            merge->newest = packet->number;
    }
}

static void give_out(struct merge *merge, const struct place *place)
{
    merge->packets++;
    if (merge->out)
        fwrite(place->bytes + RTP_HEADER, 1, place->length - RTP_HEADER, merge->out);
}

/* All whose window is over: what is not there when a later one is given out is lost. */
static void give_out_until(struct merge *merge, int64_t arrived_at)
{
    int64_t last = merge->newest;
    for (; last >= merge->next; last--) {
        const struct place *place = place_of(merge, last);
        if (place->length && place->number == last && place->arrived_at <= arrived_at)
            break;
    }
    for (; merge->next <= last; merge->next++) {
        const struct place *place = place_of(merge, merge->next);
        if (place->length && place->number == merge->next)
            give_out(merge, place);
        else
            merge->lost++;
    }
}

static void receive(struct merge *merge, int path)
{
    struct place packet;
    for (;;) {
        _Alignas(struct cmsghdr) char control[128];
        struct iovec part = {packet.bytes, sizeof packet.bytes};
        struct msghdr message = {
            .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
        ssize_t received = recvmsg(merge->sockets[path], &message, MSG_DONTWAIT);
        if (received < 0)
            return;
        packet.arrived_at = read_ancillary(&message, &merge->dropped[path]);
        packet.length = (size_t)received;
        merge->paths[path]++;
        if (received > RTP_HEADER)
            take(merge, &packet);
    }
}

static void run(struct merge *merge)
{
    struct pollfd ready[PATHS];
    for (int i = 0; i < PATHS; i++)
        ready[i] = (struct pollfd){.fd = merge->sockets[i], .events = POLLIN};
    for (int64_t until = now_ns() + merge->for_ns; !stopped && now_ns() < until;) {
        int64_t before = now_ns(); /* what arrived by then is read below */
        poll(ready, PATHS, 5);
        for (int i = 0; i < PATHS; i++)
            receive(merge, i);
        give_out_until(merge, before - merge->window_ns);
        const struct timespec pause = {.tv_nsec = MS_NS};
        nanosleep(&pause, NULL);
    }
}

static int skew_median(const struct merge *merge)
{
    int skew = 0;
    for (uint64_t below = 0; skew < SKEWS - 1; skew++)
        if (2 * (below += merge->skews[skew]) >= merge->duplicates)
            break;
    return skew;
}

static void report(const struct merge *merge)
{
    printf("packets %" PRIu64 "\nlost %" PRIu64 "\nduplicates %" PRIu64 "\ndiffering %" PRIu64
           "\nlate %" PRIu64 "\n",
           merge->packets, merge->lost, merge->duplicates, merge->differing, merge->late);
    printf("dropped %u\npath-0 %" PRIu64 "\npath-1 %" PRIu64 "\n", merge->dropped[0] + merge->dropped[1],
           merge->paths[0], merge->paths[1]);
    printf("skew-median %d\nsilence-max %.3f\ndiffering-for %.3f\n", skew_median(merge),
           (double)merge->silence_max / 1e6, (double)merge->differing_for / 1e6);
}

int main(int argc, char **argv)
{
    struct merge merge = {0};
    const struct sched_param priority = {.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &priority); /* below any sender; where allowed */
    if (!parse(argc, argv, &merge)) {
        fputs("usage: merge ADDRESS PORT SECONDS INTERFACE INTERFACE [--window MS] [--out FILE]\n", stderr);
        return EXIT_USAGE;
    }
    signal(SIGINT, stop);
    signal(SIGTERM, stop);
    merge.ring = calloc(RING, sizeof *merge.ring);
    bool good = merge.ring != NULL;
    for (int i = 0; i < PATHS; i++)
        good = (merge.sockets[i] = open_path(&merge, merge.interfaces[i])) >= 0 && good;
    if (good)
        run(&merge);
    else
        perror("merge");
    if (merge.out)
        good = fclose(merge.out) == 0 && good;
    report(&merge);
    free(merge.ring);
    return good && merge.packets ? EXIT_SUCCESS : EXIT_FAILURE;
}
