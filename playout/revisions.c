/* Names are read when a plan is made, files only when there is no compiled form of them. */
#include "playout/revisions.h"

#include <glib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "playout/draft.h"
#include "playout/journal_copy.h"
#include "schedules/folder.h"

#define CONTENT_DIGITS 16 /* of a file name: more than enough to tell a station's revisions apart */

_Static_assert(sizeof(struct guide_versions) == JOURNAL_VERSIONS,
               "the journal keeps guide_versions as bytes");

/* --- paths */

char *revision_compiled_path(const struct studio *station, const uint8_t content[JOURNAL_HASH])
{
    char name[] = "plan-0123456789abcdef";
    for (size_t i = 0; i < CONTENT_DIGITS / 2; i++)
        g_snprintf(name + strlen("plan-") + 2 * i, 3, "%02x", content[i]);
    return studio_file(station, "state", name);
}

char *revisions_journal_path(const struct studio *station)
{
    return studio_file(station, "journal.db", NULL);
}

/* --- the list */

static void take_folder(struct revisions *revisions)
{
    g_free(revisions->entries);
    revisions->entries = g_new0(struct journal_revision, 1);
    revisions->entries->from = JOURNAL_ALWAYS;
    revisions->count = 1;
    revisions->entered = 0;
}

/* Is the file another one than it was? A journal that is put back from a copy is. */
static bool is_other_file(const struct revisions *revisions, const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 &&
           (status.st_dev != revisions->device || status.st_ino != revisions->inode);
}

static bool open_journal(struct revisions *revisions, const char *path, enum journal_mode mode, char *error,
                         size_t size)
{
    struct stat status = {0};
    stat(path, &status);
    revisions->device = status.st_dev;
    revisions->inode = status.st_ino;
    revisions->journal = journal_new(path, mode, error, size);
    if (!revisions->journal)
        revisions->device = revisions->inode = 0; /* it is tried again */
    return revisions->journal;
}

/* Are these what is known already, and perhaps more? */
static bool goes_on(const struct revisions *revisions, const struct journal_revision *list, size_t count)
{
    const size_t known = revisions->entered;
    return known == 0 || (count >= known &&
                          memcmp(list[known - 1].hash, revisions->all[known - 1].hash, JOURNAL_HASH) == 0);
}

static bool take_list(struct revisions *revisions)
{
    struct journal_revision *list;
    size_t count;
    if (!journal_list(revisions->journal, &list, &count))
        return false;
    if (count == 0 && revisions->entered == 0) {
        g_free(list);
        return true; /* somebody is about to enter the first one */
    }
    if (!goes_on(revisions, list, count)) {
        g_free(list);
        journal_free(&revisions->journal);
        return false;
    }
    g_free(revisions->entries);
    g_free(revisions->all);
    revisions->all = list;
    revisions->entered = (uint32_t)count;
    revisions->entries = g_memdup2(list, count * sizeof *list);
    revisions->count = journal_in_force(revisions->entries, count);
    return true;
}

/* Reads the journal, if there is one. False with a message in error. */
static bool init(struct revisions *revisions, const struct studio *folder, enum journal_mode mode,
                 char *error, size_t size)
{
    char *path = revisions_journal_path(folder);
    *revisions = (struct revisions){.station = folder, .stations = stations_new(folder)};
    take_folder(revisions);
    bool good = open_journal(revisions, path, mode, error, size);
    if (good && !take_list(revisions)) {
        g_strlcpy(error, journal_fault(revisions->journal), size);
        good = false;
    }
    g_free(path);
    return good || !*error;
}

bool revisions_init(struct revisions *revisions, const struct studio *folder, struct diagnostics *diagnostics)
{
    char error[512];
    const bool good = init(revisions, folder, JOURNAL_READ, error, sizeof error);
    if (!good)
        diagnostics_add(diagnostics, SEVERITY_ERROR, folder->path, 0,
                        "the journal cannot be read, so the folder of timetables stands for it: %s", error);
    return good;
}

static char *kept_path(const struct studio *station)
{
    return studio_file(station, "state", "journal.last");
}

/* What was last known of the journal, which is looked for again. */
static bool take_kept(struct revisions *revisions)
{
    char error[512], *path = kept_path(revisions->station);
    journal_free(&revisions->journal);
    const bool good =
        open_journal(revisions, path, JOURNAL_KEPT, error, sizeof error) && take_list(revisions);
    revisions->device = revisions->inode = 0;
    g_free(path);
    return good;
}

bool revisions_init_on_air(struct revisions *revisions, const struct studio *folder,
                           struct diagnostics *diagnostics)
{
    char error[512];
    if (init(revisions, folder, JOURNAL_READ_NOW, error, sizeof error))
        return true;
    diagnostics_add(
        diagnostics, SEVERITY_ERROR, folder->path, 0, "the journal cannot be read, so %s for it: %s",
        take_kept(revisions) ? "what was last known of it stands" : "the folder of timetables stands", error);
    return false;
}

bool revisions_keep(const struct revisions *revisions)
{
    char *path = kept_path(revisions->station);
    const bool good = revisions->journal && revisions->inode && journal_keep(revisions->journal, path);
    g_free(path);
    return good;
}

bool revisions_open(struct revisions *revisions, struct studio *folder, const char *directory,
                    struct diagnostics *diagnostics)
{
    studio_open_station(directory, folder); /* when it is broken, the journal may have another one */
    return revisions_init(revisions, folder, diagnostics) &&
           revisions_settle(revisions, time(NULL), diagnostics);
}

void revisions_fini(struct revisions *revisions)
{
    stations_free(&revisions->stations);
    journal_free(&revisions->journal);
    g_free(revisions->entries);
    g_free(revisions->all);
    *revisions = (struct revisions){0};
}

/* Sees that the file that is there is open; *other: it was opened now. False when it cannot be read or
 * followed, which `fault` says. Without any it is true, and nothing is open. */
static bool follow_file(struct revisions *revisions, bool *other)
{
    char *path = revisions_journal_path(revisions->station), *fault = revisions->fault;
    const bool known = revisions->entered > 0 && !revisions->journal;
    bool good = true;
    *other = is_other_file(revisions, path);
    if (*other) {
        *fault = '\0';
        journal_free(&revisions->journal);
        good = open_journal(revisions, path, JOURNAL_READ, fault, sizeof revisions->fault) || !*fault;
    } else if (known) {
        good = false; /* it was told that this one is not followed */
    } else if (revisions->journal && access(path, F_OK) != 0) {
        g_strlcpy(fault, "it is gone", sizeof revisions->fault);
        good = false;
    }
    g_free(path);
    return good;
}

static bool look(struct revisions *revisions)
{
    uint32_t count;
    bool other;
    if (!follow_file(revisions, &other))
        return false;
    if (!revisions->journal)
        return true;
    *revisions->fault = '\0';
    if (journal_count(revisions->journal, &count) &&
        ((count == revisions->entered && !other) || take_list(revisions)))
        return true;
    g_strlcpy(revisions->fault,
              revisions->journal
                  ? journal_fault(revisions->journal)
                  : "it is another one than what is on air was taken from, and is not followed",
              sizeof revisions->fault);
    return false;
}

bool revisions_renew(struct revisions *revisions, bool *readable)
{
    const uint32_t before = revisions->entered;
    *readable = look(revisions);
    return revisions->entered != before;
}

size_t revisions_find(const struct revisions *revisions, int64_t second)
{
    size_t index = revisions->count - 1;
    while (index > 0 && revisions->entries[index].from > second)
        index--;
    return index;
}

int64_t revisions_until(const struct revisions *revisions, size_t index)
{
    return index + 1 < revisions->count ? revisions->entries[index + 1].from : INT64_MAX;
}

/* --- their stations */

const struct studio *revisions_get_station(const struct revisions *revisions, size_t index,
                                           struct diagnostics *diagnostics)
{
    struct journal *journal = revisions->entered ? revisions->journal : NULL;
    return stations_get(revisions->stations, journal, revisions->entries[index].number, diagnostics);
}

bool revisions_settle(struct revisions *revisions, int64_t second, struct diagnostics *diagnostics)
{
    const struct studio *station =
        revisions_get_station(revisions, revisions_find(revisions, second), diagnostics);
    if (station)
        revisions->station = station;
    return station;
}

bool revisions_find_station(const struct revisions *revisions, int64_t second, int64_t *from, int64_t *until,
                            struct diagnostics *diagnostics)
{
    size_t first = revisions_find(revisions, second), last = first;
    const struct studio *own = revisions_get_station(revisions, first, diagnostics), *other = own;
    while (own && other == own && first > 0)
        if ((other = revisions_get_station(revisions, first - 1, diagnostics)) == own)
            first--;
    bool good = other;
    for (other = own; good && other == own && last + 1 < revisions->count;)
        if ((other = revisions_get_station(revisions, last + 1, diagnostics)) == own)
            last++;
    *from = first > 0 ? revisions->entries[first].from : INT64_MIN;
    *until = revisions_until(revisions, last);
    return good && other;
}

/* --- building one */

struct reading { /* context of get_file() */
    struct journal *journal;
    uint32_t number;
};

static bool get_file(void *context, size_t index, char **bytes, size_t *length)
{
    const struct reading *reading = context;
    return journal_get_file(reading->journal, reading->number, index, bytes, length);
}

struct actions *revision_parse_actions(const struct studio *station, const void *bytes, size_t length,
                                       uint32_t entering, struct diagnostics *diagnostics)
{
    char *file = studio_file(station, "timetables", DRAFT_ACTIONS);
    struct actions *actions = actions_parse_bytes(bytes, length, file, station->station, diagnostics);
    if (actions)
        actions->entering = entering;
    g_free(file);
    return actions;
}

struct companions { /* draft.h */
    struct actions *actions;
    struct bindings *bindings;
};

static bool parse_companion(const struct studio *station, const char *name, const char *bytes, size_t length,
                            struct companions *companions, struct diagnostics *diagnostics)
{
    if (strcmp(name, DRAFT_ACTIONS) == 0)
        return (companions->actions = revision_parse_actions(station, bytes, length, 0, diagnostics));
    if (strcmp(name, DRAFT_BINDINGS) == 0)
        return (companions->bindings = bindings_parse(bytes, length));
    return true;
}

/* Takes the companions out of the names. False when one cannot be read. */
static bool take_companions(struct reading *reading, const struct studio *station, char **names,
                            struct companions *companions, struct diagnostics *diagnostics)
{
    bool good = true;
    for (size_t i = 0; names[i]; i++) {
        char *bytes = NULL;
        size_t length;
        if (names[i][0] != '.')
            continue;
        good = good && get_file(reading, i, &bytes, &length) &&
               parse_companion(station, names[i], bytes, length, companions, diagnostics);
        g_free(bytes);
        g_clear_pointer(&names[i], g_free);
    }
    return good;
}

static struct plan *parse_files(const struct studio *station, struct reading *reading,
                                const char *const *names, struct actions *actions,
                                const uint8_t content[JOURNAL_HASH], struct diagnostics *diagnostics)
{
    char *folder = studio_file(station, "timetables", NULL);
    char *compiled = revision_compiled_path(station, content);
    const struct timetable_files files = {.folder = folder,
                                          .compiled = compiled,
                                          .names = names,
                                          .count = g_strv_length((char **)names),
                                          .identity = content,
                                          .identity_length = JOURNAL_HASH,
                                          .actions = actions,
                                          .read = get_file,
                                          .context = reading};
    struct plan *plan = plan_parse_files(&files, station->station, diagnostics);
    g_free(compiled);
    g_free(folder);
    return plan;
}

static struct plan *parse_entry(const struct revisions *revisions, const struct journal_revision *entry,
                                const struct studio *station, struct bindings **bindings,
                                struct diagnostics *diagnostics)
{
    struct reading reading = {revisions->journal, entry->number};
    struct companions companions = {0};
    struct plan *plan = NULL;
    uint8_t content[JOURNAL_HASH];
    char **names;
    if (!journal_get_names(revisions->journal, entry->number, &names))
        return NULL;
    if (journal_get_timetables(revisions->journal, entry->number, content) &&
        take_companions(&reading, station, names, &companions, diagnostics))
        plan = parse_files(station, &reading, (const char *const *)names, companions.actions, content,
                           diagnostics);
    *bindings = companions.bindings;
    g_strfreev(names);
    return plan;
}

/* Without bindings it is of a journal that has none. */
static void bind(struct studio *studio, struct bindings *bindings, uint32_t number)
{
    if (!bindings)
        return;
    const uint32_t stream_format = bindings_get_stream_format(bindings);
    studio_bind(studio, bindings);
    library_tell_absent(studio->library, &studio->diagnostics);
    if (stream_format != BINDINGS_STREAM_FORMAT)
        diagnostics_add(
            &studio->diagnostics, SEVERITY_WARNING, studio->station->file, 0,
            "revision %u was entered for stream format %u, and this chalkcast makes %u: other bytes "
            "of the same programme; `chalkcast act lessons` enters that",
            number, stream_format, BINDINGS_STREAM_FORMAT);
}

static bool set_versions(const struct revisions *revisions, uint32_t number, struct studio *studio)
{
    const struct station *station = studio->station;
    GArray *all = g_array_new(FALSE, TRUE, sizeof(struct guide_versions));
    bool good = true;
    for (size_t i = 0; i < station->multiplex_count; i++)
        for (size_t k = 0; good && k < station->multiplexes[i].service_count; k++) {
            uint8_t bytes[JOURNAL_VERSIONS];
            struct guide_versions versions;
            good = journal_get_versions(revisions->journal, number, station->multiplexes[i].services[k].id,
                                        bytes);
            memcpy(&versions, bytes, sizeof versions);
            g_array_append_val(all, versions);
        }
    if (good)
        network_guide_set_versions(studio->guide, (const struct guide_versions *)(const void *)all->data);
    g_array_unref(all);
    return good;
}

static bool build(struct revision *revision, const struct revisions *revisions,
                  const struct journal_revision *entry, struct diagnostics *diagnostics)
{
    struct studio *studio = &revision->studio;
    const bool folder = revisions->entered == 0;
    struct bindings *bindings = NULL;
    struct plan *plan = folder ? plan_parse(studio->path, studio->station, &studio->diagnostics)
                               : parse_entry(revisions, entry, studio, &bindings, &studio->diagnostics);
    const bool good = plan && studio_take_plan(studio, plan);
    if (good)
        bind(studio, bindings, entry->number);
    else
        bindings_free(&bindings);
    return good && studio_open_guide(studio, diagnostics) &&
           (folder || set_versions(revisions, entry->number, studio));
}

static struct revision *new_of(const struct revisions *revisions, const struct journal_revision *entry,
                               int64_t until, struct diagnostics *diagnostics)
{
    struct journal *journal = revisions->entered ? revisions->journal : NULL;
    const struct studio *station = stations_get(revisions->stations, journal, entry->number, diagnostics);
    if (!station)
        return NULL;
    struct revision *revision = g_new0(struct revision, 1);
    revision->number = entry->number;
    revision->from = entry->from;
    revision->until = until;
    studio_lend(station, &revision->studio);
    if (build(revision, revisions, entry, diagnostics))
        return revision;
    diagnostics_add(diagnostics, SEVERITY_ERROR, station->station->file, 0, "revision %u cannot be taken: %s",
                    entry->number,
                    revisions->journal && *journal_fault(revisions->journal)
                        ? journal_fault(revisions->journal)
                        : "memory is out");
    revision_free(&revision);
    return NULL;
}

struct revision *revision_new(const struct revisions *revisions, size_t index,
                              struct diagnostics *diagnostics)
{
    return new_of(revisions, &revisions->entries[index], revisions_until(revisions, index), diagnostics);
}

struct revision *revision_new_numbered(const struct revisions *revisions, uint32_t number,
                                       struct diagnostics *diagnostics)
{
    for (size_t i = 0; i < revisions->count; i++)
        if (revisions->entries[i].number == number)
            return revision_new(revisions, i, diagnostics);
    for (size_t i = 0; i < revisions->entered; i++)
        if (revisions->all[i].number == number)
            return new_of(revisions, &revisions->all[i], revisions->all[i].from, diagnostics);
    diagnostics_add(diagnostics, SEVERITY_ERROR, revisions->station->station->file, 0,
                    "revision %u is not in the journal", number);
    return NULL;
}

bool revision_open_channels(struct revision *revision, struct diagnostics *diagnostics)
{
    const size_t count = revision->studio.station->multiplex_count;
    bool good = true;
    revision->channels = g_new0(struct channel, count);
    for (size_t i = 0; i < count; i++) {
        good = channel_init(&revision->channels[i], &revision->studio, i, diagnostics) && good;
        revision->channels[i].from = revision->from;
        revision->channels[i].revision = revision->number;
    }
    return good;
}

void revision_free(struct revision **revision)
{
    if (!*revision)
        return;
    for (size_t i = 0; (*revision)->channels && i < (*revision)->studio.station->multiplex_count; i++)
        channel_fini(&(*revision)->channels[i]);
    g_free((*revision)->channels);
    studio_close(&(*revision)->studio);
    g_free(*revision);
    *revision = NULL;
}
