/* The loop of a network's multiplexes. */
#include "epg/network_table.h"

#include <stdlib.h>
#include <string.h>

#include "epg/component.h"
#include "epg/delivery_system.h"
#include "epg/stream_loop.h"

#define TABLE_ACTUAL 0x40
#define TABLE_OTHER 0x41
#define TAG_PRIVATE_DATA_SPECIFIER 0x5F
#define TAG_DEFAULT_AUTHORITY 0x73
#define TAG_CHANNEL_NUMBERS 0x83
#define CHANNEL_NUMBERS_MAX 63 /* four bytes each in a descriptor */
#define NORDIG 0x29
#define BODY_MAX 255

static bool add_services(dvbpsi_descriptor_t **list, const struct multiplex_plan *multiplex,
                         const struct house *houses)
{
    uint8_t *types = calloc(multiplex->service_count, 1);
    for (size_t i = 0; types && i < multiplex->service_count; i++)
        types[i] = component_service_type(&houses[i]);
    const bool done = types && descriptor_add_services(list, multiplex, types);
    free(types);
    return done;
}

/* service_id, visible_service_flag, and the number: behind five reserved bits in ten (EACEM, OFCOM), behind
 * one in fourteen (NorDig). */
static void put_channel_number(const struct service *service, uint32_t specifier, uint8_t *out)
{
    out[0] = service->service_id >> 8;
    out[1] = service->service_id & 0xFF;
    out[2] = (uint8_t)((specifier == NORDIG ? 0xC0 : 0xFC) | service->channel_number >> 8);
    out[3] = (uint8_t)service->channel_number;
}

/* The logical_channel_descriptor is private: it means something only behind its private_data_specifier
 * (EN 300 468 6.2.31), which holds to the end of the loop. So it comes last. */
static bool add_channel_numbers(dvbpsi_descriptor_t **list, const struct multiplex_plan *multiplex)
{
    const uint32_t specifier = multiplex->network->private_data_specifier;
    uint8_t owner[] = {(uint8_t)(specifier >> 24), (uint8_t)(specifier >> 16), (uint8_t)(specifier >> 8),
                       (uint8_t)specifier};
    uint8_t body[BODY_MAX];
    size_t used = 0;
    bool done = true, owned = false;
    for (size_t i = 0; i < multiplex->service_count && done; i++) {
        if (multiplex->services[i].channel_number == 0)
            continue;
        if (!owned)
            done = owned = descriptor_add(list, TAG_PRIVATE_DATA_SPECIFIER, owner, sizeof owner);
        if (used == 4 * CHANNEL_NUMBERS_MAX) {
            done = done && descriptor_add(list, TAG_CHANNEL_NUMBERS, body, used);
            used = 0;
        }
        put_channel_number(&multiplex->services[i], specifier, body + used);
        used += 4;
    }
    return done && (used == 0 || descriptor_add(list, TAG_CHANNEL_NUMBERS, body, used));
}

static bool describe_multiplex(dvbpsi_descriptor_t **list, const struct multiplex_plan *multiplex,
                               const struct house *houses)
{
    return add_services(list, multiplex, houses) &&
           delivery_system_add(list, &multiplex->delivery, multiplex->network->dtmb_frequency) &&
           add_channel_numbers(list, multiplex);
}

/* Its name, and the authority of CRIDs that say none (TS 102 323 12.2.1). */
static bool describe_network(dvbpsi_descriptor_t **list, const struct station *station,
                             const struct network *network, const struct wording *wording)
{
    char *authority = station->guide.authority;
    struct wording here = *wording;
    here.line = network->line;
    return descriptor_add_network(list, &network->name, &here) &&
           (!authority ||
            descriptor_add(list, TAG_DEFAULT_AUTHORITY, (uint8_t *)authority, strlen(authority)));
}

void network_table_build(struct section_list *list, const struct station *station,
                         const struct network *network, bool actual, const struct house *houses,
                         const struct wording *wording)
{
    struct stream_entry *entries = calloc(station->multiplex_count, sizeof *entries);
    dvbpsi_descriptor_t *whole = NULL;
    size_t count = 0;
    list->failed |= !entries || !describe_network(&whole, station, network, wording);
    for (size_t i = 0; i < station->multiplex_count && !list->failed; i++) {
        const struct multiplex_plan *multiplex = &station->multiplexes[i];
        if (multiplex->network == network) {
            struct stream_entry *entry = &entries[count++];
            entry->multiplex = multiplex;
            list->failed |= !describe_multiplex(&entry->descriptors, multiplex, houses);
        }
        houses += multiplex->service_count;
    }
    stream_loop_build(list, actual ? TABLE_ACTUAL : TABLE_OTHER, network->network_id, whole, entries, count);
    free(entries);
}
