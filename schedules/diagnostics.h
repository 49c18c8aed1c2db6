/* What is wrong with what the user wrote: every fault at once, each with its place.
 * A diagnostic says what was found and what is accepted. Order is the order of finding. */
#ifndef SCHEDULES_DIAGNOSTICS_H
#define SCHEDULES_DIAGNOSTICS_H

#include <stddef.h>

enum severity { SEVERITY_WARNING, SEVERITY_ERROR };

struct diagnostic {
    enum severity severity;
    char *file; /* as given by the caller, never NULL */
    int line;   /* from 1; 0: the whole file */
    char *text; /* one line, no trailing newline */
};

struct diagnostics {
    struct diagnostic *list;
    size_t count, errors, warnings;
};

/* Start with { 0 }. add() drops the diagnostic when memory is out but still counts it. */
void diagnostics_add(struct diagnostics *diagnostics, enum severity severity, const char *file, int line,
                     const char *format, ...) __attribute__((format(printf, 5, 6)));
/* Adds copies of others. */
void diagnostics_append(struct diagnostics *diagnostics, const struct diagnostics *more);
/* Puts those from index `first` on, all of one file, in order of line; equal lines keep their order. */
void diagnostics_sort(struct diagnostics *diagnostics, size_t first);
void diagnostics_fini(struct diagnostics *diagnostics);

#endif
