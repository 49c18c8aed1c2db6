/* Reading with libxml2, its dangerous parts off: no network, no document types, no limits lifted. The
 * parser's own errors go into the diagnostics as well. */
#include "schedules/xml.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <libxml/parser.h>
#include <libxml/SAX2.h>
#include <libxml/parserInternals.h>
#include <string.h>
#include <sys/stat.h>

#include "schedules/encoding.h"

#define PATH_BYTES 512  /* of a path in a file: leaves room for folders before it */
#define SYNTAX_FAULTS 8 /* reported of one file: what follows the first ones is mostly their echo */

struct xml {
    xmlDoc *document;
    struct grammar *grammar;
    char *file;
    struct diagnostics *diagnostics;
    size_t first_error;
};

/* --- parsing */

/* What the parser's callbacks need; behind xmlParserCtxt._private. */
struct parsing {
    const char *file;
    struct diagnostics *diagnostics;
    unsigned faults;
    bool refused; /* for its document type; what the parser says of that is of no use */
};

static void hear_syntax(void *context, xmlError *error)
{
    struct parsing *parsing = ((xmlParserCtxt *)context)->_private;
    if (error->level < XML_ERR_ERROR || parsing->refused || parsing->faults++ >= SYNTAX_FAULTS)
        return;
    diagnostics_add(parsing->diagnostics, SEVERITY_ERROR, parsing->file, error->line, "not XML: %s",
                    error->message);
}

static void refuse_document_type(void *context, const xmlChar *name, const xmlChar *external,
                                 const xmlChar *system)
{
    (void)name, (void)external, (void)system;
    xmlParserCtxt *parser = context;
    struct parsing *parsing = parser->_private;
    parsing->refused = true;
    diagnostics_add(parsing->diagnostics, SEVERITY_ERROR, parsing->file,
                    parser->input ? parser->input->line : 0,
                    "a document type (<!DOCTYPE) or entities are not accepted; write the text itself");
    xmlStopParser(parser);
}

/* libxml2 keeps lines of elements in 16 bits; ours are in psvi, which it leaves alone. */
static void start_element(void *context, const xmlChar *name, const xmlChar *prefix, const xmlChar *uri,
                          int namespace_count, const xmlChar **namespaces, int attribute_count,
                          int defaulted_count, const xmlChar **attributes)
{
    const xmlParserCtxt *parser = context;
    const xmlNode *before = parser->node;
    xmlSAX2StartElementNs(context, name, prefix, uri, namespace_count, namespaces, attribute_count,
                          defaulted_count, attributes);
    if (parser->node != before && parser->input)
        parser->node->psvi = GINT_TO_POINTER(parser->input->line);
}

static xmlDoc *parse_document(const char *utf8, size_t length, const char *file,
                              struct diagnostics *diagnostics)
{
    struct parsing parsing = {.file = file, .diagnostics = diagnostics};
    xmlParserCtxt *parser = xmlNewParserCtxt();
    parser->_private = &parsing;
    parser->sax->serror = hear_syntax;
    parser->sax->internalSubset = refuse_document_type;
    parser->sax->startElementNs = start_element;
    xmlDoc *document =
        xmlCtxtReadMemory(parser, utf8, (int)length, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_IGNORE_ENC);
    xmlFreeParserCtxt(parser);
    if (document && !parsing.refused && parsing.faults == 0 && xmlDocGetRootElement(document))
        return document;
    xmlFreeDoc(document);
    if (!parsing.refused && parsing.faults == 0)
        diagnostics_add(diagnostics, SEVERITY_ERROR, file, 0, "not XML; accepted is a whole XML file");
    return NULL;
}

struct xml *xml_parse_bytes(const void *bytes, size_t length, const char *file, enum grammar_kind kind,
                            struct diagnostics *diagnostics)
{
    const size_t first_error = diagnostics->errors;
    if (length > XML_FILE_MAX) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, file, 0, "has %zu bytes; accepted are %d MB at most",
                        length, XML_FILE_MAX >> 20);
        return NULL;
    }
    size_t utf8_length;
    char *utf8 = encoding_to_utf8(bytes, length, file, &utf8_length, diagnostics);
    xmlDoc *document = utf8 ? parse_document(utf8, utf8_length, file, diagnostics) : NULL;
    g_free(utf8);
    if (!document)
        return NULL;
    struct xml *xml = g_new(struct xml, 1);
    *xml = (struct xml){document, grammar_new(kind), g_strdup(file), diagnostics, first_error};
    if (!grammar_validate(xml->grammar, document, file, diagnostics))
        xml_free(&xml);
    return xml;
}

struct xml *xml_parse(const char *file, enum grammar_kind kind, struct diagnostics *diagnostics)
{
    GStatBuf status;
    const bool found = g_stat(file, &status) == 0;
    if (!found || !S_ISREG(status.st_mode) || status.st_size > XML_FILE_MAX) {
        const char *reason = !found                    ? g_strerror(errno)
                             : S_ISREG(status.st_mode) ? "larger than the 64 MB that are accepted"
                                                       : "not a file";
        diagnostics_add(diagnostics, SEVERITY_ERROR, file, 0, "cannot be read: %s", reason);
        return NULL;
    }
    char *bytes;
    size_t length;
    GError *error = NULL;
    if (!g_file_get_contents(file, &bytes, &length, &error)) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, file, 0, "cannot be read: %s", error->message);
        g_error_free(error);
        return NULL;
    }
    struct xml *xml = xml_parse_bytes(bytes, length, file, kind, diagnostics);
    g_free(bytes);
    return xml;
}

void xml_free(struct xml **xml)
{
    if (*xml) {
        xmlFreeDoc((*xml)->document);
        grammar_free(&(*xml)->grammar);
        g_free((*xml)->file);
    }
    g_free(*xml);
    *xml = NULL;
}

/* --- asking */

xmlNode *xml_root(const struct xml *xml)
{
    return xmlDocGetRootElement(xml->document);
}

bool xml_failed(const struct xml *xml)
{
    return xml->diagnostics->errors > xml->first_error;
}

bool xml_is(const xmlNode *element, const char *name)
{
    return xmlStrEqual(element->name, BAD_CAST name);
}

int xml_line(const xmlNode *element)
{
    return GPOINTER_TO_INT(element->psvi);
}

void xml_fault(const struct xml *xml, const xmlNode *element, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    diagnostics_add(xml->diagnostics, SEVERITY_ERROR, xml->file, xml_line(element), "%s", text);
    g_free(text);
}

void xml_refuse(const struct xml *xml, const xmlNode *element, const char *attribute, const char *accepted)
{
    char *words = accepted ? g_strdup(accepted) : grammar_accepted(xml->grammar, element, attribute);
    char *found = grammar_found(element, attribute);
    xml_fault(xml, element, "%s%s<%s> is %s; accepted is %s", attribute ? attribute : "",
              attribute ? " of " : "", element->name, found, words);
    g_free(found);
    g_free(words);
}

xmlNode *xml_get_child(const struct xml *xml, const xmlNode *parent, const char *name, bool required)
{
    xmlNode *found = NULL;
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)parent); child;
         child = xmlNextElementSibling(child)) {
        if (!xml_is(child, name))
            continue;
        if (found)
            xml_fault(xml, child, "a second <%s> in <%s>; accepted is one", name, parent->name);
        else
            found = child;
    }
    if (!found && required)
        xml_fault(xml, parent, "<%s> has no <%s>; accepted is one", parent->name, name);
    return found;
}

/* In place: white space of XML at the ends goes, between words becomes one space. */
static char *collapse(char *text)
{
    char *out = text;
    for (const char *in = text; *in; in++) {
        const bool space = strchr(" \t\r\n", *in) != NULL;
        if (!space)
            *out++ = *in;
        else if (out > text && out[-1] != ' ')
            *out++ = ' ';
    }
    if (out > text && out[-1] == ' ')
        out--;
    *out = '\0';
    return text;
}

char *xml_get_text(const xmlNode *element)
{
    if (grammar_has_refused(element, NULL))
        return NULL;
    xmlChar *content = xmlNodeGetContent(element);
    char *text = collapse(g_strdup((const char *)content));
    xmlFree(content);
    return text;
}

char *xml_get_string(const xmlNode *element, const char *attribute)
{
    if (grammar_has_refused(element, attribute))
        return NULL;
    xmlChar *value = xmlGetNoNsProp(element, BAD_CAST attribute);
    char *text = g_strdup((const char *)value);
    xmlFree(value);
    return text;
}

static bool stays_below(const char *path)
{
    bool below = strlen(path) <= PATH_BYTES;
    char **folders = g_strsplit(path, "/", -1);
    for (char **folder = folders; *folder && below; folder++)
        below = strcmp(*folder, "") != 0 && strcmp(*folder, ".") != 0 && strcmp(*folder, "..") != 0;
    g_strfreev(folders);
    return below;
}

char *xml_get_path(const struct xml *xml, const xmlNode *element, const char *attribute)
{
    char *path = xml_get_string(element, attribute);
    if (path && !stays_below(path)) {
        xml_refuse(xml, element, attribute, NULL);
        g_clear_pointer(&path, g_free);
    }
    return path;
}

bool xml_get_number(const struct xml *xml, const xmlNode *element, const char *attribute, uint64_t min,
                    uint64_t max, uint64_t *number)
{
    char *text = xml_get_string(element, attribute);
    if (!text)
        return false;
    const bool hexadecimal = g_str_has_prefix(text, "0x") || g_str_has_prefix(text, "0X");
    const uint64_t value = g_ascii_strtoull(text, NULL, hexadecimal ? 16 : 10);
    const bool within = value >= min && value <= max;
    g_free(text);
    if (within) {
        *number = value;
    } else {
        char *accepted = g_strdup_printf("a whole number from %" G_GUINT64_FORMAT " to %" G_GUINT64_FORMAT
                                         ", decimal or 0x hexadecimal",
                                         min, max);
        xml_refuse(xml, element, attribute, accepted);
        g_free(accepted);
    }
    return within;
}
