/* The journal: which timetables the station was told to air, and from which second on.
 *
 * Entries are numbered from 0, stay for ever and are safe on the disk when journal_append() returns. Each
 * holds whole files, so that what was on air can be made again whatever became of the folder, and the guide's
 * version numbers (EN 300 468 5.2.4), so that they go on after it. Each hash covers all before it.
 *
 * Of the revisions that hold from a second on, the one that was entered last does (journal_in_force()). One
 * SQLite file, WAL; what lies behind this interface may become a database that several machines share. */
#ifndef PLAYOUT_JOURNAL_H
#define PLAYOUT_JOURNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JOURNAL_HASH 32     /* bytes of a SHA-256 */
#define JOURNAL_VERSIONS 33 /* bytes of the guide's versions of a service */
#define JOURNAL_ALWAYS INT64_MIN

struct journal_file {
    const char *name; /* "week.xml" */
    const void *bytes;
    size_t length;
};

struct journal_service {
    const char *id; /* as in station.xml */
    uint8_t versions[JOURNAL_VERSIONS];
};

struct journal_entry { /* to be entered */
    uint32_t number;   /* one more than the newest, 0 for the first */
    int64_t from;      /* second from which it holds; JOURNAL_ALWAYS for the first */
    int64_t entered_at;
    const struct journal_file *files; /* in the order in which they are taken */
    size_t file_count;
    const struct journal_service *services; /* those that are not named have versions 0 */
    size_t service_count;
};

struct journal_revision { /* that was entered */
    uint32_t number;
    int64_t from, entered_at;
    uint8_t content[JOURNAL_HASH]; /* of names and files: the same timetables have the same */
    uint8_t hash[JOURNAL_HASH];    /* of all this and of the revision before it */
};

struct journal;

enum journal_mode {
    JOURNAL_READ,
    JOURNAL_READ_NOW, /* the same, and waits for nobody who has locked it */
    JOURNAL_KEPT,     /* a copy that nobody writes to: no room on the disk is needed */
    JOURNAL_CREATE
};

/* Opens the file. NULL with a message in error, which is empty when there is none to read. */
struct journal *journal_new(const char *path, enum journal_mode mode, char *error, size_t size);
void journal_free(struct journal **journal);
/* Why the last function failed. */
const char *journal_fault(const struct journal *journal);

/* How many revisions there are. */
bool journal_count(struct journal *journal, uint32_t *count);
/* All of them in order, to be freed with g_free(). */
bool journal_list(struct journal *journal, struct journal_revision **list, size_t *count);
/* The names of a revision's files in order, NULL behind the last, to be freed with g_strfreev(). */
bool journal_get_names(struct journal *journal, uint32_t number, char ***names);
/* A file of a revision, checked against its hash, to be freed with g_free(). */
bool journal_get_file(struct journal *journal, uint32_t number, size_t index, char **bytes, size_t *length);
/* The ids of the services whose versions a revision has, as the names. */
bool journal_get_services(struct journal *journal, uint32_t number, char ***ids);
/* What the revision would have as its content if it had but timetables: names of other files begin with a dot
 * (draft.h). */
bool journal_get_timetables(struct journal *journal, uint32_t number, uint8_t content[JOURNAL_HASH]);
/* Zeros when the revision has none of this service. */
bool journal_get_versions(struct journal *journal, uint32_t number, const char *service,
                          uint8_t versions[JOURNAL_VERSIONS]);

/* Enters a revision, and fills *entered. False also when somebody else has taken its number. */
bool journal_append(struct journal *journal, const struct journal_entry *entry,
                    struct journal_revision *entered);
/* Around several of them: all are entered, when journal_end() returns true, or none is. */
bool journal_begin(struct journal *journal);
bool journal_end(struct journal *journal, bool good);
/* Is every hash what it should be? Files are checked when they are read. False names the first revision that
 * was changed. */
bool journal_verify(struct journal *journal);

/* What the revisions of these files have as their content. */
void journal_hash_content(const struct journal_file *files, size_t count, uint8_t content[JOURNAL_HASH]);

/* Takes those that never hold, because a later one replaced them before, out of a list; those that are left
 * begin one after the other. Returns their number. */
size_t journal_in_force(struct journal_revision *list, size_t count);

#endif
