#include "playout/journal_copy.h"

#include <glib.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

/* Every file of a revision but the one of a name; false when one cannot be read. */
static bool read_files(struct journal *journal, uint32_t number, char **names, const char *without,
                       struct journal_file *files, size_t *count)
{
    for (size_t i = 0; names[i]; i++) {
        struct journal_file *file = &files[*count];
        char *bytes;
        if (g_strcmp0(names[i], without) == 0)
            continue;
        if (!journal_get_file(journal, number, i, &bytes, &file->length))
            return false;
        file->name = names[i];
        file->bytes = bytes;
        ++*count;
    }
    return true;
}

static bool read_services(struct journal *journal, uint32_t number, char **ids,
                          struct journal_service *services)
{
    bool good = true;
    for (size_t i = 0; good && ids[i]; i++) {
        services[i].id = ids[i];
        good = journal_get_versions(journal, number, ids[i], services[i].versions);
    }
    return good;
}

bool journal_copy_revision(struct journal *from, struct journal *to, const struct journal_revision *revision,
                           const char *without, char *error, size_t size)
{
    char **names = NULL, **ids = NULL;
    struct journal_revision entered;
    struct journal_entry entry = {
        .number = revision->number, .from = revision->from, .entered_at = revision->entered_at};
    bool good = journal_get_names(from, revision->number, &names) &&
                journal_get_services(from, revision->number, &ids);
    entry.service_count = ids ? g_strv_length(ids) : 0;
    struct journal_file *files = g_new0(struct journal_file, names ? g_strv_length(names) : 0);
    struct journal_service *services = g_new0(struct journal_service, entry.service_count + 1);
    entry.files = files;
    entry.services = services;
    good = good && read_files(from, revision->number, names, without, files, &entry.file_count) &&
           read_services(from, revision->number, ids, services);
    if (!good)
        snprintf(error, size, "%s", journal_fault(from));
    else if (!(good = journal_append(to, &entry, &entered)))
        snprintf(error, size, "%s", journal_fault(to));
    for (size_t i = 0; i < entry.file_count; i++)
        g_free((char *)files[i].bytes);
    g_free(files);
    g_free(services);
    g_strfreev(names);
    g_strfreev(ids);
    return good;
}

static bool list_both(struct journal *from, struct journal *to, struct journal_revision **theirs,
                      size_t *their_count, struct journal_revision **ours, size_t *our_count, char *error,
                      size_t size)
{
    if (!journal_verify(from) || !journal_list(from, theirs, their_count))
        snprintf(error, size, "%s", journal_fault(from));
    else if (!journal_verify(to) || !journal_list(to, ours, our_count))
        snprintf(error, size, "%s", journal_fault(to));
    else
        return true;
    return false;
}

bool journal_copy(struct journal *from, struct journal *to, uint32_t *copied, char *error, size_t size)
{
    struct journal_revision *theirs = NULL, *ours = NULL;
    size_t their_count = 0, our_count = 0;
    *copied = 0;
    bool good = list_both(from, to, &theirs, &their_count, &ours, &our_count, error, size);
    for (size_t i = 0; good && i < MIN(their_count, our_count); i++) {
        good = memcmp(theirs[i].hash, ours[i].hash, JOURNAL_HASH) == 0;
        if (!good)
            snprintf(
                error, size,
                "the journals differ from revision %zu on: each machine has had a change that the other has "
                "not; keep one and move the other away",
                i);
    }
    for (size_t i = our_count; good && i < their_count; i++) {
        good = journal_copy_revision(from, to, &theirs[i], NULL, error, size);
        *copied += good;
    }
    g_free(theirs);
    g_free(ours);
    return good;
}

bool journal_keep(struct journal *journal, const char *path)
{
    char error[512], *partial = g_strconcat(path, ".partial", NULL);
    uint32_t copied;
    g_unlink(partial);
    struct journal *kept = journal_new(partial, JOURNAL_CREATE, error, sizeof error);
    bool good = kept && journal_begin(kept) && journal_copy(journal, kept, &copied, error, sizeof error) &&
                journal_end(kept, true);
    journal_free(&kept); /* folds what SQLite keeps beside it into the file */
    good = good && g_rename(partial, path) == 0;
    if (!good)
        g_unlink(partial);
    g_free(partial);
    return good;
}
