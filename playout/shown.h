/* What a service shows in a second, told by who made it so: the reader, or the thread on air when nothing was
 * read in time. Whole in itself: it may be kept when plan and revision are long gone. */
#ifndef PLAYOUT_SHOWN_H
#define PLAYOUT_SHOWN_H

#include <stdbool.h>
#include <stdint.h>

#include "mux/lesson.h"
#include "playout/channel.h"

#define SHOWN_ITEM 96    /* bytes of an id; a longer one is cut */
#define SHOWN_SOURCE 192 /* bytes of a path, cut likewise */

enum shown_cause {
    SHOWN_PLANNED,    /* what the plan names, be it a lesson, a fallback or the compiled-in picture */
    SHOWN_UNREADABLE, /* the lesson that the plan names could not be read */
    SHOWN_UNREADY     /* nothing was in memory in time: the compiled-in picture */
};

struct shown {
    uint32_t revision; /* of the timetables: whose plan was asked */
    enum shown_cause cause;
    enum lesson_error error;      /* why it could not be read */
    uint32_t action;              /* revision of the operator's action that shows it, 0: none does */
    bool filling;                 /* not the item's own content: fallback or picture */
    char item[SHOWN_ITEM];        /* id, "" when none is planned */
    char source[SHOWN_SOURCE];    /* of the lesson that is seen, "" for the compiled-in picture */
    char lesson[LESSON_HASH_MAX]; /* its hash, "" for the compiled-in picture */
    uint32_t cell, seconds;       /* which second of that lesson, and how many it has; picture: 0 */
};

/* What the plan of a channel says of a second, as if it could be shown; the lesson is left empty. */
void shown_init(struct shown *shown, const struct channel *channel, const struct on_air *planned);
/* It is this source of the plan, or PLAN_SLATE, that is seen. */
void shown_set_source(struct shown *shown, const struct plan *plan, size_t source, uint32_t cell);

/* Does `next` go on in the next second with what `shown` is: the same item, lesson, revision and cause? A
 * lesson may begin again behind its end. */
bool shown_goes_on(const struct shown *shown, const struct shown *next);

#endif
