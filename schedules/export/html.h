/* Bits of HTML: templates that are compiled in (templates.S), filled with fields; texts, escaped. */
#ifndef SCHEDULES_EXPORT_HTML_H
#define SCHEDULES_EXPORT_HTML_H

#include <glib.h>

#include "schedules/station.h"

/* Templates and what goes into them as it is; each ends with a 0. */
extern const char template_week[], template_now[], template_style[], template_script[];

struct html_field {
    const char *name, *html;
};

/* The template with each {{name}} replaced by that field, the last of which has no name. What is filled in is
 * not looked at again. A name without a field is a fault of the template. */
GString *html_fill(const char *page, const struct html_field *fields);

/* Appends plain words, escaped for an element or a quoted attribute. */
void html_append(GString *html, const char *words);
/* Appends <element lang="..." dir="auto">words</element>. */
void html_append_text(GString *html, const char *element, const struct text *text);
/* The texts after the first, as elements one after another. */
void html_append_others(GString *html, const char *element, const struct texts *texts);
/* All of the texts, the first in <b>, the others in <i>. Free with g_free(). */
char *html_heading(const struct texts *texts);
/* All of the texts as plain escaped words: "小学三年级 Primary 3". Free with g_free(). */
char *html_join(const struct texts *texts);

#endif
