/* The folder of timetables: DIR/timetables/ *.xml in order of name, as those that hold together. Read from
 * the files, or taken from DIR/state/plan where that stands for the same files (compiled.h). */
#ifndef SCHEDULES_FOLDER_H
#define SCHEDULES_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/diagnostics.h"
#include "schedules/station.h"
#include "schedules/timetable.h"

struct folder;

struct timetable_files {  /* timetables from elsewhere: the same as a folder was at some time */
    const char *folder;   /* that they are told to lie in: DIR/timetables */
    const char *compiled; /* where their compiled form is, as DIR/state/plan is that of the folder; or NULL */
    const char *const *names; /* in order */
    size_t count;
    const void *identity; /* of names and bytes: others have another */
    size_t identity_length;
    struct actions *actions; /* that change their plan, which owns them from then on; NULL: none */
    /* The bytes of one, to be freed with g_free(); asked for where there is no compiled form. */
    bool (*read)(void *context, size_t index, char **bytes, size_t *length);
    void *context;
};

/* Reports everything that is wrong with the files; those with errors, and those that contradict one before
 * them, are left out. The station must outlive it. */
struct folder *folder_parse(const char *directory, const struct station *station,
                            struct diagnostics *diagnostics);
/* The same of files from elsewhere, which need not outlive it. */
struct folder *folder_parse_files(const struct timetable_files *files, const struct station *station,
                                  struct diagnostics *diagnostics);
void folder_free(struct folder **folder);

size_t folder_count(const struct folder *folder);
const struct timetable *folder_timetable(const struct folder *folder, size_t index);

/* plan_save(), plan_key() */
bool folder_save(const struct folder *folder);
uint64_t folder_key(const struct folder *folder);

#endif
