/* Lanes from services and tables; the order of admission; a table for people. */
#include "playout/budget.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "schedules/texts.h"

#define PACKET_BITS (TS_PACKET * 8)

/* Adds a lane; the arrays are large enough. */
static void add_lane(struct budget *budget, struct lane lane, const char *name)
{
    snprintf(budget->names[budget->count], BUDGET_NAME, "%s", name);
    budget->lanes[budget->count++] = lane;
    budget->used += lane.slots;
}

static void add_video(struct budget *budget, const struct service *service, const struct house *house,
                      uint16_t index)
{
    const struct video_format *video = &house->video;
    struct lane lane = {.kind = LANE_VIDEO,
                        .pid = service->video_pid,
                        .source = index,
                        .slots = video->slots,
                        .lead = video->lead};
    char name[BUDGET_NAME];
    snprintf(name, sizeof name, "video %s", video->name);
    add_lane(budget, lane, name);
}

/* One lane for each sound or each language of subtitles; `lane` is what they have in common. */
static void add_tracks(struct budget *budget, const struct service_track *tracks, size_t count,
                       struct lane lane)
{
    const bool audio = lane.kind == LANE_AUDIO;
    const char *impaired = audio ? " description" : " hard-of-hearing";
    for (size_t i = 0; i < count; i++) {
        char name[BUDGET_NAME];
        snprintf(name, sizeof name, "%s %s%s", audio ? "audio" : "subtitles",
                 language_tag(tracks[i].language), tracks[i].for_impaired ? impaired : "");
        lane.pid = tracks[i].pid;
        lane.track = (uint8_t)i;
        add_lane(budget, lane, name);
    }
}

static void add_sounds(struct budget *budget, const struct service *service, const struct house *house,
                       uint16_t index)
{
    const struct audio_format *audio = &house->audio;
    struct lane lane = {
        .kind = LANE_AUDIO, .source = index, .slots = audio->slots, .lead = audio->lead, .audio = audio};
    add_tracks(budget, service->sounds, service->sound_count, lane);
}

static void add_subtitles(struct budget *budget, const struct service *service, uint16_t index)
{
    struct lane lane = {
        .kind = LANE_SUBTITLES, .source = index, .slots = HOUSE_SUBTITLE_SLOTS, .lead = HOUSE_SUBTITLE_LEAD};
    add_tracks(budget, service->subtitles, service->subtitle_count, lane);
}

static size_t count_lanes(const struct multiplex_plan *plan, const struct si *si)
{
    size_t count = si_lane_count(si);
    for (size_t i = 0; i < plan->service_count; i++)
        count += 1 + plan->services[i].sound_count + plan->services[i].subtitle_count;
    return count;
}

bool budget_init(struct budget *budget, const struct studio *studio, size_t multiplex, const struct si *si)
{
    const struct multiplex_plan *plan = &studio->station->multiplexes[multiplex];
    const struct house *houses = &studio->formats.houses[formats_service(&studio->formats, multiplex, 0)];
    size_t count = count_lanes(plan, si);
    *budget = (struct budget){.plan = plan,
                              .rate = slot_rate_new(plan->delivery.bits_num, plan->delivery.bits_den),
                              .lanes = calloc(count, sizeof *budget->lanes),
                              .names = calloc(count, sizeof *budget->names)};
    budget->slots = slot_per_superframe(budget->rate);
    if (!budget->lanes || !budget->names)
        return false;
    for (size_t i = 0; i < plan->service_count; i++)
        add_video(budget, &plan->services[i], &houses[i], (uint16_t)i);
    for (size_t i = 0; i < plan->service_count; i++)
        add_sounds(budget, &plan->services[i], &houses[i], (uint16_t)i);
    for (size_t i = 0; i < plan->service_count; i++)
        add_subtitles(budget, &plan->services[i], (uint16_t)i);
    for (size_t i = 0; i < si_lane_count(si); i++) {
        const struct si_lane *lane = si_lane(si, i);
        struct lane table = {
            .kind = LANE_TABLE, .pid = lane->pid, .source = (uint16_t)i, .slots = lane->slots};
        add_lane(budget, table, lane->name);
    }
    return true;
}

void budget_fini(struct budget *budget)
{
    free(budget->lanes);
    free(budget->names);
    *budget = (struct budget){0};
}

/* --- admission */

/* The lanes of one service, in order; without one (plan's service_count) the tables. */
static bool belongs(const struct budget *budget, const struct lane *lane, size_t service)
{
    return service == budget->plan->service_count ? lane->kind == LANE_TABLE
                                                  : lane->kind != LANE_TABLE && lane->source == service;
}

/* Takes lanes while they fit. Returns the first one that does not, budget->count when all do. */
static size_t admit(const struct budget *budget, size_t service, uint64_t *left)
{
    for (size_t i = 0; i < budget->count; i++) {
        if (!belongs(budget, &budget->lanes[i], service))
            continue;
        if (budget->lanes[i].slots > *left)
            return i;
        *left -= budget->lanes[i].slots;
    }
    return budget->count;
}

/* "audio bo of service p6" */
static void name_lane(const struct budget *budget, size_t index, const char *between, char *name, size_t size)
{
    const struct lane *lane = &budget->lanes[index];
    const bool table = lane->kind == LANE_TABLE;
    snprintf(name, size, "%s%s%s", budget->names[index], table ? "" : between,
             table ? "" : budget->plan->services[lane->source].id);
}

static double kilobits(uint64_t slots)
{
    return (double)slots * PACKET_BITS / 1000;
}

static void refuse(const struct budget *budget, size_t index, uint64_t left, const char *file,
                   struct diagnostics *diagnostics)
{
    const struct lane *lane = &budget->lanes[index];
    const uint64_t missing = budget->used - budget->slots;
    const int line =
        lane->kind == LANE_TABLE ? budget->plan->line : budget->plan->services[lane->source].line;
    char name[2 * BUDGET_NAME], delivery[BUDGET_NAME];
    name_lane(budget, index, " of service ", name, sizeof name);
    delivery_name(&budget->plan->delivery, delivery, sizeof delivery);
    diagnostics_add(diagnostics, SEVERITY_ERROR, file, line,
                    "%s does not fit: it needs %u packets/s (%.1f kb/s), %" PRIu64 " are left; all lanes of "
                    "multiplex \"%s\" need %" PRIu64 " (%.1f kb/s) more than the %u that %s carries: take a "
                    "lane away, give a video a lower rate, or a faster delivery",
                    name, lane->slots, kilobits(lane->slots), left, budget->plan->name, missing,
                    kilobits(missing), budget->slots, delivery);
}

bool budget_check(const struct budget *budget, const char *file, struct diagnostics *diagnostics)
{
    const size_t services = budget->plan->service_count;
    uint64_t left = budget->slots;
    size_t refused = admit(budget, services, &left);
    for (size_t i = 0; i < services && refused == budget->count; i++)
        refused = admit(budget, i, &left);
    if (refused < budget->count)
        refuse(budget, refused, left, file, diagnostics);
    return refused == budget->count;
}

/* --- the table */

/* Of one name and rate; the tables of all services are one kind: the first word of their names. */
static bool in_one_row(const struct budget *budget, size_t a, size_t b)
{
    const char *one = budget->names[a], *other = budget->names[b];
    const size_t kind = strcspn(one, " ");
    if (budget->lanes[a].kind != budget->lanes[b].kind || budget->lanes[a].slots != budget->lanes[b].slots)
        return false;
    return budget->lanes[a].kind == LANE_TABLE ? strcspn(other, " ") == kind && strncmp(one, other, kind) == 0
                                               : strcmp(one, other) == 0;
}

struct row {
    char name[2 * BUDGET_NAME];
    uint32_t lanes, slots; /* of each */
};

/* The row that begins with this lane; false when it is in an earlier one. */
static bool get_row(const struct budget *budget, size_t first, struct row *row)
{
    for (size_t i = 0; i < first; i++)
        if (in_one_row(budget, i, first))
            return false;
    *row = (struct row){.slots = budget->lanes[first].slots};
    for (size_t i = first; i < budget->count; i++)
        row->lanes += in_one_row(budget, first, i);
    if (row->lanes == 1)
        name_lane(budget, first, " ", row->name, sizeof row->name);
    else if (budget->lanes[first].kind == LANE_TABLE)
        snprintf(row->name, sizeof row->name, "%.*s", (int)strcspn(budget->names[first], " "),
                 budget->names[first]);
    else
        snprintf(row->name, sizeof row->name, "%s", budget->names[first]);
    return true;
}

static void print_numbers(const struct budget *budget, uint64_t slots, const struct terminal *terminal)
{
    fprintf(terminal->file, "%11" PRIu64 "  %8.1f  %5.1f %%\n", slots, kilobits(slots),
            100.0 * (double)slots / budget->slots);
}

static int name_width(const struct budget *budget)
{
    int width = 17;
    struct row row;
    for (size_t i = 0; i < budget->count; i++)
        if (get_row(budget, i, &row) && terminal_columns(row.name) > width)
            width = terminal_columns(row.name);
    return width;
}

void budget_print(const struct budget *budget, const struct terminal *terminal)
{
    char delivery[BUDGET_NAME];
    struct row row;
    const int width = name_width(budget);
    const bool over = budget->used > budget->slots;
    delivery_name(&budget->plan->delivery, delivery, sizeof delivery);
    terminal_print(terminal, STYLE_BOLD, "Multiplex %s", budget->plan->name);
    fprintf(terminal->file, "  %s\n", delivery);
    terminal_print(terminal, STYLE_DIM, "  %-*s      lanes  packets/s      kb/s    share", width, "");
    fputc('\n', terminal->file);
    for (size_t i = 0; i < budget->count; i++) {
        if (!get_row(budget, i, &row))
            continue;
        fputs("  ", terminal->file);
        terminal_cell(terminal, STYLE_PLAIN, width, row.name);
        if (row.lanes > 1)
            fprintf(terminal->file, "%4u × %-4u", row.lanes, row.slots);
        else
            fprintf(terminal->file, "%11s", "1");
        print_numbers(budget, (uint64_t)row.lanes * row.slots, terminal);
    }
    terminal_print(terminal, over ? STYLE_RED : STYLE_GREEN, "  %-*s", width + 11,
                   over ? "too much" : "free");
    print_numbers(budget, over ? budget->used - budget->slots : budget->slots - budget->used, terminal);
    terminal_print(terminal, STYLE_BOLD, "  %-*s", width + 11, "all");
    print_numbers(budget, budget->slots, terminal);
}
