/* Lists the sections of a page in the order of their turns, then places them: back from the end of the page
 * to learn how late each may be, then forward, each at its ideal place or at the nearest that is free. */
#include "epg/eit_schedule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "epg/eit_section.h"
#include "epg/mjd.h"
#include "mux/section.h"

#define STATE_OTHER (EIT_PRESENT_FOLLOWING + 1)
#define STATE_TURNS (EIT_SCHEDULE_TURNS / 2) /* from present to following */
#define LATER 3                              /* pages in which a section of a later day comes once */
#define OTHER_TERRESTRIAL 6
#define PRIME_DAYS 8
/* Tenths of a second by which a section may stand off its ideal place: less than the 2 s that are between
 * EIT_PERIOD and 10 s, and leave it room for the slots of the multiplex. */
#define LATE_TENTHS 19

/* --- sub_tables */

static int tables_of(int days)
{
    return (days + GUIDE_TABLE_DAYS - 1) / GUIDE_TABLE_DAYS;
}

static int days_of(const struct eit_lane *lane, size_t guide)
{
    return eit_lane_is_other(lane, guide) ? lane->depth.other_days : lane->depth.days;
}

static uint32_t count_sub_tables(const struct eit_lane *lane)
{
    const size_t others = lane->count - lane->services;
    return (uint32_t)(lane->services * (size_t)tables_of(lane->depth.days) +
                      others * (size_t)(1 + tables_of(lane->depth.other_days)));
}

bool eit_schedule_init(struct eit_schedule *schedule, const struct eit_lane *lane)
{
    *schedule = (struct eit_schedule){
        .lane = lane,
        .phase = -1,
        .sections = calloc(eit_lane_page(lane), sizeof *schedule->sections),
        .sub_tables = calloc(count_sub_tables(lane) + 1, sizeof *schedule->sub_tables),
    };
    return schedule->sections && schedule->sub_tables;
}

void eit_schedule_fini(struct eit_schedule *schedule)
{
    free(schedule->sections);
    free(schedule->sub_tables);
    *schedule = (struct eit_schedule){0};
}

static struct eit_sub_table *add_sub_table(struct eit_schedule *schedule, size_t guide, uint8_t table_id)
{
    const uint32_t index = schedule->sub_table_count++, all = count_sub_tables(schedule->lane);
    struct eit_sub_table *table = &schedule->sub_tables[index];
    *table = (struct eit_sub_table){.guide = guide,
                                    .table_id = table_id,
                                    .last_table_id = table_id,
                                    .last_section_number = EIT_NOT_SENT,
                                    .offset = (uint8_t)(index * EIT_SCHEDULE_TURNS / all)};
    return table;
}

/* A table of a service. Its last section with events closes it; what is empty behind that is not sent. */
static void add_table(struct eit_schedule *schedule, size_t guide, uint8_t index, int depth)
{
    const struct eit_lane *lane = schedule->lane;
    const struct guide *source = eit_lane_guide(lane, guide);
    const struct guide_sections *sections = &source->sections[lane->depth.extended];
    const bool other = eit_lane_is_other(lane, guide);
    const uint8_t number = (uint8_t)(index + (other ? EIT_OTHER : 0));
    const int left = depth - index * GUIDE_TABLE_DAYS;
    struct eit_sub_table *table = add_sub_table(schedule, guide, EIT_SCHEDULE + number);

    table->table = index;
    table->days = left < GUIDE_TABLE_DAYS ? (uint8_t)left : GUIDE_TABLE_DAYS;
    table->version =
        source->versions.schedule[number] + guide_changes_get(&source->changes[other], index, schedule->day);
    table->segment = schedule->day * GUIDE_SEGMENTS_A_DAY + index * GUIDE_TABLE_SEGMENTS;
    table->first = guide_sections_find(sections, table->segment);
    table->end = guide_sections_find(sections, table->segment + table->days * GUIDE_SEGMENTS_A_DAY);
    if (table->first < table->end) {
        const struct guide_section *last = &sections->list[table->end - 1];
        table->last_section_number = (int)(last->segment - table->segment) * GUIDE_SECTIONS + last->number;
    }
}

/* The tables of a service up to the last with events, of which there is at least one. */
static void add_tables(struct eit_schedule *schedule, size_t guide)
{
    const int depth = days_of(schedule->lane, guide), tables = tables_of(depth);
    struct eit_sub_table *first = &schedule->sub_tables[schedule->sub_table_count];
    int last = 0;

    for (int i = 0; i < tables; i++)
        add_table(schedule, guide, (uint8_t)i, depth);
    for (int i = 0; i < tables; i++)
        last = first[i].last_section_number != EIT_NOT_SENT ? i : last;
    for (int i = 0; i <= last && i < tables; i++) {
        first[i].last_table_id = first[last].table_id;
        if (first[i].last_section_number == EIT_NOT_SENT)
            first[i].last_section_number = 0;
    }
}

void eit_schedule_open(struct eit_schedule *schedule, int64_t day)
{
    schedule->day = day;
    schedule->sub_table_count = 0;
    for (size_t i = 0; i < schedule->lane->count; i++) {
        if (eit_lane_is_other(schedule->lane, i))
            add_sub_table(schedule, i, STATE_OTHER)->last_section_number = 1;
        add_tables(schedule, i);
    }
}

/* --- sections */

static bool is_later(const struct eit_lane *lane, int day)
{
    return day >= (lane->terrestrial ? 1 : PRIME_DAYS);
}

static int cycle_of(const struct eit_lane *lane, bool other, int day)
{
    if (lane->terrestrial && other)
        return OTHER_TERRESTRIAL;
    return is_later(lane, day) ? LATER : 1;
}

int eit_schedule_phases(const struct eit_lane *lane)
{
    const struct eit_depth *depth = &lane->depth;
    const int own = cycle_of(lane, false, depth->days - 1);
    const int other = depth->other_days > 0 ? cycle_of(lane, true, depth->other_days - 1) : 1;
    return own > other ? own : other; /* one is a multiple of the other */
}

static void visit_state(struct eit_schedule *schedule, uint32_t sub_table, eit_schedule_visit *visit,
                        void *context)
{
    const struct eit_sub_table *table = &schedule->sub_tables[sub_table];
    for (uint8_t number = 0; number < 2; number++) {
        const struct eit_schedule_section section = {.sub_table = sub_table,
                                                     .packets = (uint16_t)schedule->lane->other_reserved,
                                                     .number = number,
                                                     .turn = (uint8_t)(table->offset + number * STATE_TURNS)};
        visit(schedule, &section, context);
    }
}

/* Section `number` of the schedule, with these events (NULL: none). */
static struct eit_schedule_section make_section(const struct eit_schedule *schedule, uint32_t sub_table,
                                                int number, const struct guide_section *part)
{
    const struct eit_sub_table *table = &schedule->sub_tables[sub_table];
    return (struct eit_schedule_section){
        .sub_table = sub_table,
        .part = part,
        .packets = part ? part->packets : (uint16_t)section_packet_count(EIT_SECTION_EMPTY),
        .number = (uint8_t)number,
        .segment_last = (uint8_t)(number - number % GUIDE_SECTIONS + (part ? part->last : 0)),
        .turn = (uint8_t)(table->offset + number * GUIDE_TABLE_DAYS / table->days)};
}

static void visit_table(struct eit_schedule *schedule, uint32_t sub_table, eit_schedule_visit *visit,
                        void *context)
{
    const struct eit_sub_table *table = &schedule->sub_tables[sub_table];
    const struct guide *guide = eit_lane_guide(schedule->lane, table->guide);
    const struct guide_section *list = guide->sections[schedule->lane->depth.extended].list;
    struct eit_schedule_section section;
    size_t next = table->first;

    for (int number = 0; number <= table->last_section_number; number += GUIDE_SECTIONS) {
        const int64_t segment = table->segment + number / GUIDE_SECTIONS;
        if (next == table->end || list[next].segment != segment) {
            section = make_section(schedule, sub_table, number, NULL);
            visit(schedule, &section, context);
        }
        for (; next < table->end && list[next].segment == segment; next++) {
            section = make_section(schedule, sub_table, number + list[next].number, &list[next]);
            visit(schedule, &section, context);
        }
    }
}

void eit_schedule_each(struct eit_schedule *schedule, uint32_t sub_table, eit_schedule_visit *visit,
                       void *context)
{
    if (schedule->sub_tables[sub_table].table_id == STATE_OTHER)
        visit_state(schedule, sub_table, visit, context);
    else
        visit_table(schedule, sub_table, visit, context);
}

static int day_of(const struct eit_schedule *schedule, const struct eit_schedule_section *section)
{
    const int segment = section->number / GUIDE_SECTIONS;
    return schedule->sub_tables[section->sub_table].table * GUIDE_TABLE_DAYS + segment / GUIDE_SEGMENTS_A_DAY;
}

bool eit_schedule_is_later(const struct eit_schedule *schedule, const struct eit_schedule_section *section)
{
    return is_later(schedule->lane, day_of(schedule, section));
}

int eit_schedule_cycle(const struct eit_schedule *schedule, const struct eit_schedule_section *section)
{
    const bool other = eit_lane_is_other(schedule->lane, schedule->sub_tables[section->sub_table].guide);
    if (eit_schedule_is_state(schedule, section))
        return 1;
    return cycle_of(schedule->lane, other, day_of(schedule, section));
}

/* Does it come in a page of this phase? */
static bool is_due(const struct eit_schedule *schedule, const struct eit_schedule_section *section)
{
    const int cycle = eit_schedule_cycle(schedule, section);
    const int turn = section->number / GUIDE_SECTIONS + section->number % GUIDE_SECTIONS +
                     (int)(section->sub_table % OTHER_TERRESTRIAL);
    return turn % cycle == schedule->phase % cycle;
}

static struct eit_spacing *spacing_of(struct eit_schedule *schedule,
                                      const struct eit_schedule_section *section)
{
    return &schedule->spacing[schedule->sub_tables[section->sub_table].table_id - EIT_SCHEDULE_FIRST_ID];
}

static void count_section(struct eit_schedule *schedule, const struct eit_schedule_section *section,
                          void *context)
{
    (void)context;
    if (!is_due(schedule, section))
        return;
    schedule->turns[section->turn + 1]++;
    spacing_of(schedule, section)->slots += section->packets + schedule->lane->gap;
    schedule->packets += section->packets;
    schedule->count++;
}

/* It takes its place behind those of earlier turns. */
static void list_section(struct eit_schedule *schedule, const struct eit_schedule_section *section,
                         void *context)
{
    (void)context;
    if (is_due(schedule, section))
        schedule->sections[schedule->turns[section->turn]++] = *section;
}

static void visit_all(struct eit_schedule *schedule, eit_schedule_visit *visit)
{
    for (uint32_t i = 0; i < schedule->sub_table_count; i++)
        eit_schedule_each(schedule, i, visit, NULL);
}

/* False when there are more than slots. */
static bool list_sections(struct eit_schedule *schedule)
{
    schedule->count = 0;
    schedule->packets = 0;
    memset(schedule->turns, 0, sizeof schedule->turns);
    memset(schedule->spacing, 0, sizeof schedule->spacing);
    visit_all(schedule, count_section);
    if (schedule->packets > eit_lane_page(schedule->lane))
        return false;
    for (int turn = 0; turn < EIT_SCHEDULE_TURNS; turn++)
        schedule->turns[turn + 1] += schedule->turns[turn];
    visit_all(schedule, list_section);
    for (int i = 0; i < EIT_SCHEDULE_TABLE_IDS; i++)
        schedule->spacing[i].any_two = 2 * schedule->spacing[i].slots <= eit_lane_page(schedule->lane);
    return true;
}

/* --- places */

static void set_bounds(struct eit_schedule *schedule, int64_t bound)
{
    for (uint32_t i = 0; i < schedule->sub_table_count; i++)
        schedule->sub_tables[i].bound = bound;
    for (int i = 0; i < EIT_SCHEDULE_TABLE_IDS; i++)
        schedule->spacing[i].bound = bound;
}

/* What the next section with this table_id, or of this sub_table, keeps clear of. */
static int64_t *bound_of(struct eit_schedule *schedule, const struct eit_schedule_section *section)
{
    struct eit_spacing *spacing = spacing_of(schedule, section);
    return spacing->any_two ? &spacing->bound : &schedule->sub_tables[section->sub_table].bound;
}

/* Sets each slot to the last at which the section may begin so that all behind it find room. */
static bool place_back(struct eit_schedule *schedule)
{
    uint32_t end = eit_lane_page(schedule->lane);

    set_bounds(schedule, end);
    for (size_t i = schedule->count; i-- > 0;) {
        struct eit_schedule_section *section = &schedule->sections[i];
        int64_t *bound = bound_of(schedule, section);
        end = *bound < end ? (uint32_t)(*bound > 0 ? *bound : 0) : end;
        if (!eit_lane_before(schedule->lane, end, eit_schedule_pace(schedule, section->packets),
                             &section->slot))
            return false;
        end = section->slot;
        *bound = (int64_t)section->slot - schedule->lane->gap + 1;
    }
    return true;
}

static void place_forward(struct eit_schedule *schedule)
{
    const uint32_t page = eit_lane_page(schedule->lane);
    int64_t next = 0, early = 0, late = 0;

    set_bounds(schedule, 0);
    for (size_t i = 0; i < schedule->count; i++) {
        struct eit_schedule_section *section = &schedule->sections[i];
        int64_t *bound = bound_of(schedule, section);
        const uint32_t slots = eit_schedule_pace(schedule, section->packets);
        const uint32_t last = section->slot, ideal = section->turn * page / EIT_SCHEDULE_TURNS;
        int64_t from = ideal < last ? ideal : last;
        from = from > next ? from : next;
        from = from > *bound ? from : *bound;
        section->slot = eit_lane_after(schedule->lane, (uint32_t)from, slots);
        assert(section->slot <= last);
        next = section->slot + slots;
        *bound = next - 1 + schedule->lane->gap;
        const int64_t off = (int64_t)section->slot - ideal;
        early = off < early ? off : early;
        late = off > late ? off : late;
    }
    schedule->late = (uint32_t)(late - early);
}

static bool place(struct eit_schedule *schedule)
{
    if (!place_back(schedule))
        return false;
    place_forward(schedule);
    return schedule->late <= schedule->lane->slots * LATE_TENTHS / 10;
}

bool eit_schedule_build(struct eit_schedule *schedule, int64_t day, int phase)
{
    schedule->phase = phase;
    eit_schedule_open(schedule, day);
    if (!list_sections(schedule))
        return false;
    schedule->paced = schedule->lane->slots > EIT_LANE_LEAK &&
                      eit_lane_pace(schedule->lane, schedule->packets) <= eit_lane_page(schedule->lane);
    if (schedule->paced && place(schedule))
        return true;
    schedule->paced = false;
    if (place(schedule))
        return true;
    for (int i = 0; i < EIT_SCHEDULE_TABLE_IDS; i++)
        schedule->spacing[i].any_two = false;
    return place(schedule);
}

/* The sub_table's, as EN 300 468 5.1.1 asks; for receivers that look at each section's own version, one that
 * stays as long as the section's events do. */
static uint8_t version_of(const struct eit_schedule *schedule, const struct eit_schedule_section *section)
{
    const struct eit_sub_table *table = &schedule->sub_tables[section->sub_table];
    const struct guide *guide = eit_lane_guide(schedule->lane, table->guide);
    if (!schedule->lane->section_versions)
        return table->version;
    return (uint8_t)(guide->versions.schedule[table->table_id - EIT_SCHEDULE] +
                     guide_sections_changes(&guide->sections[schedule->lane->depth.extended],
                                            table->segment + section->number / GUIDE_SECTIONS,
                                            section->number % GUIDE_SECTIONS));
}

size_t eit_schedule_build_section(const struct eit_schedule *schedule,
                                  const struct eit_schedule_section *section, uint8_t *out)
{
    const struct eit_sub_table *table = &schedule->sub_tables[section->sub_table];
    const struct eit_header header = {.table_id = table->table_id,
                                      .version = version_of(schedule, section),
                                      .section_number = section->number,
                                      .last_section_number = (uint8_t)table->last_section_number,
                                      .segment_last_section_number = section->segment_last,
                                      .last_table_id = table->last_table_id};
    return eit_section_build(eit_lane_guide(schedule->lane, table->guide), &header, section->part,
                             schedule->lane->depth.extended, out);
}

/* --- depth */

void eit_schedule_days(const struct eit_lane *lane, int64_t *first, int64_t *end)
{
    *first = INT64_MAX;
    *end = INT64_MIN;
    for (size_t i = 0; i < lane->count; i++) {
        const struct guide *guide = eit_lane_guide(lane, i);
        if (guide->event_count == 0)
            continue;
        int64_t earliest = mjd_day(guide->events[0].start) - days_of(lane, i) + 1;
        int64_t latest = mjd_day(guide->events[guide->event_count - 1].start) + 1;
        *first = earliest < *first ? earliest : *first;
        *end = latest > *end ? latest : *end;
    }
    if (*first > *end)
        *first = *end = 0;
    ++*end; /* a day without events is one as well */
}

static bool fits_day(struct eit_schedule *schedule, int64_t day)
{
    const int phases = eit_schedule_phases(schedule->lane);
    for (int phase = 0; phase < phases; phase++)
        if (!eit_schedule_build(schedule, day, phase))
            return false;
    return true;
}

/* Do the schedules with any of these days fit? *hard is a day that did not, and is tried first. */
static bool fits(struct eit_schedule *schedule, const struct guide_days *days, int64_t *hard)
{
    const struct eit_depth *depth = &schedule->lane->depth;
    const int most = depth->days > depth->other_days ? depth->days : depth->other_days;
    int64_t day, end;

    eit_schedule_days(schedule->lane, &day, &end);
    day = day > days->first - most + 1 ? day : days->first - most + 1;
    end = end < days->end ? end : days->end;
    if (*hard != INT64_MIN && !fits_day(schedule, *hard))
        return false;
    for (; day < end; day++)
        if (!fits_day(schedule, day)) {
            *hard = day;
            return false;
        }
    return true;
}

bool eit_schedule_thin(struct eit_lane *lane, const struct guide_days *edited)
{
    const struct guide_days all = {INT32_MIN, INT32_MAX};
    const struct eit_depth asked = lane->depth;
    struct eit_schedule schedule;
    int64_t hard = INT64_MIN;
    bool done = eit_schedule_init(&schedule, lane);

    while (done && lane->depth.days > 0 && !fits(&schedule, hard == INT64_MIN ? edited : &all, &hard)) {
        if (lane->depth.other_days > 0) {
            lane->depth.other_days--;
        } else if (--lane->depth.days == 0 && lane->depth.extended) {
            lane->depth = asked;
            lane->depth.extended = false;
        }
    }
    eit_schedule_fini(&schedule);
    return done;
}

bool eit_schedule_need(const struct eit_lane *lane, uint32_t *needed, uint32_t *room)
{
    struct eit_lane least = *lane;
    struct eit_schedule schedule;
    int64_t day, end;

    least.depth = (struct eit_depth){.days = 1};
    bool done = eit_schedule_init(&schedule, &least);
    *needed = *room = 0;
    for (eit_schedule_days(&least, &day, &end); done && day < end; day++) {
        eit_schedule_build(&schedule, day, 0);
        *needed = schedule.packets > *needed ? schedule.packets : *needed;
    }
    for (uint32_t slot = 0; slot < lane->slots; slot++)
        *room += EIT_PERIOD * (lane->free[slot] > 0);
    eit_schedule_fini(&schedule);
    return done;
}
