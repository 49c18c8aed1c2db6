/* timetables/NAME.xml into items. The grammar has refused what is written wrongly; here are the rest of the
 * rules for one file: real dates, ranges, known services, a title, each detail once, and no contradiction
 * between two items (ledger.h). */
#include "schedules/timetable.h"

#include <glib.h>
#include <string.h>

#include "schedules/item.h"
#include "schedules/ledger.h"
#include "schedules/texts.h"
#include "schedules/xml.h"

#define LENGTH_MAX 86399    /* 23:59:59: EN 300 468 5.2.4 codes a duration as six digits of clock time */
#define END_MAX 2145916800  /* 2038-01-01T00:00:00Z: in April that year the 16 bits of MJD end (Annex C) */
#define SERVICES_NAMED 16   /* in a message about an unknown one */
#define EPISODES_MAX 0xFFFF /* more than any series has */
#define AGE_MIN 4           /* EN 300 468 6.2.28 knows ages from 4 to 18 */
#define AGE_MAX 18

struct reading {
    struct xml *xml;
    const struct station *station;
};

/* --- attributes */

static void refuse_service(const struct reading *reading, const xmlNode *element)
{
    GString *accepted = g_string_new("a service of station.xml:");
    unsigned named = 0;
    for (size_t m = 0; m < reading->station->multiplex_count; m++)
        for (size_t s = 0; s < reading->station->multiplexes[m].service_count; s++)
            if (named++ < SERVICES_NAMED)
                g_string_append_printf(accepted, "%s %s", named > 1 ? "," : "",
                                       reading->station->multiplexes[m].services[s].id);
    if (named > SERVICES_NAMED)
        g_string_append(accepted, ", ...");
    xml_refuse(reading->xml, element, "service", accepted->str);
    g_string_free(accepted, TRUE);
}

static void parse_service(const struct reading *reading, const xmlNode *element, struct item *item)
{
    char *id = xml_get_string(element, "service");
    item->service = id ? station_get_service(reading->station, id, &item->multiplex) : NULL;
    if (item->service)
        item->service_index =
            (size_t)(item->service - reading->station->multiplexes[item->multiplex].services);
    else if (id)
        refuse_service(reading, element);
    g_free(id);
}

/* The length stays 0 unless both are known: then the item has a place in time. */
static void parse_time(const struct reading *reading, const xmlNode *element, struct item *item)
{
    uint32_t ns;
    int64_t length;
    char *start = xml_get_string(element, "start"), *text = xml_get_string(element, "length");
    const bool starts = start && calendar_parse_instant(start, reading->station->zone, &item->start, &ns) &&
                        item->start >= 0 && item->start < END_MAX;
    const bool lasts = text && calendar_parse_length(text, &length, &ns) && length <= LENGTH_MAX;
    if (start && !starts)
        xml_refuse(reading->xml, element, "start", NULL);
    if (text && !lasts)
        xml_refuse(reading->xml, element, "length", NULL);
    if (starts && lasts)
        item->length = length;
    g_free(start);
    g_free(text);
}

static void parse_event_id(const struct reading *reading, const xmlNode *element, struct item *item)
{
    uint64_t event_id = item->id ? item_event_id(item->id) : 1;
    xml_get_number(reading->xml, element, "event-id", 1, 0xFFFE, &event_id);
    item->event_id = (uint16_t)event_id;
}

static void parse_attributes(const struct reading *reading, const xmlNode *element, struct item *item)
{
    item->id = xml_get_string(element, "id");
    item->source = xml_get_path(reading->xml, element, "source");
    item->break_kind = xml_get_string(element, "kind");
    char *fill = xml_get_string(element, "fill");
    item->fill = g_strcmp0(fill, "loop") == 0 ? FILL_LOOP : FILL_FALLBACK;
    g_free(fill);
    uint64_t age = 0;
    xml_get_number(reading->xml, element, "minimum-age", AGE_MIN, AGE_MAX, &age);
    item->minimum_age = (int)age;
    parse_service(reading, element, item);
    parse_time(reading, element, item);
    parse_event_id(reading, element, item);
}

/* --- what an item holds */

static char *get_detail(const struct reading *reading, const xmlNode *element, const char *name)
{
    const xmlNode *child = xml_get_child(reading->xml, element, name, false);
    return child ? xml_get_text(child) : NULL;
}

static void parse_episode(const struct reading *reading, const xmlNode *element, struct item *item)
{
    const xmlNode *episode = xml_get_child(reading->xml, element, "episode", false);
    if (!episode)
        return;
    uint64_t number = 0, of = 0;
    item->series = xml_get_string(episode, "series");
    xml_get_number(reading->xml, episode, "number", 1, EPISODES_MAX, &number);
    xml_get_number(reading->xml, episode, "of", 1, EPISODES_MAX, &of);
    if (of && number > of)
        xml_refuse(reading->xml, episode, "number", "a number up to that of the attribute `of'");
    item->episode = (int)number;
    item->episodes = (int)of;
}

static void parse_details(const struct reading *reading, const xmlNode *element, struct item *item)
{
    item->subject = get_detail(reading, element, "subject");
    item->teacher = get_detail(reading, element, "teacher");
    item->school = get_detail(reading, element, "school");
    char *grade = get_detail(reading, element, "grade");
    item->grade = grade ? (int)g_ascii_strtoll(grade, NULL, 10) : 0;
    g_free(grade);
    const xmlNode *textbook = xml_get_child(reading->xml, element, "textbook", false);
    if (textbook) {
        item->textbook = xml_get_string(textbook, "edition");
        item->textbook_unit = xml_get_string(textbook, "unit");
    }
    parse_episode(reading, element, item);
}

/* Returns whether there is any title, sound or not. */
static bool parse_texts(const struct reading *reading, const xmlNode *element, struct item *item)
{
    bool titled = false;
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)element); child;
         child = xmlNextElementSibling(child)) {
        if (xml_is(child, "title")) {
            texts_parse(&item->title, reading->xml, child);
            titled = true;
        } else if (xml_is(child, "description")) {
            texts_parse(&item->description, reading->xml, child);
        }
    }
    return titled;
}

static struct item parse_item(const struct reading *reading, const xmlNode *element, const char *file)
{
    struct item item = {.file = file, .line = xml_line(element)};
    item.kind = xml_is(element, "lesson") ? ITEM_LESSON : xml_is(element, "break") ? ITEM_BREAK : ITEM_FILLER;
    parse_attributes(reading, element, &item);
    const bool titled = parse_texts(reading, element, &item);
    if (item.kind == ITEM_LESSON) {
        parse_details(reading, element, &item);
        if (!titled)
            xml_fault(reading->xml, element, "<lesson> has no <title>; accepted is one per language");
    }
    if (item.kind == ITEM_BREAK && !titled && !xmlHasNsProp(element, BAD_CAST "kind", NULL))
        xml_fault(reading->xml, element, "<break> has neither kind nor <title>; accepted is one of them");
    item_set_default_titles(&item);
    return item;
}

/* --- the file */

static void check_together(const struct timetable *timetable, const struct station *station,
                           struct diagnostics *diagnostics)
{
    struct ledger *ledger = ledger_new(station);
    for (size_t i = 0; i < timetable->count; i++) {
        const struct item *item = &timetable->items[i];
        if (item->id && item->service && item->length && ledger_accepts(ledger, item, diagnostics))
            ledger_enter(ledger, item);
    }
    ledger_free(&ledger);
}

static struct timetable *parse(struct xml *xml, const char *file, const struct station *station,
                               struct diagnostics *diagnostics)
{
    if (!xml)
        return NULL;
    const struct reading reading = {xml, station};
    struct timetable *timetable = g_new0(struct timetable, 1);
    timetable->file = g_strdup(file);
    GArray *items = g_array_new(FALSE, FALSE, sizeof(struct item));
    for (xmlNode *child = xmlFirstElementChild(xml_root(xml)); child; child = xmlNextElementSibling(child)) {
        struct item item = parse_item(&reading, child, timetable->file);
        g_array_append_val(items, item);
    }
    timetable->count = items->len;
    timetable->items = (struct item *)(void *)g_array_free(items, FALSE);
    check_together(timetable, station, diagnostics);
    if (xml_failed(xml))
        timetable_free(&timetable);
    xml_free(&xml);
    return timetable;
}

struct timetable *timetable_parse(const char *file, const struct station *station,
                                  struct diagnostics *diagnostics)
{
    const size_t first = diagnostics->count;
    struct timetable *timetable =
        parse(xml_parse(file, GRAMMAR_TIMETABLE, diagnostics), file, station, diagnostics);
    diagnostics_sort(diagnostics, first);
    return timetable;
}

struct timetable *timetable_parse_bytes(const void *bytes, size_t length, const char *file,
                                        const struct station *station, struct diagnostics *diagnostics)
{
    const size_t first = diagnostics->count;
    struct xml *xml = xml_parse_bytes(bytes, length, file, GRAMMAR_TIMETABLE, diagnostics);
    struct timetable *timetable = parse(xml, file, station, diagnostics);
    diagnostics_sort(diagnostics, first);
    return timetable;
}

void timetable_free(struct timetable **timetable)
{
    struct timetable *old = *timetable;
    *timetable = NULL;
    if (!old)
        return;
    for (size_t i = 0; i < old->count && !old->compiled; i++)
        item_fini(&old->items[i]);
    g_free(old->texts);
    g_free(old->items);
    g_free(old->file);
    g_free(old);
}
