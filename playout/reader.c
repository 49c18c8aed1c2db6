/* Lessons are opened when first needed; the least recently used is closed when too many are open. */
#include "playout/reader.h"

#include <assert.h>
#include <stdlib.h>

#include "playout/slate.h"

struct open_lesson {
    size_t source, format;
    struct lesson *lesson; /* NULL: free */
    int64_t used;          /* second */
};

struct reader {
    const struct channel *channel;
    struct lesson **slates; /* per service */
    struct open_lesson *open;
    size_t room;
    reader_report *report;
    void *context;
};

struct reader *reader_new(const struct channel *channel, reader_report *report, void *context)
{
    struct reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    reader->channel = channel;
    reader->report = report;
    reader->context = context;
    reader->room = 4 * channel->services + 4; /* this item, the next, the fallback, and one to spare */
    reader->open = calloc(reader->room, sizeof *reader->open);
    reader->slates = calloc(channel->services, sizeof *reader->slates);
    bool good = reader->open && reader->slates;
    for (size_t i = 0; good && i < channel->services; i++)
        good = (reader->slates[i] = slate_open(channel_house(channel, i)));
    if (!good)
        reader_free(&reader);
    return reader;
}

void reader_free(struct reader **reader)
{
    if (!*reader)
        return;
    for (size_t i = 0; (*reader)->open && i < (*reader)->room; i++)
        lesson_free(&(*reader)->open[i].lesson);
    for (size_t i = 0; (*reader)->slates && i < (*reader)->channel->services; i++)
        lesson_free(&(*reader)->slates[i]);
    free((*reader)->slates);
    free((*reader)->open);
    free(*reader);
    *reader = NULL;
}

/* The entry that holds the source in this format, else a free one, else the one that was not used for
 * longest. */
static struct open_lesson *find_entry(struct reader *reader, size_t source, size_t format)
{
    struct open_lesson *best = &reader->open[0];
    for (size_t i = 0; i < reader->room; i++) {
        struct open_lesson *entry = &reader->open[i];
        if (entry->lesson && entry->source == source && entry->format == format)
            return entry;
        if (best->lesson && (!entry->lesson || entry->used < best->used))
            best = entry;
    }
    return best;
}

static enum lesson_error open_source(struct reader *reader, size_t service, size_t source,
                                     struct open_lesson **found)
{
    size_t format = channel_format(reader->channel, service);
    struct open_lesson *entry = find_entry(reader, source, format);
    *found = entry;
    if (entry->lesson && entry->source == source && entry->format == format)
        return LESSON_OK;
    lesson_free(&entry->lesson);
    const char *path = library_path(reader->channel->studio->library, source, format);
    entry->source = source;
    entry->format = format;
    return path ? lesson_open(path, channel_house(reader->channel, service), &entry->lesson)
                : LESSON_CANNOT_OPEN;
}

static enum lesson_error read_source(struct reader *reader, size_t service, const struct on_air *on_air,
                                     int64_t second, struct lesson_second *out)
{
    struct open_lesson *entry;
    enum lesson_error error = open_source(reader, service, on_air->source, &entry);
    if (error != LESSON_OK)
        return error;
    entry->used = second;
    if (on_air->cell >= lesson_info(entry->lesson)->seconds)
        error = LESSON_DAMAGED;
    else
        error =
            lesson_read(entry->lesson, channel_tracks(reader->channel, service), on_air->cell, second, out);
    if (error != LESSON_OK)
        lesson_free(&entry->lesson); /* look at the file afresh next time: it may have come back */
    return error;
}

void reader_read_slate(const struct reader *reader, size_t service, int64_t second, struct lesson_second *out)
{
    const struct lesson *slate = reader->slates[service];
    const struct channel *channel = reader->channel;
    uint32_t cell = second % lesson_info(slate)->seconds;
    enum lesson_error error = lesson_read_silent(slate, channel_tracks(channel, service), cell, second,
                                                 channel_house(channel, service), out);
    assert(error == LESSON_OK);
    (void)error;
}

void reader_read(struct reader *reader, size_t service, int64_t second, struct lesson_second *out)
{
    const struct plan *plan = reader->channel->studio->plan;
    struct on_air planned = plan_at(plan, reader->channel->index, service, second);
    enum lesson_error error = LESSON_OK;
    if (planned.source != PLAN_SLATE) {
        error = read_source(reader, service, &planned, second, out);
        if (error == LESSON_OK)
            return;
    }
    struct on_air instead = {.source = PLAN_SLATE};
    if (planned.source != PLAN_SLATE)
        instead = plan_substitute(plan, reader->channel->index, service, second);
    if (instead.source == planned.source ||
        (instead.source != PLAN_SLATE && read_source(reader, service, &instead, second, out) != LESSON_OK))
        instead.source = PLAN_SLATE;
    if (instead.source == PLAN_SLATE)
        reader_read_slate(reader, service, second, out);
    if (error == LESSON_OK)
        return;
    const char *shown = instead.source == PLAN_SLATE ? NULL : plan_source(plan, instead.source)->path;
    reader->report(reader->context, &(struct reader_fault){.service = service,
                                                           .second = second,
                                                           .source = plan_source(plan, planned.source)->path,
                                                           .error = error,
                                                           .instead = shown});
}
