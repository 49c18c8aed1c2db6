/* Sections out of the packets of one PID (ISO/IEC 13818-1 2.4.4.1), with the places of their bytes. */
#ifndef TESTS_JUDGE_SECTIONS_H
#define TESTS_JUDGE_SECTIONS_H

#include <stdbool.h>
#include <stdint.h>

#define SECTION_MAX 4098 /* private sections: 4093 bytes behind the length */

struct section {
    uint16_t pid;
    const uint8_t *bytes;
    uint32_t length;
    uint64_t first_at, last_at; /* places of its first and last byte */
};

typedef void section_handler(void *context, const struct section *section);

struct assembler {
    uint16_t pid;
    section_handler *handler;
    void *context;
    bool open;       /* within a section */
    bool found;      /* a first section has begun */
    uint64_t broken; /* sections cut off by another, or bytes outside of any */
    uint32_t got;
    uint64_t first_at;
    uint8_t bytes[SECTION_MAX];
};

/* Takes the next packet of the PID, whose first byte is at `at`; calls the handler for each section it
 * completes. */
void assembler_packet(struct assembler *assembler, uint64_t at, const uint8_t *packet);

/* The fields of the long form. */
static inline uint16_t section_extension(const struct section *section)
{
    return (uint16_t)(section->bytes[3] << 8 | section->bytes[4]);
}

/* Whether it ends with a CRC_32, and whether that is right. TDT has none; TOT has one in spite of its short
 * form. */
bool section_has_crc(const struct section *section);
bool section_crc_fits(const struct section *section);
/* The CRC field; 0 where there is none. */
uint32_t section_crc_field(const struct section *section);

/* Unix time of a 40-bit UTC_time: MJD and BCD (EN 300 468 Annex C). */
int64_t section_utc(const uint8_t *field);

#endif
