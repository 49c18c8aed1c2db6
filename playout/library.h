/* The prepared lessons of a station: which file of lessons/ is aired for each source of the plan in each of
 * the station's house formats.
 *
 * What a revision of the journal binds (bindings.h) is aired, be it there or not. Where there is no journal
 * it is the best of those that there are: whose encode key is known to be current (keys.h), else the newest,
 * else the one with the lowest hash. Damaged files are left aside with a warning. */
#ifndef PLAYOUT_LIBRARY_H
#define PLAYOUT_LIBRARY_H

#include <stdbool.h>
#include <stddef.h>

#include "mux/lesson.h"
#include "playout/bindings.h"
#include "playout/formats.h"
#include "playout/keys.h"
#include "playout/verification.h"
#include "schedules/diagnostics.h"
#include "schedules/plan.h"

struct library_lesson {
    char *path;                 /* DIR/lessons/HASH.lesson */
    char hash[LESSON_HASH_MAX]; /* from its name */
    size_t source;              /* of the plan, or PLAN_SLATE when the plan does not name it */
    size_t format;              /* of the station, or FORMATS_NONE */
    enum lesson_error fault;    /* LESSON_OK, or why it cannot be used */
    bool current;               /* known to be what preparation would make today */
    struct lesson_info info;    /* zero when not even the header can be read */
};

struct library;

/* Reads the headers of all lessons in `folder` (missing: an empty library); no file is hashed, but those that
 * are known not to be what their names say have a fault. `keys`: one per format, or NULL. NULL when memory is
 * out. The plan, the formats and the verification must outlive it. */
struct library *library_new(const char *folder, const struct formats *formats, const struct plan *plan,
                            struct keys *const *keys, const struct verification *verification,
                            struct diagnostics *diagnostics);
void library_free(struct library **library);

/* From now on what is bound is aired, and nothing of what is not. */
void library_bind(struct library *library, const struct bindings *bindings);
/* Tells of what is aired and cannot be read. */
void library_tell_absent(const struct library *library, struct diagnostics *diagnostics);

/* The lesson that is aired for a source of the plan in this format; NULL when there is none. One that is
 * bound may have a fault. */
const struct library_lesson *library_get(const struct library *library, size_t source, size_t format);
/* The best that can be read, bound or not; NULL when there is none. */
const struct library_lesson *library_get_best(const struct library *library, size_t source, size_t format);
/* The path of the one that is aired; NULL when there is none. */
const char *library_path(const struct library *library, size_t source, size_t format);
/* The best of the others, for when that cannot be read; NULL when there is none. */
const struct library_lesson *library_get_substitute(const struct library *library, size_t source,
                                                    size_t format);
/* Its length, whatever the format; 0 when it is prepared in none. */
uint32_t library_seconds(const struct library *library, size_t source);

/* Every lesson in the folder: also those that nothing names, of another house, or damaged. */
size_t library_count(const struct library *library);
const struct library_lesson *library_lesson(const struct library *library, size_t index);

/* The lesson that is meant by the name of a source (whether the plan names it or not) or by at least 6
 * digits of a hash; NULL when there is none or several hashes begin like that. */
const struct library_lesson *library_find(const struct library *library, const char *name);

#endif
