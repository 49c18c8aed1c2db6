/* Titles in the first language of the timetable, times in the station's zone. */
#include "playout/board.h"

#include <stdio.h>
#include <string.h>

#include "schedules/calendar.h"

#define NAME_COLUMNS 16
#define TITLE_COLUMNS 26

/* What an item is called; a filler without title by its file. */
static const char *title_of(const struct item *item)
{
    return item->title.count ? item->title.list[0].utf8 : item->source;
}

/* Appends what viewers see when it is not simply the item's own content. */
static void describe(const struct plan *plan, const struct on_air *on_air, char *text, size_t size)
{
    const char *title = on_air->item ? title_of(on_air->item) : "no lesson";
    if (!on_air->filling && !on_air->action)
        snprintf(text, size, "%s", title);
    else if (on_air->source == PLAN_SLATE)
        snprintf(text, size, "%s (compiled-in picture)", title);
    else
        snprintf(text, size, "%s (%s)", title, plan_source(plan, on_air->source)->path);
}

static void print_span(const struct item *item, const struct zone *zone, const struct terminal *terminal)
{
    char from[CALENDAR_TEXT], until[CALENDAR_TEXT];
    terminal_print(terminal, STYLE_DIM, "%s–%s  ", calendar_format(item->start, zone, "%H:%M", from),
                   calendar_format(item->start + item->length, zone, "%H:%M", until));
}

static void print_service(const struct channel *channel, size_t service, int64_t second,
                          const struct terminal *terminal)
{
    const struct studio *studio = channel->studio;
    const struct zone *zone = studio->station->zone;
    struct on_air now = plan_at(studio->plan, channel->index, service, second);
    char text[512];
    describe(studio->plan, &now, text, sizeof text);
    fprintf(terminal->file, "  %5u  ", channel->plan->services[service].service_id);
    terminal_cell(terminal, STYLE_BOLD, NAME_COLUMNS, channel->plan->services[service].name.list[0].utf8);
    if (now.item)
        print_span(now.item, zone, terminal);
    else
        fprintf(terminal->file, "%13s", "");
    terminal_cell(terminal, now.filling ? STYLE_YELLOW : STYLE_GREEN, TITLE_COLUMNS, text);
    int64_t until = now.item ? now.item->start + now.item->length : second;
    size_t next = plan_next_item(studio->plan, channel->index, service, until);
    if (next < plan_item_count(studio->plan, channel->index, service)) {
        char start[CALENDAR_TEXT];
        const struct item *item = plan_item(studio->plan, channel->index, service, next);
        fprintf(terminal->file, "  %s  %s", calendar_format(item->start, zone, "%H:%M", start),
                title_of(item));
    }
    fprintf(terminal->file, "\n");
}

void board_print(const struct channel *channel, int64_t second, const struct terminal *terminal)
{
    terminal_print(terminal, STYLE_DIM, "%7s  %-*s%-*s%-*s  %s\n", "service", NAME_COLUMNS, "name", 13,
                   "time", TITLE_COLUMNS, "on air", "next");
    for (size_t i = 0; i < channel->services; i++)
        print_service(channel, i, second, terminal);
}

/* Another revision of the timetable has items of its own, which may tell the same. */
static bool is_same_item(const struct item *a, const struct item *b)
{
    return a == b || (a && b && strcmp(a->id, b->id) == 0 && strcmp(a->source, b->source) == 0 &&
                      a->start == b->start && strcmp(title_of(a), title_of(b)) == 0);
}

void board_print_changes(const struct channel *before, const struct channel *channel, int64_t second,
                         const struct terminal *terminal)
{
    const struct studio *studio = channel->studio;
    for (size_t i = 0; i < channel->services; i++) {
        struct on_air then = plan_at(before->studio->plan, channel->index, i, second - 1);
        struct on_air now = plan_at(studio->plan, channel->index, i, second);
        char time[CALENDAR_TEXT], text[512];
        if (is_same_item(then.item, now.item) && then.filling == now.filling &&
            (then.action != 0) == (now.action != 0))
            continue;
        describe(studio->plan, &now, text, sizeof text);
        fprintf(terminal->file, "%s  ", calendar_format(second, studio->station->zone, "%H:%M:%S", time));
        terminal_cell(terminal, STYLE_BOLD, NAME_COLUMNS, channel->plan->services[i].name.list[0].utf8);
        terminal_print(terminal, now.filling ? STYLE_YELLOW : STYLE_GREEN, "%s\n", text);
    }
}
