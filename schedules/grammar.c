/* libxml2 validates; this file says its findings so that the author of a timetable can use them.
 *
 * It relies on how the XSDs are written: named types everywhere, each type of values
 * with its documentation, and content that is a choice of elements, any number of each. Where such a choice
 * fails, libxml2 looks no further into that element; so what is not expected is first taken out, and the
 * document validated again, until all that remains are faults of values.
 */
#include "schedules/grammar.h"

#include <assert.h>
#include <glib.h>
#include <libxml/parser.h>
#include <libxml/xmlschemas.h>
#include <string.h>

#include "schedules/xml.h"

#define SHOWN_CHARACTERS 60 /* of a refused value: enough to recognise it on a line of a terminal */

struct grammar {
    xmlDoc *xsd; /* to be looked up in */
    xmlSchema *schema;
};

struct validation {
    const struct grammar *grammar;
    const char *file;
    struct diagnostics *diagnostics;
    GPtrArray *unexpecting; /* elements that hold what they should not */
};

struct grammar *grammar_new(enum grammar_kind kind)
{
    static const char *const grammars[][2] = {
        [GRAMMAR_STATION] = {grammar_station, grammar_station_end},
        [GRAMMAR_TIMETABLE] = {grammar_timetable, grammar_timetable_end},
        [GRAMMAR_ACTIONS] = {grammar_actions, grammar_actions_end}};
    const char *begin = grammars[kind][0], *end = grammars[kind][1];
    struct grammar *grammar = g_new(struct grammar, 1);
    grammar->xsd = xmlReadMemory(begin, (int)(end - begin), NULL, NULL, XML_PARSE_NONET);
    xmlSchemaParserCtxt *parser = xmlSchemaNewDocParserCtxt(grammar->xsd);
    grammar->schema = xmlSchemaParse(parser);
    assert(grammar->schema); /* the XSDs are part of the program */
    xmlSchemaFreeParserCtxt(parser);
    return grammar;
}

void grammar_free(struct grammar **grammar)
{
    if (*grammar) {
        xmlSchemaFree((*grammar)->schema);
        xmlFreeDoc((*grammar)->xsd);
    }
    g_free(*grammar);
    *grammar = NULL;
}

/* --- looking up in the XSD */

static bool is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && xmlStrEqual(node->name, BAD_CAST name);
}

/* The node after this one, in order of the document, below `top`; NULL after the last. */
static xmlNode *next_below(const xmlNode *top, xmlNode *node)
{
    if (node->children && node->type == XML_ELEMENT_NODE)
        return node->children;
    while (node != top && !node->next)
        node = node->parent;
    return node == top ? NULL : node->next;
}

static bool attribute_is(const xmlNode *node, const char *attribute, const char *value)
{
    xmlAttr *found = xmlHasNsProp(node, BAD_CAST attribute, NULL);
    return found && found->children && xmlStrEqual(found->children->content, BAD_CAST value);
}

static const char *attribute_value(const xmlNode *node, const char *attribute)
{
    xmlAttr *found = node ? xmlHasNsProp(node, BAD_CAST attribute, NULL) : NULL;
    return found && found->children ? (const char *)found->children->content : NULL;
}

/* The declaration <xs:TAG name="NAME">; NULL when there is none. */
static xmlNode *declaration(xmlNode *top, const char *tag, const char *name)
{
    for (xmlNode *node = top; name && node; node = next_below(top, node))
        if (is(node, tag) && attribute_is(node, "name", name))
            return node;
    return NULL;
}

static xmlNode *type_named(const struct grammar *grammar, const char *name)
{
    xmlNode *root = xmlDocGetRootElement(grammar->xsd);
    xmlNode *simple = declaration(root, "simpleType", name);
    return simple ? simple : declaration(root, "complexType", name);
}

/* A name may mean one type in one element and another in another: <house> of a station and of a service. */
static xmlNode *type_of_element(const struct grammar *grammar, const xmlNode *element)
{
    const xmlNode *parent = element->parent;
    const bool is_root = !parent || parent->type != XML_ELEMENT_NODE;
    xmlNode *within = is_root ? xmlDocGetRootElement(grammar->xsd) : type_of_element(grammar, parent);
    xmlNode *declared = declaration(within, "element", (const char *)element->name);
    return type_named(grammar, attribute_value(declared, "type"));
}

/* Adds the names of what a type declares: its xs:element or xs:attribute, those of its groups too. */
static void add_names(const struct grammar *grammar, xmlNode *type, const char *tag, GPtrArray *names)
{
    for (xmlNode *node = type; node; node = next_below(type, node)) {
        if (is(node, tag))
            g_ptr_array_add(names, (gpointer)attribute_value(node, "name"));
        const char *group = is(node, "attributeGroup") ? attribute_value(node, "ref") : NULL;
        if (group)
            add_names(grammar, declaration(xmlDocGetRootElement(grammar->xsd), "attributeGroup", group), tag,
                      names);
    }
}

static GPtrArray *names_within(const struct grammar *grammar, const xmlNode *element, const char *tag)
{
    GPtrArray *names = g_ptr_array_new();
    xmlNode *type = type_of_element(grammar, element);
    if (type)
        add_names(grammar, type, tag, names);
    return names;
}

/* The same as one text, each name between `before` and `after`: "<lesson>, <break>". */
static char *list_within(const struct grammar *grammar, const xmlNode *element, const char *tag,
                         const char *before, const char *after)
{
    GString *list = g_string_new(NULL);
    GPtrArray *names = names_within(grammar, element, tag);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(list, "%s%s%s%s", i ? ", " : "", before, (char *)names->pdata[i], after);
    if (names->len == 0)
        g_string_append(list, "nothing");
    g_ptr_array_unref(names);
    return g_string_free(list, FALSE);
}

static xmlNode *type_of_attribute(const struct grammar *grammar, const xmlNode *element,
                                  const char *attribute)
{
    xmlNode *root = xmlDocGetRootElement(grammar->xsd);
    xmlNode *type = type_of_element(grammar, element), *found = NULL;
    for (xmlNode *node = type; node && !found; node = next_below(type, node)) {
        const char *group = is(node, "attributeGroup") ? attribute_value(node, "ref") : NULL;
        found =
            declaration(group ? declaration(root, "attributeGroup", group) : node, "attribute", attribute);
    }
    return type_named(grammar, attribute_value(found, "type"));
}

char *grammar_accepted(const struct grammar *grammar, const xmlNode *element, const char *attribute)
{
    xmlNode *type =
        attribute ? type_of_attribute(grammar, element, attribute) : type_of_element(grammar, element);
    for (xmlNode *node = type; node; node = next_below(type, node))
        if (is(node, "documentation"))
            return g_strdup((const char *)node->children->content);
    return g_strdup("something else");
}

/* --- looking at the document */

char *grammar_found(const xmlNode *element, const char *attribute)
{
    xmlChar *value = attribute ? xmlGetNoNsProp(element, BAD_CAST attribute) : xmlNodeGetContent(element);
    const char *text = value ? (const char *)value : "";
    const bool longer = g_utf8_strlen(text, -1) > SHOWN_CHARACTERS;
    char *shown = longer ? g_utf8_substring(text, 0, SHOWN_CHARACTERS) : g_strdup(text);
    char *quoted = g_strdup_printf("\"%s%s\"", shown, longer ? "…" : "");
    g_free(shown);
    xmlFree(value);
    return quoted;
}

bool grammar_has_refused(const xmlNode *element, const char *attribute)
{
    if (!attribute)
        return element->_private != NULL;
    xmlAttr *found = xmlHasNsProp(element, BAD_CAST attribute, NULL);
    return found && found->_private;
}

static void mark_refused(xmlNode *element, const char *attribute)
{
    xmlAttr *found = attribute ? xmlHasNsProp(element, BAD_CAST attribute, NULL) : NULL;
    if (found)
        found->_private = found;
    else if (!attribute)
        element->_private = element;
}

/* xsi:schemaLocation would make libxml2 load files, xsi:type change the grammar. They are there for editors.
 */
static void remove_hints(xmlDoc *document)
{
    xmlNode *root = xmlDocGetRootElement(document);
    for (xmlNode *node = root; node; node = next_below(root, node)) {
        xmlAttr *next;
        for (xmlAttr *at = node->type == XML_ELEMENT_NODE ? node->properties : NULL; at; at = next) {
            next = at->next;
            if (at->ns && xmlStrEqual(at->ns->href, BAD_CAST "http://www.w3.org/2001/XMLSchema-instance"))
                xmlRemoveProp(at);
        }
    }
}

/* --- what libxml2 finds, in words */

__attribute__((format(printf, 3, 4))) static void report(const struct validation *validation,
                                                         const xmlNode *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    diagnostics_add(validation->diagnostics, SEVERITY_ERROR, validation->file, node ? xml_line(node) : 0,
                    "%s", text);
    g_free(text);
}

/* The attribute that a message of libxml2 is about: "Element '{urn:x}lesson', attribute 'fill': ..." */
static char *attribute_in(const char *message)
{
    static const char between[] = "', attribute '";
    const char *name = g_str_has_prefix(message, "Element '") ? strchr(message + 9, '\'') : NULL;
    if (!name || !g_str_has_prefix(name, between))
        return NULL;
    name += strlen(between);
    return g_strndup(name, strcspn(name, "'"));
}

static void report_value(const struct validation *validation, xmlNode *node, const char *attribute)
{
    char *accepted = grammar_accepted(validation->grammar, node, attribute);
    char *found = grammar_found(node, attribute);
    report(validation, node, "%s%s<%s> is %s; accepted is %s", attribute ? attribute : "",
           attribute ? " of " : "", node->name, found, accepted);
    mark_refused(node, attribute);
    g_free(found);
    g_free(accepted);
}

static void report_missing(const struct validation *validation, const xmlNode *node, const char *attribute)
{
    char *accepted = grammar_accepted(validation->grammar, node, attribute);
    report(validation, node, "<%s> has no %s; accepted is %s", node->name, attribute, accepted);
    g_free(accepted);
}

static void report_attribute(const struct validation *validation, const xmlNode *node, const char *attribute)
{
    char *accepted = list_within(validation->grammar, node, "attribute", "", "");
    report(validation, node, "%s is not an attribute of <%s>; accepted are %s", attribute, node->name,
           accepted);
    g_free(accepted);
}

static void report_content(const struct validation *validation, xmlNode *node, const char *found)
{
    char *accepted = list_within(validation->grammar, node, "element", "<", ">");
    report(validation, node, "<%s> holds %s; accepted in it is %s", node->name, found, accepted);
    mark_refused(node, NULL);
    g_free(accepted);
}

/* A message of libxml2 that none of the above words better, without the names of namespaces. */
static void report_as_is(const struct validation *validation, const xmlNode *node, const char *message)
{
    GString *text = g_string_new(NULL);
    for (const char *c = message; *c; c++) {
        const char *end = *c == '{' ? strchr(c, '}') : NULL;
        if (end)
            c = end;
        else
            g_string_append_c(text, *c);
    }
    report(validation, node, "%s", text->str);
    g_string_free(text, TRUE);
}

static void collect_unexpected(void *context, xmlError *error)
{
    struct validation *validation = context;
    xmlNode *node = error->node;
    if (error->code == XML_SCHEMAV_ELEMENT_CONTENT && node)
        g_ptr_array_add(validation->unexpecting, node->parent);
}

static void explain(void *context, xmlError *error)
{
    const struct validation *validation = context;
    xmlNode *node = error->node;
    if (!node || node->type != XML_ELEMENT_NODE)
        return report_as_is(validation, node, error->message);
    char *attribute = attribute_in(error->message);
    switch (error->code) {
    case XML_SCHEMAV_CVC_TYPE_3_1_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_1:
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_3_2_2:
        report_attribute(validation, node, attribute ? attribute : "this");
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_4:
        report_missing(validation, node, error->str1);
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_1:
        report_content(validation, node, "text or elements");
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_2:
    case XML_SCHEMAV_CVC_TYPE_3_1_2:
        report(validation, node, "<%s> holds elements; accepted in it is text", node->name);
        mark_refused(node, NULL);
        break;
    case XML_SCHEMAV_CVC_COMPLEX_TYPE_2_3:
        report_content(validation, node, "text");
        break;
    default:
        if (error->code >= XML_SCHEMAV_CVC_DATATYPE_VALID_1_2_1 &&
            error->code <= XML_SCHEMAV_CVC_ENUMERATION_VALID)
            report_value(validation, node, attribute);
        else
            report_as_is(validation, node, error->message);
    }
    g_free(attribute);
}

/* --- validating */

static int validate(struct validation *validation, xmlDoc *document, xmlStructuredErrorFunc heard)
{
    xmlSchemaValidCtxt *context = xmlSchemaNewValidCtxt(validation->grammar->schema);
    xmlSchemaSetValidStructuredErrors(context, heard, validation);
    int result = xmlSchemaValidateDoc(context, document);
    xmlSchemaFreeValidCtxt(context);
    return result;
}

static const char *target(const struct grammar *grammar)
{
    return attribute_value(xmlDocGetRootElement(grammar->xsd), "targetNamespace");
}

static bool is_target(const struct grammar *grammar, const xmlNode *node)
{
    return node->ns && xmlStrEqual(node->ns->href, BAD_CAST target(grammar));
}

static void report_unexpected(const struct validation *validation, const xmlNode *child)
{
    const xmlNode *parent = child->parent;
    char *accepted = list_within(validation->grammar, parent, "element", "<", ">");
    report(validation, child, "<%s>%s is not expected in <%s>; accepted are %s", child->name,
           is_target(validation->grammar, child) ? "" : " of another namespace", parent->name, accepted);
    g_free(accepted);
}

static void remove_unexpected(const struct validation *validation, xmlNode *parent)
{
    GPtrArray *names = names_within(validation->grammar, parent, "element");
    xmlNode *next;
    for (xmlNode *child = xmlFirstElementChild(parent); child; child = next) {
        next = xmlNextElementSibling(child);
        if (is_target(validation->grammar, child) &&
            g_ptr_array_find_with_equal_func(names, child->name, g_str_equal, NULL))
            continue;
        report_unexpected(validation, child);
        xmlUnlinkNode(child);
        xmlFreeNode(child);
    }
    g_ptr_array_unref(names);
}

/* The root is refused here and not by libxml2, whose answer does not say what is accepted. */
static bool is_root(const struct validation *validation, xmlDoc *document)
{
    xmlNode *xsd = xmlDocGetRootElement(validation->grammar->xsd), *root = xmlDocGetRootElement(document);
    const char *name = NULL;
    for (xmlNode *node = xmlFirstElementChild(xsd); node && !name; node = xmlNextElementSibling(node))
        name = is(node, "element") ? attribute_value(node, "name") : NULL;
    if (is(root, name) && is_target(validation->grammar, root))
        return true;
    report(validation, root, "the file begins with <%s> of namespace \"%s\"; accepted is <%s xmlns=\"%s\">",
           root->name, root->ns ? (const char *)root->ns->href : "", name, target(validation->grammar));
    return false;
}

bool grammar_validate(const struct grammar *grammar, xmlDoc *document, const char *file,
                      struct diagnostics *diagnostics)
{
    struct validation validation = {grammar, file, diagnostics, g_ptr_array_new()};
    remove_hints(document);
    const bool known = is_root(&validation, document);
    bool again = known;
    while (again && validate(&validation, document, collect_unexpected) != 0) {
        again = validation.unexpecting->len > 0;
        for (guint i = 0; i < validation.unexpecting->len; i++)
            remove_unexpected(&validation, validation.unexpecting->pdata[i]);
        g_ptr_array_set_size(validation.unexpecting, 0);
        if (!again)
            validate(&validation, document, explain);
    }
    g_ptr_array_unref(validation.unexpecting);
    return known;
}
