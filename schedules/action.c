/* One table says which attributes an action has: it is read and written by it. */
#include "schedules/action.h"

#include <glib.h>
#include <libxml/parser.h>
#include <string.h>

#include "schedules/calendar.h"
#include "schedules/xml.h"

#define NAMESPACE "urn:chalkcast:actions:1"
#define REVISION_MAX UINT32_MAX
#define LENGTH_MAX 86399 /* that of an item (timetable.c) */

static const char *const names[ACTION_KINDS] = {
    [ACTION_CANCEL] = "cancel",   [ACTION_REPLACE] = "replace", [ACTION_DELAY] = "delay",
    [ACTION_CUT] = "cut",         [ACTION_REPEAT] = "repeat",   [ACTION_HOLD] = "hold",
    [ACTION_RELEASE] = "release", [ACTION_SLATE] = "slate",     [ACTION_NOTICE] = "notice",
    [ACTION_OUTPUT] = "output"};

const char *action_name(enum action_kind kind)
{
    return names[kind];
}

enum action_kind action_kind_of(const char *name)
{
    enum action_kind kind = 0;
    while (kind < ACTION_KINDS && strcmp(names[kind], name) != 0)
        kind++;
    return kind;
}

const char *action_object(const struct action *action)
{
    return action->item ? action->item : action->on ? action->on : action->output;
}

bool action_is_on(const struct action *action, const struct service *service)
{
    char **ids = g_strsplit(action->on, " ", -1);
    const bool is_on = g_strv_contains((const char *const *)ids, service->id);
    g_strfreev(ids);
    return is_on;
}

bool actions_output_is_on(const struct actions *actions, const struct output *output, int64_t second)
{
    const struct action *last = NULL;
    for (size_t i = 0; actions && i < actions->count; i++) {
        const struct action *action = &actions->list[i];
        if (action->kind == ACTION_OUTPUT && action->from <= second &&
            (!last || action->from >= last->from) && strcmp(action->output, output->name) == 0)
            last = action;
    }
    return last ? !last->off : !output->standby;
}

/* --- the list */

static void action_fini(struct action *action)
{
    g_free(action->item);
    g_free(action->source);
    g_free(action->on);
    g_free(action->text);
    g_free(action->output);
}

struct actions *actions_new(const char *file)
{
    struct actions *actions = g_new0(struct actions, 1);
    actions->file = g_strdup(file);
    return actions;
}

void actions_free(struct actions **actions)
{
    for (size_t i = 0; *actions && i < (*actions)->count; i++)
        action_fini(&(*actions)->list[i]);
    if (*actions) {
        g_free((*actions)->list);
        g_free((*actions)->file);
    }
    g_clear_pointer(actions, g_free);
}

/* Takes its strings. */
static void append(struct actions *actions, struct action action)
{
    actions->list = g_renew(struct action, actions->list, actions->count + 1);
    actions->list[actions->count++] = action;
}

void actions_add(struct actions *actions, const struct action *action)
{
    struct action copy = *action;
    copy.item = g_strdup(action->item);
    copy.source = g_strdup(action->source);
    copy.on = g_strdup(action->on);
    copy.text = g_strdup(action->text);
    copy.output = g_strdup(action->output);
    append(actions, copy);
}

bool actions_remove(struct actions *actions, uint32_t revision)
{
    size_t kept = 0;
    for (size_t i = 0; i < actions->count; i++)
        if (actions->list[i].revision == revision)
            action_fini(&actions->list[i]);
        else
            actions->list[kept++] = actions->list[i];
    const bool any = kept < actions->count;
    actions->count = kept;
    return any;
}

/* --- reading */

static void parse_instant(const struct xml *xml, const xmlNode *element, const char *name, int64_t *second)
{
    uint32_t ns;
    char *text = xml_get_string(element, name);
    if (text && !calendar_parse_instant(text, NULL, second, &ns))
        xml_refuse(xml, element, name, NULL);
    g_free(text);
}

static void parse_length(const struct xml *xml, const xmlNode *element, const char *name, int64_t *length)
{
    uint32_t ns;
    char *text = xml_get_string(element, name);
    if (text && (!calendar_parse_length(text, length, &ns) || *length > LENGTH_MAX))
        xml_refuse(xml, element, name, NULL);
    g_free(text);
}

static void parse_on(const struct xml *xml, const xmlNode *element, const struct station *station,
                     struct action *action)
{
    size_t multiplex;
    action->on = xml_get_string(element, "on");
    char **ids = g_strsplit(action->on ? action->on : "", " ", -1);
    for (size_t i = 0; ids[i]; i++)
        if (!station_get_service(station, ids[i], &multiplex))
            xml_refuse(xml, element, "on", "services of station.xml");
    g_strfreev(ids);
}

static bool is_word(const xmlNode *element, const char *name, const char *word)
{
    char *text = xml_get_string(element, name);
    const bool is_word = g_strcmp0(text, word) == 0;
    g_free(text);
    return is_word;
}

/* One that is gone is no reason to lose all other actions. */
static void check_output(const struct station *station, const struct action *action, const char *file,
                         struct diagnostics *diagnostics)
{
    if (action->output && !station_get_output(station, action->output))
        diagnostics_add(
            diagnostics, SEVERITY_WARNING, file, action->line,
            "output of %s is left out: there is no output of this name in station.xml; `chalkcast "
            "act revoke %u` takes it out for good",
            action->output, action->revision);
}

static struct action parse_action(const struct xml *xml, const xmlNode *element,
                                  const struct station *station)
{
    struct action action = {.kind = action_kind_of((const char *)element->name), .line = xml_line(element)};
    uint64_t revision = 0;
    xml_get_number(xml, element, "revision", 1, REVISION_MAX, &revision);
    action.revision = (uint32_t)revision;
    parse_instant(xml, element, "from", &action.from);
    parse_instant(xml, element, "at", &action.at);
    parse_length(xml, element, "by", &action.by);
    parse_length(xml, element, "length", &action.length);
    parse_on(xml, element, station, &action);
    action.item = xml_get_string(element, "item");
    action.source = xml_get_path(xml, element, "source");
    action.text = xml_get_string(element, "text");
    action.output = xml_get_string(element, "name");
    action.shift = is_word(element, "shift", "yes");
    action.off = is_word(element, "state", "off");
    return action;
}

struct actions *actions_parse_bytes(const void *bytes, size_t length, const char *file,
                                    const struct station *station, struct diagnostics *diagnostics)
{
    struct xml *xml = xml_parse_bytes(bytes, length, file, GRAMMAR_ACTIONS, diagnostics);
    if (!xml)
        return NULL;
    struct actions *actions = actions_new(file);
    for (xmlNode *child = xmlFirstElementChild(xml_root(xml)); child; child = xmlNextElementSibling(child)) {
        append(actions, parse_action(xml, child, station));
        check_output(station, &actions->list[actions->count - 1], file, diagnostics);
    }
    if (xml_failed(xml))
        actions_free(&actions);
    xml_free(&xml);
    return actions;
}

/* --- writing */

static void put(xmlNode *element, const char *name, const char *value)
{
    if (value)
        xmlNewProp(element, BAD_CAST name, BAD_CAST value);
}

static void put_instant(xmlNode *element, const char *name, int64_t second)
{
    char text[CALENDAR_TEXT];
    put(element, name, calendar_format(second, NULL, "%Y-%m-%dT%H:%M:%SZ", text));
}

static void put_length(xmlNode *element, const char *name, int64_t seconds)
{
    char text[32];
    g_snprintf(text, sizeof text, "PT%" G_GINT64_FORMAT "S", seconds);
    if (seconds)
        put(element, name, text);
}

static void put_action(xmlNode *root, const struct action *action)
{
    char revision[16];
    g_snprintf(revision, sizeof revision, "%u", action->revision);
    xmlAddChild(root, xmlNewText(BAD_CAST "\n  "));
    xmlNode *element = xmlNewChild(root, NULL, BAD_CAST action_name(action->kind), NULL);
    put(element, "revision", revision);
    put_instant(element, "from", action->from);
    put(element, "name", action->output);
    if (action->output)
        put(element, "state", action->off ? "off" : "on");
    put(element, "item", action->item);
    put(element, "on", action->on);
    if (action->at)
        put_instant(element, "at", action->at);
    put_length(element, "by", action->by);
    put_length(element, "length", action->length);
    put(element, "source", action->source);
    put(element, "text", action->text);
    if (action->shift)
        put(element, "shift", "yes");
}

char *actions_build(const struct actions *actions, size_t *length)
{
    xmlDoc *document = xmlNewDoc(BAD_CAST "1.0");
    xmlNode *root = xmlNewDocNode(document, NULL, BAD_CAST "actions", NULL);
    xmlChar *text;
    int size;
    xmlDocSetRootElement(document, root);
    xmlSetNs(root, xmlNewNs(root, BAD_CAST NAMESPACE, NULL));
    for (size_t i = 0; i < actions->count; i++)
        put_action(root, &actions->list[i]);
    xmlAddChild(root, xmlNewText(BAD_CAST "\n"));
    xmlDocDumpMemoryEnc(document, &text, &size, "UTF-8");
    char *bytes = g_strndup((const char *)text, (gsize)size);
    *length = (size_t)size;
    xmlFree(text);
    xmlFreeDoc(document);
    return bytes;
}
