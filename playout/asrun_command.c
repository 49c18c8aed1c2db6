/* chalkcast asrun: what was emitted, as people and other programs read it, and whether the log is whole. */
#include "playout/command.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "playout/asrun_export.h"
#include "playout/asrun_verify.h"
#include "playout/publication.h"
#include "playout/report.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] asrun [list] [--day DAY] [--service ID] [--rehearsal]\n"
    "       chalkcast [-C DIR] asrun export --csv|--json [--day DAY] [--service ID] [-o FILE]\n"
    "       chalkcast [-C DIR] asrun verify [--head HEAD] [--rehearsal]\n"
    "\n"
    "Tells what was emitted: each stretch of an item with its first and last slot, the lesson that was\n"
    "seen, its class and cause. The classes: 正常 as planned, 停播 off the air, 错播 other than what\n"
    "held, 垫播 something else to fill the time, 插播 put in by the operator.\n"
    "\n"
    "  list            for people (the default)\n"
    "  export          for other programs\n"
    "  verify          checks the chain of hashes and its head, and tells the head: a line that was\n"
    "                  changed, added or removed shows\n"
    "  --day DAY       2020-03-02, in the station's time; without it the last day of the log\n"
    "  --service ID    only this service: p1\n"
    "  --csv, --json   the format of an export\n"
    "  -o FILE         where it goes; without it, standard output\n"
    "  --head HEAD     as verify told it some time ago, and you noted elsewhere: still in the log?\n"
    "  --rehearsal     the log of `play --at` instead of the air's\n"
    "\n"
    "Examples:\n"
    "  chalkcast asrun --day 2020-03-02 --service p1\n"
    "  chalkcast asrun export --csv --day 2020-03-02 -o asrun.csv\n"
    "  chalkcast asrun verify\n"
    "\n"
    "Exit status: 0 all is well; 1 something was not 正常; 2 the log is not whole, or there is none; 64\n"
    "wrong usage; 74 a file or the journal cannot be read, or a file not written.\n";

enum deed { LIST, EXPORT, VERIFY };

struct options {
    enum deed deed;
    const char *day, *service, *output, *head;
    bool csv, json, rehearsal;
};

struct view { /* of the log */
    const struct options *options;
    struct studio directory; /* its station, may be broken: revisions.station is what holds */
    struct diagnostics diagnostics;
    struct revisions revisions;
    bool readable; /* the journal is */
    struct terminal terminal;
    char *folder;
    int64_t second;  /* of the day */
    GPtrArray *logs; /* struct asrun of each multiplex that has one */
    GArray *rows;
    bool broken; /* a log is not as it was written */
};

/* --- options */

static int parse_words(int argc, char **argv, struct options *options)
{
    static const char *const deeds[] = {[LIST] = "list", [EXPORT] = "export", [VERIFY] = "verify"};
    size_t deed = 0;
    if (optind < argc) {
        while (deed < G_N_ELEMENTS(deeds) && strcmp(argv[optind], deeds[deed]) != 0)
            deed++;
        if (deed == G_N_ELEMENTS(deeds))
            return command_usage(&command_asrun, "\"%s\" is not list, export or verify", argv[optind]);
        optind++;
    }
    options->deed = (enum deed)deed;
    if (optind < argc)
        return command_usage(&command_asrun, "\"%s\" is one word too many", argv[optind]);
    if ((options->deed == EXPORT) != (options->csv != options->json))
        return command_usage(&command_asrun, "export needs --csv or --json, and nothing else takes them");
    if (options->output && options->deed != EXPORT)
        return command_usage(&command_asrun, "-o is for an export");
    if (options->head && options->deed != VERIFY)
        return command_usage(&command_asrun, "--head is for verify");
    if (options->deed == VERIFY && (options->day || options->service))
        return command_usage(&command_asrun, "verify is for the whole log: without --day and --service");
    return EXIT_OK;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {{"day", required_argument, NULL, 'd'},
                                          {"service", required_argument, NULL, 's'},
                                          {"csv", no_argument, NULL, 'c'},
                                          {"json", no_argument, NULL, 'j'},
                                          {"head", required_argument, NULL, 'h'},
                                          {"rehearsal", no_argument, NULL, 'r'},
                                          {0}};
    int letter;
    while ((letter = command_next_option(&command_asrun, argc, argv, "o:", names)) != -1) {
        switch (letter) {
        case 'd':
            options->day = optarg;
            break;
        case 's':
            options->service = optarg;
            break;
        case 'c':
            options->csv = true;
            break;
        case 'h':
            options->head = optarg;
            break;
        case 'j':
            options->json = true;
            break;
        case 'r':
            options->rehearsal = true;
            break;
        case 'o':
            options->output = optarg;
            break;
        default:
            return EXIT_USAGE;
        }
    }
    return parse_words(argc, argv, options);
}

/* --- the log */

static int parse_day(const char *day, struct view *view)
{
    char midnight[CALENDAR_TEXT];
    uint32_t ns;
    snprintf(midnight, sizeof midnight, "%sT12:00:00", day);
    if (strlen(day) + 1 == ASRUN_DAY &&
        calendar_parse_instant(midnight, view->revisions.station->station->zone, &view->second, &ns))
        return EXIT_OK;
    return command_usage(&command_asrun, "\"%s\" is not a day: 2020-03-02 is", day);
}

/* The last day that any multiplex has. */
static int find_last_day(struct view *view)
{
    const struct station *station = view->revisions.station->station;
    char last[ASRUN_DAY] = "";
    for (size_t i = 0; i < station->multiplex_count; i++) {
        char **names = asrun_names(view->folder, station->multiplexes[i].name);
        const guint count = g_strv_length(names);
        const char *day = count ? names[count - 1] + strlen(station->multiplexes[i].name) + 1 : "";
        if (strcmp(day, last) > 0)
            g_strlcpy(last, day, sizeof last);
        g_strfreev(names);
    }
    if (*last)
        return parse_day(last, view);
    return command_fail(&command_asrun, EXIT_ERRORS, "there is no log in %s yet", view->folder);
}

static void free_log(gpointer pointer)
{
    struct asrun *asrun = pointer;
    asrun_free(&asrun);
}

/* A log that names a revision which the journal has not: then the journal has lost it. Takes the fault of
 * another kind, if there is one, before its own. */
static char *check_journal(const struct view *view, uint32_t newest, char *fault)
{
    const uint32_t entered = view->revisions.entered;
    if (fault || !view->readable || newest < MAX(entered, 1))
        return fault;
    return entered ? g_strdup_printf("the log names revision %u, and the journal ends with revision %u: "
                                     "revisions were removed from the journal",
                                     newest, entered - 1)
                   : g_strdup_printf("the log names revision %u, and there is no journal", newest);
}

/* Tells it, frees it. */
static void tell_fault(struct view *view, char *fault)
{
    if (fault)
        terminal_print(&view->terminal, STYLE_RED, "%s\n", fault);
    view->broken = view->broken || fault;
    g_free(fault);
}

static int read_logs(struct view *view)
{
    const struct station *station = view->revisions.station->station;
    view->logs = g_ptr_array_new_with_free_func(free_log);
    view->rows = asrun_rows_new();
    for (size_t i = 0; i < station->multiplex_count; i++) {
        const char *name = station->multiplexes[i].name;
        struct asrun *asrun = asrun_new(view->folder, name, view->second, station->zone);
        if (!asrun && errno != ENOENT)
            return command_fail(&command_asrun, EXIT_WORLD, "the log of multiplex %s cannot be read: %s",
                                name, strerror(errno));
        tell_fault(view,
                   check_journal(view, asrun ? asrun->end.newest : 0, asrun_verify_head(view->folder, name)));
        if (!asrun)
            continue;
        g_ptr_array_add(view->logs, asrun);
        asrun_rows_add(view->rows, asrun, name, view->options->service, &view->revisions);
        view->broken = view->broken || asrun->end.broken;
        if (asrun->end.broken)
            terminal_print(&view->terminal, STYLE_RED,
                           "%s:%zu: this line, or one before it, is not as it was written\n", asrun->file,
                           asrun->end.broken);
    }
    if (view->logs->len > 0)
        return EXIT_OK;
    return command_fail(&command_asrun, EXIT_ERRORS, "there is no log of that day in %s", view->folder);
}

/* --- the deeds */

static void print_row(const struct view *view, const struct asrun_row *row)
{
    static const enum style styles[] = {[ASRUN_NORMAL] = STYLE_PLAIN,
                                        [ASRUN_OFF_AIR] = STYLE_RED,
                                        [ASRUN_WRONG] = STYLE_RED,
                                        [ASRUN_FILLED] = STYLE_YELLOW,
                                        [ASRUN_INSERTED] = STYLE_CYAN};
    const struct asrun_stretch *stretch = &row->part;
    const struct zone *zone = view->revisions.station->station->zone;
    const bool shown = stretch->event == ASRUN_SHOWN;
    char from[CALENDAR_TEXT], until[CALENDAR_TEXT];
    FILE *file = view->terminal.file;
    fprintf(file, "%s %s  ", calendar_format(stretch->from, zone, "%H:%M:%S", from),
            calendar_format(stretch->until, zone, "%H:%M:%S", until));
    terminal_cell(&view->terminal, STYLE_BOLD, 8, stretch->service ? stretch->service : row->multiplex);
    terminal_print(&view->terminal, styles[row->class], "  %s  ", asrun_class_name(row->class));
    fprintf(file, "%s", *stretch->shown.item ? stretch->shown.item : "-");
    if (shown)
        fprintf(file, "  %s", *stretch->shown.source ? stretch->shown.source : "the compiled-in picture");
    if (row->tables && row->tables->pages_second != row->tables->second)
        fprintf(file, "  with the guide of %s",
                calendar_format(row->tables->pages_second, zone, "%H:%M:%S", from));
    fprintf(file, "%s%s\n", row->class == ASRUN_NORMAL ? "" : "  ",
            row->class == ASRUN_NORMAL ? "" : row->cause);
}

static int list(const struct view *view)
{
    char day[CALENDAR_TEXT];
    bool normal = true;
    terminal_print(&view->terminal, STYLE_BOLD, "%s\n",
                   calendar_format(view->second, view->revisions.station->station->zone, "%A %d %B %Y", day));
    for (guint i = 0; i < view->rows->len; i++) {
        const struct asrun_row *row = &g_array_index(view->rows, struct asrun_row, i);
        print_row(view, row);
        normal = normal && row->class == ASRUN_NORMAL;
    }
    return normal ? EXIT_OK : EXIT_WARNINGS;
}

static int export_rows(const struct view *view)
{
    const struct zone *zone = view->revisions.station->station->zone;
    const struct options *options = view->options;
    char *error = NULL;
    struct export_file file = {.name = options->csv ? "asrun.csv" : "asrun.json",
                               .content = options->csv ? asrun_export_csv(view->rows, zone)
                                                       : asrun_export_json(view->rows, zone)};
    const bool good = publication_write_file(&file, options->output, &error);
    const int code = good ? EXIT_OK : command_fail(&command_asrun, EXIT_WORLD, "%s", error);
    g_string_free(file.content, TRUE);
    g_free(error);
    return code;
}

static int verify_multiplex(const struct view *view, const char *multiplex)
{
    char *fault;
    uint32_t newest;
    struct asrun_head head;
    const size_t lines = asrun_verify(view->folder, multiplex, &newest, &fault);
    fault = check_journal(view, newest, fault);
    if (!fault && asrun_head_read(view->folder, multiplex, &head)) {
        char *text = asrun_head_text(&head);
        fprintf(view->terminal.file, "multiplex %s: %zu lines, all as they were written; head %s\n",
                multiplex, lines, text);
        g_free(text);
    }
    const int code = fault ? command_fail(&command_asrun, EXIT_ERRORS, "%s", fault) : EXIT_OK;
    g_free(fault);
    return code;
}

static int verify_noted(const struct view *view)
{
    struct asrun_head head;
    if (!asrun_head_parse(view->options->head, &head))
        return command_usage(&command_asrun, "\"%s\" is not a head: verify tells one", view->options->head);
    char *fault = asrun_verify_reaches(view->folder, &head);
    const int code = fault ? command_fail(&command_asrun, EXIT_ERRORS, "%s", fault) : EXIT_OK;
    g_free(fault);
    return code;
}

static int verify(const struct view *view)
{
    const struct station *station = view->revisions.station->station;
    int code = view->options->head ? verify_noted(view) : EXIT_OK;
    for (size_t i = 0; i < station->multiplex_count && code != EXIT_USAGE; i++) {
        const int own = verify_multiplex(view, station->multiplexes[i].name);
        code = own == EXIT_OK ? code : own;
    }
    return code == EXIT_OK && !view->readable ? EXIT_WORLD : code;
}

static int view_log(struct view *view, const char *directory)
{
    const struct options *options = view->options;
    /* What held, if it is known. */
    view->readable = revisions_open(&view->revisions, &view->directory, directory, &view->diagnostics);
    if (!view->readable)
        report_diagnostics(&view->diagnostics, &view->terminal);
    if (!view->readable && !view->directory.station)
        return EXIT_ERRORS;
    view->folder = studio_file(&view->directory, "state", options->rehearsal ? "rehearsal" : "asrun");
    if (options->deed == VERIFY)
        return verify(view);
    if (!view->readable)
        return command_fail(&command_asrun, EXIT_WORLD, "what held is not known, so nothing has a class");
    int code = options->day ? parse_day(options->day, view) : find_last_day(view);
    if (code == EXIT_OK) /* that of the day, if it can be had */
        revisions_settle(&view->revisions, view->second, &view->diagnostics);
    code = code == EXIT_OK ? read_logs(view) : code;
    if (code != EXIT_OK)
        return code;
    code = options->deed == LIST ? list(view) : export_rows(view);
    return view->broken && code != EXIT_WORLD ? EXIT_ERRORS : code;
}

static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct options options = {0};
    struct view view = {.options = &options};
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    terminal_init(&view.terminal, options.deed == EXPORT ? stderr : stdout);
    code = view_log(&view, invocation->directory);
    if (view.rows)
        g_array_unref(view.rows);
    if (view.logs)
        g_ptr_array_unref(view.logs);
    g_free(view.folder);
    revisions_fini(&view.revisions);
    studio_close(&view.directory);
    diagnostics_fini(&view.diagnostics);
    return code;
}

const struct command command_asrun = {
    .name = "asrun", .summary = "Tell what was emitted, and check its log", .help = help, .run = run};
