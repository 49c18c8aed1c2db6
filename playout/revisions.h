/* The plans that hold one after the other: the revisions of the journal, each with its library and its guide.
 *
 * The journal is DIR/journal.db. Without one the folder is revision 0 and has always held. Each revision has
 * the station that its timetables are of (stations.h).
 * The guide of each goes on from the versions that the journal keeps with it, so what a second shows follows
 * from the journal alone, whoever asks and when. */
#ifndef PLAYOUT_REVISIONS_H
#define PLAYOUT_REVISIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "playout/channel.h"
#include "playout/journal.h"
#include "playout/stations.h"
#include "playout/studio.h"
#include "schedules/action.h"

struct revision { /* built */
    uint32_t number;
    int64_t from, until; /* holds in seconds [from, until) */
    struct studio studio;
    struct channel *channels; /* of every multiplex; NULL before revision_open_channels() */
};

struct revisions {
    const struct studio *station;     /* without a plan: the folder's, or what revisions_settle() took */
    struct stations *stations;        /* of all of them */
    struct journal *journal;          /* NULL: there is none */
    uint64_t device, inode;           /* of its file; 0: there was none */
    struct journal_revision *entries; /* those that ever hold, one after the other; at least one */
    size_t count;
    struct journal_revision *all; /* that were entered, in order of number ... */
    uint32_t entered;             /* ... and how many: 0 without a journal */
    char fault[512];
};

/* Reads the journal, if there is one. False when it cannot be read: diagnostics say so, and the folder is
 * then the only revision. The folder, whose station.xml may be broken, must outlive it. */
bool revisions_init(struct revisions *revisions, const struct studio *folder,
                    struct diagnostics *diagnostics);
void revisions_fini(struct revisions *revisions);
/* The same for who is about to go on air: waits for nobody, and where the journal cannot be read, what was
 * last known of it stands for it. */
bool revisions_init_on_air(struct revisions *revisions, const struct studio *folder,
                           struct diagnostics *diagnostics);
/* Keeps a copy of the journal for that, DIR/state/journal.last. False when there is none or it cannot be
 * written. */
bool revisions_keep(const struct revisions *revisions);
/* For who makes or explains what airs: opens DIR and its journal, and settles on what holds now. False when
 * that cannot be: diagnostics say so. revisions_fini(), then studio_close(), in either case. */
bool revisions_open(struct revisions *revisions, struct studio *folder, const char *directory,
                    struct diagnostics *diagnostics);
/* Settles on the station that holds in a second. False when it is broken or cannot be read: diagnostics say
 * so, and it stays what it is. */
bool revisions_settle(struct revisions *revisions, int64_t second, struct diagnostics *diagnostics);
/* Looks for revisions that were entered since; true when there are any. What was read stays when the journal
 * is not readable: `fault` tells why. */
bool revisions_renew(struct revisions *revisions, bool *readable);

/* Which of them holds in a second, and until when. */
size_t revisions_find(const struct revisions *revisions, int64_t second);
int64_t revisions_until(const struct revisions *revisions, size_t index);
/* The seconds [*from, *until) around one in which the same station holds: INT64_MIN, INT64_MAX where it
 * always has or for good. False when a station cannot be read: diagnostics say so. */
bool revisions_find_station(const struct revisions *revisions, int64_t second, int64_t *from, int64_t *until,
                            struct diagnostics *diagnostics);

/* Builds the plan, library and guide of one. What is wrong with its timetables and lessons is in its studio's
 * diagnostics, what receivers cannot show of the guide in `diagnostics`. NULL when memory is out or the
 * journal cannot be read: diagnostics say so. */
struct revision *revision_new(const struct revisions *revisions, size_t index,
                              struct diagnostics *diagnostics);
/* The same of any that was entered, by its number: a machine may have aired one that another replaced before
 * it was to hold. Such a one holds in no second. NULL also when there is none of this number. */
struct revision *revision_new_numbered(const struct revisions *revisions, uint32_t number,
                                       struct diagnostics *diagnostics);
void revision_free(struct revision **revision);
/* Builds the channels of all multiplexes. False when the lanes of one do not fit or memory is out:
 * diagnostics say so. */
bool revision_open_channels(struct revision *revision, struct diagnostics *diagnostics);

/* The station of one, without a plan: NULL as stations_get() has it. */
const struct studio *revisions_get_station(const struct revisions *revisions, size_t index,
                                           struct diagnostics *diagnostics);

/* The actions of a revision, NULL when they are broken; `entering` is its number while it is being entered,
 * else 0. */
struct actions *revision_parse_actions(const struct studio *station, const void *bytes, size_t length,
                                       uint32_t entering, struct diagnostics *diagnostics);
/* Where the compiled form of these timetables is, to be freed. */
char *revision_compiled_path(const struct studio *station, const uint8_t content[JOURNAL_HASH]);
/* DIR/journal.db, to be freed. */
char *revisions_journal_path(const struct studio *station);

#endif
