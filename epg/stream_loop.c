/* libdvbpsi's NIT stands for both tables. */
#include "epg/stream_loop.h"

#include <dvbpsi/nit.h>

#define HEADER_BYTES 12 /* with the two lengths of the loops */
#define ENTRY_BYTES 6

static bool add_entry(dvbpsi_nit_t *nit, struct stream_entry *entry)
{
    dvbpsi_nit_ts_t *stream = dvbpsi_nit_ts_add(nit, entry->multiplex->transport_stream_id,
                                                entry->multiplex->network->original_network_id);
    if (!stream)
        return false;
    stream->p_first_descriptor = entry->descriptors;
    entry->descriptors = NULL;
    return true;
}

/* One section: the entries from *next that fit, at least one. */
static void add_section(struct section_list *list, dvbpsi_nit_t *nit, uint8_t table_id,
                        struct stream_entry *entries, size_t count, size_t *next)
{
    size_t used = HEADER_BYTES + descriptor_list_size(nit->p_first_descriptor), first = *next;
    for (; *next < count && !list->failed; ++*next) {
        used += ENTRY_BYTES + descriptor_list_size(entries[*next].descriptors);
        if (used > SECTION_LIST_ROOM && *next > first)
            break;
        list->failed |= !add_entry(nit, &entries[*next]);
    }
    if (!list->failed)
        section_list_add(list, dvbpsi_nit_sections_generate(list->dvbpsi, nit, table_id));
}

void stream_loop_build(struct section_list *list, uint8_t table_id, uint16_t id, dvbpsi_descriptor_t *whole,
                       struct stream_entry *entries, size_t count)
{
    size_t next = 0;
    do {
        dvbpsi_nit_t nit;
        dvbpsi_nit_init(&nit, table_id, id, id, 0, true);
        nit.p_first_descriptor = whole;
        whole = NULL;
        add_section(list, &nit, table_id, entries, count, &next);
        dvbpsi_nit_empty(&nit);
    } while (next < count && !list->failed);
    for (size_t i = 0; i < count; i++)
        dvbpsi_DeleteDescriptors(entries[i].descriptors);
    section_list_end_sub_table(list);
}
