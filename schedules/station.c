/* station.xml into struct station. The grammar has refused what is written wrongly; here is what it cannot
 * say: ranges, what must be there, what may be there once, and that nothing is used twice. */
#include "schedules/station.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "schedules/station_part.h"
#include "schedules/xml.h"

/* --- values */

static void parse_delivery(const struct xml *xml, const xmlNode *element, struct delivery *delivery)
{
    const char *accepted;
    char *text = xml_get_string(element, "delivery");
    if (text && !delivery_parse(text, delivery, &accepted))
        xml_refuse(xml, element, "delivery", accepted);
    g_free(text);
}

/* EN 300 468 6.2.13.1: eight digits of 100 Hz. */
static uint64_t get_frequency(const struct xml *xml, const xmlNode *element)
{
    uint64_t frequency = 0;
    if (xml_get_number(xml, element, "frequency", 1000000, 999999900, &frequency) && frequency % 100 != 0)
        xml_refuse(xml, element, "frequency",
                   "a frequency in Hz that is a multiple of 100, such as 474000000");
    return frequency;
}

static enum text_policy get_text_policy(const xmlNode *element)
{
    static const char *const names[] = {
        [TEXT_GB2312] = "gb2312", [TEXT_UCS2] = "ucs2", [TEXT_UTF8] = "utf-8", [TEXT_GBK] = "gbk"};
    return (enum text_policy)station_part_word(element, "text", names, G_N_ELEMENTS(names), TEXT_GB2312);
}

/* --- outputs */

static bool is_address_and_port(const char *text)
{
    char **parts = g_strsplit(text, ":", 2);
    const int64_t port = g_ascii_strtoll(parts[1], NULL, 10);
    const bool good = g_hostname_is_ip_address(parts[0]) && port >= 1 && port <= 65535;
    g_strfreev(parts);
    return good;
}

static bool is_true(const xmlNode *element, const char *attribute)
{
    char *text = xml_get_string(element, attribute);
    const bool is_true = g_strcmp0(text, "true") == 0;
    g_free(text);
    return is_true;
}

/* Two outputs may have one uri, on different interfaces; then both cannot do without a name. */
static void set_name(struct reading *reading, const xmlNode *element, struct output *output)
{
    const char *user = "<output>";
    output->name = xml_get_string(element, "name");
    if (!output->name) {
        output->name = g_strdup(output->uri);
        user = "<output> without name, whose name is its uri,";
    }
    if (output->name)
        station_part_use_once(reading, element, user, "output name \"%s\"", output->name);
}

static struct output parse_output(struct reading *reading, const xmlNode *element)
{
    struct output output = {.uri = xml_get_string(element, "uri"),
                            .interface = xml_get_string(element, "interface"),
                            .ttl = station_part_number(reading->xml, element, "ttl", 0, 255, 1),
                            .rehearsal = is_true(element, "rehearsal"),
                            .standby = is_true(element, "standby"),
                            .line = xml_line(element)};
    char *pacing = xml_get_string(element, "pacing");
    output.pacing = g_strcmp0(pacing, "spin") == 0 ? PACING_SPIN : PACING_SLEEP;
    g_free(pacing);
    if (output.uri && !is_address_and_port(output.uri + strlen("udp://")))
        xml_refuse(reading->xml, element, "uri", NULL);
    else if (output.uri)
        station_part_use_once(reading, element, "<output>", "address %s%s%s", output.uri + strlen("udp://"),
                              output.interface ? " on " : "", output.interface ? output.interface : "");
    set_name(reading, element, &output);
    return output;
}

/* --- machines */

#define MERGE_WINDOW_MAX 450 /* ms; SMPTE ST 2022-7 table 1: class C; ... */
#define MERGE_WINDOW 10      /* ... class A */

static void parse_machines(struct reading *reading, const xmlNode *root)
{
    struct station *station = reading->station;
    char *text = xml_get_string(root, "machines");
    char **machines = text ? g_strsplit(text, " ", STATION_MACHINES) : NULL;
    station->merge_window =
        station_part_number(reading->xml, root, "merge-window", 1, MERGE_WINDOW_MAX, MERGE_WINDOW);
    for (int i = 0; machines && i < STATION_MACHINES; i++)
        station->machines[i] = g_strdup(machines[i]);
    if (machines && (!is_address_and_port(machines[0]) || !is_address_and_port(machines[1]) ||
                     strcmp(machines[0], machines[1]) == 0))
        xml_refuse(reading->xml, root, "machines", NULL);
    g_strfreev(machines);
    g_free(text);
}

/* --- multiplex and station */

static void parse_services_and_outputs(struct reading *reading, const xmlNode *element,
                                       struct multiplex_plan *multiplex)
{
    GArray *services = g_array_new(FALSE, FALSE, sizeof(struct service));
    GArray *outputs = g_array_new(FALSE, FALSE, sizeof(struct output));
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)element); child;
         child = xmlNextElementSibling(child)) {
        if (xml_is(child, "service")) {
            struct service service = station_part_service(reading, child);
            g_array_append_val(services, service);
        } else {
            struct output output = parse_output(reading, child);
            g_array_append_val(outputs, output);
        }
    }
    if (services->len == 0)
        xml_fault(reading->xml, element, "<multiplex> has no <service>; accepted are one or more");
    multiplex->service_count = services->len;
    multiplex->services = (struct service *)(void *)g_array_free(services, FALSE);
    multiplex->output_count = outputs->len;
    multiplex->outputs = (struct output *)(void *)g_array_free(outputs, FALSE);
}

static struct multiplex_plan parse_multiplex(struct reading *reading, const xmlNode *element)
{
    const struct xml *xml = reading->xml;
    reading->network = station_part_network(reading, element);
    struct multiplex_plan multiplex = {.name = xml_get_string(element, "name"),
                                       .network = reading->network,
                                       .text = get_text_policy(element),
                                       .line = xml_line(element)};
    uint64_t id;
    if (xml_get_number(xml, element, "transport-stream-id", 0, 0xFFFF, &id)) {
        multiplex.transport_stream_id = (uint16_t)id;
        station_part_use_once(reading, element, "<multiplex>", "transport-stream-id %u",
                              multiplex.transport_stream_id);
    }
    if (multiplex.name)
        station_part_use_once(reading, element, "<multiplex>", "name \"%s\"", multiplex.name);
    parse_delivery(xml, element, &multiplex.delivery);
    multiplex.delivery.frequency = get_frequency(xml, element);
    parse_services_and_outputs(reading, element, &multiplex);
    return multiplex;
}

static void parse_house(struct reading *reading, const xmlNode *element)
{
    struct station *station = reading->station;
    station->house_line = xml_line(element);
    station->video = xml_get_string(element, "video");
    station->audio = xml_get_string(element, "audio");
    station->logo = xml_get_path(reading->xml, element, "logo");
    char *preset = xml_get_string(element, "preset");
    station->preset = preset ? preset : g_strdup("medium");
    char *loudness = xml_get_string(element, "loudness");
    station->loudness = loudness ? g_ascii_strtod(loudness, NULL) : -24;
    g_free(loudness);
}

static void parse_multiplexes(struct reading *reading, const xmlNode *root)
{
    struct station *station = reading->station;
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)root); child;
         child = xmlNextElementSibling(child)) {
        if (!xml_is(child, "multiplex"))
            continue;
        struct multiplex_plan multiplex = parse_multiplex(reading, child);
        station->multiplexes =
            g_renew(struct multiplex_plan, station->multiplexes, station->multiplex_count + 1);
        station->multiplexes[station->multiplex_count++] = multiplex;
    }
    if (station->multiplex_count == 0)
        xml_fault(reading->xml, root, "<station> has no <multiplex>; accepted are one or more");
}

static void parse_root(struct reading *reading, const xmlNode *root)
{
    struct station *station = reading->station;
    const struct xml *xml = reading->xml;
    station->id = xml_get_string(root, "id");
    station->timezone = xml_get_string(root, "timezone");
    station->zone = station->timezone ? zone_new(station->timezone) : NULL;
    if (station->timezone && !station->zone)
        xml_refuse(xml, root, "timezone", NULL);
    char *country = xml_get_string(root, "country");
    g_strlcpy(station->country, country ? country : "", sizeof station->country);
    g_free(country);
    parse_machines(reading, root);

    const xmlNode *house = xml_get_child(xml, root, "house", true);
    if (house)
        parse_house(reading, house);
    station_part_networks(reading, root);
    parse_multiplexes(reading, root);
    station_part_guide(reading, xml_get_child(xml, root, "guide", false));
}

static struct station *parse(struct xml *xml, const char *file)
{
    if (!xml)
        return NULL;
    struct station *station = g_new0(struct station, 1);
    station->file = g_strdup(file);
    struct reading reading = {
        .xml = xml,
        .station = station,
        .used = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free),
    };
    parse_root(&reading, xml_root(xml));
    g_hash_table_unref(reading.used);
    if (xml_failed(xml))
        station_free(&station);
    xml_free(&xml);
    return station;
}

struct station *station_parse(const char *file, struct diagnostics *diagnostics)
{
    const size_t first = diagnostics->count;
    struct station *station = parse(xml_parse(file, GRAMMAR_STATION, diagnostics), file);
    diagnostics_sort(diagnostics, first);
    return station;
}

struct station *station_parse_bytes(const void *bytes, size_t length, const char *file,
                                    struct diagnostics *diagnostics)
{
    const size_t first = diagnostics->count;
    struct station *station = parse(xml_parse_bytes(bytes, length, file, GRAMMAR_STATION, diagnostics), file);
    diagnostics_sort(diagnostics, first);
    return station;
}

/* --- the value */

static void free_multiplex(struct multiplex_plan *multiplex)
{
    for (size_t i = 0; i < multiplex->service_count; i++)
        station_part_free_service(&multiplex->services[i]);
    for (size_t i = 0; i < multiplex->output_count; i++) {
        g_free(multiplex->outputs[i].name);
        g_free(multiplex->outputs[i].uri);
        g_free(multiplex->outputs[i].interface);
    }
    g_free(multiplex->services);
    g_free(multiplex->outputs);
    g_free(multiplex->name);
}

void station_free(struct station **station)
{
    struct station *old = *station;
    *station = NULL;
    if (!old)
        return;
    for (size_t i = 0; i < old->multiplex_count; i++)
        free_multiplex(&old->multiplexes[i]);
    g_free(old->multiplexes);
    station_part_free_networks(old);
    zone_free(&old->zone);
    for (int i = 0; i < STATION_MACHINES; i++)
        g_free(old->machines[i]);
    g_free(old->file);
    g_free(old->id);
    g_free(old->timezone);
    g_free(old->video);
    g_free(old->audio);
    g_free(old->preset);
    g_free(old->logo);
    g_free(old);
}

const struct service *station_get_service(const struct station *station, const char *id, size_t *multiplex)
{
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t s = 0; s < station->multiplexes[m].service_count; s++)
            if (strcmp(station->multiplexes[m].services[s].id, id) == 0) {
                if (multiplex)
                    *multiplex = m;
                return &station->multiplexes[m].services[s];
            }
    return NULL;
}

const struct output *station_get_output(const struct station *station, const char *name)
{
    for (size_t m = 0; m < station->multiplex_count; m++)
        for (size_t o = 0; o < station->multiplexes[m].output_count; o++)
            if (strcmp(station->multiplexes[m].outputs[o].name, name) == 0)
                return &station->multiplexes[m].outputs[o];
    return NULL;
}
