#include "playout/studio.h"

#include <errno.h>
#include <glib.h>
#include <string.h>
#include <unistd.h>

char *studio_file(const struct studio *studio, const char *folder, const char *name)
{
    const char *path = strcmp(studio->path, ".") == 0 ? "" : studio->path;
    return g_build_filename(*path ? path : folder, *path ? folder : name, *path ? name : NULL, NULL);
}

size_t studio_find_multiplex(const struct studio *studio, const char *name)
{
    const struct station *station = studio->station;
    if (!name)
        return station->multiplex_count == 1 ? 0 : station->multiplex_count;
    for (size_t i = 0; i < station->multiplex_count; i++)
        if (strcmp(station->multiplexes[i].name, name) == 0)
            return i;
    return station->multiplex_count;
}

static bool read_station(struct studio *studio, const char *file)
{
    GError *error = NULL;
    if (access(file, F_OK) != 0) {
        diagnostics_add(&studio->diagnostics, SEVERITY_ERROR, file, 0,
                        "%s: give the directory of a station with -C DIR; schedules/examples/ holds one",
                        strerror(errno));
        return false;
    }
    if (g_file_get_contents(file, &studio->bytes, &studio->length, &error))
        return true;
    diagnostics_add(&studio->diagnostics, SEVERITY_ERROR, file, 0, "cannot be read: %s", error->message);
    g_error_free(error);
    return false;
}

static bool open_keys(struct studio *studio)
{
    const struct formats *formats = &studio->formats;
    studio->keys = g_new0(struct keys *, formats->count);
    for (size_t i = 0; i < formats->count; i++) {
        studio->keys[i] = keys_new(studio->path, studio->station, &formats->list[i]);
        if (!studio->keys[i])
            return false;
    }
    return true;
}

static bool report_memory(struct studio *studio)
{
    diagnostics_add(&studio->diagnostics, SEVERITY_ERROR, studio->station->file, 0, "memory is out");
    return false;
}

bool studio_uses(const struct studio *studio, size_t source, size_t format)
{
    return studio->uses[source * studio->formats.count + format];
}

static void close_station(struct studio *studio)
{
    for (size_t i = 0; studio->keys && i < studio->formats.count; i++)
        keys_free(&studio->keys[i]);
    g_clear_pointer(&studio->keys, g_free);
    formats_fini(&studio->formats);
    if (studio->station)
        station_free(&studio->station);
}

/* Of the bytes. */
static bool open_station(struct studio *studio, const char *file)
{
    studio->station = station_parse_bytes(studio->bytes, studio->length, file, &studio->diagnostics);
    if (!studio->station)
        return false;
    const bool known = formats_init(&studio->formats, studio->station, &studio->diagnostics);
    if (!known || (!open_keys(studio) && !report_memory(studio))) {
        close_station(studio);
        return false;
    }
    if (*keys_fault(studio->keys[0]))
        diagnostics_add(&studio->diagnostics, SEVERITY_WARNING, studio->station->file,
                        studio->station->house_line, "no lesson can be prepared: %s",
                        keys_fault(studio->keys[0]));
    return true;
}

bool studio_open_station(const char *path, struct studio *studio)
{
    *studio = (struct studio){.path = g_strdup(path), .verification = verification_new(path)};
    char *file = studio_file(studio, "station.xml", NULL);
    const bool good = read_station(studio, file) && open_station(studio, file);
    g_free(file);
    return good;
}

bool studio_open_bytes(const char *path, char *bytes, size_t length, const char *file, struct studio *studio)
{
    *studio = (struct studio){
        .path = g_strdup(path), .verification = verification_new(path), .bytes = bytes, .length = length};
    return open_station(studio, file);
}

void studio_lend(const struct studio *owner, struct studio *studio)
{
    *studio = (struct studio){.path = owner->path,
                              .bytes = owner->bytes,
                              .length = owner->length,
                              .station = owner->station,
                              .formats = owner->formats,
                              .keys = owner->keys,
                              .verification = owner->verification,
                              .lent = true};
}

static void set_seconds(struct studio *studio)
{
    for (size_t i = 0; i < plan_source_count(studio->plan); i++)
        plan_set_seconds(studio->plan, i, library_seconds(studio->library, i));
}

bool studio_take_plan(struct studio *studio, struct plan *plan)
{
    char *folder = studio_file(studio, "lessons", NULL);
    studio->plan = plan;
    studio->library =
        library_new(folder, &studio->formats, plan, studio->keys, studio->verification, &studio->diagnostics);
    g_free(folder);
    if (!studio->library)
        return report_memory(studio);
    studio->uses = formats_uses(&studio->formats, plan);
    set_seconds(studio);
    plan_save(plan);
    return true;
}

void studio_bind(struct studio *studio, struct bindings *bindings)
{
    bindings_free(&studio->bindings);
    studio->bindings = bindings;
    library_bind(studio->library, bindings);
    set_seconds(studio);
}

bool studio_open(const char *path, struct studio *studio)
{
    return studio_open_station(path, studio) &&
           studio_take_plan(studio, plan_parse(path, studio->station, &studio->diagnostics));
}

bool studio_open_guide(struct studio *studio, struct diagnostics *diagnostics)
{
    studio->guide = network_guide_new(studio->plan, studio->formats.houses, NULL, diagnostics);
    return studio->guide != NULL;
}

void studio_close(struct studio *studio)
{
    network_guide_free(&studio->guide);
    library_free(&studio->library);
    bindings_free(&studio->bindings);
    g_free(studio->uses);
    if (studio->plan)
        plan_free(&studio->plan);
    if (!studio->lent) {
        close_station(studio);
        verification_free(&studio->verification);
        g_free(studio->bytes);
        g_free(studio->path);
    }
    diagnostics_fini(&studio->diagnostics);
    *studio = (struct studio){0};
}
