/* The as-run log of a multiplex on the disk: a file for each local day, which lines are only added to.
 *
 *   DIR/state/asrun/MULTIPLEX-2020-03-02       (asrun_line.h; some 6 MB)
 *   DIR/state/rehearsal/MULTIPLEX-2020-03-02   of `play --at`
 *
 * Lines wait in memory until they are written; what a full disk or a kill left of a line is written over.
 * When they are safe on the disk, the head (asrun_head.h) is set behind them. */
#ifndef PLAYOUT_ASRUN_LOG_H
#define PLAYOUT_ASRUN_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/asrun_line.h"
#include "schedules/calendar.h"

#define ASRUN_DAY 11 /* bytes of "2020-03-02" and NUL */

struct asrun_end { /* how a file ends */
    uint8_t chain[ASRUN_CHAIN];
    size_t length;    /* of its whole lines */
    size_t lines;     /* that it has */
    size_t broken;    /* number of the first line that does not follow from those before it, 0: none */
    size_t cut;       /* number of the first that says that lines before it were gone, 0: none */
    uint32_t newest;  /* revision that any line names */
    bool sent, off;   /* there are slots in it, and: the multiplex was ended, not killed */
    int64_t second;   /* of the last slot that left, or is said not to have ... */
    uint64_t last;    /* ... and that slot */
    bool begun;       /* its first line is what it should be: */
    char before[256]; /* name of the file that was written before it, "-" for none ... */
    uint8_t before_chain[ASRUN_CHAIN]; /* ... and the chain there */
};

/* Reads a file, calls `visit` (may be NULL) with each whole line and what the chain is behind it. False with
 * errno set. */
typedef void asrun_visit(void *context, const struct asrun_line *line, const uint8_t chain[ASRUN_CHAIN]);
bool asrun_read(const char *path, asrun_visit *visit, void *context, struct asrun_end *end);

/* The names of a multiplex's files in order of day, to be freed with g_strfreev(); empty when there is none.
 */
char **asrun_names(const char *folder, const char *multiplex);
/* MULTIPLEX-DAY, to be freed with g_free(). */
char *asrun_name(const char *multiplex, int64_t second, const struct zone *zone);

struct asrun_log;

/* For adding; the folder is made when there is none. *end is how the log of the multiplex ends so far; when
 * that is not what its head says, the first line that is added says so. NULL with errno set. The strings and
 * the zone must outlive it. */
struct asrun_log *asrun_log_new(const char *folder, const char *station, const char *multiplex,
                                const struct zone *zone, struct asrun_end *end);
/* Were lines of it gone, or changed, when it was opened? */
bool asrun_log_was_cut(const struct asrun_log *log);
/* What waits is lost. */
void asrun_log_free(struct asrun_log **log);

/* Before lines of a second are added: sees that they go into the file of its day, at whose start all that
 * goes on is said again (ASRUN_NEW_DAY). ASRUN_LATER: not now, the disk does not take them. */
enum asrun_turn { ASRUN_SAME_DAY, ASRUN_NEW_DAY, ASRUN_LATER };
enum asrun_turn asrun_log_turn(struct asrun_log *log, int64_t second);
void asrun_log_add(struct asrun_log *log, const struct asrun_line *line);
/* Writes what waits; with `sync` also waits until it is safe on the disk, and sets the head. False with errno
 * set: what is not written waits on. */
bool asrun_log_flush(struct asrun_log *log, bool sync);

#endif
