#include "playout/report.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>

#include "playout/command.h"

/* "./timetables/a.xml" is "timetables/a.xml" to whoever stands in the station. */
static const char *plain_file(const struct diagnostic *diagnostic)
{
    return strncmp(diagnostic->file, "./", 2) == 0 ? diagnostic->file + 2 : diagnostic->file;
}

static int compare(gconstpointer left, gconstpointer right)
{
    const struct diagnostic *a = *(const struct diagnostic *const *)left;
    const struct diagnostic *b = *(const struct diagnostic *const *)right;
    int order = strcmp(plain_file(a), plain_file(b));
    if (order == 0)
        order = (a->line > b->line) - (a->line < b->line);
    return order ? order : (a > b) - (a < b);
}

static bool same(const struct diagnostic *a, const struct diagnostic *b)
{
    return a->severity == b->severity && a->line == b->line && strcmp(a->file, b->file) == 0 &&
           strcmp(a->text, b->text) == 0;
}

static void print_diagnostic(const struct diagnostic *diagnostic, const struct terminal *terminal)
{
    bool error = diagnostic->severity == SEVERITY_ERROR;
    if (diagnostic->line > 0)
        terminal_print(terminal, STYLE_BOLD, "%s:%d:", plain_file(diagnostic), diagnostic->line);
    else
        terminal_print(terminal, STYLE_BOLD, "%s:", plain_file(diagnostic));
    fputc(' ', terminal->file);
    terminal_print(terminal, error ? STYLE_RED : STYLE_YELLOW, error ? "error:" : "warning:");
    fprintf(terminal->file, " %s\n", diagnostic->text);
}

void report_diagnostics(const struct diagnostics *diagnostics, const struct terminal *terminal)
{
    GPtrArray *sorted = g_ptr_array_new();
    for (size_t i = 0; i < diagnostics->count; i++)
        g_ptr_array_add(sorted, &diagnostics->list[i]);
    g_ptr_array_sort(sorted, compare);
    const struct diagnostic *last = NULL;
    for (guint i = 0; i < sorted->len; i++) {
        const struct diagnostic *diagnostic = sorted->pdata[i];
        if (!last || !same(last, diagnostic))
            print_diagnostic(diagnostic, terminal);
        last = diagnostic;
    }
    g_ptr_array_free(sorted, TRUE);
}

int report_exit_code(const struct diagnostics *diagnostics)
{
    return diagnostics->errors ? EXIT_ERRORS : diagnostics->warnings ? EXIT_WARNINGS : EXIT_OK;
}
