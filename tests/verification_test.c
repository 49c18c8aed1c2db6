/* Which files are known to be what their names say: as long as nobody wrote to them, across starts, and never
 * by a memory that is damaged. */
#include "playout/verification.h"

#include "small_station.h"

#define HASH_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define HASH_B "aaabbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb" /* in one bucket with A */

struct files {
    const struct small_station *small;
    struct verification *verification;
    char *a, *b, *memory;
};

static char *write_lesson(const struct small_station *small, const char *hash, const char *bytes)
{
    char *name = g_strdup_printf("lessons/%s" LESSON_SUFFIX, hash);
    small_station_write(small, name, bytes);
    char *path = g_build_filename(small->path, name, NULL);
    g_free(name);
    return path;
}

static void files_init(struct files *files, const struct small_station *small)
{
    *files = (struct files){.small = small,
                            .a = write_lesson(small, HASH_A, "a"),
                            .b = write_lesson(small, HASH_B, "b"),
                            .memory = g_build_filename(small->path, "state", "verified-lessons", NULL)};
    char *state = g_build_filename(small->path, "state", NULL);
    assert_int_equal(g_mkdir_with_parents(state, 0700), 0);
    g_free(state);
    files->verification = verification_new(small->path);
}

static void files_fini(struct files *files)
{
    verification_free(&files->verification);
    assert_null(files->verification);
    g_free(files->a);
    g_free(files->b);
    g_free(files->memory);
}

static void restart(struct files *files)
{
    verification_free(&files->verification);
    files->verification = verification_new(files->small->path);
}

static struct verification_stamp stamp_of(const char *path)
{
    struct verification_stamp stamp;
    assert_true(verification_stamp_path(path, &stamp));
    return stamp;
}

static enum verdict get(const struct files *files, const char *hash, const char *path)
{
    const struct verification_stamp stamp = stamp_of(path);
    return verification_get(files->verification, hash, &stamp);
}

static void add(const struct files *files, const char *hash, const char *path, bool right)
{
    const struct verification_stamp stamp = stamp_of(path);
    verification_add(files->verification, hash, &stamp, right);
}

/* Until the coarse clock of ctime has gone on. */
static void change_mode(const char *path)
{
    const struct verification_stamp before = stamp_of(path);
    for (struct verification_stamp now = before; now.ctime_ns == before.ctime_ns; now = stamp_of(path))
        assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(stamp_of(path).mtime_ns, before.mtime_ns);
}

static void test_what_was_found_holds_for_that_name_and_file(void **state)
{
    struct files files;
    files_init(&files, *state);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_UNKNOWN);
    add(&files, HASH_A, files.a, true);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_RIGHT);
    assert_int_equal(get(&files, HASH_A, files.b), VERDICT_UNKNOWN);
    assert_int_equal(get(&files, HASH_B, files.a), VERDICT_UNKNOWN);
    add(&files, HASH_B, files.b, false);
    assert_int_equal(get(&files, HASH_B, files.b), VERDICT_WRONG);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_RIGHT);
    assert_true(verification_is_wrong(files.verification, HASH_B, files.b));
    assert_false(verification_is_wrong(files.verification, HASH_A, files.a));
    assert_false(verification_is_wrong(files.verification, HASH_B, files.memory)); /* not there */
    files_fini(&files);
}

/* Even where size and mtime were set back, ctime was not. */
static void test_a_file_that_was_touched_is_not_known(void **state)
{
    struct files files;
    files_init(&files, *state);
    add(&files, HASH_A, files.a, true);
    change_mode(files.a);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_UNKNOWN);
    files_fini(&files);
}

/* By its stamp a descriptor is the file that it opened, whatever has its name by now. */
static void test_an_open_file_is_known_without_its_name(void **state)
{
    struct files files;
    struct verification_stamp stamp;
    files_init(&files, *state);
    const int descriptor = open(files.a, O_RDONLY);
    assert_int_equal(rename(files.b, files.a), 0);
    assert_true(verification_stamp(descriptor, &stamp));
    verification_add(files.verification, HASH_A, &stamp, true);
    add(&files, HASH_A, files.a, false);
    assert_int_equal(verification_get(files.verification, HASH_A, &stamp), VERDICT_RIGHT);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_WRONG);
    close(descriptor);
    files_fini(&files);
}

/* Once wrong, it is in doubt until one is found right. */
static void test_after_a_wrong_file_the_next_is_in_doubt(void **state)
{
    struct files files;
    files_init(&files, *state);
    add(&files, HASH_A, files.a, false);
    change_mode(files.a);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_DOUBTFUL);
    assert_int_equal(get(&files, HASH_B, files.b), VERDICT_UNKNOWN);
    add(&files, HASH_A, files.a, true);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_RIGHT);
    change_mode(files.a);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_UNKNOWN);
    files_fini(&files);
}

static void test_what_was_found_is_remembered(void **state)
{
    struct files files;
    files_init(&files, *state);
    add(&files, HASH_A, files.a, true);
    add(&files, HASH_B, files.b, false);
    assert_true(verification_save(files.verification));
    restart(&files);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_RIGHT);
    assert_int_equal(get(&files, HASH_B, files.b), VERDICT_WRONG);
    change_mode(files.b); /* mended while nobody looked: it is shown as any other at a start */
    assert_int_equal(get(&files, HASH_B, files.b), VERDICT_UNKNOWN);
    files_fini(&files);
}

static size_t memory_lines(const struct files *files)
{
    char *text;
    assert_true(g_file_get_contents(files->memory, &text, NULL, NULL));
    char **lines = g_strsplit(text, "\n", -1);
    const size_t count = g_strv_length(lines) - 3; /* first, last, and nothing behind it */
    g_strfreev(lines);
    g_free(text);
    return count;
}

static void test_files_that_are_gone_are_forgotten(void **state)
{
    struct files files;
    files_init(&files, *state);
    add(&files, HASH_A, files.a, true);
    add(&files, HASH_B, files.b, true);
    assert_true(verification_save(files.verification));
    assert_int_equal(memory_lines(&files), 2);
    change_mode(files.a);
    assert_int_equal(unlink(files.b), 0);
    add(&files, HASH_A, files.a, true);
    assert_true(verification_save(files.verification));
    assert_int_equal(memory_lines(&files), 1);
    files_fini(&files);
}

/* `prepare` writes beside `play`. */
static void test_two_processes_share_their_memory(void **state)
{
    struct files files;
    files_init(&files, *state);
    struct verification *other = verification_new(files.small->path);
    const struct verification_stamp stamp = stamp_of(files.b);
    add(&files, HASH_A, files.a, true);
    verification_add(other, HASH_B, &stamp, true);
    assert_true(verification_save(files.verification));
    assert_true(verification_save(other));
    assert_int_equal(memory_lines(&files), 2);
    assert_int_equal(get(&files, HASH_B, files.b), VERDICT_UNKNOWN);
    verification_renew(files.verification);
    assert_int_equal(get(&files, HASH_B, files.b), VERDICT_RIGHT);
    verification_free(&other);
    files_fini(&files);
}

/* Cut anywhere, or with any byte changed: nothing of it is taken. */
static void test_a_damaged_memory_is_empty(void **state)
{
    struct files files;
    char *text;
    gsize length;
    files_init(&files, *state);
    add(&files, HASH_A, files.a, true);
    assert_true(verification_save(files.verification));
    assert_true(g_file_get_contents(files.memory, &text, &length, NULL));
    for (gsize i = 0; i < length; i++) {
        char *damaged = g_memdup2(text, length);
        damaged[i] ^= 1;
        assert_true(g_file_set_contents(files.memory, damaged, (gssize)length, NULL));
        restart(&files);
        assert_int_equal(get(&files, HASH_A, files.a), VERDICT_UNKNOWN);
        assert_true(g_file_set_contents(files.memory, text, (gssize)i, NULL));
        restart(&files);
        assert_int_equal(get(&files, HASH_A, files.a), VERDICT_UNKNOWN);
        g_free(damaged);
    }
    assert_true(g_file_set_contents(files.memory, text, (gssize)length, NULL));
    restart(&files);
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_RIGHT);
    g_free(text);
    files_fini(&files);
}

static void test_without_a_folder_nothing_is_remembered(void **state)
{
    struct files files;
    files_init(&files, *state);
    char *folder = g_build_filename(files.small->path, "state", NULL);
    assert_int_equal(rmdir(folder), 0);
    add(&files, HASH_A, files.a, true);
    assert_false(verification_save(files.verification));
    assert_int_equal(get(&files, HASH_A, files.a), VERDICT_RIGHT);
    assert_int_equal(g_mkdir_with_parents(folder, 0700), 0);
    assert_true(verification_save(files.verification)); /* it was not forgotten */
    assert_int_equal(memory_lines(&files), 1);
    g_free(folder);
    files_fini(&files);
}

/* --- claims */

static void test_claims_are_taken_in_order_and_not_more_than_some(void **state)
{
    struct files files;
    sem_t wake;
    int taken = 0, noted = 0, posts;
    files_init(&files, *state);
    sem_init(&wake, 0, 0);
    const int descriptor = open(files.a, O_RDONLY);
    assert_false(verification_claim(files.verification, HASH_A, descriptor)); /* nobody attends */
    verification_attend(files.verification, &wake);
    assert_true(verification_claim(files.verification, HASH_B, descriptor));
    while (noted < 1000 && verification_claim(files.verification, HASH_A, descriptor))
        noted++;
    assert_in_range(noted, 10, 100);
    sem_getvalue(&wake, &posts);
    assert_int_equal(posts, noted + 1);
    struct claim *claim = verification_take_claims(files.verification);
    assert_string_equal(claim->hash, HASH_B);
    for (struct claim *next; claim; claim = next, taken++) {
        next = claim->next;
        claim_free(claim);
    }
    assert_int_equal(taken, noted + 1);
    assert_true(verification_claim(files.verification, HASH_A, descriptor)); /* freed with it all */
    verification_attend(files.verification, NULL);
    close(descriptor);
    sem_destroy(&wake);
    files_fini(&files);
}

/* --- what people see */

static void check_said(const struct small_station *small, const char *words, bool said)
{
    char *output, *errors;
    small_station_run(small, &command_check, (char *[]){"check", NULL}, &output, &errors);
    assert_int_equal(strstr(output, words) != NULL, said);
    g_free(output);
    g_free(errors);
}

/* As far as it is known: no file is hashed. */
static void test_check_names_a_lesson_that_is_another(void **state)
{
    const struct small_station *small = *state;
    struct files files;
    char water[LESSON_HASH_MAX], fire[LESSON_HASH_MAX], *bytes;
    gsize length;
    small_station_add_lesson(small, "p3/water.mp4", 7, "key", 1, water);
    small_station_add_lesson(small, "p3/fire.mp4", 9, "key", 1, fire);
    files_init(&files, small);
    char *path = g_strdup_printf("%s/lessons/%s" LESSON_SUFFIX, small->path, water);
    char *other = g_strdup_printf("%s/lessons/%s" LESSON_SUFFIX, small->path, fire);
    char *words =
        g_strdup_printf("DIR/lessons/%s" LESSON_SUFFIX
                        ": warning: this lesson of \"p3/fire.mp4\" cannot be used: is not the lesson of "
                        "its name",
                        water);
    assert_true(g_file_get_contents(other, &bytes, &length, NULL));
    assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    check_said(small, words, false);
    add(&files, water, path, false);
    assert_true(verification_save(files.verification));
    check_said(small, words, true);
    check_said(small, "source \"p3/water.mp4\" is neither in sources/ nor prepared", true);
    change_mode(path);
    check_said(small, words, false);
    g_free(bytes);
    g_free(words);
    g_free(other);
    g_free(path);
    files_fini(&files);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_was_found_holds_for_that_name_and_file),
        TEST(test_a_file_that_was_touched_is_not_known),
        TEST(test_an_open_file_is_known_without_its_name),
        TEST(test_after_a_wrong_file_the_next_is_in_doubt),
        TEST(test_what_was_found_is_remembered),
        TEST(test_files_that_are_gone_are_forgotten),
        TEST(test_two_processes_share_their_memory),
        TEST(test_a_damaged_memory_is_empty),
        TEST(test_without_a_folder_nothing_is_remembered),
        TEST(test_claims_are_taken_in_order_and_not_more_than_some),
        TEST(test_check_names_a_lesson_that_is_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
