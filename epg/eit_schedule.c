/* Lists the sections of a day in the order of their places, then places them: back from the end of the page
 * to learn how late each may be, then forward, each at its ideal place or at the nearest that is free. */
#include "epg/eit_schedule.h"

#include <assert.h>
#include <stdlib.h>

#include "epg/eit_section.h"
#include "mux/section.h"

#define TABLES 2          /* 0x50 and 0x51: eight days */
#define TABLE_SEGMENTS 32 /* of one table_id: four days */
#define TABLE_SECTIONS (TABLE_SEGMENTS * GUIDE_SECTIONS)
#define NOT_SENT (-1)

struct eit_sub_table {
    const struct guide *guide;
    uint8_t table_id, last_table_id;
    int64_t segment;         /* its first */
    size_t next, end;        /* the guide's sections that it still has to list */
    int last_section_number; /* NOT_SENT: no section */
    int64_t bound;           /* slot that its next section must keep clear of, while placing */
};

static uint32_t sub_table_count(const struct eit_lane *lane)
{
    return (uint32_t)lane->services * TABLES;
}

bool eit_schedule_init(struct eit_schedule *schedule, const struct eit_lane *lane)
{
    *schedule = (struct eit_schedule){
        .lane = lane,
        .day = INT64_MIN,
        .sections = calloc(eit_lane_page(lane), sizeof *schedule->sections),
        .sub_tables = calloc(sub_table_count(lane), sizeof *schedule->sub_tables),
    };
    return schedule->sections && schedule->sub_tables;
}

void eit_schedule_fini(struct eit_schedule *schedule)
{
    free(schedule->sections);
    free(schedule->sub_tables);
    *schedule = (struct eit_schedule){0};
}

/* A table of a service with the segments below `end`. Its last section closes it; what is empty behind that
 * is not sent, but table 0x50 has at least one section. */
static void begin_sub_table(struct eit_sub_table *table, const struct guide *guide, int index, int64_t day,
                            int64_t end)
{
    *table = (struct eit_sub_table){.guide = guide, .table_id = (uint8_t)(EIT_SCHEDULE + index)};
    table->segment = day * GUIDE_SEGMENTS_A_DAY + index * TABLE_SEGMENTS;
    if (end > table->segment + TABLE_SEGMENTS)
        end = table->segment + TABLE_SEGMENTS;
    table->next = guide_find_section(guide, table->segment);
    table->end = guide_find_section(guide, end);
    table->last_section_number = index == 0 ? 0 : NOT_SENT;
    if (table->next < table->end) {
        const struct guide_section *last = &guide->sections[table->end - 1];
        table->last_section_number = (int)(last->segment - table->segment) * GUIDE_SECTIONS + last->number;
    }
}

static void begin_sub_tables(struct eit_schedule *schedule, int days)
{
    int64_t end = (schedule->day + days) * GUIDE_SEGMENTS_A_DAY;

    for (size_t i = 0; i < schedule->lane->services; i++) {
        struct eit_sub_table *tables = &schedule->sub_tables[i * TABLES];
        uint8_t last_table_id = EIT_SCHEDULE;
        for (int index = 0; index < TABLES; index++) {
            begin_sub_table(&tables[index], &schedule->lane->guides[i], index, schedule->day, end);
            if (tables[index].last_section_number != NOT_SENT)
                last_table_id = tables[index].table_id;
        }
        for (int index = 0; index < TABLES; index++)
            tables[index].last_table_id = last_table_id;
    }
}

/* Adds section `number` of a sub_table, if there is one. False when there are more sections than slots. */
static bool list_section(struct eit_schedule *schedule, uint32_t sub_table, int number)
{
    struct eit_sub_table *table = &schedule->sub_tables[sub_table];
    const struct guide_section *section =
        table->next < table->end ? &table->guide->sections[table->next] : NULL;
    bool used = section && section->segment == table->segment + number / GUIDE_SECTIONS &&
                section->number == number % GUIDE_SECTIONS;

    if (number > table->last_section_number || (!used && number % GUIDE_SECTIONS != 0))
        return true;
    if (schedule->count == eit_lane_page(schedule->lane))
        return false;
    struct eit_schedule_section *entry = &schedule->sections[schedule->count++];
    *entry = (struct eit_schedule_section){
        .guide = table->guide,
        .section = used ? section : NULL,
        .table_id = table->table_id,
        .section_number = (uint8_t)number,
        .segment_last_section_number =
            (uint8_t)(number / GUIDE_SECTIONS * GUIDE_SECTIONS + (used ? section->last : 0)),
        .last_section_number = (uint8_t)table->last_section_number,
        .last_table_id = table->last_table_id,
        .packets = used ? section->packets : (uint16_t)section_packet_count(EIT_SECTION_EMPTY),
        .sub_table = sub_table,
    };
    table->next += used;
    schedule->packets += entry->packets;
    return true;
}

static bool list_sections(struct eit_schedule *schedule, int days)
{
    schedule->count = 0;
    schedule->packets = 0;
    begin_sub_tables(schedule, days);
    for (int number = 0; number < TABLE_SECTIONS; number++)
        for (uint32_t i = 0; i < sub_table_count(schedule->lane); i++)
            if (!list_section(schedule, i, number))
                return false;
    return true;
}

/* Sets each slot to the last at which the section may begin so that all behind it find room. */
static bool place_back(struct eit_schedule *schedule)
{
    uint32_t end = eit_lane_schedule_end(schedule->lane);

    for (uint32_t i = 0; i < sub_table_count(schedule->lane); i++)
        schedule->sub_tables[i].bound = end;
    for (size_t i = schedule->count; i-- > 0;) {
        struct eit_schedule_section *section = &schedule->sections[i];
        int64_t *bound = &schedule->sub_tables[section->sub_table].bound;
        end = *bound < end ? (uint32_t)(*bound > 0 ? *bound : 0) : end;
        if (!eit_lane_before(schedule->lane, end, section->packets, &section->slot))
            return false;
        end = section->slot;
        *bound = (int64_t)section->slot - schedule->lane->gap + 1;
    }
    return true;
}

static uint32_t ideal_slot(const struct eit_schedule *schedule, const struct eit_schedule_section *section)
{
    uint64_t tables = sub_table_count(schedule->lane);
    uint64_t turn = section->section_number * tables + section->sub_table;
    return (uint32_t)(turn * eit_lane_schedule_end(schedule->lane) / (TABLE_SECTIONS * tables));
}

static void place_forward(struct eit_schedule *schedule)
{
    int64_t next = 0;

    for (uint32_t i = 0; i < sub_table_count(schedule->lane); i++)
        schedule->sub_tables[i].bound = 0;
    for (size_t i = 0; i < schedule->count; i++) {
        struct eit_schedule_section *section = &schedule->sections[i];
        int64_t *bound = &schedule->sub_tables[section->sub_table].bound;
        uint32_t last = section->slot, ideal = ideal_slot(schedule, section);
        int64_t from = ideal < last ? ideal : last;
        from = from > next ? from : next;
        from = from > *bound ? from : *bound;
        section->slot = eit_lane_after(schedule->lane, (uint32_t)from, section->packets);
        assert(section->slot <= last);
        next = section->slot + section->packets;
        *bound = next - 1 + schedule->lane->gap;
    }
}

void eit_schedule_build(struct eit_schedule *schedule, int64_t day)
{
    int days = EIT_DAYS;

    schedule->day = day;
    while (!list_sections(schedule, days) || !place_back(schedule))
        days--;
    assert(days >= 0); /* one packet for each service always fits */
    place_forward(schedule);
    schedule->days = days;
}

size_t eit_schedule_build_section(const struct eit_schedule *schedule,
                                  const struct eit_schedule_section *section, uint8_t *out)
{
    const struct eit_header header = {.table_id = section->table_id,
                                      .version = (uint8_t)(schedule->day & 31),
                                      .section_number = section->section_number,
                                      .last_section_number = section->last_section_number,
                                      .segment_last_section_number = section->segment_last_section_number,
                                      .last_table_id = section->last_table_id};
    const struct guide_section *part = section->section;
    return eit_section_build(section->guide, &header, part ? section->guide->events + part->first : NULL,
                             part ? part->count : 0, 0, out);
}
