/* A row a table; a cycle that is longer than its limit would be red, and never is. */
#include "playout/guide_budget.h"

#include <inttypes.h>
#include <stdio.h>

#include "mux/slot.h"

#define NAME_WIDTH 20
#define PACKET_KILOBITS (TS_PACKET * 8 / 1000.0)

static void print_row(const struct si_budget_row *row, const struct terminal *terminal)
{
    char cycle[32];
    fputs("  ", terminal->file);
    terminal_cell(terminal, STYLE_PLAIN, NAME_WIDTH, row->name);
    fprintf(terminal->file, "%9zu %10" PRIu64 "  %10.1f  %8.1f  ", row->sections, row->bytes, row->packets,
            row->packets * PACKET_KILOBITS);
    snprintf(cycle, sizeof cycle, "%8.3f s", row->cycle);
    terminal_print(terminal, row->cycle < row->limit ? STYLE_PLAIN : STYLE_RED, "%s", cycle);
    fprintf(terminal->file, "  %5.1f s\n", row->limit);
}

void guide_budget_print(const struct si_budget *budget, const struct terminal *terminal)
{
    terminal_print(terminal, STYLE_DIM,
                   "  %-*s sections      bytes   packets/s      kb/s       cycle    limit", NAME_WIDTH,
                   "table");
    fputc('\n', terminal->file);
    for (int i = 0; i < SI_BUDGET_TABLES; i++)
        if (budget->rows[i].sections > 0)
            print_row(&budget->rows[i], terminal);
    fprintf(terminal->file, "  of %" PRIu32 " packets/s of the EIT its sections take up to %.1f\n",
            budget->eit_slots, budget->eit_packets);
}
