/* NIT and BAT: two tables of one syntax (EN 300 468 5.2.1, 5.2.2), descriptors of the whole and then of each
 * transport stream. */
#ifndef EPG_STREAM_LOOP_H
#define EPG_STREAM_LOOP_H

#include "epg/section_list.h"
#include "schedules/station.h"

struct stream_entry {
    const struct multiplex_plan *multiplex;
    dvbpsi_descriptor_t *descriptors;
};

/* Adds a sub_table: its id is the network_id or bouquet_id. The descriptors of the whole stand in the first
 * section, an entry is never split. All descriptors are taken over, in any case. */
void stream_loop_build(struct section_list *list, uint8_t table_id, uint16_t id, dvbpsi_descriptor_t *whole,
                       struct stream_entry *entries, size_t count);

#endif
