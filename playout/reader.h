/* Reads what a service shows in a second: the plan's lesson, else the next best one of its source, else the
 * service's fallback, else the compiled-in picture. It always succeeds; what went wrong is told. A reader
 * belongs to one thread. */
#ifndef PLAYOUT_READER_H
#define PLAYOUT_READER_H

#include "mux/lesson.h"
#include "playout/channel.h"
#include "playout/shown.h"

struct reader;

/* What was wrong with the lesson that the plan named. */
struct reader_fault {
    size_t service;
    int64_t second;
    const char *source; /* of the lesson that could not be read */
    enum lesson_error error;
    const char *instead; /* source that is seen instead, or NULL for the compiled-in picture */
};
typedef void reader_report(void *context, const struct reader_fault *fault);

/* `report` is called from reader_read() for every second that is not as planned. NULL when memory is out. */
struct reader *reader_new(const struct channel *channel, reader_report *report, void *context);
void reader_free(struct reader **reader);

/* From now on keeps so many bytes of the seconds of short lessons, such as loop, so that each is read only
 * once. Then *out of reader_read() may point to what is kept instead of to its own packets: give a copy of
 * the struct. What was read for a second lasts until the next but one is. */
void reader_keep(struct reader *reader, size_t bytes);

/* Fills *out for a service and second, and *shown with what it is. Opens lessons as they are needed and keeps
 * the last ones open, so that a file that is removed while on air is still read. */
void reader_read(struct reader *reader, size_t service, int64_t second, struct lesson_second *out,
                 struct shown *shown);

/* The compiled-in picture and silence, dated: never touches a disk. */
void reader_read_slate(struct reader *reader, size_t service, int64_t second, struct lesson_second *out);

#endif
