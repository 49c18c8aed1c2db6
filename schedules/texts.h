/* Texts in several languages (struct texts of station.h): one per language, known by the codes that the guide
 * carries (EN 300 468 6.2.39: ISO 639-2, its bibliographic form). */
#ifndef SCHEDULES_TEXTS_H
#define SCHEDULES_TEXTS_H

#include "schedules/station.h"
#include "schedules/xml.h"

/* The code of an xml:lang: "zh", "zh-CN", "zho" give "chi"; other codes of three letters pass. False when it
 * is none. */
bool language_parse(const char *tag, char language[4]);
/* The other way (RFC 5646 wants the shortest): "chi" gives "zh"; a code that has no shorter one is its own.
 */
const char *language_tag(const char *language);

/* The other way round, for people: "zh" of "chi", "bo" of "tib"; the code itself where there is no shorter
 * one. */
const char *language_tag(const char *language);
/* The language of an element: of its xml:lang, or of that around it. False when there is none or it is not
 * known, which is reported. */
bool language_get(const struct xml *xml, const xmlNode *element, char language[4]);

/* Adds a copy. */
void texts_add(struct texts *texts, const char *language, const char *utf8);
/* Adds what an element says in its language. Reports a language that is not known or has a text already. */
void texts_parse(struct texts *texts, const struct xml *xml, const xmlNode *element);
void texts_fini(struct texts *texts);

#endif
