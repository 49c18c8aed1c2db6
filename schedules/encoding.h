/* The bytes of an XML file into UTF-8: by its byte order mark, or the encoding that it declares
 * (XML 1.0 4.3.3 and Appendix F), or UTF-8. Part of xml.c's work. */
#ifndef SCHEDULES_ENCODING_H
#define SCHEDULES_ENCODING_H

#include <stddef.h>

#include "schedules/diagnostics.h"

/* New text of *utf8_length bytes, without byte order mark, freed with g_free(); its own declaration still
 * names the old encoding. NULL when the encoding is not known or a byte is not of it, which is reported with
 * its line. */
char *encoding_to_utf8(const char *bytes, size_t length, const char *file, size_t *utf8_length,
                       struct diagnostics *diagnostics);

#endif
