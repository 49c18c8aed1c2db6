#include "playout/replay.h"

#include <errno.h>
#include <glib.h>
#include <string.h>

#include "playout/slate.h"

#define BLOCK 1024 /* packets made at a time */

struct airing { /* a revision that was on air, and room for a second of it */
    struct revision *revision;
    struct channel channel;
    struct eit_page *eit;
    int64_t eit_number;
    struct lesson_second **here, **next; /* per service */
    struct lesson **slates;
    struct table_page *pages;
};

struct replay {
    const struct revisions *revisions;
    char *multiplex; /* its name: another station may have it in another place */
    char *folder;
    struct asrun *asrun; /* of the day that was asked for last; NULL: there is none */
    int64_t day;
    GPtrArray *airings;  /* struct airing */
    GHashTable *lessons; /* hash to struct lesson */
    GHashTable *refused; /* hash of one that cannot be used, to the reason: it is read through only once */
    uint8_t time_packet[TS_PACKET], block[BLOCK * TS_PACKET];
};

static void airing_free(gpointer pointer)
{
    struct airing *airing = pointer;
    for (size_t i = 0; airing->slates && i < airing->channel.services; i++) {
        lesson_second_free(&airing->here[i]);
        lesson_second_free(&airing->next[i]);
        lesson_free(&airing->slates[i]);
    }
    g_free(airing->here);
    g_free(airing->next);
    g_free(airing->slates);
    g_free(airing->pages);
    eit_page_free(&airing->eit);
    channel_fini(&airing->channel);
    revision_free(&airing->revision);
    g_free(airing);
}

static void close_lesson(gpointer pointer)
{
    struct lesson *lesson = pointer;
    lesson_free(&lesson);
}

struct replay *replay_new(const struct revisions *revisions, const char *multiplex, const char *folder)
{
    struct replay *replay = g_new0(struct replay, 1);
    replay->revisions = revisions;
    replay->multiplex = g_strdup(multiplex);
    replay->folder = g_strdup(folder);
    replay->day = INT64_MIN;
    replay->airings = g_ptr_array_new_with_free_func(airing_free);
    replay->lessons = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, close_lesson);
    replay->refused = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    return replay;
}

void replay_free(struct replay **pointer)
{
    struct replay *replay = *pointer;
    asrun_free(&replay->asrun);
    g_free(replay->folder);
    g_free(replay->multiplex);
    g_hash_table_unref(replay->lessons);
    g_hash_table_unref(replay->refused);
    g_ptr_array_unref(replay->airings);
    g_free(replay);
    *pointer = NULL;
}

/* --- the log */

size_t replay_find(struct replay *replay, int64_t second, const struct asrun_second *parts[ASRUN_PARTS])
{
    const struct station *station = replay->revisions->station->station;
    const int64_t day = calendar_day(second, station->zone);
    if (day != replay->day) {
        asrun_free(&replay->asrun);
        replay->asrun = asrun_new(replay->folder, replay->multiplex, second, station->zone);
        replay->day = day;
    }
    return replay->asrun ? asrun_find_parts(replay->asrun, second, parts) : 0;
}

bool replay_get_shown(const struct replay *replay, const struct asrun_second *second, const char *service,
                      struct shown *shown)
{
    return asrun_find_shown(replay->asrun, service, second, 0, shown);
}

/* --- revisions */

static bool make_rooms(struct airing *airing)
{
    const struct channel *channel = &airing->channel;
    bool good = true;
    airing->here = g_new0(struct lesson_second *, channel->services);
    airing->next = g_new0(struct lesson_second *, channel->services);
    airing->slates = g_new0(struct lesson *, channel->services);
    airing->pages = g_new0(struct table_page, si_lane_count(channel->si));
    for (size_t i = 0; i < channel->services; i++) {
        airing->here[i] = channel_new_second(channel, i);
        airing->next[i] = channel_new_second(channel, i);
        airing->slates[i] = slate_open(channel_house(channel, i));
        good = good && airing->here[i] && airing->next[i] && airing->slates[i];
    }
    return good;
}

static bool open_airing(struct replay *replay, struct airing *airing, uint32_t number,
                        struct diagnostics *diagnostics)
{
    airing->eit_number = -1;
    airing->revision = revision_new_numbered(replay->revisions, number, diagnostics);
    if (!airing->revision)
        return false;
    const struct studio *studio = &airing->revision->studio;
    const size_t multiplex = studio_find_multiplex(studio, replay->multiplex);
    if (multiplex == studio->station->multiplex_count ||
        !channel_init(&airing->channel, studio, multiplex, diagnostics))
        return false;
    airing->eit = eit_page_new(airing->channel.si);
    return airing->eit && make_rooms(airing);
}

static struct airing *find_airing(struct replay *replay, uint32_t number, char **fault)
{
    for (guint i = 0; i < replay->airings->len; i++) {
        struct airing *airing = g_ptr_array_index(replay->airings, i);
        if (airing->revision->number == number)
            return airing;
    }
    struct diagnostics diagnostics = {0};
    struct airing *airing = g_new0(struct airing, 1);
    if (open_airing(replay, airing, number, &diagnostics)) {
        g_ptr_array_add(replay->airings, airing);
    } else {
        *fault = g_strdup_printf("revision %u of the timetables, which was on air, cannot be made again: %s",
                                 number, diagnostics.count ? diagnostics.list[0].text : "memory is out");
        airing_free(airing);
        airing = NULL;
    }
    diagnostics_fini(&diagnostics);
    return airing;
}

/* --- lessons */

/* What was sent is known by nothing but the name of the file: another lesson's bytes under it would be made
 * again, and may even be what was sent. */
static char *check_name(const char *path, const struct shown *shown)
{
    char found[LESSON_HASH_MAX];
    const enum lesson_error error = lesson_hash_file(path, found);
    if (error == LESSON_OK && strcmp(found, shown->lesson) == 0)
        return NULL;
    if (error != LESSON_OK)
        return g_strdup(lesson_error_text(error));
    return g_strdup_printf("is not what its name says: its SHA-256 is %s", found);
}

static char *open_lesson(struct replay *replay, const struct channel *channel, size_t service,
                         const struct shown *shown, struct lesson **lesson)
{
    const char *refused = g_hash_table_lookup(replay->refused, shown->lesson);
    *lesson = g_hash_table_lookup(replay->lessons, shown->lesson);
    if (*lesson || refused)
        return g_strdup(refused);
    char *name = g_strconcat(shown->lesson, LESSON_SUFFIX, NULL);
    char *path = studio_file(channel->studio, "lessons", name), *fault = NULL;
    const enum lesson_error error = lesson_open(path, channel_house(channel, service), lesson);
    char *why = error == LESSON_OK ? check_name(path, shown) : g_strdup(lesson_error_text(error));
    if (why) {
        fault = g_strdup_printf("the lesson of %s that was shown (%s) %s", shown->source, path, why);
        g_hash_table_insert(replay->refused, g_strdup(shown->lesson), g_strdup(fault));
        lesson_free(lesson);
    } else {
        g_hash_table_insert(replay->lessons, g_strdup(shown->lesson), *lesson);
    }
    g_free(why);
    g_free(path);
    g_free(name);
    return fault;
}

static char *read_shown(struct replay *replay, const struct airing *airing, size_t service,
                        const struct shown *shown, int64_t second, struct lesson_second *out)
{
    const struct channel *channel = &airing->channel;
    const struct tracks *tracks = channel_tracks(channel, service);
    struct lesson *lesson;
    if (!*shown->lesson) {
        const struct lesson *slate = airing->slates[service];
        lesson_read_silent(slate, tracks, (uint32_t)(second % lesson_info(slate)->seconds), second,
                           channel_house(channel, service), out);
        return NULL;
    }
    char *fault = open_lesson(replay, channel, service, shown, &lesson);
    if (fault)
        return fault;
    if (shown->cell < lesson_info(lesson)->seconds &&
        lesson_read(lesson, tracks, shown->cell, second, out) == LESSON_OK)
        return NULL;
    return g_strdup_printf("the lesson of %s that was shown %s", shown->source,
                           lesson_error_text(LESSON_DAMAGED));
}

static char *read_services(struct replay *replay, const struct airing *airing,
                           const struct asrun_second *second, int behind, struct lesson_second **out)
{
    const struct channel *channel = &airing->channel;
    char *fault = NULL;
    for (size_t i = 0; i < channel->services && !fault; i++) {
        struct shown shown;
        const char *id = channel->plan->services[i].id;
        if (asrun_find_shown(replay->asrun, id, second, behind, &shown))
            fault = read_shown(replay, airing, i, &shown, second->second + behind, out[i]);
        else
            fault = g_strdup_printf("the log does not say what service %s showed", id);
    }
    return fault;
}

/* --- the bytes */

static void build_tables(struct replay *replay, struct airing *airing, int64_t second)
{
    if (second / EIT_PERIOD != airing->eit_number) {
        airing->eit_number = second / EIT_PERIOD;
        eit_page_build(airing->eit, airing->eit_number);
    }
    si_pages(airing->channel.si, second, airing->eit, replay->time_packet, airing->pages);
}

char *replay_second(struct replay *replay, const struct asrun_second *second, uint64_t first, uint64_t last,
                    struct sink *sink)
{
    char *fault = NULL;
    struct airing *airing = find_airing(replay, second->revision, &fault);
    if (!airing)
        return fault;
    const struct channel *channel = &airing->channel;
    fault = read_services(replay, airing, second, 0, airing->here);
    if (!fault)
        fault = read_services(replay, airing, second, 1, airing->next);
    if (fault)
        return fault;
    build_tables(replay, airing, second->pages_second);
    const struct superframe frame = {.second = second->second,
                                     .here = (const struct lesson_second *const *)airing->here,
                                     .next = (const struct lesson_second *const *)airing->next,
                                     .pages = airing->pages};
    for (uint64_t k = first; k <= last;) {
        const uint32_t count = last - k < BLOCK ? (uint32_t)(last - k + 1) : BLOCK;
        multiplex_fill(channel->multiplex, &frame, k, count, replay->block);
        if (!sink_write(sink, replay->block, (size_t)count * TS_PACKET))
            return g_strdup_printf("cannot be written: %s", g_strerror(errno));
        k += count;
    }
    return NULL;
}
