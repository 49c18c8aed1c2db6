/* What a proposal does, as the operator reads it before it is entered. */
#include "playout/proposal.h"

#include <glib.h>
#include <string.h>

#include "playout/effect.h"
#include "playout/report.h"
#include "playout/station_change.h"
#include "schedules/calendar.h"

static const char *time_text(const struct proposal *proposal, int64_t second, char text[CALENDAR_TEXT])
{
    return calendar_format(second, proposal->station.station->zone, "%Y-%m-%d %H:%M:%S", text);
}

/* Revisions that hold later go on with it; those that were to bring other timetables never will when these
 * come. */
static void tell_later(const struct proposal *proposal)
{
    const struct revisions *revisions = &proposal->revisions;
    uint8_t held[JOURNAL_HASH], own[JOURNAL_HASH];
    char text[CALENDAR_TEXT];
    for (size_t i = revisions_find(revisions, proposal->from) + 1; i < revisions->count; i++) {
        const struct journal_revision *entry = &revisions->entries[i];
        const bool ends = proposal->loads &&
                          journal_get_timetables(revisions->journal, proposal->before->number, held) &&
                          journal_get_timetables(revisions->journal, entry->number, own) &&
                          memcmp(held, own, sizeof own) != 0;
        terminal_print(proposal->terminal, STYLE_YELLOW,
                       ends ? "revision %u, which was to hold from %s on, never will\n"
                            : "revision %u, which is to hold from %s on, takes it over\n",
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
        effect_print(&proposal->before->studio, &step->next, proposal->from, terminal);
    tell_overlays(proposal);
    fprintf(terminal->file, "%zu items new, %zu changed, %zu gone; %zu services change at once; ",
            effect.added, effect.changed, effect.removed, effect.cut);
    terminal_print(terminal, effect.unprepared ? STYLE_YELLOW : STYLE_PLAIN, "%zu without a whole lesson\n",
                   effect.unprepared);
    return effect.unprepared > 0 || effect.silenced > 0 || step->next.diagnostics.warnings > 0;
}
