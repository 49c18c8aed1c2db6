/* chalkcast act: what changes the air while it is on, by way of the journal. */
#include "playout/command.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "playout/ahead.h"
#include "playout/beginning.h"
#include "playout/draft.h"
#include "playout/effect.h"
#include "playout/report.h"
#include "playout/revisions.h"
#include "schedules/calendar.h"

#define LEAD 1 /* second: video leaves at most 0.9 s before it is shown */
/* From when a revision may hold: play looks once a second, builds it, and reads that much ahead. */
#define EARLIEST (2 + LEAD + AHEAD_SECONDS)

static const char help[] =
    "Usage: chalkcast [-C DIR] act load [--from TIME] [--dry-run]\n"
    "\n"
    "Changes what is on air without a break. `load` reads DIR/timetables, checks them, tells what\n"
    "they change (items, the guide, what viewers see) and enters them into the journal as a\n"
    "revision that holds from a whole second on; `play` changes over at that very second, and\n"
    "`render`, `rehearse`, `guide` and `check` use the revision that holds. With any error nothing\n"
    "is entered. From the first entry on the folder alone changes nothing any more.\n"
    "\n"
    "  --from TIME  the second: 2020-03-02T08:00:00+08:00, or without the offset in the station's\n"
    "               time (default: as soon as `play` can follow, 6 s from now)\n"
    "  --dry-run    only tells\n"
    "\n"
    "Exit status: 0 entered, or nothing to enter; 1 entered, and the warnings say what viewers see;\n"
    "2 refused, 64 wrong usage, 74 the journal cannot be read or written.\n"
    "\n"
    "Examples:\n"
    "  chalkcast -C build/station act load --dry-run\n"
    "  chalkcast act load --from '2020-03-09 00:00:00'\n";

struct options {
    const char *from;
    bool dry_run;
};

struct act {
    const struct options *options;
    struct terminal terminal;
    struct studio station;
    struct revisions revisions;
    struct draft draft;
    struct studio next; /* of the draft */
    struct revision *before;
    struct journal *journal;
    int64_t from;
    struct diagnostics diagnostics;
};

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"from", required_argument, NULL, 'f'}, {"dry-run", no_argument, NULL, 'n'}, {0}};
    int letter;
    while ((letter = command_next_option(&command_act, argc, argv, "", names)) != -1) {
        if (letter == 'f')
            options->from = optarg;
        else if (letter == 'n')
            options->dry_run = true;
        else
            return EXIT_USAGE;
    }
    if (optind == argc)
        return command_usage(&command_act, "which action? \"load\" is one");
    if (strcmp(argv[optind], "load") != 0)
        return command_usage(&command_act, "there is no action \"%s\"; accepted: load", argv[optind]);
    if (optind + 1 < argc)
        return command_usage(&command_act, "\"%s\" is one word too many", argv[optind + 1]);
    return EXIT_OK;
}

static const char *time_text(const struct act *act, int64_t second, char text[CALENDAR_TEXT])
{
    return calendar_format(second, act->station.station->zone, "%Y-%m-%d %H:%M:%S", text);
}

/* --- the draft */

static int refuse(struct act *act, const char *why)
{
    report_diagnostics(&act->next.diagnostics, &act->terminal);
    report_diagnostics(&act->diagnostics, &act->terminal);
    return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: %s", why);
}

/* The lanes of its guide must find room in every multiplex. */
static bool fits(struct act *act)
{
    bool good = true;
    for (size_t i = 0; i < act->station.station->multiplex_count; i++) {
        struct channel channel;
        good = channel_init(&channel, &act->next, i, &act->diagnostics) && good;
        channel_fini(&channel);
    }
    return good;
}

static int open_draft(struct act *act)
{
    if (!draft_init(&act->draft, &act->station, &act->diagnostics))
        return refuse(act, "the timetables cannot be read");
    studio_lend(&act->station, &act->next);
    if (!studio_take_plan(&act->next, draft_parse(&act->draft, &act->next.diagnostics)))
        return refuse(act, "memory is out");
    if (act->next.diagnostics.errors > 0)
        return refuse(act, "mend the timetables first");
    if (!studio_open_guide(&act->next, &act->diagnostics) || !fits(act))
        return refuse(act, "the timetables do not fit in the multiplex");
    return EXIT_OK;
}

/* --- the second */

static int find_second(struct act *act)
{
    char text[CALENDAR_TEXT];
    uint32_t ns = 0;
    const int64_t earliest = time(NULL) + EARLIEST;
    act->from = earliest;
    if (!act->options->from)
        return EXIT_OK;
    if (!calendar_parse_instant(act->options->from, act->station.station->zone, &act->from, &ns) || ns)
        return command_usage(&command_act,
                             "--from \"%s\" is not a whole second: 2020-03-02T08:00:00+08:00 is, or "
                             "2020-03-02T08:00:00 in the station's time",
                             act->options->from);
    if (act->from < earliest)
        return command_fail(&command_act, EXIT_ERRORS,
                            "nothing is entered: --from \"%s\" is too early, what airs until then is read or "
                            "on its way; from %s on it may be",
                            act->options->from, time_text(act, earliest, text));
    return EXIT_OK;
}

/* What holds before it. A year of timetables takes its time: the earliest second is later then. */
static int open_before(struct act *act)
{
    size_t index = SIZE_MAX;
    for (;;) {
        if (!act->options->from)
            act->from = time(NULL) + EARLIEST;
        const size_t found = revisions_find(&act->revisions, act->from - 1);
        if (found == index)
            return EXIT_OK;
        index = found;
        struct diagnostics unsaid = {0}; /* it was told when it was entered */
        revision_free(&act->before);
        act->before = revision_new(&act->revisions, index, &unsaid);
        if (!act->before)
            report_diagnostics(&unsaid, &act->terminal);
        diagnostics_fini(&unsaid);
        if (!act->before)
            return EXIT_WORLD;
    }
}

/* --- the effect */

/* Revisions that were to hold later never will. */
static void tell_replaced(const struct act *act)
{
    char text[CALENDAR_TEXT];
    for (size_t i = 0; i < act->revisions.count; i++) {
        const struct journal_revision *entry = &act->revisions.entries[i];
        if (entry->from >= act->from)
            terminal_print(&act->terminal, STYLE_YELLOW,
                           "revision %u, which was to hold from %s on, never will\n", entry->number,
                           time_text(act, entry->from, text));
    }
}

/* Are they what holds then, and for good? */
static bool is_same(const struct act *act)
{
    const struct revisions *revisions = &act->revisions;
    const size_t index = revisions_find(revisions, act->from);
    if (revisions->entered == 0)
        return draft_is_of(&act->draft, act->before->studio.plan);
    return index + 1 == revisions->count &&
           memcmp(revisions->entries[index].content, act->draft.content, JOURNAL_HASH) == 0;
}

static struct effect tell_effect(struct act *act)
{
    char text[CALENDAR_TEXT];
    report_diagnostics(&act->next.diagnostics, &act->terminal);
    terminal_print(&act->terminal, STYLE_BOLD, "From %s on\n", time_text(act, act->from, text));
    tell_replaced(act);
    struct effect effect = effect_print(act->before->studio.plan, act->next.plan, act->from, &act->terminal);
    fprintf(act->terminal.file, "%zu items new, %zu changed, %zu gone; %zu services change at once; ",
            effect.added, effect.changed, effect.removed, effect.cut);
    terminal_print(&act->terminal, effect.unprepared ? STYLE_YELLOW : STYLE_PLAIN,
                   "%zu without a whole lesson\n", effect.unprepared);
    return effect;
}

/* --- the entry */

/* The guide's versions go on from those before it. NULL when memory is out. */
static struct journal_service *build_services(const struct act *act, size_t *count)
{
    const struct station *station = act->station.station;
    *count = network_guide_count(act->next.guide);
    struct guide_versions *versions = g_new0(struct guide_versions, *count);
    struct journal_service *services = g_new0(struct journal_service, *count), *service = services;
    if (!network_guide_succeed(act->before->studio.guide, act->next.guide, act->from, versions))
        g_clear_pointer(&services, g_free);
    for (size_t i = 0; services && i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++, service++) {
            service->id = station->multiplexes[i].services[k].id;
            memcpy(service->versions, &versions[service - services], sizeof service->versions);
        }
    g_free(versions);
    return services;
}

/* Compiled forms of revisions that hold no more and will not be needed at a start. */
static void remove_compiled(const struct act *act)
{
    char *state = studio_file(&act->station, "state", NULL);
    GHashTable *kept = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_add(kept, revision_compiled_path(&act->station, act->draft.content));
    for (size_t i = revisions_find(&act->revisions, time(NULL)); i < act->revisions.count; i++)
        g_hash_table_add(kept, revision_compiled_path(&act->station, act->revisions.entries[i].content));
    GDir *dir = g_dir_open(state, 0, NULL);
    for (const char *name; dir && (name = g_dir_read_name(dir));) {
        char *path = g_build_filename(state, name, NULL);
        if (g_str_has_prefix(name, "plan-") && !g_hash_table_contains(kept, path))
            g_unlink(path);
        g_free(path);
    }
    if (dir)
        g_dir_close(dir);
    g_hash_table_unref(kept);
    g_free(state);
}

static int enter(struct act *act)
{
    char error[512], text[CALENDAR_TEXT];
    struct journal_revision entered;
    struct journal_entry entry = {.number = MAX(act->revisions.entered, 1),
                                  .from = act->from,
                                  .entered_at = time(NULL),
                                  .files = act->draft.files,
                                  .file_count = act->draft.count};
    struct journal_service *services = build_services(act, &entry.service_count);
    entry.services = services;
    if (!services)
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: memory is out");
    journal_free(&act->revisions.journal); /* it may be what becomes the journal now */
    act->journal = beginning_open(&act->draft, entry.entered_at, error, sizeof error);
    const bool good = act->journal && journal_append(act->journal, &entry, &entered);
    g_free(services);
    if (!good)
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: %s",
                            act->journal ? journal_fault(act->journal) : error);
    remove_compiled(act);
    terminal_print(&act->terminal, STYLE_GREEN, "entered as revision %u", entered.number);
    fprintf(act->terminal.file, ", holds from %s on\n", time_text(act, act->from, text));
    if (time(NULL) + LEAD + AHEAD_SECONDS < act->from)
        return EXIT_OK;
    terminal_print(&act->terminal, STYLE_YELLOW, "the disk was slow: it may air a little later\n");
    return EXIT_WARNINGS;
}

static int load(struct act *act)
{
    int code = open_draft(act);
    code = code == EXIT_OK ? find_second(act) : code;
    code = code == EXIT_OK ? open_before(act) : code;
    if (code != EXIT_OK)
        return code;
    if (is_same(act)) {
        if (act->revisions.entered == 0)
            fprintf(act->terminal.file, "nothing to enter: nothing has been on air yet but this\n");
        else
            fprintf(act->terminal.file, "nothing to enter: the timetables are those of revision %u\n",
                    act->revisions.entries[act->revisions.count - 1].number);
        return EXIT_OK;
    }
    const struct effect effect = tell_effect(act);
    const bool warned = effect.unprepared > 0 || act->next.diagnostics.warnings > 0;
    code = act->options->dry_run ? EXIT_OK : enter(act);
    return code == EXIT_OK && warned ? EXIT_WARNINGS : code;
}

static int open_and_load(struct act *act, const char *directory)
{
    if (!studio_open_station(directory, &act->station)) {
        report_diagnostics(&act->station.diagnostics, &act->terminal);
        return command_fail(&command_act, EXIT_ERRORS, "nothing is entered: mend the station first");
    }
    if (!revisions_init_kept(&act->revisions, &act->station, &act->diagnostics)) {
        report_diagnostics(&act->diagnostics, &act->terminal);
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered");
    }
    if (act->revisions.journal && !journal_verify(act->revisions.journal))
        return command_fail(&command_act, EXIT_WORLD, "nothing is entered: %s",
                            journal_fault(act->revisions.journal));
    return load(act);
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct options options = {0};
    struct act act = {.options = &options};
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    terminal_init(&act.terminal, stdout);
    code = open_and_load(&act, invocation->directory);
    journal_free(&act.journal);
    revision_free(&act.before);
    studio_close(&act.next);
    draft_fini(&act.draft);
    revisions_fini(&act.revisions);
    studio_close(&act.station);
    diagnostics_fini(&act.diagnostics);
    return code;
}

const struct command command_act = {
    .name = "act", .summary = "Change the timetables while on air", .help = help, .run = run};
