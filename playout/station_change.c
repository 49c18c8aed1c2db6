/* The files are compared as XML, element by element: what they say of whom. An element is the same in both
 * when it has the same name, and the same attribute of those that tell elements of that name apart. */
#include "playout/station_change.h"

#include <glib.h>
#include <libxml/parser.h>
#include <libxml/tree.h>
#include <string.h>

#include "playout/outputs/udp.h"
#include "schedules/encoding.h"

#define LINES 24 /* the rest is counted */
#define DEED_COLUMNS 9
#define PACKET_BITS 1504

struct change {
    const struct terminal *terminal;
    size_t lines;
};

static void add_line(struct change *change, enum style style, const char *deed, char *text)
{
    if (change->lines++ < LINES) {
        fputs("  ", change->terminal->file);
        terminal_cell(change->terminal, style, DEED_COLUMNS, deed);
        fprintf(change->terminal->file, "%s\n", text);
    }
    g_free(text);
}

/* --- elements */

/* "p3": what tells an element from others of its name; "" when nothing does. To be freed. */
static char *key_of(const xmlNode *element)
{
    static const char *const names[] = {"id", "name", "uri", "stage", "network-id", "lang"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        xmlChar *value = xmlGetProp((xmlNode *)element, BAD_CAST names[i]);
        if (!value)
            continue;
        char *key = g_strdup((const char *)value);
        xmlFree(value);
        return key;
    }
    return g_strdup("");
}

static bool is_same_element(const xmlNode *one, const xmlNode *other)
{
    char *keys[] = {key_of(one), key_of(other)};
    const bool same = xmlStrEqual(one->name, other->name) && strcmp(keys[0], keys[1]) == 0;
    g_free(keys[0]);
    g_free(keys[1]);
    return same;
}

/* The element among the children of another one that is this one there, too; of equal ones the one in the
 * same place among them. */
static xmlNode *find_element(const xmlNode *parent, const xmlNode *element)
{
    size_t place = 0;
    for (xmlNode *before = xmlPreviousElementSibling((xmlNode *)element); before;
         before = xmlPreviousElementSibling(before))
        place += is_same_element(before, element);
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)parent); child;
         child = xmlNextElementSibling(child))
        if (is_same_element(child, element) && place-- == 0)
            return child;
    return NULL;
}

/* "multiplex grades, service p3", to be freed. */
static char *name_element(const char *parents, const xmlNode *element)
{
    char *key = key_of(element);
    char *name = g_strdup_printf("%s%s%s%s%s", parents, *parents ? ", " : "", (const char *)element->name,
                                 *key ? " " : "", key);
    g_free(key);
    return name;
}

/* --- what they say */

static void compare_attribute(struct change *change, const char *name, const xmlChar *attribute,
                              const xmlNode *before, const xmlNode *after)
{
    xmlChar *was = xmlGetProp((xmlNode *)before, attribute), *is = xmlGetProp((xmlNode *)after, attribute);
    if (!xmlStrEqual(was, is))
        add_line(change, STYLE_CYAN, "changed",
                 g_strdup_printf("%s: %s %s → %s", name, (const char *)attribute,
                                 was ? (const char *)was : "(default)", is ? (const char *)is : "(default)"));
    xmlFree(was);
    xmlFree(is);
}

static void compare_attributes(struct change *change, const char *name, const xmlNode *before,
                               const xmlNode *after)
{
    for (const xmlAttr *attribute = after->properties; attribute; attribute = attribute->next)
        compare_attribute(change, name, attribute->name, before, after);
    for (const xmlAttr *attribute = before->properties; attribute; attribute = attribute->next)
        if (!xmlHasProp((xmlNode *)after, attribute->name))
            compare_attribute(change, name, attribute->name, before, after);
}

static void compare_text(struct change *change, const char *name, const xmlNode *before, const xmlNode *after)
{
    xmlChar *was = xmlNodeGetContent(before), *is = xmlNodeGetContent(after);
    g_strstrip((char *)was);
    g_strstrip((char *)is);
    if (!xmlStrEqual(was, is))
        add_line(change, STYLE_CYAN, "changed",
                 g_strdup_printf("%s: %s → %s", name, (const char *)was, (const char *)is));
    xmlFree(was);
    xmlFree(is);
}

/* Those of one that the other one lacks. */
static void tell_lacking(struct change *change, enum style style, const char *deed, const char *parents,
                         const xmlNode *has, const xmlNode *lacks)
{
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)has); child; child = xmlNextElementSibling(child))
        if (!find_element(lacks, child))
            add_line(change, style, deed, name_element(parents, child));
}

static void compare(struct change *change, const char *name, const xmlNode *before, const xmlNode *after)
{
    const bool leaf = !xmlFirstElementChild((xmlNode *)before) && !xmlFirstElementChild((xmlNode *)after);
    compare_attributes(change, *name ? name : "station", before, after);
    if (leaf)
        compare_text(change, name, before, after);
    tell_lacking(change, STYLE_GREEN, "new", name, after, before);
    tell_lacking(change, STYLE_RED, "gone", name, before, after);
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)after); child;
         child = xmlNextElementSibling(child)) {
        const xmlNode *was = find_element(before, child);
        char *own = name_element(name, child);
        if (was)
            compare(change, own, was, child);
        g_free(own);
    }
}

/* --- all */

/* Both were parsed and accepted before. */
static xmlDoc *read_document(const struct studio *studio)
{
    struct diagnostics unsaid = {0};
    size_t length;
    char *utf8 = encoding_to_utf8(studio->bytes, studio->length, studio->station->file, &length, &unsaid);
    xmlDoc *document = utf8 ? xmlReadMemory(utf8, (int)length, NULL, "UTF-8",
                                            XML_PARSE_NONET | XML_PARSE_IGNORE_ENC | XML_PARSE_NOBLANKS)
                            : NULL;
    diagnostics_fini(&unsaid);
    g_free(utf8);
    return document;
}

static int64_t slowest_datagram_us(const struct station *station)
{
    int64_t slowest = 0;
    for (size_t i = 0; i < station->multiplex_count; i++) {
        const struct delivery *delivery = &station->multiplexes[i].delivery;
        const int64_t own = (int64_t)(UDP_PACKETS * PACKET_BITS * 1e6 * (double)delivery->bits_den /
                                      (double)delivery->bits_num) +
                            1;
        slowest = MAX(slowest, own);
    }
    return slowest;
}

int64_t station_change_gap_us(const struct station *before, const struct station *after)
{
    return slowest_datagram_us(before) + slowest_datagram_us(after);
}

void station_change_print(const struct studio *before, const struct studio *after,
                          const struct terminal *terminal)
{
    struct change change = {.terminal = terminal};
    xmlDoc *was = read_document(before), *is = read_document(after);
    terminal_print(terminal, STYLE_BOLD, "station.xml\n");
    if (was && is)
        compare(&change, "", xmlDocGetRootElement(was), xmlDocGetRootElement(is));
    if (change.lines > LINES)
        fprintf(terminal->file, "  %-*s%zu more\n", DEED_COLUMNS, "...", change.lines - LINES);
    xmlFreeDoc(was);
    xmlFreeDoc(is);
    terminal_print(
        terminal, STYLE_YELLOW,
        "`play` begins anew at that second, with the same clock: for at most %.1f ms nothing leaves, "
        "and receivers may tune again\n",
        (double)station_change_gap_us(before->station, after->station) / 1e3);
}
