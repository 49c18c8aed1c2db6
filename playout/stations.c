#include "playout/stations.h"

#include <glib.h>
#include <string.h>

#include "playout/draft.h"

struct stations {
    const struct studio *folder;
    GPtrArray *opened; /* struct studio */
};

static void close_studio(gpointer studio)
{
    studio_close(studio);
    g_free(studio);
}

struct stations *stations_new(const struct studio *folder)
{
    struct stations *stations = g_new0(struct stations, 1);
    stations->folder = folder;
    stations->opened = g_ptr_array_new_with_free_func(close_studio);
    return stations;
}

void stations_free(struct stations **stations)
{
    if (!*stations)
        return;
    g_ptr_array_unref((*stations)->opened);
    g_clear_pointer(stations, g_free);
}

/* Tells why a studio is broken. */
static const struct studio *refuse(const struct studio *studio, struct diagnostics *diagnostics)
{
    diagnostics_append(diagnostics, &studio->diagnostics);
    return NULL;
}

/* *bytes is NULL when the revision has none. False when the journal cannot be read. */
static bool read_station(struct journal *journal, uint32_t number, char **bytes, size_t *length)
{
    char **names;
    size_t index = 0;
    *bytes = NULL;
    if (!journal_get_names(journal, number, &names))
        return false;
    while (names[index] && strcmp(names[index], DRAFT_STATION) != 0)
        index++;
    const bool good = !names[index] || journal_get_file(journal, number, index, bytes, length);
    g_strfreev(names);
    return good;
}

static bool has_bytes(const struct studio *studio, const char *bytes, size_t length)
{
    return studio->station && studio->length == length && memcmp(studio->bytes, bytes, length) == 0;
}

static const struct studio *find_opened(const struct stations *stations, const char *bytes, size_t length)
{
    if (has_bytes(stations->folder, bytes, length))
        return stations->folder;
    for (guint i = 0; i < stations->opened->len; i++)
        if (has_bytes(stations->opened->pdata[i], bytes, length))
            return stations->opened->pdata[i];
    return NULL;
}

/* Takes the bytes. */
static const struct studio *open_station(struct stations *stations, uint32_t number, char *bytes,
                                         size_t length, struct diagnostics *diagnostics)
{
    struct studio *studio = g_new0(struct studio, 1);
    char *file = studio_file(stations->folder, "station.xml", NULL);
    char *name = g_strdup_printf("%s of revision %u", file, number);
    const bool good = studio_open_bytes(stations->folder->path, bytes, length, name, studio);
    g_free(name);
    g_free(file);
    if (good) {
        g_ptr_array_add(stations->opened, studio);
        return studio;
    }
    refuse(studio, diagnostics);
    close_studio(studio);
    return NULL;
}

const struct studio *stations_get(struct stations *stations, struct journal *journal, uint32_t number,
                                  struct diagnostics *diagnostics)
{
    char *bytes = NULL;
    size_t length;
    if (journal && !read_station(journal, number, &bytes, &length)) {
        diagnostics_add(diagnostics, SEVERITY_ERROR, stations->folder->path, 0, "%s", journal_fault(journal));
        return NULL;
    }
    if (!bytes)
        return stations->folder->station ? stations->folder : refuse(stations->folder, diagnostics);
    const struct studio *opened = find_opened(stations, bytes, length);
    if (!opened)
        return open_station(stations, number, bytes, length, diagnostics);
    g_free(bytes);
    return opened;
}

bool stations_is_edited(const struct stations *stations, const struct studio *station)
{
    const struct studio *folder = stations->folder;
    return !folder->bytes || !station->bytes || folder->length != station->length ||
           memcmp(folder->bytes, station->bytes, station->length) != 0;
}
