/* Files in large reads, datagrams in batches. */
#include "playout/measure/intake.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FILE_READ (1 << 18) /* stays in the cache between the read and the judge */
#define RECEIVE_BUFFER (64 << 20)
#define BATCH 64
#define DATAGRAM_MAX 9216 /* a jumbo frame */
#define CONTROL_MAX 128
#define PATIENCE_MS 100
#define RTP_HEADER 12
#define RTP_VERSION 2
#define RTP_MP2T 33      /* RFC 3551; other payload types may be transport streams as well */
#define RTP_DROPOUT 3000 /* RFC 3550 A.1: a longer step forward is a sender that began anew ... */
#define RTP_MISORDER 100 /* ... and a short one back a datagram that was overtaken */
#define SECOND_NS INT64_C(1000000000)

struct intake {
    int descriptor;
    bool live, rtp, has_sender, has_sequence, has_mp2t;
    struct sockaddr_in sender; /* of the datagram before */
    uint32_t source;           /* SSRC */
    uint16_t sequence;
    uint64_t missing; /* bit i: the datagram i + 1 before `sequence` has not come */
    uint64_t size, dropped, late, changes;
    struct mmsghdr messages[BATCH];
    struct iovec parts[BATCH];
    struct sockaddr_in senders[BATCH];
    char (*control)[CONTROL_MAX];
    uint8_t *buffer; /* FILE_READ bytes, or BATCH datagrams */
    int count, next; /* of the batch */
};

struct address {
    struct in_addr host;
    uint16_t port;
    unsigned interface;
    bool rtp;
};

bool intake_is_live(const char *source)
{
    return strncmp(source, "udp://", 6) == 0 || strncmp(source, "rtp://", 6) == 0;
}

static bool parse_address(const char *source, struct address *address, char *error, size_t size)
{
    char host[64], digits[6];
    int end = 0;
    address->rtp = source[0] == 'r';
    bool good = sscanf(source + 6, "%63[0-9.]:%5[0-9]%n", host, digits, &end) == 2 &&
                (!source[6 + end] || source[6 + end] == '@') && inet_pton(AF_INET, host, &address->host) == 1;
    unsigned long port = good ? strtoul(digits, NULL, 10) : 0;
    if (port < 1 || port > 65535) {
        snprintf(error, size,
                 "\"%s\" is no address: udp://239.255.12.1:5004 is, or rtp://239.255.12.1:5004@eth0", source);
        return false;
    }
    address->port = (uint16_t)port;
    if (!source[6 + end])
        return true;
    address->interface = if_nametoindex(source + 6 + end + 1);
    if (!address->interface)
        snprintf(error, size, "there is no interface \"%s\"", source + 6 + end + 1);
    return address->interface != 0;
}

static bool join(int descriptor, const struct address *address)
{
    struct ip_mreqn membership = {.imr_multiaddr = address->host, .imr_ifindex = (int)address->interface};
    if (!IN_MULTICAST(ntohl(address->host.s_addr)))
        return true;
    return setsockopt(descriptor, IPPROTO_IP, IP_ADD_MEMBERSHIP, &membership, sizeof membership) == 0;
}

static bool open_socket(struct intake *intake, const struct address *address)
{
    struct sockaddr_in at = {
        .sin_family = AF_INET, .sin_port = htons(address->port), .sin_addr = address->host};
    int on = 1, room = RECEIVE_BUFFER;
    intake->descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (intake->descriptor < 0)
        return false;
    setsockopt(intake->descriptor, SOL_SOCKET, SO_RCVBUF, &room, sizeof room);
    setsockopt(intake->descriptor, SOL_SOCKET, SO_RCVBUFFORCE, &room,
               sizeof room); /* root passes the limit */
    setsockopt(intake->descriptor, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
    return setsockopt(intake->descriptor, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
           setsockopt(intake->descriptor, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) == 0 &&
           bind(intake->descriptor, (struct sockaddr *)&at, sizeof at) == 0 &&
           join(intake->descriptor, address);
}

static bool prepare_batch(struct intake *intake)
{
    intake->buffer = malloc((size_t)BATCH * DATAGRAM_MAX);
    intake->control = calloc(BATCH, CONTROL_MAX);
    if (!intake->buffer || !intake->control)
        return false;
    for (int i = 0; i < BATCH; i++) {
        intake->parts[i] = (struct iovec){intake->buffer + (size_t)i * DATAGRAM_MAX, DATAGRAM_MAX};
        intake->messages[i].msg_hdr = (struct msghdr){.msg_iov = &intake->parts[i], .msg_iovlen = 1};
    }
    return true;
}

static bool open_file(struct intake *intake, const char *source)
{
    struct stat status;
    bool standard = strcmp(source, "-") == 0;
    intake->descriptor = standard ? dup(STDIN_FILENO) : open(source, O_RDONLY | O_CLOEXEC);
    intake->buffer = malloc(FILE_READ);
    if (intake->descriptor < 0 || !intake->buffer || fstat(intake->descriptor, &status) != 0)
        return false;
    if (S_ISREG(status.st_mode))
        intake->size = (uint64_t)status.st_size;
    posix_fadvise(intake->descriptor, 0, 0, POSIX_FADV_SEQUENTIAL);
    return true;
}

struct intake *intake_new(const char *source, bool *usage, char *error, size_t size)
{
    struct address address = {0};
    struct intake *intake = calloc(1, sizeof *intake);
    *usage = false;
    if (!intake) {
        snprintf(error, size, "out of memory");
        return NULL;
    }
    intake->descriptor = -1;
    intake->live = intake_is_live(source);
    *usage = intake->live && !parse_address(source, &address, error, size);
    intake->rtp = address.rtp;
    if (*usage) {
        intake_free(&intake);
    } else if (intake->live ? !prepare_batch(intake) || !open_socket(intake, &address)
                            : !open_file(intake, source)) {
        snprintf(error, size, "%s cannot be read: %s", source, strerror(errno));
        intake_free(&intake);
    }
    return intake;
}

void intake_free(struct intake **intake)
{
    if (!*intake)
        return;
    if ((*intake)->descriptor >= 0)
        close((*intake)->descriptor);
    free((*intake)->buffer);
    free((*intake)->control);
    free(*intake);
    *intake = NULL;
}

uint64_t intake_size(const struct intake *intake)
{
    return intake->size;
}

uint64_t intake_dropped(const struct intake *intake)
{
    return intake->dropped;
}

uint64_t intake_late(const struct intake *intake)
{
    return intake->late;
}

uint64_t intake_changes(const struct intake *intake)
{
    return intake->changes;
}

static enum intake_result read_file(struct intake *intake, struct intake_piece *piece)
{
    ssize_t got = read(intake->descriptor, intake->buffer, FILE_READ);
    *piece = (struct intake_piece){intake->buffer, got > 0 ? (size_t)got : 0, INTAKE_NO_TIME, 0};
    if (got < 0)
        return errno == EINTR ? INTAKE_NOTHING : INTAKE_FAILED;
    return got == 0 ? INTAKE_END : INTAKE_BYTES;
}

static enum intake_result receive_batch(struct intake *intake)
{
    struct pollfd ready = {.fd = intake->descriptor, .events = POLLIN};
    for (int i = 0; i < BATCH; i++) {
        intake->messages[i].msg_hdr.msg_name = &intake->senders[i];
        intake->messages[i].msg_hdr.msg_namelen = sizeof intake->senders[i];
        intake->messages[i].msg_hdr.msg_control = intake->control[i];
        intake->messages[i].msg_hdr.msg_controllen = CONTROL_MAX;
    }
    int got = recvmmsg(intake->descriptor, intake->messages, BATCH, MSG_DONTWAIT, NULL);
    if (got < 0 && errno == EAGAIN) {
        if (poll(&ready, 1, PATIENCE_MS) <= 0)
            return INTAKE_NOTHING;
        got = recvmmsg(intake->descriptor, intake->messages, BATCH, MSG_DONTWAIT, NULL);
    }
    intake->count = got > 0 ? got : 0;
    intake->next = 0;
    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? INTAKE_NOTHING : INTAKE_FAILED;
    return INTAKE_BYTES;
}

/* The kernel's time of arrival, and how many datagrams it had no room for. */
static int64_t read_ancillary(struct intake *intake, struct msghdr *message)
{
    int64_t arrived_at = INTAKE_NO_TIME;
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
            intake->dropped = count;
        }
    }
    return arrived_at;
}

static void note_sender(struct intake *intake, const struct sockaddr_in *sender)
{
    bool same = sender->sin_addr.s_addr == intake->sender.sin_addr.s_addr &&
                sender->sin_port == intake->sender.sin_port;
    intake->changes += intake->has_sender && !same;
    intake->has_sender = true;
    intake->sender = *sender;
}

/* Another source counts in its own way: nothing is lost between the two. */
static void note_source(struct intake *intake, const uint8_t *rtp, uint64_t changes_before)
{
    uint32_t source;
    memcpy(&source, rtp + 8, sizeof source);
    if (intake->has_sequence && source != intake->source) {
        intake->has_sequence = false;
        intake->changes += intake->changes == changes_before;
    }
    intake->source = source;
}

/* False when the datagram has come before, or after its turn. */
static bool take_sequence(struct intake *intake, uint16_t sequence, uint32_t *lost)
{
    uint16_t step = (uint16_t)(sequence - intake->sequence), back = (uint16_t)-step;
    if (intake->has_sequence && (step == 0 || back <= RTP_MISORDER)) {
        uint64_t place = back > 0 && back <= 64 ? UINT64_C(1) << (back - 1) : 0;
        intake->late += (intake->missing & place) != 0;
        intake->missing &= ~place;
        return false;
    }
    if (!intake->has_sequence || step > RTP_DROPOUT) {
        *lost = intake->has_sequence;
        intake->missing = 0;
    } else {
        *lost = step - 1u;
        intake->missing =
            step < 64 ? intake->missing << step | ((UINT64_C(1) << (step - 1)) - 1) : UINT64_MAX;
    }
    intake->has_sequence = true;
    intake->sequence = sequence;
    return true;
}

/* Takes the RTP header off (RFC 3550 5.1) and counts what its sequence number lacks. What comes after its
 * turn, or is no RTP or none of a transport stream, is left out: its bytes would only confuse the judge. */
static void take_rtp(struct intake *intake, struct intake_piece *piece, uint64_t changes_before)
{
    const uint8_t *bytes = piece->bytes;
    size_t length = piece->length, header = RTP_HEADER;
    piece->length = 0;
    if (length < RTP_HEADER || bytes[0] >> 6 != RTP_VERSION)
        return;
    intake->has_mp2t |= (bytes[1] & 0x7F) == RTP_MP2T;
    if (intake->has_mp2t && (bytes[1] & 0x7F) != RTP_MP2T)
        return;
    note_source(intake, bytes, changes_before);
    if (!take_sequence(intake, (uint16_t)(bytes[2] << 8 | bytes[3]), &piece->lost))
        return;
    header += 4u * (bytes[0] & 0x0F);
    if (bytes[0] & 0x10 && header + 4 <= length) /* extension */
        header += 4 + 4u * (size_t)(bytes[header + 2] << 8 | bytes[header + 3]);
    size_t padding = bytes[0] & 0x20 ? bytes[length - 1] : 0;
    if (header + padding > length)
        return;
    piece->bytes += header;
    piece->length = length - header - padding;
}

enum intake_result intake_read(struct intake *intake, struct intake_piece *piece)
{
    if (!intake->live)
        return read_file(intake, piece);
    if (intake->next == intake->count) {
        enum intake_result result = receive_batch(intake);
        if (result != INTAKE_BYTES)
            return result;
    }
    struct mmsghdr *message = &intake->messages[intake->next];
    *piece = (struct intake_piece){intake->parts[intake->next].iov_base, message->msg_len,
                                   read_ancillary(intake, &message->msg_hdr), 0};
    uint64_t changes_before = intake->changes;
    note_sender(intake, &intake->senders[intake->next++]);
    if (intake->rtp)
        take_rtp(intake, piece, changes_before);
    return INTAKE_BYTES;
}
