#include "playout/beginning.h"

#include <errno.h>
#include <glib.h>
#include <glib/gstdio.h>
#include <string.h>
#include <time.h>

#include "playout/revisions.h"

/* All but the actions, which are what comes next. */
static bool append(struct journal *journal, const struct draft *draft, int64_t now)
{
    struct journal_file *files = g_new0(struct journal_file, draft->count);
    struct journal_entry entry = {.from = JOURNAL_ALWAYS, .entered_at = now, .files = files};
    struct journal_revision entered;
    for (size_t i = 0; i < draft->count; i++)
        if (strcmp(draft->files[i].name, DRAFT_ACTIONS) != 0)
            files[entry.file_count++] = draft->files[i];
    const bool good = journal_append(journal, &entry, &entered);
    g_free(files);
    return good;
}

/* Is it there already? */
static bool has_content(const char *path, const uint8_t content[JOURNAL_HASH])
{
    char error[512];
    struct journal *journal = journal_new(path, JOURNAL_READ, error, sizeof error);
    struct journal_revision *list = NULL;
    size_t count = 0;
    const bool same = journal && journal_list(journal, &list, &count) && count == 1 &&
                      memcmp(list[0].content, content, JOURNAL_HASH) == 0;
    g_free(list);
    journal_free(&journal);
    return same;
}

/* Whole or not at all. */
static bool write_draft(const struct draft *draft, const char *path)
{
    char *partial = g_strconcat(path, ".partial", NULL), error[512];
    g_unlink(partial);
    struct journal *journal = journal_new(partial, JOURNAL_CREATE, error, sizeof error);
    bool good = journal && append(journal, draft, time(NULL));
    journal_free(&journal);
    good = good && g_rename(partial, path) == 0;
    g_free(partial);
    return good;
}

bool beginning_write(const struct studio *station, const struct plan *plan, uint8_t content[JOURNAL_HASH])
{
    struct draft draft;
    struct diagnostics unsaid = {0}; /* whoever made the plan has said it */
    char *path = revisions_beginning_path(station), *state = studio_file(station, "state", NULL);
    g_mkdir(state, 0777);
    bool good = draft_init(&draft, station, &unsaid) && draft_is_of(&draft, plan);
    memcpy(content, draft.content, JOURNAL_HASH);
    good = good && (has_content(path, content) || write_draft(&draft, path));
    draft_fini(&draft);
    diagnostics_fini(&unsaid);
    g_free(state);
    g_free(path);
    return good;
}

struct journal *beginning_open(const struct draft *draft, int64_t now, char *error, size_t size)
{
    char *path = revisions_journal_path(draft->studio), *kept = revisions_beginning_path(draft->studio);
    char *state = studio_file(draft->studio, "state", NULL);
    uint32_t count;
    g_mkdir(state, 0777);
    if (!g_file_test(path, G_FILE_TEST_EXISTS) && g_rename(kept, path) != 0 && errno != ENOENT)
        g_snprintf(error, (gulong)size, "%s cannot become %s: %s", kept, path, g_strerror(errno));
    else
        *error = '\0';
    struct journal *journal = *error ? NULL : journal_new(path, JOURNAL_CREATE, error, size);
    if (journal && (!journal_count(journal, &count) || (count == 0 && !append(journal, draft, now)))) {
        g_strlcpy(error, journal_fault(journal), size);
        journal_free(&journal);
    }
    g_free(state);
    g_free(kept);
    g_free(path);
    return journal;
}
