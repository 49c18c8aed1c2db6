/* Where text goes: a terminal with colours and a width, or a file with neither (also with NO_COLOR, see
 * no-color.org, or TERM=dumb). Columns count as a terminal shows them: a Chinese character takes two. */
#ifndef PLAYOUT_TERMINAL_H
#define PLAYOUT_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

enum style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_GREEN, STYLE_YELLOW, STYLE_CYAN };

struct terminal {
    FILE *file;
    bool interactive; /* a person looks at it: lines may be drawn again */
    bool colour;
    int width; /* columns, 80 when not known */
};

void terminal_init(struct terminal *terminal, FILE *file);

/* The escape sequence of a style; "" when there are no colours. */
const char *terminal_style(const struct terminal *terminal, enum style style);
/* Prints in a style and back to plain. */
void terminal_print(const struct terminal *terminal, enum style style, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Columns that a UTF-8 text takes; bytes that are none take one each. */
int terminal_columns(const char *utf8);
/* Prints a text in exactly so many columns: cut with "…" or followed by spaces. */
void terminal_cell(const struct terminal *terminal, enum style style, int columns, const char *utf8);

#endif
