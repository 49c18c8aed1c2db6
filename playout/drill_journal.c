#include "playout/drill_journal.h"

#include <glib.h>

#include "playout/draft.h"
#include "playout/journal_copy.h"

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
        good = journal_copy_revision(old, new, &list[i], DRAFT_STATION, error, sizeof error);
    good = good && journal_end(new, true);
    g_free(list);
    journal_free(&new);
    journal_free(&old);
    return good;
}
