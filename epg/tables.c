/* Puts the sub_tables of each PID together. */
#include "epg/tables.h"

#include "epg/bouquet_table.h"
#include "epg/component.h"
#include "epg/network_table.h"
#include "epg/service_table.h"

#include <dvbpsi/pat.h>
#include <dvbpsi/pmt.h>

#define PAT_PROGRAMS_MAX 253

struct build { /* the sections of one lane */
    struct section_list often, seldom;
};

static void build_init(struct build *build)
{
    section_list_init(&build->often);
    section_list_init(&build->seldom);
}

static bool build_finish(struct build *build, uint16_t pid, struct carousel *lane)
{
    const bool done = carousel_init(lane, pid, &build->often, &build->seldom);
    section_list_fini(&build->often);
    section_list_fini(&build->seldom);
    return done;
}

/* The formats of a multiplex's services among those of the station. */
static const struct house *houses_of(const struct station *station, size_t multiplex,
                                     const struct house *houses)
{
    for (size_t i = 0; i < multiplex; i++)
        houses += station->multiplexes[i].service_count;
    return houses;
}

bool tables_build_pat(struct carousel *lane, const struct multiplex_plan *multiplex)
{
    struct build build;
    dvbpsi_pat_t pat;

    build_init(&build);
    struct section_list *list = &build.often;
    dvbpsi_pat_init(&pat, multiplex->transport_stream_id, 0, true);
    list->failed |= !dvbpsi_pat_program_add(&pat, 0, TABLES_PID_NIT);
    for (size_t i = 0; i < multiplex->service_count; i++)
        list->failed |=
            !dvbpsi_pat_program_add(&pat, multiplex->services[i].service_id, multiplex->services[i].pmt_pid);
    if (!list->failed)
        section_list_add(list, dvbpsi_pat_sections_generate(list->dvbpsi, &pat, PAT_PROGRAMS_MAX));
    dvbpsi_pat_empty(&pat);
    section_list_end_sub_table(list);
    return build_finish(&build, TABLES_PID_PAT, lane);
}

/* The streams of a service. False when memory is out. */
static bool list_streams(dvbpsi_pmt_t *pmt, const struct service *service, const struct house *house)
{
    dvbpsi_pmt_es_t *stream = dvbpsi_pmt_es_add(pmt, house->video.stream_type, service->video_pid);
    bool done = stream && component_add_video(&stream->p_first_descriptor, house);

    for (size_t i = 0; i < service->sound_count && done; i++) {
        stream = dvbpsi_pmt_es_add(pmt, house->audio.stream_type, service->sounds[i].pid);
        done = stream && component_add_sound(&stream->p_first_descriptor, service, i, house);
    }
    for (size_t i = 0; i < service->subtitle_count && done; i++) {
        stream = dvbpsi_pmt_es_add(pmt, COMPONENT_SUBTITLES_TYPE, service->subtitles[i].pid);
        done = stream && component_add_subtitles(&stream->p_first_descriptor, service, i, house);
    }
    return done;
}

bool tables_build_pmt(struct carousel *lane, const struct service *service, const struct house *house)
{
    struct build build;
    dvbpsi_pmt_t pmt;

    build_init(&build);
    struct section_list *list = &build.often;
    dvbpsi_pmt_init(&pmt, service->service_id, 0, true, service->video_pid);
    list->failed |= !list_streams(&pmt, service, house);
    if (!list->failed)
        section_list_add(list, dvbpsi_pmt_sections_generate(list->dvbpsi, &pmt));
    dvbpsi_pmt_empty(&pmt);
    section_list_end_sub_table(list);
    return build_finish(&build, service->pmt_pid, lane);
}

/* For words that several multiplexes send: only the first of those that are coded alike reports on them. */
static struct wording shared(const struct station *station, size_t multiplex, const struct wording *wording)
{
    struct wording here = *wording;
    for (size_t i = 0; i < multiplex; i++)
        if (station->multiplexes[i].text == wording->policy)
            here.diagnostics = NULL;
    return here;
}

bool tables_build_nit(struct carousel *lane, const struct station *station, size_t multiplex,
                      const struct house *houses, const struct wording *wording)
{
    const struct network *own = station->multiplexes[multiplex].network;
    const struct wording here = shared(station, multiplex, wording);
    struct build build;

    build_init(&build);
    network_table_build(&build.often, station, own, true, houses, &here);
    for (size_t i = 0; i < station->network_count; i++)
        if (&station->networks[i] != own)
            network_table_build(&build.seldom, station, &station->networks[i], false, houses, &here);
    return build_finish(&build, TABLES_PID_NIT, lane);
}

/* Their own multiplex reports on services of the same coding. */
static void build_sdt_other(struct section_list *list, const struct station *station, size_t other,
                            enum guide_others others, const struct house *houses,
                            const struct wording *wording)
{
    struct wording here = *wording;
    if (station->multiplexes[other].text == wording->policy)
        here.diagnostics = NULL;
    service_table_build(list, SERVICES_OTHER, &station->multiplexes[other], others,
                        houses_of(station, other, houses), &here);
}

bool tables_build_sdt(struct carousel *lane, const struct station *station, size_t multiplex,
                      enum guide_others others, const struct house *houses, const struct wording *wording)
{
    const struct wording here = shared(station, multiplex, wording);
    struct build build;

    build_init(&build);
    service_table_build(&build.often, SERVICES_ACTUAL, &station->multiplexes[multiplex], OTHERS_SCHEDULE,
                        houses_of(station, multiplex, houses), wording);
    for (size_t i = 0; i < station->multiplex_count; i++)
        if (station_tells_of(station, multiplex, i))
            build_sdt_other(&build.seldom, station, i, others, houses, &here);
    for (size_t i = 0; i < station->guide.bouquet_count; i++)
        bouquet_table_build(&build.seldom, station, &station->guide.bouquets[i], houses, &here);
    return build_finish(&build, TABLES_PID_SDT, lane);
}
