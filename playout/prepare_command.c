/* chalkcast prepare: the lessons that are missing are made; --prune removes those that nothing needs. */
#include "playout/command.h"

#include <errno.h>
#include <glib.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "playout/deed.h"
#include "playout/preparation.h"
#include "playout/report.h"
#include "playout/studio.h"
#include "playout/timeline.h"

#define THREADS_MAX 256

static const char help[] =
    "Usage: chalkcast [-C DIR] prepare [-j N] [--prune]\n"
    "       chalkcast [-C DIR] prepare [-j N] FILE...\n"
    "\n"
    "Makes a lesson of every source that the timetables name and lessons/ lacks, or of the given\n"
    "files: brings it into the house format, lays it out and checks it against the decoder model.\n"
    "What is prepared already is left alone; a source or house format that has changed is prepared\n"
    "anew. It may be stopped at any time and run again: no half lesson stays. Once the station has\n"
    "been on air, lessons air by its journal: what is new is entered as `chalkcast act lessons` does,\n"
    "what airs within the hour at once and first.\n"
    "\n"
    "Sounds and subtitles in other languages that a service carries are taken from the source's own\n"
    "streams or from files beside it: water.bo.m4a beside water.mp4 is its sound in Tibetan,\n"
    "water.zh.ad.mp3 an audio description, water.bo.srt subtitles, water.zh.sdh.srt subtitles for the\n"
    "hard of hearing (m4a mp3 wav ogg flac aac mka; srt ass vtt).\n"
    "\n"
    "  -j, --jobs N  encoders at work at once (default: the cores of this machine)\n"
    "  --prune       then remove lessons that no timetable names, that a newer one replaces, or that\n"
    "                are damaged; those that the journal airs stay\n"
    "  FILE          a source as the timetables name it, or any path\n"
    "\n"
    "Exit status: 0 all is prepared, 1 a source is missing, 2 one could not be made or a timetable is\n"
    "refused.\n";

struct options {
    unsigned threads;
    bool prune;
};

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"jobs", required_argument, NULL, 'j'}, {"prune", no_argument, NULL, 'p'}, {0}};
    guint64 threads;
    int letter;
    while ((letter = command_next_option(&command_prepare, argc, argv, "j:", names)) != -1) {
        switch (letter) {
        case 'j':
            if (!g_ascii_string_to_unsigned(optarg, 10, 1, THREADS_MAX, &threads, NULL))
                return command_usage(&command_prepare, "-j \"%s\" is not a number from 1 to %d", optarg,
                                     THREADS_MAX);
            options->threads = (unsigned)threads;
            break;
        case 'p':
            options->prune = true;
            break;
        default:
            return EXIT_USAGE;
        }
    }
    if (options->prune && optind < argc)
        return command_usage(&command_prepare, "--prune goes without files");
    return EXIT_OK;
}

/* Is it what one of the revisions of the journal shows, whatever the folder says by now? */
static bool is_aired(const struct timeline *timeline, const struct library_lesson *lesson)
{
    for (size_t i = 0; i < timeline->count; i++) {
        const struct studio *studio = &timeline->list[i]->studio;
        const size_t source = plan_find_source(studio->plan, lesson->info.source);
        const char *path =
            source == PLAN_SLATE ? NULL : library_path(studio->library, source, lesson->format);
        if (path && strcmp(path, lesson->path) == 0)
            return true;
    }
    return false;
}

/* Why a lesson may go; NULL when it is needed. */
static const char *prune_reason(const struct studio *studio, const struct library *library,
                                const struct timeline *timeline, const struct library_lesson *lesson)
{
    if (lesson->fault == LESSON_CANNOT_OPEN)
        return NULL; /* perhaps tomorrow */
    if (lesson->fault == LESSON_OLD)
        return "by an earlier version of chalkcast";
    if (lesson->fault == LESSON_MISNAMED)
        return "not the lesson of its name";
    if (lesson->fault != LESSON_OK)
        return "damaged";
    if (is_aired(timeline, lesson))
        return NULL;
    if (lesson->source == PLAN_SLATE)
        return "no timetable names it";
    if (lesson->format == FORMATS_NONE || !studio_uses(studio, lesson->source, lesson->format))
        return "of another house format";
    const struct library_lesson *chosen = library_get(library, lesson->source, lesson->format);
    return chosen == lesson ? NULL : "replaced by another";
}

static int prune(const struct studio *studio, const struct library *library, const struct timeline *timeline)
{
    int code = EXIT_OK;
    struct terminal out;
    terminal_init(&out, stdout);
    for (size_t i = 0; i < library_count(library); i++) {
        const struct library_lesson *lesson = library_lesson(library, i);
        const char *reason = prune_reason(studio, library, timeline, lesson);
        if (!reason)
            continue;
        if (unlink(lesson->path) != 0) {
            code = command_fail(&command_prepare, EXIT_WORLD, "%s cannot be removed: %s", lesson->path,
                                strerror(errno));
            continue;
        }
        terminal_print(&out, STYLE_YELLOW, "removed ");
        fprintf(out.file, "  %.8s  %s", lesson->hash, lesson->info.source);
        terminal_print(&out, STYLE_DIM, "  %s", reason);
        fputc('\n', out.file);
    }
    return code;
}

static bool names_lesson(const struct plan *plan)
{
    for (size_t i = 0; i < plan_source_count(plan); i++)
        if (plan_source(plan, i)->first)
            return true;
    return false;
}

/* Only with the whole plan in hand: the lessons of a refused timetable are still wanted. */
static int prune_studio(struct studio *studio)
{
    struct diagnostics known = {0}; /* damaged files have been told */
    if (studio->diagnostics.errors > 0)
        return command_fail(&command_prepare, EXIT_ERRORS,
                            "nothing is removed while a timetable is refused: mend it first");
    if (!names_lesson(studio->plan)) /* perhaps the folder is not mounted */
        return command_fail(&command_prepare, EXIT_ERRORS,
                            "nothing is removed, for the timetables name no lesson at all");
    struct revisions revisions;
    struct timeline timeline = {0};
    if (!revisions_init(&revisions, studio, &known) ||
        !timeline_init(&timeline, &revisions, time(NULL), INT64_MAX, &known)) {
        timeline_fini(&timeline);
        revisions_fini(&revisions);
        diagnostics_fini(&known);
        return command_fail(&command_prepare, EXIT_WORLD,
                            "nothing is removed, for the journal cannot be read");
    }
    char *folder = studio_file(studio, "lessons", NULL);
    struct library *library =
        library_new(folder, &studio->formats, studio->plan, studio->keys, studio->verification, &known);
    int code = library ? prune(studio, library, &timeline) : EXIT_WORLD;
    library_free(&library);
    timeline_fini(&timeline);
    revisions_fini(&revisions);
    diagnostics_fini(&known);
    g_free(folder);
    return code;
}

static bool make_folder(const struct studio *studio, const char *name)
{
    char *path = studio_file(studio, name, NULL);
    bool good = mkdir(path, 0777) == 0 || errno == EEXIST;
    if (!good)
        command_fail(&command_prepare, EXIT_WORLD, "%s cannot be made: %s", path, strerror(errno));
    g_free(path);
    return good;
}

/* "24 lessons are prepared, 3 of them now, 1:00 long, in 0:20" */
static void print_summary(const struct preparation *preparation, int64_t took)
{
    char seconds[PROGRESS_TIME], duration[PROGRESS_TIME];
    size_t good = preparation->present + preparation->made;
    fprintf(stdout, "%zu lesson%s prepared", good, good == 1 ? " is" : "s are");
    if (preparation->made > 0)
        fprintf(stdout, ", %zu of them now, %s long, in %s", preparation->made,
                progress_time((int64_t)preparation->made_seconds, seconds), progress_time(took, duration));
    if (preparation->missing > 0)
        fprintf(stdout, "; %zu source%s missing", preparation->missing,
                preparation->missing == 1 ? " is" : "s are");
    if (preparation->failed > 0)
        fprintf(stdout, "; %zu could not be made", preparation->failed);
    if (preparation->stopped)
        fprintf(stdout, "; stopped, run it again to go on");
    fputc('\n', stdout);
}

static int propose_lessons(struct proposal *proposal, void *context)
{
    (void)context;
    const int code = proposal_set_second(proposal, NULL, PROPOSAL_EARLIEST);
    return code == EXIT_OK ? proposal_bind(proposal) : code;
}

/* What is prepared airs by the journal, where there is one. */
static int enter_lessons(struct preparation *preparation)
{
    char *path = revisions_journal_path(preparation->studio);
    const bool there = g_file_test(path, G_FILE_TEST_EXISTS);
    g_free(path);
    return there ? deed_do(&(struct deed){.directory = preparation->studio->path,
                                          .terminal = &preparation->out,
                                          .propose = propose_lessons,
                                          .quiet = true})
                 : EXIT_OK;
}

static void enter_due(struct preparation *preparation)
{
    enter_lessons(preparation);
}

static int exit_code(const struct preparation *preparation)
{
    if (preparation->failed > 0 || preparation->stopped || preparation->studio->diagnostics.errors > 0)
        return EXIT_ERRORS;
    return preparation->missing > 0 ? EXIT_WARNINGS : EXIT_OK;
}

/* Signals are asked for between seconds of a lesson; the encoders' threads inherit the mask. */
static sigset_t block_signals(void)
{
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGINT);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGHUP);
    sigprocmask(SIG_BLOCK, &signals, NULL);
    return signals;
}

static int prepare(struct studio *studio, const struct options *options, char **files)
{
    sigset_t signals = block_signals();
    struct preparation preparation;
    time_t begun = time(NULL);
    if (*keys_fault(studio->keys[0]))
        return EXIT_ERRORS; /* told with the diagnostics */
    if (!make_folder(studio, "lessons") || !make_folder(studio, "state"))
        return EXIT_WORLD;
    preparation_init(&preparation, studio, options->threads, &signals);
    preparation.made_due = enter_due;
    prepare_clean(preparation.folder);
    if (!*files)
        preparation_add_plan(&preparation);
    for (; *files && !preparation.stopped; files++)
        preparation_add_file(&preparation, *files);
    preparation_run(&preparation);
    verification_save(studio->verification); /* else `play` works it out */
    print_summary(&preparation, time(NULL) - begun);
    const int entered = enter_lessons(&preparation);
    int code = exit_code(&preparation);
    code = entered > code ? entered : code;
    if (options->prune && !preparation.stopped) {
        int pruned = prune_studio(studio);
        code = pruned > code ? pruned : code;
    }
    preparation_fini(&preparation);
    return code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    struct options options = {.threads = cores > 1 ? (unsigned)cores : 1};
    struct studio studio;
    struct terminal terminal;
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    terminal_init(&terminal, stderr);
    bool good = studio_open(invocation->directory, &studio);
    report_diagnostics(&studio.diagnostics, &terminal);
    code = good ? prepare(&studio, &options, argv + optind) : EXIT_ERRORS;
    studio_close(&studio);
    return code;
}

const struct command command_prepare = {
    .name = "prepare", .summary = "Make the lessons that the timetables need", .help = help, .run = run};
