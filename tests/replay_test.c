/* What went out, made once more from the as-run log, is what a receiver got: also where something else was
 * shown than planned. `prove` and `render --as-run` say so, and refuse when a lesson or the log was changed.
 */
#include "playout/replay.h"

#include "onair_bench.h"
#include "playout/asrun_writer.h"

struct aired { /* a multiplex that was on air, and its log */
    struct small_station *small;
    struct bench bench;
    uint64_t first; /* slot that was kept first */
    char hash[LESSON_HASH_MAX];
};

static void open_aired(struct aired *aired, struct small_station *small)
{
    *aired = (struct aired){.small = small};
    small_station_add_lesson(small, "p3/water.mp4", 7, "key", 1, aired->hash);
    bench_open(&aired->bench, small);
}

static void go_on_air(struct aired *aired)
{
    aired->bench.ring = emission_ring_new(2);
    bench_start(&aired->bench);
    aired->bench.kept = g_byte_array_new();
    aired->first = aired->bench.k;
}

static void start(struct aired *aired, struct small_station *small)
{
    open_aired(aired, small);
    go_on_air(aired);
}

static void read_ahead(struct bench *bench)
{
    while (ahead_read(bench->ahead) || ahead_build(bench->ahead))
        ;
}

/* Sends until a second; `read`: what is ahead is read in time. */
static void air(struct aired *aired, int64_t until, bool read)
{
    for (int64_t second = MONDAY_EIGHT + 1; second <= until; second++) {
        send_until(&aired->bench, second);
        if (read)
            read_ahead(&aired->bench);
    }
}

static char *lesson_path(const struct aired *aired)
{
    return g_strdup_printf("%s/lessons/%s.lesson", aired->small->path, aired->hash);
}

/* It is off the air and its log is written. */
static void end(struct aired *aired)
{
    char *folder = studio_file(&aired->bench.studio, "state", "asrun");
    onair_end(aired->bench.onair);
    struct asrun_writer *writer =
        asrun_writer_new(folder, aired->bench.studio.station, false, &aired->bench.ring);
    assert_non_null(writer);
    asrun_writer_free(&writer);
    g_free(folder);
}

static void fini(struct aired *aired)
{
    g_byte_array_unref(aired->bench.kept);
    bench_fini(&aired->bench);
}

static bool append(void *context, const uint8_t *bytes, size_t length)
{
    g_byte_array_append(context, bytes, (guint)length);
    return true;
}

/* All that left is made again; NULL, or what stands against it. */
static char *replay_all(const struct aired *aired, GByteArray *bytes)
{
    struct studio station;
    struct revisions revisions;
    struct diagnostics diagnostics = {0};
    const struct asrun_second *parts[ASRUN_PARTS];
    char *fault = NULL;
    assert_true(studio_open_station(aired->small->path, &station));
    assert_true(revisions_init(&revisions, &station, &diagnostics));
    char *folder = studio_file(&station, "state", "asrun");
    struct replay *replay = replay_new(&revisions, "grades", folder);
    struct sink *sink = sink_new_function(append, bytes);
    size_t count;
    for (int64_t at = MONDAY_EIGHT; !fault && (count = replay_find(replay, at, parts)) > 0; at++)
        for (size_t i = 0; !fault && i < count; i++)
            fault = replay_second(replay, parts[i], parts[i]->first, parts[i]->last, sink);
    sink_free(&sink);
    replay_free(&replay);
    g_free(folder);
    revisions_fini(&revisions);
    studio_close(&station);
    diagnostics_fini(&diagnostics);
    return fault;
}

static void check_same(const struct aired *aired)
{
    GByteArray *again = g_byte_array_new();
    char *fault = replay_all(aired, again);
    if (fault)
        fail_msg("%s", fault);
    assert_int_equal(again->len, aired->bench.kept->len);
    assert_memory_equal(again->data, aired->bench.kept->data, again->len);
    g_byte_array_unref(again);
}

/* Runs a command; its exit code, and what it said in both places. */
static int run(const struct aired *aired, const struct command *command, char **words, char **said)
{
    char *output, *errors;
    const int code = small_station_run(aired->small, command, words, &output, &errors);
    *said = g_strconcat(output, errors, NULL);
    g_free(output);
    g_free(errors);
    return code;
}
#define RUN(aired, command, said, ...) run(aired, command, (char *[]){__VA_ARGS__, NULL}, said)

static void check_said(char *said, const char *expected)
{
    if (!strstr(said, expected))
        fail_msg("not said: %s; but: %s", expected, said);
    g_free(said);
}

/* --- the tests */

static void test_what_went_out_is_made_again(void **state)
{
    struct aired aired;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 20, true);
    end(&aired);
    check_same(&aired);
    fini(&aired);
}

/* Seconds that nobody read, with late tables: the pictures and pages of then. */
static void test_what_was_shown_in_need_is_made_again(void **state)
{
    struct aired aired;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 8, false);
    assert_true(onair_get_state(aired.bench.onair).unready > 0);
    read_ahead(&aired.bench);
    for (int64_t second = MONDAY_EIGHT + 9; second < MONDAY_EIGHT + 16; second++) {
        send_until(&aired.bench, second);
        read_ahead(&aired.bench);
    }
    end(&aired);
    check_same(&aired);
    fini(&aired);
}

/* The file comes back later, and is whole: what went out meanwhile was something else all the same. */
static void test_a_lesson_that_was_gone_is_not_there_again(void **state)
{
    struct aired aired;
    open_aired(&aired, *state);
    char *path = lesson_path(&aired), *aside = g_strconcat(path, ".aside", NULL), *said;
    assert_int_equal(rename(path, aside), 0);
    go_on_air(&aired);
    air(&aired, MONDAY_EIGHT + 6, true);
    assert_int_equal(rename(aside, path), 0);
    for (int64_t second = MONDAY_EIGHT + 7; second < MONDAY_EIGHT + 16; second++) {
        send_until(&aired.bench, second);
        read_ahead(&aired.bench);
    }
    end(&aired);
    check_same(&aired);
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "--service", "p3"), EXIT_WARNINGS);
    check_said(said, "停播");
    g_free(path);
    g_free(aside);
    fini(&aired);
}

/* Two machines: this one heard of a revision, and only later that another had taken its place before it held.
 */
static void test_a_revision_that_never_held_is_made_again(void **state)
{
    struct aired aired;
    struct studio station;
    struct revisions revisions;
    struct diagnostics diagnostics = {0};
    small_station_write(*state, "timetables/week.xml", REVISED_TIMETABLE);
    revisions_enter(*state, JOURNAL_ALWAYS);
    small_station_write(*state, "timetables/week.xml", SMALL_TIMETABLE);
    revisions_enter(*state, MONDAY_EIGHT);
    open_aired(&aired, *state);
    assert_true(studio_open_station(aired.small->path, &station));
    assert_true(revisions_init(&revisions, &station, &diagnostics));
    struct revision *revision = revision_new(&revisions, 1, &diagnostics);
    channel_fini(&aired.bench.channel);
    assert_true(channel_init(&aired.bench.channel, &revision->studio, 0, &diagnostics));
    aired.bench.channel.revision = 1;
    go_on_air(&aired);
    air(&aired, MONDAY_EIGHT + 5, true);
    end(&aired);
    revisions_enter(*state, MONDAY_EIGHT - 60);
    check_same(&aired);
    fini(&aired);
    revision_free(&revision);
    revisions_fini(&revisions);
    studio_close(&station);
    diagnostics_fini(&diagnostics);
}

static void test_prove_proves(void **state)
{
    struct aired aired;
    char *said;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 20, true);
    end(&aired);
    assert_int_equal(RUN(&aired, &command_prove, &said, "prove", "--at", "2020-03-02 08:00:03", "--for",
                         "10s", "--service", "103"),
                     EXIT_OK);
    check_said(said, "proven: 10 of 10 seconds");
    assert_int_equal(
        RUN(&aired, &command_prove, &said, "prove", "--at", "2020-03-02 08:00:03", "--service", "p3"),
        EXIT_OK);
    check_said(said, "p3/water.mp4, second 3 of it");
    assert_int_equal(
        RUN(&aired, &command_prove, &said, "prove", "--at", "2020-03-02 09:00:03", "--service", "p3"),
        EXIT_ERRORS);
    check_said(said, "nothing went out");
    assert_int_equal(
        RUN(&aired, &command_prove, &said, "prove", "--at", "2020-03-02 08:00:03", "--service", "p9"),
        EXIT_USAGE);
    check_said(said, "no service");
    fini(&aired);
}

/* Another timetable than the one that was on air, without a journal: the guide is another. */
static void test_other_bytes_than_those_that_were_sent_are_no_proof(void **state)
{
    struct aired aired;
    char *said;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 5, true);
    end(&aired);
    small_station_write(*state, "timetables/week.xml", REVISED_TIMETABLE);
    assert_int_equal(
        RUN(&aired, &command_prove, &said, "prove", "--at", "2020-03-02 08:00:03", "--service", "p3"),
        EXIT_ERRORS);
    check_said(said, "not proven");
    fini(&aired);
}

static void test_a_lesson_that_is_gone_is_no_proof(void **state)
{
    struct aired aired;
    char *said, *path;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 5, true);
    end(&aired);
    path = lesson_path(&aired);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(
        RUN(&aired, &command_prove, &said, "prove", "--at", "2020-03-02 08:00:03", "--service", "p3"),
        EXIT_ERRORS);
    check_said(said, "the lesson of p3/water.mp4 that was shown");
    g_free(path);
    fini(&aired);
}

/* Its cells are the same, so are the bytes that are made of it: nothing but its name tells. */
static void test_another_lesson_under_its_name_is_no_proof(void **state)
{
    struct aired aired;
    char *said, *expected, *bytes, other[LESSON_HASH_MAX];
    gsize length;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 5, true);
    end(&aired);
    small_station_add_lesson(*state, "p3/fire.mp4", 7, "key", 1, other);
    char *path = lesson_path(&aired),
         *from = g_strdup_printf("%s/lessons/%s.lesson", aired.small->path, other);
    assert_true(g_file_get_contents(from, &bytes, &length, NULL));
    assert_true(g_file_set_contents(path, bytes, (gssize)length, NULL));
    assert_int_equal(RUN(&aired, &command_prove, &said, "prove", "--at", "2020-03-02 08:00:03", "--for", "2s",
                         "--service", "p3"),
                     EXIT_ERRORS);
    expected = g_strdup_printf("(DIR/lessons/%s.lesson) is not what its name says: its SHA-256 is %s",
                               aired.hash, other);
    check_said(said, expected);
    g_free(expected);
    g_free(bytes);
    g_free(path);
    g_free(from);
    fini(&aired);
}

static void test_a_log_that_was_changed_is_no_proof(void **state)
{
    struct aired aired;
    char *said, *text, *path;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 5, true);
    end(&aired);
    path = g_build_filename(aired.small->path, "state", "asrun", "grades-2020-03-02", NULL);
    assert_true(g_file_get_contents(path, &text, NULL, NULL));
    memcpy(strstr(text, "p3-1"), "p3-2", 4);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(
        RUN(&aired, &command_prove, &said, "prove", "--at", "2020-03-02 08:00:03", "--service", "p3"),
        EXIT_ERRORS);
    check_said(said, "the log is no proof: grades-2020-03-02:3:");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "verify"), EXIT_ERRORS);
    check_said(said, "grades-2020-03-02:3:");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun"), EXIT_ERRORS);
    check_said(said, "not as it was written");
    g_free(text);
    g_free(path);
    fini(&aired);
}

/* Who airs without its journal has no class for anything. */
static void test_without_the_journal_nothing_has_a_class(void **state)
{
    struct aired aired;
    char *said;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 5, true);
    end(&aired);
    small_station_write(*state, "journal.db",
                        "not what sqlite writes, and long enough for it to notice that");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun"), EXIT_WORLD);
    check_said(said, "the journal cannot be read");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "export", "--csv"), EXIT_WORLD);
    assert_null(strstr(said, "p3/water.mp4"));
    check_said(said, "what held is not known");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "verify"), EXIT_WORLD);
    check_said(said, "all as they were written");
    fini(&aired);
}

static void test_a_journal_that_lost_its_newest_revisions_shows(void **state)
{
    struct aired aired;
    char *said;
    open_aired(&aired, *state);
    aired.bench.channel.revision = 3;
    go_on_air(&aired);
    air(&aired, MONDAY_EIGHT + 5, true);
    end(&aired);
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "verify"), EXIT_ERRORS);
    check_said(said, "the log names revision 3, and there is no journal");
    revisions_enter_two(*state, MONDAY_EIGHT + 60);
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "verify"), EXIT_ERRORS);
    check_said(said, "the log names revision 3, and the journal ends with revision 1");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun"), EXIT_ERRORS);
    check_said(said, "the journal ends with revision 1");
    fini(&aired);
}

/* Taken down from `verify`, it shows later whether the log still has it. */
static void test_a_head_that_was_noted_is_looked_for(void **state)
{
    struct aired aired;
    char *said;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 5, true);
    end(&aired);
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "verify"), EXIT_OK);
    char *head = g_strchomp(g_strdup(strstr(said, "grades-2020-03-02:")));
    g_free(said);
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "verify", "--head", head), EXIT_OK);
    check_said(said, "all as they were written");
    head[strlen(head) - 1] ^= 1;
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "verify", "--head", head), EXIT_ERRORS);
    check_said(said, "is not the log that was written");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "verify", "--head", "x"), EXIT_USAGE);
    check_said(said, "is not a head");
    g_free(head);
    fini(&aired);
}

static void test_render_as_run_writes_what_went_out(void **state)
{
    struct aired aired;
    char *said, *text;
    gsize length;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 6, true);
    end(&aired);
    char *path = g_build_filename(aired.small->path, "as-run.ts", NULL);
    assert_int_equal(RUN(&aired, &command_render, &said, "render", "--as-run", "--from",
                         "2020-03-02 08:00:00", "--for", "1m", "-o", path),
                     EXIT_WARNINGS);
    check_said(said, "slots did not leave");
    assert_true(g_file_get_contents(path, &text, &length, NULL));
    assert_int_equal(length, aired.bench.kept->len);
    assert_memory_equal(text, aired.bench.kept->data, length);
    g_free(text);
    g_free(path);
    fini(&aired);
}

static void test_the_log_is_listed_and_exported(void **state)
{
    struct aired aired;
    char *said, *expected;
    start(&aired, *state);
    air(&aired, MONDAY_EIGHT + 6, true);
    end(&aired);
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "--day", "2020-03-02", "--service", "p3"),
                     EXIT_OK);
    check_said(said, "p3        正常  p3-1  p3/water.mp4");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "export", "--csv", "--service", "p3"),
                     EXIT_OK);
    expected =
        g_strdup_printf("2020-03-02T08:00:00+08:00,2020-03-02T08:00:07+08:00,2020-03-02T00:00:00Z,"
                        "2020-03-02T00:00:07Z,%llu,%llu,grades,p3,p3-1,正常,as planned,p3/water.mp4,%s,0,0,0,"
                        "2020-03-02T08:00:00+08:00\r\n",
                        (unsigned long long)aired.first, (unsigned long long)aired.bench.k - 1, aired.hash);
    check_said(said, expected);
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "export", "--json", "--service", "p3"),
                     EXIT_OK);
    check_said(said, "\"class\": \"正常\"");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "--day", "2020-03-09"), EXIT_ERRORS);
    check_said(said, "no log of that day");
    assert_int_equal(RUN(&aired, &command_asrun, &said, "asrun", "export"), EXIT_USAGE);
    check_said(said, "--csv or --json");
    g_free(expected);
    fini(&aired);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_what_went_out_is_made_again),
        TEST(test_what_was_shown_in_need_is_made_again),
        TEST(test_a_lesson_that_was_gone_is_not_there_again),
        TEST(test_a_revision_that_never_held_is_made_again),
        TEST(test_prove_proves),
        TEST(test_other_bytes_than_those_that_were_sent_are_no_proof),
        TEST(test_a_lesson_that_is_gone_is_no_proof),
        TEST(test_another_lesson_under_its_name_is_no_proof),
        TEST(test_a_log_that_was_changed_is_no_proof),
        TEST(test_without_the_journal_nothing_has_a_class),
        TEST(test_a_journal_that_lost_its_newest_revisions_shows),
        TEST(test_a_head_that_was_noted_is_looked_for),
        TEST(test_render_as_run_writes_what_went_out),
        TEST(test_the_log_is_listed_and_exported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
