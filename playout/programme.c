#include "playout/programme.h"

#include <glib.h>

#include "schedules/calendar.h"

static bool add(struct programme *programme, const struct revisions *revisions, size_t index,
                size_t multiplex, struct diagnostics *diagnostics)
{
    struct revision *revision = revision_new(revisions, index, diagnostics);
    struct channel *channel = &programme->channels[programme->count];
    programme->revisions[programme->count] = revision;
    if (!revision)
        return false;
    programme->count++;
    const bool good = channel_init(channel, &revision->studio, multiplex, diagnostics);
    channel->from = revision->from;
    channel->revision = revision->number;
    return good;
}

bool programme_init(struct programme *programme, const struct revisions *revisions, size_t multiplex,
                    int64_t first, int64_t end, struct diagnostics *diagnostics)
{
    size_t begin = revisions_find(revisions, first);
    size_t last = revisions_find(revisions, end > first ? end - 1 : first);
    bool good = true;
    while (begin < last && revisions_get_station(revisions, begin, diagnostics) != revisions->station)
        begin++;
    while (last > begin && revisions_get_station(revisions, last, diagnostics) != revisions->station)
        last--;
    *programme = (struct programme){.revisions = g_new0(struct revision *, last - begin + 1),
                                    .channels = g_new0(struct channel, last - begin + 1)};
    for (size_t i = begin; good && i <= last; i++)
        good = add(programme, revisions, i, multiplex, diagnostics);
    return good;
}

void programme_fini(struct programme *programme)
{
    for (size_t i = 0; i < programme->count; i++) {
        channel_fini(&programme->channels[i]);
        revision_free(&programme->revisions[i]);
    }
    g_free(programme->channels);
    g_free(programme->revisions);
    *programme = (struct programme){0};
}

bool programme_is_one(const struct revisions *revisions, int64_t first, int64_t end,
                      struct diagnostics *diagnostics)
{
    const struct studio *station = revisions->station;
    int64_t from, until;
    char text[CALENDAR_TEXT];
    if (!revisions_find_station(revisions, first, &from, &until, diagnostics))
        return false;
    if (end <= until)
        return true;
    diagnostics_add(
        diagnostics, SEVERITY_ERROR, station->station->file, 0,
        "from %s on another station holds, that of revision %u: what it sends is another stream; ask "
        "for what lies before that second, and for what lies behind it",
        calendar_format(until, station->station->zone, "%Y-%m-%d %H:%M:%S", text),
        revisions->entries[revisions_find(revisions, until)].number);
    return false;
}
