/* timetables/NAME.xml: what is on air when (timetable.xsd). A file is taken whole or refused whole. */
#ifndef SCHEDULES_TIMETABLE_H
#define SCHEDULES_TIMETABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "schedules/diagnostics.h"
#include "schedules/station.h"

enum item_kind { ITEM_LESSON, ITEM_BREAK, ITEM_FILLER };
enum item_fill { FILL_FALLBACK, FILL_LOOP };

struct item {
    enum item_kind kind;
    char *id;
    const struct service *service;
    size_t multiplex, service_index; /* where the service stands in the station */
    int64_t start, length;           /* Unix seconds; whole seconds, 1 .. 86399 */
    char *source;                    /* path below sources/, with which it begins */
    enum item_fill fill;
    uint16_t event_id;        /* CRC-16 of id, never 0 or 0xFFFF, or written down as event-id="..." */
    struct texts title;       /* a break without titles gets those of its kind; a filler may have none */
    struct texts description; /* may be empty */
    char *break_kind;         /* "eye-exercises", ... of a break or filler; NULL when not given */
    char *subject, *teacher, *school, *textbook, *textbook_unit; /* NULL when not given */
    int grade;                                                   /* 0 when not given */
    int minimum_age;                                             /* of viewers, 4-18; 0 when not given */
    char *series;                                                /* NULL when not given */
    int episode, episodes;                                       /* 0 when not given */
    const char *file;                                            /* owned by the timetable */
    int line;
    uint32_t action; /* revision of the action that made or changed it (action.h), 0: none */
    const struct replacement *replaced; /* its other sources (replacement.h), the last first; NULL: none */
};

struct timetable {
    char *file;
    struct item *items; /* in file order */
    size_t count;
    bool compiled;      /* the strings of the items are not its own (compiled.h) */
    struct text *texts; /* those of compiled items, if it owns them, else NULL */
};

/* Reads one file. NULL when it has any error (grammar, unknown service, bad time, doubled id, overlap within
 * the file); every one is reported. The station must outlive the timetable. */
struct timetable *timetable_parse(const char *file, const struct station *station,
                                  struct diagnostics *diagnostics);
/* The same of bytes in memory; `file` is the name in diagnostics. */
struct timetable *timetable_parse_bytes(const void *bytes, size_t length, const char *file,
                                        const struct station *station, struct diagnostics *diagnostics);
void timetable_free(struct timetable **timetable);

/* True when an event of the guide: lessons and breaks are, a filler is when it has a title. */
bool item_has_event(const struct item *item);

#endif
