#include "playout/asrun_head.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *head_path(const char *folder, const char *multiplex, const char *suffix)
{
    return g_strdup_printf("%s/%s.head%s", folder, multiplex, suffix);
}

char *asrun_head_text(const struct asrun_head *head)
{
    GString *text = g_string_new(NULL);
    g_string_printf(text, "%s:%zu:", head->file, head->lines);
    asrun_chain_append(text, head->chain);
    return g_string_free(text, FALSE);
}

bool asrun_head_parse(const char *text, struct asrun_head *head)
{
    char *copy = g_strdup(text), *end = NULL;
    char *chain = strrchr(copy, ':');
    if (chain)
        *chain++ = '\0';
    char *lines = chain ? strrchr(copy, ':') : NULL;
    if (lines)
        *lines++ = '\0';
    if (lines)
        head->lines = strtoull(lines, &end, 10);
    const bool good = lines && g_ascii_isdigit(*lines) && !*end && asrun_chain_parse(chain, head->chain) &&
                      !strchr(copy, '/') &&
                      g_strlcpy(head->file, copy, sizeof head->file) < sizeof head->file;
    g_free(copy);
    return good;
}

bool asrun_head_read(const char *folder, const char *multiplex, struct asrun_head *head)
{
    char *path = head_path(folder, multiplex, ""), *text = NULL;
    errno = 0;
    bool good = g_file_get_contents(path, &text, NULL, NULL);
    if (good && !asrun_head_parse(g_strchomp(text), head)) {
        errno = EBADMSG;
        good = false;
    }
    g_free(text);
    g_free(path);
    return good;
}

static bool write_synced(const char *path, const char *text)
{
    const int descriptor = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor < 0)
        return false;
    errno = ENOSPC; /* of a short write */
    const bool good =
        write(descriptor, text, strlen(text)) == (ssize_t)strlen(text) && fsync(descriptor) == 0;
    const int error = errno;
    close(descriptor);
    errno = error;
    return good;
}

bool asrun_head_write(const char *folder, const char *multiplex, const struct asrun_head *head)
{
    char *path = head_path(folder, multiplex, ""), *beside = head_path(folder, multiplex, ".new");
    char *text = asrun_head_text(head), *line = g_strconcat(text, "\n", NULL);
    const bool good = write_synced(beside, line) && rename(beside, path) == 0;
    const int error = errno;
    g_free(line);
    g_free(text);
    g_free(beside);
    g_free(path);
    errno = error;
    return good;
}
