/* chalkcast journal: what the station was told to air, read, verified, and brought to another machine. */
#include "playout/command.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "playout/draft.h"
#include "playout/journal_copy.h"
#include "playout/report.h"
#include "playout/revisions.h"
#include "schedules/calendar.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] journal list | verify | sync WHERE\n"
    "\n"
    "The journal is what the station was told to air, revision by revision: timetables, actions, and\n"
    "from which second on. Each revision's hash covers all before it.\n"
    "\n"
    "  list        every revision, and the one that holds now\n"
    "  verify      computes every hash again, those of the files too\n"
    "  sync WHERE  copies revisions to and from another machine's journal, until both have all. WHERE\n"
    "              is the directory of a station, or HOST:DIR to reach it by ssh. Machines whose\n"
    "              journals differ are told from which revision on, and nothing is copied.\n"
    "\n"
    "CHALKCAST_SSH in the environment stands for ssh, such as \"ssh -p 2222 -i KEY\".\n"
    "\n"
    "Exit status: 0 all is well, 2 the journal is not as it was entered or differs, 64 wrong usage, 74\n"
    "it cannot be read or written.\n"
    "\n"
    "Examples:\n"
    "  chalkcast journal list\n"
    "  chalkcast -C /srv/station journal sync standby:/srv/station\n";

static int fail(int code, const char *text)
{
    return command_fail(&command_journal, code, "%s", text);
}

/* The station's journal; NULL when there is none or it cannot be read, which *code says. */
static struct journal *open_journal(const struct studio *station, enum journal_mode mode, int *code)
{
    char error[512], *path = revisions_journal_path(station);
    struct journal *journal = journal_new(path, mode, error, sizeof error);
    *code = journal || !*error ? EXIT_OK : fail(EXIT_WORLD, error);
    if (!journal && !*error)
        printf("there is no journal yet: it begins when the station goes on air\n");
    g_free(path);
    return journal;
}

/* --- list */

static void print_revision(const struct studio *station, struct journal *journal,
                           const struct journal_revision *revision, bool holds)
{
    char from[CALENDAR_TEXT], entered[CALENDAR_TEXT], **names = NULL;
    const struct zone *zone = station->station->zone;
    journal_get_names(journal, revision->number, &names);
    const bool acted = names && g_strv_contains((const char *const *)names, DRAFT_ACTIONS);
    guint timetables = 0;
    while (names && names[timetables] && names[timetables][0] != '.')
        timetables++;
    printf(
        "%6u  %-19s  %-19s  %02x%02x%02x%02x  %u timetables%s%s\n", revision->number,
        revision->entered_at == 0 ? "at the start"
                                  : calendar_format(revision->entered_at, zone, "%Y-%m-%d %H:%M:%S", entered),
        revision->from == JOURNAL_ALWAYS ? "always"
                                         : calendar_format(revision->from, zone, "%Y-%m-%d %H:%M:%S", from),
        revision->hash[0], revision->hash[1], revision->hash[2], revision->hash[3], timetables,
        acted ? " and actions" : "", holds ? "  holds now" : "");
    g_strfreev(names);
}

static int list(const struct studio *station)
{
    struct journal_revision *all, *kept;
    size_t count;
    int code;
    struct journal *journal = open_journal(station, JOURNAL_READ, &code);
    if (!journal)
        return code;
    if (!journal_list(journal, &all, &count)) {
        code = fail(EXIT_WORLD, journal_fault(journal));
        journal_free(&journal);
        return code;
    }
    kept = g_memdup2(all, count * sizeof *all);
    size_t index = journal_in_force(kept, count);
    while (index > 1 && kept[index - 1].from > time(NULL))
        index--;
    printf("%6s  %-19s  %-19s  %-8s\n", "", "entered", "holds from", "hash");
    for (size_t i = 0; i < count; i++)
        print_revision(station, journal, &all[i], index > 0 && kept[index - 1].number == all[i].number);
    g_free(kept);
    g_free(all);
    journal_free(&journal);
    return EXIT_OK;
}

/* --- verify */

static bool verify_files(struct journal *journal, uint32_t number)
{
    char **names, *bytes;
    size_t length;
    if (!journal_get_names(journal, number, &names))
        return false;
    bool good = true;
    for (size_t i = 0; good && names[i]; i++) {
        good = journal_get_file(journal, number, i, &bytes, &length);
        g_free(bytes);
    }
    g_strfreev(names);
    return good;
}

static int verify(const struct studio *station)
{
    uint32_t count = 0;
    int code;
    struct journal *journal = open_journal(station, JOURNAL_READ, &code);
    if (!journal)
        return code;
    bool good = journal_verify(journal) && journal_count(journal, &count);
    for (uint32_t i = 0; good && i < count; i++)
        good = verify_files(journal, i);
    if (good)
        printf("%u revisions, each as it was entered\n", count);
    else
        code = fail(EXIT_ERRORS, journal_fault(journal));
    journal_free(&journal);
    return code;
}

/* --- sync */

/* Brings each journal what only the other one has. */
static int merge(struct journal *here, struct journal *there, uint32_t *brought, uint32_t *taken)
{
    char error[512];
    if (journal_copy(there, here, brought, error, sizeof error) &&
        journal_copy(here, there, taken, error, sizeof error))
        return EXIT_OK;
    return fail(EXIT_ERRORS, error);
}

static int open_and_merge(const struct studio *station, const char *path, uint32_t *brought, uint32_t *taken)
{
    char error[512];
    int code;
    struct journal *there = journal_new(path, JOURNAL_CREATE, error, sizeof error);
    if (!there)
        return fail(EXIT_WORLD, error);
    struct journal *here = open_journal(station, JOURNAL_CREATE, &code);
    if (here)
        code = merge(here, there, brought, taken);
    journal_free(&here);
    journal_free(&there);
    return code;
}

/* ssh ends with 255 when it fails itself, else as the command there. Both have said more. */
static int tell_ssh(const char *host, int status)
{
    if (!WIFEXITED(status))
        return fail(EXIT_WORLD, "ssh was ended");
    if (WEXITSTATUS(status) == 0)
        return EXIT_OK;
    return command_fail(&command_journal, EXIT_WORLD,
                        WEXITSTATUS(status) == 255   ? "ssh does not get to %s"
                        : WEXITSTATUS(status) == 127 ? "on %s no chalkcast is found"
                                                     : "on %s the journal cannot be read or written",
                        host);
}

/* Runs a command with the file as its input or output. Nobody is there to type a password, and a machine that
 * does not answer, or no longer, is told within a quarter of a minute; CHALKCAST_SSH can say otherwise, for
 * ssh takes what it is told first. */
static int run_ssh(const char *host, const char *directory, const char *deed, const char *file, bool writes)
{
    const char *ssh = g_getenv("CHALKCAST_SSH");
    char *quoted = g_shell_quote(directory), *path = g_shell_quote(file);
    char *remote = g_strdup_printf("exec chalkcast -C %s journal %s", quoted, deed);
    char *remote_quoted = g_shell_quote(remote), *host_quoted = g_shell_quote(host);
    char *line =
        g_strdup_printf("%s -o BatchMode=yes -o ConnectTimeout=10 -o ServerAliveInterval=5 -- %s %s %c %s",
                        ssh && *ssh ? ssh : "ssh", host_quoted, remote_quoted, writes ? '>' : '<', path);
    const int status = system(line);
    g_free(line);
    g_free(host_quoted);
    g_free(remote_quoted);
    g_free(remote);
    g_free(path);
    g_free(quoted);
    return tell_ssh(host, status);
}

/* Theirs comes here as a whole, is made one with ours, and goes back if it has become longer. */
static int sync_by_ssh(const struct studio *station, const char *host, const char *directory,
                       uint32_t *brought, uint32_t *taken)
{
    char *folder = g_dir_make_tmp("chalkcast-journal-XXXXXX", NULL);
    if (!folder)
        return fail(EXIT_WORLD, "no temporary folder can be made");
    char *copy = g_build_filename(folder, "journal.db", NULL);
    int code = run_ssh(host, directory, "send", copy, true);
    struct stat status;
    if (code == EXIT_OK && g_stat(copy, &status) == 0 && status.st_size == 0)
        g_unlink(copy); /* there is none yet */
    code = code == EXIT_OK ? open_and_merge(station, copy, brought, taken) : code;
    if (code == EXIT_OK && *taken > 0)
        code = run_ssh(host, directory, "receive", copy, false);
    g_unlink(copy);
    g_rmdir(folder);
    g_free(copy);
    g_free(folder);
    return code;
}

static int synchronise(const struct studio *station, const char *where)
{
    uint32_t brought = 0, taken = 0;
    const char *colon = strchr(where, ':');
    int code;
    if (colon && !memchr(where, '/', (size_t)(colon - where))) {
        char *host = g_strndup(where, (gsize)(colon - where));
        code = sync_by_ssh(station, host, colon + 1, &brought, &taken);
        g_free(host);
    } else if (!g_file_test(where, G_FILE_TEST_IS_DIR)) {
        code = command_fail(&command_journal, EXIT_WORLD, "%s: there is no such directory", where);
    } else {
        char *path = g_build_filename(where, "journal.db", NULL);
        code = open_and_merge(station, path, &brought, &taken);
        g_free(path);
    }
    if (code == EXIT_OK)
        printf("%u revisions brought here, %u taken there\n", brought, taken);
    return code;
}

/* --- the other end of ssh */

static bool pump(int from, int to)
{
    char block[65536];
    ssize_t got;
    while ((got = read(from, block, sizeof block)) > 0)
        if (write(to, block, (size_t)got) != got)
            return false;
    return got == 0;
}

/* The whole journal, to standard output; nothing when there is none. */
static int send_journal(const struct studio *station)
{
    int code = EXIT_OK;
    char error[512], *path = revisions_journal_path(station), *folder = NULL, *copy = NULL;
    struct journal *here = journal_new(path, JOURNAL_READ, error, sizeof error), *there = NULL;
    uint32_t copied;
    if (here && (folder = g_dir_make_tmp("chalkcast-journal-XXXXXX", NULL))) {
        copy = g_build_filename(folder, "journal.db", NULL);
        there = journal_new(copy, JOURNAL_CREATE, error, sizeof error);
        const bool good = there && journal_copy(here, there, &copied, error, sizeof error);
        journal_free(&there); /* folds what SQLite keeps beside it into the file */
        FILE *file = good ? fopen(copy, "r") : NULL;
        if (!file || !pump(fileno(file), STDOUT_FILENO))
            code = fail(EXIT_WORLD, good ? g_strerror(errno) : error);
        if (file)
            fclose(file);
        g_unlink(copy);
        g_rmdir(folder);
    } else if (here || *error) {
        code = fail(EXIT_WORLD, *error ? error : "no temporary folder can be made");
    }
    journal_free(&here);
    g_free(copy);
    g_free(folder);
    g_free(path);
    return code;
}

/* Enters what a journal on standard input has more. */
static int receive_journal(const struct studio *station)
{
    uint32_t brought, taken;
    char *folder = g_dir_make_tmp("chalkcast-journal-XXXXXX", NULL);
    char *copy = g_build_filename(folder ? folder : ".", "journal.db", NULL);
    FILE *file = folder ? fopen(copy, "w") : NULL;
    bool good = file && pump(STDIN_FILENO, fileno(file));
    good = file && fclose(file) == 0 && good;
    const int code =
        good ? open_and_merge(station, copy, &brought, &taken) : fail(EXIT_WORLD, g_strerror(errno));
    g_unlink(copy);
    if (folder)
        g_rmdir(folder);
    g_free(copy);
    g_free(folder);
    return code;
}

static int act_on(const struct studio *station, const char *deed, const char *where)
{
    if (strcmp(deed, "list") == 0)
        return list(station);
    if (strcmp(deed, "verify") == 0)
        return verify(station);
    if (strcmp(deed, "send") == 0)
        return send_journal(station);
    return strcmp(deed, "receive") == 0 ? receive_journal(station) : synchronise(station, where);
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    static const struct option names[] = {{0}};
    static const char *const deeds[] = {"list", "verify", "sync", "send", "receive", NULL};
    struct terminal terminal;
    struct studio station = {0};
    if (command_next_option(&command_journal, argc, argv, "", names) != -1)
        return EXIT_USAGE;
    const char *deed = optind < argc ? argv[optind] : NULL, *where = deed ? argv[optind + 1] : NULL;
    if (!deed || !g_strv_contains(deeds, deed))
        return command_usage(&command_journal, "%s%s%s accepted: list, verify, sync",
                             deed ? "there is no \"" : "", deed ? deed : "what?", deed ? "\";" : "");
    const bool syncs = strcmp(deed, "sync") == 0;
    if (syncs != (where != NULL) || optind + 1 + syncs < argc)
        return command_usage(&command_journal,
                             syncs ? "sync needs one directory, or HOST:DIR" : "%s takes nothing more", deed);
    terminal_init(&terminal, stderr);
    const bool good = studio_open_station(invocation->directory, &station);
    report_diagnostics(&station.diagnostics, &terminal);
    const int code = good ? act_on(&station, deed, where) : EXIT_ERRORS;
    studio_close(&station);
    return code;
}

const struct command command_journal = {.name = "journal",
                                        .summary = "List, verify or copy what the station was told to air",
                                        .help = help,
                                        .run = run};
