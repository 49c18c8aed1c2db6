/* Tables that do not change are read from their pages as a receiver would; the EIT follows from how it is
 * laid out. The limits are those of TR 101 211 4.4.1 and 4.4.2, and for PAT and PMT of TR 101 290 1.3 and
 * 1.5. */
#include "epg/si_budget.h"

#include <stdlib.h>
#include <string.h>

#include "epg/eit_page.h"
#include "epg/eit_schedule.h"
#include "epg/eit_section.h"
#include "epg/time_table.h"
#include "mux/cell.h"
#include "mux/packet.h"
#include "mux/section.h"

#define SECTION_START 5   /* bytes before a section in the packet it begins */
#define IDENTITY_BYTES 12 /* of a section that tell it from others, version_number left out */

static const struct kind {
    const char *name;
    uint8_t table_id;
    double limit, limit_terrestrial;
} kinds[SI_BUDGET_TABLES] = {
    [SI_BUDGET_PAT] = {"PAT", 0x00, 0.5, 0.5},
    [SI_BUDGET_PMT] = {"PMT", 0x02, 0.5, 0.5},
    [SI_BUDGET_NIT_ACTUAL] = {"NIT actual", 0x40, 10, 10},
    [SI_BUDGET_NIT_OTHER] = {"NIT other", 0x41, 10, 10},
    [SI_BUDGET_SDT_ACTUAL] = {"SDT actual", 0x42, 2, 2},
    [SI_BUDGET_SDT_OTHER] = {"SDT other", 0x46, 10, 10},
    [SI_BUDGET_BAT] = {"BAT", 0x4A, 10, 10},
    [SI_BUDGET_STATE_ACTUAL] = {"EIT p/f actual", 0x4E, 2, 2},
    [SI_BUDGET_STATE_OTHER] = {"EIT p/f other", 0x4F, 10, 20},
    [SI_BUDGET_PRIME_ACTUAL] = {"EIT schedule actual", 0x50, 10, 10},
    [SI_BUDGET_LATER_ACTUAL] = {"  later days", 0x50, 30, 30},
    [SI_BUDGET_PRIME_OTHER] = {"EIT schedule other", 0x60, 10, 60},
    [SI_BUDGET_LATER_OTHER] = {"  later days", 0x60, 30, 300},
    [SI_BUDGET_TDT] = {"TDT", 0x70, 30, 30},
    [SI_BUDGET_TOT] = {"TOT", 0x73, 30, 30},
};

/* --- tables that do not change */

struct seen { /* a section in a page */
    const uint8_t *packet;
    uint32_t slot, packets;
    bool again; /* came earlier in the page */
};

static size_t section_length(const uint8_t *section)
{
    return 3 + ((size_t)(section[1] & 0x0F) << 8 | section[2]);
}

static const uint8_t *packet_in(const struct table_page *page, uint32_t slot)
{
    const uint16_t index = page->index ? page->index[slot] : (uint16_t)slot;
    return index == CELL_EMPTY ? NULL : page->packets + (size_t)index * TS_PACKET;
}

static bool is_same(const struct seen *one, const struct seen *other)
{
    const uint8_t *a = one->packet + SECTION_START, *b = other->packet + SECTION_START;
    return memcmp(a, b, 5) == 0 && memcmp(a + 6, b + 6, IDENTITY_BYTES - 6) == 0;
}

static size_t find_sections(const struct table_page *page, struct seen *seen)
{
    size_t count = 0;
    for (uint32_t slot = 0; slot < page->length; slot++) {
        const uint8_t *packet = packet_in(page, slot);
        if (packet && packet_is_start(packet))
            seen[count++] = (struct seen){.packet = packet, .slot = slot};
        if (packet && count > 0)
            seen[count - 1].packets++;
    }
    return count;
}

/* Slots from this section to the next that is the same, round the page. */
static uint32_t find_next(const struct table_page *page, struct seen *seen, size_t count, size_t which)
{
    for (size_t i = which + 1; i < count; i++)
        if (is_same(&seen[i], &seen[which])) {
            seen[i].again = true;
            return seen[i].slot - seen[which].slot;
        }
    for (size_t i = 0; i <= which; i++)
        if (is_same(&seen[i], &seen[which]))
            return seen[i].slot + page->length - seen[which].slot;
    return page->length;
}

static struct si_budget_row *row_of(struct si_budget *budget, uint8_t table_id)
{
    for (int i = 0; i < SI_BUDGET_TABLES; i++)
        if (kinds[i].table_id == table_id)
            return &budget->rows[i];
    return NULL; /* stuffing */
}

static bool add_page(struct si_budget *budget, const struct table_page *page, uint32_t slots)
{
    struct seen *seen = calloc(page->length, sizeof *seen);
    const size_t count = seen ? find_sections(page, seen) : 0;
    for (size_t i = 0; i < count; i++) {
        struct si_budget_row *row = row_of(budget, seen[i].packet[SECTION_START]);
        if (!row)
            continue;
        const double cycle = (double)find_next(page, seen, count, i) / slots;
        row->cycle = cycle > row->cycle ? cycle : row->cycle;
        row->packets += (double)seen[i].packets * slots / page->length;
        row->sections += !seen[i].again;
        row->bytes += seen[i].again ? 0 : section_length(seen[i].packet + SECTION_START);
    }
    free(seen);
    return seen;
}

/* --- EIT */

/* The longest time in which a present or following section does not come. */
static double state_cycle(const struct eit_lane *lane)
{
    const size_t sections = 2 * lane->services;
    int64_t worst = 0;
    for (size_t which = 0; which < sections; which++) {
        int64_t last = -1;
        for (int64_t second = 0; second <= (int64_t)sections + 2; second++)
            for (uint32_t place = 0; place < eit_lane_places(lane); place++) {
                if (eit_lane_turn(lane, place, second) != which)
                    continue;
                const int64_t now = second * lane->slots + eit_lane_place(lane, place);
                worst = last >= 0 && now - last > worst ? now - last : worst;
                last = now;
            }
    }
    return (double)worst / lane->slots;
}

static void add_states(struct si_budget *budget, const struct eit_lane *lane)
{
    struct si_budget_row *row = &budget->rows[SI_BUDGET_STATE_ACTUAL];
    row->sections = 2 * lane->services;
    row->packets = eit_lane_places(lane) * lane->reserved;
    row->cycle = state_cycle(lane);
    for (size_t i = 0; i < lane->services; i++)
        row->bytes += 2 * eit_lane_guide(lane, i)->state_size;
}

/* What a day's sections add up to. */
static void add_section(struct eit_schedule *schedule, const struct eit_schedule_section *section,
                        void *context)
{
    struct si_budget_row *rows = context;
    const struct eit_sub_table *table = &schedule->sub_tables[section->sub_table];
    const struct guide *guide = eit_lane_guide(schedule->lane, table->guide);
    const bool other = eit_lane_is_other(schedule->lane, table->guide);
    const int cycle = eit_schedule_cycle(schedule, section);
    struct si_budget_row *row = &rows[SI_BUDGET_STATE_OTHER];

    if (!eit_schedule_is_state(schedule, section)) {
        const bool later = eit_schedule_is_later(schedule, section);
        row = &rows[other ? SI_BUDGET_PRIME_OTHER + later : SI_BUDGET_PRIME_ACTUAL + later];
        row->bytes += EIT_SECTION_EMPTY;
        for (size_t i = 0; section->part && i < section->part->count; i++)
            row->bytes +=
                event_size(&guide->events[section->part->first + i], schedule->lane->depth.extended);
    } else {
        row->bytes += guide->state_size;
    }
    row->sections++;
    row->packets += (double)section->packets / (cycle * EIT_PERIOD);
    row->cycle = cycle * EIT_PERIOD;
}

static void keep_most(struct si_budget_row *row, const struct si_budget_row *day, double late)
{
    if (day->sections == 0)
        return;
    row->sections = day->sections > row->sections ? day->sections : row->sections;
    row->bytes = day->bytes > row->bytes ? day->bytes : row->bytes;
    row->packets = day->packets > row->packets ? day->packets : row->packets;
    row->cycle = day->cycle + late > row->cycle ? day->cycle + late : row->cycle;
}

/* A packet in every other second is one of TDT, the others are of TOT. */
static void add_times(struct si_budget *budget)
{
    for (int i = SI_BUDGET_TDT; i <= SI_BUDGET_TOT; i++) {
        struct si_budget_row *row = &budget->rows[i];
        row->sections = 1;
        row->bytes = i == SI_BUDGET_TDT ? TIME_TABLE_TDT_BYTES : TIME_TABLE_TOT_BYTES;
        row->packets = 0.5;
        row->cycle = 2;
    }
}

/* Of the EIT, on every day. */
static bool add_schedule(struct si_budget *budget, const struct eit_lane *lane)
{
    struct eit_schedule schedule;
    int64_t day, end;
    bool done = eit_schedule_init(&schedule, lane);
    for (eit_schedule_days(lane, &day, &end); done && day < end; day++) {
        struct si_budget_row rows[SI_BUDGET_TABLES] = {0};
        double late = 0, packets = 0;
        for (int phase = 0; phase < eit_schedule_phases(lane); phase++) {
            if (!eit_schedule_build(&schedule, day, phase))
                continue;
            late = schedule.late > late ? schedule.late : late;
            packets = schedule.packets > packets ? schedule.packets : packets;
        }
        for (uint32_t i = 0; i < schedule.sub_table_count; i++)
            eit_schedule_each(&schedule, i, add_section, rows);
        for (int i = 0; i < SI_BUDGET_TABLES; i++)
            keep_most(&budget->rows[i], &rows[i], late / lane->slots);
        packets = packets / EIT_PERIOD + budget->rows[SI_BUDGET_STATE_ACTUAL].packets;
        budget->eit_packets = packets > budget->eit_packets ? packets : budget->eit_packets;
    }
    eit_schedule_fini(&schedule);
    return done;
}

bool si_budget_init(struct si_budget *budget, const struct si *si)
{
    const struct eit_lane *lane = si_eit_lane(si);
    *budget = (struct si_budget){.eit_slots = lane->slots};
    for (int i = 0; i < SI_BUDGET_TABLES; i++) {
        budget->rows[i].name = kinds[i].name;
        budget->rows[i].limit = lane->terrestrial ? kinds[i].limit_terrestrial : kinds[i].limit;
    }
    for (size_t i = 0; i < si_lane_count(si); i++) {
        const struct table_page page = si_page(si, i);
        if (page.length > 0 && !add_page(budget, &page, si_lane(si, i)->slots))
            return false;
    }
    add_states(budget, lane);
    add_times(budget);
    return add_schedule(budget, lane);
}
