/* A day of a multiplex's as-run log, read back: what was emitted, stretch by stretch and second by second.
 *
 * The classes are those of Chinese broadcasters: 正常 as planned, 停播 off the air, 错播 other than what
 * held, 垫播 something else to fill the time, 插播 put in by the operator. */
#ifndef PLAYOUT_ASRUN_H
#define PLAYOUT_ASRUN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/asrun_log.h"
#include "playout/revisions.h"

enum asrun_class { ASRUN_NORMAL, ASRUN_OFF_AIR, ASRUN_WRONG, ASRUN_FILLED, ASRUN_INSERTED };
/* "正常" */
const char *asrun_class_name(enum asrun_class class);

enum asrun_event { ASRUN_SHOWN, ASRUN_NOT_SENT, ASRUN_LOST_DATAGRAMS };

struct asrun_stretch {
    enum asrun_event event;
    char *service;       /* id; NULL: the whole multiplex */
    struct shown shown;  /* in its first second */
    int64_t from, until; /* seconds */
    guint begun;         /* of ASRUN_SHOWN: how many seconds were in the log when it was told of */
    uint32_t run;        /* each start of the multiplex, or new beginning behind a hole, is another */
    uint64_t first, last;
    bool from_before;   /* it goes on from the day before */
    char *reason;       /* of ASRUN_NOT_SENT and ASRUN_LOST_DATAGRAMS */
    uint32_t datagrams; /* lost */
};

struct asrun_second {
    int64_t second;
    uint64_t first, last, digest;
    uint32_t run;      /* as in stretches */
    uint32_t revision; /* of the tables */
    int64_t pages_second;
};

struct asrun {
    char *file;
    GArray *stretches; /* struct asrun_stretch, in order of begin */
    GArray *seconds;   /* struct asrun_second */
    struct asrun_end end;
};

/* NULL with errno set. */
struct asrun *asrun_new(const char *folder, const char *multiplex, int64_t second, const struct zone *zone);
void asrun_free(struct asrun **asrun);

#define ASRUN_PARTS 8 /* of a second, when the multiplex began as often in it */
/* The parts of a second that left, in order; where they were sent twice (rehearsals of one time), the later.
 * Returns how many. */
size_t asrun_find_parts(const struct asrun *asrun, int64_t second,
                        const struct asrun_second *parts[ASRUN_PARTS]);
/* What a service presented in a second that left, or `behind` = 1 in the one behind it, of which a part left
 * with it; false when that is not known. */
bool asrun_find_shown(const struct asrun *asrun, const char *service, const struct asrun_second *second,
                      int behind, struct shown *shown);

/* What is one from beginning to end of a stretch, for it to be told in one breath: the revision that held,
 * which may be another than the one that a machine showed that had not heard of it, and the tables that left.
 * The part from a second of the stretch on; its strings stay the stretch's. *tables is its first second, NULL
 * when the stretch is not of ASRUN_SHOWN. The next part begins at `until`, if that is not the stretch's. */
struct asrun_stretch asrun_part(const struct asrun *asrun, const struct asrun_stretch *stretch,
                                const struct revisions *revisions, int64_t from,
                                const struct asrun_second **tables);
/* The class of a part, and why, to be freed with g_free(). The revisions tell what held. */
enum asrun_class asrun_judge(const struct asrun_stretch *stretch, const struct revisions *revisions,
                             char **cause);

#endif
