/* What operators did to the timetables (actions.xsd): kept in the journal beside them, applied to them in
 * order (amendment.h). Each holds from a second on, and for good; what aired before it stays as it was. */
#ifndef SCHEDULES_ACTION_H
#define SCHEDULES_ACTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/diagnostics.h"
#include "schedules/station.h"

enum action_kind {
    ACTION_CANCEL,  /* an item does not air; one that is on air ends */
    ACTION_REPLACE, /* another source for an item; on air it is joined in progress */
    ACTION_DELAY,   /* an item that has not begun starts later */
    ACTION_CUT,     /* an item ends earlier, at `at` */
    ACTION_REPEAT,  /* an item airs once more, at `at` */
    ACTION_HOLD,    /* services show their fallback until they are released */
    ACTION_RELEASE, /* services return to plan: holds and slates end */
    ACTION_SLATE,   /* services show a source for a time, instead of their items */
    ACTION_NOTICE,  /* the same of a text */
    ACTION_OUTPUT,  /* an output is switched on or off */
    ACTION_KINDS
};

struct action {
    enum action_kind kind;
    uint32_t revision; /* of the journal, with which it was entered */
    int64_t from;      /* second from which it holds */
    char *item;        /* id; NULL where there is none, as all that follows */
    char *source;
    char *on; /* ids of services, a space between them */
    char *text;
    char *output;           /* name of an output (station.h) */
    int64_t by, at, length; /* seconds, second, seconds */
    bool shift;             /* the items behind it move too */
    bool off;               /* the output is switched off, else on */
    int line;
};

struct actions {
    char *file;
    struct action *list; /* in the order in which they were entered */
    size_t count;
    uint32_t entering; /* number of the revision that is being entered; 0: none. What is wrong with its
                          actions is an error, older ones that have lost their item are left out */
};

/* "cancel" */
const char *action_name(enum action_kind kind);
/* ACTION_KINDS when there is none of this name. */
enum action_kind action_kind_of(const char *name);

/* Reads the file; NULL when it is broken, which is reported. `file` is its name in diagnostics.
 * A switch of an output that the station does not have any more is only a warning. */
struct actions *actions_parse_bytes(const void *bytes, size_t length, const char *file,
                                    const struct station *station, struct diagnostics *diagnostics);
/* None of them. */
struct actions *actions_new(const char *file);
void actions_free(struct actions **actions);
/* Adds a copy. */
void actions_add(struct actions *actions, const struct action *action);
/* Takes those out that were entered with a revision; false when there are none. */
bool actions_remove(struct actions *actions, uint32_t revision);
/* The bytes of the file, to be freed with g_free(). */
char *actions_build(const struct actions *actions, size_t *length);

/* What it is done to: an item, services or an output. */
const char *action_object(const struct action *action);
/* Is the service among those of an action's `on`? */
bool action_is_on(const struct action *action, const struct service *service);
/* Is an output on in a second: by the last switch before it, whichever was entered first, else by
 * station.xml. `actions` may be NULL. Allocates nothing. */
bool actions_output_is_on(const struct actions *actions, const struct output *output, int64_t second);

#endif
