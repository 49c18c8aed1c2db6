#include "playout/formats.h"

#include <glib.h>
#include <string.h>

static bool report_name(const struct station *station, int line, const char *video, const char *audio,
                        struct diagnostics *diagnostics)
{
    diagnostics_add(
        diagnostics, SEVERITY_ERROR, station->file, line,
        "the house format video=\"%s\" audio=\"%s\" is not known; video is one of " HOUSE_VIDEO_NAMES
        "; audio is one of " HOUSE_AUDIO_NAMES,
        video, audio);
    return false;
}

/* The index of the format of these names, which is added where it is new. */
static size_t add_format(struct formats *formats, const struct house *house)
{
    size_t found = formats_find(formats, house->video.name, house->audio.name);
    if (found != FORMATS_NONE)
        return found;
    formats->list = g_renew(struct format, formats->list, formats->count + 1);
    formats->list[formats->count] = (struct format){.house = *house};
    return formats->count++;
}

static uint32_t copy_tracks(const struct service_track *from, size_t count, struct track *to)
{
    for (size_t i = 0; i < count; i++) {
        to[i] = (struct track){.for_impaired = from[i].for_impaired};
        memcpy(to[i].language, from[i].language, sizeof to[i].language);
    }
    return (uint32_t)count;
}

/* Adds what is not there yet, as far as there is room. False when there is none. */
static bool unite(struct track *all, uint32_t *count, uint32_t most, const struct track *more, uint32_t extra)
{
    for (uint32_t i = 0; i < extra; i++) {
        uint32_t found = 0;
        while (found < *count && (strcmp(all[found].language, more[i].language) != 0 ||
                                  all[found].for_impaired != more[i].for_impaired))
            found++;
        if (found < *count)
            continue;
        if (*count == most)
            return false;
        all[(*count)++] = more[i];
    }
    return true;
}

static void add_service(struct formats *formats, size_t index, const struct house *house,
                        const struct service *service, struct diagnostics *diagnostics)
{
    struct tracks *tracks = &formats->tracks[index];
    tracks->audio_count = copy_tracks(service->sounds, service->sound_count, tracks->audio);
    tracks->subtitle_count = copy_tracks(service->subtitles, service->subtitle_count, tracks->subtitles);
    formats->houses[index] = *house;
    formats->of[index] = add_format(formats, house);
    struct tracks *all = &formats->list[formats->of[index]].tracks;
    bool sounds =
        unite(all->audio, &all->audio_count, HOUSE_AUDIO_TRACKS, tracks->audio, tracks->audio_count);
    if (!unite(all->subtitles, &all->subtitle_count, HOUSE_SUBTITLE_TRACKS, tracks->subtitles,
               tracks->subtitle_count) ||
        !sounds)
        diagnostics_add(diagnostics, SEVERITY_WARNING, formats->station->file, service->line,
                        "a lesson has at most %d sounds and %d subtitles, and other services of the house "
                        "format %s want others: service %s goes without; give it another <house>",
                        HOUSE_AUDIO_TRACKS, HOUSE_SUBTITLE_TRACKS, house->video.name, service->id);
}

static const char *name_of(const char *own, const char *station)
{
    return own ? own : station;
}

static bool add_services(struct formats *formats, struct diagnostics *diagnostics)
{
    const struct station *station = formats->station;
    bool good = true;
    for (size_t i = 0, index = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++, index++) {
            const struct service *service = &station->multiplexes[i].services[k];
            const char *video = name_of(service->video, station->video);
            const char *audio = name_of(service->audio, station->audio);
            struct house house;
            if (house_parse(video, audio, &house))
                add_service(formats, index, &house, service, diagnostics);
            else
                good = report_name(station, service->line, video, audio, diagnostics);
        }
    return good;
}

bool formats_init(struct formats *formats, const struct station *station, struct diagnostics *diagnostics)
{
    struct house house;
    size_t services = 0;
    *formats = (struct formats){.station = station};
    for (size_t i = 0; i < station->multiplex_count; i++)
        services += station->multiplexes[i].service_count;
    formats->houses = g_new0(struct house, services + 1);
    formats->tracks = g_new0(struct tracks, services + 1);
    formats->of = g_new0(size_t, services + 1);
    if (!house_parse(station->video, station->audio, &house))
        return report_name(station, station->house_line, station->video, station->audio, diagnostics);
    add_format(formats, &house);
    return add_services(formats, diagnostics);
}

void formats_fini(struct formats *formats)
{
    g_free(formats->list);
    g_free(formats->houses);
    g_free(formats->tracks);
    g_free(formats->of);
    *formats = (struct formats){0};
}

size_t formats_service(const struct formats *formats, size_t multiplex, size_t service)
{
    for (size_t i = 0; i < multiplex; i++)
        service += formats->station->multiplexes[i].service_count;
    return service;
}

size_t formats_find(const struct formats *formats, const char *video, const char *audio)
{
    for (size_t i = 0; i < formats->count; i++)
        if (strcmp(formats->list[i].house.video.name, video) == 0 &&
            strcmp(formats->list[i].house.audio.name, audio) == 0)
            return i;
    return FORMATS_NONE;
}

/* Marks what a service shows. */
static void add_uses(const struct formats *formats, const struct plan *plan, size_t multiplex, size_t service,
                     bool *uses)
{
    const size_t format = formats->of[formats_service(formats, multiplex, service)];
    bool *shown = g_new0(bool, plan_source_count(plan) + 1);
    plan_get_sources(plan, multiplex, service, shown);
    for (size_t i = 0; i < plan_source_count(plan); i++)
        if (shown[i])
            uses[i * formats->count + format] = true;
    g_free(shown);
}

bool *formats_uses(const struct formats *formats, const struct plan *plan)
{
    const struct station *station = formats->station;
    bool *uses = g_new0(bool, (plan_source_count(plan) + 1) * formats->count);
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++)
            add_uses(formats, plan, i, k, uses);
    return uses;
}
