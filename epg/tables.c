/* PAT, PMT, NIT and SDT: libdvbpsi generates each section, this file numbers them.
 *
 * libdvbpsi is given no more than one section holds. Left to split a table itself it drops the last
 * descriptor of the service that no longer fits (1.3.3, SDT), and it writes '0' where EN 300 468 5.1.1 has
 * reserved_future_use. */
#include "epg/tables.h"

#include <stdlib.h>
#include <string.h>

#include "epg/component.h"
#include "epg/delivery_system.h"
#include "epg/descriptor.h"
#include "mux/section.h"
#include "mux/slot.h"

#include <dvbpsi/nit.h>
#include <dvbpsi/pat.h>
#include <dvbpsi/pmt.h>
#include <dvbpsi/sdt.h>

#define SECTION_ROOM 1020 /* bytes before the CRC_32: sections of PSI and SI but EIT end at 1024 */
#define CRC_BYTES 4
#define PAT_PROGRAMS_MAX 253
#define RUNNING 4

struct build { /* the sections of one table */
    dvbpsi_t *dvbpsi;
    dvbpsi_psi_section_t *sections, **tail;
    bool failed;
};

static void build_init(struct build *build)
{
    *build = (struct build){.dvbpsi = dvbpsi_new(NULL, DVBPSI_MSG_NONE)};
    build->tail = &build->sections;
    build->failed = !build->dvbpsi;
}

static void add_sections(struct build *build, dvbpsi_psi_section_t *sections)
{
    *build->tail = sections;
    while (*build->tail)
        build->tail = &(*build->tail)->p_next;
}

static size_t section_size(const dvbpsi_psi_section_t *section)
{
    return 3u + section->i_length;
}

/* Numbers the sections. The version is a digest of what they hold apart from it. */
static void number_sections(dvbpsi_psi_section_t *sections)
{
    uint32_t digest = 0;
    uint8_t count = 0, number = 0;

    for (dvbpsi_psi_section_t *section = sections; section; section = section->p_next, count++)
        digest = digest * 31 + section_crc32(section->p_data, section_size(section) - CRC_BYTES);
    for (dvbpsi_psi_section_t *section = sections; section; section = section->p_next, number++) {
        uint8_t *bytes = section->p_data, *crc = bytes + section_size(section) - CRC_BYTES;
        if (bytes[0] >= 0x40) /* reserved_future_use; ISO/IEC 13818-1 has '0' here in its own tables */
            bytes[1] |= 0x40;
        bytes[5] = 0xC1 | (digest % 32) << 1;
        bytes[6] = number;
        bytes[7] = count - 1;
        uint32_t value = section_crc32(bytes, section_size(section) - CRC_BYTES);
        for (int i = 0; i < CRC_BYTES; i++)
            crc[i] = (uint8_t)(value >> (24 - 8 * i));
    }
}

static bool build_finish(struct build *build, uint16_t pid, struct tables_entry *table)
{
    *table = (struct tables_entry){0};
    number_sections(build->sections);
    uint32_t count = 0;
    for (dvbpsi_psi_section_t *section = build->sections; section; section = section->p_next)
        count += section_packet_count(section_size(section));
    if (!build->failed && count)
        table->packets = malloc((size_t)count * TS_PACKET);
    for (dvbpsi_psi_section_t *section = build->sections; table->packets && section;
         section = section->p_next) {
        section_build_packets(section->p_data, section_size(section), pid, 0,
                              table->packets + (size_t)table->count * TS_PACKET);
        table->count += section_packet_count(section_size(section));
    }
    dvbpsi_DeletePSISections(build->sections);
    if (build->dvbpsi)
        dvbpsi_delete(build->dvbpsi);
    return table->packets != NULL;
}

bool tables_build_pat(struct tables_entry *table, const struct multiplex_plan *multiplex)
{
    struct build build;
    dvbpsi_pat_t pat;

    build_init(&build);
    dvbpsi_pat_init(&pat, multiplex->transport_stream_id, 0, true);
    build.failed |= !dvbpsi_pat_program_add(&pat, 0, TABLES_PID_NIT);
    for (size_t i = 0; i < multiplex->service_count; i++)
        build.failed |=
            !dvbpsi_pat_program_add(&pat, multiplex->services[i].service_id, multiplex->services[i].pmt_pid);
    if (!build.failed)
        add_sections(&build, dvbpsi_pat_sections_generate(build.dvbpsi, &pat, PAT_PROGRAMS_MAX));
    dvbpsi_pat_empty(&pat);
    return build_finish(&build, TABLES_PID_PAT, table);
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

bool tables_build_pmt(struct tables_entry *table, const struct service *service, const struct house *house)
{
    struct build build;
    dvbpsi_pmt_t pmt;

    build_init(&build);
    dvbpsi_pmt_init(&pmt, service->service_id, 0, true, service->video_pid);
    build.failed |= !list_streams(&pmt, service, house);
    if (!build.failed)
        add_sections(&build, dvbpsi_pmt_sections_generate(build.dvbpsi, &pmt));
    dvbpsi_pmt_empty(&pmt);
    return build_finish(&build, service->pmt_pid, table);
}

/* What the NIT says of a multiplex, all of whose services have these formats. */
static bool list_multiplex(dvbpsi_descriptor_t **list, const struct multiplex_plan *multiplex,
                           const struct house *houses)
{
    uint8_t *service_types = calloc(multiplex->service_count, 1);
    for (size_t i = 0; service_types && i < multiplex->service_count; i++)
        service_types[i] = component_service_type(&houses[i]);
    bool done = service_types && descriptor_add_services(list, multiplex, service_types) &&
                delivery_system_add(list, &multiplex->delivery);
    free(service_types);
    return done;
}

/* One NIT section: the network's descriptors (first section only) and the multiplexes from *next that fit;
 * *houses begins with those of *next. */
static void add_nit_section(struct build *build, const struct station *station, const struct wording *wording,
                            size_t *next, const struct house **houses)
{
    dvbpsi_nit_t nit;
    dvbpsi_nit_init(&nit, 0x40, station->networks[0].network_id, station->networks[0].network_id, 0, true);
    if (*next == 0)
        build->failed |=
            !descriptor_add_network(&nit.p_first_descriptor, &station->networks[0].name, wording);
    size_t used = 12 + descriptor_list_size(nit.p_first_descriptor), first = *next;

    for (; *next < station->multiplex_count && !build->failed; ++*next) {
        const struct multiplex_plan *multiplex = &station->multiplexes[*next];
        dvbpsi_descriptor_t *list = NULL;
        build->failed |= !list_multiplex(&list, multiplex, *houses);
        used += 6 + descriptor_list_size(list);
        dvbpsi_nit_ts_t *ts = used <= SECTION_ROOM || *next == first
                                  ? dvbpsi_nit_ts_add(&nit, multiplex->transport_stream_id,
                                                      multiplex->network->original_network_id)
                                  : NULL;
        if (!ts) {
            dvbpsi_DeleteDescriptors(list);
            break;
        }
        ts->p_first_descriptor = list;
        *houses += multiplex->service_count;
    }
    build->failed |= *next == first;
    if (!build->failed)
        add_sections(build, dvbpsi_nit_sections_generate(build->dvbpsi, &nit, 0x40));
    dvbpsi_nit_empty(&nit);
}

bool tables_build_nit(struct tables_entry *table, const struct station *station, const struct house *houses,
                      const struct wording *wording)
{
    struct build build;

    build_init(&build);
    for (size_t next = 0; next < station->multiplex_count && !build.failed;)
        add_nit_section(&build, station, wording, &next, &houses);
    return build_finish(&build, TABLES_PID_NIT, table);
}

static bool list_service(dvbpsi_descriptor_t **list, const struct service *service, const struct house *house,
                         const struct texts *network, const struct wording *wording)
{
    struct wording here = *wording;
    here.line = service->line;
    return descriptor_add_service(list, component_service_type(house), &service->name, network, &here) &&
           component_add_all(list, service, house);
}

/* One SDT section: the services from *next that fit. */
static void add_sdt_section(struct build *build, const struct multiplex_plan *multiplex,
                            dvbpsi_descriptor_t **lists, size_t *next)
{
    dvbpsi_sdt_t sdt;
    size_t used = 11, first = *next;

    dvbpsi_sdt_init(&sdt, 0x42, multiplex->transport_stream_id, 0, true,
                    multiplex->network->original_network_id);
    for (; *next < multiplex->service_count; ++*next) {
        used += 5 + descriptor_list_size(lists[*next]);
        if (used > SECTION_ROOM && *next > first)
            break;
        dvbpsi_sdt_service_t *service =
            dvbpsi_sdt_service_add(&sdt, multiplex->services[*next].service_id, true, true, RUNNING, false);
        if (!service)
            break;
        service->p_first_descriptor = lists[*next];
        lists[*next] = NULL;
    }
    build->failed |= *next == first;
    if (!build->failed)
        add_sections(build, dvbpsi_sdt_sections_generate(build->dvbpsi, &sdt));
    dvbpsi_sdt_empty(&sdt);
}

bool tables_build_sdt(struct tables_entry *table, const struct station *station, size_t multiplex,
                      const struct house *houses, const struct wording *wording)
{
    const struct multiplex_plan *plan = &station->multiplexes[multiplex];
    dvbpsi_descriptor_t **lists = calloc(plan->service_count, sizeof *lists);
    struct build build;

    build_init(&build);
    build.failed |= !lists;
    for (size_t i = 0; i < plan->service_count && !build.failed; i++)
        build.failed |=
            !list_service(&lists[i], &plan->services[i], &houses[i], &plan->network->name, wording);
    for (size_t next = 0; next < plan->service_count && !build.failed;)
        add_sdt_section(&build, plan, lists, &next);
    for (size_t i = 0; lists && i < plan->service_count; i++)
        dvbpsi_DeleteDescriptors(lists[i]);
    free(lists);
    return build_finish(&build, TABLES_PID_SDT, table);
}

void tables_fini(struct tables_entry *table)
{
    free(table->packets);
    *table = (struct tables_entry){0};
}
