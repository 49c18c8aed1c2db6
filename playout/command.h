/* A command of the program: `chalkcast [-C DIR] COMMAND [OPTION...] [ARGUMENT...]`.
 *
 * Each command is one file that exports one constant table. main.c finds it by name, answers --help from
 * `help`, and runs it. Nothing here outlives the run. */
#ifndef PLAYOUT_COMMAND_H
#define PLAYOUT_COMMAND_H

#include <getopt.h>

enum exit_code {
    EXIT_OK = 0,
    EXIT_WARNINGS = 1, /* it airs; the warnings say what viewers see */
    EXIT_ERRORS = 2,   /* something of what the user asked for is not done */
    EXIT_USAGE = 64,   /* the command line (sysexits EX_USAGE) */
    EXIT_WORLD = 74    /* a disk, device or network failed (sysexits EX_IOERR) */
};

struct invocation {
    const char *program;   /* "chalkcast" */
    const char *directory; /* of the station, as given with -C; default "." */
};

struct command {
    const char *name;
    const char *summary; /* one line without a full stop */
    const char *help;    /* whole text of --help, ends with a newline */
    /* argv[0] is the command's name, argv[argc] NULL; getopt starts afresh. Returns an exit_code. */
    int (*run)(const struct invocation *invocation, int argc, char **argv);
};

extern const struct command command_check, command_guide, command_prepare, command_render, command_play,
    command_measure, command_rehearse, command_act, command_journal, command_asrun, command_prove,
    command_drill;

/* getopt_long() that speaks: the next option's letter (or `val`), -1 after the last. When an option is
 * unknown or misses its argument it has said so on stderr, with what is accepted, and returns '?': the
 * command then returns EXIT_USAGE. --help needs no entry in `names`. */
int command_next_option(const struct command *command, int argc, char **argv, const char *letters,
                        const struct option *names);

/* Says on stderr what is wrong with the command line ("chalkcast render: ...", one line, no newline in
 * `format`) and where help is. Returns EXIT_USAGE. */
int command_usage(const struct command *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Says on stderr what failed ("chalkcast render: ..."), and returns `code`. */
int command_fail(const struct command *command, int code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
