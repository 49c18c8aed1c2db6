/* chalkcast guide: the plan as a person reads it, and as files for other programs, phones and printers. */
#include "playout/command.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "playout/listing.h"
#include "playout/publication.h"
#include "playout/recording.h"
#include "playout/report.h"
#include "playout/studio.h"
#include "playout/text_lab.h"
#include "playout/timeline.h"

#define DAYS_MAX 3660

static const char help[] =
    "Usage: chalkcast [-C DIR] guide [--day DAY | --from DAY [--days N]] [--service ID]\n"
    "                       [--as FORMAT [-o OUTPUT]]\n"
    "       chalkcast [-C DIR] guide --compare FILE\n"
    "       chalkcast guide --text-lab TEXT\n"
    "\n"
    "Tells what is on each service on each day, in the station's time, and what viewers see where\n"
    "a lesson is not prepared, shorter than its time, or nothing is planned.\n"
    "\n"
    "  --day DAY      only this day: 2020-03-02\n"
    "  --from DAY     from this day on ...\n"
    "  --days N       ... for so many days\n"
    "  --service ID   only this service: p1\n"
    "  --as FORMAT    writes the events of the broadcast guide for others to read:\n"
    "                   xmltv  one file, for media centres and programme guides\n"
    "                   ical   a calendar for each service (iCalendar), to subscribe to\n"
    "                   html   pages: now and next for phones, and each week to print on A4\n"
    "                   json   one file, for apps\n"
    "  -o OUTPUT      a file, or the folder for formats of several files; without it,\n"
    "                 standard output. A file appears when it is whole; others stay.\n"
    "  --compare FILE reads the guide back out of a transport stream (- is standard input)\n"
    "                 and tells every difference from the plan\n"
    "  --text-lab TEXT\n"
    "                 shows the bytes of a text under each text policy of a network, what is\n"
    "                 replaced, and what each class of receivers draws\n"
    "\n"
    "Examples:\n"
    "  chalkcast guide --day 2020-03-02 --service p1\n"
    "  chalkcast guide --as xmltv -o guide.xml\n"
    "  chalkcast guide --as ical --service p3 -o p3.ics\n"
    "  chalkcast guide --as html --from 2020-03-02 --days 14 -o www\n"
    "  chalkcast guide --compare air.ts\n"
    "  chalkcast guide --text-lab 朱镕基·古诗\n"
    "\n"
    "Exit status: 0 all is well, and no difference; 1 warnings; 2 errors, differences, or no guide\n"
    "in the stream; 64 wrong usage; 74 a file cannot be read or written.\n";

struct options {
    const char *day, *from, *days, *service, *as, *output, *compare, *text;
    const struct publication *publication; /* of `as` */
};

static int check_options(struct options *options)
{
    if (options->day && (options->from || options->days))
        return command_usage(&command_guide, "--day is one day: give it, or --from with --days");
    if (options->days && !options->from)
        return command_usage(&command_guide, "--days needs --from, the first of them");
    if (options->as && !(options->publication = publication_get(options->as)))
        return command_usage(&command_guide, "there is no format \"%s\"; accepted: " PUBLICATION_NAMES,
                             options->as);
    if (options->output && !options->as)
        return command_usage(&command_guide, "-o needs --as FORMAT: " PUBLICATION_NAMES);
    if ((options->compare || options->text) && (options->day || options->from || options->service ||
                                                options->as || (options->compare && options->text)))
        return command_usage(&command_guide, "--compare and --text-lab stand alone");
    return EXIT_OK;
}

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"day", required_argument, NULL, 'd'},      {"from", required_argument, NULL, 'f'},
        {"days", required_argument, NULL, 'n'},     {"service", required_argument, NULL, 's'},
        {"as", required_argument, NULL, 'a'},       {"compare", required_argument, NULL, 'c'},
        {"text-lab", required_argument, NULL, 't'}, {0}};
    int letter;
    while ((letter = command_next_option(&command_guide, argc, argv, "o:", names)) != -1) {
        switch (letter) {
        case 'd':
            options->day = optarg;
            break;
        case 'f':
            options->from = optarg;
            break;
        case 'n':
            options->days = optarg;
            break;
        case 's':
            options->service = optarg;
            break;
        case 'a':
            options->as = optarg;
            break;
        case 'c':
            options->compare = optarg;
            break;
        case 't':
            options->text = optarg;
            break;
        case 'o':
            options->output = optarg;
            break;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return command_usage(&command_guide, "\"%s\" is one word too many", argv[optind]);
    return check_options(options);
}

/* Every day has a noon, in any zone. */
static bool parse_day(const char *text, const struct zone *zone, int64_t *day)
{
    int64_t noon;
    uint32_t ns;
    char *instant = g_strdup_printf("%sT12:00:00", text);
    bool good = strlen(text) == strlen("2020-03-02") && calendar_parse_instant(instant, zone, &noon, &ns);
    g_free(instant);
    if (good)
        *day = calendar_day(noon, zone);
    return good;
}

static int refuse_service(const struct station *station, const char *id)
{
    GString *accepted = g_string_new(NULL);
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++)
            g_string_append_printf(accepted, "%s%s", accepted->len ? ", " : "",
                                   station->multiplexes[i].services[k].id);
    int code =
        command_usage(&command_guide, "there is no service \"%s\"; the station has %s", id, accepted->str);
    g_string_free(accepted, TRUE);
    return code;
}

static int choose(const struct station *station, const struct options *options, struct listing_choice *choice)
{
    const char *first = options->day ? options->day : options->from;
    guint64 days = 1;
    *choice = (struct listing_choice){options->service, LISTING_EVERY_DAY, LISTING_EVERY_DAY};
    if (options->days && !g_ascii_string_to_unsigned(options->days, 10, 1, DAYS_MAX, &days, NULL))
        return command_usage(&command_guide, "--days \"%s\" is not a number of days: 1 to %d are",
                             options->days, DAYS_MAX);
    if (!first)
        return EXIT_OK;
    if (!parse_day(first, station->zone, &choice->first_day))
        return command_usage(&command_guide, "--%s \"%s\" is not a day: 2020-03-02 is",
                             options->day ? "day" : "from", first);
    if (options->day || options->days)
        choice->last_day = choice->first_day + (int64_t)days - 1;
    return EXIT_OK;
}

static int list(const struct studio *studio, const struct options *options,
                const struct listing_choice *choice)
{
    struct terminal terminal;
    terminal_init(&terminal, stdout);
    if (listing_print(studio->plan, choice, &terminal) == 0)
        fprintf(terminal.file,
                "%sNothing is planned%s%s: viewers see the fallback, or the compiled-in picture.\n",
                options->day || options->from || options->service ? "\n" : "", options->day ? " on " : "",
                options->day ? options->day : "");
    return EXIT_OK;
}

static int write_edition(const struct edition *edition, const struct options *options)
{
    const struct publication *publication = options->publication;
    bool folder = publication->many || (publication->for_each_service && !options->service);
    char *error = NULL;
    if (folder && !options->output)
        return command_usage(&command_guide, "--as %s writes several files: give their folder with -o",
                             publication->name);
    GPtrArray *files = publication->build(edition);
    bool good = folder ? publication_write_folder(files, options->output, &error)
                       : publication_write_file(files->pdata[0], options->output, &error);
    g_ptr_array_unref(files);
    if (good)
        return EXIT_OK;
    int code = command_fail(&command_guide, EXIT_WORLD, "%s", error);
    g_free(error);
    return code;
}

/* The seconds of the chosen days; INT64_MIN, INT64_MAX: all. */
static void find_stretch(const struct listing_choice *choice, const struct zone *zone, int64_t *from,
                         int64_t *until)
{
    *from = INT64_MIN;
    *until = INT64_MAX;
    if (choice->first_day != LISTING_EVERY_DAY)
        *from = calendar_day_start(choice->first_day, zone);
    if (choice->last_day != LISTING_EVERY_DAY)
        *until = calendar_day_start(choice->last_day + 1, zone);
}

static int publish(const struct studio *studio, const struct options *options,
                   const struct listing_choice *choice, int64_t from, int64_t until)
{
    struct edition edition;
    edition_init(&edition, studio->plan, choice->service, from, until, publication_revised_at(studio->path));
    int code = write_edition(&edition, options);
    if (code == EXIT_OK && edition_event_count(&edition) == 0)
        fprintf(stderr, "chalkcast guide: nothing is planned there; what is written has no event\n");
    edition_fini(&edition);
    return code;
}

/* What airs of the stretch by the station that was settled on: services of another one are told apart. */
static bool cut_stretch(const struct revisions *revisions, int64_t about, int64_t *from, int64_t *until,
                        struct diagnostics *diagnostics)
{
    int64_t begun, ended;
    char text[CALENDAR_TEXT];
    const struct zone *zone = revisions->station->station->zone;
    if (!revisions_find_station(revisions, about, &begun, &ended, diagnostics))
        return false;
    if (*from < begun)
        fprintf(stderr, "chalkcast guide: another station held until %s: ask for its days alone\n",
                calendar_format(begun, zone, "%Y-%m-%d %H:%M:%S", text));
    if (ended < *until)
        fprintf(stderr, "chalkcast guide: from %s on another station holds: ask for its days alone\n",
                calendar_format(ended, zone, "%Y-%m-%d %H:%M:%S", text));
    *from = MAX(*from, begun);
    *until = MIN(*until, ended);
    return true;
}

static int show_stretch(struct studio *studio, const struct options *options,
                        const struct listing_choice *choice, int64_t from, int64_t until)
{
    return options->publication ? publish(studio, options, choice, from, until)
                                : list(studio, options, choice);
}

/* With a journal what each revision airs in its time, else the folder's plan. */
static int show(struct revisions *revisions, const struct options *options,
                const struct listing_choice *choice, struct diagnostics *diagnostics)
{
    int64_t from, until;
    struct timeline timeline = {0};
    struct studio studio;
    find_stretch(choice, revisions->station->station->zone, &from, &until);
    const int64_t about = from == INT64_MIN ? time(NULL) : from;
    if (!revisions_settle(revisions, about, diagnostics))
        return EXIT_ERRORS;
    if (choice->service && !station_get_service(revisions->station->station, choice->service, NULL))
        return refuse_service(revisions->station->station, choice->service);
    int code = EXIT_ERRORS;
    if (!cut_stretch(revisions, about, &from, &until, diagnostics))
        return code;
    studio_lend(revisions->station, &studio);
    if (revisions->journal && timeline_init(&timeline, revisions, from, until, diagnostics))
        code = show_stretch(timeline.studio, options, choice, from, until);
    else if (!revisions->journal &&
             studio_take_plan(&studio, plan_parse(studio.path, studio.station, diagnostics)))
        code = show_stretch(&studio, options, choice, from, until);
    timeline_fini(&timeline);
    diagnostics_append(diagnostics, &studio.diagnostics);
    studio_close(&studio);
    return code;
}

static int run_on(struct revisions *revisions, const struct options *options, struct diagnostics *diagnostics)
{
    struct listing_choice choice;
    const int code = choose(revisions->station->station, options, &choice);
    if (code != EXIT_OK)
        return code;
    return options->compare ? recording_compare(revisions, options->compare, diagnostics)
                            : show(revisions, options, &choice, diagnostics);
}

/* Refused timetables are told, for the guide does without them. */
static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct options options = {0};
    struct diagnostics diagnostics = {0};
    struct revisions revisions;
    struct studio folder;
    struct terminal terminal;
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    terminal_init(&terminal, stderr);
    if (options.text) {
        terminal_init(&terminal, stdout);
        text_lab_print(options.text, &terminal);
        return EXIT_OK;
    }
    if (revisions_open(&revisions, &folder, invocation->directory, &diagnostics)) {
        code = run_on(&revisions, &options, &diagnostics);
        if (revisions.station == &folder)
            diagnostics_append(&diagnostics, &folder.diagnostics);
    }
    report_diagnostics(&diagnostics, &terminal);
    if (code == EXIT_OK)
        code = report_exit_code(&diagnostics);
    diagnostics_fini(&diagnostics);
    revisions_fini(&revisions);
    studio_close(&folder);
    return code;
}

const struct command command_guide = {.name = "guide",
                                      .summary =
                                          "Show the plan, or write it as XMLTV, iCalendar, HTML or JSON",
                                      .help = help,
                                      .run = run};
