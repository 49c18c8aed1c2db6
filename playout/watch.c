/* A list of paths with what stat(2) said of them. Timetables that come or go change their folder. */
#include "playout/watch.h"

#include <glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct mark {
    char *path;
    struct timespec modified;
    off_t size;
    bool there;
};

struct watch {
    struct mark *marks;
    size_t count, next;
};

static struct mark mark_of(char *path)
{
    struct stat status;
    struct mark mark = {.path = path, .there = stat(path, &status) == 0};
    if (mark.there) {
        mark.modified = status.st_mtim;
        mark.size = S_ISDIR(status.st_mode) ? 0 : status.st_size;
    }
    return mark;
}

static bool add(struct watch *watch, char *path)
{
    struct mark *marks = path ? realloc(watch->marks, (watch->count + 1) * sizeof *marks) : NULL;
    if (!marks) {
        free(path);
        return false;
    }
    watch->marks = marks;
    watch->marks[watch->count++] = mark_of(path);
    return true;
}

struct watch *watch_new(const struct studio *studio)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return NULL;
    char *folder = studio_file(studio, "timetables", NULL);
    bool good = folder && add(watch, studio_file(studio, "station.xml", NULL)) &&
                add(watch, strdup(folder)) && add(watch, studio_file(studio, "lessons", NULL));
    GDir *directory = good ? g_dir_open(folder, 0, NULL) : NULL;
    for (const char *name; directory && (name = g_dir_read_name(directory));)
        good =
            good && (!g_str_has_suffix(name, ".xml") || add(watch, studio_file(studio, "timetables", name)));
    if (directory)
        g_dir_close(directory);
    free(folder);
    if (!good)
        watch_free(&watch);
    return watch;
}

void watch_free(struct watch **watch)
{
    if (!*watch)
        return;
    for (size_t i = 0; i < (*watch)->count; i++)
        free((*watch)->marks[i].path);
    free((*watch)->marks);
    free(*watch);
    *watch = NULL;
}

static bool is_same(const struct mark *a, const struct mark *b)
{
    return a->there == b->there && a->size == b->size && a->modified.tv_sec == b->modified.tv_sec &&
           a->modified.tv_nsec == b->modified.tv_nsec;
}

const char *watch_next(struct watch *watch)
{
    for (size_t i = 0; i < watch->count; i++) {
        watch->next = (watch->next + 1) % watch->count;
        struct mark *mark = &watch->marks[watch->next];
        struct mark now = mark_of(mark->path);
        bool same = is_same(mark, &now);
        *mark = now;
        if (!same)
            return mark->path;
    }
    return NULL;
}
