/* Sections of libdvbpsi, made right. */
#include "epg/section_list.h"

#include "mux/section.h"

#define CRC_BYTES 4
#define SI_TABLES 0x40 /* table_ids from here on are of EN 300 468 */

void section_list_init(struct section_list *list)
{
    *list = (struct section_list){.dvbpsi = dvbpsi_new(NULL, DVBPSI_MSG_NONE)};
    list->tail = list->sub_table = &list->sections;
    list->failed = !list->dvbpsi;
}

void section_list_fini(struct section_list *list)
{
    dvbpsi_DeletePSISections(list->sections);
    if (list->dvbpsi)
        dvbpsi_delete(list->dvbpsi);
    *list = (struct section_list){0};
}

void section_list_add(struct section_list *list, dvbpsi_psi_section_t *sections)
{
    list->failed |= !sections;
    *list->tail = sections;
    while (*list->tail)
        list->tail = &(*list->tail)->p_next;
}

size_t section_list_size(const dvbpsi_psi_section_t *section)
{
    return 3u + section->i_length;
}

void section_list_end_sub_table(struct section_list *list)
{
    uint32_t digest = 0;
    uint8_t count = 0, number = 0;

    for (const dvbpsi_psi_section_t *section = *list->sub_table; section; section = section->p_next, count++)
        digest = digest * 31 + section_crc32(section->p_data, section_list_size(section) - CRC_BYTES);
    for (dvbpsi_psi_section_t *section = *list->sub_table; section; section = section->p_next, number++) {
        uint8_t *bytes = section->p_data, *crc = bytes + section_list_size(section) - CRC_BYTES;
        if (bytes[0] >= SI_TABLES) /* reserved_future_use; ISO/IEC 13818-1 has '0' here in its own tables */
            bytes[1] |= 0x40;
        bytes[5] = 0xC1 | (digest % 32) << 1;
        bytes[6] = number;
        bytes[7] = count - 1;
        uint32_t value = section_crc32(bytes, section_list_size(section) - CRC_BYTES);
        for (int i = 0; i < CRC_BYTES; i++)
            crc[i] = (uint8_t)(value >> (24 - 8 * i));
    }
    list->sub_table = list->tail;
}
