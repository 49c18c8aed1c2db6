/* The loop of the multiplexes that have services of a stage. */
#include "epg/bouquet_table.h"

#include <stdlib.h>

#include "epg/component.h"
#include "epg/stream_loop.h"

#define TABLE_BOUQUET 0x4A

/* The services of a stage, as if the multiplex had no others. */
static bool add_services(dvbpsi_descriptor_t **list, const struct multiplex_plan *multiplex, enum stage stage,
                         const struct house *houses)
{
    struct multiplex_plan part = *multiplex;
    uint8_t *types = calloc(multiplex->service_count, 1);
    part.services = calloc(multiplex->service_count, sizeof *part.services);
    part.service_count = 0;
    for (size_t i = 0; types && part.services && i < multiplex->service_count; i++) {
        if (station_get_stage(multiplex->services[i].grade) != stage)
            continue;
        types[part.service_count] = component_service_type(&houses[i]);
        part.services[part.service_count++] = multiplex->services[i];
    }
    const bool done = types && part.services && descriptor_add_services(list, &part, types);
    free(part.services);
    free(types);
    return done;
}

void bouquet_table_build(struct section_list *list, const struct station *station,
                         const struct bouquet *bouquet, const struct house *houses,
                         const struct wording *wording)
{
    struct wording here = *wording;
    struct stream_entry *entries = calloc(station->multiplex_count, sizeof *entries);
    dvbpsi_descriptor_t *whole = NULL;
    size_t count = 0;
    here.line = bouquet->line;
    list->failed |= !entries || !descriptor_add_bouquet(&whole, &bouquet->name, &here);
    for (size_t i = 0; i < station->multiplex_count && !list->failed; i++) {
        struct stream_entry *entry = &entries[count];
        entry->multiplex = &station->multiplexes[i];
        list->failed |= !add_services(&entry->descriptors, entry->multiplex, bouquet->stage, houses);
        if (entry->descriptors)
            count++;
        houses += station->multiplexes[i].service_count;
    }
    stream_loop_build(list, TABLE_BOUQUET, bouquet->bouquet_id, whole, entries, count);
    free(entries);
}
