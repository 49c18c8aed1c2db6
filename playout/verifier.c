/* A round looks at every file's stamp and reads those that are not known. Whoever wants something posts the
 * semaphore, which ends a round early: it begins again with what is wanted, and the file that was being read
 * is read once more. */
#include "playout/verifier.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "playout/due.h"

#define NS INT64_C(1000000000)
#define STACK (512 * 1024)
#define LEAST_PRIORITY 19
/* ioprio_set(2): no constants of these in a header */
#define IOPRIO_WHO_PROCESS 1
#define IOPRIO_CLASS_IDLE 3
#define IOPRIO_CLASS_SHIFT 13

#define ROUND_NS (10 * NS)       /* between two rounds, ... */
#define ROUND_WRONG_NS NS        /* ... and while somebody mends something */
#define SAVE_NS (30 * NS)        /* of work that may be lost */
#define RETRY_NS (600 * NS)      /* a file that could not be read is not read before */
#define SHIFT_NS (2 * NS / 1000) /* of work, ... */
#define REST 2                   /* ... then so many times as long is rested, ... */
#define REST_MAX_NS NS           /* ... but not longer: a stalled disk is no reason */
/* The clock of ctime is coarse: who writes within one tick leaves no trace. And who still writes is let
 * finish. */
#define SETTLE_NS (NS / 5)

struct news {
    enum style style;
    char *text;
    struct news *next;
};

struct verifier {
    struct verification *verification;
    pthread_t thread;
    sem_t wake, end;
    pthread_mutex_t lock; /* of the next two */
    GPtrArray *next_list; /* NULL: no other */
    struct news *news;    /* the newest first */
    /* the thread's own */
    GPtrArray *list;     /* struct due */
    GHashTable *wrong;   /* hashes that are told to be wrong */
    GHashTable *resting; /* hash to when it may be read again, of those that could not be */
    int64_t begun_ns, saved_ns;
};

static int64_t now_of(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec * NS + now.tv_nsec;
}

/* Or until it is posted, which it then still is if `keeps`. */
static void wait_for(sem_t *semaphore, int64_t ns, bool keeps)
{
    const int64_t until = now_of(CLOCK_MONOTONIC) + ns;
    const struct timespec at = {until / NS, until % NS};
    int result;
    while ((result = sem_clockwait(semaphore, CLOCK_MONOTONIC, &at)) != 0 && errno == EINTR)
        ;
    if (result == 0 && keeps)
        sem_post(semaphore);
}

static bool is_posted(sem_t *semaphore)
{
    int posts = 0;
    sem_getvalue(semaphore, &posts);
    return posts > 0;
}

/* --- reading a file */

static bool is_called(struct verifier *verifier)
{
    return is_posted(&verifier->wake);
}

static void rest(struct verifier *verifier)
{
    const int64_t worked = now_of(CLOCK_MONOTONIC) - verifier->begun_ns;
    if (worked < SHIFT_NS)
        return;
    wait_for(&verifier->end, MIN(REST * worked, REST_MAX_NS), true);
    verifier->begun_ns = now_of(CLOCK_MONOTONIC);
}

static bool goes_on(void *context)
{
    struct verifier *verifier = context;
    rest(verifier);
    return !is_posted(&verifier->end);
}

static bool goes_on_uncalled(void *context)
{
    return goes_on(context) && !is_called(context);
}

static bool settle(struct verifier *verifier, int descriptor, struct verification_stamp *stamp)
{
    if (!verification_stamp(descriptor, stamp))
        return false;
    const int64_t age = now_of(CLOCK_REALTIME) - stamp->ctime_ns;
    if (age < 0 || age >= SETTLE_NS) /* another machine's clock may be ahead */
        return true;
    wait_for(&verifier->end, SETTLE_NS - age, true);
    return verification_stamp(descriptor, stamp);
}

static bool is_known(const struct verifier *verifier, const char *hash,
                     const struct verification_stamp *stamp)
{
    const enum verdict verdict = verification_get(verifier->verification, hash, stamp);
    return verdict == VERDICT_RIGHT || verdict == VERDICT_WRONG;
}

/* False when it cannot be read, or not all of it just now. */
static bool judge(struct verifier *verifier, const char *hash, int descriptor, bool (*goes)(void *context))
{
    struct verification_stamp before, after;
    char found[LESSON_HASH_MAX];
    if (!settle(verifier, descriptor, &before))
        return false;
    if (is_known(verifier, hash, &before))
        return true;
    verifier->begun_ns = now_of(CLOCK_MONOTONIC);
    if (lesson_hash_descriptor(descriptor, goes, verifier, found) != LESSON_OK ||
        !verification_stamp(descriptor, &after))
        return false;
    if (verification_stamp_equals(&before, &after)) /* else a later one is waited for */
        verification_add(verifier->verification, hash, &before, strcmp(found, hash) == 0);
    return true;
}

static void judge_claims(struct verifier *verifier)
{
    struct claim *claim = verification_take_claims(verifier->verification);
    while (claim) {
        struct claim *next = claim->next;
        judge(verifier, claim->hash, claim->descriptor, goes_on);
        claim_free(claim);
        claim = next;
    }
}

/* --- telling */

static void add_news(struct verifier *verifier, enum style style, char *text)
{
    struct news *news = g_new(struct news, 1);
    *news = (struct news){.style = style, .text = text};
    pthread_mutex_lock(&verifier->lock);
    news->next = verifier->news;
    verifier->news = news;
    pthread_mutex_unlock(&verifier->lock);
}

static void note(struct verifier *verifier, const struct due *due, enum verdict verdict)
{
    const bool told = g_hash_table_contains(verifier->wrong, due->hash);
    if (verdict == VERDICT_WRONG && !told) {
        g_hash_table_add(verifier->wrong, g_strdup(due->hash));
        add_news(verifier, STYLE_RED,
                 g_strdup_printf("lesson %s is not the lesson of its name: %s has changed since it was "
                                 "prepared; it is not shown until the right file is back, copy it from the "
                                 "machine that has it",
                                 due->source, due->path));
    }
    if (verdict == VERDICT_RIGHT && told) {
        g_hash_table_remove(verifier->wrong, due->hash);
        add_news(verifier, STYLE_GREEN,
                 g_strdup_printf("lesson %s is the lesson of its name again: %s", due->source, due->path));
    }
}

static void free_news(struct news *news)
{
    for (struct news *next; news; news = next) {
        next = news->next;
        g_free(news->text);
        g_free(news);
    }
}

void verifier_tell(struct verifier *verifier, verifier_teller *tell, void *context)
{
    pthread_mutex_lock(&verifier->lock);
    struct news *newest = verifier->news, *oldest = NULL;
    verifier->news = NULL;
    pthread_mutex_unlock(&verifier->lock);
    while (newest) {
        struct news *news = newest;
        newest = news->next;
        news->next = oldest;
        oldest = news;
    }
    for (const struct news *news = oldest; news; news = news->next)
        tell(context, news->style, news->style == STYLE_RED ? "fault" : "good", news->text);
    free_news(oldest);
}

/* --- rounds */

static bool may_read(const struct verifier *verifier, const char *hash)
{
    const int64_t *again = g_hash_table_lookup(verifier->resting, hash);
    return !again || now_of(CLOCK_MONOTONIC) >= *again;
}

static void read_file(struct verifier *verifier, const struct due *due)
{
    const int descriptor = open(due->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC); /* a pipe is not waited for */
    if (descriptor < 0)
        return;
    if (!judge(verifier, due->hash, descriptor, goes_on_uncalled) && !is_called(verifier)) {
        const int64_t again = now_of(CLOCK_MONOTONIC) + RETRY_NS;
        g_hash_table_replace(verifier->resting, g_strdup(due->hash), g_memdup2(&again, sizeof again));
    }
    close(descriptor);
}

static void visit(struct verifier *verifier, const struct due *due)
{
    struct verification_stamp stamp;
    if (!verification_stamp_path(due->path, &stamp))
        return; /* a file that is not there is not wrong, and not right */
    if (!is_known(verifier, due->hash, &stamp)) {
        if (may_read(verifier, due->hash))
            read_file(verifier, due);
        if (!verification_stamp_path(due->path, &stamp))
            return;
    }
    note(verifier, due, verification_get(verifier->verification, due->hash, &stamp));
}

static void save(struct verifier *verifier)
{
    verification_save(verifier->verification);
    verifier->saved_ns = now_of(CLOCK_MONOTONIC);
}

/* False when somebody wants something. */
static bool go_round(struct verifier *verifier)
{
    for (guint i = 0; i < verifier->list->len; i++) {
        if (is_called(verifier))
            return false;
        visit(verifier, verifier->list->pdata[i]);
        if (now_of(CLOCK_MONOTONIC) - verifier->saved_ns >= SAVE_NS)
            save(verifier);
    }
    return !is_called(verifier);
}

static void take_list(struct verifier *verifier)
{
    pthread_mutex_lock(&verifier->lock);
    GPtrArray *list = verifier->next_list;
    verifier->next_list = NULL;
    pthread_mutex_unlock(&verifier->lock);
    if (!list)
        return;
    g_ptr_array_unref(verifier->list);
    verifier->list = list;
}

static void wait_for_round(struct verifier *verifier)
{
    wait_for(&verifier->wake, g_hash_table_size(verifier->wrong) ? ROUND_WRONG_NS : ROUND_NS, false);
    while (sem_trywait(&verifier->wake) == 0) /* once for all who called */
        ;
}

static void give_way(void)
{
    prctl(PR_SET_NAME, VERIFIER_NAME);
    sched_setscheduler(0, SCHED_BATCH, &(struct sched_param){0}); /* whatever the process was started with */
    setpriority(PRIO_PROCESS, (id_t)gettid(), LEAST_PRIORITY);    /* of this thread alone, on Linux */
    syscall(SYS_ioprio_set, IOPRIO_WHO_PROCESS, 0, IOPRIO_CLASS_IDLE << IOPRIO_CLASS_SHIFT);
}

static void *run(void *context)
{
    struct verifier *verifier = context;
    give_way();
    verifier->saved_ns = now_of(CLOCK_MONOTONIC);
    while (!is_posted(&verifier->end)) {
        verification_renew(verifier->verification);
        take_list(verifier);
        judge_claims(verifier);
        if (go_round(verifier))
            save(verifier);
        wait_for_round(verifier);
    }
    save(verifier);
    return NULL;
}

/* --- beginning and end */

static bool start(struct verifier *verifier)
{
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, STACK);
    const bool good = pthread_create(&verifier->thread, &attributes, run, verifier) == 0;
    pthread_attr_destroy(&attributes);
    return good;
}

static void release(struct verifier *verifier)
{
    if (verifier->next_list)
        g_ptr_array_unref(verifier->next_list);
    free_news(verifier->news);
    g_ptr_array_unref(verifier->list);
    g_hash_table_unref(verifier->wrong);
    g_hash_table_unref(verifier->resting);
    pthread_mutex_destroy(&verifier->lock);
    sem_destroy(&verifier->wake);
    sem_destroy(&verifier->end);
    g_free(verifier);
}

struct verifier *verifier_new(struct verification *verification)
{
    struct verifier *verifier = g_new0(struct verifier, 1);
    verifier->verification = verification;
    verifier->list = due_new();
    verifier->wrong = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    verifier->resting = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    pthread_mutex_init(&verifier->lock, NULL);
    sem_init(&verifier->wake, 0, 0);
    sem_init(&verifier->end, 0, 0);
    if (!start(verifier)) {
        release(verifier);
        return NULL;
    }
    verification_attend(verification, &verifier->wake);
    return verifier;
}

void verifier_free(struct verifier **verifier)
{
    if (!*verifier)
        return;
    verification_attend((*verifier)->verification, NULL);
    sem_post(&(*verifier)->end);
    sem_post(&(*verifier)->wake);
    pthread_join((*verifier)->thread, NULL);
    release(*verifier);
    *verifier = NULL;
}

void verifier_set(struct verifier *verifier, GPtrArray *list)
{
    pthread_mutex_lock(&verifier->lock);
    GPtrArray *unused = verifier->next_list;
    verifier->next_list = list;
    pthread_mutex_unlock(&verifier->lock);
    if (unused)
        g_ptr_array_unref(unused);
    sem_post(&verifier->wake);
}
