/* station.xml into struct station. The grammar has refused what is written wrongly; here is what it cannot
 * say: ranges, what must be there, what may be there once, and that nothing is used twice. */
#include "schedules/station.h"

#include <glib.h>
#include <stdio.h>
#include <string.h>

#include "schedules/texts.h"
#include "schedules/xml.h"

#define PID_MIN 0x0020 /* EN 300 468 Table 1: 0x0000 to 0x001F belong to PSI and SI */
#define PID_MAX 0x1FFE /* ISO/IEC 13818-1 Table 2-3: 0x1FFF is the null packet */

struct reading {
    struct xml *xml;
    struct station *station;
    GHashTable *used; /* what may be used once, as text, to who uses it, as text */
};

/* --- values */

static uint16_t get_number(const struct xml *xml, const xmlNode *element, const char *attribute, uint16_t min,
                           uint16_t max, uint16_t otherwise)
{
    uint64_t number = otherwise;
    xml_get_number(xml, element, attribute, min, max, &number);
    return (uint16_t)number;
}

/* Takes what a format describes for an element; reports it when another has it. */
__attribute__((format(printf, 4, 5))) static void use_once(struct reading *reading, const xmlNode *element,
                                                           const char *user, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    char *used = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    const char *other = g_hash_table_lookup(reading->used, used);
    if (other) {
        xml_fault(reading->xml, element, "%s has %s, which %s has; accepted is one that nothing else has",
                  user, used, other);
        g_free(used);
    } else {
        g_hash_table_insert(reading->used, used, g_strdup_printf("%s (line %d)", user, xml_line(element)));
    }
}

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
    enum text_policy policy = TEXT_GB2312;
    char *text = xml_get_string(element, "text");
    for (size_t i = 0; text && i < G_N_ELEMENTS(names); i++)
        if (strcmp(text, names[i]) == 0)
            policy = (enum text_policy)i;
    g_free(text);
    return policy;
}

static void parse_names(const struct xml *xml, const xmlNode *element, struct texts *names)
{
    bool found = false;
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)element); child;
         child = xmlNextElementSibling(child))
        if (xml_is(child, "name")) {
            texts_parse(names, xml, child);
            found = true;
        }
    if (!found)
        xml_fault(xml, element, "<%s> has no <name>; accepted is one per language", element->name);
}

/* --- service and output */

/* The PID of `what`, written down as this attribute or derived; 0 when it is written down wrongly. */
static uint16_t get_pid(struct reading *reading, const xmlNode *element, const struct service *service,
                        const char *attribute, const char *what, int derived)
{
    const bool written = xmlHasNsProp(element, BAD_CAST attribute, NULL);
    const bool known = written || service->service_id;
    uint16_t pid = get_number(reading->xml, element, attribute, PID_MIN, PID_MAX,
                              written || !known ? 0 : (uint16_t)derived);
    if (pid) {
        char *user = g_strdup_printf("%s of service \"%s\"%s", what, service->id ? service->id : "",
                                     written ? "" : " (derived; may be written down)");
        use_once(reading, element, user, "PID 0x%04X in multiplex %zu", pid,
                 reading->station->multiplex_count + 1);
        g_free(user);
    }
    return pid;
}

/* --- sounds and subtitles of a service */

static bool has_track(const struct service_track *tracks, size_t count, const struct service_track *track)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(tracks[i].language, track->language) == 0 && tracks[i].for_impaired == track->for_impaired)
            return true;
    return false;
}

/* Where the PID of the first sound is written down: it had an attribute before there were other sounds. */
static const xmlNode *first_sound_pid(const struct reading *reading, const xmlNode *service,
                                      const xmlNode *audio)
{
    if (!xmlHasNsProp(service, BAD_CAST "audio-pid", NULL))
        return audio;
    if (xmlHasNsProp(audio, BAD_CAST "pid", NULL))
        xml_fault(reading->xml, audio,
                  "pid of the first <audio> and audio-pid of <service>; accepted is one of the two");
    return service;
}

/* Adds <audio> or <subtitles>; its PID when not written down is `derived`. */
static void parse_track(struct reading *reading, const xmlNode *element, const struct service *service,
                        struct service_track *tracks, size_t *count, int derived)
{
    struct service_track track = {.for_impaired = xmlHasNsProp(element, BAD_CAST "kind", NULL)};
    if (*count == SERVICE_AUDIO_MAX) {
        xml_fault(reading->xml, element, "a fifth <%s> in <service>; accepted are at most %d", element->name,
                  SERVICE_AUDIO_MAX);
        return;
    }
    const bool sound = tracks == service->sounds, first_sound = sound && *count == 0;
    if (!language_get(reading->xml, element, track.language))
        return;
    if (has_track(tracks, *count, &track))
        xml_fault(reading->xml, element,
                  "a second <%s> in language %s%s; accepted is one of each language and kind", element->name,
                  track.language, track.for_impaired ? " of this kind" : "");
    if (first_sound && track.for_impaired)
        xml_fault(reading->xml, element,
                  "the first <audio> is of kind \"description\"; accepted is the main sound, without a kind");
    const xmlNode *at = first_sound ? first_sound_pid(reading, element->parent, element) : element;
    char *what = g_strdup_printf("pid of <%s> %s", element->name, track.language);
    track.pid = at == element ? get_pid(reading, at, service, "pid", what, derived + (int)*count)
                              : get_pid(reading, at, service, "audio-pid", "audio-pid", derived);
    g_free(what);
    tracks[(*count)++] = track;
}

static void parse_tracks(struct reading *reading, const xmlNode *element, struct service *service, int base)
{
    for (xmlNode *child = xmlFirstElementChild((xmlNode *)element); child;
         child = xmlNextElementSibling(child)) {
        if (xml_is(child, "audio"))
            parse_track(reading, child, service, service->sounds, &service->sound_count, base + 2);
        else if (xml_is(child, "subtitles"))
            parse_track(reading, child, service, service->subtitles, &service->subtitle_count, base + 6);
    }
    if (service->sound_count > 0 || service->name.count == 0)
        return;
    struct service_track *sound = &service->sounds[service->sound_count++];
    memcpy(sound->language, service->name.list[0].language, sizeof sound->language);
    sound->pid = get_pid(reading, element, service, "audio-pid", "audio-pid", base + 2);
}

/* --- service and output */

/* The house format of the service: its own names, where it has them, before those of the station. */
static void parse_service_house(const struct reading *reading, const xmlNode *element,
                                struct service *service)
{
    const xmlNode *house = xml_get_child(reading->xml, element, "house", false);
    service->video = house ? xml_get_string(house, "video") : NULL;
    service->audio = house ? xml_get_string(house, "audio") : NULL;
    if (house && !xmlHasNsProp(house, BAD_CAST "video", NULL) && !xmlHasNsProp(house, BAD_CAST "audio", NULL))
        xml_fault(reading->xml, house, "<house> has neither video nor audio; accepted are one or both");
    if (!service->video)
        service->video = g_strdup(reading->station->video);
    if (!service->audio)
        service->audio = g_strdup(reading->station->audio);
}

static void parse_pids(struct reading *reading, const xmlNode *element, struct service *service)
{
    const int base = 0x100 + 16 * (service->service_id % 480);
    service->pmt_pid = get_pid(reading, element, service, "pmt-pid", "pmt-pid", base);
    service->video_pid = get_pid(reading, element, service, "video-pid", "video-pid", base + 1);
    parse_tracks(reading, element, service, base);
}

static struct service parse_service(struct reading *reading, const xmlNode *element)
{
    const struct xml *xml = reading->xml;
    struct service service = {.id = xml_get_string(element, "id"), .line = xml_line(element)};
    service.service_id = get_number(xml, element, "service-id", 1, 0xFFFF, 0);
    if (service.id)
        use_once(reading, element, "<service>", "id \"%s\"", service.id);
    if (service.service_id)
        use_once(reading, element, "<service>", "service-id %u in multiplex %zu", service.service_id,
                 reading->station->multiplex_count + 1);
    parse_names(xml, element, &service.name);
    parse_pids(reading, element, &service);
    parse_service_house(reading, element, &service);
    const xmlNode *grade = xml_get_child(xml, element, "grade", false);
    char *digits = grade ? xml_get_text(grade) : NULL;
    service.grade = digits ? (int)g_ascii_strtoll(digits, NULL, 10) : 0;
    g_free(digits);
    const xmlNode *fallback = xml_get_child(xml, element, "fallback", false);
    service.fallback = fallback ? xml_get_path(xml, fallback, "source") : NULL;
    return service;
}

static bool is_address_and_port(const char *uri)
{
    char **parts = g_strsplit(uri + strlen("udp://"), ":", 2);
    const int64_t port = g_ascii_strtoll(parts[1], NULL, 10);
    const bool good = g_hostname_is_ip_address(parts[0]) && port >= 1 && port <= 65535;
    g_strfreev(parts);
    return good;
}

static struct output parse_output(struct reading *reading, const xmlNode *element)
{
    struct output output = {.uri = xml_get_string(element, "uri"),
                            .interface = xml_get_string(element, "interface"),
                            .ttl = get_number(reading->xml, element, "ttl", 0, 255, 1),
                            .line = xml_line(element)};
    char *rehearsal = xml_get_string(element, "rehearsal");
    output.rehearsal = g_strcmp0(rehearsal, "true") == 0;
    g_free(rehearsal);
    char *pacing = xml_get_string(element, "pacing");
    output.pacing = g_strcmp0(pacing, "spin") == 0 ? PACING_SPIN : PACING_SLEEP;
    g_free(pacing);
    if (output.uri && !is_address_and_port(output.uri))
        xml_refuse(reading->xml, element, "uri", NULL);
    else if (output.uri)
        use_once(reading, element, "<output>", "address %s%s%s", output.uri + strlen("udp://"),
                 output.interface ? " on " : "", output.interface ? output.interface : "");
    return output;
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
            struct service service = parse_service(reading, child);
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
    struct multiplex_plan multiplex = {
        .name = xml_get_string(element, "name"), .text = get_text_policy(element), .line = xml_line(element)};
    uint64_t id;
    if (xml_get_number(xml, element, "transport-stream-id", 0, 0xFFFF, &id)) {
        multiplex.transport_stream_id = (uint16_t)id;
        use_once(reading, element, "<multiplex>", "transport-stream-id %u", multiplex.transport_stream_id);
    }
    if (multiplex.name)
        use_once(reading, element, "<multiplex>", "name \"%s\"", multiplex.name);
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

static void parse_network(struct reading *reading, const xmlNode *element)
{
    struct station *station = reading->station;
    station->network_id = get_number(reading->xml, element, "network-id", 1, 0xFFFF, 0);
    station->original_network_id = get_number(reading->xml, element, "original-network-id", 1, 0xFFFF, 0);
    parse_names(reading->xml, element, &station->network);
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

    const xmlNode *house = xml_get_child(xml, root, "house", true);
    if (house)
        parse_house(reading, house);
    const xmlNode *network = xml_get_child(xml, root, "network", true);
    if (network)
        parse_network(reading, network);
    parse_multiplexes(reading, root);
}

static struct station *parse(struct xml *xml, const char *file)
{
    if (!xml)
        return NULL;
    struct station *station = g_new0(struct station, 1);
    station->file = g_strdup(file);
    struct reading reading = {xml, station, g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free)};
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
    for (size_t i = 0; i < multiplex->service_count; i++) {
        g_free(multiplex->services[i].id);
        texts_fini(&multiplex->services[i].name);
        g_free(multiplex->services[i].fallback);
        g_free(multiplex->services[i].video);
        g_free(multiplex->services[i].audio);
    }
    for (size_t i = 0; i < multiplex->output_count; i++) {
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
    texts_fini(&old->network);
    zone_free(&old->zone);
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
