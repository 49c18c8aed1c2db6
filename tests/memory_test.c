/* Out of memory: each allocation fails in turn, at start-up and when a revision is read while on air. A start
 * then succeeds as if nothing had been, or is told and ends; it is never half a station. The air goes on
 * whatever becomes of a revision.
 *
 * malloc(3) is this file's. Of allocations that are made on the same path one is taken, and of all these
 * the first EARLY, where a wild pointer was once found, and SAMPLE; EVERY=yes takes them all (make soak). */
#include "playout/bulkhead.h"

#include <errno.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <xxhash.h>

#include "onair_bench.h"
#include "playout/rendering.h"

#define DEPTH 8     /* of a path */
#define PATHS 65536 /* that are known apart */
#define SAMPLE 60
#define EARLY 16

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

/* --- allocations of a thread: counted, their paths noted, one of them failing */

static _Thread_local volatile bool counted, noted;
static _Thread_local volatile uint32_t count, failing; /* failing: which of them, 0: none */

static struct paths { /* the first allocation of each path */
    uint64_t known[PATHS];
    uint32_t first[PATHS], count;
} paths;

static void note_path(void)
{
    void *frames[DEPTH];
    const int depth = backtrace(frames, DEPTH);
    uint64_t hash = 0xCBF29CE484222325; /* FNV-1a */
    for (int i = 0; i < depth; i++)
        hash = (hash ^ (uintptr_t)frames[i]) * 0x100000001B3;
    uint32_t place = (uint32_t)(hash % PATHS);
    while (paths.known[place] && paths.known[place] != hash)
        place = (place + 1) % PATHS;
    if (!paths.known[place] && paths.count < PATHS / 2)
        paths.first[paths.count++] = count;
    paths.known[place] = hash;
}

static inline bool fails(void)
{
    if (!counted)
        return false;
    counted = false;
    count++;
    if (noted)
        note_path();
    counted = true;
    errno = count == failing ? ENOMEM : errno;
    return count == failing;
}

#if !SANITIZED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t number, size_t size)
{
    return fails() ? NULL : __libc_calloc(number, size);
}

void *realloc(void *old, size_t size)
{
    return fails() ? NULL : __libc_realloc(old, size);
}
#endif

static void count_from(uint32_t which, bool note)
{
    count = 0;
    failing = which;
    noted = note;
    counted = true;
}

/* Calls try() with each path's first allocation, or with the sample of them; every call is in a process of
 * its own, and returns what it exits with. */
static void try_each(void (*try)(void *context, uint32_t which), void *context,
                     void (*check)(uint32_t which, int status))
{
    const uint32_t most = getenv("EVERY") ? paths.count : SAMPLE;
    const uint32_t step = paths.count > most ? paths.count / most : 1;
    for (uint32_t i = 0; i < paths.count; i += i < EARLY ? 1 : step) {
        const pid_t child = fork();
        if (child == 0) {
            const int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
            dup2(nowhere, STDERR_FILENO);
            alarm(20); /* who hangs is ended, and fails */
            try(context, paths.first[i]);
            _exit(EXIT_FAILURE);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        check(paths.first[i], status);
    }
}

/* --- start-up */

struct outcome {
    bool airs;
    size_t told;     /* diagnostics */
    uint64_t digest; /* of the first second on air */
};

struct start {
    const struct small_station *small;
    struct outcome right; /* where nothing fails */
};

static bool digest_bytes(void *context, const uint8_t *bytes, size_t length)
{
    return XXH3_64bits_update(context, bytes, length) == XXH_OK;
}

static uint64_t digest_second(const struct channel *channel)
{
    XXH3_state_t *hash = XXH3_createState();
    uint32_t faults = 0;
    struct rendering_job job = {.channels = channel,
                                .channel_count = 1,
                                .first = slot_at(channel->rate, MONDAY_EIGHT, 0),
                                .end = slot_at(channel->rate, MONDAY_EIGHT + 1, 0),
                                .sink = sink_new_function(digest_bytes, hash),
                                .report = count_fault,
                                .context = &faults};
    XXH3_64bits_reset(hash);
    assert_int_equal(rendering_run(&job), RENDERING_DONE);
    const uint64_t digest = XXH3_64bits_digest(hash);
    sink_free(&job.sink);
    XXH3_freeState(hash);
    return digest;
}

/* All that `play` makes before the first slot, with an allocation that fails. */
static struct outcome start_up(const struct small_station *small, uint32_t which, bool note)
{
    struct studio station;
    struct revisions revisions = {0};
    struct diagnostics diagnostics = {0};
    struct outcome outcome = {0};
    struct ahead *ahead = NULL;
    struct onair *onair = NULL;
    uint32_t faults = 0;
    count_from(which, note);
    bool good = studio_open_station(small->path, &station);
    good = good && revisions_init(&revisions, &station, &station.diagnostics);
    struct revision *revision =
        good ? revision_new(&revisions, revisions_find(&revisions, MONDAY_EIGHT), &diagnostics) : NULL;
    good = revision && revision_open_channels(revision, &diagnostics);
    ahead = good ? ahead_new(revision->channels, count_fault, &faults) : NULL;
    onair = ahead ? onair_new(&(struct onair_job){.channel = revision->channels, .ahead = ahead}) : NULL;
    counted = false;
    outcome.airs = onair;
    outcome.told =
        station.diagnostics.errors + station.diagnostics.warnings + diagnostics.errors + diagnostics.warnings;
    if (revision)
        outcome.told += revision->studio.diagnostics.errors + revision->studio.diagnostics.warnings;
    if (onair)
        outcome.digest = digest_second(revision->channels);
    onair_free(&onair);
    ahead_free(&ahead);
    revision_free(&revision);
    revisions_fini(&revisions);
    diagnostics_fini(&diagnostics);
    studio_close(&station);
    return outcome;
}

/* Exits with 0 when it is on air as it should be, or says that it is not. */
static void try_start(void *context, uint32_t which)
{
    const struct start *start = context;
    bulkhead_open();
    const struct outcome found = start_up(start->small, which, false);
    _exit(found.airs && found.told <= start->right.told && found.digest != start->right.digest);
}

static void check_start(uint32_t which, int status)
{
    if (!WIFEXITED(status) || (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != EXIT_WORLD))
        fail_msg("allocation %u fails: status %#x", which, status);
}

static void test_a_start_without_memory_is_whole_or_told(void **state)
{
    if (SANITIZED)
        skip(); /* it has an allocator of its own */
    struct start start = {.small = *state};
    small_station_add_lesson(*state, "p3/water.mp4", 7, "key", 1, NULL);
    start_up(*state, 0, false); /* what is made once */
    start.right = start_up(*state, 0, true);
    assert_true(start.right.airs);
    assert_int_equal(start_up(*state, 0, false).digest, start.right.digest);
    assert_true(paths.count > 100);
    try_each(try_start, &start, check_start);
}

/* --- a revision, while on air */

struct reload {
    struct bench bench;
    struct studio station;
    struct revisions revisions;
    struct diagnostics diagnostics;
    uint32_t which;
    bool note;
    struct revision *revision;
    pthread_t thread;
    atomic_bool done;
};

#define FROM (MONDAY_EIGHT + 6)

static void *build(void *argument)
{
    struct reload *reload = argument;
    pthread_setname_np(pthread_self(), "builder");
    count_from(reload->which, reload->note);
    struct revision *revision =
        revision_new(&reload->revisions, revisions_find(&reload->revisions, FROM), &reload->diagnostics);
    if (revision && revision_open_channels(revision, &reload->diagnostics) &&
        !revision->studio.diagnostics.errors) /* as succession.h has it */
        reload->revision = revision;
    else
        revision_free(&revision);
    counted = false;
    atomic_store(&reload->done, true);
    return NULL;
}

static void reload_init(struct reload *reload, const struct small_station *small)
{
    *reload = (struct reload){0};
    small_station_add_lesson(small, "p3/water.mp4", 7, "key", 1, NULL);
    small_station_add_lesson(small, "p3/fire.mp4", 5, "key", 1, NULL);
    bench_init(&reload->bench, small);
    revisions_enter_two(small, FROM);
    assert_true(studio_open_station(small->path, &reload->station));
    assert_true(revisions_init(&reload->revisions, &reload->station, &reload->diagnostics));
}

static bool is_held(pthread_t thread)
{
    char name[16] = "";
    return pthread_getname_np(thread, name, sizeof name) == 0 && strcmp(name, BULKHEAD_HELD) == 0;
}

/* Exits with 0 when every slot left, with the right PCR and the lesson in it. */
static void try_reload(void *context, uint32_t which)
{
    struct reload *reload = context;
    struct bench *bench = &reload->bench;
    bulkhead_close();
    reload->which = which;
    pthread_create(&reload->thread, NULL, build, reload);
    while (!atomic_load(&reload->done) && !is_held(reload->thread))
        sched_yield();
    if (atomic_load(&reload->done) && reload->revision)
        ahead_follow(bench->ahead, reload->revision->channels, FROM);
    const uint64_t first = bench->k;
    for (int64_t second = MONDAY_EIGHT + 1; second < MONDAY_EIGHT + 10; second++) {
        bench->empty = 0;
        send_until(bench, second);
        assert_int_equal(bench->empty, LESSON_PACKETS);
        while (ahead_read(bench->ahead) || ahead_build(bench->ahead))
            ;
    }
    assert_int_equal(onair_get_state(bench->onair).slots, bench->k - first);
    _exit(EXIT_SUCCESS);
}

static void check_reload(uint32_t which, int status)
{
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        fail_msg("allocation %u fails: status %#x", which, status);
}

static void test_a_revision_without_memory_leaves_the_air_alone(void **state)
{
    if (SANITIZED)
        skip(); /* it has an allocator of its own */
    struct reload reload;
    reload_init(&reload, *state);
    build(&reload); /* what is made once */
    revision_free(&reload.revision);
    reload.note = true;
    build(&reload);
    revision_free(&reload.revision);
    reload.note = false;
    atomic_store(&reload.done, false);
    assert_true(paths.count > 100);
    try_each(try_reload, &reload, check_reload);
    revisions_fini(&reload.revisions);
    diagnostics_fini(&reload.diagnostics);
    bench_fini(&reload.bench);
    studio_close(&reload.station);
}

static int setup(void **state)
{
    bulkhead_open(); /* before libxml2 is used */
    signal(SIGABRT, SIG_DFL);
    signal(SIGSEGV, SIG_DFL);
    void *frames[1];
    memset(&paths, 0, sizeof paths);
    return backtrace(frames, 1) >= 0 ? small_station_setup(state) : -1; /* it allocates the first time */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_start_without_memory_is_whole_or_told),
        TEST(test_a_revision_without_memory_leaves_the_air_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
