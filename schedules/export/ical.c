/* iCalendar through libical, which escapes texts and folds lines between characters. */
#include "schedules/export/ical.h"

#include <libical/ical.h>

#include "schedules/texts.h"

#define LOOK_AGAIN                                                                                           \
    "PT1H" /* an urgent replacement reaches a phone that subscribed within the next lesson or two */

static icalproperty *with_language(icalproperty *property, const char *language)
{
    icalproperty_add_parameter(property, icalparameter_new_language(language_tag(language)));
    return property;
}

static void add_extension(icalcomponent *component, const char *name, const char *value)
{
    icalproperty *property = icalproperty_new_x(value);
    icalproperty_set_x_name(property, name);
    icalcomponent_add_property(component, property);
}

static struct icaltimetype utc(int64_t at)
{
    return icaltime_from_timet_with_zone((time_t)at, 0, icaltimezone_get_utc_timezone());
}

static void append_line(GString *text, const char *label, const char *words)
{
    if (words)
        g_string_append_printf(text, "%s%s%s", text->len ? "\n" : "", label, words);
}

static void append_textbook(GString *text, const struct item *item)
{
    if (!item->textbook)
        return;
    append_line(text, "教材 Textbook: ", item->textbook);
    if (item->textbook_unit)
        g_string_append_printf(text, " · 单元 Unit %s", item->textbook_unit);
}

static void append_episode(GString *text, const struct item *item)
{
    if (item->episode <= 0)
        return;
    g_string_append_printf(text, "%s集 Episode: %d", text->len ? "\n" : "", item->episode);
    if (item->episodes > 0)
        g_string_append_printf(text, "/%d", item->episodes);
}

/* What does not fit into the one line that a calendar shows: other languages, who, which book. */
static void add_description(icalcomponent *event, const struct item *item)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 1; i < item->title.count; i++)
        append_line(text, "", item->title.list[i].utf8);
    append_line(text, "学科 Subject: ", item->subject);
    append_line(text, "教师 Teacher: ", item->teacher);
    append_line(text, "学校 School: ", item->school);
    append_textbook(text, item);
    append_episode(text, item);
    for (size_t i = 0; i < item->description.count; i++)
        append_line(text, "", item->description.list[i].utf8);
    if (text->len)
        icalcomponent_add_property(
            event, with_language(icalproperty_new_description(text->str), item->title.list[0].language));
    g_string_free(text, TRUE);
}

static icalcomponent *make_event(const struct edition *edition, const struct item *item)
{
    const struct text *title = &item->title.list[0];
    char *uid = g_strdup_printf("%s@%s.chalkcast", item->id, edition->station->id);
    char *event_id = g_strdup_printf("%u", item->event_id);
    icalcomponent *event = icalcomponent_vanew(
        ICAL_VEVENT_COMPONENT, icalproperty_new_uid(uid), icalproperty_new_dtstamp(utc(edition->revised_at)),
        icalproperty_new_dtstart(utc(item->start)), icalproperty_new_dtend(utc(item->start + item->length)),
        with_language(icalproperty_new_summary(title->utf8), title->language), NULL);
    add_description(event, item);
    if (item->subject)
        icalcomponent_add_property(event, icalproperty_new_categories(item->subject));
    icalcomponent_add_property(event, icalproperty_new_transp(ICAL_TRANSP_TRANSPARENT));
    add_extension(event, "X-DVB-EVENT-ID", event_id);
    g_free(event_id);
    g_free(uid);
    return event;
}

static GString *make_calendar(const struct edition *edition, const struct edition_service *service)
{
    const struct item *item;
    icalcomponent *calendar = icalcomponent_vanew(ICAL_VCALENDAR_COMPONENT, icalproperty_new_version("2.0"),
                                                  icalproperty_new_prodid("-//chalkcast//guide 1//ZH"), NULL);
    add_extension(calendar, "X-WR-CALNAME", service->service->name.list[0].utf8);
    add_extension(calendar, "X-WR-TIMEZONE", edition->station->timezone);
    add_extension(calendar, "X-PUBLISHED-TTL", LOOK_AGAIN);
    for (size_t index = 0; (item = edition_next_event(edition, service, &index));)
        icalcomponent_add_component(calendar, make_event(edition, item));
    char *text = icalcomponent_as_ical_string_r(calendar);
    GString *content = g_string_new(text);
    free(text);
    icalcomponent_free(calendar);
    return content;
}

GPtrArray *ical_build(const struct edition *edition)
{
    GPtrArray *files = export_files_new();
    for (size_t i = 0; i < edition->service_count; i++)
        export_files_add(files, make_calendar(edition, &edition->services[i]), "%s.ics",
                         edition->services[i].service->id);
    return files;
}
