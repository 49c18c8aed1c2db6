/* Datagrams; nothing here knows what is in them. */
#include "playout/outputs/udp.h"

#include <arpa/inet.h>
#include <assert.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "mux/section.h"

#define RTP_HEADER 12
#define RTP_PAYLOAD_MP2T 33 /* RFC 3551 */
#define BUFFER (1 << 20)
#define RECONNECT_EACH 256 /* datagrams lost: some ten times a second */

struct udp_output {
    int socket;
    bool rtp, local, connected;
    uint32_t ssrc, lost;
    struct sockaddr_in to;
    char interface[IF_NAMESIZE]; /* of a group; "": by the routing table */
};

static bool parse_uri(const char *uri, struct udp_output *output)
{
    char address[64], digits[6];
    int end = 0;
    output->rtp = strncmp(uri, "rtp://", 6) == 0;
    if (!output->rtp && strncmp(uri, "udp://", 6) != 0)
        return false;
    if (sscanf(uri + 6, "%63[0-9.]:%5[0-9]%n", address, digits, &end) != 2 || uri[6 + end])
        return false;
    unsigned long port = strtoul(digits, NULL, 10);
    if (port < 1 || port > 65535)
        return false;
    output->to.sin_family = AF_INET;
    output->to.sin_port = htons(port);
    return inet_pton(AF_INET, address, &output->to.sin_addr) == 1;
}

static bool is_loopback_interface(int descriptor, const char *name)
{
    struct ifreq request = {0};
    snprintf(request.ifr_name, sizeof request.ifr_name, "%s", name);
    return ioctl(descriptor, SIOCGIFFLAGS, &request) == 0 && request.ifr_flags & IFF_LOOPBACK;
}

static bool set_option(int descriptor, int level, int option, int value)
{
    return setsockopt(descriptor, level, option, &value, sizeof value) == 0;
}

static bool is_group(const struct udp_output *output)
{
    return IN_MULTICAST(ntohl(output->to.sin_addr.s_addr));
}

static bool choose_interface(const struct udp_output *output)
{
    struct ip_mreqn through = {.imr_ifindex = (int)if_nametoindex(output->interface)};
    return through.imr_ifindex &&
           setsockopt(output->socket, IPPROTO_IP, IP_MULTICAST_IF, &through, sizeof through) == 0;
}

/* Where a datagram goes out and how far. False with errno set. */
static bool set_route(struct udp_output *output, const struct output *wanted)
{
    bool multicast = is_group(output);
    output->local = ntohl(output->to.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
    set_option(output->socket, SOL_SOCKET, SO_SNDBUF, BUFFER);
    if (wanted->interface) {
        if (!if_nametoindex(wanted->interface))
            return false;
        snprintf(output->interface, sizeof output->interface, "%s", wanted->interface);
        if (multicast && !choose_interface(output))
            return false;
        if (!multicast && setsockopt(output->socket, SOL_SOCKET, SO_BINDTODEVICE, wanted->interface,
                                     strlen(wanted->interface)) != 0)
            return false;
        output->local = output->local || is_loopback_interface(output->socket, wanted->interface);
    }
    if (multicast)
        return set_option(output->socket, IPPROTO_IP, IP_MULTICAST_TTL, wanted->ttl) &&
               set_option(output->socket, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
    return set_option(output->socket, IPPROTO_IP, IP_TTL, wanted->ttl > 0 ? wanted->ttl : 1);
}

/* The kernel looks up a route once and not for every datagram. Not for unicast: there a receiver that is not
 * listening would turn datagrams into errors. */
static bool connect_group(struct udp_output *output)
{
    if (!is_group(output))
        return true;
    output->connected = connect(output->socket, (struct sockaddr *)&output->to, sizeof output->to) == 0;
    return output->connected;
}

/* A socket that is connected keeps the address that it had of its own, and the interface; both may be
 * others after the network was away. */
static void reconnect_group(struct udp_output *output)
{
    const struct sockaddr nobody = {.sa_family = AF_UNSPEC};
    connect(output->socket, &nobody, sizeof nobody);
    if (*output->interface)
        choose_interface(output);
    connect_group(output);
}

struct udp_output *udp_output_new(const struct output *wanted, const char *stream, char *error, size_t size)
{
    struct udp_output *output = calloc(1, sizeof *output);
    if (!output)
        return NULL;
    output->socket = -1;
    output->ssrc = section_crc32((const uint8_t *)stream, strlen(stream));
    bool good = parse_uri(wanted->uri, output);
    if (!good) {
        snprintf(error, size, "\"%s\" is not an output: udp://239.255.12.1:5004 is, or rtp://", wanted->uri);
    } else {
        output->socket = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        good = output->socket >= 0 && set_route(output, wanted) && connect_group(output);
        if (!good)
            snprintf(error, size, "%s%s%s cannot be used: %s", wanted->uri, wanted->interface ? " on " : "",
                     wanted->interface ? wanted->interface : "", strerror(errno));
    }
    if (!good)
        udp_output_free(&output);
    return output;
}

void udp_output_free(struct udp_output **output)
{
    if (!*output)
        return;
    if ((*output)->socket >= 0)
        close((*output)->socket);
    free(*output);
    *output = NULL;
}

bool udp_output_is_local(const struct udp_output *output)
{
    return output->local;
}

/* RFC 2250 2: the timestamp is when the first byte leaves, 90 kHz. */
static void build_rtp(const struct udp_output *output, struct slot_rate rate, uint64_t k, uint8_t *header)
{
    uint64_t datagram = k / UDP_PACKETS;
    int64_t second = slot_second(rate, k);
    uint32_t time = second * 90000 + slot_ns(rate, k, second) * 9 / 100000;
    header[0] = 0x80;
    header[1] = RTP_PAYLOAD_MP2T;
    header[2] = datagram >> 8;
    header[3] = datagram;
    for (int i = 0; i < 4; i++) {
        header[4 + i] = time >> (24 - 8 * i);
        header[8 + i] = output->ssrc >> (24 - 8 * i);
    }
}

bool udp_output_send(struct udp_output *output, struct slot_rate rate, uint64_t k, const uint8_t *packets)
{
    uint8_t header[RTP_HEADER];
    assert(k % UDP_PACKETS == 0);
    struct iovec parts[] = {{header, sizeof header}, {(void *)packets, UDP_PACKETS * TS_PACKET}};
    if (output->rtp)
        build_rtp(output, rate, k, header);
    struct msghdr message = {.msg_name = output->connected ? NULL : &output->to,
                             .msg_namelen = output->connected ? 0 : sizeof output->to,
                             .msg_iov = output->rtp ? parts : parts + 1,
                             .msg_iovlen = output->rtp ? 2 : 1};
    if (sendmsg(output->socket, &message, MSG_NOSIGNAL) >= 0)
        return true;
    int error = errno;
    if (is_group(output) && ++output->lost % RECONNECT_EACH == 0)
        reconnect_group(output);
    errno = error;
    return false;
}
