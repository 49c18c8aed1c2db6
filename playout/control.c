/* One thread and one poll(): a client is at any time asking, waiting for its action, or taking its answer. */
#include "playout/control.h"

#include <errno.h>
#include <fcntl.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <jansson.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "playout/proposal.h"

#define SAID_MAX 262144 /* bytes of what an action says; the rest is left out */
#define WORDS_MAX 16
#define ACTION_NICE 5      /* what airs comes first */
#define ACTION_PATIENCE 60 /* seconds that an action may take: a notice is drawn in one or two */

extern char **environ;

enum client_stage { STAGE_FREE, STAGE_ASKING, STAGE_ACTING, STAGE_ANSWERING };

struct client {
    enum client_stage stage;
    int socket, said; /* said: the end of the action's pipe */
    pid_t action;
    time_t until;   /* monotonic second at which patience ends */
    GString *asked; /* what came and was not yet looked at */
    GString *text;  /* what the action says, or what is still to be answered */
};

struct control {
    char *directory, *program, *path;
    bool rehearsal;
    int64_t shift;
    int listener, stop;
    struct client clients[CONTROL_CLIENTS];
    pthread_t thread;
};

static time_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec;
}

/* --- clients */

static void end_action(struct client *client, int *status)
{
    if (client->action)
        waitpid(client->action, status, 0);
    if (client->said >= 0)
        close(client->said);
    client->action = 0;
    client->said = -1;
}

static void let_go(struct client *client)
{
    if (client->stage == STAGE_FREE)
        return;
    if (client->action)
        kill(client->action, SIGKILL);
    end_action(client, NULL);
    close(client->socket);
    g_string_free(client->asked, TRUE);
    g_string_free(client->text, TRUE);
    client->stage = STAGE_FREE;
}

static void set_stage(struct client *client, enum client_stage stage, int patience)
{
    client->stage = stage;
    client->until = now() + patience;
}

/* Takes the answer. */
static void answer(struct client *client, json_t *answer)
{
    char *line = json_dumps(answer, JSON_COMPACT);
    g_string_printf(client->text, "%s\n", line ? line : "{\"error\": \"memory is out\"}");
    free(line);
    json_decref(answer);
    set_stage(client, STAGE_ANSWERING, CONTROL_PATIENCE);
}

static void answer_error(struct client *client, const char *error)
{
    answer(client, json_pack("{s:s}", "error", error));
}

static void admit(struct control *control)
{
    const int accepted = accept4(control->listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
    for (size_t i = 0; accepted >= 0 && i < CONTROL_CLIENTS; i++)
        if (control->clients[i].stage == STAGE_FREE) {
            control->clients[i] = (struct client){
                .socket = accepted, .said = -1, .asked = g_string_new(NULL), .text = g_string_new(NULL)};
            set_stage(&control->clients[i], STAGE_ASKING, CONTROL_PATIENCE);
            return;
        }
    if (accepted >= 0)
        close(accepted);
}

/* --- actions */

static bool add_option(GPtrArray *words, const json_t *question, const char *key, const char *option)
{
    const json_t *value = json_object_get(question, key);
    if (value && json_is_string(value)) /* in one word, so that it cannot be another option */
        g_ptr_array_add(words, g_strdup_printf("%s=%s", option, json_string_value(value)));
    return !value || json_is_string(value);
}

static bool add_flag(GPtrArray *words, const json_t *question, const char *key, const char *option)
{
    const json_t *value = json_object_get(question, key);
    if (value && json_is_true(value))
        g_ptr_array_add(words, g_strdup(option));
    return !value || json_is_boolean(value);
}

static bool has_only_known(json_t *question)
{
    static const char *const known[] = {"do", "arguments", "from", "on", "rule", "shift", "dry_run", NULL};
    const char *key;
    json_t *value;
    json_object_foreach(question, key, value) if (!g_strv_contains(known, key)) return false;
    return true;
}

static bool changes_nothing(const json_t *question)
{
    const char *deed = json_string_value(json_object_get(question, "do"));
    return json_is_true(json_object_get(question, "dry_run")) || (deed && strcmp(deed, "list") == 0);
}

/* As soon as may be, by the clock of the rehearsal. */
static void add_rehearsed_second(const struct control *control, GPtrArray *words, const json_t *question)
{
    char text[32];
    const time_t second = time(NULL) + control->shift + PROPOSAL_EARLIEST;
    struct tm utc;
    if (!control->rehearsal || json_object_get(question, "from"))
        return;
    strftime(text, sizeof text, "--from=%Y-%m-%dT%H:%M:%SZ", gmtime_r(&second, &utc));
    g_ptr_array_add(words, g_strdup(text));
}

/* The words of the command line, NULL behind the last; NULL when the question is none. */
static GPtrArray *list_words(const struct control *control, json_t *question)
{
    const json_t *deed = json_object_get(question, "do"), *arguments = json_object_get(question, "arguments");
    const char *const begin[] = {control->program, "-C", control->directory, "act"};
    GPtrArray *words = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < G_N_ELEMENTS(begin); i++)
        g_ptr_array_add(words, g_strdup(begin[i]));
    bool good = json_is_string(deed) && (!arguments || json_is_array(arguments)) &&
                json_array_size(arguments) <= WORDS_MAX && has_only_known(question) &&
                add_option(words, question, "from", "--from") && add_option(words, question, "on", "--on") &&
                add_option(words, question, "rule", "--rule") &&
                add_flag(words, question, "shift", "--shift") &&
                add_flag(words, question, "dry_run", "--dry-run");
    add_rehearsed_second(control, words, question);
    g_ptr_array_add(words, g_strdup("--"));
    g_ptr_array_add(words, g_strdup(json_string_value(deed)));
    for (size_t i = 0; good && i < json_array_size(arguments); i++) {
        good = json_is_string(json_array_get(arguments, i));
        g_ptr_array_add(words, g_strdup(json_string_value(json_array_get(arguments, i))));
    }
    g_ptr_array_add(words, NULL);
    if (good)
        return words;
    g_ptr_array_unref(words);
    return NULL;
}

/* With no signal blocked or ignored, and nothing of this process open but the pipe. */
static bool spawn(struct client *client, char **words, int pipe)
{
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_t files;
    sigset_t none, usual;
    sigemptyset(&none);
    sigemptyset(&usual);
    sigaddset(&usual, SIGPIPE);
    sigaddset(&usual, SIGINT);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &usual);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&files, pipe, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&files, pipe, STDERR_FILENO);
    posix_spawn_file_actions_addclosefrom_np(&files, STDERR_FILENO + 1);
    const bool good = posix_spawn(&client->action, words[0], &files, &attributes, words, environ) == 0;
    if (good)
        setpriority(PRIO_PROCESS, (id_t)client->action, ACTION_NICE);
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    return good;
}

static void act(struct client *client, GPtrArray *words)
{
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        answer_error(client, g_strerror(errno));
        return;
    }
    client->said = pipes[0];
    fcntl(client->said, F_SETFL, O_NONBLOCK);
    const bool good = spawn(client, (char **)words->pdata, pipes[1]);
    close(pipes[1]);
    g_string_truncate(client->text, 0);
    set_stage(client, STAGE_ACTING, ACTION_PATIENCE);
    if (good)
        return;
    client->action = 0;
    end_action(client, NULL);
    answer_error(client, "the action cannot be started");
}

static void understand(const struct control *control, struct client *client, const char *line, size_t length)
{
    json_t *question = json_loadb(line, length, JSON_REJECT_DUPLICATES, NULL);
    GPtrArray *words = question && json_is_object(question) ? list_words(control, question) : NULL;
    if (words && control->rehearsal && !changes_nothing(question)) {
        answer_error(client, "this is a rehearsal, which changes nothing: ask with \"dry_run\": true");
    } else if (words) {
        act(client, words);
    } else {
        answer_error(client,
                     "not understood; accepted is one line such as {\"do\": \"slate\", \"arguments\": "
                     "[\"p1\", \"breaks/rest.mp4\", \"5m\"], \"dry_run\": true}");
    }
    g_clear_pointer(&words, g_ptr_array_unref);
    json_decref(question);
}

/* --- what a client's descriptors have */

/* The next line that the client has sent, if it is whole. */
static void take_line(const struct control *control, struct client *client)
{
    const char *end = memchr(client->asked->str, '\n', client->asked->len);
    if (end) {
        const size_t length = (size_t)(end - client->asked->str);
        understand(control, client, client->asked->str, length);
        g_string_erase(client->asked, 0, (gssize)length + 1);
    } else if (client->asked->len > CONTROL_LINE) {
        g_string_truncate(client->asked, 0);
        answer_error(client, "the line is too long");
    }
}

static void take_question(const struct control *control, struct client *client)
{
    char block[4096];
    const ssize_t got = recv(client->socket, block, sizeof block, 0);
    if (got <= 0) {
        if (got == 0 || (errno != EAGAIN && errno != EINTR))
            let_go(client);
        return;
    }
    g_string_append_len(client->asked, block, got);
    take_line(control, client);
}

static void take_said(struct client *client)
{
    char block[4096];
    int status = 0;
    const ssize_t got = read(client->said, block, sizeof block);
    if (got > 0 && client->text->len < SAID_MAX)
        g_string_append_len(client->text, block, got);
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR)))
        return;
    end_action(client, &status);
    char *said = g_utf8_make_valid(client->text->str, (gssize)client->text->len);
    answer(client, json_pack("{s:i, s:s}", "status",
                             WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), "said", said));
    g_free(said);
}

static void give_answer(const struct control *control, struct client *client)
{
    const ssize_t sent = send(client->socket, client->text->str, client->text->len, MSG_NOSIGNAL);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR)
            let_go(client);
        return;
    }
    g_string_erase(client->text, 0, sent);
    if (client->text->len > 0)
        return;
    set_stage(client, STAGE_ASKING, CONTROL_PATIENCE);
    take_line(control, client);
}

/* --- the thread */

static struct pollfd wait_for(const struct client *client)
{
    switch (client->stage) {
    case STAGE_ASKING:
        return (struct pollfd){.fd = client->socket, .events = POLLIN};
    case STAGE_ACTING:
        return (struct pollfd){.fd = client->said, .events = POLLIN};
    case STAGE_ANSWERING:
        return (struct pollfd){.fd = client->socket, .events = POLLOUT};
    default:
        return (struct pollfd){.fd = -1};
    }
}

static void serve(const struct control *control, struct client *client, bool ready)
{
    if (ready && client->stage == STAGE_ASKING)
        take_question(control, client);
    else if (ready && client->stage == STAGE_ACTING)
        take_said(client);
    else if (ready && client->stage == STAGE_ANSWERING)
        give_answer(control, client);
    if (client->stage != STAGE_FREE && now() > client->until)
        let_go(client);
}

static void *run(void *context)
{
    struct control *control = context;
    for (;;) {
        struct pollfd all[CONTROL_CLIENTS + 2] = {{.fd = control->stop, .events = POLLIN},
                                                  {.fd = control->listener, .events = POLLIN}};
        for (size_t i = 0; i < CONTROL_CLIENTS; i++)
            all[i + 2] = wait_for(&control->clients[i]);
        if (poll(all, CONTROL_CLIENTS + 2, 1000) < 0 && errno != EINTR)
            return NULL;
        if (all[0].revents)
            return NULL;
        for (size_t i = 0; i < CONTROL_CLIENTS; i++)
            serve(control, &control->clients[i], all[i + 2].revents != 0);
        if (all[1].revents)
            admit(control);
    }
}

/* Binds the socket, in place of one that a process that is gone has left. */
static bool bind_socket(struct control *control, char *error, size_t size)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const struct sockaddr *name = (const struct sockaddr *)&address;
    if (g_strlcpy(address.sun_path, control->path, sizeof address.sun_path) >= sizeof address.sun_path) {
        snprintf(error, size, "%s: the path is too long for a socket", control->path);
        return false;
    }
    if (connect(control->listener, name, sizeof address) == 0) {
        snprintf(error, size, "%s: another process %s this station", control->path,
                 control->rehearsal ? "rehearses" : "is on air with");
        return false;
    }
    g_unlink(control->path);
    if (bind(control->listener, name, sizeof address) == 0 && chmod(control->path, 0600) == 0 &&
        listen(control->listener, CONTROL_CLIENTS) == 0)
        return true;
    snprintf(error, size, "%s: %s", control->path, g_strerror(errno));
    return false;
}

struct control *control_new(const struct control_job *job, char *error, size_t size)
{
    struct control *control = g_new0(struct control, 1);
    char *state = g_build_filename(job->directory, "state", NULL);
    g_mkdir(state, 0777);
    control->directory = g_strdup(job->directory);
    control->program = job->program ? g_strdup(job->program) : g_file_read_link("/proc/self/exe", NULL);
    control->path = g_build_filename(state, job->rehearsal ? CONTROL_REHEARSAL : "control", NULL);
    control->rehearsal = job->rehearsal;
    control->shift = job->shift;
    control->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    control->stop = eventfd(0, EFD_CLOEXEC);
    g_free(state);
    bool good = control->listener >= 0 && control->stop >= 0 && control->program;
    if (!good)
        snprintf(error, size, "%s", g_strerror(errno));
    good = good && bind_socket(control, error, size);
    if (good && pthread_create(&control->thread, NULL, run, control) == 0)
        return control;
    if (good) {
        g_unlink(control->path);
        snprintf(error, size, "threads are out");
    }
    close(control->listener);
    close(control->stop);
    g_free(control->path);
    g_free(control->program);
    g_free(control->directory);
    g_free(control);
    return NULL;
}

void control_free(struct control **pointer)
{
    struct control *control = *pointer;
    *pointer = NULL;
    if (!control)
        return;
    const uint64_t one = 1;
    if (write(control->stop, &one, sizeof one) == sizeof one)
        pthread_join(control->thread, NULL);
    for (size_t i = 0; i < CONTROL_CLIENTS; i++)
        let_go(&control->clients[i]);
    g_unlink(control->path);
    close(control->listener);
    close(control->stop);
    g_free(control->path);
    g_free(control->program);
    g_free(control->directory);
    g_free(control);
}
