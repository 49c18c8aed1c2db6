/* The grammar of a file of the station directory: its XSD, which is compiled into the program, applied to a
 * document and put into words. Part of xml.c's work; nothing else uses it. */
#ifndef SCHEDULES_GRAMMAR_H
#define SCHEDULES_GRAMMAR_H

#include <libxml/tree.h>
#include <stdbool.h>

#include "schedules/diagnostics.h"

/* The XSDs themselves, compiled in. */
extern const char grammar_station[], grammar_station_end[], grammar_timetable[], grammar_timetable_end[],
    grammar_actions[], grammar_actions_end[];

enum grammar_kind { GRAMMAR_STATION, GRAMMAR_TIMETABLE, GRAMMAR_ACTIONS };

struct grammar;

struct grammar *grammar_new(enum grammar_kind kind);
void grammar_free(struct grammar **grammar);

/* Reports everything in the document that the grammar does not accept, with its line. Elements that it does
 * not expect are then taken out of the document, values that it refuses are marked (grammar_has_refused()),
 * so that the reader of the rest need not know of them. False when the root is not this grammar's. */
bool grammar_validate(const struct grammar *grammar, xmlDoc *document, const char *file,
                      struct diagnostics *diagnostics);

/* Whether a value has been refused, and so reported, already: that of an attribute, or of an element's text
 * when the attribute is NULL. */
bool grammar_has_refused(const xmlNode *element, const char *attribute);

/* What is accepted there, in the words of the grammar ("loop or fallback"); free with g_free(). */
char *grammar_accepted(const struct grammar *grammar, const xmlNode *element, const char *attribute);

/* What is found there: the value in quotes, shortened when long; free with g_free(). */
char *grammar_found(const xmlNode *element, const char *attribute);

#endif
