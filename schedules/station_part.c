/* Values that several parts of a station file have in common. */
#include "schedules/station_part.h"

#include <string.h>

#include "schedules/texts.h"

void station_part_use_once(struct reading *reading, const xmlNode *element, const char *user,
                           const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *used = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    const char *other = g_hash_table_lookup(reading->used, used);
    if (other) {
        xml_fault(reading->xml, element, "%s has %s, which %s has; accepted is one that nothing else has",
                  user, used, other);
        g_free(used);
    } else {
        g_hash_table_insert(reading->used, used, g_strdup_printf("%s (line %d)", user, xml_line(element)));
    }
}

uint16_t station_part_number(const struct xml *xml, const xmlNode *element, const char *attribute,
                             uint16_t min, uint16_t max, uint16_t otherwise)
{
    uint64_t number = otherwise;
    xml_get_number(xml, element, attribute, min, max, &number);
    return (uint16_t)number;
}

int station_part_word(const xmlNode *element, const char *attribute, const char *const *words, size_t count,
                      int otherwise)
{
    int found = otherwise;
    char *text = xml_get_string(element, attribute);
    for (size_t i = 0; text && i < count; i++)
        if (strcmp(text, words[i]) == 0)
            found = (int)i;
    g_free(text);
    return found;
}

void station_part_names(const struct xml *xml, const xmlNode *element, struct texts *names)
{
    bool found = false;
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)element); child;
         child = xmlNextElementSibling(child))
        if (xml_is(child, "name")) {
            texts_parse(names, xml, child);
            found = true;
        }
    if (!found)
        xml_fault(xml, element, "<%s> has no <name>; accepted is one per language", element->name);
}
