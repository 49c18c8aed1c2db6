#include "playout/asrun_verify.h"

#include <errno.h>
#include <string.h>

#include "playout/asrun_log.h"

struct search { /* for a link in a file */
    const uint8_t *chain;
    bool found;
};

static void compare_chain(void *context, const struct asrun_line *line, const uint8_t chain[ASRUN_CHAIN])
{
    struct search *search = context;
    (void)line;
    search->found = search->found || memcmp(chain, search->chain, ASRUN_CHAIN) == 0;
}

/* --- the head */

char *asrun_verify_reaches(const char *folder, const struct asrun_head *head)
{
    struct search search = {.chain = head->chain};
    struct asrun_end end;
    if (head->lines == 0)
        return NULL;
    char *path = g_build_filename(folder, head->file, NULL);
    const bool there = asrun_read(path, compare_chain, &search, &end);
    const int error = errno;
    g_free(path);
    if (search.found)
        return NULL;
    if (!there)
        return g_strdup_printf("%s, of which %zu lines were safe on the disk, cannot be read: %s", head->file,
                               head->lines, g_strerror(error));
    if (end.lines < head->lines)
        return g_strdup_printf("%s has lost lines at its end: %zu were safe on the disk, %zu are there",
                               head->file, head->lines, end.lines);
    return g_strdup_printf("%s is not the log that was written: its line %zu is not the one that was safe on "
                           "the disk",
                           head->file, head->lines);
}

static bool has_log(const char *folder, const char *multiplex)
{
    char **names = asrun_names(folder, multiplex);
    const bool has = names[0];
    g_strfreev(names);
    return has;
}

char *asrun_verify_head(const char *folder, const char *multiplex)
{
    struct asrun_head head;
    if (asrun_head_read(folder, multiplex, &head))
        return asrun_verify_reaches(folder, &head);
    if (errno == EBADMSG)
        return g_strdup_printf("%s.head is not as it was written", multiplex);
    if (errno == ENOENT && !has_log(folder, multiplex))
        return NULL;
    if (errno == ENOENT)
        return g_strdup_printf(
            "%s.head is missing: nothing shows whether lines at the end of the log are gone", multiplex);
    return g_strdup_printf("%s.head cannot be read: %s", multiplex, g_strerror(errno));
}

/* --- the chain */

/* Is the end that the file was begun behind still in the file of then? The oldest file that is left may have
 * been begun behind one that is not. */
static char *check_before(const char *folder, const char *name, const struct asrun_end *end, bool oldest)
{
    struct search search = {.chain = end->before_chain};
    struct asrun_end before;
    char *path = g_build_filename(folder, end->before, NULL);
    const bool there = strcmp(end->before, "-") != 0 && asrun_read(path, compare_chain, &search, &before);
    const bool good = strcmp(end->before, "-") == 0 || search.found || (!there && oldest);
    g_free(path);
    if (good)
        return NULL;
    return there ? g_strdup_printf("%s has lost lines or some of it was changed: %s was begun behind them",
                                   end->before, name)
                 : g_strdup_printf("%s is missing: %s was begun behind it", end->before, name);
}

static char *check_file(const char *folder, const char *name, bool oldest, struct asrun_end *end)
{
    char *path = g_build_filename(folder, name, NULL), *fault = NULL;
    if (!asrun_read(path, NULL, NULL, end))
        fault = g_strdup_printf("%s cannot be read: %s", name, g_strerror(errno));
    else if (end->broken)
        fault = g_strdup_printf("%s:%zu: this line, or one before it, is not as it was written", name,
                                end->broken);
    else if (end->cut)
        fault = g_strdup_printf("%s:%zu: when the log was gone on with here, lines before were gone or "
                                "changed, or its head was",
                                name, end->cut);
    else if (end->lines > 0) /* a file may have been made, and then the power was cut */
        fault = check_before(folder, name, end, oldest);
    g_free(path);
    return fault;
}

size_t asrun_verify(const char *folder, const char *multiplex, uint32_t *newest, char **fault)
{
    char **names = asrun_names(folder, multiplex);
    struct asrun_head head;
    size_t lines = 0;
    *newest = 0;
    *fault = NULL;
    for (size_t i = 0; names[i] && !*fault; i++) {
        struct asrun_end end;
        *fault = check_file(folder, names[i], i == 0, &end);
        lines += end.lines;
        *newest = MAX(*newest, end.newest);
    }
    if (!*fault)
        *fault = asrun_verify_head(folder, multiplex);
    if (!*fault && !names[0] && !asrun_head_read(folder, multiplex, &head))
        *fault = g_strdup_printf("there is no log of multiplex %s in %s", multiplex, folder);
    g_strfreev(names);
    return lines;
}
