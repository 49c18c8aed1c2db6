/* arrivals: how evenly datagrams of constant-rate streams arrive, by the kernel's time stamps.
 *
 *   arrivals INTERFACE SECONDS NUM/DEN GROUP:PORT...   bits per second of the transport stream in each group
 *   arrivals INTERFACE SECONDS first GROUP:PORT        only when the first datagram came, seconds of Unix
 * time
 *
 * Prints names and numbers, a line each. Lateness is counted from the line of the constant rate through the
 * earliest datagram of each group, and is of all groups together. Datagrams are counted and not kept; those
 * that the kernel had to drop here count as come. */
#include <arpa/inet.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define RECEIVE_BUFFER (64 << 20)
#define BATCH 64
#define CONTROL 64
#define EXIT_USAGE 64

struct group {
    int fd;
    uint64_t bytes, dropped;
    int64_t *late; /* per datagram: arrival minus the time its first byte is due, no zero set */
    size_t count, room;
};

struct arrivals {
    int64_t for_ns;
    bool only_first;
    uint64_t bits_num, bits_den;
    struct group *groups;
    size_t count;
    int64_t first_at; /* Unix time of the first datagram, 0: none came */
};

static int64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static int open_group(const char *name, unsigned interface)
{
    char address[64];
    int port, fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, off = 0, room = RECEIVE_BUFFER;
    struct sockaddr_in at = {.sin_family = AF_INET};
    struct ip_mreqn membership = {.imr_ifindex = (int)interface};
    if (fd < 0 || sscanf(name, "%63[0-9.]:%d", address, &port) != 2 ||
        inet_pton(AF_INET, address, &at.sin_addr) != 1)
        return -1;
    at.sin_port = htons((uint16_t)port);
    membership.imr_multiaddr = at.sin_addr;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room); /* root may pass the limit */
    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    setsockopt(fd, IPPROTO_IP, IP_MULTICAST_ALL, &off, sizeof off);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) ||
        bind(fd, (struct sockaddr *)&at, sizeof at) ||
        setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership)) {
        close(fd);
        return -1;
    }
    return fd;
}

static bool parse(int argc, char **argv, struct arrivals *arrivals)
{
    if (argc < 5)
        return false;
    unsigned interface = if_nametoindex(argv[1]);
    char *end;
    arrivals->for_ns = (int64_t)(strtod(argv[2], &end) * 1e9);
    arrivals->only_first = strcmp(argv[3], "first") == 0;
    if (!arrivals->only_first &&
        (sscanf(argv[3], "%" SCNu64 "/%" SCNu64, &arrivals->bits_num, &arrivals->bits_den) != 2 ||
         !arrivals->bits_num || !arrivals->bits_den))
        return false;
    arrivals->groups = calloc((size_t)argc - 4, sizeof *arrivals->groups);
    for (int i = 4; arrivals->groups && i < argc; i++)
        if ((arrivals->groups[arrivals->count++].fd = open_group(argv[i], interface)) < 0)
            return false;
    return arrivals->groups && *end == '\0' && arrivals->for_ns > 0;
}

/* The kernel's time of arrival; how many datagrams it had to drop by then. */
static int64_t read_ancillary(struct msghdr *message, uint64_t *dropped)
{
    int64_t arrived_at = 0;
    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            arrived_at = time.tv_sec * SECOND_NS + time.tv_nsec;
        } else if (part->cmsg_level == SOL_SOCKET && part->cmsg_type == SO_RXQ_OVFL) {
            uint32_t count;
            memcpy(&count, CMSG_DATA(part), sizeof count);
            *dropped = count;
        }
    }
    return arrived_at;
}

static bool note(struct arrivals *arrivals, struct group *group, struct msghdr *message, size_t length)
{
    uint64_t before = group->dropped;
    int64_t arrived_at = read_ancillary(message, &group->dropped);
    group->bytes += (group->dropped - before) * length;
    if (!arrivals->first_at)
        arrivals->first_at = arrived_at;
    if (arrivals->only_first)
        return true;
    if (group->count == group->room) {
        size_t room = group->room ? 2 * group->room : 65536;
        int64_t *late = realloc(group->late, room * sizeof *late);
        if (!late)
            return false;
        group->late = late;
        group->room = room;
    }
    __int128 due = (__int128)group->bytes * 8 * SECOND_NS * arrivals->bits_den / arrivals->bits_num;
    group->late[group->count++] = arrived_at - (int64_t)due;
    group->bytes += length;
    return true;
}

/* All datagrams that are there, of which only the first byte is fetched. */
static bool receive(struct arrivals *arrivals, struct group *group)
{
    static uint8_t bytes[BATCH];
    static _Alignas(struct cmsghdr) char controls[BATCH][CONTROL];
    struct iovec parts[BATCH];
    struct mmsghdr messages[BATCH] = {0};
    for (int i = 0; i < BATCH; i++) {
        parts[i] = (struct iovec){&bytes[i], 1};
        messages[i].msg_hdr = (struct msghdr){
            .msg_iov = &parts[i], .msg_iovlen = 1, .msg_control = controls[i], .msg_controllen = CONTROL};
    }
    int count = recvmmsg(group->fd, messages, BATCH, MSG_DONTWAIT | MSG_TRUNC, NULL);
    for (int i = 0; i < count; i++)
        if (!note(arrivals, group, &messages[i].msg_hdr, messages[i].msg_len))
            return false;
    return true;
}

static bool receive_all(struct arrivals *arrivals)
{
    struct pollfd *ready = calloc(arrivals->count, sizeof *ready);
    int64_t until = now_ns() + arrivals->for_ns;
    bool good = ready != NULL, heard = false;
    for (size_t i = 0; good && i < arrivals->count; i++)
        ready[i] = (struct pollfd){.fd = arrivals->groups[i].fd, .events = POLLIN};
    for (int64_t left; good && (left = until - now_ns()) > 0;) {
        if (poll(ready, arrivals->count, (int)(left / 1000000 + 1)) <= 0)
            continue;
        for (size_t i = 0; good && i < arrivals->count; i++)
            if (ready[i].revents)
                good = receive(arrivals, &arrivals->groups[i]);
        if (arrivals->only_first && arrivals->first_at)
            break;
        if (!heard && arrivals->first_at)
            until = now_ns() + arrivals->for_ns;
        heard = arrivals->first_at != 0;
    }
    free(ready);
    return good;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;
    return (x > y) - (x < y);
}

/* Lateness of all groups in one sorted list; NULL when nothing came. */
static int64_t *gather(const struct arrivals *arrivals, size_t *total, uint64_t *dropped)
{
    *total = *dropped = 0;
    for (size_t i = 0; i < arrivals->count; i++)
        *total += arrivals->groups[i].count;
    int64_t *all = *total ? malloc(*total * sizeof *all) : NULL;
    size_t used = 0;
    for (size_t i = 0; all && i < arrivals->count; i++) {
        const struct group *group = &arrivals->groups[i];
        int64_t earliest = INT64_MAX;
        for (size_t j = 0; j < group->count; j++)
            earliest = group->late[j] < earliest ? group->late[j] : earliest;
        for (size_t j = 0; j < group->count; j++)
            all[used++] = group->late[j] - earliest;
        *dropped += group->dropped;
    }
    if (all)
        qsort(all, *total, sizeof *all, compare);
    return all;
}

static bool report(const struct arrivals *arrivals)
{
    size_t total;
    uint64_t dropped;
    if (arrivals->only_first) {
        printf("first %.6f\n", (double)arrivals->first_at / 1e9);
        return arrivals->first_at != 0;
    }
    int64_t *late = gather(arrivals, &total, &dropped);
    printf("datagrams %zu\ndropped %" PRIu64 "\n", total, dropped);
    if (!late)
        return false;
    printf("late-p50 %.3f us\nlate-p99 %.3f us\nlate-p99.9 %.3f us\nlate-max %.3f us\n",
           (double)late[total / 2] / 1e3, (double)late[total * 99 / 100] / 1e3,
           (double)late[total * 999 / 1000] / 1e3, (double)late[total - 1] / 1e3);
    free(late);
    return true;
}

int main(int argc, char **argv)
{
    struct arrivals arrivals = {0};
    const struct sched_param priority = {.sched_priority = 1};
    sched_setscheduler(0, SCHED_FIFO, &priority); /* below any sender; where allowed */
    if (!parse(argc, argv, &arrivals)) {
        fputs("usage: arrivals INTERFACE SECONDS NUM/DEN|first GROUP:PORT...\n", stderr);
        return EXIT_USAGE;
    }
    bool good = receive_all(&arrivals);
    good = report(&arrivals) && good;
    for (size_t i = 0; i < arrivals.count; i++)
        free(arrivals.groups[i].late);
    free(arrivals.groups);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
