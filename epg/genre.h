/* Which part of education an item belongs to (EN 300 468 Table 29, level 1 nibble 0x9). */
#ifndef EPG_GENRE_H
#define EPG_GENRE_H

#include <stdint.h>

#include "schedules/timetable.h"

/* content_nibble_level_1 and _2 in one byte, by the item's subject. */
uint8_t genre_get(const struct item *item);

#endif
