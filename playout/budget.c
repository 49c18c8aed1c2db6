#include "playout/budget.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PACKET_BITS (TS_PACKET * 8)

/* Adds a lane; the arrays are large enough. */
static void add_lane(struct budget *budget, struct lane lane, const char *kind, const char *which)
{
    snprintf(budget->names[budget->count], BUDGET_NAME, "%s%s%s", kind, *which ? " " : "", which);
    budget->lanes[budget->count++] = lane;
    budget->used += lane.slots;
}

bool budget_init(struct budget *budget, const struct studio *studio, size_t multiplex, const struct si *si)
{
    const struct multiplex_plan *plan = &studio->station->multiplexes[multiplex];
    const struct house *house = &studio->house;
    size_t count = 2 * plan->service_count + si_lane_count(si);
    *budget = (struct budget){.rate = slot_rate_new(plan->delivery.bits_num, plan->delivery.bits_den),
                              .lanes = calloc(count, sizeof *budget->lanes),
                              .names = calloc(count, sizeof *budget->names)};
    budget->slots = slot_per_superframe(budget->rate);
    if (!budget->lanes || !budget->names)
        return false;
    for (size_t i = 0; i < plan->service_count; i++) {
        const struct service *service = &plan->services[i];
        add_lane(budget, (struct lane){LANE_VIDEO, service->video_pid, (uint16_t)i, house->video.slots},
                 "video", service->id);
    }
    for (size_t i = 0; i < plan->service_count; i++) {
        const struct service *service = &plan->services[i];
        add_lane(budget, (struct lane){LANE_AUDIO, service->audio_pid, (uint16_t)i, house->audio.slots},
                 "audio", service->id);
    }
    for (size_t i = 0; i < si_lane_count(si); i++) {
        const struct si_lane *lane = si_lane(si, i);
        add_lane(budget, (struct lane){LANE_TABLE, lane->pid, (uint16_t)i, lane->slots}, lane->name, "");
    }
    return true;
}

void budget_fini(struct budget *budget)
{
    free(budget->lanes);
    free(budget->names);
    *budget = (struct budget){0};
}

bool budget_check(const struct budget *budget, const struct studio *studio, size_t multiplex,
                  struct diagnostics *diagnostics)
{
    const struct multiplex_plan *plan = &studio->station->multiplexes[multiplex];
    if (budget->used <= budget->slots)
        return true;
    uint64_t missing = budget->used - budget->slots;
    diagnostics_add(diagnostics, SEVERITY_ERROR, studio->station->file, plan->line,
                    "the lanes of multiplex \"%s\" need %" PRIu64 " packets/s, which is %" PRIu64
                    " (%.1f kb/s) more than the %u that its delivery carries: take a service away, or a "
                    "higher symbol rate or modulation",
                    plan->name, budget->used, missing, (double)missing * PACKET_BITS / 1000, budget->slots);
    return false;
}

struct row {
    const char *name;
    int name_length;
    uint32_t lanes;
    uint64_t slots;
};

/* The first word of a lane's name is its kind. */
static int kind_length(const char *name)
{
    return (int)strcspn(name, " ");
}

/* Takes the lanes from *index on that are of one kind and rate. */
static struct row next_row(const struct budget *budget, size_t *index)
{
    size_t first = *index;
    const char *name = budget->names[first];
    int kind = kind_length(name);
    struct row row = {.name = name};
    while (*index < budget->count && budget->lanes[*index].slots == budget->lanes[first].slots &&
           kind_length(budget->names[*index]) == kind &&
           strncmp(budget->names[*index], name, (size_t)kind) == 0) {
        row.lanes++;
        row.slots += budget->lanes[(*index)++].slots;
    }
    row.name_length = row.lanes > 1 ? kind : (int)strlen(name);
    return row;
}

static void print_numbers(const struct budget *budget, uint64_t slots, const struct terminal *terminal)
{
    fprintf(terminal->file, "%11" PRIu64 "  %8.1f  %5.1f %%\n", slots, (double)slots * PACKET_BITS / 1000,
            100.0 * (double)slots / budget->slots);
}

void budget_print(const struct budget *budget, const char *multiplex, const struct terminal *terminal)
{
    char title[BUDGET_NAME];
    snprintf(title, sizeof title, "Multiplex %s", multiplex);
    terminal_cell(terminal, STYLE_BOLD, 20, title);
    terminal_print(terminal, STYLE_DIM, "     lanes  packets/s      kb/s    share");
    fputc('\n', terminal->file);
    for (size_t i = 0; i < budget->count;) {
        struct row row = next_row(budget, &i);
        fprintf(terminal->file, "  %-17.*s", row.name_length, row.name);
        if (row.lanes > 1)
            fprintf(terminal->file, "%3u × %-5" PRIu64, row.lanes, row.slots / row.lanes);
        else
            fprintf(terminal->file, "%11s", "1");
        print_numbers(budget, row.slots, terminal);
    }
    bool over = budget->used > budget->slots;
    terminal_print(terminal, over ? STYLE_RED : STYLE_GREEN, "  %-28s", over ? "too much" : "free");
    print_numbers(budget, over ? budget->used - budget->slots : budget->slots - budget->used, terminal);
    terminal_print(terminal, STYLE_BOLD, "  %-28s", "all");
    print_numbers(budget, budget->slots, terminal);
}
