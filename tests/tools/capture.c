/* capture: catches a multicast stream and tells how evenly it came.
 *
 *   capture ADDRESS PORT INTERFACE SECONDS OUT.ts [--rtp] [--rate NUM/DEN]
 *
 * Joins the group on the interface and writes the payload until SECONDS have passed since the first datagram,
 * or since the start when none comes. With --rate (bits per second of the transport stream) the kernel's time
 * stamp of every datagram is held against the constant rate: lateness is counted from the line through the
 * earliest one. */
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define SECOND_NS INT64_C(1000000000)
#define RECEIVE_BUFFER (64 << 20)
#define DATAGRAM_MAX 65536
#define RTP_HEADER 12
#define EXIT_USAGE 64

struct capture {
    const char *path;
    struct in_addr group;
    uint16_t port;
    unsigned interface;
    int64_t for_ns;
    bool rtp;
    uint64_t bits_num, bits_den; /* 0: arrival is not judged */
    FILE *out;
    uint64_t datagrams, bytes, rtp_lost, dropped;
    uint16_t sequence;
    int64_t *late; /* per datagram: arrival minus the time its first byte is due, no zero set */
    size_t late_room;
};

static int64_t now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * SECOND_NS + now.tv_nsec;
}

static bool parse_options(int argc, char **argv, struct capture *capture)
{
    static const struct option options[] = {
        {"rtp", no_argument, NULL, 't'}, {"rate", required_argument, NULL, 'r'}, {0}};

    for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        char *end = "";
        if (option == 't') {
            capture->rtp = true;
        } else if (option == 'r') {
            capture->bits_num = strtoull(optarg, &end, 10);
            capture->bits_den = *end == '/' ? strtoull(end + 1, &end, 10) : 1;
        }
        if (option == '?' || *end || (option == 'r' && (!capture->bits_num || !capture->bits_den)))
            return false;
    }
    return argc - optind == 5;
}

static bool parse_request(int argc, char **argv, struct capture *capture)
{
    if (!parse_options(argc, argv, capture))
        return false;
    argv += optind;
    char *end, *port_end;
    unsigned long port = strtoul(argv[1], &port_end, 10);
    double seconds = strtod(argv[3], &end);

    capture->port = (uint16_t)port;
    capture->interface = if_nametoindex(argv[2]);
    capture->for_ns = (int64_t)(seconds * 1e9);
    capture->path = argv[4];
    return inet_pton(AF_INET, argv[0], &capture->group) == 1 && !*port_end && port && port < 65536 &&
           capture->interface && !*end && seconds > 0 && seconds < 1e6;
}

static int open_socket(const struct capture *capture)
{
    int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), on = 1, room = RECEIVE_BUFFER;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(capture->port), .sin_addr = capture->group};
    struct ip_mreqn membership = {.imr_multiaddr = capture->group, .imr_ifindex = (int)capture->interface};

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof room); /* root may pass the limit */
    setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) ||
        setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) ||
        bind(fd, (struct sockaddr *)&address, sizeof address) ||
        setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership)) {
        close(fd);
        return -1;
    }
    return fd;
}

/* The kernel's time of arrival; how many datagrams it had to drop by then. */
static int64_t read_ancillary(struct msghdr *message, uint64_t *dropped)
{
    int64_t arrived_at = 0;

    for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part; part = CMSG_NXTHDR(message, part)) {
        if (part->cmsg_level != SOL_SOCKET)
            continue;
        if (part->cmsg_type == SO_TIMESTAMPNS) {
            struct timespec time;
            memcpy(&time, CMSG_DATA(part), sizeof time);
            arrived_at = time.tv_sec * SECOND_NS + time.tv_nsec;
        } else if (part->cmsg_type == SO_RXQ_OVFL) {
            uint32_t count;
            memcpy(&count, CMSG_DATA(part), sizeof count);
            *dropped = count;
        }
    }
    return arrived_at;
}

static bool note_arrival(struct capture *capture, int64_t arrived_at)
{
    if (!capture->bits_num)
        return true;
    if (capture->datagrams == capture->late_room) {
        size_t room = capture->late_room ? 2 * capture->late_room : 65536;
        int64_t *late = realloc(capture->late, room * sizeof *late);
        if (!late)
            return false;
        capture->late = late;
        capture->late_room = room;
    }
    __int128 due = (__int128)capture->bytes * 8 * SECOND_NS * capture->bits_den / capture->bits_num;
    capture->late[capture->datagrams] = arrived_at - (int64_t)due;
    return true;
}

/* The transport packets in a datagram: behind the RTP header, if that is what comes. */
static const uint8_t *payload_of(struct capture *capture, const uint8_t *datagram, size_t *length)
{
    if (!capture->rtp)
        return datagram;
    if (*length < RTP_HEADER) {
        *length = 0;
        return datagram;
    }
    uint16_t sequence = (uint16_t)(datagram[2] << 8 | datagram[3]);
    if (capture->datagrams)
        capture->rtp_lost += (uint16_t)(sequence - capture->sequence - 1);
    capture->sequence = sequence;
    size_t header = RTP_HEADER + 4u * (datagram[0] & 0x0F);
    header = header < *length ? header : *length;
    *length -= header;
    return datagram + header;
}

/* One datagram, if there is one. False when nothing can be received or kept any more. */
static bool receive(struct capture *capture, int fd)
{
    static uint8_t datagram[DATAGRAM_MAX];
    _Alignas(struct cmsghdr) char control[256];
    struct iovec part = {datagram, sizeof datagram};
    struct msghdr message = {
        .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    ssize_t received = recvmsg(fd, &message, MSG_DONTWAIT);

    if (received < 0)
        return errno == EAGAIN || errno == EINTR;
    size_t length = (size_t)received;
    const uint8_t *payload = payload_of(capture, datagram, &length);
    if (!note_arrival(capture, read_ancillary(&message, &capture->dropped)) ||
        fwrite(payload, 1, length, capture->out) != length)
        return false;
    capture->datagrams++;
    capture->bytes += length;
    return true;
}

static bool receive_all(struct capture *capture, int fd)
{
    int64_t until = now_ns() + capture->for_ns;
    bool good = true, heard = false;

    for (int64_t left; good && (left = until - now_ns()) > 0;) {
        struct pollfd ready = {.fd = fd, .events = POLLIN};
        if (poll(&ready, 1, (int)(left / 1000000 + 1)) <= 0)
            continue;
        good = receive(capture, fd);
        if (!heard && capture->datagrams) {
            heard = true;
            until = now_ns() + capture->for_ns;
        }
    }
    return good;
}

static int compare(const void *a, const void *b)
{
    int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

    return (x > y) - (x < y);
}

static void report(struct capture *capture)
{
    size_t count = capture->datagrams;

    printf("datagrams %zu\npackets %" PRIu64 "\ndropped %" PRIu64 "\n", count, capture->bytes / 188,
           capture->dropped);
    if (capture->rtp)
        printf("rtp-lost %" PRIu64 "\n", capture->rtp_lost);
    if (!capture->bits_num || !count)
        return;
    qsort(capture->late, count, sizeof *capture->late, compare);
    int64_t earliest = capture->late[0];
    printf("late-p50 %.3f us\nlate-p99 %.3f us\nlate-p99.9 %.3f us\nlate-max %.3f us\n",
           (double)(capture->late[count / 2] - earliest) / 1e3,
           (double)(capture->late[count * 99 / 100] - earliest) / 1e3,
           (double)(capture->late[count * 999 / 1000] - earliest) / 1e3,
           (double)(capture->late[count - 1] - earliest) / 1e3);
}

int main(int argc, char **argv)
{
    struct capture capture = {0};

    if (!parse_request(argc, argv, &capture)) {
        fputs("usage: capture ADDRESS PORT INTERFACE SECONDS OUT.ts [--rtp] [--rate NUM/DEN]\n", stderr);
        return EXIT_USAGE;
    }
    int fd = open_socket(&capture);
    capture.out = fd < 0 ? NULL : fopen(capture.path, "wb");
    if (!capture.out) {
        perror(fd < 0 ? "capture" : capture.path);
        return EXIT_FAILURE;
    }
    bool good = receive_all(&capture, fd);
    good &= fclose(capture.out) == 0;
    close(fd);
    if (!good)
        perror("capture");
    report(&capture);
    free(capture.late);
    return good && capture.datagrams ? EXIT_SUCCESS : EXIT_FAILURE;
}
