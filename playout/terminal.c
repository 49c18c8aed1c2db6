/* Styles are the eight that every terminal since ECMA-48 has. */
#include "playout/terminal.h"

#include <glib.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define WIDTH_UNKNOWN 80
#define WIDTH_LEAST 20 /* narrower ones have not said the truth */

void terminal_init(struct terminal *terminal, FILE *file)
{
    const char *kind = getenv("TERM"), *no_color = getenv("NO_COLOR");
    struct winsize size = {0};
    *terminal = (struct terminal){.file = file, .width = WIDTH_UNKNOWN};
    if (!isatty(fileno(file)))
        return;
    bool dumb = !kind || strcmp(kind, "dumb") == 0;
    terminal->interactive = !dumb;
    terminal->colour = !dumb && !(no_color && *no_color);
    if (ioctl(fileno(file), TIOCGWINSZ, &size) == 0 && size.ws_col >= WIDTH_LEAST)
        terminal->width = size.ws_col;
}

const char *terminal_style(const struct terminal *terminal, enum style style)
{
    static const char *const sequences[] = {
        [STYLE_PLAIN] = "\033[0m", [STYLE_BOLD] = "\033[1m",   [STYLE_DIM] = "\033[2m",
        [STYLE_RED] = "\033[31m",  [STYLE_GREEN] = "\033[32m", [STYLE_YELLOW] = "\033[33m",
        [STYLE_CYAN] = "\033[36m"};
    return terminal->colour ? sequences[style] : "";
}

static void begin_style(const struct terminal *terminal, enum style style)
{
    if (style != STYLE_PLAIN)
        fputs(terminal_style(terminal, style), terminal->file);
}

static void end_style(const struct terminal *terminal, enum style style)
{
    if (style != STYLE_PLAIN)
        fputs(terminal_style(terminal, STYLE_PLAIN), terminal->file);
}

void terminal_print(const struct terminal *terminal, enum style style, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    begin_style(terminal, style);
    vfprintf(terminal->file, format, values);
    end_style(terminal, style);
    va_end(values);
}

/* Columns of the character at *text, which is then moved behind it. */
static int next_character(const char **text)
{
    gunichar character = g_utf8_get_char_validated(*text, -1);
    if (character == (gunichar)-1 || character == (gunichar)-2) {
        (*text)++;
        return 1;
    }
    *text = g_utf8_next_char(*text);
    if (g_unichar_iszerowidth(character))
        return 0;
    return g_unichar_iswide(character) ? 2 : 1;
}

int terminal_columns(const char *utf8)
{
    int columns = 0;
    while (*utf8)
        columns += next_character(&utf8);
    return columns;
}

/* Bytes of the text that take at most so many columns, and those columns. */
static int fit(const char *utf8, int columns, int *taken)
{
    const char *end = utf8;
    *taken = 0;
    for (const char *next = utf8; *next; end = next) {
        int width = next_character(&next);
        if (*taken + width > columns)
            break;
        *taken += width;
    }
    return (int)(end - utf8);
}

void terminal_cell(const struct terminal *terminal, enum style style, int columns, const char *utf8)
{
    int taken;
    int bytes = fit(utf8, columns, &taken);
    bool cut = utf8[bytes] != '\0' && columns > 0;
    if (cut)
        bytes = fit(utf8, columns - 1, &taken);
    if (*utf8)
        terminal_print(terminal, style, "%.*s%s", bytes, utf8, cut ? "…" : "");
    fprintf(terminal->file, "%*s", columns - taken - cut, "");
}
