/* A hash of sub_tables with open addressing; nothing is ever removed. */
#include "epg/measure/sub_table.h"

#include <stdlib.h>

#define SLOTS (2 * SI_CHECK_TABLES) /* a power of two; at most half full */
#define SLOT_BITS 17
_Static_assert(SLOTS == 1 << SLOT_BITS, "the hash gives that many bits");

bool sub_tables_init(struct sub_tables *tables)
{
    *tables = (struct sub_tables){.slot = calloc(SLOTS, sizeof(struct sub_table *))};
    return tables->slot != NULL;
}

static void free_sub_table(struct sub_table *sub)
{
    for (unsigned i = 0; i < sub->section_room; i++)
        free(sub->sections[i].events);
    free(sub->sections);
    free(sub);
}

void sub_tables_fini(struct sub_tables *tables)
{
    for (size_t i = 0; i < tables->count; i++)
        free_sub_table(tables->list[i]);
    free(tables->list);
    free(tables->slot);
    *tables = (struct sub_tables){0};
}

/* 13 bits of PID do not fit beside the rest; they matter for PMTs only, which have no ids. */
uint64_t sub_table_key(uint16_t pid, uint8_t table_id, uint16_t extension, uint32_t ids)
{
    return (uint64_t)table_id << 48 | (uint64_t)extension << 32 | (ids ? ids : pid);
}

/* Where the key is, or where it would go. */
static struct sub_table **slot_of(const struct sub_tables *tables, uint64_t key)
{
    size_t i = key * UINT64_C(0x9E3779B97F4A7C15) >> (64 - SLOT_BITS);
    while (tables->slot[i] && tables->slot[i]->key != key)
        i = (i + 1) % SLOTS;
    return &tables->slot[i];
}

struct sub_table *sub_tables_find(const struct sub_tables *tables, uint64_t key)
{
    return *slot_of(tables, key);
}

static bool has_room(struct sub_tables *tables)
{
    if (tables->count < tables->list_room)
        return true;
    size_t room = tables->list_room ? 2 * tables->list_room : 256;
    struct sub_table **list = room <= SI_CHECK_TABLES ? realloc(tables->list, room * sizeof *list) : NULL;
    if (!list)
        return false;
    tables->list = list;
    tables->list_room = room;
    return true;
}

struct sub_table *sub_tables_need(struct sub_tables *tables, uint64_t key, const struct si_class *class,
                                  int64_t at)
{
    struct sub_table **slot = slot_of(tables, key);
    if (*slot)
        return *slot;
    struct sub_table *sub = has_room(tables) ? calloc(1, sizeof *sub) : NULL;
    if (!sub)
        return NULL;
    *sub = (struct sub_table){.key = key,
                              .class = class,
                              .extension = (uint16_t)(key >> 32),
                              .table_id = (uint8_t)(key >> 48),
                              .since = at,
                              .changed_at = at,
                              .last_at = SUB_TABLE_NEVER,
                              .disagrees_since = SUB_TABLE_NEVER};
    return *slot = tables->list[tables->count++] = sub;
}

struct section_record *sub_table_section(const struct sub_table *sub, unsigned number)
{
    if (number >= sub->section_room || sub->sections[number].last_at == SUB_TABLE_NEVER)
        return NULL;
    return &sub->sections[number];
}

struct section_record *sub_tables_need_section(struct sub_tables *tables, struct sub_table *sub,
                                               unsigned number)
{
    if (number < sub->section_room)
        return &sub->sections[number];
    unsigned room = (number / SUB_TABLE_SEGMENT + 1) * SUB_TABLE_SEGMENT, more = room - sub->section_room;
    if (tables->sections + more > SUB_TABLE_SECTIONS)
        return NULL;
    struct section_record *sections = realloc(sub->sections, room * sizeof *sections);
    if (!sections)
        return NULL;
    for (unsigned i = sub->section_room; i < room; i++)
        sections[i] = (struct section_record){.last_at = SUB_TABLE_NEVER, .day = -1};
    tables->sections += more;
    sub->sections = sections;
    sub->section_room = (uint16_t)room;
    return &sections[number];
}

bool sub_tables_need_events(struct sub_tables *tables, struct section_record *section, unsigned count)
{
    struct event_record *events = NULL;
    tables->events -= section->event_count;
    section->event_count = 0;
    bool fits = tables->events + count <= SUB_TABLE_EVENTS;
    if (fits && count > 0)
        events = malloc(count * sizeof *events);
    free(section->events);
    section->events = events;
    if (!events)
        return fits && count == 0;
    section->event_count = (uint16_t)count;
    tables->events += count;
    return true;
}

/* Of a schedule each segment has its first section at least, and those up to its segment_last_section_number,
 * which any of them tells. */
static unsigned segment_last(const struct sub_table *sub, unsigned number)
{
    unsigned first = number - number % SUB_TABLE_SEGMENT;
    for (unsigned i = first; i < first + SUB_TABLE_SEGMENT; i++) {
        const struct section_record *section = sub_table_section(sub, i);
        if (section && section->of_now)
            return section->segment_last;
    }
    return first;
}

bool sub_table_expects(const struct sub_table *sub, unsigned number)
{
    if (number > sub->last_section_number)
        return false;
    return !si_is_schedule(sub->table_id) || number <= segment_last(sub, number);
}

bool sub_table_is_whole(const struct sub_table *sub)
{
    for (unsigned number = 0; number <= sub->last_section_number; number++) {
        const struct section_record *section = sub_table_section(sub, number);
        if (sub_table_expects(sub, number) && !(section && section->of_now))
            return false;
    }
    return true;
}
