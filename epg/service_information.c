/* The lanes of one multiplex's tables, and what each carries in a given second. */
#include "epg/service_information.h"

#include <stdio.h>
#include <stdlib.h>

#include "epg/eit_page.h"
#include "epg/eit_schedule.h"
#include "epg/eit_section.h"
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
    const struct eit_lane *eit;
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

/* What the EIT lane has of other multiplexes: their schedule may have found no room. */
static enum guide_others others_of(const struct si *si, const struct station *station)
{
    const bool thinned = si->eit->depth.other_days == 0;
    return station->guide.others == OTHERS_SCHEDULE && thinned ? OTHERS_PRESENT : station->guide.others;
}

static bool build_si(struct si *si, size_t multiplex, const struct house *houses,
                     const struct network_guide *guide, struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(si->plan);
    const struct wording wording = {
        .policy = si->multiplex->text, .diagnostics = diagnostics, .file = station->file};

    si->eit = network_guide_lane(guide, multiplex);
    if (!tables_build_nit(&si->tables[si->count], station, multiplex, houses, &wording))
        return false;
    add_lane(si, TABLES_PID_NIT, si->tables[si->count].slots, "NIT", "");
    if (!tables_build_sdt(&si->tables[si->count], station, multiplex, others_of(si, station), houses,
                          &wording))
        return false;
    add_lane(si, TABLES_PID_SDT, si->tables[si->count].slots, "SDT/BAT", "");
    add_lane(si, EIT_PID, si->eit->slots, "EIT", "");
    add_lane(si, TIME_TABLE_PID, 1, "TDT/TOT", "");
    return true;
}

static void refuse(const struct si *si, struct diagnostics *diagnostics)
{
    uint32_t needed, room;
    if (!eit_schedule_need(si->eit, &needed, &room)) {
        needed = 0;
        room = 0;
    }
    diagnostics_add(
        diagnostics, SEVERITY_ERROR, plan_station(si->plan)->file, si->multiplex->line,
        "multiplex \"%s\": its guide does not fit: one day of it, without extended events, takes "
        "%u packets in %d seconds, and %u find room in the %u packets per second of its EIT; take "
        "descriptions or languages away, or tell less of other multiplexes",
        si->multiplex->name, needed, EIT_PERIOD, room, si->eit->slots);
}

/* Says what of the guide viewers do not see. */
static void report_depth(const struct si *si, struct diagnostics *diagnostics)
{
    const struct station *station = plan_station(si->plan);
    const struct guide_policy *policy = &station->guide;
    const struct eit_depth *depth = &si->eit->depth;
    const int others = policy->others == OTHERS_SCHEDULE && si->eit->count > si->eit->services;

    if (!si_fits(si)) {
        refuse(si, diagnostics);
        return;
    }
    if (depth->days < policy->days)
        diagnostics_add(diagnostics, SEVERITY_WARNING, station->file, si->multiplex->line,
                        "multiplex \"%s\": the guide is too large for the %u packets per second of its EIT; "
                        "viewers see %d days of it and not %d",
                        si->multiplex->name, si->eit->slots, depth->days, policy->days);
    if (others && depth->other_days < policy->other_days)
        diagnostics_add(diagnostics, SEVERITY_WARNING, station->file, si->multiplex->line,
                        "multiplex \"%s\": the guide is too large for the %u packets per second of its EIT; "
                        "of other multiplexes viewers see %d days and not %d",
                        si->multiplex->name, si->eit->slots, depth->other_days, policy->other_days);
    if (!depth->extended)
        diagnostics_add(diagnostics, SEVERITY_WARNING, station->file, si->multiplex->line,
                        "multiplex \"%s\": the guide is too large for the %u packets per second of its EIT; "
                        "of later lessons viewers see no more than title and description",
                        si->multiplex->name, si->eit->slots);
}

/* Warns when present and following are so large that they take longer than their rounds. */
static void report_rounds(const struct si *si, struct diagnostics *diagnostics)
{
    const struct eit_lane *lane = si->eit;
    const uint32_t round = EIT_LANE_ROUND_MS((uint32_t)lane->services);
    const uint32_t places = lane->present > 0 ? lane->present : eit_lane_places(lane);
    const uint32_t last = eit_lane_place(lane, places - 1) + lane->reserved;
    const uint32_t ms = last * 1000 / lane->slots + (lane->present > 0 ? 0 : 1000);

    if (lane->services <= EIT_LANE_ROUNDS_MAX && ms > round)
        diagnostics_add(
            diagnostics, SEVERITY_WARNING, plan_station(si->plan)->file, si->multiplex->line,
            "multiplex \"%s\": what is present takes up to %u packets, more than %d: viewers see it up "
            "to %u ms after it begins, and not %u; take languages or descriptions away",
            si->multiplex->name, lane->reserved, GUIDE_STATE_PACKETS, ms, round);
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
        !build_si(si, multiplex, houses, guide, diagnostics))
        si_free(&si);
    if (si) {
        report_depth(si, diagnostics);
        report_rounds(si, diagnostics);
    }
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
    return si->eit;
}

bool si_fits(const struct si *si)
{
    return si->eit->depth.days > 0;
}

struct table_page si_page(const struct si *si, size_t index)
{
    return index < si->count - 2 ? carousel_page(&si->tables[index]) : (struct table_page){0};
}

void si_pages(const struct si *si, int64_t second, const struct eit_page *eit, uint8_t *time_packet,
              struct table_page *pages)
{
    size_t eit_index = si->count - 2, time_index = si->count - 1;

    for (size_t i = 0; i < eit_index; i++)
        pages[i] = si_page(si, i);
    pages[eit_index] = eit_page_get(eit, second);
    time_table_build(plan_station(si->plan), second, time_packet);
    pages[time_index] = (struct table_page){.packets = time_packet, .length = 1};
}
