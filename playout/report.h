/* Diagnostics as a person or an editor reads them: `file:line: error: text`, by file and line. */
#ifndef PLAYOUT_REPORT_H
#define PLAYOUT_REPORT_H

#include <stdio.h>

#include "playout/terminal.h"
#include "schedules/diagnostics.h"

/* Prints every diagnostic, sorted by file, line, order of finding; doubles once. */
void report_diagnostics(const struct diagnostics *diagnostics, const struct terminal *terminal);

/* EXIT_OK, EXIT_WARNINGS or EXIT_ERRORS. */
int report_exit_code(const struct diagnostics *diagnostics);

#endif
