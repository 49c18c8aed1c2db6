/* Findings hang in buckets by the first digits of their hash, the newest first. One is put before the others
 * whole, and none is moved or freed before the end, so who asks needs no lock. */
#include "playout/verification.h"

#include <fcntl.h>
#include <glib.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "playout/verification_memory.h"

#define BUCKET_DIGITS 3
#define BUCKETS 4096
#define CLAIMS_MAX 64 /* each has a descriptor: a disk that hangs must not take them all */
#define NS INT64_C(1000000000)

struct finding {
    struct verification_line line;
    bool here; /* found while this process runs, not remembered */
    struct finding *next;
};

struct verification {
    char *path, *lessons; /* the memory's file; DIR/lessons */
    _Atomic(struct finding *) buckets[BUCKETS];
    pthread_mutex_t lock;           /* of those who add */
    bool unsaved;                   /* there is news that the file has not */
    struct verification_stamp read; /* of the file when it was read */
    _Atomic(struct claim *) claims; /* the newest first */
    atomic_int claim_count;
    _Atomic(sem_t *) wake;
};

/* --- stamps */

static bool take_status(int result, const struct stat *status, struct verification_stamp *stamp)
{
    if (result != 0)
        return false;
    *stamp = (struct verification_stamp){.device = status->st_dev,
                                         .inode = status->st_ino,
                                         .size = (uint64_t)status->st_size,
                                         .mtime_ns = status->st_mtim.tv_sec * NS + status->st_mtim.tv_nsec,
                                         .ctime_ns = status->st_ctim.tv_sec * NS + status->st_ctim.tv_nsec};
    return true;
}

bool verification_stamp(int descriptor, struct verification_stamp *stamp)
{
    struct stat status;
    return take_status(fstat(descriptor, &status), &status, stamp);
}

bool verification_stamp_path(const char *path, struct verification_stamp *stamp)
{
    struct stat status;
    return take_status(stat(path, &status), &status, stamp);
}

bool verification_stamp_equals(const struct verification_stamp *a, const struct verification_stamp *b)
{
    return memcmp(a, b, sizeof *a) == 0; /* it has no padding */
}

/* --- what is known */

static size_t bucket_of(const char *hash)
{
    size_t bucket = 0;
    for (int i = 0; i < BUCKET_DIGITS; i++)
        bucket = bucket * 16 + (size_t)g_ascii_xdigit_value(hash[i]);
    return bucket;
}

static const struct finding *first_of(const struct verification *verification, const char *hash)
{
    return atomic_load(&verification->buckets[bucket_of(hash)]);
}

enum verdict verification_get(const struct verification *verification, const char *hash,
                              const struct verification_stamp *stamp)
{
    const struct finding *newest = NULL;
    for (const struct finding *finding = first_of(verification, hash); finding; finding = finding->next) {
        if (strcmp(finding->line.hash, hash) != 0)
            continue;
        if (verification_stamp_equals(&finding->line.stamp, stamp))
            return finding->line.right ? VERDICT_RIGHT : VERDICT_WRONG;
        if (!newest)
            newest = finding;
    }
    return newest && newest->here && !newest->line.right ? VERDICT_DOUBTFUL : VERDICT_UNKNOWN;
}

/* Most lessons are right: their files are not looked at. */
bool verification_is_wrong(const struct verification *verification, const char *hash, const char *path)
{
    struct verification_stamp stamp;
    bool looked = false;
    for (const struct finding *finding = first_of(verification, hash); finding; finding = finding->next) {
        if (finding->line.right || strcmp(finding->line.hash, hash) != 0)
            continue;
        if (!looked && !verification_stamp_path(path, &stamp))
            return false;
        looked = true;
        if (verification_stamp_equals(&finding->line.stamp, &stamp))
            return true;
    }
    return false;
}

static void add(struct verification *verification, const struct verification_line *line, bool here)
{
    const enum verdict known = verification_get(verification, line->hash, &line->stamp);
    if (known == VERDICT_RIGHT || known == VERDICT_WRONG)
        return;
    _Atomic(struct finding *) *bucket = &verification->buckets[bucket_of(line->hash)];
    struct finding *finding = g_new(struct finding, 1);
    *finding = (struct finding){.line = *line, .here = here, .next = atomic_load(bucket)};
    verification->unsaved = verification->unsaved || here;
    atomic_store(bucket, finding);
}

void verification_add(struct verification *verification, const char *hash,
                      const struct verification_stamp *stamp, bool right)
{
    struct verification_line line = {.stamp = *stamp, .right = right};
    g_strlcpy(line.hash, hash, sizeof line.hash);
    pthread_mutex_lock(&verification->lock);
    add(verification, &line, true);
    pthread_mutex_unlock(&verification->lock);
}

/* --- the memory */

static void take_line(void *context, const struct verification_line *line)
{
    add(context, line, false);
}

static void renew(struct verification *verification)
{
    struct verification_stamp stamp;
    if (!verification_stamp_path(verification->path, &stamp) ||
        verification_stamp_equals(&stamp, &verification->read))
        return;
    verification->read = stamp;
    verification_memory_read(verification->path, take_line, verification);
}

void verification_renew(struct verification *verification)
{
    pthread_mutex_lock(&verification->lock);
    renew(verification);
    pthread_mutex_unlock(&verification->lock);
}

/* Is it of the file that has the name now? */
static bool is_current(const struct verification *verification, const struct verification_line *line)
{
    struct verification_stamp stamp;
    char *name = g_strconcat(line->hash, LESSON_SUFFIX, NULL);
    char *path = g_build_filename(verification->lessons, name, NULL);
    const bool same =
        verification_stamp_path(path, &stamp) && verification_stamp_equals(&stamp, &line->stamp);
    g_free(path);
    g_free(name);
    return same;
}

static bool save(struct verification *verification)
{
    GString *text = verification_memory_begin();
    for (size_t i = 0; i < BUCKETS; i++)
        for (const struct finding *finding = atomic_load(&verification->buckets[i]); finding;
             finding = finding->next)
            if (is_current(verification, &finding->line))
                verification_memory_add(text, &finding->line);
    const bool good = verification_memory_write(verification->path, text);
    if (good)
        verification_stamp_path(verification->path, &verification->read);
    return good;
}

bool verification_save(struct verification *verification)
{
    pthread_mutex_lock(&verification->lock);
    renew(verification);
    const bool good = !verification->unsaved || save(verification);
    verification->unsaved = !good;
    pthread_mutex_unlock(&verification->lock);
    return good;
}

struct verification *verification_new(const char *directory)
{
    struct verification *verification = g_new0(struct verification, 1);
    pthread_mutex_init(&verification->lock, NULL);
    verification->path = g_build_filename(directory, "state", "verified-lessons", NULL);
    verification->lessons = g_build_filename(directory, "lessons", NULL);
    renew(verification);
    return verification;
}

void verification_free(struct verification **pointer)
{
    struct verification *verification = *pointer;
    if (!verification)
        return;
    for (struct claim *claim = verification_take_claims(verification), *next; claim; claim = next) {
        next = claim->next;
        claim_free(claim);
    }
    for (size_t i = 0; i < BUCKETS; i++)
        for (struct finding *finding = atomic_load(&verification->buckets[i]), *next; finding;
             finding = next) {
            next = finding->next;
            g_free(finding);
        }
    pthread_mutex_destroy(&verification->lock);
    g_free(verification->path);
    g_free(verification->lessons);
    g_free(verification);
    *pointer = NULL;
}

/* --- claims */

bool verification_claim(struct verification *verification, const char *hash, int descriptor)
{
    sem_t *wake = atomic_load(&verification->wake);
    if (!wake || atomic_load(&verification->claim_count) >= CLAIMS_MAX)
        return false;
    struct claim *claim = calloc(1, sizeof *claim); /* not GLib's, which would end the reader */
    if (!claim)
        return false;
    g_strlcpy(claim->hash, hash, sizeof claim->hash);
    claim->descriptor = fcntl(descriptor, F_DUPFD_CLOEXEC, 0);
    if (claim->descriptor < 0) {
        free(claim);
        return false;
    }
    atomic_fetch_add(&verification->claim_count, 1);
    claim->next = atomic_load(&verification->claims);
    while (!atomic_compare_exchange_weak(&verification->claims, &claim->next, claim))
        ;
    sem_post(wake);
    return true;
}

void verification_attend(struct verification *verification, sem_t *wake)
{
    atomic_store(&verification->wake, wake);
}

struct claim *verification_take_claims(struct verification *verification)
{
    struct claim *newest = atomic_exchange(&verification->claims, NULL), *oldest = NULL;
    while (newest) {
        struct claim *claim = newest;
        newest = claim->next;
        claim->next = oldest;
        oldest = claim;
        atomic_fetch_sub(&verification->claim_count, 1);
    }
    return oldest;
}

void claim_free(struct claim *claim)
{
    close(claim->descriptor);
    free(claim);
}
