/* A lesson that becomes another one: it is found out behind the air's back, seen no more, told once, and seen
 * again when it is mended; and nothing waits for that. The verifier reads with pread(2), which here is
 * counted and may stall; readers read with preadv(2). */
#include "playout/verifier.h"

#include <pthread.h>
#include <sys/prctl.h>
#include <sys/syscall.h>

#include "playout/due.h"
#include "rehearsal_fixture.h"

#define PATIENCE 30 /* seconds: whoever waits for the verifier fails then */

static struct disk {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stalled, waiting;
    unsigned reads; /* by the verifier */
} disk = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, false, 0};

static bool is_verifier(void)
{
    char name[16] = "";
    prctl(PR_GET_NAME, name);
    return strcmp(name, VERIFIER_NAME) == 0;
}

ssize_t pread(int descriptor, void *bytes, size_t length, off_t offset)
{
    if (is_verifier()) {
        pthread_mutex_lock(&disk.lock);
        disk.reads++;
        disk.waiting = disk.stalled;
        while (disk.stalled)
            pthread_cond_wait(&disk.changed, &disk.lock);
        disk.waiting = false;
        pthread_mutex_unlock(&disk.lock);
    }
    return syscall(SYS_pread64, descriptor, bytes, length, offset);
}

static void set_stalled(bool stalled)
{
    pthread_mutex_lock(&disk.lock);
    disk.stalled = stalled;
    pthread_cond_broadcast(&disk.changed);
    pthread_mutex_unlock(&disk.lock);
}

static unsigned get_reads(bool *waiting)
{
    pthread_mutex_lock(&disk.lock);
    const unsigned reads = disk.reads;
    *waiting = disk.waiting;
    pthread_mutex_unlock(&disk.lock);
    return reads;
}

/* --- the station on air, whose lesson may become another */

struct swap {
    struct rehearsal rehearsal;
    struct verifier *verifier;
    char other[LESSON_HASH_MAX], *path, *right, *wrong; /* files: of the lesson, and copies of both */
    GString *told;
};

static void copy(const char *from, const char *to)
{
    char *bytes;
    gsize length;
    assert_true(g_file_get_contents(from, &bytes, &length, NULL));
    const int descriptor = open(to, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_int_equal(write(descriptor, bytes, length), length);
    close(descriptor);
    g_free(bytes);
}

static void swap_init(struct swap *swap, const struct small_station *small)
{
    *swap = (struct swap){.told = g_string_new(NULL)};
    char *state = g_build_filename(small->path, "state", NULL);
    assert_int_equal(g_mkdir_with_parents(state, 0700), 0);
    g_free(state);
    add_lesson(small, "p3/fire.mp4", SUBSTITUTE_CELL, 2, swap->other);
    rehearsal_open(&swap->rehearsal, small);
    swap->path = lesson_path(small, swap->rehearsal.lesson);
    swap->wrong = lesson_path(small, swap->other);
    swap->right = g_strconcat(swap->path, "-right", NULL);
    copy(swap->path, swap->right);
}

/* In place, as `cat` does it. The second that is read next is damaged: the open file's index is the other's.
 */
static void swap_on_air(struct swap *swap)
{
    copy(swap->wrong, swap->path);
    pass(&swap->rehearsal);
    read_ahead(&swap->rehearsal);
}

static struct verification *verification_of(const struct swap *swap)
{
    return swap->rehearsal.bench.studio.verification;
}

static void set_list(struct swap *swap)
{
    GPtrArray *list = due_new();
    due_add(list, &swap->rehearsal.bench.studio, MONDAY_EIGHT);
    due_sort(list);
    verifier_set(swap->verifier, list);
}

static void start_verifier(struct swap *swap)
{
    swap->verifier = verifier_new(verification_of(swap));
    assert_non_null(swap->verifier);
    set_list(swap);
}

static void swap_fini(struct swap *swap)
{
    verifier_free(&swap->verifier);
    rehearsal_fini(&swap->rehearsal);
    g_string_free(swap->told, TRUE);
    g_free(swap->path);
    g_free(swap->right);
    g_free(swap->wrong);
}

static enum verdict verdict_of(const struct swap *swap)
{
    struct verification_stamp stamp;
    assert_true(verification_stamp_path(swap->path, &stamp));
    return verification_get(verification_of(swap), swap->rehearsal.lesson, &stamp);
}

static void wait_for(const struct swap *swap, enum verdict verdict)
{
    alarm(PATIENCE);
    while (verdict_of(swap) != verdict)
        sched_yield();
    alarm(0);
}

static void tell(void *context, enum style style, const char *what, const char *text)
{
    (void)style;
    g_string_append_printf(context, "%s: %s\n", what, text);
}

static void wait_until_told(struct swap *swap, const char *words)
{
    alarm(PATIENCE);
    while (!strstr(swap->told->str, words)) {
        verifier_tell(swap->verifier, tell, swap->told);
        sched_yield();
    }
    alarm(0);
}

static size_t count(const char *text, const char *words)
{
    size_t found = 0;
    for (const char *at = text; (at = strstr(at, words)); at++)
        found++;
    return found;
}

/* --- tests */

/* What nobody has looked at airs: that is why it is looked at. */
static void test_a_lesson_that_becomes_another_is_the_fallback_until_it_is_back(void **state)
{
    struct swap swap;
    swap_init(&swap, *state);
    rehearsal_start(&swap.rehearsal);
    check_seen(&swap.rehearsal, LESSON, 2);
    swap_on_air(&swap);
    check_seen(&swap.rehearsal, SUBSTITUTE, 2);
    start_verifier(&swap);
    wait_for(&swap, VERDICT_WRONG);
    check_seen(&swap.rehearsal, FALLBACK, 2);
    copy(swap.right, swap.path);
    wait_for(&swap, VERDICT_RIGHT);
    check_seen(&swap.rehearsal, LESSON, 2);
    swap_fini(&swap);
}

/* And a start that finds one that is known shows none of it. */
static void test_a_start_with_a_known_swap_never_shows_it(void **state)
{
    struct swap swap;
    swap_init(&swap, *state);
    copy(swap.wrong, swap.path);
    start_verifier(&swap);
    wait_for(&swap, VERDICT_WRONG);
    rehearsal_start(&swap.rehearsal);
    for (int i = 0; i < SETTLE + 2; i++) {
        assert_int_equal(pass(&swap.rehearsal), FALLBACK);
        read_ahead(&swap.rehearsal);
    }
    swap_fini(&swap);
}

/* A wrong file that becomes another wrong one is not seen while it is looked at. */
static void test_a_lesson_in_doubt_is_not_seen(void **state)
{
    struct swap swap;
    swap_init(&swap, *state);
    copy(swap.wrong, swap.path);
    start_verifier(&swap);
    wait_for(&swap, VERDICT_WRONG);
    verifier_free(&swap.verifier);
    assert_int_equal(utimensat(AT_FDCWD, swap.path, NULL, 0), 0);
    assert_int_equal(verdict_of(&swap), VERDICT_DOUBTFUL);
    rehearsal_start(&swap.rehearsal);
    check_seen(&swap.rehearsal, FALLBACK, 2);
    start_verifier(&swap);
    wait_for(&swap, VERDICT_WRONG);
    check_seen(&swap.rehearsal, FALLBACK, 2);
    swap_fini(&swap);
}

/* The reader has the right file open, which has lost its name to another: that one is told. */
static void test_an_open_lesson_goes_on_when_its_name_is_another_s(void **state)
{
    struct swap swap;
    swap_init(&swap, *state);
    rehearsal_start(&swap.rehearsal);
    start_verifier(&swap);
    wait_for(&swap, VERDICT_RIGHT);
    char *replacement = g_strconcat(swap.path, "-new", NULL);
    copy(swap.wrong, replacement);
    assert_int_equal(rename(replacement, swap.path), 0);
    set_list(&swap);
    wait_for(&swap, VERDICT_WRONG);
    wait_until_told(&swap, "fault: lesson p3/water.mp4 is not the lesson of its name");
    check_seen(&swap.rehearsal, LESSON, 5);
    g_free(replacement);
    swap_fini(&swap);
}

/* An open file is claimed by its reader; without a name it is in no list. */
static void test_an_open_lesson_without_a_name_is_verified(void **state)
{
    struct swap swap;
    struct verification_stamp stamp;
    swap_init(&swap, *state);
    copy(swap.wrong, swap.path);
    rehearsal_start(&swap.rehearsal);
    check_seen(&swap.rehearsal, SUBSTITUTE, 1);
    const int descriptor = open(swap.path, O_RDONLY | O_CLOEXEC);
    assert_int_equal(unlink(swap.path), 0);
    start_verifier(&swap);
    read_ahead(&swap.rehearsal); /* it is open: it is asked about */
    pass(&swap.rehearsal);
    read_ahead(&swap.rehearsal);
    assert_true(verification_stamp(descriptor, &stamp));
    alarm(PATIENCE);
    while (verification_get(verification_of(&swap), swap.rehearsal.lesson, &stamp) != VERDICT_WRONG)
        sched_yield();
    alarm(0);
    check_seen(&swap.rehearsal, FALLBACK, 2);
    close(descriptor);
    swap_fini(&swap);
}

static void test_it_is_told_by_name_once_and_when_it_is_mended(void **state)
{
    struct swap swap;
    swap_init(&swap, *state);
    rehearsal_start(&swap.rehearsal);
    copy(swap.wrong, swap.path);
    start_verifier(&swap);
    wait_until_told(&swap, "fault: ");
    assert_int_equal(utimensat(AT_FDCWD, swap.path, NULL, 0), 0); /* the same once more */
    set_list(&swap);
    wait_for(&swap, VERDICT_WRONG);
    copy(swap.right, swap.path);
    set_list(&swap);
    wait_until_told(&swap, "good: lesson p3/water.mp4 is the lesson of its name again");
    assert_int_equal(count(swap.told->str, "fault: "), 1);
    assert_int_equal(count(swap.told->str, "good: "), 1);
    assert_int_equal(count(swap.told->str, swap.rehearsal.lesson), 2);
    assert_int_equal(count(swap.told->str, "fallback"), 0);
    swap_fini(&swap);
}

static void add_due(GPtrArray *list, const char *hash, const char *path)
{
    struct due *due = g_new0(struct due, 1);
    g_strlcpy(due->hash, hash, sizeof due->hash);
    due->path = g_strdup(path);
    due->source = g_strdup("p3/water.mp4");
    g_ptr_array_add(list, due);
}

/* The lesson, and behind it a file of no byte, which is one read: when that is known the lesson was visited.
 */
static void check_round(struct swap *swap, struct verifier *verifier, struct verification *verification,
                        char digit)
{
    struct verification_stamp stamp;
    bool waiting;
    char hash[LESSON_HASH_MAX] = "";
    const unsigned reads = get_reads(&waiting);
    GPtrArray *list = due_new();
    memset(hash, digit, sizeof hash - 1);
    assert_true(g_file_set_contents(swap->right, "", 0, NULL));
    assert_true(verification_stamp_path(swap->right, &stamp));
    add_due(list, swap->rehearsal.lesson, swap->path);
    add_due(list, hash, swap->right);
    verifier_set(verifier, list);
    alarm(PATIENCE);
    while (verification_get(verification, hash, &stamp) != VERDICT_WRONG)
        sched_yield();
    alarm(0);
    assert_int_equal(get_reads(&waiting), reads + 1);
}

/* Neither in the next round, nor after a start. */
static void test_what_is_known_is_not_read_again(void **state)
{
    const struct small_station *small = *state;
    struct swap swap;
    swap_init(&swap, small);
    rehearsal_start(&swap.rehearsal);
    start_verifier(&swap);
    wait_for(&swap, VERDICT_RIGHT);
    verifier_free(&swap.verifier); /* it saves */
    struct verification *remembered = verification_new(small->path);
    struct verifier *verifier = verifier_new(remembered);
    check_round(&swap, verifier, remembered, 'a');
    check_round(&swap, verifier, remembered, 'b');
    verifier_free(&verifier);
    verification_free(&remembered);
    swap_fini(&swap);
}

/* If anything on air waited for the verifier, this would hang. */
static void test_a_verifier_that_hangs_holds_nothing_up(void **state)
{
    struct swap swap;
    swap_init(&swap, *state);
    rehearsal_start(&swap.rehearsal);
    swap.rehearsal.crew = crew_new(&swap.rehearsal.bench.ahead, 1);
    set_stalled(true);
    start_verifier(&swap);
    alarm(PATIENCE);
    for (bool waiting = false; !waiting; get_reads(&waiting))
        sched_yield();
    check_seen(&swap.rehearsal, LESSON, 10);
    swap_on_air(&swap); /* claims wait as well */
    check_seen(&swap.rehearsal, SUBSTITUTE, 5);
    alarm(0);
    set_stalled(false);
    wait_for(&swap, VERDICT_WRONG);
    check_seen(&swap.rehearsal, FALLBACK, 2);
    crew_free(&swap.rehearsal.crew);
    swap_fini(&swap);
}

/* On air, then the items, then what may be needed at any time, then substitutes; each file once. */
static void test_lessons_come_in_the_order_in_which_they_are_due(void **state)
{
    const struct small_station *small = *state;
    struct studio studio;
    const char *const sources[] = {"p3/water.mp4", "fallback/p3.mp4", "breaks/eyes.mp4", "p3/poems.mp4",
                                   "p3/water.mp4"};
    const int64_t seconds[] = {0, 1, 1200, 3600, 0};
    for (size_t i = 0; i < 4; i++)
        small_station_add_lesson(small, sources[3 - i], 3, "key", 1, NULL);
    small_station_add_lesson(small, "p3/water.mp4", 4, "key", 2, NULL);
    small_station_add_lesson(small, "p3/unnamed.mp4", 4, "key", 2, NULL);
    assert_true(studio_open(small->path, &studio));
    GPtrArray *list = due_new();
    due_add(list, &studio, MONDAY_EIGHT);
    due_add(list, &studio, MONDAY_EIGHT + 30); /* a revision that follows has the same */
    due_sort(list);
    assert_int_equal(list->len, 5);
    for (guint i = 0; i < list->len; i++) {
        const struct due *due = list->pdata[i];
        assert_string_equal(due->source, sources[i]);
        assert_int_equal(due->second - MONDAY_EIGHT, seconds[i]);
        assert_int_equal(due->substitute, i == 4);
    }
    g_ptr_array_unref(list);
    studio_close(&studio);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_lesson_that_becomes_another_is_the_fallback_until_it_is_back),
        TEST(test_a_start_with_a_known_swap_never_shows_it),
        TEST(test_a_lesson_in_doubt_is_not_seen),
        TEST(test_an_open_lesson_goes_on_when_its_name_is_another_s),
        TEST(test_an_open_lesson_without_a_name_is_verified),
        TEST(test_it_is_told_by_name_once_and_when_it_is_mended),
        TEST(test_what_is_known_is_not_read_again),
        TEST(test_a_verifier_that_hangs_holds_nothing_up),
        TEST(test_lessons_come_in_the_order_in_which_they_are_due),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
