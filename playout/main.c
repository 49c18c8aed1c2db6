/* The program's frame: finds the command and runs it, answers --help and --version. */
#include "playout/command.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define PROGRAM "chalkcast"

static const struct command *const commands[] = {
    &command_check,    &command_prepare, &command_play,    &command_render, &command_guide, &command_measure,
    &command_rehearse, &command_act,     &command_journal, &command_asrun,  &command_prove, &command_drill};
#define COMMAND_COUNT (sizeof commands / sizeof *commands)

static void print_help(void)
{
    printf("Usage: " PROGRAM " [-C DIR] COMMAND [OPTION...]\n"
           "\n"
           "Turns lesson timetables into a broadcast-ready MPEG transport stream.\n"
           "\n"
           "Commands:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s  %s\n", commands[i]->name, commands[i]->summary);
    printf(
        "\n"
        "Options:\n"
        "  -C DIR     the station: station.xml, timetables/, sources/, lessons/, state/ (default: here)\n"
        "  --help     this text; `" PROGRAM " COMMAND --help` tells more of a command\n"
        "  --version  the version\n"
        "\n"
        "Exit status: 0 all is well, 1 warnings, 2 errors, 64 wrong usage, 74 a disk or network failed.\n");
}

static int frame_usage(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int frame_usage(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    fprintf(stderr, PROGRAM ": ");
    vfprintf(stderr, format, values);
    va_end(values);
    fprintf(stderr, "; commands:");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        fprintf(stderr, "%s %s", i ? "," : "", commands[i]->name);
    fprintf(stderr, "; options: -C DIR, --help, --version.\n`" PROGRAM " --help` tells more.\n");
    return EXIT_USAGE;
}

static const struct command *find_command(const char *name)
{
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(name, commands[i]->name) == 0)
            return commands[i];
    return NULL;
}

/* --help wins over everything else that is said to a command. */
static bool asks_for_help(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0)
            return true;
    return false;
}

static int run_command(struct invocation *invocation, int argc, char **argv)
{
    const struct command *command = find_command(argv[0]);
    if (!command)
        return frame_usage("there is no command \"%s\"", argv[0]);
    if (asks_for_help(argc, argv)) {
        fputs(command->help, stdout);
        return EXIT_OK;
    }
    optind = 0; /* getopt starts afresh */
    return command->run(invocation, argc, argv);
}

int main(int argc, char **argv)
{
    static const struct option names[] = {
        {"help", no_argument, NULL, 'h'}, {"version", no_argument, NULL, 'V'}, {0}};
    struct invocation invocation = {.program = PROGRAM, .directory = "."};
    opterr = 0;
    for (int letter; (letter = getopt_long(argc, argv, "+:C:hV", names, NULL)) != -1;) {
        switch (letter) {
        case 'C':
            invocation.directory = optarg;
            break;
        case 'h':
            print_help();
            return EXIT_OK;
        case 'V':
            printf(PROGRAM " %s\n", CHALKCAST_VERSION);
            return EXIT_OK;
        case ':':
            return frame_usage("-C needs the directory of a station");
        default:
            return frame_usage("there is no option %s", argv[optind - 1]);
        }
    }
    if (optind == argc)
        return frame_usage("a command is missing");
    return run_command(&invocation, argc - optind, argv + optind);
}
