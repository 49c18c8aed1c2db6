/* A cell: one second of one video lane, complete in itself.
 *
 * One closed GOP of video->fps access units becomes transport packets at fixed places of the lane. Every
 * access unit is complete before its DTS, whatever the places of the lane's slots within CELL_JITTER_NS, and
 * none enters the decoder earlier than video->delay_max_ns before its DTS. The number of payload packets is a
 * multiple of 16, so the continuity counter of every packet is known without history: 0 for the first
 * (ISO/IEC 13818-1 2.4.3.3). PIDs and PCR values are zero, to be filled in on air; PTS and DTS are stored
 * relative to the cell's whole second, plus CELL_PTS_BASE so that they are never negative. */
#ifndef MUX_CELL_H
#define MUX_CELL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mux/house.h"

#define CELL_PES_VIDEO 19           /* bytes of a PES header with PTS and DTS ... */
#define CELL_PES_AUDIO 14           /* ... and with PTS alone */
#define CELL_PES_LEAST 29           /* so that 16 packets hold a byte each and the first the header */
#define CELL_EMPTY 0xFFFF           /* index of a lane slot that carries nothing: a null packet */
#define CELL_PTS_BASE 90000         /* added to stored PTS and DTS, 90 kHz */
#define CELL_JITTER_NS 5000000      /* most that a lane slot may be away from its even place */
#define CELL_DELAY_MAX_NS 950000000 /* TR 101 290 3.10 calls more than 1 s an error */

struct access_unit {
    /* Annex B byte stream: AUD first; an IDR with its parameter sets. MPEG-2: from the sequence, GOP or
     * picture header on. */
    const uint8_t *bytes;
    size_t length;
    int32_t pts, dts; /* 90 kHz, relative to the cell's whole second; dts of the first is -reorder_pts */
};

struct cell {
    uint16_t *index;  /* [slots of the lane]: which packet each lane slot carries, or CELL_EMPTY */
    uint8_t *packets; /* count * 188 bytes, in lane order */
    uint32_t count;
};

/* Room for one cell of a lane of this many slots a second. NULL when memory is out. Free with cell_free(). */
struct cell *cell_new(uint32_t slots);
void cell_free(struct cell **cell);

/* Lays out one GOP, units in decoding order. Returns 0, or the number of bytes that did not fit (the GOP must
 * be encoded again, smaller); *cell is then not meaningful. */
size_t cell_build(struct cell *cell, const struct house *house, const struct access_unit *units,
                  uint32_t count);

/* Takes the access units out of a video cell that is not dated yet, in decoding order, into `units` (room for
 * HOUSE_FRAMES_PER_SECOND_MAX) and their bytes into `bytes` (room for cell->count * 184). Returns their
 * number; 0 when it is not such a cell. */
uint32_t cell_parse(const struct cell *cell, struct access_unit *units, uint8_t *bytes);

/* Lays out one second of subtitles: `count` PES packets (whole, with their headers; PTS relative to the
 * cell's second plus CELL_PTS_BASE), each complete in the decoder before its PTS, in at most
 * HOUSE_SUBTITLE_SLOTS; payload packets come in multiples of 16 or there are none. A PES packet has at least
 * CELL_PES_LEAST bytes. Returns 0, or the number of bytes that do not fit. */
size_t cell_build_subtitles(struct cell *cell, const uint8_t *const *pes, const size_t *lengths,
                            const int32_t *pts, uint32_t count);

/* Writes a frame (at most audio->bytes long) as exactly audio->packets transport packets of 188 bytes with a
 * PES header whose PTS is zero, to be filled in on air. */
void cell_build_audio(const struct audio_format *audio, const uint8_t *bytes, uint32_t length,
                      uint8_t *packets);

/* A silent frame: writes at most audio->bytes, returns its length. */
uint32_t cell_build_silence(const struct audio_format *audio, uint8_t *bytes);

#endif
