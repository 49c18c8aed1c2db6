/* chalkcast guide: the plan as a person reads it. */
#include "playout/command.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "playout/listing.h"
#include "playout/report.h"
#include "playout/studio.h"

static const char help[] =
    "Usage: chalkcast [-C DIR] guide [--day DAY] [--service ID]\n"
    "\n"
    "Tells what is on each service on each day, in the station's time, and what viewers see where\n"
    "a lesson is not prepared, shorter than its time, or nothing is planned.\n"
    "\n"
    "  --day DAY      only this day: 2020-03-02\n"
    "  --service ID   only this service: p1\n"
    "\n"
    "Examples:\n"
    "  chalkcast guide --day 2020-03-02 --service p1\n";

struct options {
    const char *day, *service;
};

static int parse_options(int argc, char **argv, struct options *options)
{
    static const struct option names[] = {
        {"day", required_argument, NULL, 'd'}, {"service", required_argument, NULL, 's'}, {0}};
    int letter;
    while ((letter = command_next_option(&command_guide, argc, argv, "", names)) != -1) {
        switch (letter) {
        case 'd':
            options->day = optarg;
            break;
        case 's':
            options->service = optarg;
            break;
        default:
            return EXIT_USAGE;
        }
    }
    if (optind < argc)
        return command_usage(&command_guide, "\"%s\" is one word too many", argv[optind]);
    return EXIT_OK;
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

static int guide(const struct studio *studio, const struct options *options)
{
    struct terminal terminal;
    struct listing_choice choice = {.service = options->service, .day = LISTING_EVERY_DAY};
    if (options->day && !parse_day(options->day, studio->station->zone, &choice.day))
        return command_usage(&command_guide, "--day \"%s\" is not a day: 2020-03-02 is", options->day);
    if (options->service && !station_get_service(studio->station, options->service, NULL))
        return refuse_service(studio->station, options->service);
    terminal_init(&terminal, stdout);
    if (listing_print(studio->plan, &choice, &terminal) == 0)
        fprintf(terminal.file,
                "%sNothing is planned%s%s: viewers see the fallback, or the compiled-in picture.\n",
                options->day || options->service ? "\n" : "", options->day ? " on " : "",
                options->day ? options->day : "");
    return EXIT_OK;
}

/* Refused timetables are told, for the guide does without them. */
static int run(const struct invocation *invocation, int argc, char **argv)
{
    struct options options = {0};
    struct studio studio;
    struct terminal terminal;
    int code = parse_options(argc, argv, &options);
    if (code != EXIT_OK)
        return code;
    terminal_init(&terminal, stderr);
    bool good = studio_open(invocation->directory, &studio);
    report_diagnostics(&studio.diagnostics, &terminal);
    if (good)
        code = guide(&studio, &options);
    if (code == EXIT_OK)
        code = report_exit_code(&studio.diagnostics);
    studio_close(&studio);
    return code;
}

const struct command command_guide = {
    .name = "guide", .summary = "Show the plan per service and day", .help = help, .run = run};
