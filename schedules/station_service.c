/* <service> into struct service. */
#include <stdio.h>
#include <string.h>

#include "schedules/station_part.h"
#include "schedules/texts.h"

#define PID_MIN 0x0020         /* EN 300 468 Table 1: 0x0000 to 0x001F belong to PSI and SI */
#define PID_MAX 0x1FFE         /* ISO/IEC 13818-1 Table 2-3: 0x1FFF is the null packet */
#define CHANNEL_NUMBER_MAX 999 /* three digits of a remote control; the descriptor has ten bits */

/* The PID of `what`, written down as this attribute or derived; 0 when it is written down wrongly. */
static uint16_t get_pid(struct reading *reading, const xmlNode *element, const struct service *service,
                        const char *attribute, const char *what, int derived)
{
    const bool written = xmlHasNsProp(element, BAD_CAST attribute, NULL);
    const bool known = written || service->service_id;
    uint16_t pid = station_part_number(reading->xml, element, attribute, PID_MIN, PID_MAX,
                                       written || !known ? 0 : (uint16_t)derived);
    if (pid) {
        char *user = g_strdup_printf("%s of service \"%s\"%s", what, service->id ? service->id : "",
                                     written ? "" : " (derived; may be written down)");
        station_part_use_once(reading, element, user, "PID 0x%04X in multiplex %zu", pid,
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

/* --- the service */

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

struct service station_part_service(struct reading *reading, const xmlNode *element)
{
    const struct xml *xml = reading->xml;
    struct service service = {.id = xml_get_string(element, "id"), .line = xml_line(element)};
    service.service_id = station_part_number(xml, element, "service-id", 1, 0xFFFF, 0);
    if (service.id)
        station_part_use_once(reading, element, "<service>", "id \"%s\"", service.id);
    if (service.service_id)
        station_part_use_once(reading, element, "<service>", "service-id %u in multiplex %zu",
                              service.service_id, reading->station->multiplex_count + 1);
    service.channel_number = station_part_number(xml, element, "channel-number", 1, CHANNEL_NUMBER_MAX, 0);
    if (service.channel_number && reading->network)
        station_part_use_once(reading, element, "<service>", "channel-number %d in network %u",
                              service.channel_number, reading->network->network_id);
    station_part_names(xml, element, &service.name);
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

void station_part_free_service(struct service *service)
{
    g_free(service->id);
    texts_fini(&service->name);
    g_free(service->fallback);
    g_free(service->video);
    g_free(service->audio);
}
