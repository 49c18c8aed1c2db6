#include "playout/publication.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "schedules/export/ical.h"
#include "schedules/export/json.h"
#include "schedules/export/web.h"
#include "schedules/export/xmltv.h"

#define FOR_ALL 0666 /* what the umask leaves of it */

const struct publication *publication_get(const char *name)
{
    static const struct publication formats[] = {{"xmltv", xmltv_build, false, false},
                                                 {"ical", ical_build, true, false},
                                                 {"html", web_build, true, true},
                                                 {"json", json_guide_build, false, false}};
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++)
        if (strcmp(formats[i].name, name) == 0)
            return &formats[i];
    return NULL;
}

static bool print(const struct export_file *file, char **error)
{
    bool good = fwrite(file->content->str, 1, file->content->len, stdout) == file->content->len;
    if (fflush(stdout) == 0 && good)
        return true;
    *error = g_strdup_printf("standard output: %s", g_strerror(errno));
    return false;
}

/* GLib writes beside, syncs and renames. */
static bool write_whole(const struct export_file *file, const char *path, char **error)
{
    GError *fault = NULL;
    if (g_file_set_contents_full(path, file->content->str, (gssize)file->content->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, FOR_ALL,
                                 &fault))
        return true;
    *error = g_strdup(fault->message);
    g_error_free(fault);
    return false;
}

static bool write_into(const struct export_file *file, const char *folder, char **error)
{
    char *path = g_build_filename(folder, file->name, NULL);
    bool good = write_whole(file, path, error);
    g_free(path);
    return good;
}

bool publication_write_file(const struct export_file *file, const char *output, char **error)
{
    if (!output || strcmp(output, "-") == 0)
        return print(file, error);
    if (g_file_test(output, G_FILE_TEST_IS_DIR))
        return write_into(file, output, error);
    return write_whole(file, output, error);
}

bool publication_write_folder(const GPtrArray *files, const char *output, char **error)
{
    if (g_mkdir_with_parents(output, 0777) != 0) {
        *error = g_strdup_printf("%s: %s", output, g_strerror(errno));
        return false;
    }
    for (guint i = 0; i < files->len; i++)
        if (!write_into(files->pdata[i], output, error))
            return false;
    return true;
}

static int64_t written_at(const char *folder, const char *name)
{
    char *path = g_build_filename(folder, name, NULL);
    struct stat status;
    int64_t at = stat(path, &status) == 0 ? status.st_mtime : 0;
    g_free(path);
    return at;
}

int64_t publication_revised_at(const char *directory)
{
    char *folder = g_build_filename(directory, "timetables", NULL);
    int64_t revised_at = MAX(written_at(directory, "station.xml"), written_at(directory, "timetables"));
    GDir *timetables = g_dir_open(folder, 0, NULL);
    for (const char *name; timetables && (name = g_dir_read_name(timetables));)
        revised_at = MAX(revised_at, written_at(folder, name));
    g_clear_pointer(&timetables, g_dir_close);
    g_free(folder);
    return revised_at;
}
