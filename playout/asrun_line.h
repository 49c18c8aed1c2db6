/* A line of the as-run log: what happened to a multiplex at a slot, as text, with a link of the chain.
 *
 * Fields are separated by tabs, which neither ids nor paths can hold. The first line of a file is "begin".
 *
 *   begin FORMAT STATION MULTIPLEX DAY FILE HASH
 *         the file that was written before it, "-" for none, and the chain there
 *   on    SECOND SLOT REASON
 *         from this slot on the multiplex leaves: start, midnight, late, gap, switched, station (another one
 *         holds, which may have other slots)
 *   hole  SECOND FIRST LAST REASON
 *         slots that did not leave (off, killed, late, switched, station), or of which nothing is written
 * (gap), or is any more (cut); while no output is on there is a line for each second show  SECOND SLOT
 * SERVICE ITEM SOURCE LESSON CELL SECONDS REVISION ACTION FILLING CAUSE ERROR what is presented from this
 * second on, until the next guide SECOND REVISION PAGES whose tables leave; PAGES is the second that they
 * were made for when they are late, else "-" lost  SECOND DATAGRAMS REASON that an output did not take, or
 * that were left to the partner to send (partner) sent  SECOND LAST DIGEST up to this slot, XXH3-64 of these
 * bytes of the second off   SECOND LAST nothing leaves any more cut   SECOND HEAD the log is gone on with,
 * and did not reach its head (asrun_head.h), which was this, or "-": gone
 *
 * The chain is SHA-256: of nothing at first, then of the chain before and the line without its last field,
 * which holds the first ASRUN_LINK digits of it. A line that is changed, added or removed breaks every link
 * behind it. */
#ifndef PLAYOUT_ASRUN_LINE_H
#define PLAYOUT_ASRUN_LINE_H

#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#include "playout/shown.h"

#define ASRUN_CHAIN 32 /* bytes */
#define ASRUN_LINK 16  /* hexadecimal digits of it in a line */

enum asrun_kind {
    ASRUN_BEGIN,
    ASRUN_ON,
    ASRUN_HOLE,
    ASRUN_SHOW,
    ASRUN_GUIDE,
    ASRUN_LOST,
    ASRUN_SENT,
    ASRUN_OFF,
    ASRUN_CUT
};

struct asrun_line {
    enum asrun_kind kind;
    int64_t second;
    uint64_t slot, last;
    uint64_t digest;      /* sent */
    uint32_t count;       /* lost: datagrams; guide: revision */
    int64_t pages_second; /* guide: `second` when they are in time */
    const char *text;     /* reason, service, head */
    struct shown shown;
    const char *station, *multiplex, *day, *file; /* begin */
    uint8_t chain[ASRUN_CHAIN];                   /* begin: of that file */
};

/* A chain as 64 hexadecimal digits, and back. False when the text is none. */
void asrun_chain_append(GString *text, const uint8_t chain[ASRUN_CHAIN]);
bool asrun_chain_parse(const char *text, uint8_t chain[ASRUN_CHAIN]);

/* Adds the line, its link and its end, and takes the chain on. */
void asrun_line_append(const struct asrun_line *line, GString *text, uint8_t chain[ASRUN_CHAIN]);

/* Cuts a line up, without its end; texts point into it. False when it is none. *linked: does its link follow
 * from the chain, which is taken on in either case? */
bool asrun_line_parse(char *text, struct asrun_line *line, uint8_t chain[ASRUN_CHAIN], bool *linked);

#endif
