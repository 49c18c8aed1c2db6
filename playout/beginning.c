#include "playout/beginning.h"

#include <glib.h>
#include <string.h>

#include "playout/binder.h"
#include "playout/draft.h"
#include "playout/revisions.h"

/* The folder with the lessons that are aired of it. draft_fini() it in either case. */
static bool take_folder(const struct studio *aired, struct draft *draft, char *error, size_t size)
{
    struct diagnostics unsaid = {0}; /* whoever made the plan has said it */
    struct bindings *bindings = binder_build_aired(aired);
    const bool good = draft_init(draft, aired, &unsaid) && draft_is_of(draft, aired->plan);
    draft_set_bindings(draft, bindings);
    if (!good)
        g_strlcpy(error, "the folder of timetables was edited meanwhile", size);
    bindings_free(&bindings);
    diagnostics_fini(&unsaid);
    return good;
}

static bool append(struct journal *journal, const struct draft *draft)
{
    const struct journal_entry entry = {
        .from = JOURNAL_ALWAYS, .files = draft->files, .file_count = draft->count};
    struct journal_revision entered;
    return journal_append(journal, &entry, &entered);
}

static bool begin(struct journal *journal, const struct studio *aired, char *error, size_t size)
{
    struct draft draft;
    bool good = take_folder(aired, &draft, error, size);
    if (good && !append(journal, &draft)) {
        g_strlcpy(error, journal_fault(journal), size);
        good = false;
    }
    draft_fini(&draft);
    return good;
}

struct journal *beginning_open(const struct studio *aired, char *error, size_t size)
{
    uint32_t count;
    char *path = revisions_journal_path(aired);
    struct journal *journal = journal_new(path, JOURNAL_CREATE, error, size);
    bool good = journal && journal_count(journal, &count);
    if (journal && !good)
        g_strlcpy(error, journal_fault(journal), size);
    if (good && count == 0)
        good = begin(journal, aired, error, size);
    if (!good)
        journal_free(&journal);
    g_free(path);
    return journal;
}

static bool has_beginning(struct journal *journal, const uint8_t content[JOURNAL_HASH])
{
    struct journal_revision *list = NULL;
    size_t count = 0;
    const bool same = journal_list(journal, &list, &count) && count > 0 &&
                      memcmp(list[0].content, content, JOURNAL_HASH) == 0;
    g_free(list);
    return same;
}

bool beginning_enter(const struct studio *aired, char *error, size_t size)
{
    struct draft draft;
    struct journal *journal = beginning_open(aired, error, size);
    if (!journal)
        return false;
    bool good = take_folder(aired, &draft, error, size);
    if (good && !has_beginning(journal, draft.content)) {
        g_strlcpy(error, "it begins with something else", size);
        good = false;
    }
    draft_fini(&draft);
    journal_free(&journal);
    return good;
}
