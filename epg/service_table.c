/* The loop of a multiplex's services. */
#include "epg/service_table.h"

#include <stdlib.h>

#include "epg/component.h"

#include <dvbpsi/sdt.h>

#define HEADER_BYTES 11
#define SERVICE_BYTES 5
#define RUNNING 4

static bool describe_service(dvbpsi_descriptor_t **list, const struct service *service,
                             const struct house *house, const struct texts *network,
                             const struct wording *wording)
{
    struct wording here = *wording;
    here.line = service->line;
    return descriptor_add_service(list, component_service_type(house), &service->name, network, &here) &&
           component_add_all(list, service, house);
}

/* One section: libdvbpsi 1.3.3 takes every SDT for an SDT actual. */
static void generate(struct section_list *list, dvbpsi_sdt_t *sdt)
{
    dvbpsi_psi_section_t *section = dvbpsi_sdt_sections_generate(list->dvbpsi, sdt);
    if (section)
        section->i_table_id = section->p_data[0] = sdt->i_table_id;
    section_list_add(list, section);
}

/* The services from *next that fit in a section, at least one. */
static void add_section(struct section_list *list, dvbpsi_sdt_t *sdt, const struct multiplex_plan *multiplex,
                        enum guide_others guide, dvbpsi_descriptor_t **descriptors, size_t *next)
{
    size_t used = HEADER_BYTES, first = *next;
    for (; *next < multiplex->service_count && !list->failed; ++*next) {
        used += SERVICE_BYTES + descriptor_list_size(descriptors[*next]);
        if (used > SECTION_LIST_ROOM && *next > first)
            break;
        dvbpsi_sdt_service_t *service =
            dvbpsi_sdt_service_add(sdt, multiplex->services[*next].service_id, guide == OTHERS_SCHEDULE,
                                   guide != OTHERS_NONE, RUNNING, false);
        list->failed |= !service;
        if (!service)
            return;
        service->p_first_descriptor = descriptors[*next];
        descriptors[*next] = NULL;
    }
    if (!list->failed)
        generate(list, sdt);
}

void service_table_build(struct section_list *list, enum service_table table,
                         const struct multiplex_plan *multiplex, enum guide_others guide,
                         const struct house *houses, const struct wording *wording)
{
    const size_t count = multiplex->service_count;
    dvbpsi_descriptor_t **descriptors = calloc(count, sizeof *descriptors);
    list->failed |= !descriptors;
    for (size_t i = 0; i < count && !list->failed; i++)
        list->failed |= !describe_service(&descriptors[i], &multiplex->services[i], &houses[i],
                                          &multiplex->network->name, wording);
    for (size_t next = 0; next < count && !list->failed;) {
        dvbpsi_sdt_t sdt;
        dvbpsi_sdt_init(&sdt, table, multiplex->transport_stream_id, 0, true,
                        multiplex->network->original_network_id);
        add_section(list, &sdt, multiplex, guide, descriptors, &next);
        dvbpsi_sdt_empty(&sdt);
    }
    for (size_t i = 0; descriptors && i < count; i++)
        dvbpsi_DeleteDescriptors(descriptors[i]);
    free(descriptors);
    section_list_end_sub_table(list);
}
