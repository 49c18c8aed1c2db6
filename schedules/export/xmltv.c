/* XMLTV through libxml2's writer, which encodes and escapes. The order of elements is the DTD's. */
#include "schedules/export/xmltv.h"

#include <libxml/xmlwriter.h>

#include "schedules/texts.h"

#define XMLTV_TIME "%Y%m%d%H%M%S %z"

struct xmltv {
    const struct edition *edition;
    xmlTextWriter *writer;
};

static void start(const struct xmltv *xmltv, const char *element)
{
    xmlTextWriterStartElement(xmltv->writer, BAD_CAST element);
}

static void end(const struct xmltv *xmltv)
{
    xmlTextWriterEndElement(xmltv->writer);
}

static void set(const struct xmltv *xmltv, const char *attribute, const char *value)
{
    xmlTextWriterWriteAttribute(xmltv->writer, BAD_CAST attribute, BAD_CAST value);
}

static void set_time(const struct xmltv *xmltv, const char *attribute, int64_t at)
{
    char text[CALENDAR_TEXT];
    set(xmltv, attribute, calendar_format(at, xmltv->edition->station->zone, XMLTV_TIME, text));
}

/* An element with a text, in a language when that is known; nothing when there is no text. */
static void put(const struct xmltv *xmltv, const char *element, const char *language, const char *utf8)
{
    if (!utf8)
        return;
    start(xmltv, element);
    if (language)
        set(xmltv, "lang", language_tag(language));
    xmlTextWriterWriteString(xmltv->writer, BAD_CAST utf8);
    end(xmltv);
}

static void put_texts(const struct xmltv *xmltv, const char *element, const struct texts *texts)
{
    for (size_t i = 0; i < texts->count; i++)
        put(xmltv, element, texts->list[i].language, texts->list[i].utf8);
}

/* The DVB triplet of ETSI TS 102 851: a name in the form of RFC 2838 for any service, whatever its id. */
static void set_channel(const struct xmltv *xmltv, const char *attribute, size_t multiplex,
                        const struct service *service)
{
    const struct multiplex_plan *stream = &xmltv->edition->station->multiplexes[multiplex];
    char id[32];
    g_snprintf(id, sizeof id, "%x.%x.%x.dvb", stream->network->original_network_id,
               stream->transport_stream_id, service->service_id);
    set(xmltv, attribute, id);
}

static void put_channel(const struct xmltv *xmltv, const struct edition_service *service)
{
    start(xmltv, "channel");
    set_channel(xmltv, "id", service->multiplex_index, service->service);
    put_texts(xmltv, "display-name", &service->service->name);
    put(xmltv, "display-name", NULL, service->service->id);
    end(xmltv);
}

/* xmltv_ns counts from 0: "season.episode/episodes.part". */
static void put_episode(const struct xmltv *xmltv, const struct item *item)
{
    char number[32];
    if (item->episode > 0) {
        if (item->episodes >= item->episode)
            g_snprintf(number, sizeof number, ".%d/%d.", item->episode - 1, item->episodes);
        else
            g_snprintf(number, sizeof number, ".%d.", item->episode - 1);
        start(xmltv, "episode-num");
        set(xmltv, "system", "xmltv_ns");
        xmlTextWriterWriteString(xmltv->writer, BAD_CAST number);
        end(xmltv);
    }
    g_snprintf(number, sizeof number, "%u", item->event_id);
    start(xmltv, "episode-num");
    set(xmltv, "system", "dvb-event-id");
    xmlTextWriterWriteString(xmltv->writer, BAD_CAST number);
    end(xmltv);
}

static void put_previously_shown(const struct xmltv *xmltv, const struct item *item)
{
    const struct item *first = edition_first_run(xmltv->edition, item);
    if (!first)
        return;
    start(xmltv, "previously-shown");
    set_time(xmltv, "start", first->start);
    if (first->service != item->service)
        set_channel(xmltv, "channel", first->multiplex, first->service);
    end(xmltv);
}

/* As the parental_rating_descriptor of EN 300 468 has it. */
static void put_rating(const struct xmltv *xmltv, const struct item *item)
{
    char age[16];
    if (!item->minimum_age)
        return;
    g_snprintf(age, sizeof age, "%d", item->minimum_age);
    start(xmltv, "rating");
    set(xmltv, "system", "DVB");
    put(xmltv, "value", NULL, age);
    end(xmltv);
}

static void put_credits(const struct xmltv *xmltv, const struct item *item)
{
    if (!item->teacher)
        return;
    start(xmltv, "credits");
    put(xmltv, "presenter", NULL, item->teacher);
    end(xmltv);
}

static void put_programme(const struct xmltv *xmltv, const struct item *item)
{
    static const char *const categories[] = {
        [ITEM_LESSON] = "Education", [ITEM_BREAK] = "Break", [ITEM_FILLER] = "Filler"};
    start(xmltv, "programme");
    set_time(xmltv, "start", item->start);
    set_time(xmltv, "stop", item->start + item->length);
    set_channel(xmltv, "channel", item->multiplex, item->service);
    put_texts(xmltv, "title", &item->title);
    put_texts(xmltv, "desc", &item->description);
    put_credits(xmltv, item);
    put(xmltv, "category", "eng", categories[item->kind]);
    put(xmltv, "category", NULL, item->subject);
    put(xmltv, "keyword", NULL, item->school);
    put(xmltv, "keyword", NULL, item->textbook);
    put_episode(xmltv, item);
    put_previously_shown(xmltv, item);
    put_rating(xmltv, item);
    end(xmltv);
}

static void put_tv(const struct xmltv *xmltv)
{
    const struct edition *edition = xmltv->edition;
    start(xmltv, "tv");
    set_time(xmltv, "date", edition->revised_at);
    set(xmltv, "source-info-name", edition->station->networks[0].name.list[0].utf8);
    set(xmltv, "generator-info-name", "chalkcast");
    for (size_t i = 0; i < edition->service_count; i++)
        put_channel(xmltv, &edition->services[i]);
    for (size_t i = 0; i < edition->service_count; i++) {
        const struct item *item;
        for (size_t index = 0; (item = edition_next_event(edition, &edition->services[i], &index));)
            put_programme(xmltv, item);
    }
    end(xmltv);
}

GPtrArray *xmltv_build(const struct edition *edition)
{
    xmlBuffer *buffer = xmlBufferCreate();
    struct xmltv xmltv = {edition, xmlNewTextWriterMemory(buffer, 0)};
    GPtrArray *files = export_files_new();
    g_assert(xmltv.writer); /* as for any memory that GLib gives */
    xmlTextWriterSetIndent(xmltv.writer, 1);
    xmlTextWriterSetIndentString(xmltv.writer, BAD_CAST "  ");
    xmlTextWriterStartDocument(xmltv.writer, NULL, "UTF-8", NULL);
    xmlTextWriterWriteDTD(xmltv.writer, BAD_CAST "tv", NULL, BAD_CAST "xmltv.dtd", NULL);
    put_tv(&xmltv);
    xmlTextWriterEndDocument(xmltv.writer);
    xmlFreeTextWriter(xmltv.writer);
    export_files_add(files, g_string_new((const char *)xmlBufferContent(buffer)), "guide.xml");
    xmlBufferFree(buffer);
    return files;
}
