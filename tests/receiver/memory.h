/* What a box remembers: the sections of each sub_table, of one version. */
#ifndef TESTS_RECEIVER_MEMORY_H
#define TESTS_RECEIVER_MEMORY_H

#include "tests/receiver/box.h"
#include "tests/receiver/filter.h"

#define PIDS 0x2000
#define CRC_BYTES 4
#define LONG_HEADER 8

struct section { /* none: bytes NULL */
    uint8_t *bytes;
    uint32_t length;   /* CRC_32 left out */
    GPtrArray *events; /* struct box_event, of EIT, else NULL */
};

struct sub_table {
    uint64_t key;
    uint8_t table_id, version, last_section_number;
    int version_before; /* -1: there was none */
    struct section sections[256];
};

struct box {
    struct box_habits habits;
    struct filter *filters[PIDS]; /* NULL: not listened to */
    GHashTable *sub_tables;       /* by key */
    int64_t clock;
    int32_t offset;
    uint16_t stream, network; /* of the SDT actual; valid when tuned */
    bool tuned;
    struct box_faults faults;
};

static inline uint16_t two_bytes(const uint8_t *bytes)
{
    return (uint16_t)(bytes[0] << 8 | bytes[1]);
}

/* A loop's length field of 12 bits. */
static inline uint32_t twelve_bits(const uint8_t *bytes)
{
    return two_bytes(bytes) & 0x0FFFu;
}

/* What makes sections belong together: table_id, table_id_extension and, of EIT, SDT and such, the stream's
 * and network's ids. */
static inline uint64_t memory_key(uint8_t table_id, uint16_t extension, uint16_t stream, uint16_t network)
{
    return (uint64_t)table_id << 48 | (uint64_t)extension << 32 | (uint64_t)stream << 16 | network;
}

/* NULL when nothing is known. */
const struct sub_table *memory_get(const struct box *box, uint64_t key);

/* The next descriptor at *at, which moves on; NULL at `end`. A length that does not fit is a fault. */
const uint8_t *next_descriptor(const uint8_t **at, const uint8_t *end);

/* Unix seconds of a UTC_time; seconds of a duration (EN 300 468 Annex C). */
int64_t time_of(const uint8_t *field);
int64_t length_of(const uint8_t *field);

/* The events of an EIT section; NULL when it is malformed. */
GPtrArray *guide_read(const struct box_habits *habits, const uint8_t *section, uint32_t length);

#endif
