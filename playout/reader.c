/* Lessons are opened when first needed; the least recently used is closed when too many are open. */
#include "playout/reader.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "playout/shelf.h"
#include "playout/slate.h"

#define SECONDS_IN_USE 3 /* of each service: on air, the next, and one to be read */

struct open_lesson {
    size_t source, format;
    struct lesson *lesson;             /* NULL: free */
    int64_t used;                      /* second */
    struct verification_stamp claimed; /* it was asked to be verified as it was then */
};

struct reader {
    const struct channel *channel;
    struct lesson **slates; /* per service */
    struct open_lesson *open;
    size_t room;
    struct shelf *shelf; /* NULL: nothing is kept */
    size_t *kinds;       /* per service: the first with the same format and tracks */
    size_t kept_bytes;
    reader_report *report;
    void *context;
};

static size_t kind_of(const struct channel *channel, size_t service)
{
    size_t kind = 0;
    while (channel_format(channel, kind) != channel_format(channel, service) ||
           memcmp(channel_tracks(channel, kind), channel_tracks(channel, service), sizeof(struct tracks)) !=
               0)
        kind++;
    return kind;
}

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
    reader->kinds = calloc(channel->services, sizeof *reader->kinds);
    bool good = reader->open && reader->slates && reader->kinds;
    for (size_t i = 0; good && i < channel->services; i++) {
        reader->kinds[i] = kind_of(channel, i);
        good = (reader->slates[i] = slate_open(channel_house(channel, i)));
    }
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
    shelf_free(&(*reader)->shelf);
    free((*reader)->kinds);
    free((*reader)->slates);
    free((*reader)->open);
    free(*reader);
    *reader = NULL;
}

void reader_keep(struct reader *reader, size_t bytes)
{
    reader->kept_bytes = bytes;
    reader->shelf = shelf_new(bytes, SECONDS_IN_USE * reader->channel->services);
}

/* Room to read a second into: on the shelf, unless the lesson is longer than the service's share. It would
 * only push the others out. */
static struct lesson_second *make_room(struct reader *reader, size_t service, const struct shelf_key *key,
                                       uint32_t seconds, struct lesson_second *out)
{
    const struct house *house = channel_house(reader->channel, service);
    const struct tracks *tracks = channel_tracks(reader->channel, service);
    size_t share = reader->kept_bytes / reader->channel->services / lesson_second_size(house, tracks);
    struct lesson_second *room = NULL;
    if (reader->shelf && seconds <= share)
        room = shelf_put(reader->shelf, key, house, tracks);
    return room ? room : out;
}

/* What was read into a room is shown, or the room is given up. */
static void show_room(struct reader *reader, const struct lesson_second *room, enum lesson_error error,
                      struct lesson_second *out)
{
    if (room == out)
        return;
    if (error == LESSON_OK)
        *out = *room;
    else
        shelf_drop(reader->shelf);
}

static bool show_kept(struct reader *reader, size_t service, const struct shelf_key *key, int64_t second,
                      struct lesson_second *out)
{
    const struct lesson_second *kept = reader->shelf ? shelf_take(reader->shelf, key) : NULL;
    if (!kept)
        return false;
    *out = *kept;
    lesson_second_date(out, &channel_house(reader->channel, service)->audio, second);
    return true;
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

/* A source behind those of the plan is the substitute of one of them. */
static size_t substitute_of(const struct reader *reader, size_t source)
{
    return source + plan_source_count(reader->channel->studio->plan);
}

static bool is_substitute(const struct reader *reader, size_t source)
{
    return source != PLAN_SLATE && source >= plan_source_count(reader->channel->studio->plan);
}

static const struct library_lesson *find_lesson(const struct reader *reader, size_t service, size_t source)
{
    const struct library *library = reader->channel->studio->library;
    const size_t format = channel_format(reader->channel, service);
    return is_substitute(reader, source)
               ? library_get_substitute(library, source - plan_source_count(reader->channel->studio->plan),
                                        format)
               : library_get(library, source, format);
}

static void claim(struct verification *verification, struct open_lesson *entry, const char *hash,
                  const struct verification_stamp *stamp)
{
    if (!verification_stamp_equals(&entry->claimed, stamp) &&
        verification_claim(verification, hash, lesson_get_descriptor(entry->lesson)))
        entry->claimed = *stamp;
}

/* Are the bytes those of its name, as far as is known? It is the open file that is asked about: its name may
 * be another's by now. One that is in doubt is not opened; one that was read goes on, for it may have lost
 * nothing but its name. */
static enum lesson_error judge(const struct reader *reader, struct open_lesson *entry, const char *hash,
                               bool opened)
{
    struct verification *verification = reader->channel->studio->verification;
    struct verification_stamp stamp;
    if (!verification_stamp(lesson_get_descriptor(entry->lesson), &stamp))
        return LESSON_OK;
    const enum verdict verdict = verification_get(verification, hash, &stamp);
    if (verdict == VERDICT_UNKNOWN || verdict == VERDICT_DOUBTFUL)
        claim(verification, entry, hash, &stamp);
    return verdict == VERDICT_WRONG || (verdict == VERDICT_DOUBTFUL && opened) ? LESSON_MISNAMED : LESSON_OK;
}

static enum lesson_error open_source(struct reader *reader, size_t service, size_t source,
                                     struct open_lesson **found)
{
    size_t format = channel_format(reader->channel, service);
    struct open_lesson *entry = find_entry(reader, source, format);
    const struct library_lesson *lesson = find_lesson(reader, service, source);
    const bool is_open = entry->lesson && entry->source == source && entry->format == format;
    *found = entry;
    if (!lesson)
        return LESSON_CANNOT_OPEN;
    if (!is_open) {
        lesson_free(&entry->lesson);
        entry->source = source;
        entry->format = format;
        enum lesson_error error =
            lesson_open(lesson->path, channel_house(reader->channel, service), &entry->lesson);
        if (error != LESSON_OK)
            return error;
    }
    enum lesson_error error = judge(reader, entry, lesson->hash, !is_open);
    if (error != LESSON_OK)
        lesson_free(&entry->lesson);
    return error;
}

static enum lesson_error read_source(struct reader *reader, size_t service, const struct on_air *on_air,
                                     int64_t second, struct lesson_second *out)
{
    const struct shelf_key key = {on_air->source, reader->kinds[service], on_air->cell};
    struct open_lesson *entry;
    if (show_kept(reader, service, &key, second, out))
        return LESSON_OK;
    enum lesson_error error = open_source(reader, service, on_air->source, &entry);
    if (error != LESSON_OK)
        return error;
    entry->used = second;
    uint32_t seconds = lesson_info(entry->lesson)->seconds;
    if (on_air->cell >= seconds) {
        error = LESSON_DAMAGED;
    } else {
        struct lesson_second *room = make_room(reader, service, &key, seconds, out);
        error =
            lesson_read(entry->lesson, channel_tracks(reader->channel, service), on_air->cell, second, room);
        show_room(reader, room, error, out);
    }
    if (error != LESSON_OK)
        lesson_free(&entry->lesson); /* look at the file afresh next time: it may have come back */
    return error;
}

void reader_read_slate(struct reader *reader, size_t service, int64_t second, struct lesson_second *out)
{
    const struct lesson *slate = reader->slates[service];
    const struct channel *channel = reader->channel;
    uint32_t seconds = lesson_info(slate)->seconds, cell = second % seconds;
    const struct shelf_key key = {PLAN_SLATE, reader->kinds[service], cell};
    if (show_kept(reader, service, &key, second, out))
        return;
    struct lesson_second *room = make_room(reader, service, &key, seconds, out);
    enum lesson_error error = lesson_read_silent(slate, channel_tracks(channel, service), cell, second,
                                                 channel_house(channel, service), room);
    assert(error == LESSON_OK);
    show_room(reader, room, error, out);
}

/* Says what was read instead of what is planned, or that it was that. */
static void tell_source(const struct reader *reader, size_t service, const struct on_air *seen,
                        struct shown *shown)
{
    const struct plan *plan = reader->channel->studio->plan;
    const struct library_lesson *lesson = find_lesson(reader, service, seen->source);
    const size_t source =
        is_substitute(reader, seen->source) ? seen->source - plan_source_count(plan) : seen->source;
    shown_set_source(shown, plan, source, seen->cell);
    if (!lesson)
        return;
    memcpy(shown->lesson, lesson->hash, sizeof shown->lesson);
    shown->seconds = lesson->info.seconds;
}

static void report(const struct reader *reader, size_t service, int64_t second, const char *source,
                   const struct shown *shown)
{
    reader->report(reader->context, &(struct reader_fault){.service = service,
                                                           .second = second,
                                                           .source = source,
                                                           .error = shown->error,
                                                           .instead = *shown->source ? shown->source : NULL});
}

/* The next best lesson of the same source, else the service's fallback, else the picture. */
static struct on_air read_instead(struct reader *reader, size_t service, const struct on_air *planned,
                                  int64_t second, struct lesson_second *out)
{
    struct on_air seen = *planned;
    seen.source = substitute_of(reader, planned->source);
    if (read_source(reader, service, &seen, second, out) == LESSON_OK)
        return seen;
    seen = plan_substitute(reader->channel->studio->plan, reader->channel->index, service, second);
    if (seen.source == planned->source ||
        (seen.source != PLAN_SLATE && read_source(reader, service, &seen, second, out) != LESSON_OK))
        seen.source = PLAN_SLATE;
    return seen;
}

void reader_read(struct reader *reader, size_t service, int64_t second, struct lesson_second *out,
                 struct shown *shown)
{
    const struct plan *plan = reader->channel->studio->plan;
    const struct on_air planned = plan_at(plan, reader->channel->index, service, second);
    struct on_air seen = planned;
    shown_init(shown, reader->channel, &planned);
    if (planned.source != PLAN_SLATE)
        shown->error = read_source(reader, service, &planned, second, out);
    if (shown->error != LESSON_OK) {
        shown->cause = SHOWN_UNREADABLE;
        shown->filling = true;
        seen = read_instead(reader, service, &planned, second, out);
    }
    if (seen.source == PLAN_SLATE)
        reader_read_slate(reader, service, second, out);
    tell_source(reader, service, &seen, shown);
    if (shown->error != LESSON_OK)
        report(reader, service, second, plan_source(plan, planned.source)->path, shown);
}
