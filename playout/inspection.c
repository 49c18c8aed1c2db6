#include "playout/inspection.h"

#include <glib.h>
#include <string.h>
#include <sys/stat.h>

#include "mux/slot.h"
#include "playout/progress.h"
#include "playout/seen.h"

/* What an unprepared fallback is taken for when the disk is reckoned: one lesson of primary school. */
#define FALLBACK_SECONDS 1200

struct use { /* of a source by the plan */
    const struct item *first, *first_early;
    size_t items, early;
    int64_t longest;
    const struct service *service; /* the first that shows it */
};

static bool is_before(const struct item *item, const struct item *other)
{
    int order = other ? strcmp(item->file, other->file) : -1;
    return order < 0 || (order == 0 && item->line < other->line);
}

static void count_item(const struct item *item, size_t *count, const struct item **first)
{
    ++*count;
    if (is_before(item, *first))
        *first = item;
}

static void use_item(struct use *use, const struct plan *plan, const struct item *item)
{
    struct seen seen = seen_of(plan, item);
    count_item(item, &use->items, &use->first);
    if (seen.ends_early)
        count_item(item, &use->early, &use->first_early);
    if (item->length > use->longest)
        use->longest = item->length;
}

static void use_service(struct use *uses, const struct plan *plan, size_t multiplex, size_t index)
{
    const struct service *service = &plan_station(plan)->multiplexes[multiplex].services[index];
    for (size_t i = 0; i < plan_item_count(plan, multiplex, index); i++) {
        const struct item *item = plan_item(plan, multiplex, index, i);
        use_item(&uses[plan_find_source(plan, seen_source(item))], plan, item);
    }
    bool *shown = g_new0(bool, plan_source_count(plan) + 1);
    plan_get_sources(plan, multiplex, index, shown);
    for (size_t i = 0; i < plan_source_count(plan); i++)
        if (shown[i] && !uses[i].service)
            uses[i].service = service;
    g_free(shown);
}

static struct use *find_uses(const struct plan *plan)
{
    const struct station *station = plan_station(plan);
    struct use *uses = g_new0(struct use, plan_source_count(plan) + 1);
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; k < station->multiplexes[i].service_count; k++)
            use_service(uses, plan, i, k);
    return uses;
}

/* " (12 items, the first is p3-0302-1)" */
static const char *name_items(const struct item *first, size_t count, char *text, size_t size)
{
    if (count > 1)
        snprintf(text, size, " (%zu items, the first is %s)", count, first->id);
    else
        snprintf(text, size, " (item %s)", first->id);
    return text;
}

/* " in h264-720p25 mp2-128k" where the station has more than one format. */
static const char *name_format(const struct studio *studio, size_t format, char *text, size_t size)
{
    const struct house *house = &studio->formats.list[format].house;
    *text = '\0';
    if (studio->formats.count > 1)
        snprintf(text, size, " in %s %s", house->video.name, house->audio.name);
    return text;
}

/* A fault of the source itself: `what` is seen as the words say. */
static void warn_source(struct studio *studio, const struct use *use, const char *path, const char *what,
                        const char *seen)
{
    char items[160];
    if (use->first)
        diagnostics_add(&studio->diagnostics, SEVERITY_WARNING, use->first->file, use->first->line,
                        "source \"%s\" %s: viewers see %s%s", path, what, seen,
                        name_items(use->first, use->items, items, sizeof items));
    else if (g_strcmp0(use->service->fallback, path) != 0)
        diagnostics_add(&studio->diagnostics, SEVERITY_WARNING, studio->station->file, use->service->line,
                        "source \"%s\" %s: where service %s is to show it, viewers see %s", path, what,
                        use->service->id, seen);
    else
        diagnostics_add(&studio->diagnostics, SEVERITY_WARNING, studio->station->file, use->service->line,
                        "fallback \"%s\" %s: where service %s has nothing else, viewers see %s", path, what,
                        use->service->id, seen);
}

static void inspect_unprepared(struct studio *studio, const struct use *use, const char *path, size_t format,
                               bool present)
{
    char instead[SEEN_TEXT], what[192], in[2 * HOUSE_NAME_MAX + 8];
    name_format(studio, format, in, sizeof in);
    snprintf(what, sizeof what,
             present ? "is not prepared yet%s, run `chalkcast prepare`"
                     : "is neither in sources/ nor prepared%s",
             in);
    warn_source(studio, use, path, what,
                use->first ? seen_instead_text(studio->plan, use->first->service, instead)
                           : "the compiled-in picture");
}

static bool has_date_of(const struct stat *status, const struct lesson_info *info)
{
    return info->source_size == (uint64_t)status->st_size &&
           info->source_mtime_ns == status->st_mtim.tv_sec * INT64_C(1000000000) + status->st_mtim.tv_nsec;
}

/* Is the prepared lesson what preparation would make today? A file of the same size and date is not read
 * again. */
static void inspect_age(struct studio *studio, const struct use *use, const struct lesson_info *info,
                        struct keys *keys, const struct stat *status)
{
    char error[256], what[320];
    bool same_file = has_date_of(status, info);
    const char *key = keys_get_known(keys, info->source);
    if ((!key && same_file) || *keys_fault(keys))
        return;
    if (!key)
        key = keys_get(keys, info->source, error);
    if (!key) {
        snprintf(what, sizeof what, "cannot be read: %s", error);
        warn_source(studio, use, info->source, what, "the lesson that was prepared of it before");
    } else if (strcmp(key, info->encode_key) != 0) {
        warn_source(studio, use, info->source,
                    same_file
                        ? "was prepared with other settings (house format, tracks, preset, loudness, logo), "
                          "run `chalkcast prepare`"
                        : "has changed, or the settings have, since it was prepared, run `chalkcast prepare`",
                    "the old version");
    }
}

/* A loop is what its author asked for; that something else follows may not be. */
static void inspect_length(struct studio *studio, const struct use *use, uint32_t seconds)
{
    char lasts[PROGRESS_TIME], of[PROGRESS_TIME], at[CALENDAR_TEXT], items[160], instead[SEEN_TEXT];
    const struct item *item = use->first_early;
    if (!item || seconds == 0)
        return;
    diagnostics_add(&studio->diagnostics, SEVERITY_WARNING, item->file, item->line,
                    "lesson \"%s\" lasts %s of %s: from %s on viewers see %s%s", seen_source(item),
                    progress_time(seconds, lasts), progress_time(item->length, of),
                    calendar_format(item->start + seconds, studio->station->zone, "%H:%M:%S", at),
                    seen_instead_text(studio->plan, item->service, instead),
                    name_items(item, use->early, items, sizeof items));
}

/* Bytes a second, at most. */
static uint64_t rate_of(const struct format *format)
{
    const struct house *house = &format->house;
    uint64_t sounds = (uint64_t)HOUSE_FRAMES_MAX * house->audio.packets * format->tracks.audio_count;
    uint64_t subtitles = (uint64_t)HOUSE_SUBTITLE_SLOTS * format->tracks.subtitle_count;
    return (house->video.slots + sounds + subtitles) * TS_PACKET;
}

static void inspect_source(struct studio *studio, size_t index, size_t format, const struct use *use,
                           struct inspection *inspection)
{
    const char *path = plan_source(studio->plan, index)->path;
    const struct library_lesson *lesson = library_get(studio->library, index, format);
    char *file = studio_file(studio, "sources", path);
    struct stat source, prepared;
    bool present = stat(file, &source) == 0 && S_ISREG(source.st_mode);
    g_free(file);
    if (!lesson) {
        inspection->unprepared++;
        uint64_t seconds = use->longest ? use->longest : FALLBACK_SECONDS;
        inspection->unprepared_seconds += seconds;
        inspection->unprepared_bytes += seconds * rate_of(&studio->formats.list[format]);
        inspect_unprepared(studio, use, path, format, present);
        return;
    }
    inspection->prepared++;
    inspection->prepared_seconds += lesson->info.seconds;
    if (stat(lesson->path, &prepared) == 0)
        inspection->prepared_bytes += prepared.st_size;
    if (present)
        inspect_age(studio, use, &lesson->info, studio->keys[format], &source);
}

struct inspection inspection_run(struct studio *studio)
{
    struct inspection inspection = {0};
    struct use *uses = find_uses(studio->plan);
    for (size_t i = 0; i < plan_source_count(studio->plan); i++) {
        for (size_t k = 0; k < studio->formats.count; k++)
            if (studio_uses(studio, i, k))
                inspect_source(studio, i, k, &uses[i], &inspection);
        inspect_length(studio, &uses[i], library_seconds(studio->library, i));
    }
    g_free(uses);
    if (inspection.prepared_seconds > 0)
        inspection.unprepared_bytes =
            inspection.unprepared_seconds * (inspection.prepared_bytes / inspection.prepared_seconds);
    return inspection;
}
