/* The sections of one PID's tables, in the order of their sub_tables, on their way to packets.
 *
 * libdvbpsi generates each section, this file numbers them and ends them. libdvbpsi is given no more than one
 * section holds: left to split a table itself it drops the last descriptor of the service that no longer fits
 * (1.3.3, SDT), and it writes '0' where EN 300 468 5.1.1 has reserved_future_use.
 *
 * version_number is a digest of the sub_table, so receivers notice an edited station without any memory of
 * what was sent before. */
#ifndef EPG_SECTION_LIST_H
#define EPG_SECTION_LIST_H

#include <stdbool.h>
#include <stddef.h>

#include "epg/descriptor.h"

#define SECTION_LIST_ROOM 1020 /* bytes before the CRC_32: sections of PSI and SI but EIT end at 1024 */

struct section_list {
    dvbpsi_t *dvbpsi;                                    /* for libdvbpsi's generators */
    dvbpsi_psi_section_t *sections, **tail, **sub_table; /* *sub_table: the first that has no number yet */
    bool failed;                                         /* memory is out, or a table could not be built */
};

/* End with section_list_fini(), whatever came between. */
void section_list_init(struct section_list *list);
void section_list_fini(struct section_list *list);

/* Takes what a generator gave; NULL is a failure. */
void section_list_add(struct section_list *list, dvbpsi_psi_section_t *sections);
/* What was added since the last call is a whole sub_table: its sections are numbered. */
void section_list_end_sub_table(struct section_list *list);

/* Bytes of a section. */
size_t section_list_size(const dvbpsi_psi_section_t *section);

#endif
