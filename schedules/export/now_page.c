/* Cards without a time in them are written here; the script fills them from the data. A programme that is
 * shown often is in the data once. */
#include "schedules/export/now_page.h"

#include "schedules/export/html.h"
#include "schedules/export/json.h"
#include "schedules/export/week_page.h"
#include "schedules/texts.h"

#define DAY 86400

struct programmes {
    json_t *list;
    GHashTable *numbers; /* of each, by its text */
};

static json_t *make_programme(const struct item *item)
{
    json_t *titles = json_array(), *who = json_array();
    for (size_t i = 0; i < item->title.count; i++)
        json_array_append_new(
            titles, json_pack("[ss]", language_tag(item->title.list[i].language), item->title.list[i].utf8));
    if (item->subject)
        json_array_append_new(who, json_string(item->subject));
    if (item->teacher)
        json_array_append_new(who, json_string(item->teacher));
    return json_pack("{soso}", "title", titles, "who", who);
}

static json_int_t get_number(struct programmes *programmes, const struct item *item)
{
    json_t *programme = make_programme(item);
    char *text = json_dumps(programme, JSON_COMPACT);
    gpointer number;
    if (!g_hash_table_lookup_extended(programmes->numbers, text, NULL, &number)) {
        number = GSIZE_TO_POINTER(json_array_size(programmes->list));
        json_array_append(programmes->list, programme);
        g_hash_table_insert(programmes->numbers, g_strdup(text), number);
    }
    free(text);
    json_decref(programme);
    return (json_int_t)GPOINTER_TO_SIZE(number);
}

/* Three numbers for each event: start, length, programme. */
static json_t *make_events(const struct edition *edition, const struct edition_service *service,
                           struct programmes *programmes)
{
    json_t *events = json_array();
    const struct item *item;
    for (size_t index = 0; (item = edition_next_event(edition, service, &index));) {
        json_array_append_new(events, json_integer(item->start));
        json_array_append_new(events, json_integer(item->length));
        json_array_append_new(events, json_integer(get_number(programmes, item)));
    }
    return events;
}

static json_t *make_weeks(const struct edition_service *service, const GArray *mondays)
{
    json_t *weeks = json_array();
    for (guint i = 0; i < mondays->len; i++) {
        char date[CALENDAR_TEXT], *link = week_page_link(service, g_array_index(mondays, int64_t, i));
        calendar_format(g_array_index(mondays, int64_t, i) * DAY, NULL, "%Y-%m-%d", date);
        json_array_append_new(weeks, json_pack("[ss]", date, link));
        g_free(link);
    }
    return weeks;
}

/* [instant, seconds east of UTC from then on], so that the page needs no zone database. */
static json_t *make_zone(const struct edition *edition)
{
    json_t *zone = json_array();
    int64_t first = INT64_MAX, last = INT64_MIN;
    for (size_t i = 0; i < edition->service_count; i++) {
        const struct item *item;
        for (size_t index = 0; (item = edition_next_event(edition, &edition->services[i], &index));) {
            first = MIN(first, item->start);
            last = MAX(last, item->start + item->length);
        }
    }
    if (first > last)
        first = last = edition->revised_at;
    for (; first <= last; first = zone_next_change(edition->station->zone, first))
        json_array_append_new(
            zone, json_pack("[Ii]", (json_int_t)first, (int)zone_offset(edition->station->zone, first)));
    return zone;
}

static GString *make_data(const struct edition *edition, GArray *const *mondays)
{
    struct programmes programmes = {json_array(),
                                    g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL)};
    json_t *services = json_array();
    for (size_t i = 0; i < edition->service_count; i++)
        json_array_append_new(services,
                              json_pack("{soso}", "weeks", make_weeks(&edition->services[i], mondays[i]),
                                        "events", make_events(edition, &edition->services[i], &programmes)));
    g_hash_table_unref(programmes.numbers);
    return json_text(json_pack("{sososo}", "zone", make_zone(edition), "programmes", programmes.list,
                               "services", services),
                     JSON_COMPACT);
}

static void append_slot(GString *html, const char *name, const char *label)
{
    g_string_append_printf(
        html,
        "<span class=\"slot %s\"><span class=\"label\">%s</span> <span class=\"times\"></span>"
        "<span class=\"texts\"></span><span class=\"who\"></span></span>\n",
        name, label);
}

static GString *make_cards(const struct edition *edition, GArray *const *mondays)
{
    GString *html = g_string_new(NULL);
    for (size_t i = 0; i < edition->service_count; i++) {
        const struct edition_service *service = &edition->services[i];
        g_string_append(html, "<li><a class=\"card\"");
        if (mondays[i]->len > 0) {
            char *link = week_page_link(service, g_array_index(mondays[i], int64_t, 0));
            g_string_append_printf(html, " href=\"./%s\"", link);
            g_free(link);
        }
        char *name = html_heading(&service->service->name);
        g_string_append_printf(html, ">\n<span class=\"name\">%s</span>\n", name);
        g_free(name);
        append_slot(html, "now", "正在播出 <i lang=\"en\">Now</i>");
        g_string_append(html, "<span class=\"bar\"><span></span></span>\n");
        append_slot(html, "next", "接下来 <i lang=\"en\">Next</i>");
        g_string_append(html, "</a></li>\n");
    }
    return html;
}

GString *now_page_build(const struct edition *edition, GArray *const *mondays)
{
    const struct station *station = edition->station;
    GString *data = make_data(edition, mondays), *cards = make_cards(edition, mondays);
    char revised[CALENDAR_TEXT], *network = html_join(&station->networks[0].name);
    char *heading = html_heading(&station->networks[0].name);
    const struct html_field fields[] = {
        {"language", language_tag(station->networks[0].name.list[0].language)},
        {"style", template_style},
        {"script", template_script},
        {"network", network},
        {"heading", heading},
        {"cards", cards->str},
        {"data", data->str},
        {"timezone", station->timezone},
        {"revised", calendar_format(edition->revised_at, station->zone, "%Y-%m-%d %H:%M", revised)},
        {NULL, NULL}};
    GString *html = html_fill(template_now, fields);
    g_string_free(data, TRUE);
    g_string_free(cards, TRUE);
    g_free(heading);
    g_free(network);
    return html;
}
