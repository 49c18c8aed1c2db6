/* Where `measure` gets its bytes: a file, standard input, or datagrams with the kernel's time of arrival.
 * Nothing is copied: what is handed on lies in the buffer that it was received in. */
#ifndef PLAYOUT_MEASURE_INTAKE_H
#define PLAYOUT_MEASURE_INTAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct intake;

enum intake_result {
    INTAKE_BYTES,
    INTAKE_NOTHING, /* a tenth of a second passed, or a signal came: look whether to go on */
    INTAKE_END,
    INTAKE_FAILED /* errno says why */
};

#define INTAKE_NO_TIME INT64_MIN
struct intake_piece {
    const uint8_t *bytes; /* until the next call */
    size_t length;
    int64_t arrived_at; /* kernel's receive timestamp, ns; INTAKE_NO_TIME for files */
    uint32_t lost;      /* datagrams that are missing before this one, by RTP sequence number */
};

/* Is it an address of datagrams, rather than the name of a file? */
bool intake_is_live(const char *source);
/* "-", a path, udp://ADDRESS:PORT[@INTERFACE] or rtp://... (IPv4; a group is joined). NULL with a message in
 * `error`; *usage says whether the address itself is none. */
struct intake *intake_new(const char *source, bool *usage, char *error, size_t size);
void intake_free(struct intake **intake);

enum intake_result intake_read(struct intake *intake, struct intake_piece *piece);

/* Bytes of a regular file, 0 when not known. */
uint64_t intake_size(const struct intake *intake);
/* Datagrams that came and found no room in this machine's socket buffer: its fault, not the network's. */
uint64_t intake_dropped(const struct intake *intake);
/* RTP datagrams that were told as lost and came after all, too late. */
uint64_t intake_late(const struct intake *intake);
/* How often a datagram came from another sender (address, or source of RTP) than the one before: once when a
 * sender gave way to another, ever again when two send at once. */
uint64_t intake_changes(const struct intake *intake);

#endif
