/* chalkcast check: every fault at once, the rate budget, the disk. */
#include "playout/command.h"

#include <errno.h>
#include <glib.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <time.h>

#include "playout/budget.h"
#include "playout/channel.h"
#include "playout/draft.h"
#include "playout/guide_budget.h"
#include "playout/inspection.h"
#include "playout/progress.h"
#include "playout/report.h"
#include "playout/studio.h"
#include "playout/timeline.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] check\n"
    "\n"
    "Reads the station, its timetables, sources and lessons and tells every fault at once, as\n"
    "FILE:LINE: error or warning: what was found and what is accepted. Then the packets per\n"
    "second that each lane takes of the multiplex; of its tables the sections, what they take and how\n"
    "often each comes at the least; and the disk that the lessons need.\n"
    "\n"
    "An error in a timetable refuses that file whole; its time falls back. An error in\n"
    "station.xml, or lanes that need more than the multiplex carries, keep `play` off the air.\n"
    "With warnings everything airs; they say what viewers see. Where there is a journal, what it\n"
    "says from now on is checked, and the folder is compared with it; with an edited station.xml\n"
    "all of the folder is checked, as `act load` would enter it.\n"
    "\n"
    "Exit status: 0 nothing found, 1 warnings, 2 errors.\n";

struct budgets { /* of a multiplex; without lanes or sections where memory was out */
    struct budget lanes;
    struct si_budget tables;
};

/* What may only be seen with everything together: the lanes must fit, the texts must be carried. */
static void check_multiplex(struct studio *studio, size_t index, struct budgets *budgets)
{
    struct channel channel;
    *budgets = (struct budgets){0};
    channel_init(&channel, studio, index, &studio->diagnostics);
    if (channel.si) {
        budget_init(&budgets->lanes, studio, index, channel.si);
        si_budget_init(&budgets->tables, channel.si);
    }
    channel_fini(&channel);
}

static void print_budgets(const struct budgets *budgets, const struct terminal *terminal)
{
    if (budgets->lanes.count > 0) {
        budget_print(&budgets->lanes, terminal);
        fputc('\n', terminal->file);
        guide_budget_print(&budgets->tables, terminal);
    }
    fputc('\n', terminal->file);
}

/* Bytes free for whoever runs this, where the lessons lie or will lie. */
static uint64_t free_disk(const struct studio *studio)
{
    struct statvfs disk;
    char *folder = studio_file(studio, "lessons", NULL);
    bool known = statvfs(folder, &disk) == 0 || statvfs(studio->path, &disk) == 0;
    g_free(folder);
    return known ? (uint64_t)disk.f_bavail * disk.f_frsize : 0;
}

static void check_disk(struct studio *studio, const struct inspection *inspection, uint64_t free_bytes)
{
    if (inspection->unprepared_bytes <= free_bytes)
        return;
    char *need = g_format_size(inspection->unprepared_bytes), *have = g_format_size(free_bytes);
    diagnostics_add(
        &studio->diagnostics, SEVERITY_WARNING, studio->station->file, 0,
        "the lessons that are not prepared need up to %s, but %s of disk are free: `prepare` will "
        "stop when it is full, and viewers see fallbacks",
        need, have);
    g_free(need);
    g_free(have);
}

static void print_disk(const struct inspection *inspection, uint64_t free_bytes,
                       const struct terminal *terminal)
{
    char seconds[PROGRESS_TIME];
    char *bytes = g_format_size(inspection->prepared_bytes), *room = g_format_size(free_bytes);
    terminal_print(terminal, STYLE_BOLD, "Disk");
    fprintf(terminal->file, "  %zu lessons prepared, %s, %s; ", inspection->prepared,
            progress_time((int64_t)inspection->prepared_seconds, seconds), bytes);
    g_free(bytes);
    if (inspection->unprepared > 0) {
        bytes = g_format_size(inspection->unprepared_bytes);
        fprintf(terminal->file, "%zu to prepare, up to %s, about %s; ", inspection->unprepared,
                progress_time((int64_t)inspection->unprepared_seconds, seconds), bytes);
        g_free(bytes);
    }
    fprintf(terminal->file, "%s free\n", room);
    g_free(room);
}

static void print_count(const struct terminal *terminal, enum style style, size_t count, const char *noun)
{
    terminal_print(terminal, count ? style : STYLE_PLAIN, "%zu %s%s", count, noun, count == 1 ? "" : "s");
}

/* "12 services, 1380 items from 2020-03-02 to 2020-03-06: 0 errors, 25 warnings" */
static void print_summary(const struct studio *studio, const struct terminal *terminal)
{
    size_t services = 0, items = 0;
    int64_t first = INT64_MAX, last = 0;
    char from[CALENDAR_TEXT], to[CALENDAR_TEXT];
    for (size_t i = 0; studio->plan && i < studio->station->multiplex_count; i++) {
        for (size_t k = 0; k < studio->station->multiplexes[i].service_count; k++, services++) {
            size_t count = plan_item_count(studio->plan, i, k);
            if (count == 0)
                continue;
            const struct item *end = plan_item(studio->plan, i, k, count - 1);
            items += count;
            first = MIN(first, plan_item(studio->plan, i, k, 0)->start);
            last = MAX(last, end->start + end->length - 1);
        }
    }
    if (services > 0)
        fprintf(terminal->file, "%zu services, %zu items", services, items);
    if (items > 0)
        fprintf(terminal->file, " from %s to %s",
                calendar_format(first, studio->station->zone, "%Y-%m-%d", from),
                calendar_format(last, studio->station->zone, "%Y-%m-%d", to));
    fputs(services > 0 ? ": " : "", terminal->file);
    print_count(terminal, STYLE_RED, studio->diagnostics.errors, "error");
    fputs(", ", terminal->file);
    print_count(terminal, STYLE_YELLOW, studio->diagnostics.warnings, "warning");
    fputc('\n', terminal->file);
}

static void check(struct studio *studio, const struct terminal *terminal)
{
    size_t count = studio->station->multiplex_count;
    struct budgets *budgets = g_new0(struct budgets, count);
    struct inspection inspection = inspection_run(studio);
    uint64_t free_bytes = free_disk(studio);
    for (size_t i = 0; i < count; i++)
        check_multiplex(studio, i, &budgets[i]);
    check_disk(studio, &inspection, free_bytes);
    report_diagnostics(&studio->diagnostics, terminal);
    if (studio->diagnostics.count > 0)
        fputc('\n', terminal->file);
    for (size_t i = 0; i < count; i++) {
        print_budgets(&budgets[i], terminal);
        budget_fini(&budgets[i].lanes);
    }
    g_free(budgets);
    print_disk(&inspection, free_bytes, terminal);
}

/* --- the journal */

static void check_journal(const struct revisions *revisions, struct diagnostics *diagnostics)
{
    if (revisions->journal && !journal_verify(revisions->journal))
        diagnostics_add(diagnostics, SEVERITY_ERROR, revisions->station->station->file, 0,
                        "the journal was changed: %s", journal_fault(revisions->journal));
}

static bool is_edited(const struct studio *station, const struct studio *folder)
{
    return station->station != folder->station; /* stations.h: the same bytes are opened once */
}

/* What of the folder is not what was entered last; NULL: nothing. */
static const char *name_edited(const struct revisions *revisions, const struct studio *folder)
{
    struct diagnostics unsaid = {0};
    struct draft draft;
    uint8_t content[JOURNAL_HASH];
    const size_t last = revisions->count - 1;
    const struct studio *station = revisions_get_station(revisions, last, &unsaid);
    const bool same = draft_init(&draft, folder, &unsaid) &&
                      journal_get_timetables(revisions->journal, revisions->entries[last].number, content) &&
                      memcmp(draft.timetables_content, content, JOURNAL_HASH) == 0;
    const bool edited = !station || is_edited(station, folder);
    draft_fini(&draft);
    diagnostics_fini(&unsaid);
    return edited ? same ? "station.xml is" : "timetables/ and station.xml are"
           : same ? NULL
                  : "timetables/ is";
}

/* "Journal  revision 3 holds since 2020-03-02 08:00:00, revision 4 from ... on", and whether it is the
 * folder. */
static void print_journal(const struct revisions *revisions, const struct terminal *terminal)
{
    const struct studio *station = revisions->station;
    if (revisions->entered == 0)
        return;
    terminal_print(terminal, STYLE_BOLD, "Journal");
    for (size_t first = revisions_find(revisions, time(NULL)), i = first; i < revisions->count; i++) {
        char text[CALENDAR_TEXT];
        const struct journal_revision *entry = &revisions->entries[i];
        fprintf(terminal->file, "%s revision %u %s%s%s", i > first ? "," : " ", entry->number,
                entry->from == JOURNAL_ALWAYS ? "has always held"
                : i > first                   ? "from "
                                              : "holds since ",
                entry->from == JOURNAL_ALWAYS
                    ? ""
                    : calendar_format(entry->from, station->station->zone, "%Y-%m-%d %H:%M:%S", text),
                i > first ? " on" : "");
    }
    const char *edited = name_edited(revisions, station);
    if (edited)
        terminal_print(terminal, STYLE_YELLOW,
                       "; %s something else, `chalkcast act load --dry-run` shows what", edited);
    fputc('\n', terminal->file);
}

/* --- all */

/* Takes the plan that is checked: what the journal says from now on; or the folder's, all that `act load`
 * would enter, where its station is not the one of all that. */
static bool take_plan(struct studio *folder, const struct revisions *revisions, struct timeline *timeline,
                      struct studio **studio)
{
    struct diagnostics *diagnostics = &folder->diagnostics;
    if (!timeline_init(timeline, revisions, time(NULL), INT64_MAX, diagnostics))
        return false;
    if (timeline->studio && !is_edited(timeline->studio, folder)) {
        for (size_t i = 0; timeline->count > 1 && i < timeline->count; i++)
            diagnostics_append(diagnostics, &timeline->list[i]->studio.diagnostics);
        *studio = timeline->studio;
        return true;
    }
    return studio_take_plan(folder, plan_parse(folder->path, folder->station, diagnostics));
}

static int check_station(struct studio *station, const struct terminal *terminal)
{
    struct revisions revisions;
    struct timeline timeline;
    struct diagnostics *diagnostics = &station->diagnostics;
    revisions_init(&revisions, station, diagnostics);
    check_journal(&revisions, diagnostics);
    struct studio *studio = station;
    bool good = take_plan(station, &revisions, &timeline, &studio);
    if (good && !studio->guide)
        good = studio_open_guide(studio, diagnostics);
    if (studio != station)
        diagnostics_append(&studio->diagnostics, diagnostics);
    if (good)
        check(studio, terminal);
    else
        report_diagnostics(&studio->diagnostics, terminal);
    print_journal(&revisions, terminal);
    print_summary(studio, terminal);
    const int code = report_exit_code(&studio->diagnostics);
    timeline_fini(&timeline);
    revisions_fini(&revisions);
    return code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    static const struct option names[] = {{0}};
    struct terminal terminal;
    struct studio station;
    if (command_next_option(&command_check, argc, argv, "", names) != -1)
        return EXIT_USAGE;
    if (optind < argc)
        return command_usage(&command_check, "\"%s\" is one word too many", argv[optind]);
    terminal_init(&terminal, stdout);
    int code = EXIT_ERRORS;
    if (studio_open_station(invocation->directory, &station)) {
        code = check_station(&station, &terminal);
    } else {
        report_diagnostics(&station.diagnostics, &terminal);
        print_summary(&station, &terminal);
    }
    studio_close(&station);
    return code;
}

const struct command command_check = {.name = "check",
                                      .summary = "Tell every fault of the station and its timetables",
                                      .help = help,
                                      .run = run};
