#include "playout/shown.h"

#include <glib.h>
#include <string.h>

/* Cuts between two letters. */
static void copy(char *to, const char *from, size_t size)
{
    const char *end;
    if (g_strlcpy(to, from, size) >= size && !g_utf8_validate(to, -1, &end))
        to[end - to] = '\0';
}

void shown_set_source(struct shown *shown, const struct plan *plan, size_t source, uint32_t cell)
{
    *shown->source = *shown->lesson = '\0';
    shown->cell = source == PLAN_SLATE ? 0 : cell;
    shown->seconds = 0;
    if (source != PLAN_SLATE)
        copy(shown->source, plan_source(plan, source)->path, sizeof shown->source);
}

void shown_init(struct shown *shown, const struct channel *channel, const struct on_air *planned)
{
    *shown =
        (struct shown){.revision = channel->revision, .action = planned->action, .filling = planned->filling};
    if (planned->item)
        copy(shown->item, planned->item->id, sizeof shown->item);
    shown_set_source(shown, channel->studio->plan, planned->source, planned->cell);
}

bool shown_goes_on(const struct shown *shown, const struct shown *next)
{
    const uint32_t cell = shown->seconds ? (shown->cell + 1) % shown->seconds : 0;
    return shown->revision == next->revision && shown->cause == next->cause && shown->error == next->error &&
           shown->filling == next->filling && shown->action == next->action && next->cell == cell &&
           strcmp(shown->item, next->item) == 0 && strcmp(shown->lesson, next->lesson) == 0 &&
           strcmp(shown->source, next->source) == 0;
}
