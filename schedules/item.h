/* What an item is when its timetable does not say. */
#ifndef SCHEDULES_ITEM_H
#define SCHEDULES_ITEM_H

#include "schedules/timetable.h"

/* "lesson", "break", "filler" */
const char *item_kind_name(enum item_kind kind);

/* The event_id that follows from an id: its CRC-16 (polynomial 0x1021, initial value 0xFFFF), with 1 for 0
 * and 0xFFFE for 0xFFFF. Ids of one length that differ within 16 neighbouring bits have different CRCs;
 * others may collide, as in any 16 bits, and the ledger refuses those that do. */
uint16_t item_event_id(const char *id);

/* Gives a break without a title those of its kind, in Chinese and English. */
void item_set_default_titles(struct item *item);

void item_fini(struct item *item);

#endif
