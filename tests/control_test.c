/* The control socket: questions, answers, and clients that are no good. */
#include "playout/control.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>

#include "playout/drill_crowd.h"
#include "small_station.h"

struct bench {
    struct small_station *small;
    struct control *control;
    char *program;
    const char *name; /* of the socket */
};

static void bench_listen(struct bench *bench, struct small_station *small, const char *script,
                         struct control_job job)
{
    char error[256] = "";
    bench->small = small;
    bench->name = job.rehearsal ? CONTROL_REHEARSAL : "control";
    small_station_write(small, "act.sh", script);
    bench->program = g_build_filename(small->path, "act.sh", NULL);
    assert_int_equal(chmod(bench->program, 0700), 0);
    job.directory = small->path;
    job.program = bench->program;
    bench->control = control_new(&job, error, sizeof error);
    assert_string_equal(error, "");
    assert_non_null(bench->control);
}

/* A station whose actions are this script. */
static void bench_init(struct bench *bench, struct small_station *small, const char *script)
{
    bench_listen(bench, small, script, (struct control_job){0});
}

static void bench_fini(struct bench *bench)
{
    control_free(&bench->control);
    assert_null(bench->control);
    g_free(bench->program);
}

static int call(const struct bench *bench)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const int made = socket(AF_UNIX, SOCK_STREAM, 0);
    snprintf(address.sun_path, sizeof address.sun_path, "%s/state/%s", bench->small->path, bench->name);
    assert_int_equal(connect(made, (const struct sockaddr *)&address, sizeof address), 0);
    return made;
}

/* The next line that is answered; empty when the other end has hung up. */
static void hear(int socket, char *line, size_t size)
{
    size_t length = 0;
    while (length + 1 < size && recv(socket, line + length, 1, 0) == 1 && line[length++] != '\n')
        ;
    line[length] = '\0';
}

static void ask(int socket, const char *question, const char *expected)
{
    char line[4096];
    assert_int_equal(send(socket, question, strlen(question), MSG_NOSIGNAL), strlen(question));
    hear(socket, line, sizeof line);
    assert_string_equal(line, expected);
}

#define ECHO "#!/bin/sh\nshift 2\nprintf '%s|' \"$@\"\necho said >&2\nexit 2\n"

static void actions_are_run_and_what_they_say_is_answered(void **state)
{
    struct bench bench;
    bench_init(&bench, *state, ECHO);
    const int client = call(&bench);
    ask(client, "{\"do\": \"list\"}\n", "{\"status\":2,\"said\":\"act|--|list|said\\n\"}\n");
    ask(client,
        "{\"do\": \"slate\", \"arguments\": [\"p1\", \"--from\", \"1 s\"], \"from\": \"--on\", \"dry_run\": "
        "true, \"shift\": false}\n",
        "{\"status\":2,\"said\":\"act|--from=--on|--dry-run|--|slate|p1|--from|1 s|said\\n\"}\n");
    close(client);
    bench_fini(&bench);
}

static void lines_that_come_together_are_answered_in_order(void **state)
{
    struct bench bench;
    char line[4096];
    bench_init(&bench, *state, ECHO);
    const int client = call(&bench);
    ask(client, "{\"do\": \"list\"}\n{\n{\"do\": \"load\"}\n{\"do\":",
        "{\"status\":2,\"said\":\"act|--|list|said\\n\"}\n");
    hear(client, line, sizeof line);
    assert_non_null(strstr(line, "{\"error\":\"not understood"));
    hear(client, line, sizeof line);
    assert_string_equal(line, "{\"status\":2,\"said\":\"act|--|load|said\\n\"}\n");
    ask(client, " \"late\"}\n", "{\"status\":2,\"said\":\"act|--|late|said\\n\"}\n");
    close(client);
    bench_fini(&bench);
}

static void what_is_no_question_is_told(void **state)
{
    static const char *const wrong[] = {"",
                                        "{",
                                        "[]",
                                        "{\"do\": 1}",
                                        "{\"arguments\": []}",
                                        "{\"do\": \"list\", \"arguments\": [1]}",
                                        "{\"do\": \"list\", \"arguments\": {}}",
                                        "{\"do\": \"list\", \"dry_run\": \"yes\"}",
                                        "{\"do\": \"list\", \"shell\": \"rm\"}",
                                        "{\"do\": \"list\", \"do\": \"load\"}",
                                        "{\"do\": \"a\\u0000b\"}",
                                        "\x80\xFF"};
    struct bench bench;
    bench_init(&bench, *state, ECHO);
    const int client = call(&bench);
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        char line[4096], *question = g_strconcat(wrong[i], "\n", NULL);
        assert_int_equal(send(client, question, strlen(question), MSG_NOSIGNAL), strlen(question));
        hear(client, line, sizeof line);
        assert_non_null(strstr(line, "{\"error\":\"not understood"));
        g_free(question);
    }
    ask(client, "{\"do\": \"list\"}\n", "{\"status\":2,\"said\":\"act|--|list|said\\n\"}\n");
    close(client);
    bench_fini(&bench);
}

static void a_line_without_end_is_refused(void **state)
{
    struct bench bench;
    char line[256];
    bench_init(&bench, *state, ECHO);
    const int client = call(&bench);
    char *flood = g_strnfill(CONTROL_LINE + 1, '[');
    assert_int_equal(send(client, flood, CONTROL_LINE + 1, MSG_NOSIGNAL), CONTROL_LINE + 1);
    hear(client, line, sizeof line);
    assert_string_equal(line, "{\"error\":\"the line is too long\"}\n");
    g_free(flood);
    close(client);
    bench_fini(&bench);
}

static void slow_clients_hold_up_nobody(void **state)
{
    struct bench bench;
    char line[256];
    int clients[CONTROL_CLIENTS];
    bench_init(&bench, *state, ECHO);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++) {
        clients[i] = call(&bench);
        assert_int_equal(send(clients[i], "{\"do\":", 6, MSG_NOSIGNAL), 6); /* and no more */
    }
    const int another = call(&bench);
    hear(another, line, sizeof line);
    assert_string_equal(line, ""); /* there are enough */
    close(another);
    ask(clients[3], "\"list\"}\n", "{\"status\":2,\"said\":\"act|--|list|said\\n\"}\n");
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        close(clients[i]);
    bench_fini(&bench);
}

static void an_action_that_hangs_ends_with_the_station(void **state)
{
    struct bench bench;
    char line[256];
    bench_init(&bench, *state, "#!/bin/sh\n[ \"$5\" = hang ] || exit 0\nexec sleep 1000\n");
    const int client = call(&bench), another = call(&bench);
    assert_int_equal(send(client, "{\"do\": \"hang\"}\n", 15, MSG_NOSIGNAL), 15);
    ask(another, "{\"do\": \"list\"}\n", "{\"status\":0,\"said\":\"\"}\n");
    alarm(10);
    bench_fini(&bench);
    alarm(0);
    hear(client, line, sizeof line);
    assert_string_equal(line, "");
    close(client);
    close(another);
}

static void a_socket_that_was_left_is_taken_over(void **state)
{
    struct bench bench;
    char error[256] = "", *path;
    struct stat status;
    small_station_write(*state, "state/control", "left");
    bench_init(&bench, *state, ECHO);
    path = g_build_filename(bench.small->path, "state", "control", NULL);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
    const struct control_job job = {.directory = bench.small->path, .program = bench.program};
    assert_null(control_new(&job, error, sizeof error));
    assert_non_null(strstr(error, "another process is on air"));
    const int client = call(&bench); /* the first one still listens */
    ask(client, "{\"do\": \"list\"}\n", "{\"status\":2,\"said\":\"act|--|list|said\\n\"}\n");
    close(client);
    bench_fini(&bench);
    assert_int_not_equal(stat(path, &status), 0);
    g_free(path);
}

#define REFUSED "{\"error\":\"this is a rehearsal, which changes nothing: ask with \\\"dry_run\\\": true\"}\n"

static void a_rehearsal_enters_nothing(void **state)
{
    struct bench bench;
    bench_listen(&bench, *state, ECHO, (struct control_job){.rehearsal = true});
    const int client = call(&bench);
    ask(client, "{\"do\": \"hold\", \"arguments\": [\"p1\"]}\n", REFUSED);
    ask(client, "{\"do\": \"hold\", \"arguments\": [\"p1\"], \"dry_run\": false}\n", REFUSED);
    ask(client, "{\"do\": \"load\", \"arguments\": [\"--dry-run\"]}\n", REFUSED);
    ask(client, "{\"do\": \"hold\", \"arguments\": [\"p1\"], \"from\": \"x\", \"dry_run\": true}\n",
        "{\"status\":2,\"said\":\"act|--from=x|--dry-run|--|hold|p1|said\\n\"}\n");
    close(client);
    bench_fini(&bench);
}

/* It is 1970 there. */
static void a_rehearsal_is_asked_by_its_own_clock(void **state)
{
    struct bench bench;
    char line[256];
    bench_listen(&bench, *state, ECHO, (struct control_job){.rehearsal = true, .shift = -time(NULL)});
    const int client = call(&bench);
    static const char question[] = "{\"do\": \"load\", \"dry_run\": true}\n";
    assert_int_equal(send(client, question, strlen(question), MSG_NOSIGNAL), strlen(question));
    hear(client, line, sizeof line);
    assert_non_null(strstr(line, "|--dry-run|--from=1970-01-01T00:00:"));
    close(client);
    bench_fini(&bench);
}

static void after_a_crowd_of_bad_clients_a_good_one_is_answered(void **state)
{
    struct bench bench;
    char line[256] = "", *path;
    bench_init(&bench, *state, ECHO);
    path = g_build_filename(bench.small->path, "state", "control", NULL);
    struct drill_crowd *crowd = drill_crowd_new(path);
    assert_non_null(crowd);
    g_usleep(2000000);
    drill_crowd_free(&crowd);
    for (int attempt = 0; attempt < 50 && *line != '{'; attempt++) {
        g_usleep(100000); /* those who hung up are noticed */
        const int client = call(&bench);
        if (send(client, "{\"do\": \"list\"}\n", 15, MSG_NOSIGNAL) == 15)
            hear(client, line, sizeof line);
        close(client);
    }
    assert_string_equal(line, "{\"status\":2,\"said\":\"act|--|list|said\\n\"}\n");
    g_free(path);
    bench_fini(&bench);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, small_station_setup, small_station_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(actions_are_run_and_what_they_say_is_answered),
                                       TEST(lines_that_come_together_are_answered_in_order),
                                       TEST(what_is_no_question_is_told),
                                       TEST(a_line_without_end_is_refused),
                                       TEST(slow_clients_hold_up_nobody),
                                       TEST(an_action_that_hangs_ends_with_the_station),
                                       TEST(a_socket_that_was_left_is_taken_over),
                                       TEST(a_rehearsal_enters_nothing),
                                       TEST(a_rehearsal_is_asked_by_its_own_clock),
                                       TEST(after_a_crowd_of_bad_clients_a_good_one_is_answered)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
