/* The private descriptor of a lesson, behind the specifier that makes it known. */
#include "epg/lesson_data.h"

#include <stdlib.h>

#include "epg/genre.h"

#define PRIVATE_DATA_SPECIFIER 0x5F
#define AUTUMN 1
#define SPRING 2

static uint8_t get_term(int64_t start, const struct zone *zone)
{
    char text[CALENDAR_TEXT];
    const int month = atoi(calendar_format(start, zone, "%m", text));
    return month >= 2 && month <= 7 ? SPRING : AUTUMN;
}

bool lesson_data_add(dvbpsi_descriptor_t **list, const struct item *item, uint32_t private_data_specifier,
                     const struct zone *zone)
{
    uint8_t specifier[] = {(uint8_t)(private_data_specifier >> 24), (uint8_t)(private_data_specifier >> 16),
                           (uint8_t)(private_data_specifier >> 8), (uint8_t)private_data_specifier};
    uint8_t data[] = {(uint8_t)item->grade, genre_subject(item), get_term(item->start, zone)};

    return descriptor_add(list, PRIVATE_DATA_SPECIFIER, specifier, sizeof specifier) &&
           descriptor_add(list, LESSON_DATA_TAG, data, sizeof data);
}
