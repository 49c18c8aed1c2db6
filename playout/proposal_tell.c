/* What a proposal does, as the operator reads it before it is entered. */
#include "playout/proposal.h"

#include <glib.h>

#include "playout/effect.h"
#include "playout/report.h"
#include "playout/station_change.h"
#include "schedules/calendar.h"

static const char *time_text(const struct proposal *proposal, int64_t second, char text[CALENDAR_TEXT])
{
    return calendar_format(second, proposal->station.station->zone, "%Y-%m-%d %H:%M:%S", text);
}

/* Revisions that were to hold later never will, or will with the action. */
static void tell_later(const struct proposal *proposal)
{
    char text[CALENDAR_TEXT];
    for (size_t i = 0; i < proposal->revisions.count; i++) {
        const struct journal_revision *entry = &proposal->revisions.entries[i];
        if (entry->from < proposal->from || (entry->from == proposal->from && proposal->keeps))
            continue;
        terminal_print(proposal->terminal, STYLE_YELLOW,
                       proposal->keeps ? "revision %u, which is to hold from %s on, takes it over\n"
                                       : "revision %u, which was to hold from %s on, never will\n",
                       entry->number, time_text(proposal, entry->from, text));
    }
}

/* What is shown over the items changes none of them. */
static void tell_overlays(const struct proposal *proposal)
{
    const struct actions *actions = plan_actions(proposal->steps->next.plan);
    char until[CALENDAR_TEXT];
    for (size_t i = 0; actions && i < actions->count; i++) {
        const struct action *action = &actions->list[i];
        if (action->revision != proposal->number)
            continue;
        if (action->kind == ACTION_HOLD)
            fprintf(proposal->terminal->file, "until it is released; ");
        else if (action->length > 0)
            fprintf(proposal->terminal->file, "until %s; ",
                    time_text(proposal, action->from + action->length, until));
        else
            continue;
        fprintf(proposal->terminal->file, "the guide keeps the items, which go on behind it\n");
    }
}

bool proposal_tell(const struct proposal *proposal)
{
    const struct proposal_step *step = proposal->steps;
    const struct terminal *terminal = proposal->terminal;
    char text[CALENDAR_TEXT];
    report_diagnostics(&step->next.diagnostics, terminal);
    terminal_print(terminal, STYLE_BOLD, "From %s on\n", time_text(proposal, proposal->from, text));
    tell_later(proposal);
    if (proposal_changes_station(proposal))
        station_change_print(&proposal->before->studio, &step->next, terminal);
    const struct effect effect =
        effect_print(proposal->before->studio.plan, step->next.plan, proposal->from, terminal);
    tell_overlays(proposal);
    fprintf(terminal->file, "%zu items new, %zu changed, %zu gone; %zu services change at once; ",
            effect.added, effect.changed, effect.removed, effect.cut);
    terminal_print(terminal, effect.unprepared ? STYLE_YELLOW : STYLE_PLAIN, "%zu without a whole lesson\n",
                   effect.unprepared);
    return effect.unprepared > 0 || step->next.diagnostics.warnings > 0;
}
