/* The folder of timetables: DIR/timetables/ *.xml in order of name, as those that hold together. Read from
 * the files, or taken from DIR/state/plan where that stands for the same files (compiled.h). */
#ifndef SCHEDULES_FOLDER_H
#define SCHEDULES_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "schedules/diagnostics.h"
#include "schedules/station.h"
#include "schedules/timetable.h"

struct folder;

/* Reports everything that is wrong with the files; those with errors, and those that contradict one before
 * them, are left out. The station must outlive it. */
struct folder *folder_parse(const char *directory, const struct station *station,
                            struct diagnostics *diagnostics);
void folder_free(struct folder **folder);

size_t folder_count(const struct folder *folder);
const struct timetable *folder_timetable(const struct folder *folder, size_t index);

/* plan_save() */
bool folder_save(const struct folder *folder);

#endif
