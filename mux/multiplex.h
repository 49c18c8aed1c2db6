/* The multiplex: a railway timetable of slots (architecture, "How the laws can hold").
 *
 * Every lane owns a whole number of slots per second at fixed, evenly spread places of the superframe. Packet
 * k is a pure function of k and of what the lanes carry in its second; multiplex_fill() has no state and may
 * be called for any stretch in any order. ISO/IEC 13818-1 2.4.3. */
#ifndef MUX_MULTIPLEX_H
#define MUX_MULTIPLEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mux/house.h"
#include "mux/lesson.h"
#include "mux/slot.h"

enum lane_kind { LANE_VIDEO, LANE_AUDIO, LANE_SUBTITLES, LANE_TABLE };

struct lane {
    enum lane_kind kind;
    uint16_t pid;
    uint16_t source; /* index of the service; table: index of the page */
    uint8_t track;   /* audio, subtitles: which of the service's tracks */
    uint32_t slots;  /* packets per second, at least 1 */
    uint32_t lead;   /* lane slots from a cell's first slot to its second, from an audio frame's first slot to
                        its PTS */
    const struct audio_format *audio; /* of an audio lane; must outlive the multiplex */
};

/* What a table lane carries: packet index[g % length] in the lane's g-th slot since the epoch
 * (g = second * lane slots + place). Packets hold their PID already. */
struct table_page {
    const uint8_t *packets;
    const uint16_t *index; /* [length], CELL_EMPTY for a null packet; NULL: the packets in order */
    uint32_t length;
    bool counted; /* the packets hold their continuity counters (16 n packets per page); else it is g % 16 */
};

/* What one superframe needs. */
struct superframe {
    int64_t second;
    const struct lesson_second *const *here; /* per service: the lesson_second of `second` ... */
    const struct lesson_second *const *next; /* ... and of second + 1 */
    const struct table_page *pages;          /* per table lane source */
};

struct multiplex;

/* Places the lanes. Returns NULL when memory is out or they need more slots than the superframe has:
 * *short_of then says how many are missing (0: memory). The lanes are copied. Lower-numbered lanes come first
 * where places meet. */
struct multiplex *multiplex_new(struct slot_rate rate, const struct lane *lanes, uint32_t count,
                                uint32_t *short_of);
void multiplex_free(struct multiplex **multiplex);

struct slot_rate multiplex_rate(const struct multiplex *multiplex);

/* Writes packets k .. k + count - 1, all of frame->second, to out (count * 188 bytes): what the lanes carry,
 * with PID, PCR, PTS, DTS and continuity counters set. What they carry is only read. */
void multiplex_fill(const struct multiplex *multiplex, const struct superframe *frame, uint64_t k,
                    uint32_t count, uint8_t *out);

#endif
