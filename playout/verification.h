/* Which lesson files are known to have the bytes of their names.
 *
 * A lesson is named by the SHA-256 of its bytes, and by that name the journal binds it (bindings.h). What was
 * found of a file holds as long as its stamp is the same; it is never taken back, for a file that was written
 * to has another stamp. It is remembered in DIR/state/verified-lessons across starts, whole or not at all.
 *
 * Asking takes no lock and no disk: readers ask every second. What is not known they leave to the verifier
 * (verifier.h), which works it out behind their backs; it is shown meanwhile. */
#ifndef PLAYOUT_VERIFICATION_H
#define PLAYOUT_VERIFICATION_H

#include <semaphore.h>
#include <stdbool.h>
#include <stdint.h>

#include "mux/lesson.h"

struct verification_stamp { /* which file, and since when it is as it is */
    uint64_t device, inode, size;
    int64_t mtime_ns, ctime_ns;
};

enum verdict {
    VERDICT_UNKNOWN,
    VERDICT_DOUBTFUL, /* not known, but what was last found under that name while this process runs was wrong
                       */
    VERDICT_RIGHT,    /* the bytes are those of its name */
    VERDICT_WRONG
};

struct verification;

/* Reads what is remembered below a station directory; a missing or damaged file is an empty memory. Never
 * NULL. */
struct verification *verification_new(const char *directory);
void verification_free(struct verification **verification);

/* Of an open file, and of one by its path. False with errno set. */
bool verification_stamp(int descriptor, struct verification_stamp *stamp);
bool verification_stamp_path(const char *path, struct verification_stamp *stamp);
bool verification_stamp_equals(const struct verification_stamp *a, const struct verification_stamp *b);

/* What is known of the file with this stamp under the name of this hash. From any thread, never waits. */
enum verdict verification_get(const struct verification *verification, const char *hash,
                              const struct verification_stamp *stamp);
/* Is the file at this path known to be wrong? */
bool verification_is_wrong(const struct verification *verification, const char *hash, const char *path);
/* It was found to be so. Not for threads on the way to air. */
void verification_add(struct verification *verification, const char *hash,
                      const struct verification_stamp *stamp, bool right);

/* Takes what other processes have remembered since. */
void verification_renew(struct verification *verification);
/* Writes what is known of the files in DIR/lessons, and what others have remembered, when there is news.
 * When false, it will be worked out again. */
bool verification_save(struct verification *verification);

/* --- what is open and not known */

struct claim {
    char hash[LESSON_HASH_MAX]; /* of the name under which it was opened */
    int descriptor;             /* the claim's own: the file may have no name any more */
    struct claim *next;
};

/* From a reader: the open file should be verified. Never waits. False when it is not noted: nobody attends,
 * or too many wait; ask again later. */
bool verification_claim(struct verification *verification, const char *hash, int descriptor);
/* From now on somebody takes claims and is woken when there are any; NULL: nobody does. */
void verification_attend(struct verification *verification, sem_t *wake);
/* All claims, the oldest first; each to be freed. */
struct claim *verification_take_claims(struct verification *verification);
void claim_free(struct claim *claim);

#endif
