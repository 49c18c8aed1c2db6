/* The lanes of one multiplex's tables, and what each carries in a given second. */
#include "epg/service_information.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

#include "epg/eit_page.h"
#include "epg/eit_schedule.h"
#include "epg/eit_section.h"
#include "epg/mjd.h"
#include "epg/tables.h"
#include "epg/time_table.h"

#define PSI_A_SECOND 12 /* PAT and PMT every 83 ms: inside the 100 ms that TS 101 154 recommends */
#define FIXED_LANES 5   /* PAT, NIT, SDT, EIT, TDT/TOT; besides a PMT for each service */

struct si {
    const struct plan *plan;
    const struct multiplex_plan *multiplex;
    struct si_lane *lanes;
    struct carousel *tables; /* for each lane, empty for EIT and TDT/TOT, the last two */
    size_t count;
    struct eit_lane eit;
};

static void add_lane(struct si *si, uint16_t pid, uint32_t slots, const char *name, const char *service)
{
    struct si_lane *lane = &si->lanes[si->count++];
    lane->pid = pid;
    lane->slots = slots;
    snprintf(lane->name, sizeof lane->name, "%s%s%s", name, *service ? " " : "", service);
}

static bool build_psi(struct si *si, const struct house *houses)
{
    const struct multiplex_plan *multiplex = si->multiplex;

    if (!tables_build_pat(&si->tables[si->count], multiplex))
        return false;
    add_lane(si, TABLES_PID_PAT, PSI_A_SECOND * si->tables[si->count].length, "PAT", "");
    for (size_t i = 0; i < multiplex->service_count; i++) {
        const struct service *service = &multiplex->services[i];
        if (!tables_build_pmt(&si->tables[si->count], service, &houses[i]))
            return false;
        add_lane(si, service->pmt_pid, PSI_A_SECOND * si->tables[si->count].length, "PMT", service->id);
    }
    return true;
}

static bool build_si(struct si *si, size_t multiplex, const struct house *houses,
                     const struct network_guide *guide, struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(si->plan);
    struct wording wording = {.policy = si->multiplex->text, .file = station->file};

    wording.diagnostics = multiplex == 0 ? diagnostics : NULL; /* the network's name, once */
    if (!tables_build_nit(&si->tables[si->count], station, multiplex, houses, &wording))
        return false;
    add_lane(si, TABLES_PID_NIT, si->tables[si->count].slots, "NIT", "");
    wording.diagnostics = diagnostics;
    if (!tables_build_sdt(&si->tables[si->count], station, multiplex, station->guide.others, houses,
                          &wording))
        return false;
    add_lane(si, TABLES_PID_SDT, si->tables[si->count].slots, "SDT/BAT", "");
    eit_lane_init(&si->eit, network_guide_get(guide, network_guide_first(guide, multiplex)),
                  si->multiplex->service_count);
    add_lane(si, EIT_PID, si->eit.slots, "EIT", "");
    add_lane(si, TIME_TABLE_PID, 1, "TDT/TOT", "");
    return true;
}

/* The days on which a schedule may hold any event, [*first, *end); none: an empty range. */
static void find_days(const struct eit_lane *lane, int64_t *first, int64_t *end)
{
    *first = INT64_MAX;
    *end = INT64_MIN;
    for (size_t i = 0; i < lane->services; i++) {
        const struct guide *guide = &lane->guides[i];
        if (guide->event_count == 0)
            continue;
        int64_t earliest = mjd_day(guide->events[0].start) - EIT_DAYS + 1;
        int64_t latest = mjd_day(guide->events[guide->event_count - 1].start) + 1;
        *first = earliest < *first ? earliest : *first;
        *end = latest > *end ? latest : *end;
    }
}

/* Warns when the schedule of some days has to be shortened. False when memory is out. */
static bool report_short_days(const struct si *si, struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(si->plan);
    struct eit_schedule schedule;
    int64_t day, end, first_short = 0;
    int short_days = 0, fewest = EIT_DAYS;
    bool done = eit_schedule_init(&schedule, &si->eit);

    for (find_days(&si->eit, &day, &end); done && day < end; day++) {
        eit_schedule_build(&schedule, day);
        if (schedule.days == EIT_DAYS)
            continue;
        first_short = short_days++ == 0 ? day : first_short;
        fewest = schedule.days < fewest ? schedule.days : fewest;
    }
    eit_schedule_fini(&schedule);
    if (short_days > 0) {
        char text[CALENDAR_TEXT];
        diagnostics_add(diagnostics, SEVERITY_WARNING, station->file, si->multiplex->line,
                        "multiplex \"%s\": the guide is too large for its %u packets per second; on %d days, "
                        "the first %s, viewers see fewer than %d days of it, at the least %d",
                        si->multiplex->name, si->eit.slots, short_days,
                        calendar_format(first_short * MJD_DAY, station->zone, "%Y-%m-%d", text), EIT_DAYS,
                        fewest);
    }
    return done;
}

struct si *si_new(const struct plan *plan, size_t multiplex, const struct house *houses,
                  const struct network_guide *guide, struct diagnostics *diagnostics)
{
    const struct house *own = houses + network_guide_first(guide, multiplex);
    struct si *si = calloc(1, sizeof *si);
    if (!si)
        return NULL;
    si->plan = plan;
    si->multiplex = &plan_station(plan)->multiplexes[multiplex];
    si->lanes = calloc(si->multiplex->service_count + FIXED_LANES, sizeof *si->lanes);
    si->tables = calloc(si->multiplex->service_count + FIXED_LANES, sizeof *si->tables);
    if (!si->lanes || !si->tables || !build_psi(si, own) ||
        !build_si(si, multiplex, houses, guide, diagnostics) || !report_short_days(si, diagnostics))
        si_free(&si);
    return si;
}

void si_free(struct si **si)
{
    if (!*si)
        return;
    for (size_t i = 0; (*si)->tables && i < (*si)->multiplex->service_count + FIXED_LANES; i++)
        carousel_fini(&(*si)->tables[i]);
    free((*si)->tables);
    free((*si)->lanes);
    free(*si);
    *si = NULL;
}

size_t si_lane_count(const struct si *si)
{
    return si->count;
}

const struct si_lane *si_lane(const struct si *si, size_t index)
{
    return &si->lanes[index];
}

const struct eit_lane *si_eit_lane(const struct si *si)
{
    return &si->eit;
}

void si_pages(const struct si *si, int64_t second, const struct eit_page *eit, uint8_t *time_packet,
              struct table_page *pages)
{
    size_t eit_index = si->count - 2, time_index = si->count - 1;
    int64_t number = second / EIT_PERIOD - (second % EIT_PERIOD < 0);

    for (size_t i = 0; i < eit_index; i++)
        pages[i] = carousel_page(&si->tables[i]);
    pages[eit_index] = eit_page_get(eit, number);
    time_table_build(plan_station(si->plan), second, time_packet);
    pages[time_index] = (struct table_page){.packets = time_packet, .length = 1};
}
