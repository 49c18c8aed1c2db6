/* JSON through jansson, which keeps the order in which members are set. */
#include "schedules/export/json.h"

#include "schedules/item.h"
#include "schedules/texts.h"

json_t *json_texts(const struct texts *texts)
{
    json_t *object = json_object();
    for (size_t i = 0; i < texts->count; i++)
        json_object_set_new(object, language_tag(texts->list[i].language), json_string(texts->list[i].utf8));
    return object;
}

GString *json_text(json_t *document, size_t flags)
{
    char *text = json_dumps(document, flags);
    g_assert(text); /* every text of the plan is UTF-8 */
    GString *safe = g_string_new(text);
    g_string_replace(safe, "<", "\\u003c", 0); /* JSON has it inside strings only */
    free(text);
    json_decref(document);
    return safe;
}

static void set_time(json_t *object, const char *name, int64_t at, const struct zone *zone)
{
    char text[CALENDAR_TEXT];
    json_object_set_new(object, name, json_string(calendar_text(at, zone, text)));
}

static void set_text(json_t *object, const char *name, const char *utf8)
{
    if (utf8)
        json_object_set_new(object, name, json_string(utf8));
}

static void set_number(json_t *object, const char *name, int number)
{
    if (number > 0)
        json_object_set_new(object, name, json_integer(number));
}

static void set_texts(json_t *object, const char *name, const struct texts *texts)
{
    if (texts->count > 0)
        json_object_set_new(object, name, json_texts(texts));
}

static void set_textbook(json_t *object, const struct item *item)
{
    if (!item->textbook)
        return;
    json_t *textbook = json_object();
    set_text(textbook, "edition", item->textbook);
    set_text(textbook, "unit", item->textbook_unit);
    json_object_set_new(object, "textbook", textbook);
}

static json_t *make_item(const struct edition *edition, const struct item *item)
{
    json_t *object = json_object();
    const struct item *first = edition_first_run(edition, item);
    set_text(object, "id", item->id);
    json_object_set_new(object, "event_id", json_integer(item->event_id));
    set_text(object, "kind", item_kind_name(item->kind));
    set_text(object, "break", item->break_kind);
    set_time(object, "start", item->start, edition->station->zone);
    set_time(object, "end", item->start + item->length, edition->station->zone);
    set_texts(object, "title", &item->title);
    set_texts(object, "description", &item->description);
    set_text(object, "subject", item->subject);
    set_number(object, "grade", item->grade);
    set_number(object, "minimum_age", item->minimum_age);
    set_text(object, "teacher", item->teacher);
    set_text(object, "school", item->school);
    set_textbook(object, item);
    set_text(object, "series", item->series);
    set_number(object, "episode", item->episode);
    set_number(object, "episodes", item->episodes);
    set_text(object, "repeat_of", first ? first->id : NULL);
    return object;
}

static json_t *make_service(const struct edition *edition, const struct edition_service *service)
{
    json_t *object = json_object(), *items = json_array();
    const struct item *item;
    set_text(object, "id", service->service->id);
    set_texts(object, "name", &service->service->name);
    set_number(object, "grade", service->service->grade);
    json_object_set_new(object, "original_network_id",
                        json_integer(service->multiplex->network->original_network_id));
    json_object_set_new(object, "transport_stream_id", json_integer(service->multiplex->transport_stream_id));
    json_object_set_new(object, "service_id", json_integer(service->service->service_id));
    for (size_t index = 0; (item = edition_next_event(edition, service, &index));)
        json_array_append_new(items, make_item(edition, item));
    json_object_set_new(object, "items", items);
    return object;
}

GPtrArray *json_guide_build(const struct edition *edition)
{
    json_t *guide = json_object(), *services = json_array();
    GPtrArray *files = export_files_new();
    set_text(guide, "station", edition->station->id);
    set_texts(guide, "network", &edition->station->networks[0].name);
    set_text(guide, "timezone", edition->station->timezone);
    set_time(guide, "revised", edition->revised_at, edition->station->zone);
    for (size_t i = 0; i < edition->service_count; i++)
        json_array_append_new(services, make_service(edition, &edition->services[i]));
    json_object_set_new(guide, "services", services);
    export_files_add(files, g_string_append_c(json_text(guide, JSON_INDENT(2)), '\n'), "guide.json");
    return files;
}
