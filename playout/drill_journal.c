#include "playout/drill_journal.h"

#include <glib.h>
#include <string.h>

#include "playout/draft.h"

static bool read_files(struct journal *journal, uint32_t number, char **names, struct journal_entry *entry)
{
    struct journal_file *files = g_new0(struct journal_file, g_strv_length(names) + 1);
    bool good = true;
    entry->files = files;
    for (size_t i = 0; good && names[i]; i++) {
        char *bytes;
        if (strcmp(names[i], DRAFT_STATION) == 0)
            continue;
        struct journal_file *file = &files[entry->file_count];
        good = journal_get_file(journal, number, i, &bytes, &file->length);
        file->name = names[i];
        file->bytes = bytes;
        entry->file_count += good;
    }
    return good;
}

static bool read_services(struct journal *journal, uint32_t number, char **ids, struct journal_entry *entry)
{
    struct journal_service *services = g_new0(struct journal_service, g_strv_length(ids) + 1);
    bool good = true;
    entry->services = services;
    for (; good && ids[entry->service_count]; entry->service_count++) {
        struct journal_service *service = &services[entry->service_count];
        service->id = ids[entry->service_count];
        good = journal_get_versions(journal, number, service->id, service->versions);
    }
    return good;
}

static bool copy_revision(struct journal *from, struct journal *to, const struct journal_revision *revision)
{
    struct journal_entry entry = {
        .number = revision->number, .from = revision->from, .entered_at = revision->entered_at};
    struct journal_revision entered;
    char **names = NULL, **ids = NULL;
    const bool good = journal_get_names(from, revision->number, &names) &&
                      journal_get_services(from, revision->number, &ids) &&
                      read_files(from, revision->number, names, &entry) &&
                      read_services(from, revision->number, ids, &entry) &&
                      journal_append(to, &entry, &entered);
    for (size_t i = 0; i < entry.file_count; i++)
        g_free((char *)entry.files[i].bytes);
    g_free((struct journal_file *)entry.files);
    g_free((struct journal_service *)entry.services);
    g_strfreev(names);
    g_strfreev(ids);
    return good;
}

bool drill_journal_copy(const char *from, const char *to)
{
    char error[512];
    struct journal_revision *list = NULL;
    size_t count = 0;
    struct journal *old = journal_new(from, JOURNAL_READ, error, sizeof error);
    if (!old)
        return !*error;
    struct journal *new = journal_new(to, JOURNAL_CREATE, error, sizeof error);
    bool good = new &&journal_list(old, &list, &count) && journal_begin(new);
    for (size_t i = 0; good && i < count; i++)
        good = copy_revision(old, new, &list[i]);
    good = good && journal_end(new, true);
    g_free(list);
    journal_free(&new);
    journal_free(&old);
    return good;
}
