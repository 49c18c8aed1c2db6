/* In the signals' handlers: only functions that signal-safety(7) names, and system calls. */
#include "playout/bulkhead.h"

#include <libxml/xmlmemory.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "playout/command.h"
#include "playout/sender.h"

#define NULL_PAGES 65536 /* nothing is ever mapped there: whoever goes there follows a null pointer */

typedef void deed(int number, siginfo_t *info, void *context);

static void say(const char *text)
{
    if (write(STDERR_FILENO, text, strlen(text)) < 0)
        return; /* there is nobody to tell */
}

/* libxml2 stumbles where memory is out. */
static void *need(void *memory)
{
    if (!memory)
        abort();
    return memory;
}

static void *allocate(size_t size)
{
    return need(malloc(size));
}

static void *reallocate(void *old, size_t size)
{
    return need(realloc(old, size));
}

static char *duplicate(const char *text)
{
    return need(strdup(text));
}

static void die(int number)
{
    signal(number, SIG_DFL);
    raise(number);
}

static bool is_contained(int number, const siginfo_t *info)
{
    return number != SIGSEGV || (uintptr_t)info->si_addr < NULL_PAGES;
}

static void end(int number, siginfo_t *info, void *context)
{
    (void)context;
    if (!is_contained(number, info)) {
        die(number);
        return;
    }
    say("chalkcast: memory is out, or the program has a fault: not on air\n");
    _exit(EXIT_WORLD);
}

/* abort() has unblocked SIGABRT and holds its lock: who else aborts is held there. */
static void hold(int number, siginfo_t *info, void *context)
{
    char name[16] = "";
    sigset_t ends;
    (void)context;
    prctl(PR_GET_NAME, name);
    if (!is_contained(number, info) || strcmp(name, SENDER_NAME) == 0) {
        die(number);
        return;
    }
    say("fault: the thread \"");
    say(name);
    say("\" failed and is held; the air goes on, without what it did: start again when the air allows it\n");
    prctl(PR_SET_NAME, BULKHEAD_HELD);
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    sigwaitinfo(&ends, NULL);
    _exit(EXIT_WARNINGS);
}

static void handle(deed *handler)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = SA_NODEFER | SA_SIGINFO};
    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, NULL); /* abort(), assert() */
    sigaction(SIGTRAP, &action, NULL); /* g_error() */
    sigaction(SIGSEGV, &action, NULL);
}

void bulkhead_open(void)
{
    xmlMemSetup(free, allocate, reallocate, duplicate);
    handle(end);
}

void bulkhead_close(void)
{
    handle(hold);
}
