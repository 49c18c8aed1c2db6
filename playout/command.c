/* What all commands say in the same words. */
#include "playout/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void say(const struct command *command, const char *format, va_list values)
    __attribute__((format(printf, 2, 0)));

static void say(const struct command *command, const char *format, va_list values)
{
    fprintf(stderr, "chalkcast %s: ", command->name);
    vfprintf(stderr, format, values);
    fputc('\n', stderr);
}

int command_usage(const struct command *command, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say(command, format, values);
    va_end(values);
    fprintf(stderr, "`chalkcast %s --help` tells more.\n", command->name);
    return EXIT_USAGE;
}

int command_fail(const struct command *command, int code, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    say(command, format, values);
    va_end(values);
    return code;
}

/* "-o, --from, --for, --help" */
static void list_options(const char *letters, const struct option *names, char *list, size_t size)
{
    size_t used = 0;
    for (const char *letter = letters; *letter && used < size; letter++)
        if (*letter != ':')
            used += (size_t)snprintf(list + used, size - used, "-%c, ", *letter);
    for (; names && names->name && used < size; names++)
        used += (size_t)snprintf(list + used, size - used, "--%s, ", names->name);
    if (used < size)
        snprintf(list + used, size - used, "--help");
}

int command_next_option(const struct command *command, int argc, char **argv, const char *letters,
                        const struct option *names)
{
    char quiet[64], list[256];
    snprintf(quiet, sizeof quiet, ":%s", letters); /* a missing value is ':' */
    opterr = 0;
    const char *word = argv[optind > 0 ? optind : 1];
    int letter = getopt_long(argc, argv, quiet, names, NULL);
    if (letter != '?' && letter != ':')
        return letter;
    if (optind > 1)
        word = argv[optind - 1]; /* but not while getopt is inside a word of several letters */
    if (letter == ':') {
        command_usage(command, "%s needs a value", word);
        return '?';
    }
    list_options(letters, names, list, sizeof list);
    if (optopt && word[1] != '-')
        command_usage(command, "there is no option -%c; accepted: %s", optopt, list);
    else
        command_usage(command, "there is no option %s; accepted: %s", word, list);
    return '?';
}
