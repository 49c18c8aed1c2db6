/* One XML file of the station directory: read, safe, valid by its grammar, and asked for values.
 *
 * A file is read from memory, in any encoding that XML declares and iconv knows. A document type declaration
 * is refused, so there are no entities to expand and nothing outside the file is ever opened. Values that the
 * grammar has refused are reported once, by the parser, and are then as if they were not there: the asking
 * functions say nothing more of them. Every other fault of a value is reported by the function that reads it,
 * and a reader knows by xml_failed() that there was any. Strings are new, UTF-8, freed with g_free(). */
#ifndef SCHEDULES_XML_H
#define SCHEDULES_XML_H

#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/diagnostics.h"
#include "schedules/grammar.h"

#define XML_FILE_MAX (64 << 20) /* bytes; a year of twelve services in one file has about 20 MB */

struct xml;

/* NULL when there is nothing to read values from: no such file, not well-formed, another grammar's file. */
struct xml *xml_parse(const char *file, enum grammar_kind kind, struct diagnostics *diagnostics);
/* The same of bytes in memory; `file` is the name in diagnostics. */
struct xml *xml_parse_bytes(const void *bytes, size_t length, const char *file, enum grammar_kind kind,
                            struct diagnostics *diagnostics);
void xml_free(struct xml **xml);

xmlNode *xml_root(const struct xml *xml);
/* Whether this file has had an error so far. */
bool xml_failed(const struct xml *xml);

bool xml_is(const xmlNode *element, const char *name);
int xml_line(const xmlNode *element);

/* The child of this name, NULL when there is none; a second one is reported, and so is none when required. */
xmlNode *xml_get_child(const struct xml *xml, const xmlNode *parent, const char *name, bool required);
/* The text of an element, runs of white space made one space; NULL when refused. */
char *xml_get_text(const xmlNode *element);
/* An attribute; NULL when it is not there. */
char *xml_get_string(const xmlNode *element, const char *attribute);
/* The same for the path of a file below a folder of the station: relative, never above it. */
char *xml_get_path(const struct xml *xml, const xmlNode *element, const char *attribute);
/* A decimal or 0x hexadecimal number in its range; false and *number as it was when there is none. */
bool xml_get_number(const struct xml *xml, const xmlNode *element, const char *attribute, uint64_t min,
                    uint64_t max, uint64_t *number);

/* Reports an error in the line of an element. */
void xml_fault(const struct xml *xml, const xmlNode *element, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* Reports a value: what was found, what is accepted. The attribute is NULL for the text of the element,
 * `accepted` NULL for the words of the grammar. */
void xml_refuse(const struct xml *xml, const xmlNode *element, const char *attribute, const char *accepted);

#endif
